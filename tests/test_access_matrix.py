"""Every page × role × method × own, foreign and missing case, as the table says; and no page outside the table."""

from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from breaches.models import Breach
from glostrup_isms.kit import files
from roles.models import User
from tests.access_matrix import MATRIX, ROLES, SEES_OTHER_LINE, STRANGERS, Page
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
MISSING_FILE = "00000000-0000-4000-8000-000000000000"


def names(resolver: URLResolver, prefix: str = "") -> list[str]:
    found = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            found += names(pattern, prefix + inner)
        elif isinstance(pattern, URLPattern):
            found.append(f"{prefix}{pattern.name}")
    return found


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    assert set(names(get_resolver())) == set(MATRIX)


@dataclass
class Case:
    breach: Breach
    file: str


def make_case(town: Town, by: User) -> Case:
    upload = SimpleUploadedFile("note.txt", "En note, æøå.".encode(), "text/plain")
    breach = town.report(by=by, uploads=[files.store(upload, keep_for=files.KEEP)]).breach
    return Case(breach, str(breach.files.get().stored_id))


def expected(page: Page, role: str, method: str, kind: str) -> int:
    if role in STRANGERS and not page.is_open:
        return 302  # to sign in, whatever is there
    if method in ("PUT", "PATCH", "DELETE"):
        return page.other
    by_role, rest = (page.post, page.rest_post) if method == "POST" else (page.get, page.rest_get)
    if page.of_case and 405 in by_role.values():
        return 405  # the method is refused before anything is looked up, so it tells nothing
    if page.of_case and method != "POST" and 302 in by_role.values():
        return 302  # to the case, likewise before anything is looked up
    if kind == "missing" or (kind == "foreign" and role not in SEES_OTHER_LINE):
        return 404
    return by_role.get(role, rest)


@pytest.mark.parametrize("role", ROLES)
def test_role_gets_what_the_table_says(role: str) -> None:
    town = make_town()
    people = {
        "employee": town.employee,
        "colleague": town.deputy,
        "leader": town.leader,
        "deputy": town.deputy,
        "centre_chief": town.health_chief,
        "other_leader": town.school_leader,
        "gdpr": town.gdpr,
        "dpo": town.dpo,
        "director": town.director,
        "mayor": town.mayor,
        "administrator": town.administrator,
        "deactivated": town.employee,
    }
    own, foreign = make_case(town, town.employee), make_case(town, town.teacher)
    client = Client()
    if role != "anonymous":
        client.force_login(people[role])
    if role == "deactivated":
        User.objects.filter(pk=town.employee.pk).update(is_active=False)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    wrong, bodies, count = [], {}, 0
    for name, page in MATRIX.items():
        for kind in ("own", "foreign", "missing") if page.of_case else ("own",):
            case = foreign if kind == "foreign" else own
            number = "2026-9999" if kind == "missing" else case.breach.number
            path = page.path.format(number=number, file=MISSING_FILE if kind == "missing" else case.file)
            for method in METHODS:
                client.cookies.clear()
                client.cookies.load(cookies)
                with transaction.atomic():
                    response = client.generic(method, path)
                    body = b"".join(response) if response.streaming else response.content
                    transaction.set_rollback(True)
                count += 1
                wanted = expected(page, role, method, kind)
                if role == "other_leader" and page.of_case:
                    flipped = {"own": "foreign", "foreign": "own"}.get(kind, kind)
                    wanted = expected(page, "leader", method, flipped)
                if response.status_code != wanted:
                    wrong.append(f"{name} {method} {kind}: {response.status_code}, the table says {wanted}")
                if response.status_code == 404 and method == "GET":
                    bodies[body] = path
    assert not wrong, "\n".join(wrong)
    assert len(bodies) <= 1, f"404 answers differ: {list(bodies.values())}"
    assert count >= 150
