"""What stands in a year for one reader: dated duties, those to come, documents to look at again, meetings.

Duties of the same template and planned day are one entry that says how many are done; the database counts them, so that
fifty thousand duties are read as a few hundred rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Min, Q, TextChoices

from duties.enums import State
from duties.models import Duty, DutyTemplate
from duties.recurrence import SHIFT
from glostrup_isms.kit.dates import COPENHAGEN, MONTHS, da_time
from meetings.enums import BodyKind, MeetingState
from meetings.models import Meeting
from policy.models import Document
from roles.enums import Role
from roles.models import Appointment, Unit, User, today

SOON = timedelta(days=7)  # as a duty's own colour
MOST = 300  # duties that stand alone, and documents; the page says when there are more


class Ring(TextChoices):
    """Whose the work is, from the middle of the wheel and out."""

    LEADERSHIP = "leadership", "Kommunalbestyrelse og direktion"
    BODIES = "bodies", "Udvalg og råd"
    ADVISERS = "advisers", "GDPR-enhed, DPO og jurister"
    IT = "it", "It"
    OWNERS = "owners", "Systemejere og aftaleansvarlige"
    LEADERS = "leaders", "Ledere"
    EVERYBODY = "everybody", "Alle"

    @property
    def roles(self) -> list[Role | str]:
        """The roles whose duties stand in the ring; »Alle« also holds what is asked of one person and no role."""
        named: list[Role | str] = [role for role, ring in RINGS.items() if ring == self]
        return [*named, ""] if self == Ring.EVERYBODY else named


RINGS = {
    Role.COUNCILLOR: Ring.LEADERSHIP, Role.MAYOR: Ring.LEADERSHIP, Role.DIRECTOR: Ring.LEADERSHIP,
    Role.EXECUTIVE: Ring.LEADERSHIP, Role.SECRETARIAT: Ring.LEADERSHIP, Role.COMMITTEE: Ring.BODIES,
    Role.DPR: Ring.BODIES, Role.GDPR_UNIT: Ring.ADVISERS, Role.DPO: Ring.ADVISERS, Role.LAWYER: Ring.ADVISERS,
    Role.IT_COORDINATOR: Ring.IT, Role.IT_CHIEF: Ring.IT, Role.IT_OPERATIONS: Ring.IT, Role.ADMINISTRATOR: Ring.IT,
    Role.SYSTEM_OWNER: Ring.OWNERS, Role.CONTRACT_OWNER: Ring.OWNERS, Role.LEADER: Ring.LEADERS,
    Role.CENTRE_CHIEF: Ring.LEADERS, Role.EMPLOYEE: Ring.EVERYBODY, Role.EXTERNAL: Ring.EVERYBODY,
}  # fmt: skip
BODY_RINGS = {kind: Ring.BODIES if kind in (BodyKind.COMMITTEE, BodyKind.DPR) else Ring.LEADERSHIP for kind in BodyKind}


def ring_of(role: str) -> Ring:
    return RINGS[Role(role)] if role else Ring.EVERYBODY


class Standing(TextChoices):
    """How it stands, the worst first: that one stands for several."""

    LATE = "late", "Over fristen"
    DUE = "due", "Fristen er nær"
    OPEN = "waiting", "Åben"
    PLANNED = "planned", "Planlagt"
    DONE = "done", "Udført"
    DROPPED = "closed", "Bortfaldet eller aflyst"

    @property
    def rank(self) -> int:
        return list(Standing).index(self)


@dataclass(frozen=True)
class Entry:
    """One line of the list, and one mark of the wheel unless it shares it with others."""

    day: date
    title: str
    ring: Ring
    who: str
    standing: Standing
    label: str  # the state in words
    url: str
    detail: str = ""  # »12 af 40 udført«, »kl. 9.00«
    template: int | None = None  # the fixed duty that it comes from

    @property
    def sentence(self) -> str:
        """All of it, for those who listen."""
        more = f", {self.detail}" if self.detail else ""
        return f"{self.day.day}. {MONTHS[self.day.month - 1]}: {self.title}. {self.who}. {self.label}{more}"


@dataclass(frozen=True)
class Asked:
    """Whose wheel, and what of it."""

    user: User
    year: int
    ring: Ring | None = None
    unit: Unit | None = None
    is_mine: bool = False

    @cached_property
    def roles(self) -> set[Role]:
        return {office.role for office in self.user.offices}

    @cached_property
    def roles_in_unit(self) -> set[str]:
        """Which roles somebody has in the unit or under it, as far as the reader may know."""
        paths = [self.unit.path] if self.unit else []
        places = Appointment.objects.visible_to(self.user).in_force().within(paths)
        return set(places.order_by().values_list("role", flat=True).distinct())


@dataclass
class Year:
    """The entries in order of their days. `has_more`: some were left out."""

    entries: list[Entry] = field(default_factory=list)
    has_more: bool = False

    @property
    def late(self) -> int:
        return sum(entry.standing == Standing.LATE for entry in self.entries)

    @property
    def rings(self) -> list[Ring]:
        """Those with entries, from the middle and out."""
        used = {entry.ring for entry in self.entries}
        return [ring for ring in Ring if ring in used]

    @property
    def months(self) -> list[tuple[int, list[Entry]]]:
        return [(month, [one for one in self.entries if one.day.month == month]) for month in range(1, 13)]


def read_year(asked: Asked) -> Year:
    """At most six queries, however many rows there are."""
    templates = {one.pk: one for one in DutyTemplate.objects.visible_to(asked.user).select_related("unit")}
    singles, documents = _singles(asked), _documents(asked)
    found = [*_made(asked, templates), *_coming(asked, templates.values()), *_meetings(asked)]
    found += [_single(duty, asked.user) for duty in singles[:MOST]]
    # A duty that is open and shown says it already; one that is done says nothing of the document.
    spoken_of = {(duty.due_on, document_part(duty.url)) for duty in singles[:MOST] if duty.state == State.OPEN}
    found += [
        _document(one)
        for one in documents[:MOST]
        if (one.next_review_on, document_part(one.get_absolute_url())) not in spoken_of
    ]
    wanted = [entry for entry in found if asked.ring in (None, entry.ring)]
    has_more = max(len(singles), len(documents)) > MOST
    return Year(sorted(wanted, key=lambda one: (one.day, one.ring.label, one.title)), has_more)


# ── Duties ───────────────────────────────────────────────────────────────────────────────────────


def _duties(asked: Asked) -> Any:
    rows = Duty.objects.held_by(asked.user) if asked.is_mine else Duty.objects.visible_to(asked.user)
    rows = rows.filter(due_on__year=asked.year)
    if asked.unit:
        rows = rows.filter(holder_unit__path__startswith=asked.unit.path)
    return rows.filter(holder_role__in=asked.ring.roles) if asked.ring else rows


def _made(asked: Asked, templates: dict[int, DutyTemplate]) -> Iterator[Entry]:
    """The dated duties of templates, one entry for each planned day."""
    day, is_open = today(), Q(state=State.OPEN)
    groups = _duties(asked).filter(template__isnull=False).order_by().values("template", "planned_on", "holder_role")
    counted = groups.annotate(
        day=Min("due_on"), title=Min("title"), first=Min("pk"),
        everything=Count("pk"), done=Count("pk", Q(state=State.DONE)), open=Count("pk", is_open),
        late=Count("pk", is_open & Q(due_on__lt=day)), soon=Count("pk", is_open & Q(due_on__lte=day + SOON)),
        begun=Count("pk", is_open & (Q(opens_on=None) | Q(opens_on__lte=day))),
    )  # fmt: skip
    for row in counted:
        template, asked_for = templates.get(row["template"]), row["done"] + row["open"]
        standing = (
            Standing.LATE if row["late"]
            else Standing.DUE if row["soon"]
            else Standing.OPEN if row["begun"]
            else Standing.PLANNED if row["open"]
            else Standing.DONE if row["done"]
            else Standing.DROPPED
        )  # fmt: skip
        is_one = row["everything"] == 1 or template is None
        yield Entry(
            day=row["day"], title=template.title if template else row["title"], ring=ring_of(row["holder_role"]),
            who=_role(row["holder_role"]), standing=standing, label=_label(standing),
            url=_duty_url(row["first"]) if is_one else template.get_absolute_url(),  # type: ignore[union-attr]
            detail=f"{row['done']} af {asked_for} udført" if asked_for > 1 else "", template=row["template"],
        )  # fmt: skip


def _coming(asked: Asked, templates: Iterable[DutyTemplate]) -> Iterator[Entry]:
    """Days of the year whose duties have not been made. What has passed without any is not invented."""
    first, last = date(asked.year, 1, 1), date(asked.year, 12, 31)
    for template in templates:
        if template.next_on is None or template.is_stopped or not _concerns(asked, template):
            continue
        days = set()
        for planned_on in template.days(max(template.next_on, first - SHIFT)):
            if planned_on > last + SHIFT:
                break
            days.add(template.due_on(planned_on))  # the weeks of a closed period come on one day
        for day in days:
            if max(first, today()) <= day <= last:
                yield Entry(
                    day=day, title=template.title, ring=ring_of(template.role), who=_role(template.role),
                    standing=Standing.PLANNED, label=_label(Standing.PLANNED), url=template.get_absolute_url(),
                    template=template.pk,
                )  # fmt: skip


def _concerns(asked: Asked, template: DutyTemplate) -> bool:
    """Whether somebody in the unit, or the reader herself, will be asked."""
    if asked.unit:
        here, there = asked.unit.path, template.unit.path if template.unit else ""
        if not (here.startswith(there) or there.startswith(here)) or template.role not in asked.roles_in_unit:
            return False
    offices = asked.user.offices if asked.is_mine else ()
    return not asked.is_mine or any(
        office.role == template.role and (template.unit is None or office.unit.path.startswith(template.unit.path))
        for office in offices
    )


def _singles(asked: Asked) -> list[Duty]:
    """Duties that no template has made, the open ones first; one more than is shown."""
    return list(_duties(asked).filter(template=None).order_by("-state", "due_on", "pk")[: MOST + 1])


def _single(duty: Duty, reader: User) -> Entry:
    standing = Standing.PLANNED if duty.is_coming else Standing(duty.tone)
    return Entry(
        day=duty.due_on, title=duty.title, ring=ring_of(duty.holder_role),
        who="Dig" if duty.holder_id == reader.pk else _role(duty.holder_role),
        standing=standing, label=_label(standing), url=_duty_url(duty.pk),
    )  # fmt: skip


def _label(standing: Standing) -> str:
    return "Bortfaldet" if standing == Standing.DROPPED else str(standing.label)


def _role(role: str) -> str:
    return str(Role(role).label) if role else "En person"


def _duty_url(pk: int) -> str:
    return Duty(pk=pk).get_absolute_url()


# ── Documents and meetings ───────────────────────────────────────────────────────────────────────


def _documents(asked: Asked) -> list[Document]:
    """Those in force that must be approved again in the year (P-56, P-80), the first first; one more than is shown.
    They are the whole municipality's."""
    if asked.unit:
        return []
    rows = Document.objects.visible_to(asked.user).filter(in_force__isnull=False, next_review_on__year=asked.year)
    if asked.is_mine:
        rows = rows.filter(owner_role__in=asked.roles)
    if asked.ring:
        rows = rows.filter(owner_role__in=asked.ring.roles)
    return list(rows.order_by("next_review_on", "pk")[: MOST + 1])


