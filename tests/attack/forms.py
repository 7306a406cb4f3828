"""What each form of the portal sends when it is filled in, for the attack on fields it does not have.

One entry for each address that takes POST or PUT: what a browser would send, every field of the form included, and what
the act may write. A page that takes POST and is not here fails the build.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve

from breaches.models import Breach
from duties.enums import Kind as DutyKind
from duties.models import Duty
from glostrup_isms.kit.outbox import Message
from meetings.models import Body, Meeting
from policy.models import Document, HearingPart, ReviewPart, Version
from roles.models import Appointment, ScimGroup, today
from tests.access_objects import Keys
from tests.factories import WholeTown

TOKEN = "t" * 40
USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True)
class Scene:
    """Who attacks what: the objects by their keys, and a colleague to name in the form."""

    town: WholeTown
    role: str
    keys: Keys
    path: str = ""

    @property
    def is_stranger(self) -> bool:
        return self.role in ("anonymous", "deactivated")

    @property
    def picked(self) -> dict[str, Any]:
        colleague = self.town.holders["colleague"]
        return {"person_search": colleague.name, "person_choice": str(colleague.pk)}

    def case(self) -> Breach:
        return Breach.objects.get(number=self.keys["case"])

    def document(self) -> Document:
        """The one in the address."""
        return Document.objects.get(number=resolve(self.path).kwargs["number"].upper())

    def version(self) -> Version:
        return self.document().versions.get(number=resolve(self.path).kwargs["version"])


Filled = dict[str, Any]
Maker = Callable[[Scene], list[Filled]]
FIXED_DUTY = {
    "title": "En anden titel", "text": "Gør det.", "source": "P-65", "url": "/brud/", "role": "leader", "unit": "",
    "share": "person", "recurrence": "monthly", "first_on": today().isoformat(), "until_on": "2090-01-01",
    "on_closed": "before", "opens_days": "20", "works_ahead": "on", "remind_days": "3", "escalate_days": "9",
    "needs_result": "on", "needs_evidence": "on", "is_statutory": "on",
}  # fmt: skip
SOON = (today() + timedelta(days=20)).isoformat()
DAY = today().isoformat()


@dataclass(frozen=True)
class Form:
    fill: Maker
    writes: frozenset[str]  # `roles.User.name` changed, `+roles.User` made, `-roles.User` gone
    by_json: bool = False
    method: str = "POST"


def form(fill: Maker, *writes: str, **kwargs: Any) -> Form:
    return Form(fill, frozenset(writes), **kwargs)


def once(**fields: Any) -> Maker:
    return lambda scene: [dict(fields)]


def of_list(scene: Scene) -> list[Filled]:
    view = {"handling": "gem-visning", "navn": "Min visning", "delt": "ja"}
    return [view, {"handling": "slet-visning", "visning": "1"}, {"handling": "findes-ikke", "valgt": "1"}]


def of_profile(scene: Scene) -> list[Filled]:
    return [{"from_on": DAY, "to_on": SOON, **scene.picked}, {"cancel": "1"}]


def of_operations(scene: Scene) -> list[Filled]:
    message = str(Message.objects.order_by("created_at", "pk").values_list("pk", flat=True)[0])
    return [{"id": message}, {"dismiss": message}]


def of_duty(scene: Scene) -> list[Filled]:
    """What the step in the address asks for."""
    return [{"text": "Et ord.", "note": "Fordi.", "due_on": SOON, "result": "clean", **scene.picked}]


def of_report(scene: Scene) -> list[Filled]:
    filled = {
        "description": "En mail gik galt.", "kind": "happened", "noticed_on": DAY, "noticed_time": "00:01",
        "noticed_fold": "", "involves_personal_data": "yes", "where_text": "Mail", "system_text": "Outlook",
        "persons_count_text": "En", "ongoing": "no", "measures_text": "Ringet", "leader_choice": "normal",
        "leader_text": "", "is_anonymous": "", "unit": "", "unit_choice": "", "unit_search": "", "unit_unknown": "ja",
        "token": "x" * 24, "website": "", "is_human": "", "cpr_choice": "",
    }  # fmt: skip
    if scene.is_stranger:
        filled |= {"reporter_name": "Gerda Gæst", "reporter_contact": "gerda@example.invalid"}
    return [filled]


def of_writing(scene: Scene) -> list[Filled]:
    return [{"text": "Et ord mere.", "kind": kind, "token": f"{kind}".ljust(24, "x")} for kind in ("note", "question")]


def of_follow_up(scene: Scene) -> list[Filled]:
    return [{"code": "A" * 26, "action": "write", "text": "Et ord mere.", "token": "f" * 24}]


def of_awareness(scene: Scene) -> list[Filled]:
    return [{"noticed_on": DAY, "noticed_time": "00:02", "noticed_fold": "", "reason": "Rettet",
             "version": scene.case().version}]  # fmt: skip


def of_appointing(scene: Scene) -> list[Filled]:
    return [{"role": "system_owner", **scene.picked, "from_on": DAY, "to_on": SOON, "title": "Ny"}]


def of_place(scene: Scene) -> list[Filled]:
    seen = {"version": Appointment.objects.get(pk=scene.keys["place"]).version}
    return [
        {"handling": "slut", "to_on": SOON, **seen},
        {"handling": "stedfortraeder", **scene.picked, **seen},
        {"handling": "stop", **seen},
    ]


def of_hand_over(scene: Scene) -> list[Filled]:
    keys = Duty.objects.filter(holder=scene.keys["person"]).values_list("is_discreet", "pk")
    duties = [f"{'fortrolig' if is_discreet else 'opgave'}:{pk}" for is_discreet, pk in keys]
    return [
        {"handling": "giv", "ting": duties, **scene.picked, "last_day": DAY},
        {"handling": "stopper", "stops_on": DAY},
    ]


def of_group(scene: Scene) -> list[Filled]:
    version = ScimGroup.objects.get(pk=scene.keys["group"]).version
    mapped = {"role": "committee", "unit": str(scene.town.administration.pk), "version": version, "handling": ""}
    return [mapped, {"handling": "stop"}]


def of_file(scene: Scene) -> list[Filled]:
    row = {"extUuid": "11111111-1111-4111-8111-111111111111", "userId": "ny", "name": "Nina Ny", "positions": []}
    content = json.dumps({"orgUnits": [], "users": [row]}).encode()
    return [{"file": SimpleUploadedFile("organisation.json", content, "application/json")}]


# ── Documents ────────────────────────────────────────────────────────────────────────────────────
BESIDE_THE_TEXT = {
    "category": "", "owner_role": "dpo", "audience": "leaders", "confidentiality": "public", "review_months": "6",
    "journal_number": "26/1", "policy_section": "3", "is_breach_plan": "",
}  # fmt: skip


def of_import(scene: Scene) -> list[Filled]:
    """What was read, put right. Choosing the file comes before it and writes nothing."""
    beside = {name: BESIDE_THE_TEXT[name] for name in ("category", "owner_role", "audience", "confidentiality")}
    clause = f"{hashlib.sha256(b'To.').hexdigest()[:12]}-0"
    read = {"text": "## Et\n\nTo.\n", "title": "Hentet", f"roles-{clause}": "Leder", f"evidence-{clause}": "control"}
    return [{"kind": "guideline", **beside, **read}, {"into": scene.keys["draft"].upper(), **read}]


def of_text(scene: Scene) -> list[Filled]:
    sent = {"title": "Ny titel", "change_note": "Det er nyt.", "text": "## Nyt\n\nEt punkt.\n", "revision": "1"}
    return [sent, sent | {"revision": "0"}, {"drop": "1"}]


def of_clauses(scene: Scene) -> list[Filled]:
    version = scene.version()
    rows = {f"roles-{clause.key}": "Leder, Jurist" for clause in version.clauses.all() if clause.is_clause}
    return [{"revision": str(version.revision), **rows}]


def of_closing(scene: Scene) -> list[Filled]:
    return [{"comment": str(one.pk), "answer": "Rettet."} for one in scene.version().comments.all()]


def of_version_step(scene: Scene) -> list[Filled]:
    seen = {"seen": scene.version().seen, "note": "Fordi."}
    steps = ("discard", "restore", "submit", "take_back", "return", "end_hearing", "decide", "enter_force")
    return [{"step": step, **seen} for step in steps]


def of_hearing(scene: Scene) -> list[Filled]:
    asked = {"roles": ["lawyer", "committee"], "left_out_why": "Er spurgt.", "due_on": SOON, "message": "Læs den."}
    return [asked | {"seen": scene.version().seen}]


def of_answer(scene: Scene) -> list[Filled]:
    parts = HearingPart.objects.filter(hearing__version=scene.version())
    return [{"part": str(part.pk), "has_remarks": "ja", "text": "Skriv det kortere."} for part in parts]


def of_assessment(scene: Scene) -> list[Filled]:
    parts = ReviewPart.objects.filter(review__document=scene.document())
    filled = {"needs_change": "yes", "changes": "Ny lov.", "text": "Skriv kapitel 2 om.", "seen": ""}
    return [{"part": str(part.pk), **filled} for part in parts]


def of_decision(scene: Scene) -> list[Filled]:
    attached = SimpleUploadedFile("referat.txt", b"Punkt 9: Godkendt.", "text/plain")
    day = (today() - timedelta(days=9)).isoformat() if "allerede" in scene.path else DAY
    return [{"decided_on": day, "reference": "Sag 9", "effective_on": "", "text": "Godkendt.", "statement": "Stemmer.",
             "seen": scene.version().seen, "files": attached}]  # fmt: skip


# ── Meetings ─────────────────────────────────────────────────────────────────────────────────────
TIME = {"day": SOON, "starts": "10:00", "ends": "11:00", "place": "Sal 9"}


def of_meeting(scene: Scene, name: str = "meeting") -> Meeting:
    return Meeting.objects.get(pk=scene.keys[name])


def of_body(scene: Scene) -> list[Filled]:
    seen = str(Body.objects.get(slug=scene.keys["body"]).revision)
    return [{"quorum": "1", "meets_every_months": "2", "standing_items": ["opening", "risks"], "seen": seen}]


def of_meeting_step(scene: Scene) -> list[Filled]:
    meeting = Meeting.objects.get(pk=resolve(scene.path).kwargs["pk"])
    steps = ("call", "close", "close_votes", "send_minutes", "approve", "cancel", "open")
    return [{"step": step, "note": "Fordi.", "seen": meeting.seen} for step in steps]


def of_sheet(scene: Scene) -> list[Filled]:
    """Of a meeting that has not been called: opening one has tests of its own."""
    meeting = of_meeting(scene)
    seats = {f"seat-{seat.person.pk}": "present" for seat in meeting.body.seats()}
    return [{"seen": meeting.seen, **seats}]


def of_item(scene: Scene) -> list[Filled]:
    attached = SimpleUploadedFile("bilag.txt", b"Et bilag.", "text/plain")
    written = {"title": "Nyt punkt", "text": "Sagen.", "proposal": "Godkendes.", "is_confidential": "on"}
    return [{**written, "kind": "free", "seen": "1", "files": attached}]


def of_item_step(scene: Scene) -> list[Filled]:
    return [{"step": step, "note": "Fordi."} for step in ("op", "ned", "withdraw", "postpone", "reopen")]


ROUTE = {
    "needs_hearing": "", "recommended_by": "executive", "decided_by": "committee", "needs_statement": "",
    "reviewed_by": "executive",
}  # fmt: skip

MESSAGE = ("+kit.Message",)
NUMBERED = ("+kit.NumberSeries", "kit.NumberSeries.last")
MADE = ("+policy.Document", "+policy.Version", "+policy.Clause", "+policy.Contribution", "+policy.Event", *NUMBERED)
WRITTEN = (
    "policy.Version.title", "policy.Version.text", "policy.Version.revision", "policy.Document.title", "+policy.Clause",
    "-policy.Clause", "+policy.Contribution", "policy.Contribution.last_at", "+policy.Event",
)  # fmt: skip
SETTLED = tuple(f"duties.Duty.{name}" for name in ("state", "done_at", "done_by_id", "revision"))
NEXT_STEP = ("+duties.Duty", *SETTLED, "duties.Duty.dedup_key")  # what a meeting waits for is asked anew
SITE = ("policy.PublicSite.stamp",)
SAVED_VIEW = form(of_list, "+kit.SavedView")
HISTORY_OF_CASE = ("+breaches.Event", "breaches.Breach.version", "+breaches.DueStep", "breaches.DueStep.cancelled_at")

FORMS: dict[str, Form] = {
    "home:inbox": form(once(), "kit.Message.read_at"),
    "home:profile": form(of_profile, "+roles.Absence", *MESSAGE),
    "duties:list": SAVED_VIEW,
    "duties:of_unit": SAVED_VIEW,
    "duties:all": SAVED_VIEW,
    "duties:reminders": form(
        lambda scene: [{**dict.fromkeys((f"how_{kind}" for kind in DutyKind), "weekly"), "weekly_on": "2",
                        "quiet_from": "17:00", "quiet_to": "08:00", "seen": "1"}],
        "+duties.ReminderSettings"),
    "duties:templates": SAVED_VIEW,
    "duties:template_new": form(once(**FIXED_DUTY), "+duties.DutyTemplate"),
    "duties:template_change": form(
        once(**FIXED_DUTY, open_too="on"), *(f"duties.DutyTemplate.{name}" for name in FIXED_DUTY if name != "role"),
        *(f"duties.DutyTemplate.{name}" for name in ("next_on", "counts_from", "revision")),
        *(f"duties.Duty.{name}" for name in (
            "title", "text", "url", "in_mail", "works_ahead", "needs_result", "needs_evidence", "is_statutory",
            "revision"))),
    "duties:template_stop": form(
        once(open_too="on"), "duties.DutyTemplate.is_stopped", "duties.DutyTemplate.revision", "+duties.DutyEntry",
        *(f"duties.Duty.{name}" for name in ("state", "done_at", "dedup_key", "revision"))),
    "duties:step": form(
        of_duty, "+duties.DutyEntry", "+duties.DutyFile", "+kit.StoredFile", "+duties.Notice", "-duties.Notice",
        *(f"duties.Duty.{name}" for name in (
            "state", "done_at", "done_by_id", "revision", "holder_id", "due_on", "remind_on", "remind_stage"))),
    "home:operations": form(of_operations, "kit.Message.state", "kit.Message.next_try_at", "kit.Message.dismissed_at",
                            "kit.Message.attempts", "kit.Message.claimed_until"),
    "home:mail_log": SAVED_VIEW,
    "home:calendar": form(once(step="lav", seen=""), "+duties.CalendarFeed"),
    "home:demo_sign_in": form(once(username="findes-ikke")),
    "account_login": form(lambda scene: [{"login": scene.town.teacher.username, "password": "demo"}],
                          "roles.User.last_login"),
    "account_logout": form(once()),
    "account_change_password": form(once(oldpassword="demo", password1="Kanel-Snegl-42", password2="Kanel-Snegl-42"),
                                    "roles.User.password"),
    "account_set_password": form(once(password1="Kanel-Snegl-42", password2="Kanel-Snegl-42")),
    "account_reauthenticate": form(once(password="demo")),
    "breaches:list": SAVED_VIEW,
    "breaches:report": form(
        of_report, "+breaches.Breach", "+breaches.Event", "+breaches.Told", "+breaches.DueStep", "+duties.Duty",
        "+breaches.BreachUserObjectPermission", "+kit.NumberSeries", "kit.NumberSeries.last", *MESSAGE),
    "breaches:follow_up": form(of_follow_up),  # a code that nobody has: with the right one it is the reporter's form
    "breaches:acknowledge": form(once(), "breaches.Told.acknowledged_at", "breaches.Told.read_at", "+breaches.Told",
                                 "+breaches.Event", "breaches.DueStep.cancelled_at"),
    "breaches:write": form(of_writing, "+breaches.Entry", "+breaches.Event", *MESSAGE),
    "breaches:step": form(
        lambda scene: [{"step": "triage", "note": "Set på", "version": scene.case().version}],
        *HISTORY_OF_CASE, "breaches.Breach.state"),
    "breaches:awareness": form(
        of_awareness, *HISTORY_OF_CASE, "breaches.Breach.aware_at", "breaches.Breach.deadline_at"),
    "breaches:verdict": form(
        lambda scene: [{"verdict": "no", "reason": "Ingen oplysninger", "version": scene.case().version}],
        *HISTORY_OF_CASE, "breaches.Breach.is_personal_data_breach"),
    "breaches:unit": form(
        lambda scene: [{"unit": str(scene.town.health.pk), "version": scene.case().version}],
        *HISTORY_OF_CASE, "breaches.Breach.unit_id", "breaches.Breach.leader_reason", "+breaches.Told", *MESSAGE),
    "roles:unit_appoint": form(of_appointing, "+roles.Appointment", "+duties.Duty", *MESSAGE),
    "roles:unit_delegate": form(
        lambda scene: [{"what": "roles.follow_cases", **scene.picked, "to_on": SOON}], "+roles.UnitGrant", *MESSAGE),
    "roles:grant_stop": form(once(), "-roles.UnitGrant"),
    "roles:place": form(
        of_place, "roles.Appointment.to_on", "roles.Appointment.deputy_id", "roles.Appointment.from_on",
        "-roles.UnitGrant", *MESSAGE),
    "roles:people": SAVED_VIEW,
    "roles:person_close": form(lambda scene: [{"handling": "luk"}, {"handling": "genaabn"}],
                               "roles.User.is_active", "roles.User.closed_at", "duties.CalendarFeed.revoked_at",
                               *MESSAGE),
    "roles:person_hand_over": form(
        of_hand_over, *(f"duties.Duty.{name}" for name in ("holder_id", "revision", "remind_on", "remind_stage")),
        "+duties.Duty", "+duties.DutyEntry", "+duties.Notice", "-duties.Notice", *MESSAGE),
    "roles:scim_groups": SAVED_VIEW,
    "roles:scim_group": form(
        of_group, "roles.ScimGroup.role", "roles.ScimGroup.unit_id", "roles.ScimGroup.mapped_by_id",
        "roles.ScimGroup.updated_at", "+roles.Appointment", *MESSAGE),
    "roles:sync_list": SAVED_VIEW,
    "roles:sync_new": form(of_file, "+roles.SyncRun", "+roles.SyncChange"),
    "roles:sync_detail": SAVED_VIEW,
    "roles:sync_apply": form(once(allow="on")),  # nothing is kept of this run; bringing in has tests of its own
    "policy:list": SAVED_VIEW,
    "policy:new": form(once(kind="rule", title="Ny", **BESIDE_THE_TEXT | {"category": "physical"}), *MADE),
    "policy:import": form(of_import, *MADE, *WRITTEN),
    "policy:edit": form(
        lambda scene: [{**BESIDE_THE_TEXT, "revision": str(scene.document().revision)}], *SITE,
        *(f"policy.Document.{name}" for name in (
            "owner_role", "audience", "confidentiality", "review_months", "journal_number", "policy_section",
            "revision", "next_review_on")), "+policy.Event"),
    "policy:start": form(once(), "+policy.Version", "+policy.Contribution", "+policy.Clause", "+policy.Event"),
    "policy:text": form(
        of_text, *WRITTEN, "policy.Version.change_note", "-policy.EditDraft"),
    "policy:keep": form(once(text="Halvt skrevet", revision="1"), "+policy.EditDraft", "policy.EditDraft.text",
                        "policy.EditDraft.saved_at"),
    "policy:preview": form(once(text="## Vis mig\n\nden her.")),
    "policy:clauses": form(of_clauses, "+policy.Event", "policy.Clause.roles", "policy.Version.revision",
                           "+policy.Contribution", "policy.Contribution.last_at"),
    "policy:comment": form(once(clause="1.1", text="Hvad betyder det?"), "+policy.Comment"),
    "policy:comment_close": form(of_closing, *(f"policy.Comment.{name}" for name in (
        "answer", "closed_by_id", "closed_at"))),
    "policy:step": form(
        of_version_step, "policy.Version.state", "+policy.Event", "policy.Hearing.closed_at", "policy.Hearing.is_void",
        *SETTLED),
    "policy:hear": form(of_hearing, "policy.Version.state", "+policy.Hearing", "+policy.HearingPart", "+duties.Duty",
                        "+policy.Event", *MESSAGE),
    "policy:answer": form(
        of_answer, "+policy.Event", *SETTLED,
        *(f"policy.HearingPart.{name}" for name in ("text", "has_remarks", "answered_by_id", "answered_at"))),
    "policy:assess": form(
        of_assessment, "+policy.Event", *SETTLED, "policy.Review.state",
        *(f"policy.ReviewPart.{name}" for name in (
            "needs_change", "changes", "text", "answered_by_id", "answered_at"))),
    "policy:decide": form(
        of_decision, "+meetings.Decision", "+meetings.DecisionFile", "+kit.StoredFile", "+policy.Event", *SITE,
        *MESSAGE, *SETTLED, "policy.Document.in_force_id", "policy.Document.has_applied",
        *(f"policy.Review.{name}" for name in ("state", "closed_at", "decision_id")),
        "policy.Document.next_review_on", "policy.Document.revision",
        *(f"policy.Version.{name}" for name in ("state", "decision_id", "effective_on", "sha256", "published_at"))),
    "policy:post": form(once(url="https://www.example.invalid/politik", published_on=DAY), "+policy.Posting",
                        "+policy.Event", *SITE),
    "policy:route": form(once(**ROUTE), *(f"policy.ApprovalRoute.{name}" for name in ROUTE)),
    "meetings:body": SAVED_VIEW,
    "meetings:list": SAVED_VIEW,
    "meetings:body_edit": form(of_body, *(f"meetings.Body.{name}" for name in (
        "quorum", "meets_every_months", "standing_items", "revision"))),
    "meetings:new": form(once(**TIME), "+meetings.Meeting", "+meetings.AgendaItem", "+meetings.MeetingEvent",
                         "+duties.Duty"),
    "meetings:step": form(
        of_meeting_step, "+meetings.MeetingEvent", "meetings.AgendaItem.stamp", *NEXT_STEP, *MESSAGE,
        *(f"meetings.Meeting.{name}" for name in ("state", "revision", "called_at", "cancelled_why"))),
    "meetings:move": form(
        lambda scene: [TIME | {"seen": of_meeting(scene).seen}], "+meetings.MeetingEvent", *NEXT_STEP,
        *(f"meetings.Meeting.{name}" for name in ("starts_at", "ends_at", "place", "revision"))),
    "meetings:fill": form(once()),  # filled when it was planned: nothing is new
    "meetings:attendance": form(of_sheet),
    "meetings:remark": form(once(text="Skriv det om.")),  # approved already
    "meetings:item_new": form(of_item, "+meetings.AgendaItem", "+meetings.AgendaFile", "+kit.StoredFile",
                              "+meetings.MeetingEvent"),
    "meetings:item": form(
        of_item, "+meetings.AgendaFile", "+kit.StoredFile", "+meetings.MeetingEvent",
        *(f"meetings.AgendaItem.{name}" for name in (
            "title", "text", "proposal", "is_confidential", "is_touched", "revision"))),
    "meetings:item_step": form(
        of_item_step, "+meetings.MeetingEvent",
        *(f"meetings.AgendaItem.{name}" for name in ("state", "note", "revision", "position"))),
    "meetings:words": form(once(words="Et referat.", seen="1")),  # not held yet
    "meetings:decide": form(once(outcome="approved", words="Godkendt.", seen="1")),
    "meetings:recuse": form(
        lambda scene: [{"person": str(scene.town.director.pk), "reason": "Hendes egen."}, {"fjern": "1"}],
        "+meetings.Recusal", "+meetings.MeetingEvent"),
    "meetings:ask": form(lambda scene: [{"what": "Gør det", "due_on": SOON, "role": "", **scene.picked}]),
    "meetings:vote": form(
        lambda scene: [{"choice": "for", "words": "Fint."}, {"moede": "1", "words": "Fint."}],
        "+meetings.Vote", "+meetings.MeetingEvent",
        *(f"meetings.AgendaItem.{name}" for name in ("state", "note", "revision"))),
    "scim:users": form(
        once(schemas=[USER_SCHEMA], userName="ny", displayName="Nina Ny", active=True, externalId="e-1",
             emails=[{"type": "work", "value": "ny@example.invalid"}]),
        "+roles.User", "+roles.ScimAccount", by_json=True),
    "scim:user": form(
        once(schemas=[USER_SCHEMA], userName="omdoebt", displayName="Omdøbt", active=True, externalId="e-2",
             emails=[{"type": "work", "value": "om@example.invalid"}]),
        "roles.User.username", "roles.User.name", "roles.User.email", "roles.ScimAccount.external_id",
        "roles.ScimAccount.updated_at", by_json=True, method="PUT"),
    "scim:groups": form(once(schemas=[GROUP_SCHEMA], displayName="Ny gruppe", externalId="g-1", members=[]),
                        "+roles.ScimGroup", by_json=True),
    "scim:group": form(
        once(schemas=[GROUP_SCHEMA], displayName="Omdøbt gruppe", externalId="g-2", members=[]),
        "roles.ScimGroup.display_name", "roles.ScimGroup.external_id", "roles.ScimGroup.updated_at",
        by_json=True, method="PUT"),
}  # fmt: skip

# Addresses that answer a method they take without reading what was sent.
READ_NOTHING = (
    "scim:config", "scim:schemas", "scim:schema", "scim:resource_types", "scim:resource_type", "scim:optional",
    "scim:unknown",
)  # fmt: skip
