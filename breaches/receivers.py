"""What breach handling hears of the organisation."""

from typing import Any

from breaches.permissions import give_way_to_offices
from roles.models import Appointment
from roles.signals import appointed, organisation_changed


def give_way_to(sender: Any, appointment: Appointment, **kwargs: Any) -> None:
    give_way_to_offices(user=appointment.person)


def look_at_grants(sender: Any, **kwargs: Any) -> None:
    give_way_to_offices()


def connect() -> None:
    appointed.connect(give_way_to, dispatch_uid="breaches-appointed")
    organisation_changed.connect(look_at_grants, dispatch_uid="breaches-grants")
