"""Templates, duties and meetings of a year, for the tests of the wheel and the calendar."""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from duties.enums import Recurrence, State
from duties.models import Duty, DutyTemplate
from glostrup_isms.kit.dates import parse_local
from meetings.actions import body_named
from meetings.enums import BodyKind, MeetingState
from meetings.models import Meeting
from roles.enums import Role
from roles.models import User

_keys = count(1)
NOW = "2026-11-24T12:00:00+01:00"
TODAY = date(2026, 11, 24)


def template(title: str = "Gennemgå fortegnelsen", role: Role = Role.LEADER, **fields: Any) -> DutyTemplate:
    """A yearly duty that has made nothing yet: its next day is its first."""
    fields = {"first_on": date(2026, 2, 16), "recurrence": Recurrence.YEARLY, **fields}
    fields.setdefault("next_on", fields["first_on"])
    return DutyTemplate.objects.create(title=title, role=role, **fields)


def duty(title: str = "Ring til leverandøren", *, due_on: date = TODAY, **fields: Any) -> Duty:
    """Open, unless the fields say otherwise; of no template, and not discreet."""
    if fields.get("state", State.OPEN) != State.OPEN:
        fields.setdefault("done_at", timezone.now())
    if fields.get("template"):
        fields.setdefault("planned_on", due_on)
    return Duty.objects.create(
        **{"title": title, "due_on": due_on, "is_discreet": False, "dedup_key": f"test:{next(_keys)}", **fields}
    )


def duties_of(made: DutyTemplate, days: list[date], holders: list[User], **fields: Any) -> None:
    """Many, written at once."""
    Duty.objects.bulk_create(
        Duty(
            title=made.title, template=made, planned_on=day, due_on=day, holder=holder, holder_role=made.role,
            is_discreet=False, dedup_key=f"test:{next(_keys)}", **fields,
        )
        for day in days
        for holder in holders
    )  # fmt: skip


def meeting(
    day: date, *, kind: BodyKind = BodyKind.COMMITTEE, hour: int = 9, state: MeetingState = MeetingState.PLANNED,
    **fields: Any,
) -> Meeting:  # fmt: skip
    starts_at = parse_local(day, time(hour))
    if state == MeetingState.CANCELLED:
        fields.setdefault("cancelled_why", "Afbud")
    elif state != MeetingState.PLANNED:
        fields.setdefault("called_at", timezone.now())
    return Meeting.objects.create(
        body=body_named(kind), starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), state=state, **fields
    )


def moment(day: date, hour: int = 12) -> datetime:
    return parse_local(day, time(hour))
