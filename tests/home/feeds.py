"""How the tests of calendars read one."""

from typing import Any

from django.test import Client

from duties.actions.calendars import make_address
from duties.models import CalendarFeed
from roles.models import User

PAGE = "/aarshjul/kalender/"


def address_of(person: User) -> str:
    standing = CalendarFeed.objects.standing().filter(person=person).first()
    _, token = make_address(by=person, seen=standing.pk if standing else None)
    return f"{PAGE}{token}.ics"


def read(address: str, **headers: Any) -> Any:
    return Client().get(address, **headers)
