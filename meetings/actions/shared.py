"""What every action on a meeting begins and ends with."""

from typing import Any

from django.core.exceptions import PermissionDenied

from duties.models import Duty
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.models import AgendaItem, Body, FollowUp, Meeting, MeetingEvent
from meetings.permissions import PREPARE, why_not_prepare
from meetings.workflow import ITEM_FLOW, not_recused, writes_minutes


class Changed(Exception):
    """Somebody changed it after this page was drawn; the message is a Danish sentence, `theirs` what stands now."""

    def __init__(self, what: str = "Mødet", theirs: Any = None) -> None:
        super().__init__(f"{what} er ændret, mens du skrev. Se det nye, og prøv igen. Din tekst er her stadig.")
        self.theirs = theirs


def lock_body(body: Body) -> Body:
    """Before any of its meetings: whoever changes agendas across meetings queues here."""
    return Body.objects.select_for_update(of=("self",), no_key=True).get(pk=body.pk)


def lock_meeting(meeting: Meeting, seen: str | None = None) -> Meeting:
    """The row, fresh and locked; refuses when it is no longer what the user saw."""
    rows = Meeting.objects.select_for_update(of=("self",), no_key=True).select_related("body")
    fresh = rows.get(pk=meeting.pk)
    if seen is not None and fresh.seen != seen:
        raise Changed(theirs=fresh)
    return fresh


def lock_item(item: AgendaItem, seen: int | None = None) -> AgendaItem:
    """The meeting first, so that it is neither closed nor cancelled meanwhile, then the point. Raises Changed."""
    meeting = lock_meeting(item.meeting)
    fresh = AgendaItem.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
    fresh.meeting = meeting
    if seen is not None and fresh.revision != seen:
        raise Changed("Punktet", theirs=fresh)
    return fresh


def require_preparer(by: Any, body: Body) -> None:
    """Only those who prepare the body's meetings. Raises PermissionDenied."""
    if sentence := why_not_prepare(by, body):
        raise PermissionDenied(sentence)
    if not by.has_perm(PREPARE):
        raise PermissionDenied("Du kan ikke forberede møder.")


def require_writer(by: Any, item: AgendaItem) -> None:
    """Only those who write the minutes. Raises PermissionDenied."""
    if sentence := writes_minutes(by, item):
        raise PermissionDenied(sentence)


def refuse_recused(by: Any, item: AgendaItem) -> None:
    """Nobody with a conflict of interest has a hand in the point. Raises StepNotOpen."""
    if sentence := not_recused(by, item):
        raise StepNotOpen(sentence)


def refuse(item: AgendaItem, key: str, by: Any) -> None:
    """Asked before anything follows from the step; the step asks it again."""
    step = ITEM_FLOW.steps[key]
    if not by.has_perm(step.permission, item):
        raise PermissionDenied(f"Du har ikke ret til at bruge »{step.label}« her.")
    if sentence := ITEM_FLOW.why_not(by, item, step):
        raise StepNotOpen(sentence)


def save(row: Any, by: Any, reason: str = "") -> None:
    """With its history."""
    row._history_user = getattr(by, "person", by)
    row._change_reason = reason[:100]
    row.save()


def told_of(row: FollowUp) -> dict[str, Any]:
    """What the duty of a follow-up says. Of a confidential point no word, for there are those who see every duty: what
    is asked stands on a page behind the point."""
    item = row.item
    if not item.is_confidential:
        return {"title": row.what, "url": item.url, "is_discreet": False}
    day = da_date(item.meeting.decided_on)
    return {"title": f"Opfølgning fra {item.meeting.body}, {day}", "url": row.page, "is_discreet": True}


def hide_follow_ups(item: AgendaItem, by: Any) -> None:
    """The point is confidential from now on: what was asked on it is too."""
    for duty in Duty.objects.select_for_update(of=("self",), no_key=True).filter(follow_up__item=item):
        duty.follow_up.item = item
        for name, value in told_of(duty.follow_up).items():
            setattr(duty, name, value)
        duty.revision += 1
        save(duty, by, "Fortroligt")


def add_event(meeting: Meeting, sentence: str) -> None:
    """One line of the timeline; points by their numbers alone."""
    MeetingEvent.objects.create(meeting=meeting, sentence=sentence)
