"""The address of a person's calendar: made, closed, guessed; who gets an answer."""

import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from duties.actions.calendars import close_address, make_address
from duties.models import CalendarFeed
from glostrup_isms.home.wheel import calendar
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.cpr import MaskingFormatter
from roles.models import User
from tests.factories import WholeTown
from tests.home.feeds import PAGE, address_of, read
from tests.home.years import duty

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def post(client: Client, step: str, seen: Any = "") -> Any:
    return client.post(PAGE, {"step": step, "seen": seen})


# ── The address ──────────────────────────────────────────────────────────────────────────────────
def test_address_is_shown_once_and_kept_nowhere(town: WholeTown) -> None:
    client = signed_in(town.employee)
    assert "Du har ingen adresse" in client.get(PAGE).content.decode()
    answer = post(client, "lav")
    address = re.search(r"http://testserver(/aarshjul/kalender/[\w-]{43}\.ics)", answer.content.decode())
    assert address
    assert read(address[1]).status_code == 200
    token = address[1].rpartition("/")[2].removesuffix(".ics")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert token not in str(cursor.fetchall()), table
    again = client.get(PAGE).content.decode()
    assert token not in again
    assert "Du har en adresse" in again
    assert [one.action for one in AuditEntry.objects.filter(action__startswith="calendar")] == ["calendar.make"]


def test_address_is_never_opened_in_the_clear(town: WholeTown, settings: Any) -> None:
    """Calendar programs read `webcal:` as http: the secret would travel where others can read it."""
    settings.BASE_URL = "https://portal.example"
    page = post(signed_in(town.employee), "lav").content.decode()
    address = re.search(r"https://(portal\.example/aarshjul/kalender/[\w-]{43}\.ics)", page)
    assert address
    assert f'href="webcals://{address[1]}"' in page
    assert "webcal:" not in page


def test_new_address_ends_the_old_one_after_a_yes(town: WholeTown) -> None:
    client, old = signed_in(town.employee), address_of(town.employee)
    first = CalendarFeed.objects.get()
    refused = post(client, "lav")  # as from a page of before
    assert refused.status_code == 422
    assert "siden du åbnede siden" in refused.content.decode()
    assert read(old).status_code == 200
    assert post(client, "lav", first.pk).status_code == 200
    assert read(old).status_code == 404
    first.refresh_from_db()
    assert first.revoked_at == timezone.now()
    assert CalendarFeed.objects.standing().count() == 1


def test_closed_address_is_dead(town: WholeTown) -> None:
    client, address = signed_in(town.employee), address_of(town.employee)
    feed = CalendarFeed.objects.get()
    assert post(client, "luk", feed.pk).status_code == 302
    assert read(address).status_code == 404
    assert post(client, "luk", feed.pk).status_code == 422  # closed already
    assert post(client, "luk").status_code == 422
    assert AuditEntry.objects.filter(action="calendar.close").count() == 1


def test_nobody_closes_anothers_address(town: WholeTown) -> None:
    address = address_of(town.employee)
    other = signed_in(town.teacher)
    assert post(other, "luk", CalendarFeed.objects.get().pk).status_code == 422
    assert post(other, "lav", CalendarFeed.objects.get().pk).status_code == 422
    assert read(address).status_code == 200


@pytest.mark.parametrize("data", [{}, {"step": "x"}, {"step": "luk", "seen": "x"}, {"step": "lav", "seen": "9" * 5000}])
def test_what_no_page_sends_is_refused(town: WholeTown, data: dict[str, str]) -> None:
    assert signed_in(town.employee).post(PAGE, data).status_code == 422
    assert not CalendarFeed.objects.exists()


