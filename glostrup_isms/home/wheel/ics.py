"""A person's duties and meetings as iCalendar (RFC 5545, RFC 7986).

Unchanged rows are the same bytes: every moment in the file is one of the row, none of the reading. The address is a
bearer secret and calendars are copied to phones, so that of a discreet duty no more is told than that it is there.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone
from icalendar import Calendar, Event, vDDDTypes, vInt, vText, vUri

from duties.enums import State
from duties.models import Duty
from glostrup_isms.home.wheel.entries import meeting_title
from glostrup_isms.kit.dates import da_time
from glostrup_isms.kit.filters import clean_text
from meetings.enums import MeetingState
from meetings.models import Meeting
from meetings.models.bodies import kinds_inside
from roles.models import User, today

MOST = 500  # entries, the nearest in time
KEPT_FOR = timedelta(days=30)  # what is done, dropped or held stands so long
REFRESH = timedelta(hours=6)
TOLD = ("title", "is_discreet", "due_on", "state", "revision", "created_at")  # of a duty
END = b"END:VCALENDAR"
FORM = "1"  # another when the file is written in another way
STATUS = {MeetingState.PLANNED: "TENTATIVE", MeetingState.CANCELLED: "CANCELLED"}


@dataclass(frozen=True)
class Line:
    """One event; all day when `start` is a date. `url` is a path of the portal."""

    uid: str
    start: date | datetime
    end: date | datetime
    summary: str
    text: str
    url: str
    place: str
    status: str
    sequence: int
    changed_at: datetime

    @property
    def day(self) -> date:
        return timezone.localdate(self.start) if isinstance(self.start, datetime) else self.start


def lines_of(person: User) -> list[Line]:
    """What stands in the person's calendar by the rights of this moment. At most six queries."""
    found = [*_duties(person), *_meetings(person)]
    day = today()
    nearest = sorted(found, key=lambda line: (abs((line.day - day).days), line.uid))[:MOST]
    return sorted(nearest, key=lambda line: (line.day, line.uid))


def fingerprint(lines: Iterable[Line]) -> str:
    """A strong ETag of the file, without writing it."""
    said = repr([FORM, settings.BASE_URL, settings.MUNICIPALITY, *lines])
    return f'"{hashlib.sha256(said.encode()).hexdigest()}"'


def write(lines: Iterable[Line]) -> bytes:
    name = f"Informationssikkerhed, {settings.MUNICIPALITY}"
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.MUNICIPALITY}//Informationssikkerhed//DA")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", settings.TIME_ZONE)
    calendar.add("refresh-interval", REFRESH, {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    head, end = calendar.to_ical(sorted=False).rsplit(END, 1)
    return bytes(head + b"".join(_event(line, settings.BASE_URL) for line in lines) + END + end)


@lru_cache(maxsize=20_000)
def _event(line: Line, base_url: str) -> bytes:
    """One line as it is written; most are the same at the next reading. Values of the library's own types: to have it
    find them out costs a quarter of the time."""
    url = f"{base_url}{line.url}"
    event = Event()
    event["uid"] = vText(f"{line.uid}@{urlsplit(base_url).hostname}")
    event["dtstamp"] = event["last-modified"] = vDDDTypes(line.changed_at)
    event["sequence"] = vInt(line.sequence)
    event["dtstart"] = vDDDTypes(line.start)
    event["dtend"] = vDDDTypes(line.end)
    event["summary"] = vText(line.summary)
    event["description"] = vText(f"{line.text}\n{url}")
    event["url"] = vUri(url)
    if line.place:
        event["location"] = vText(line.place)
    event["status"] = vText(line.status)
    if not isinstance(line.start, datetime):
        event["transp"] = vText("TRANSPARENT")  # a deadline keeps nobody busy all day
    return bytes(event.to_ical(sorted=False))


# ── Duties ───────────────────────────────────────────────────────────────────────────────────────


def _duties(person: User) -> list[Line]:
    lately = Q(done_at__gte=timezone.now() - KEPT_FOR)
    held = Duty.objects.held_by(person).filter(Q(state=State.OPEN) | lately).only(*TOLD)
    ahead = held.filter(due_on__gte=today()).order_by("due_on", "pk")[:MOST]
    behind = held.filter(due_on__lt=today()).order_by("-due_on", "-pk")[:MOST]
    rows = [*ahead, *behind]
    changed = _last_changes(Duty.history, rows)
    return [_duty(duty, changed.get(duty.pk, duty.created_at)) for duty in rows]


def _duty(duty: Duty, changed_at: datetime) -> Line:
    told = "Opgave i portalen" if duty.is_discreet else duty.title
    title = clean_text(told)  # a control character would break the file
    return Line(
        uid=f"duty-{duty.pk}",
        start=duty.due_on,
        end=duty.due_on + timedelta(days=1),
        summary=f"Udført: {title}" if duty.state == State.DONE else title,
        text="Opgaven skal være udført senest denne dag.",
        url=duty.get_absolute_url(),
        place="",
        status="CANCELLED" if duty.state == State.DROPPED else "CONFIRMED",
        sequence=duty.revision,
        changed_at=_second(changed_at),
    )


# ── Meetings ─────────────────────────────────────────────────────────────────────────────────────


def _meetings(person: User) -> list[Line]:
    """Of the bodies that she sits in or prepares the meetings of; by body, time and place alone."""
    rows = Meeting.objects.visible_to(person).filter(body__kind__in=kinds_inside(person))
    rows = rows.filter(ends_at__gte=timezone.now() - KEPT_FOR).select_related("body").order_by("starts_at", "pk")
    nearest = list(rows[:MOST])
    changed = _last_changes(Meeting.history, nearest)
    return [_meeting(meeting, changed.get(meeting.pk, meeting.created_at)) for meeting in nearest]


def _meeting(meeting: Meeting, changed_at: datetime) -> Line:
    """A written procedure is a deadline, and stands at its last hour."""
    start = meeting.ends_at - timedelta(hours=1) if meeting.is_written else meeting.starts_at
    last = f"Stem senest kl. {da_time(meeting.ends_at)}." if meeting.is_written else "Dagsorden og bilag:"
    return Line(
        uid=f"meeting-{meeting.pk}",
        start=start.astimezone(UTC),
        end=meeting.ends_at.astimezone(UTC),
        summary=meeting_title(meeting),
        text=last,
        url=meeting.get_absolute_url(),
        place=clean_text(meeting.place),
        status=STATUS.get(MeetingState(meeting.state), "CONFIRMED"),
        sequence=meeting.revision,
        changed_at=_second(changed_at),
    )


def _last_changes(history: Any, rows: Iterable[Any]) -> dict[int, datetime]:
    """When each row was changed last; what was made in bulk has no line."""
    lines = history.filter(id__in=[row.pk for row in rows]).order_by().values("id")
    return dict(lines.annotate(at=Max("history_date")).values_list("id", "at"))


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
