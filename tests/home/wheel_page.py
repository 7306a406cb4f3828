"""How the tests of the annual wheel look at it."""

from typing import Any

from bs4 import BeautifulSoup
from django.test import Client

from glostrup_isms.home.wheel.entries import Asked, Entry, Year, read_year
from roles.models import User


def fresh(person: User) -> User:
    """With the rights of this moment."""
    return User.objects.get(pk=person.pk)


def year_of(person: User, year: int = 2026, **asked: Any) -> Year:
    return read_year(Asked(fresh(person), year, **asked))


def titles(found: Year) -> list[str]:
    return [entry.title for entry in found.entries]


def only(found: Year) -> Entry:
    (entry,) = found.entries
    return entry


def get(person: User, query: str = "", **headers: Any) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(f"/aarshjul/{query}", **headers)


def page_of(person: User, query: str = "") -> BeautifulSoup:
    response = get(person, query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")
