"""Scheduled jobs: each calls one action, and may run any number of times."""

from celery import shared_task

from meetings.actions import close_due_votes, prepare_meetings


@shared_task(name="meetings.prepare")
def prepare() -> int:
    """Agendas fill themselves, and a body that should meet gets a meeting planned."""
    return prepare_meetings()


@shared_task(name="meetings.close_votes")
def close_votes() -> int:
    """Written votes whose time is up."""
    return close_due_votes()
