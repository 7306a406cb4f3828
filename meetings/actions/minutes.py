"""The minutes: sent to the members as a draft, remarked on, approved by the chair; then nothing changes."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from glostrup_isms.kit import audit
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import notifications
from meetings.actions.next_steps import ask_for_next
from meetings.actions.shared import add_event, lock_meeting
from meetings.enums import MeetingState
from meetings.models import Meeting, Remark
from meetings.permissions import is_inside
from meetings.workflow import MEETING_FLOW
from roles.models import User


def send_minutes(meeting: Meeting, *, by: User, seen: str | None = None) -> Meeting:
    """The draft, as it is now, goes to the members. Raises PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = lock_meeting(meeting, seen)
        values = {"minutes_sent_at": timezone.now(), "revision": fresh.revision + 1}

        def follow(moved: Meeting) -> None:
            add_event(moved, f"{by}: Sendte udkastet til referatet til medlemmerne.")
            notifications.tell(moved, "minutes")
            ask_for_next(moved, by=by)

        moved: Meeting = MEETING_FLOW.move(fresh, "send_minutes", by=by, values=values, then=follow)
    return moved


def remark(meeting: Meeting, text: str, *, by: User) -> Remark:
    """What a member, or one who prepares the meetings, says of the draft. Raises PermissionDenied, StepNotOpen,
    ValidationError."""
    with transaction.atomic():
        fresh = lock_meeting(meeting)
        if not is_inside(by, fresh):
            raise PermissionDenied(f"Kun medlemmerne af {fresh.body} skriver bemærkninger til referatet.")
        if fresh.state != MeetingState.MINUTES:
            raise StepNotOpen(f"Der kan ikke skrives bemærkninger nu: mødet er »{fresh.state_label}«.")
        if not text.strip():
            raise ValidationError({"text": "Skriv din bemærkning."})
        row: Remark = fresh.remarks.create(author=by, text=text.strip())
        add_event(fresh, f"{by}: Skrev en bemærkning til referatet.")
        audit.record("meeting.remark", by=by, obj=fresh)
    return row


def approve_minutes(meeting: Meeting, *, by: User, seen: str | None = None) -> Meeting:
    """By the chair, after the members had exactly these before them. Raises PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = lock_meeting(meeting, seen)
        values = {"approved_at": timezone.now(), "approved_by": by, "revision": fresh.revision + 1}

        def follow(moved: Meeting) -> None:
            add_event(moved, f"{by}: Godkendte referatet.")
            ask_for_next(moved, by=by)

        moved: Meeting = MEETING_FLOW.move(fresh, "approve", by=by, values=values, then=follow)
    return moved
