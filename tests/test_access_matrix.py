"""Every page × role × method × own, foreign and missing object, as the table says; and no page outside the table."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.urls import resolve

from roles.enums import Role
from tests.access_matrix import BY_ROLE, OBJECTS, PAGES, ROLES, Page
from tests.access_objects import MISSING, make_objects, sign_in
from tests.asked import patterns, swept_by
from tests.factories import WholeTown, make_whole_town

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ON_OTHERS = ("GET", "POST")  # the rest never come to look anything up
ASKS_HEAD = "gdpr_unit"  # HEAD is answered as GET is: one role that sees nearly everything asks it as well
AT_LEAST = 3000


def asked(role: str) -> Iterator[tuple[Page, str, str]]:
    """(page, method, kind of object): what the role asks."""
    for page in PAGES:
        for kind in page.kinds:
            for method in METHODS if kind == "own" else ON_OTHERS:
                yield page, method, kind
            if role == ASKS_HEAD:
                yield page, "HEAD", kind


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    assert {name for name, _ in patterns()} == {page.name for page in PAGES}


def test_every_row_leads_where_it_says() -> None:
    keys = dict.fromkeys(OBJECTS, "1") | MISSING | {"role": "leder", "body": "kommunalbestyrelsen"}
    for page in PAGES:
        assert resolve(page.path.format(**keys)).view_name == page.name


def test_every_role_is_in_the_table() -> None:
    assert {role.value for role in Role} == set(BY_ROLE)


def test_the_table_is_large_enough() -> None:
    assert sum(len(list(asked(role))) for role in ROLES) >= AT_LEAST


@pytest.fixture(scope="module")
def made(ground: Path) -> tuple[WholeTown, dict[str, Any]]:
    town = make_whole_town()
    return town, make_objects(town)


@pytest.mark.django_db
@pytest.mark.parametrize("role", swept_by(ROLES))
def test_role_gets_what_the_table_says(role: str, made: tuple[WholeTown, dict[str, Any]], settings: object) -> None:
    settings.SCIM_TOKEN = "t" * 40  # type: ignore[attr-defined]
    town, objects = deepcopy(made)
    client = sign_in(town, role)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    wrong, bodies = [], {}
    for page, method, kind in asked(role):
        path = page.path.format(**objects[kind])
        client.cookies.clear()
        client.cookies.load(cookies)
        with transaction.atomic():
            response = client.generic(method, path)
            body = b"".join(response) if response.streaming else response.content
            transaction.set_rollback(True)
        wanted = page.answer(role, method, kind)
        if response.status_code != wanted:
            wrong.append(f"{page.name} {method} {kind}: {response.status_code}, the table says {wanted}")
        if response.status_code == 404 and method == "GET":
            bodies[body] = path
    assert not wrong, "\n".join(wrong)
    assert len(bodies) <= 1, f"404 answers differ: {list(bodies.values())}"