def _document(document: Document) -> Entry:
    day: date = document.next_review_on  # type: ignore[assignment]  # asked for
    standing = Standing.LATE if day < today() else Standing.DUE if day <= today() + SOON else Standing.PLANNED
    return Entry(
        day=day, title=f"Gennemgå og godkend igen: {document}", ring=ring_of(document.owner_role),
        who=_role(document.owner_role), standing=standing, url=document.get_absolute_url(),
        label="Revurdering mangler" if standing == Standing.LATE else _label(standing),
    )  # fmt: skip


def document_part(url: str) -> str:
    """`/dokumenter/ret-001/` of any address under it."""
    return "/".join(url.split("/")[:3])


MEETING_STANDINGS = {
    MeetingState.PLANNED: Standing.PLANNED,
    MeetingState.CALLED: Standing.OPEN,
    MeetingState.OPEN: Standing.DUE,
    MeetingState.MINUTES: Standing.OPEN,
    MeetingState.CLOSED: Standing.DONE,
    MeetingState.CANCELLED: Standing.DROPPED,
}


def _meetings(asked: Asked) -> Iterator[Entry]:
    """By body and time alone: what stands on an agenda may be confidential. They are the whole municipality's."""
    if asked.unit:
        return
    start, end = (datetime.combine(date(asked.year + more, 1, 1), time(), COPENHAGEN) for more in (0, 1))
    held = Q(is_written=False, starts_at__gte=start, starts_at__lt=end)
    voted = Q(is_written=True, ends_at__gte=start, ends_at__lt=end)
    for meeting in Meeting.objects.visible_to(asked.user).filter(held | voted).select_related("body"):
        kind = BodyKind(meeting.body.kind)
        if asked.is_mine and not asked.roles & set(kind.members):
            continue
        at = meeting.ends_at if meeting.is_written else meeting.starts_at
        yield Entry(
            day=meeting.held_on, title=meeting_title(meeting), ring=BODY_RINGS[kind], who=meeting.body.name,
            standing=MEETING_STANDINGS[MeetingState(meeting.state)], label=meeting.state_label,
            url=meeting.get_absolute_url(), detail=f"{'senest ' if meeting.is_written else ''}kl. {da_time(at)}",
        )  # fmt: skip


