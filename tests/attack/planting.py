"""A unique word in every text field of every model, for two branches of the municipality and for what is kept closer.

The models are found in the apps and the fields in the models: whoever adds one needs only to see that there is a row of
it (`test_every_model_with_text_is_planted` asks). A word is added to what stands in the field, so that what the portal
puts together of names and numbers is searched for as well.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, IntegrityError, models, transaction
from django.utils import timezone

from breaches.actions import set_verdict, take_step, write_entry
from breaches.enums import EntryKind, LeaderChoice
from breaches.models import Breach
from duties.actions import write as write_in_duty
from duties.models import CalendarFeed, Duty, DutyTemplate, Notice, ReminderSettings
from duties.models.calendars import digest
from glostrup_isms.kit import files
from glostrup_isms.kit.jobs import JobRun
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.saved_views import SavedView
from meetings import actions as meetings
from meetings.actions import body_named
from meetings.enums import BodyKind, Outcome
from meetings.models import AgendaItem, Body, Decision, Meeting
from policy import actions
from policy.enums import Audience, Confidentiality, Evidence, Kind, NeedsChange
from policy.models import ApprovalRoute, Comment, Document, Hearing, HearingPart, ReviewPart, Version
from roles.enums import ChangeKind, PersonKind, Role
from roles.models import Absence, ScimAccount, ScimGroup, SyncChange, SyncRun, Unit, User, today
from tests.access_objects import ASKED, adopt, holders_now, plan_meeting, write
from tests.asked import CODE
from tests.factories import WholeTown, appoint, let, make_unit, make_user

WORD = "kanari"
# Words, numbers of cases and documents (in an address in small letters), and what can only be a key or a digest.
TOKEN = re.compile(
    rf"{WORD}\d{{5}}[a-z]*|\b\d{{4}}-\d{{4,7}}\b|\b(?:[A-Z]{{3}}|[a-z]{{3}})-\d{{3,6}}\b|\b[0-9a-f]{{40,64}}\b"
)

# Text that the portal reads as a key: another word in it would only break the portal. It is searched for as it stands.
KEYS = {
    "roles.User.password", "roles.Unit.path", "kit.AuditEntry.*", "kit.AuditPayload.*", "kit.NumberSeries.*",
    "kit.RateCount.*", "kit.JobRun.task",
    "kit.StoredFile.path_name", "kit.StoredFile.content_type", "kit.StoredFile.sha256",
    "kit.Message.kind", "kit.Message.dedup_key", "kit.SavedView.table", "kit.SavedView.query", "duties.Duty.dedup_key",
    "duties.Duty.in_mail", "duties.DutyTemplate.filled", "duties.DutyTemplate.url", "duties.ReminderSettings.choices",
    "duties.CalendarFeed.token_hash",
    "duties.Duty.object_id", "duties.Duty.url", "kit.Message.url", "breaches.Breach.number",
    "breaches.Breach.submission_digest", "breaches.Breach.follow_up_digest", "breaches.Entry.token",
    "roles.SyncRun.sha256", "roles.SyncRun.kept_as", "roles.SyncRun.digest", "meetings.Body.slug",
    "meetings.Decision.url", "meetings.Decision.sha256", "meetings.Body.standing_items", "meetings.AgendaItem.url",
    "meetings.AgendaItem.source_key", "meetings.AgendaItem.stamp", "policy.Document.number", "policy.Version.sha256",
    "policy.Clause.kind", "policy.Clause.number", "policy.Clause.roles", "policy.Clause.evidence",
    "policy.Comment.clause_number", "policy.PublicSite.stamp", "policy.ReviewFact.url",
}  # fmt: skip

# Whose numbers and checksums stand in other rows too: they belong to the line by these.
NAMED_ELSEWHERE = ("breaches.Breach", "policy.Document", "policy.Version")


def our_models() -> list[type[models.Model]]:
    ours = [config for config in apps.get_app_configs() if config.name.split(".")[0] in CODE]
    found = [model for config in ours for model in config.get_models(include_auto_created=True)]
    return sorted(found, key=lambda model: model._meta.label)


def text_fields(model: type[models.Model]) -> list[Any]:
    texts = (models.CharField, models.TextField, models.JSONField)
    return [one for one in model._meta.concrete_fields if isinstance(one, texts) and not one.choices]


def is_key(model: type[models.Model], name: str) -> bool:
    label = model._meta.label.replace("Historical", "")
    return f"{label}.{name}" in KEYS or f"{label}.*" in KEYS or name.startswith("history_")


@dataclass(frozen=True)
class Planted:
    """A word, where it stands, and the line that it belongs to."""

    word: str
    line: str
    model: str
    field: str
    row: Any = None

    @property
    def where(self) -> str:
        return f"{self.model}.{self.field}"


@dataclass
class Garden:
    """Every word, and the keys of the objects that they stand in."""

    town: WholeTown
    words: dict[str, Planted] = field(default_factory=dict)
    cases: dict[str, Breach] = field(default_factory=dict)
    known: dict[Any, set[Any]] = field(default_factory=dict)
    planted: dict[str, list[Any]] = field(default_factory=dict)  # {model: keys}
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_word(self, line: str, where: str) -> str:
        model, _, name = where.rpartition(".")
        planted = Planted(f"{WORD}{next(self.numbers):05}{line}", line, model, name)
        self.words[planted.word] = planted
        return planted.word

    def know(self) -> None:
        """What is there now belongs to nobody; what the portal comes with belongs to a line of its own."""
        for model in our_models():
            self.known[model] = set(model._default_manager.values_list("pk", flat=True))
        self.known[Body], self.known[ApprovalRoute] = set(), set()
        self.stamp("organ")

    def stamp(self, line: str) -> None:
        """Every row that is new belongs to the line, and gets a word in each text field."""
        for model in sorted(our_models(), key=lambda model: model._meta.label not in NAMED_ELSEWHERE):
            for row in model._default_manager.exclude(pk__in=self.known[model]):
                self.known[model].add(row.pk)
                self.planted.setdefault(model._meta.label, []).append(row.pk)
                for one in text_fields(model):
                    self._stamp(row, one, line)

    def _stamp(self, row: Any, one: Any, line: str) -> None:
        model, old = type(row), getattr(row, one.attname)
        where = (line, model._meta.label, one.name)
        if is_key(model, one.name):
            for word in TOKEN.findall(str(old)):
                self.words.setdefault(word, Planted(word, *where, row))
                if where[1:] == ("policy.Document", "number"):
                    self.words.setdefault(word.lower(), Planted(word.lower(), *where, row))
            return
        planted = Planted(f"{WORD}{next(self.numbers):05}{line}", *where, row)
        new = _with(old, planted.word, one)
        if new is None:
            return
        try:
            with transaction.atomic():
                model._default_manager.filter(pk=row.pk).update(**{one.name: new})
        except (IntegrityError, DataError):
            return  # the table says that it stays as it is
        self.words[planted.word] = planted


def _with(old: Any, word: str, one: Any) -> Any:
    """The value with the word in it; None when there is no place for it."""
    if isinstance(one, models.JSONField):
        return _in_json(old, word) if old else None
    if isinstance(one, models.EmailField):
        return f"{word}@example.invalid"
    if isinstance(one, models.URLField):
        return f"{old}/{word}"
    both, most = f"{old} {word}".strip(), one.max_length or 10_000
    return both if len(both) <= most else word if len(word) <= most else None


def _in_json(old: Any, word: str) -> Any:
    if isinstance(old, dict):
        return {key: _in_json(value, word) for key, value in old.items()}
    if isinstance(old, list):
        return [_in_json(value, word) for value in old]
    return f"{old} {word}" if isinstance(old, str) else old


# ── What is planted ──────────────────────────────────────────────────────────────────────────────
def plant(town: WholeTown) -> Garden:
    garden = Garden(town)
    garden.know()
    for line, unit, leader in (("pleje", town.home_care, town.leader), ("skole", town.school, town.school_leader)):
        organisation(line, unit, leader)
        garden.stamp(line)
    Duty.objects.create(title="Egen", holder=town.employee, due_on=today(), dedup_key="egen")
    garden.stamp("pleje")
    kept_close(town)
    garden.stamp("faelles")
    here, there = town.employee, town.teacher
    case(garden, "pleje", town.home_care, here)
    case(garden, "skole", town.school, there)
    case(garden, "gaest", town.children, None)
    case(garden, "anonym", town.health, None, is_anonymous=True)
    case(garden, "uden", None, None)
    case(garden, "omleder", town.home_care, here, leader_choice=LeaderChoice.ABOUT_LEADER)
    case(garden, "forkert", None, there, leader_choice=LeaderChoice.WRONG)
    of_meetings(garden)
    documents(garden)
    return garden


def of_year(line: str, head: User, unit: Unit) -> None:
    """A fixed duty of the leader of the unit, with a word and a file in it; and how she wants to be reminded."""
    fixed = DutyTemplate.objects.create(
        title=f"Fast {line}", text="Gør det.", source="P-65", role=Role.LEADER, first_on=today()
    )
    duty = Duty.objects.create(
        title=f"Årets {line}", text="Gør det.", holder=head, made_for=head, holder_role=Role.LEADER, holder_unit=unit,
        due_on=today(), planned_on=today(), template=fixed, is_discreet=False, dedup_key=f"year-{line}",
    )  # fmt: skip
    proof = files.store(SimpleUploadedFile(f"bevis-{line}.txt", b"Gennemgang", "text/plain"), keep_for=files.KEEP)
    write_in_duty(duty, by=head, text="Se filen.", uploads=[proof])
    ReminderSettings.objects.create(person=head, choices={"year": "weekly"})
    Notice.objects.create(person=head, duty=duty, stage="new", due_on=duty.due_on)


def organisation(line: str, above: Unit, leader: User) -> None:
    """A unit with an employee, a system owner, a leader, a partner, one who left and one who led it before."""
    unit = make_unit(f"Afdeling {line}", above)
    employee, stand_in, owner, head, partner, left = (
        make_user(f"{name}-{line}", f"{name.capitalize()} {line}")
        for name in ("ansat", "afloeser", "ejer", "afdelingsleder", "partner", "stoppet")
    )
    User.objects.filter(pk=partner.pk).update(kind=PersonKind.EXTERNAL)
    User.objects.filter(pk=left.pk).update(is_active=False)
    for person, role in (
        (employee, Role.EMPLOYEE), (stand_in, Role.EMPLOYEE), (owner, Role.SYSTEM_OWNER), (head, Role.LEADER),
        (partner, Role.EXTERNAL),
    ):  # fmt: skip
        appoint(person, role, unit, is_primary=True, title=f"Stilling {line}", deputy=None)
    owner.appointments.update(deputy=stand_in)
    for other in User.objects.filter(username__startswith="ansat-").exclude(pk=employee.pk):
        appoint(other, Role.EMPLOYEE, unit, title="Også ansat her")  # stands in both branches
    on_committee = make_user(f"udvalg-{line}", f"Udvalg {line}")
    appoint(on_committee, Role.EMPLOYEE, unit, is_primary=True, title="Ansat og i udvalget")
    appoint(on_committee, Role.COMMITTEE, unit, title="I udvalget")
    ended = today() - timedelta(days=10)
    appoint(left, Role.EMPLOYEE, unit, to_on=ended, title="Var ansat")
    appoint(employee, Role.LEADER, unit, to_on=ended, title="Var leder")
    appoint(stand_in, Role.CONTRACT_OWNER, unit, from_on=today() + timedelta(days=30), title="Bliver ansvarlig")
    for person, deputy in ((employee, stand_in), (owner, None)):
        Absence.objects.create(person=person, from_on=today(), to_on=today() + timedelta(days=5), deputy=deputy)
    let(leader, "follow_cases", above, to=employee)
    ScimAccount.objects.create(person=employee, external_id=f"konto-{line}")
    CalendarFeed.objects.create(person=employee, token_hash=digest(f"kalender-{line}"))
    due_on = today() + timedelta(days=5)
    Duty.objects.create(title=f"Opgave {line}", holder=employee, due_on=due_on, dedup_key=f"a-{line}")
    of_year(line, head, unit)
    Duty.objects.create(
        title=f"Opgave {line}", holder_role=Role.LEADER, holder_unit=above, due_on=due_on, dedup_key=f"b-{line}"
    )
    for table in ("brud", "personer"):
        for is_shared in (True, False):
            name = f"{table} {is_shared}"
            SavedView.objects.create(owner=leader, table=table, name=name, query="q=x", is_shared=is_shared)


def kept_close(town: WholeTown) -> None:
    """For those who keep the organisation in order."""
    run = SyncRun.objects.create(
        file_name="organisation.json", by=town.administrator, loss="Den lukker mange.", notes=["Bemærk."],
        problems=[{"row": "Række 1", "reason": "Forkert."}], counts={ChangeKind.UNIT_NEW.value: 1}, sha256="ab" * 32,
    )  # fmt: skip
    JobRun.objects.create(task="kit.clear_out", error="OperationalError", failures=1)
    for kind in (ChangeKind.UNIT_NEW, ChangeKind.PERSON_LEFT):
        SyncChange.objects.create(run=run, kind=kind, subject="Hvem", before="Før", after="Efter")
    group = ScimGroup.objects.create(
        display_name="Gruppe", external_id="g-1", role=Role.SYSTEM_OWNER, unit=town.school, mapped_by=town.gdpr
    )
    group.members.set(User.objects.filter(username__startswith="ansat-"))


def case(garden: Garden, line: str, unit: Unit | None, reporter: User | None, **fields: Any) -> None:
    """A case in which everything has been written and done, with a message that did not arrive."""
    town = garden.town
    texts = ("description", "where_text", "system_text", "persons_count_text", "measures_text", "leader_text")
    if not reporter and not fields.get("is_anonymous"):
        fields |= {"reporter_name": "Gerda Gæst", "reporter_contact": "gerda@example.invalid"}
    shown = _file(garden, line, "shown")
    receipt = town.report(by=reporter, unit=unit, uploads=[shown], **dict.fromkeys(texts, "Ord") | fields)
    breach = garden.cases[line] = receipt.breach
    take_step(breach, "triage", by=town.gdpr, note="Et trin")
    set_verdict(breach, "yes", by=town.gdpr, reason="En grund")
    for kind, by, uploads in (
        (EntryKind.NOTE, town.gdpr, [_file(garden, line, "note")]), (EntryKind.QUESTION, town.gdpr, []),
        (EntryKind.ANSWER, reporter, []),
    ):  # fmt: skip
        write_entry(breach, kind, "Ord", by=by, token=f"{kind}-{line}-".ljust(40, "x"), uploads=uploads)
    mine = Message.objects.filter(url__contains=breach.number)
    mine.update(state="dead", last_error="Serveren sagde nej")
    garden.stamp(line)


# ── Documents: a line for each way in which one may be closed ────────────────────────────────────
SECRECY = {
    "aabent": Confidentiality.PUBLIC, "fortrolig": Confidentiality.CONFIDENTIAL,
    "ledere": Confidentiality.MAY_BE_EXEMPT,  # the others are internal
}  # fmt: skip


def documents(garden: Garden) -> None:
    """The policy; guidelines in force for all, for those who follow the work, for leaders; the next version of one; one
    that never applied; one that is being heard. In each, everything has been said and done that can be."""
    who = holders_now(garden.town)
    for line in ("aabent", "internt", "fortrolig", "ledere", "kladde", "hoering"):
        kind = Kind.POLICY if line == "aabent" else Kind.GUIDELINE
        audience = Audience.LEADERS if line == "ledere" else Audience.EVERYBODY
        secrecy = SECRECY.get(line, Confidentiality.INTERNAL)
        more = {"journal_number": "26/1", "policy_section": "Afsnit 3"}
        version = write(who, kind, f"Dokument {line}", audience=audience, confidentiality=secrecy, **more)
        version.clauses.update(roles=[Role.LEADER], evidence=[Evidence.CONTROL])
        _talk(version, who)
        if line == "hoering":
            actions.open_hearing(
                version, ASKED, today() + timedelta(days=9), by=who["it_coordinator"], message="Sig til"
            )
            for part in HearingPart.objects.filter(hearing__version=version, role=Role.LAWYER, answered_at=None):
                actions.answer_hearing(part, "Et svar", has_remarks=True, by=who["lawyer"])
        elif line != "kladde":
            version = adopt(who, version, text="Godkendt", uploads=[_file(garden, line, "minutes")])
            _review(version, who)
            actions.record_posting(version, f"https://www.example.invalid/{line}", today(), by=who["secretariat"])
        actions.keep_draft(version, "Ikke gemt", by=who["it_chief"], revision=1)
        Message.objects.filter(url__contains="/dokumenter/").update(state="dead", last_error="Serveren sagde nej")
        garden.stamp(line)
        if line == "internt":
            following = actions.start_version(version.document, by=who["it_coordinator"])
            _talk(following, who)
            garden.stamp("naeste")


def _talk(version: Version, who: dict[str, User]) -> None:
    """It was heard, discussed, sent back with a decision that no longer holds, and explained."""
    now = timezone.now()
    hearing = Hearing.objects.create(
        version=version, revision=1, text="Som hørt", due_on=today(), message="Læs den", left_out_why="Er spurgt",
        opened_by=who["it_coordinator"], closed_at=now,
    )  # fmt: skip
    HearingPart.objects.create(
        hearing=hearing, role=Role.DPO, has_remarks=True, text="Ja", answered_by=who["dpo"], answered_at=now
    )
    Comment.objects.create(
        version=version, clause_number="1.1", quote="Sådan stod der", text="Hvorfor?", author=who["lawyer"],
        answer="Derfor", closed_by=who["it_coordinator"], closed_at=now,
    )  # fmt: skip
    Comment.objects.create(version=version, text="Og her?", author=who["committee"])
    Decision.objects.create(
        body=body_named(BodyKind.COMMITTEE), outcome=Outcome.RETURNED, decided_on=today(), reference="Sag 3",
        text="Ret det", statement="Stemmer", content_type=ContentType.objects.get_for_model(Version),
        object_id=version.pk, label=version.label, url=version.get_absolute_url(), sha256=f"{version.pk:064}",
        recorded_by=who["committee"], voided_at=now, void_reason="Teksten er rettet",
    )  # fmt: skip


def _review(version: Version, who: dict[str, User]) -> None:
    """One fell, and the one that is open has been answered and sent away to be rewritten."""
    Document.objects.filter(pk=version.document_id).update(next_review_on=today())
    actions.ask_for_reviews()
    Document.objects.filter(pk=version.document_id).update(next_review_on=today() + timedelta(days=9))
    actions.ask_for_reviews()
    for part in ReviewPart.objects.waiting().filter(review__document=version.document_id):
        actions.assess(part, NeedsChange.YES, by=who[part.asked_role], changes="Ny lov", text="Skriv om")
    actions.ask_for_change(version, by=who["committee"], decided_on=today(), text="Om igen", reference="Sag 4")


def of_meetings(garden: Garden) -> None:
    """Of the committee: one held, with a point of its own line that is open and one that is confidential; one planned;
    one cancelled; a vote. In each, everything has been written that can be."""
    who = holders_now(garden.town)
    by = who["gdpr_unit"]
    body = body_named(BodyKind.COMMITTEE)
    again = {"quorum": None, "meets_every_months": 3, "standing_items": body.standing_items}
    meetings.change_body(body, by=who["director"], **again)
    for line in ("moede", "lukket"):
        meeting = plan_meeting(who, timedelta(seconds=1 if line == "moede" else 2))
        if line == "lukket":
            garden.stamp("moede")
        item = meetings.add_item(
            meeting, title="Punkt", text="Sagen", proposal="Godkendes", is_confidential=line == "lukket",
            uploads=[_file(garden, line, "paper")], by=by,
        )  # fmt: skip
        _hold(meeting, item, who)
        Message.objects.filter(kind__startswith="meeting_").update(state="dead", last_error="Serveren sagde nej")
        garden.stamp(line)
    ballot = plan_meeting(who, timedelta(0), is_written=True)
    question = meetings.add_item(ballot, title="Haster", by=by)
    meetings.call_meeting(ballot, by=by)
    meetings.vote(question, "for", words="Fint", by=who["committee"])
    meetings.ask_for_meeting(question, by=who["director"])
    meetings.cancel_meeting(meetings.call_meeting(plan_meeting(who, timedelta(days=3)), by=by), by=by, note="For få")
    garden.stamp("moede")


def _hold(meeting: Meeting, item: AgendaItem, who: dict[str, User]) -> None:
    by = who["gdpr_unit"]
    meetings.call_meeting(meeting, by=by)
    meetings.open_meeting(meeting, {seat.person.pk: "present" for seat in meeting.body.seats()}, by=by)
    meetings.recuse(item, who["committee"], reason="Naboen", by=by)
    meetings.ask(item, "Skriv til dem", due_on=today() + timedelta(days=9), by=by, holder=who["it_chief"])
    for one in meeting.items.open():
        if one.pk == item.pk:
            meetings.conclude(one, words="Enige", by=by)
        else:
            meetings.postpone_item(one, by=by, note="Tiden gik")
    meetings.close_meeting(meeting, by=by)
    meetings.remark(meeting, "Skriv det om", by=who["committee"])
    meetings.send_minutes(meeting, by=by)
    meetings.approve_minutes(meeting, by=who["director"])


def _file(garden: Garden, line: str, kind: str) -> Any:
    content = garden.new_word(line, f"file.{kind}")
    return files.store(SimpleUploadedFile(f"{kind}-{line}.txt", content.encode(), "text/plain"), keep_for=files.KEEP)
