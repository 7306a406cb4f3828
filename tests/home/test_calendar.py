"""A person's calendar address: made, read by calendar programs, replaced, closed; and what it gives away."""

import io
import logging
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import time_machine
import vobject
from django.conf import settings as portal
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from ical.calendar_stream import IcsCalendarStream

from breaches.actions import take_due_steps
from duties.actions.calendars import close_address, make_address
from duties.enums import State
from duties.models import CalendarFeed, Duty
from glostrup_isms.home.wheel import calendar, ics
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.cpr import MaskingFormatter
from meetings.enums import BodyKind, MeetingState
from meetings.models import AgendaItem, Meeting
from roles.enums import Role
from roles.models import Absence, Appointment, User, today
from tests.factories import WholeTown, appoint, make_user, make_whole_town
from tests.home.years import NOW, TODAY, duty, meeting

pytestmark = pytest.mark.django_db
PAGE = "/aarshjul/kalender/"
LONG = "Æblegrød på ærø, rød; blå og grøn: " + "gennemgå fortegnelsen over behandlingsaktiviteter "


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def town() -> WholeTown:
    return make_whole_town()


def address_of(person: User) -> str:
    standing = CalendarFeed.objects.standing().filter(person=person).first()
    _, token = make_address(by=person, seen=standing.pk if standing else None)
    return f"{PAGE}{token}.ics"


def read(address: str, **headers: Any) -> Any:
    return Client().get(address, **headers)


def events(address: str) -> dict[str, Any]:
    """{uid before the @: event}, by the library that wrote them."""
    response = read(address)
    assert response.status_code == 200
    found = icalendar.Calendar.from_ical(response.content)
    return {str(one["uid"]).partition("@")[0]: one for one in found.walk("VEVENT")}


def summaries(address: str) -> list[str]:
    return [str(one["summary"]) for one in events(address).values()]


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


# ── What stands in it ────────────────────────────────────────────────────────────────────────────
def test_own_duties_stand_all_day_on_their_last_day(town: WholeTown) -> None:
    made = duty("Ring til leverandøren", holder=town.leader, due_on=date(2028, 2, 29))
    event = events(address_of(town.leader))[f"duty-{made.pk}"]
    assert event["uid"] == f"duty-{made.pk}@testserver"
    assert event.decoded("dtstart") == date(2028, 2, 29)
    assert event.decoded("dtend") == date(2028, 3, 1)
    assert (event["status"], event["transp"], event["sequence"]) == ("CONFIRMED", "TRANSPARENT", made.revision)
    assert str(event["url"]) == f"http://testserver/opgaver/{made.pk}/"
    assert str(event["url"]) in event["description"]
    assert event.decoded("dtstamp") == event.decoded("last-modified") == datetime(2026, 11, 24, 11, tzinfo=UTC)


def test_done_and_dropped_stand_for_a_month(town: WholeTown) -> None:
    days = {"Ny": 29, "Gammel": 31}
    for name, ago in days.items():
        at = timezone.now() - timedelta(days=ago)
        duty(name, holder=town.leader, state=State.DONE, done_at=at)
        duty(f"{name} bort", holder=town.leader, state=State.DROPPED, done_at=at)
    found = {str(one["summary"]): str(one["status"]) for one in events(address_of(town.leader)).values()}
    assert found == {"Udført: Ny": "CONFIRMED", "Ny bort": "CANCELLED"}


def test_discreet_duty_says_only_that_it_is_there(town: WholeTown, on_the_day: Any) -> None:
    """The address is a bearer secret, and calendars are copied to phones: not even the number of a case is told, as a
    mail tells it."""
    duty("Sag om Hansen", text="Hansen", holder=town.gdpr, is_discreet=True, in_mail="Svar på høring af RET-001")
    breach = town.report(by=town.employee).breach
    for _ in range(12):  # up the line, until nobody is left
        on_the_day.shift(timedelta(hours=3))
        take_due_steps()
    told = Duty.objects.held_by(town.gdpr).filter(url=breach.get_absolute_url())
    assert {one.in_mail for one in told} == {f"Sag {breach.number} er ikke kvitteret"}
    content = read(address_of(town.gdpr)).content.decode()
    assert set(summaries(address_of(town.gdpr))) == {"Opgave i portalen"}
    assert not re.search(f"Hansen|RET-001|{breach.number}|kvitteret|høring", content)