def meeting_title(meeting: Meeting) -> str:
    return f"{'Skriftlig behandling' if meeting.is_written else 'Møde'} i {meeting.body}"


# ── Several in one line of the list ──────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """What a line of a month stands for: one entry, or all of one fixed duty, of which the worst is told."""

    entries: Sequence[Entry]

    @property
    def worst(self) -> Entry:
        return min(self.entries, key=lambda one: one.standing.rank)

    @property
    def days(self) -> str:
        """»4 gange: 5., 12., 19. og 26.«; empty of one."""
        if len(self.entries) == 1:
            return ""
        days = list(dict.fromkeys(f"{entry.day.day}." for entry in self.entries))
        return f"{len(self.entries)} gange: {' og '.join(filter(None, [', '.join(days[:-1]), days[-1]]))}"

    @property
    def differ(self) -> bool:
        """So that each must be shown too."""
        return len({(one.url, one.label, one.detail) for one in self.entries}) > 1


def lines_of(month: Iterable[Entry]) -> list[Line]:
    """In order of their first days."""
    lines: dict[tuple[Any, ...], list[Entry]] = {}
    for number, entry in enumerate(month):
        key = (entry.template, entry.who) if entry.template else (None, number)
        lines.setdefault(key, []).append(entry)
    return [Line(some) for some in lines.values()]


# ── Several in one mark ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Bundle:
    """What one mark of the wheel stands for."""

    entries: Sequence[Entry]
    anchor: str  # of the first of them in the list

    @property
    def count(self) -> int:
        return len(self.entries)

    @property
    def standing(self) -> Standing:
        return min((entry.standing for entry in self.entries), key=lambda one: one.rank)

    @property
    def href(self) -> str:
        return self.entries[0].url if self.count == 1 else f"#{self.anchor}"

    @property
    def label(self) -> str:
        if self.count == 1:
            return self.entries[0].sentence
        first, last = self.entries[0].day, self.entries[-1].day
        month = MONTHS[first.month - 1]
        days = f"{first.day}. {month}" if first == last else f"{first.day}.–{last.day}. {month}"
        ring = self.entries[0].ring.label
        worst = sum(entry.standing == self.standing for entry in self.entries)
        return f"{days}: {self.count} punkter. {ring}. {self.standing.label}: {worst}"
