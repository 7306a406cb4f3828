"""The messages about a case. Number and link only: never what was written, never the name of a person or a unit."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from breaches.enums import Track
from breaches.models import Breach, DueStep, Told
from glostrup_isms.kit import dates, outbox
from roles.models import User

URGENT = 10  # before every campaign
MAILBOX = "Det er GDPR-enhedens fælles postkasse."
GDPR_UNIT = "Du hører til GDPR-enheden."
NEAREST_LEADER = "Du er nærmeste leder."
DEPUTY = "Du er stedfortræder for den nærmeste leder."
NEXT_IN_LINE = "Du er den næste i linjen."


def _why(told: Told) -> str:
    """Neutral words; the reason of the case page names people and who is away, which no mail does."""
    if told.person is None:
        return MAILBOX
    if told.level:
        return NEXT_IN_LINE
    if told.track == Track.GDPR:
        return GDPR_UNIT
    return DEPUTY if told.reason.startswith(DEPUTY) else NEAREST_LEADER


def _message(
    template: str, breach: Breach, *, to: User | None, address: str = "", dedup: str, why: str, **context: object
) -> outbox.Message:
    context |= {"breach": breach, "why": why, "link": settings.BASE_URL + breach.get_absolute_url()}
    return outbox.draft(
        to=to,
        address=address,
        kind=f"breach_{template}",
        priority=URGENT,
        url=breach.get_absolute_url(),
        subject=render_to_string(f"breaches/mail/{template}_subject.txt", context),
        body=render_to_string(f"breaches/mail/{template}_body.txt", context),
        dedup_key=f"breach:{breach.pk}:{dedup}",
    )


def _queue(template: str, breach: Breach, **details: Any) -> outbox.Message | None:
    return outbox.queue_all([_message(template, breach, **details)])[0]


def told(told: Told, acknowledge_by: datetime) -> outbox.Message:
    """A new case, or one handed up the line; not yet written."""
    return _message(
        "told",
        told.breach,
        to=told.person,
        address=told.address,
        dedup=f"told:{told.track}:{told.person_id or 'mailbox'}:{told.told_at.isoformat()}",  # again: another time
        why=_why(told),
        acknowledge_by=dates.da_datetime(acknowledge_by),
        level=told.level,
    )


def remind(told: Told, step: DueStep) -> outbox.Message | None:
    """The case has not been acknowledged."""
    return _queue(
        "reminder",
        told.breach,
        to=told.person,
        address=told.address,
        dedup=f"step:{step.pk}:{told.pk}",
        why=_why(told),
        told_at=dates.da_datetime(told.told_at),
    )


def warn_of_deadline(told: Told, step: DueStep) -> outbox.Message | None:
    """The authority's deadline is near or passed."""
    breach = told.breach
    assert breach.deadline_at is not None
    return _queue(
        "clock",
        breach,
        to=told.person,
        address=told.address,
        dedup=f"step:{step.pk}:{told.pk}",
        why=_why(told),
        deadline=dates.da_datetime(breach.deadline_at),
        passed=step.due_at >= breach.deadline_at,
    )


def tell_of_entry(breach: Breach, person: User, entry_id: int, *, to_reporter: bool) -> outbox.Message | None:
    """Something was written in the case to this person."""
    why = "Du har selv meldt sagen." if to_reporter else "Du har fået besked om sagen."
    return _queue("entry", breach, to=person, dedup=f"entry:{entry_id}:{person.pk}", why=why, to_reporter=to_reporter)


def tell_of_ending(breach: Breach, person: User) -> outbox.Message | None:
    """The reporter learns that the case has ended."""
    return _queue("ended", breach, to=person, dedup=f"ended:{breach.version}", why="Du har selv meldt sagen.")


def may_still_have(message: outbox.Message) -> bool:
    """Whether the recipient may still see the case that the message leads to. Three queries, four for a delegate."""
    number = message.url.removeprefix("/brud/").split("/")[0]
    return Breach.objects.visible_to(message.recipient).filter(number=number).exists()
