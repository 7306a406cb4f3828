"""Written procedure: the members vote between meetings, until a day; any of them may ask for a meeting instead."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from glostrup_isms.kit import audit
from glostrup_isms.kit.workflow import SYSTEM, StepNotOpen
from meetings.actions.next_steps import ask_for_next
from meetings.actions.shared import add_event, lock_item, lock_meeting
from meetings.enums import Choice, MeetingState
from meetings.models import AgendaItem, Meeting, Seat, Vote
from meetings.permissions import TAKE_PART
from meetings.rules import tally
from meetings.workflow import ITEM_FLOW, MEETING_FLOW, not_recused
from roles.models import User


def vote(item: AgendaItem, choice: str, *, by: User, words: str = "") -> Vote:
    """One vote each, which may be changed until the vote is closed. Raises PermissionDenied, StepNotOpen,
    ValidationError."""
    with transaction.atomic():
        fresh = lock_item(item)
        _refuse_vote(fresh, by)
        if choice not in Choice.values:
            raise ValidationError({"choice": "Vælg for, imod eller undlad at stemme."})
        row, _ = Vote.objects.update_or_create(
            item=fresh, person=by,
            defaults={"choice": choice, "words": words, "at": timezone.now(), "acts_for_id": _stands_in_for(by, fresh)},
        )  # fmt: skip
        audit.record("agendaitem.vote", by=by, obj=fresh, choice=choice)
    return row


def ask_for_meeting(item: AgendaItem, *, by: User, words: str = "") -> AgendaItem:
    """A member would rather talk about it: the portal puts the point off to the next meeting, with her words. Raises
    PermissionDenied, StepNotOpen, ValidationError."""
    with transaction.atomic():
        fresh = lock_item(item)
        _refuse_vote(fresh, by)
        note = f"{by} bad om et møde. {words.strip()}".strip()
        if len(note) > 500:
            raise ValidationError({"words": "Skriv det kortere, når du beder om et møde: højst 400 tegn."})
        values = {"note": note, "revision": fresh.revision + 1}

        def follow(moved: AgendaItem) -> None:
            add_event(moved.meeting, f"{by}: Bad om et møde om punkt {moved.position}.")

        moved: AgendaItem = ITEM_FLOW.move(fresh, "postpone", by=SYSTEM.following(by), values=values, then=follow)
    return moved


def close_votes(meeting: Meeting, *, by: Any, seen: str | None = None) -> Meeting:
    """The vote is over. What was carried is decided, or waits for somebody to write in what it does to a document; what
    was not carried is so; what too few voted on is put off. Raises PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = lock_meeting(meeting, seen)
        rows = AgendaItem.objects.select_for_update(of=("self",), no_key=True).filter(meeting=fresh)
        items = list(rows.open().prefetch_related("votes", "recusals"))
        values = {"ended_at": timezone.now(), "revision": fresh.revision + 1}
        portal = SYSTEM.following(getattr(by, "person", by))

        def follow(moved: Meeting) -> None:
            seats = moved.seats()
            for item in items:
                _settle(item, seats, portal)
            add_event(moved, f"{by}: Lukkede afstemningen.")
            ask_for_next(moved)

        moved: Meeting = MEETING_FLOW.move(fresh, "close_votes", by=by, values=values, then=follow)
    return moved


def close_due_votes() -> int:
    """Those whose time is up; answers how many. Any number of times."""
    due = Meeting.objects.filter(is_written=True, state=MeetingState.CALLED, ends_at__lte=timezone.now())
    closed = 0
    for meeting in due.select_related("body"):
        try:
            close_votes(meeting, by=SYSTEM)
            closed += 1
        except StepNotOpen:  # cancelled, moved or closed this very moment
            continue
    return closed


def _settle(item: AgendaItem, seats: list[Seat], portal: Any) -> None:
    result = tally(item, seats)
    values: dict[str, Any] = {"conclusion": result.sentence, "revision": item.revision + 1}
    if not result.is_quorate:
        ITEM_FLOW.move(item, "postpone", by=portal, values=values | {"note": "For få stemte."})
    elif not result.is_carried:
        ITEM_FLOW.move(item, "reject", by=portal, values=values)
    elif item.content_type_id is None:
        ITEM_FLOW.move(item, "decide", by=portal, values=values)
    else:  # somebody who may record for the body says what it does
        item.conclusion, item.revision = result.sentence, item.revision + 1
        item._history_user = portal.person
        item.save()


def _refuse_vote(item: AgendaItem, by: User) -> None:
    meeting = item.meeting
    if not (by.has_perm(TAKE_PART) and meeting.body.has_member(by)):
        raise PermissionDenied(f"Kun medlemmerne af {meeting.body} stemmer.")
    if not meeting.is_voted_on or meeting.ends_at <= timezone.now():
        raise StepNotOpen("Der kan ikke stemmes nu.")
    if not item.is_open:
        raise StepNotOpen(f"Der stemmes ikke om punktet: det er »{item.get_state_display()}«.")
    if not_recused(by, item):
        raise StepNotOpen("Du, eller den, du er her i stedet for, er inhabil på punktet. Du kan ikke stemme.")


def _stands_in_for(by: User, item: AgendaItem) -> int | None:
    """None when she has a seat of her own."""
    offices = [office for office in by.offices if office.role in item.meeting.body.body_kind.members]
    if any(not office.as_deputy for office in offices):
        return None
    return min(office.holder_id for office in offices)