def test_two_at_once_make_one_address(town: WholeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other's is committed after this one has looked, and before it writes."""
    monkeypatch.setattr("duties.actions.calendars._end", lambda by, seen: None)
    make_address(by=town.employee, seen=None)
    with pytest.raises(ValidationError, match="siden du åbnede siden"):
        make_address(by=town.employee, seen=None)
    assert CalendarFeed.objects.count() == 1


def test_page_says_when_it_was_read_last(town: WholeTown, on_the_day: Any) -> None:
    client, address = signed_in(town.employee), address_of(town.employee)
    assert "Ingen kalender har hentet den endnu" in client.get(PAGE).content.decode()
    read(address)
    on_the_day.shift(timedelta(minutes=50))
    read(address)
    first = CalendarFeed.objects.get().read_at
    assert first == timezone.now() - timedelta(minutes=50)  # written at most once an hour
    on_the_day.shift(timedelta(minutes=11))
    read(address)
    assert CalendarFeed.objects.get().read_at == timezone.now()
    client = signed_in(town.employee)
    assert "24. november 2026 kl. 13.01" in client.get(PAGE).content.decode()


# ── Who gets an answer ───────────────────────────────────────────────────────────────────────────
def test_wrong_closed_and_left_are_answered_alike(town: WholeTown) -> None:
    closed, gone, good = address_of(town.teacher), address_of(town.deputy), address_of(town.employee)
    close_address(by=town.teacher, seen=CalendarFeed.objects.get(person=town.teacher).pk)
    User.objects.filter(pk=town.deputy.pk).update(is_active=False)
    wrong = [closed, gone, f"{PAGE}{'x' * 43}.ics", f"{PAGE}x.ics", good.replace(".ics", "x.ics"), good.upper()]
    answers = [read(address) for address in wrong]
    assert {one.status_code for one in answers} == {404}
    assert len({one.content for one in answers}) == 1
    assert read(good).status_code == 200


def test_calendar_program_is_neither_signed_in_nor_given_a_cookie(town: WholeTown) -> None:
    address = address_of(town.employee)
    client = Client()
    client.cookies["sessionid"] = "x" * 32
    client.cookies["csrftoken"] = "y" * 32
    for response in (client.get(address), client.head(address), client.get(address, headers={"If-None-Match": "x"})):
        assert response.status_code == 200
        assert not response.cookies
        assert not response.has_header("Vary")
        assert response["Cache-Control"] == "private, no-cache"
    assert client.post(address).status_code == 405
    assert read(address)["Content-Type"] == "text/calendar; charset=utf-8"


def test_unchanged_calendar_is_answered_without_being_written(
    town: WholeTown, monkeypatch: pytest.MonkeyPatch, on_the_day: Any
) -> None:
    address = address_of(town.leader)
    duty(holder=town.leader)
    first = read(address)
    on_the_day.shift(timedelta(hours=3))
    assert read(address).content == first.content
    monkeypatch.setattr(calendar, "write", None)  # would fail
    again = read(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    monkeypatch.undo()
    duty("En til", holder=town.leader)
    changed = read(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_too_many_readings_wait(town: WholeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "READS", (3, timedelta(hours=1)))
    address, other = address_of(town.employee), address_of(town.teacher)
    assert [read(address).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = read(address)
    assert 0 < int(refused["Retry-After"]) <= 4200
    assert not refused.cookies
    assert read(other).status_code == 200  # an office shares one way out


def test_guessing_is_slowed_and_holds_nobody_else_back(town: WholeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "WRONG", (3, timedelta(hours=1)))
    guesses = [f"{PAGE}{number:043}.ics" for number in range(5)]
    assert [read(one).status_code for one in guesses] == [404, 404, 404, 429, 429]
    assert read(guesses[0])["Retry-After"]
    assert read(guesses[0], REMOTE_ADDR="203.0.113.9").status_code == 404
    assert read(address_of(town.employee)).status_code == 200


def test_token_does_not_reach_the_log(town: WholeTown, caplog: pytest.LogCaptureFixture) -> None:
    address = address_of(town.employee)
    token = address.rpartition("/")[2].removesuffix(".ics")
    User.objects.filter(pk=town.employee.pk).update(is_active=False)
    with caplog.at_level(logging.DEBUG):
        assert read(address).status_code == 404
    said = [MaskingFormatter("{message}", style="{").format(one) for one in caplog.records if "Not Found" in one.msg]
    assert not said or all(token not in line for line in said)
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Not Found: %s", (address,), None)
    assert MaskingFormatter("{message}", style="{").format(record) == f"Not Found: {PAGE}(skjult).ics"


def test_token_is_masked_by_the_web_server_and_the_proxy() -> None:
    config: dict[str, Any] = {}
    exec((Path(portal.BASE_DIR) / "deploy/gunicorn.conf.py").read_text(), config)  # noqa: S102  # as gunicorn does
    logger = config["logger_class"].__new__(config["logger_class"])
    request = type("Request", (), {"headers": []})()
    response = type("Response", (), {"status": "200 OK", "headers": [], "sent": 1})()
    for path, wanted in ((f"{PAGE}{'x' * 43}.ics", f"{PAGE}(skjult)"), (PAGE, PAGE), ("/brud/", "/brud/")):
        environ = {"REQUEST_METHOD": "GET", "RAW_URI": path, "PATH_INFO": path, "SERVER_PROTOCOL": "HTTP/1.1"}
        line = config["access_log_format"] % logger.atoms(response, request, environ, timedelta(0))
        assert f'"GET {wanted}"' in line
        assert "x" * 43 not in line
    nginx = (Path(portal.BASE_DIR) / "deploy/nginx.conf").read_text()
    assert "$request_method $logged " in nginx
    pattern = re.search(r"~(\^/aarshjul/kalender/\S+) ", nginx)
    assert pattern
    assert re.match(pattern[1], f"{PAGE}{'x' * 43}.ics")
