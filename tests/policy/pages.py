"""A reader of pages: somebody's browser, what a page says, and what a form on it would send."""

import re
from html import unescape
from typing import Any

from django.test import Client

from roles.models import User


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def hidden(page: str, name: str) -> str:
    """What the first hidden field of the name would send."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, name
    return found[1]
