"""The messages about a case. Number and link only: never what was written, never a name of somebody concerned."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from breaches.models import Breach, DueStep, Told
from glostrup_isms.kit import dates, outbox
from roles.models import User

URGENT = 10  # before every campaign


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
        dedup=f"told:{told.track}:{told.person_id or 'mailbox'}",
        why=told.reason,
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
        why=told.reason,
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
        why=told.reason,
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
