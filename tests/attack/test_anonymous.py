"""An anonymous report from a signed-in browser leaves no trace of the person, anywhere."""

from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from breaches.models import Breach
from roles.models import Appointment, User
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db
ADDRESS, AGENT = "203.0.113.77", "KanariBrowser/7.7"
COMMON = {"noticed_on": "2026-01-05", "noticed_time": "08:00", "involves_personal_data": "yes", "is_anonymous": "on"}


@pytest.fixture
def town() -> Town:
    return make_town()


def snapshot() -> dict[str, set[tuple[object, ...]]]:
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = {tuple(map(str, row)) for row in cursor.fetchall()}
    return rows


def new_text(before: dict[str, set[tuple[object, ...]]], folder: Path) -> str:
    after = snapshot()
    lines = [f"{table}: {row}" for table, rows in after.items() for row in rows - before.get(table, set())]
    lines += [path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()]
    return "\n".join(lines)


def pointers_to(person: User) -> list[str]:
    """Every row, whatever its model, that holds the person's key in a relation to people."""
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is User or field.attname in ("actor_id", "history_user_id"):
                for row in model._base_manager.filter(**{field.attname: person.pk}):
                    found.append(f"{model._meta.label}.{field.attname} {row.pk}")
    return found


@pytest.mark.parametrize("with_leader", [True, False], ids=["leader found", "no leader"])
@pytest.mark.parametrize("with_mail", [True, False], ids=["mail", "no mail"])
def test_anonymous_report_of_a_signed_in_person_leaves_no_trace(
    town: Town, tmp_path: Path, with_leader: bool, with_mail: bool
) -> None:
    person = town.employee
    person.username, person.name, person.email = "kanari-bruger", "Kanari Navnesen", "kanari@kanari.invalid"
    person.save()
    if not with_leader:
        Appointment.objects.exclude(person=person).filter(role__in=("leader", "centre_chief", "director")).delete()
    if not with_mail:
        User.objects.exclude(pk=person.pk).update(email="")
    client = Client(REMOTE_ADDR=ADDRESS, HTTP_USER_AGENT=AGENT)
    client.force_login(person)
    client.get("/brud/meld/")
    before, pointed = snapshot(), set(pointers_to(person))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.unlink()
    data = COMMON | {
        "description": "Det skete i går.",
        "token": "t" * 24,
        "was_signed_in": "1",
        "unit": town.home_care.pk,
    }
    data["files"] = SimpleUploadedFile("billede.txt", b"abc", "text/plain")
    answer = client.post("/brud/meld/", data)
    assert answer.status_code == 200, answer.content.decode()
    code = answer.context["code"]
    client.post("/brud/opfoelgning/", {"code": code, "action": "open"})
    client.post("/brud/opfoelgning/", {"code": code, "action": "write", "text": "Og mere.", "token": "e" * 24})
    assert Breach.objects.get().entries.count() == 1
    text = new_text(before, tmp_path)
    for canary in ("kanari-bruger", "Kanari Navnesen", "kanari@kanari", ADDRESS, AGENT, client.session.session_key):
        assert canary not in text, canary
    new = set(pointers_to(person)) - pointed
    assert not new, "\n".join(sorted(new))


def test_report_that_fails_leaves_no_text_in_the_log(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL repeats the whole failing row in the error's text."""
    import logging

    from django.db import DataError

    from breaches.views import report
    from glostrup_isms.kit.cpr import MaskingFormatter

    def fail(*args: object, **kwargs: object) -> None:
        raise DataError('null value in column "x"\nDETAIL:  Failing row contains (7, KANARI-TEKST om Jens Hansen).\n')

    monkeypatch.setattr(report, "report_breach", fail)
    client = Client(raise_request_exception=False)
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/brud/meld/", COMMON | {"description": "KANARI-TEKST om Jens Hansen", "token": "t" * 24})
    assert answer.status_code == 503
    assert "KANARI-TEKST" in answer.content.decode()  # kept for the reporter
    written = "\n".join(MaskingFormatter().format(record) for record in caplog.records)
    assert caplog.records
    assert "KANARI" not in written
