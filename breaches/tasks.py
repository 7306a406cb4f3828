"""The jobs of breach handling."""

from celery import shared_task

from breaches.actions import take_due_steps as take


@shared_task(name="breaches.take_due_steps")
def take_due_steps() -> None:
    """Reminders, escalations and warnings whose time has come."""
    take()