def test_meetings_stand_with_time_place_and_sequence(town: WholeTown) -> None:
    held = meeting(date(2026, 12, 8), place="Rådhuset, lokale 2; stuen", state=MeetingState.CALLED)
    AgendaItem.objects.create(meeting=held, position=1, title="Fortroligt punkt", is_confidential=True)
    address = address_of(town.holders["committee"])
    event = events(address)[f"meeting-{held.pk}"]
    assert event.decoded("dtstart") == datetime(2026, 12, 8, 8, tzinfo=UTC)  # nine in Copenhagen
    assert event.decoded("dtend") == datetime(2026, 12, 8, 10, tzinfo=UTC)
    assert event["summary"] == "Møde i Informationssikkerhedsudvalget"
    assert event["location"] == "Rådhuset, lokale 2; stuen"
    assert (event["status"], event["sequence"]) == ("CONFIRMED", held.revision)
    assert "Fortroligt" not in read(address).content.decode()
    Meeting.objects.filter(pk=held.pk).update(state=MeetingState.CANCELLED, cancelled_why="Afbud", revision=5)
    event = events(address)[f"meeting-{held.pk}"]
    assert (event["status"], event["sequence"]) == ("CANCELLED", 5)
    assert "Afbud" not in read(address).content.decode()


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [(date(2027, 3, 26), 8), (date(2027, 3, 28), 7), (date(2027, 10, 30), 7), (date(2027, 10, 31), 8)],
)
def test_meetings_keep_their_hour_when_the_clock_changes(town: WholeTown, day: date, utc_hour: int) -> None:
    held = meeting(day)
    event = events(address_of(town.director))[f"meeting-{held.pk}"]
    assert event.decoded("dtstart") == datetime(day.year, day.month, day.day, utc_hour, tzinfo=UTC)


def test_meetings_not_sat_in_stay_out(town: WholeTown) -> None:
    """Whoever only follows the work sees a meeting in the wheel, and is not called to it."""
    meeting(date(2026, 12, 8), kind=BodyKind.EXECUTIVE)
    with_it = [name for name, person in town.holders.items() if summaries(address_of(person))]
    assert set(with_it) == {"director", "executive", "secretariat", "gdpr_unit", "it_coordinator"}


def test_written_procedure_stands_at_its_last_hour(town: WholeTown) -> None:
    held = meeting(date(2026, 12, 8), hour=10, is_written=True)
    event = events(address_of(town.director))[f"meeting-{held.pk}"]
    assert event.decoded("dtstart") == datetime(2026, 12, 8, 10, tzinfo=UTC)
    assert event.decoded("dtend") == datetime(2026, 12, 8, 11, tzinfo=UTC)
    assert "Stem senest kl. 12.00" in event["description"]


# ── Whose rights ─────────────────────────────────────────────────────────────────────────────────
def test_lost_role_takes_its_entries_along_at_the_next_reading(town: WholeTown) -> None:
    person = town.holders["committee"]
    address = address_of(person)
    duty("Udvalgets", holder_role=Role.COMMITTEE)
    meeting(date(2026, 12, 8))
    duty("Egen", holder=person)
    assert len(summaries(address)) == 3
    Appointment.objects.filter(person=person).update(to_on=today() - timedelta(days=1))
    assert summaries(address) == ["Egen"]


def test_deputy_reads_the_absent_leaders_duties_only_while_she_is_away(town: WholeTown, on_the_day: Any) -> None:
    duty("Lederens", holder=town.leader, holder_role=Role.LEADER, holder_unit=town.home_care)
    address = address_of(town.deputy)
    assert summaries(address) == []
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today() + timedelta(days=3))
    assert summaries(address) == ["Lederens"]
    on_the_day.shift(timedelta(days=4))
    assert summaries(address) == []


def test_only_ones_own_stand_in_a_calendar(town: WholeTown) -> None:
    """Not what a leader or the GDPR unit may see of others."""
    for name, person in town.holders.items():
        duty(f"Hos {name}", holder=person, is_discreet=False, holder_unit=town.home_care)
    kept = duty("Holdt fra hende", holder_role=Role.GDPR_UNIT)
    kept.kept_from.set([town.gdpr])
    for name, person in town.holders.items():
        mine = [f"Hos {name}"]
        assert [one for one in summaries(address_of(person)) if one != "Holdt fra hende"] == mine
    assert "Holdt fra hende" not in summaries(address_of(town.gdpr))
    assert "Holdt fra hende" in summaries(address_of(town.gdpr2))


# ── What calendar programs read ──────────────────────────────────────────────────────────────────
def by_vobject(content: bytes) -> list[tuple[str, Any, str]]:
    found = vobject.readOne(content.decode())
    return [(one.uid.value, one.dtstart.value, one.summary.value) for one in found.vevent_list]


def by_ical(content: bytes) -> list[tuple[str, Any, str]]:
    found = IcsCalendarStream.calendar_from_ics(content.decode())
    return [(one.uid, one.dtstart, one.summary) for one in found.events]


