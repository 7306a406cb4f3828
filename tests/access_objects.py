"""The objects of the access matrix, of the employee's line and of another, in the whole town."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from duties.actions import write as write_in
from duties.models import Duty, DutyTemplate
from glostrup_isms.kit import files
from glostrup_isms.kit.files import StoredFile
from meetings import actions as meetings
from meetings.actions import body_named
from meetings.enums import BodyKind
from meetings.models import FollowUp, Meeting
from policy import actions
from policy.enums import Confidentiality, Kind
from policy.models import ApprovalRoute, HearingPart, Version
from roles.enums import Role
from roles.models import ScimGroup, SyncRun, User, today
from tests.factories import WholeTown

MISSING_KEY = "00000000-0000-4000-8000-000000000000"
MISSING = {
    **dict.fromkeys(("unit", "person", "officer", "place", "office", "grant"), "999999"),
    **dict.fromkeys(("duty", "run", "task", "fixed"), "999999"),
    **dict.fromkeys(("edition", "route", "decision"), "999999"),
    **dict.fromkeys(("meeting", "point", "secret", "held", "ballot", "question", "asked"), "999999"),
    **dict.fromkeys(("document", "draft", "hearing"), "ret-999"),
    **dict.fromkeys(("file", "group", "minutes", "paper", "proof"), MISSING_KEY),
    **dict.fromkeys(("role", "body"), "findes-ikke"),
    "case": "2026-9999",
    "public": "pol-999",
}
TEXT = "## Formål\n\nVi passer på oplysninger.\n\n- Systemejeren godkender adgange.\n- Alle melder brud straks.\n"
Keys = dict[str, str]


def make_objects(town: WholeTown) -> dict[str, Keys]:
    """{`own`, `foreign`, `missing`: {name of the object: its key}}."""
    fixed = DutyTemplate.objects.create(title="Gennemgå adgangene", role=Role.LEADER, first_on=today())
    own = _of_line(town, town.employee, town.leader, grant=town.own_grant.pk, fixed=fixed)
    foreign = _of_line(town, town.teacher, town.school_leader, grant=town.foreign_grant.pk, fixed=fixed)
    of_no_line = {
        "fixed": str(fixed.pk),
        "run": str(SyncRun.objects.create(by=town.administrator, file_name="organisation.json").pk),
        "group": str(ScimGroup.objects.create(display_name="Skoleledere").pk),
        "role": Role.IT_CHIEF.slug,
        **keys_of_documents(town),
        **keys_of_meetings(town),
    }
    return {"own": own | of_no_line, "foreign": foreign | of_no_line, "missing": MISSING}


def _of_line(town: WholeTown, employee: User, leader: User, *, grant: int, fixed: DutyTemplate) -> Keys:
    upload = SimpleUploadedFile("note.txt", "En note, æøå.".encode(), "text/plain")
    case = town.report(by=employee, uploads=[files.store(upload, keep_for=files.KEEP)]).breach
    place, office = employee.appointments.get(), leader.appointments.get()
    duty = Duty.objects.create(
        title="Gennemgå fortegnelsen", holder_role=Role.LEADER, holder_unit=office.unit, due_on=today(),
        dedup_key=f"matrix:{leader.pk}",
    )  # fmt: skip
    task = Duty.objects.create(
        title="Gennemgå adgangene", holder=leader, made_for=leader, holder_role=Role.LEADER, holder_unit=office.unit,
        due_on=today(), planned_on=today(), template=fixed, is_discreet=False, dedup_key=f"matrix-year:{leader.pk}",
    )  # fmt: skip
    proof = files.store(SimpleUploadedFile("bevis.txt", b"Gennemgang", "text/plain"), keep_for=files.KEEP)
    write_in(task, by=leader, text="Se filen.", uploads=[proof])
    keys = {
        "case": case.number, "file": case.files.get().stored_id, "unit": office.unit_id, "person": employee.pk,
        "officer": leader.pk, "place": place.pk, "office": office.pk, "grant": grant, "duty": duty.pk,
        "task": task.pk, "proof": proof.pk,
    }  # fmt: skip
    return {name: str(key) for name, key in keys.items()}


def keys_of_documents(town: WholeTown) -> Keys:
    """The policy in its second version; a guideline that applies, is under review and has a draft; one that never
    applied; one that is being heard."""
    who = holders_now(town)
    policy = adopt(who, write(who, Kind.POLICY, "Informationssikkerhedspolitik"))
    replace(who, policy)
    attached = minutes("Punkt 4: Godkendt.")
    soon_again = {"review_months": 4, "owner_role": Role.GDPR_UNIT}  # so that its review is open
    applies = adopt(who, write(who, Kind.GUIDELINE, "Mail og beskeder", **soon_again), uploads=[attached])
    actions.open_reviews()
    actions.start_version(applies.document, by=who["it_coordinator"])
    draft = write(who, Kind.GUIDELINE, "Fjernarbejde")
    heard = write(who, Kind.GUIDELINE, "Besøgende")
    actions.open_hearing(heard, ASKED, today() + timedelta(days=14), by=who["it_coordinator"], message="Hvad siger I?")
    actions.comment(heard, "Hvem følger dem ud?", by=who["leader"])
    keys = {
        "public": policy.document.number.lower(), "edition": policy.number, "document": applies.document.number.lower(),
        "draft": draft.document.number.lower(), "hearing": heard.document.number.lower(),
        "body": body_named(BodyKind.COMMITTEE).slug, "route": ApprovalRoute.objects.get(kind=Kind.GUIDELINE).pk,
        "decision": applies.decision_id, "minutes": attached.pk,
    }  # fmt: skip
    return {name: str(key) for name, key in keys.items()}


def keys_of_meetings(town: WholeTown) -> Keys:
    """Of the committee: one planned, with a confidential point; one held, its minutes approved; one being voted on."""
    who = holders_now(town)
    by = who["gdpr_unit"]
    held = hold_meeting(who, plan_meeting(who, timedelta(seconds=1)))
    ballot = plan_meeting(who, timedelta(0), is_written=True)
    question = meetings.add_item(ballot, title="Haster", text="Kort.", by=by)
    meetings.call_meeting(ballot, by=by)
    meeting = plan_meeting(who, timedelta(days=9))
    paper = minutes("Bilag.")
    secret = meetings.add_item(meeting, title="Fortroligt", is_confidential=True, uploads=[paper], by=by)
    asked = FollowUp.objects.create(item=secret, what="Ring", whom="It-chef", due_on=today(), asked_by=by)
    keys = {
        "meeting": meeting.pk, "point": meeting.items.all()[0].pk, "secret": secret.pk, "paper": paper.pk,
        "held": held.pk, "ballot": ballot.pk, "question": question.pk,
        "asked": asked.pk,
    }  # fmt: skip
    return {name: str(key) for name, key in keys.items()}


def plan_meeting(who: dict[str, User], ahead: timedelta, **fields: Any) -> Meeting:
    """Of the committee, for an hour."""
    starts_at = timezone.now() + ahead
    given = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1), "place": "Sal 1", **fields}
    return meetings.plan_meeting(body_named(BodyKind.COMMITTEE), by=who["gdpr_unit"], **given)


def hold_meeting(who: dict[str, User], meeting: Meeting) -> Meeting:
    """All are there, nothing is decided but in words, and the chair approves the minutes."""
    by = who["gdpr_unit"]
    meetings.call_meeting(meeting, by=by)
    sheet = {seat.person.pk: "present" for seat in meeting.body.seats()}
    meetings.open_meeting(meeting, sheet, by=by)
    for item in meeting.items.all():
        meetings.conclude(item, words="Drøftet.", by=by)
    meetings.close_meeting(meeting, by=by)
    meetings.send_minutes(meeting, by=by)
    return meetings.approve_minutes(meeting, by=who["director"])


ASKED = (Role.LAWYER, Role.DPO, Role.LEADER)


def holders_now(town: WholeTown) -> dict[str, User]:
    """Who holds each role, with the rights of this moment."""
    people = User.objects.in_bulk([person.pk for person in town.holders.values()])
    return {name: people[person.pk] for name, person in town.holders.items()}


def write(who: dict[str, User], kind: Kind, title: str, **fields: Any) -> Version:
    """A draft of a new document, internal unless it must be public."""
    secrecy = Confidentiality.PUBLIC if kind == Kind.POLICY else Confidentiality.INTERNAL
    fields = {"owner_role": Role.IT_COORDINATOR, "confidentiality": secrecy, "text": TEXT, **fields}
    return actions.create_document(kind, title, by=who["it_coordinator"], **fields)


def adopt(who: dict[str, User], draft: Version, **fields: Any) -> Version:
    """It was decided before the portal was taken into use, and has applied for a while."""
    by = who["secretariat" if draft.document.is_policy else "director"]
    day = today() - timedelta(days=100)
    return actions.decide(draft, by=by, decided_on=day, reference="Sag 7", step="adopt", **fields)


def replace(who: dict[str, User], old: Version) -> Version:
    """The next version, decided today and in force."""
    new = actions.start_version(old.document, by=who["it_coordinator"])
    actions.open_hearing(new, [Role.LAWYER, Role.DPO], today() + timedelta(days=14), by=who["it_coordinator"])
    for part in HearingPart.objects.filter(hearing__version=new):
        actions.answer_hearing(part, "", has_remarks=False, by=who[part.role])
    actions.end_hearing(new, by=who["it_coordinator"])
    actions.submit(new, by=who["it_coordinator"])
    actions.recommend(new, by=who["committee"], decided_on=today())
    by, statement = ("secretariat", "") if old.document.is_policy else ("director", "Følger afsnit 2.")
    given = {"reference": "Sag 8", "statement": statement, "uploads": [minutes("Punkt 8: Godkendt.")]}
    return actions.decide(new, by=who[by], decided_on=today(), **given)


def minutes(text: str) -> StoredFile:
    """A file to attach to a decision."""
    return files.store(SimpleUploadedFile("referat.txt", text.encode(), "text/plain"), keep_for=files.KEEP)


def sign_in(town: WholeTown, role: str) -> Client:
    """A client of the one who has the role in the access matrix."""
    client = Client()
    if role == "acting_deputy":
        town.leader_goes_away()
        client.force_login(town.deputy)
    elif role == "deactivated":
        client.force_login(town.employee)
        User.objects.filter(pk=town.employee.pk).update(is_active=False)
    elif role != "anonymous":
        client.force_login(town.holders[role])
    return client
