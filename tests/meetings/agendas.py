"""What the tests of agendas share."""

from html import unescape
from typing import Any

from django.test import Client

from meetings.agenda import Suggestion
from meetings.enums import ItemKind
from meetings.models import Meeting


def kinds(meeting: Meeting) -> list[str]:
    return [item.kind for item in meeting.items.all()]


def suggest(sources: dict[str, Any], *found: Suggestion) -> None:
    sources["test"] = lambda body, held_on: found if body.kind == "committee" else ()


def page(user: Any, of: Meeting | str) -> str:
    client = Client()
    client.force_login(user)
    return unescape(client.get(of if isinstance(of, str) else of.get_absolute_url()).content.decode())


def one(key: str = "brud", **fields: Any) -> Suggestion:
    return Suggestion(**{"key": key, "kind": ItemKind.BREACHES, "title": "Brud i kvartalet", **fields})
