"""What a meeting waits for is a duty, one at a time: of those who prepare it, or of its chair. It ends with the step,
so that no agenda is forgotten and no minutes are left lying."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from duties.actions import create_duty, finish_duty
from duties.enums import Kind
from duties.models import Duty
from glostrup_isms.kit.dates import add_working_days, local_date
from meetings.enums import ENDED, MeetingState
from meetings.models import Meeting
from roles.enums import Role
from roles.models import today

CALL_AHEAD = timedelta(days=7)  # the members have the agenda so long before the meeting
ASKED_AHEAD = timedelta(days=21)
AFTER_MEETING, TO_WRITE, TO_APPROVE = 2, 5, 10  # working days


@dataclass(frozen=True)
class Wait:
    """What comes next, whose it is, and by when."""

    key: str
    words: str
    role: Role
    due_on: date
    path: str = ""


def ask_for_next(meeting: Meeting, *, by: Any = None) -> None:
    """Ask for the next step, and end what was asked before: done by `by`, or lapsed when nobody did it. Any number of
    times, in the caller's transaction."""
    prefix = f"meetings:next:{meeting.pk}:"
    wait = _next(meeting)
    wanted = f"{prefix}{wait.key}" if wait else ""
    for duty in Duty.objects.open().filter(dedup_key__startswith=prefix).exclude(dedup_key=wanted):
        finish_duty(duty, by=by)
    if wait:
        create_duty(
            f"{wait.words}: {meeting}",
            due_on=wait.due_on,
            role=wait.role,
            dedup_key=wanted,
            kind=Kind.MEETING,
            concerns=meeting,
            url=f"{meeting.get_absolute_url()}{wait.path}",
            by_hand=False,
            is_discreet=False,
        )


def _next(meeting: Meeting) -> Wait | None:
    preparer = meeting.body.body_kind.preparers[0]
    if meeting.state == MeetingState.MINUTES:
        return _next_of_minutes(meeting, preparer)
    if meeting.is_written or meeting.state in ENDED:
        return None
    day = local_date(meeting.starts_at)
    late = add_working_days(day, AFTER_MEETING)
    if meeting.state == MeetingState.OPEN:
        return Wait("close", "Slut mødet", preparer, late, "hold/") if day < today() else None
    if meeting.starts_at <= timezone.now():
        if day == today():
            return None
        return Wait(f"hold:{day}", "Åbn mødet, flyt det, eller aflys det", preparer, late)
    if meeting.state == MeetingState.PLANNED and day - ASKED_AHEAD <= today():
        return Wait(f"call:{day}", "Send dagsordenen ud", preparer, max(day - CALL_AHEAD, today()))
    return None


def _next_of_minutes(meeting: Meeting, preparer: Role) -> Wait:
    """What a vote carried is written in, the draft goes to the members, the chair approves it. Each change of the
    minutes asks anew, so the key counts them."""
    kind = meeting.body.body_kind
    ended = add_working_days(local_date(meeting.ended_at) if meeting.ended_at else today(), TO_WRITE)
    if meeting.items.open().exists():
        return Wait("record", "Skriv ind, hvad afstemningen førte til", kind.recorders[-1], ended)
    if meeting.minutes_sent_at is None:
        return Wait(f"minutes:{meeting.revision}", "Send referatet til medlemmerne", preparer, ended)
    due_on = add_working_days(local_date(meeting.minutes_sent_at), TO_APPROVE)
    chair = kind.chair or kind.members[0]
    return Wait(f"approve:{meeting.revision}", "Godkend referatet", chair, due_on, "referat/")
