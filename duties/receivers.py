"""What duties hear of the organisation."""

from datetime import date
from typing import Any

from django.db import transaction

from duties.actions import ask_for_successor, welcome
from duties.actions.calendars import close_addresses_of_leavers
from duties.tasks import nudge
from roles.enums import PUBLIC_ROLES
from roles.models import Appointment, User
from roles.signals import appointed, leaving, organisation_changed


def welcome_holder(sender: Any, appointment: Appointment, **kwargs: Any) -> None:
    if appointment.role in PUBLIC_ROLES:
        welcome(appointment)


def look_for_successor(sender: Any, appointment: Appointment, last_day: date, by: User, **kwargs: Any) -> None:
    ask_for_successor(appointment, last_day, by=by)


def look_at_owners(sender: Any, **kwargs: Any) -> None:
    """Ask a worker to look after this transaction, once however often; the sweep comes anyway."""
    waiting = transaction.get_connection().run_on_commit
    if not any(function is nudge for _, function, *_ in waiting):
        transaction.on_commit(nudge, robust=True)


def end_addresses(sender: Any, **kwargs: Any) -> None:
    close_addresses_of_leavers()


def connect() -> None:
    appointed.connect(welcome_holder, dispatch_uid="duties-welcome")
    appointed.connect(look_at_owners, dispatch_uid="duties-owners-appointed")
    leaving.connect(look_for_successor, dispatch_uid="duties-leaving")
    organisation_changed.connect(look_at_owners, dispatch_uid="duties-owners")
    organisation_changed.connect(end_addresses, dispatch_uid="duties-calendars")
