"""What stands in a person's calendar, by whose rights, and what calendar programs read."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from ical.calendar_stream import IcsCalendarStream

from breaches.actions import take_due_steps
from duties.enums import State
from duties.models import Duty
from glostrup_isms.home.wheel import ics
from meetings.enums import BodyKind, MeetingState
from meetings.models import AgendaItem, Meeting
from roles.enums import Role
from roles.models import Absence, Appointment, today
from tests.factories import WholeTown, appoint, make_user
from tests.home.feeds import PAGE, address_of, read
from tests.home.years import TODAY, duty, meeting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
LONG = "Æblegrød på ærø, rød; blå og grøn: " + "gennemgå fortegnelsen over behandlingsaktiviteter "


def events(address: str) -> dict[str, Any]:
    """{uid before the @: event}, by the library that wrote them."""
    response = read(address)
    assert response.status_code == 200
    found = icalendar.Calendar.from_ical(response.content)
    return {str(one["uid"]).partition("@")[0]: one for one in found.walk("VEVENT")}


def summaries(address: str) -> list[str]:
    return [str(one["summary"]) for one in events(address).values()]


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
