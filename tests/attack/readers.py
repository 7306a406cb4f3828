"""Who may read which planted word: everything is forbidden that no line here allows, each with its reason.

Worked out from the names of roles and lines alone, apart from the code under test. `pleje` and `skole` are two
branches; `gaest`, `anonym`, `uden`, `omleder` and `forkert` are cases of the children's centre, the health centre, no
unit, home care but about its leader, and the school's teacher who says that the leader is the wrong one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from breaches.enums import EntryKind
from meetings.enums import Outcome
from roles.enums import PUBLIC_ROLES
from roles.models import Appointment, User, today
from tests.access_matrix import (
    APPOINTS_ANYBODY,
    FOLLOW_THE_YEAR,
    FOLLOWERS,
    HAS_NO_ROLE,
    IN_HEARING,
    OPERATES,
    OUTSIDE,
    ROLES,
    SEES_EVERY_PERSON,
    SEES_SYNC,
    STRANGERS,
    WRITERS,
)
from tests.attack.planting import WORD, Planted

BRANCHES = ("pleje", "skole")
LINES = (*BRANCHES, "gaest", "anonym", "uden", "omleder", "forkert", "faelles")
# Documents: the policy, guidelines in force that are internal, confidential, and confidential but for the leaders; the
# next version of the internal one; one that never applied; one about which lawyers, the DPO and leaders are asked.
APPLYING = ("aabent", "internt", "fortrolig", "ledere")
ON_THE_WAY = ("naeste", "kladde", "hoering")
DOCUMENTS = (*APPLYING, *ON_THE_WAY)
READERS = (*ROLES, "other_chief", "teacher")  # of the other line

FOLLOWS = {  # whose cases, by leadership, office or what a leader has let her do
    "leader": ("pleje",), "acting_deputy": ("pleje",), "follows_cases": ("pleje",),
    "centre_chief": ("pleje", "anonym", "omleder"), "director": ("pleje", "skole", "gaest", "anonym", "omleder"),
    "other_leader": ("skole",), "other_chief": ("skole", "gaest"), "gdpr_unit": LINES, "dpo": LINES,
    "teacher": ("skole",),  # the school's leader has let her follow its cases
}  # fmt: skip
REPORTED = {"employee": ("pleje", "omleder"), "teacher": ("skole", "forkert")}
LEADS = {
    "leader": ("pleje",), "acting_deputy": ("pleje",), "centre_chief": ("pleje",), "director": BRANCHES,
    "other_leader": ("skole",), "other_chief": ("skole",),
}  # fmt: skip
KNOWS = LEADS | dict.fromkeys(SEES_EVERY_PERSON, BRANCHES)  # people: by leading them, and by office
HEADS = {"leader": "pleje", "acting_deputy": "pleje", "other_leader": "skole"}  # fills the leader's own role
CHOOSES_PEOPLE = [name for name in READERS if name not in (*HAS_NO_ROLE, *STRANGERS, "teacher")]

BINDS_LEADERS = ("leader", "acting_deputy", "centre_chief", "other_leader", "other_chief", "director", "executive")
READS_DOCUMENTS = {  # the text, and what is said of it beside
    **dict.fromkeys(READERS, ("aabent", "internt")), **dict.fromkeys((*STRANGERS, *OUTSIDE), ("aabent",)),
    **dict.fromkeys(BINDS_LEADERS, ("aabent", "internt", "ledere")),
    **dict.fromkeys((*IN_HEARING,), ("aabent", "internt", "ledere", "hoering")),
    **dict.fromkeys(FOLLOWERS, DOCUMENTS),
}  # fmt: skip
FOLLOWS_DOCUMENTS = dict.fromkeys(FOLLOWERS, DOCUMENTS)  # who said and decided what on the way
HEARS_DOCUMENTS = dict.fromkeys(IN_HEARING, ("hoering",)) | FOLLOWS_DOCUMENTS

MEETS = dict.fromkeys(FOLLOWERS, ("moede",))  # the committee's meetings, without confidential points
INSIDE = dict.fromkeys(("gdpr_unit", "it_coordinator", "secretariat", "director", "committee"), ("moede", "lukket"))

Rule = Callable[["Reader", Planted], bool]


@dataclass(frozen=True)
class Reader:
    name: str
    person: User | None

    def reads(self, what: dict[str, Iterable[str]], planted: Planted) -> bool:
        return planted.line in what.get(self.name, ())

    def reads_person(self, what: dict[str, Iterable[str]], person: User | None) -> bool:
        """One of the lines that she stands in, or stood in lately."""
        return bool(person) and bool(lines_of(person) & set(what.get(self.name, ())))

    @property
    def is_staff(self) -> bool:
        """Works for the municipality, and has a place in it."""
        return self.name not in (*STRANGERS, "without_role")

    def knows_unit(self, planted: Planted) -> bool:
        return self.is_staff and (self.name != "external" or planted.line == "pleje")


@dataclass(frozen=True)
class Allowed:
    """The words in these fields (`roles.User.name`, `roles.User.*`) may be read, on the named pages or on all."""

    what: tuple[str, ...]
    who: Rule
    why: str
    on: tuple[str, ...] = ()

    def covers(self, planted: Planted, page: str) -> bool:
        places = (planted.where, f"{planted.model}.*")
        return any(place in self.what for place in places) and (not self.on or page in self.on)


def may_read(reader: Reader, planted: Planted, page: str) -> bool:
    return any(one.covers(planted, page) and one.who(reader, planted) for one in ALLOWED)


# ── Questions to the row in which the word stands ────────────────────────────────────────────────
def _places(person: Any) -> Any:
    days = today()
    return Appointment.objects.filter(person=person, from_on__lte=days).exclude(to_on__lt=days)


def holds_named_role(planted: Planted) -> bool:
    """The person holds a role that the policy names, today."""
    row = planted.row
    if isinstance(row, Appointment):
        return row.role in PUBLIC_ROLES
    return bool(row.is_active) and _places(row).filter(role__in=PUBLIC_ROLES).exists()


def stands_in_for_named_role(planted: Planted) -> bool:
    return Appointment.objects.filter(deputy=planted.row, role__in=PUBLIC_ROLES).exists()


def is_note(planted: Planted) -> bool:
    row = planted.row
    if planted.model == "file":
        return planted.field == "note"
    if planted.model == "breaches.Entry":
        return row.kind == EntryKind.NOTE
    if planted.model == "kit.StoredFile":
        return row.breach_file.entry is not None and row.breach_file.entry.kind == EntryKind.NOTE
    return False


def lines_of(person: User) -> set[str]:
    units = {place.unit.name.split(f" {WORD}")[0] for place in Appointment.objects.filter(person=person)}
    lines = {"Afdeling pleje": "pleje", "Hjemmeplejen Nord": "pleje", "Afdeling skole": "skole", "Skovskolen": "skole"}
    return {lines.get(name, "") for name in units}


def is_here(planted: Planted) -> bool:
    return isinstance(planted.row, Appointment) or planted.row.is_active


CASE = ("breaches.Breach.*", "breaches.Entry.*", "breaches.Event.*", "breaches.Told.*", "kit.StoredFile.original_name",
        "file.shown", "file.note")  # fmt: skip
WRITTEN_BY_REPORTER = tuple(f"breaches.Breach.{name}" for name in (
    "number", "description", "where_text", "system_text", "persons_count_text", "measures_text", "unit_text",
))  # fmt: skip
MEETING = ("meetings.Meeting.*", "meetings.MeetingEvent.*")
POINT = ("meetings.AgendaItem.*", "meetings.FollowUp.*", "meetings.Recusal.*", "meetings.Vote.*", "meetings.Remark.*",
         "kit.StoredFile.original_name", "file.paper")  # fmt: skip
TEXT_OF_DOCUMENT = (
    *(f"policy.Document.{name}" for name in ("number", "title")),
    *(f"policy.Version.{name}" for name in ("title", "text", "change_note", "withdrawn_why", "sha256")),
    "policy.Posting.url",
)  # fmt: skip
BESIDE_DOCUMENT = ("policy.Document.journal_number", "policy.Document.policy_section")
SAID_OF_DOCUMENT = ("policy.Hearing.*", "policy.HearingPart.*", "policy.Comment.*")
SAID_IN_REVIEW = ("policy.Review.*", "policy.ReviewPart.*", "policy.ReviewFact.*")
ON_THE_RECORD = (
    "policy.Event.*", "meetings.Decision.*", "kit.StoredFile.original_name", "kit.StoredFile.sha256", "file.minutes",
)  # fmt: skip
WHERE_PEOPLE_ARE_CHOSEN = (
    "duties:step",
    "roles:person_search", "roles:unit_appoint", "roles:unit_delegate", "roles:place", "roles:person_hand_over",
    "home:profile", "meetings:ask",
)  # fmt: skip
REPORTING = ("breaches:report", "breaches:told_preview", "breaches:unit_search")

ALLOWED = (
    # ── By design open ──────────────────────────────────────────────────────────────────────────
    Allowed(("roles.Unit.name",), lambda reader, word: reader.knows_unit(word),
            "Every colleague may know the municipality's units; an external partner those of her own agreement."),
    Allowed(("roles.Unit.name",), lambda reader, word: True, on=REPORTING,
            why="Whoever reports says where it happened, also without an account: names of open units are public."),
    Allowed(("roles.User.name",), lambda reader, word: holds_named_role(word), on=REPORTING,
            why="Whoever reports is told who will get the report, before it is sent."),
    Allowed(("roles.User.name", "roles.User.email", "roles.Appointment.title"),
            lambda reader, word: reader.knows_unit(word) and holds_named_role(word),
            "Who holds a role that the policy names is known to colleagues, and how to reach that person at work."),
    Allowed(("roles.User.name",), lambda reader, word: reader.knows_unit(word) and stands_in_for_named_role(word),
            "Who acts for the holder of such a role is known to colleagues too."),
    Allowed(("roles.User.name", "roles.Appointment.title", "roles.Unit.name"),
            lambda reader, word: reader.name in CHOOSES_PEOPLE and is_here(word), on=WHERE_PEOPLE_ARE_CHOSEN,
            why="Whoever answers for something chooses deputy, successor and helper among all who are here."),
    Allowed(("roles.User.name", "roles.Appointment.title", "roles.Unit.name"),
            lambda reader, word: reader.name == "maintains_appointments" and is_here(word),
            on=("roles:unit_appoint", "roles:person_search"),
            why="Whom a leader lets keep the appointments chooses among all who are here, as she does."),
    Allowed(("kit.SavedView.name",), lambda reader, word: word.row.is_shared and reader.name not in STRANGERS,
            "A view is shared with all who may open the list, as its owner is told; it holds no rows."),
    # ── People, by leading them or by office ────────────────────────────────────────────────────
    Allowed(("roles.User.*",), lambda reader, word: reader.reads_person(KNOWS, word.row),
            "A leader knows her people; the GDPR unit, the DPO, the coordinator and the administrator know all."),
    Allowed(("roles.Appointment.*",), lambda reader, word: reader.reads(KNOWS, word),
            "Likewise; of one who also stands elsewhere only what she does here."),
    # ── Cases ───────────────────────────────────────────────────────────────────────────────────
    Allowed(CASE, lambda reader, word: reader.reads(FOLLOWS, word),
            "The line above the unit, the GDPR unit, the DPO, and those to whom the leader has let it."),
    Allowed((*WRITTEN_BY_REPORTER, "breaches.Entry.text", "kit.StoredFile.original_name", "file.shown"),
            lambda reader, word: reader.reads(REPORTED, word) and not is_note(word),
            "Whoever reported reads her own words, the questions to her, and her answers; never the notes."),
    # ── Documents ───────────────────────────────────────────────────────────────────────────────
    Allowed(TEXT_OF_DOCUMENT, lambda reader, word: reader.reads(READS_DOCUMENTS, word),
            "What applies is read by those whom it is for: all, all employed, or those whom it binds; a text on its "
            "way by those who work with documents and those who are asked."),
    Allowed(("meetings.Decision.reference",),
            lambda reader, word: reader.reads(READS_DOCUMENTS, word) and word.row.outcome == Outcome.APPROVED,
            "The case in which a text was decided is part of it; what was decided and fell is not."),
    Allowed(BESIDE_DOCUMENT, lambda reader, word: reader.name not in STRANGERS and reader.reads(READS_DOCUMENTS, word),
            "Where a document belongs is told to those in the municipality who read it."),
    Allowed(SAID_OF_DOCUMENT, lambda reader, word: reader.reads(HEARS_DOCUMENTS, word),
            "Who is asked sees what the others who are asked say, and what is commented."),
    Allowed(SAID_IN_REVIEW, lambda reader, word: reader.reads(FOLLOWS_DOCUMENTS, word),
            "Those who follow the work see what has changed around a document and what is said of it in its review; "
            "nobody else is asked of these."),
    Allowed(ON_THE_RECORD, lambda reader, word: reader.reads(FOLLOWS_DOCUMENTS, word),
            "Those who follow the work see who decided what, also what fell, and the minutes."),
    Allowed(("policy.HistoricalVersion.text",), lambda reader, word: reader.reads(FOLLOWS_DOCUMENTS, word),
            on=("policy:edits",), why="Those who follow the work see what each save of a text changed."),
    Allowed(("policy.Clause.text",), lambda reader, word: reader.name in WRITERS and word.line in DOCUMENTS,
            "Those who write documents say whom each clause binds."),
    Allowed(("policy.Clause.text",), lambda reader, word: word.line == "aabent", on=("roles:role",),
            why="The policy is public; the page of a role says what of it binds the role."),
    Allowed(("policy.EditDraft.text",), lambda reader, word: bool(reader.person) and word.row.author == reader.person,
            "Her own words, not saved yet."),
    Allowed(("meetings.Body.name",), lambda reader, word: True,
            "Which body decided a text is part of the text that is published."),
    # ── Meetings ────────────────────────────────────────────────────────────────────────────────
    Allowed(MEETING, lambda reader, word: reader.name in MEETS,
            "Those who follow the work see when a body meets, and what happened when; no point is named there."),
    Allowed(("meetings.AgendaItem.*", "meetings.FollowUp.*", "meetings.Recusal.*", "kit.StoredFile.original_name",
             "file.paper"), lambda reader, word: reader.reads(MEETS, word),
            "Open points, and the minutes of them once approved."),
    Allowed(POINT, lambda reader, word: reader.reads(INSIDE, word),
            "Members and those who prepare the meetings see everything of their body."),
    Allowed(("duties.Duty.title", "duties.Duty.text"),
            lambda reader, word: word.line in ("moede", "lukket") and reader.name == "it_chief",
            "Whoever is asked to do something by a body has it as a duty."),
    Allowed(("meetings.FollowUp.*",),
            lambda reader, word: word.line in ("moede", "lukket") and reader.name == "it_chief",
            "What a confidential point asks of her stands on a page that she and the body's own see.",
            on=("meetings:follow_up",)),
    # ── What is a person's own ──────────────────────────────────────────────────────────────────
    Allowed(("kit.Message.*", "breaches.Breach.number"), lambda reader, word: owns_message(reader, word),
            "A message is read by the one it was sent to."),
    Allowed(("kit.Message.subject", "kit.Message.last_error", "breaches.Breach.number", "policy.Document.number"),
            lambda reader, word: reader.name in OPERATES, on=("home:operations",),
            why="Operators see that a message is stuck, by its subject and the number in it; no text of it."),
    Allowed(("roles.User.name", "kit.Message.last_error"), lambda reader, word: reader.name in OPERATES,
            on=("home:mail_log",), why="Operators see to whom each mail went; not what about, nor to which address."),
    Allowed(("kit.JobRun.error",), lambda reader, word: reader.name in OPERATES, on=("home:jobs",),
            why="Operators see what kind of fault ended a job."),
    Allowed(("duties.Duty.title", "duties.Duty.text"),
            lambda reader, word: bool(reader.person) and word.row.holder == reader.person,
            "Her own duty."),
    Allowed(("duties.Duty.title", "duties.Duty.text"), lambda reader, word: fills_role_of_duty(reader, word),
            "A duty of a role is its holder's, and the acting deputy's."),
    Allowed(("duties.Duty.title", "duties.Duty.text"),
            lambda reader, word: reader.name == "gdpr_unit" and not kept_from(reader, word),
            "The GDPR unit sees every duty but those that are kept from it."),
    Allowed(("duties.Duty.title", "duties.Duty.text", "duties.DutyEntry.*"),
            lambda reader, word: not duty_of(word).is_discreet
            and (reader.name in FOLLOW_THE_YEAR or reader.reads(LEADS, word)),
            "What is not discreet is seen up the line, and by those who follow the year."),
    Allowed(("kit.StoredFile.original_name",),
            lambda reader, word: reader.name in FOLLOW_THE_YEAR or reader.reads(LEADS, word),
            on=("duties:detail", "duties:step", "duties:file"), why="The evidence of such a duty is read with it."),
    Allowed(("duties.DutyTemplate.*",), lambda reader, word: reader.name not in (*HAS_NO_ROLE, *STRANGERS, "teacher"),
            "The year's fixed duties are general: whoever has a role sees them."),
    Allowed(("kit.SavedView.name",), lambda reader, word: word.row.owner == reader.person, "Her own views."),
    # ── Keeping the organisation in order ───────────────────────────────────────────────────────
    Allowed(("roles.SyncRun.*", "roles.SyncChange.*"), lambda reader, word: reader.name in SEES_SYNC,
            "Those who look after the organisation's data see what a file changed."),
    Allowed(("roles.ScimGroup.display_name",), lambda reader, word: reader.name in APPOINTS_ANYBODY,
            "Those who may appoint anybody say what a group gives."),
)  # fmt: skip


def duty_of(word: Planted) -> Any:
    return getattr(word.row, "duty", word.row)


def kept_from(reader: Reader, word: Planted) -> bool:
    return word.row.kept_from.filter(pk=reader.person.pk).exists() if reader.person else True


def fills_role_of_duty(reader: Reader, word: Planted) -> bool:
    role = word.row.holder_role
    if word.line in DOCUMENTS:
        return role == reader.name or (role == "leader" and reader.name in IN_HEARING)
    return role == reader.name == "gdpr_unit" or (role == "leader" and HEADS.get(reader.name) == word.line)


def owns_message(reader: Reader, word: Planted) -> bool:
    return word.model == "kit.Message" and reader.person is not None and word.row.recipient_id == reader.person.pk