@pytest.fixture
def odd(town: WholeTown) -> WholeTown:
    """Everything that a calendar may trip over."""
    names = [
        LONG * 2, "Linje et\nLinje to\r\nLinje tre", "Komma, semikolon; kolon: skråstreg \\ n", 'Anførsel "x" \'y\'',
        "BEGIN:VEVENT", "END:VCALENDAR\r\nX-EVIL:1", "🙂 привет 漢字", "\x0b\x1f\x7f tegn", "é" * 200,
    ]  # fmt: skip
    for number, name in enumerate(names):
        duty(name[:200], holder=town.leader, due_on=TODAY + timedelta(days=number))
    for day in (date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 3), date(2027, 3, 28), date(2027, 10, 31)):
        duty(f"Dag {day}", holder=town.leader, due_on=day)  # week 53, and when the clocks change
    appoint(town.leader, Role.COMMITTEE, town.administration)
    meeting(date(2027, 3, 28), place="Lokale 2, 1. sal; til venstre\nRingklokken virker ikke", hour=4)
    meeting(date(2027, 10, 31), hour=4, state=MeetingState.CANCELLED)
    return town


@pytest.mark.parametrize("parse", [by_vobject, by_ical])
def test_two_other_libraries_read_the_same(odd: WholeTown, parse: Callable[[bytes], list[Any]]) -> None:
    content = read(address_of(odd.leader)).content
    parsed = parse(content)
    ours = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert len(parsed) == len(ours) == 16
    wanted = {str(one["uid"]): (one.decoded("dtstart"), str(one["summary"])) for one in ours}
    for uid, start, summary in parsed:
        assert (start, " ".join(summary.split())) == (wanted[uid][0], " ".join(wanted[uid][1].split()))
    titles = {" ".join(summary.split()) for _, _, summary in parsed}
    for title in Duty.objects.values_list("title", flat=True):
        if title.isprintable():
            assert " ".join(title.split()) in titles


def test_lines_are_folded_and_ended_as_the_standard_says(odd: WholeTown) -> None:
    """RFC 5545, 3.1: at most 75 octets a line, and a letter is never cut in two."""
    content = read(address_of(odd.leader)).content
    lines = content.split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in lines:
        line.decode()
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-1] == b"END:VCALENDAR"
    assert lines.count(b"END:VCALENDAR") == 1
    assert lines.count(b"BEGIN:VEVENT") == 16
    assert not [line for line in lines if line.startswith(b"X-EVIL")]


def test_calendar_says_its_name_and_how_often_to_look(town: WholeTown) -> None:
    found = icalendar.Calendar.from_ical(read(address_of(town.employee)).content)
    assert found["version"] == "2.0"
    assert found["prodid"].startswith("-//Glostrup Kommune//")
    assert found["x-wr-calname"] == found["name"] == "Informationssikkerhed, Glostrup Kommune"
    text = read(address_of(town.employee)).content.decode()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in text
    assert "X-PUBLISHED-TTL:PT6H" in text
    assert "METHOD:PUBLISH" in text


def test_empty_calendar_is_read_too(town: WholeTown) -> None:
    content = read(address_of(town.employee)).content
    assert not by_ical(content)
    assert vobject.readOne(io.StringIO(content.decode())).name == "VCALENDAR"


# ── How much ─────────────────────────────────────────────────────────────────────────────────────
def test_the_nearest_come_first_when_there_are_very_many(town: WholeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ics, "MOST", 5)
    for days in (-100, -3, -2, -1, 0, 1, 2, 3, 100):
        duty(f"{days}", holder=town.leader, due_on=TODAY + timedelta(days=days))
    assert summaries(address_of(town.leader)) == ["-2", "-1", "0", "1", "2"]


def test_queries_are_few_and_the_same_for_ten_and_five_hundred(town: WholeTown) -> None:
    address = address_of(town.leader)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(address)
        return len([one for one in queries if "SAVEPOINT" not in one["sql"]])

    duty(holder=town.leader)
    meeting(date(2026, 12, 1))
    count()
    before = count()
    Duty.objects.bulk_create(
        Duty(title="x", holder=town.leader, due_on=TODAY, dedup_key=f"mange:{number}") for number in range(600)
    )
    for number in range(3):
        meeting(date(2026, 12, 2 + number))
    assert count() == before <= 12
    assert len(summaries(address)) == ics.MOST


def test_stranger_is_sent_to_sign_in_for_the_page_and_not_for_the_feed(town: WholeTown) -> None:
    assert Client().get(PAGE).status_code == 302
    assert read(address_of(make_user("ny"))).status_code == 200
