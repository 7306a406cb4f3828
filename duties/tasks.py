"""The jobs of duties."""

import logging

from celery import shared_task

from duties.actions import find_ownerless, make_year, remind, send_due_notices, welcome_new_holders

logger = logging.getLogger(__name__)


@shared_task(name="duties.look_at_owners")
def look_at_owners() -> None:
    """What is without an owner becomes a duty of the level above; a new holder gets her first duty."""
    find_ownerless()
    welcome_new_holders()


@shared_task(name="duties.make_year")
def make_year_task() -> int:
    """The dated duties of the year whose day is near."""
    return make_year()


@shared_task(name="duties.remind")
def remind_task() -> int:
    """Notices of the duties whose reminder has come."""
    return remind()


@shared_task(name="duties.send_notices")
def send_notices_task() -> int:
    """The mails for which somebody has waited until now."""
    return send_due_notices()


def nudge() -> None:
    """Look now rather than at the next sweep. A broker that is away loses nothing."""
    try:
        look_at_owners.apply_async(retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever the broker says, the sweep comes
        logger.warning("The broker did not take the nudge: %s", type(error).__name__)
