"""The jobs of duties."""

import logging

from celery import shared_task

from duties.actions import find_ownerless, welcome_new_holders

logger = logging.getLogger(__name__)


@shared_task(name="duties.look_at_owners")
def look_at_owners() -> None:
    """What is without an owner becomes a duty of the level above; a new holder gets her first duty."""
    find_ownerless()
    welcome_new_holders()


def nudge() -> None:
    """Look now rather than at the next sweep. A broker that is away loses nothing."""
    try:
        look_at_owners.apply_async(retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever the broker says, the sweep comes
        logger.warning("The broker did not take the nudge: %s", type(error).__name__)
