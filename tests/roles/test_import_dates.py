"""Dates as systems, spreadsheets and people write them. The day stands before the month, as in Denmark."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roles.enums import SyncState
from roles.models import Appointment, today
from roles.sync.fields import Unreadable, parse_date
from tests.roles.organisations import bring, look, reasons, small

DAYS = st.dates(date(1940, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        ("23-11-2026", date(2026, 11, 23)),
        ("23.11.2026", date(2026, 11, 23)),
        ("23/11/2026", date(2026, 11, 23)),
        ("3/4/2026", date(2026, 4, 3)),
        (" 03.04.2026 ", date(2026, 4, 3)),
        ("46349", date(2026, 11, 23)),
        ("29.02.2028", date(2028, 2, 29)),
        ("2026-11-23T00:00:00", date(2026, 11, 23)),
        ("2026-11-23 00:00:00.000", date(2026, 11, 23)),
        ("2026-04-30T22:00:00Z", date(2026, 5, 1)),  # midnight in Copenhagen
        ("2026-11-30T23:00:00+00:00", date(2026, 12, 1)),
        ("9999-12-31", None),
        ("31-12-9999", None),
        ("9999-12-31T23:59:59", None),
    ],
)
def test_date_is_read(text: str, day: date | None) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("23-11-26", "fire cifre"),
        ("11/23/26", "fire cifre"),
        ("31.02.2026", "findes ikke"),
        ("29-02-2026", "findes ikke"),
        ("11/23/2026", "findes ikke"),  # month first
        ("2026-13-01", "findes ikke"),
        ("46349.5", "kan ikke læses"),
        ("46349,5", "kan ikke læses"),
        ("4,63E+04", "kan ikke læses"),
        ("463490", "kan ikke læses"),
        ("########", "#####"),
        ("i morgen", "kan ikke læses"),
        ("23. november 2026", "kan ikke læses"),
        ("2026-11-23T25:00:00", "kan ikke læses"),
        ("00-00-0000", "findes ikke"),
        ("-", "kan ikke læses"),
    ],
)
def test_date_that_cannot_be_read_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_date(text)


@given(DAYS)
def test_every_way_of_writing_a_day_gives_the_day(day: date) -> None:
    number = (day - date(1899, 12, 30)).days
    ways = [day.isoformat(), f"{day.isoformat()}T00:00:00", str(number)]
    ways += [day.strftime(f"%d{sign}%m{sign}%Y") for sign in "-./"]
    assert {parse_date(way) for way in ways} == {day}


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_date(text), date | None)
    except Unreadable:
        pass


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["23-11-26", "31.02.2026", "11/23/2026", "46349,5", "#####", "01-01-1900", "99999"])
def test_date_in_a_row_refuses_the_file_with_the_row(text: str) -> None:
    made = small()
    made.people[5].places = [(made.units[3], "", text, "")]
    run = bring(made, "csv")
    assert run.state == SyncState.REFUSED
    assert "Række 11: Datoen i »fra«" in reasons(run)


@pytest.mark.django_db
@pytest.mark.parametrize("value", [46349.5, True, [], {}])
def test_value_that_is_no_date_is_refused(value: object) -> None:
    file = small().rollekatalog()
    file["users"][0]["positions"][0]["startDate"] = value
    run = bring(file)
    assert ("er ikke en dato" in reasons(run)) or value in ([], {}) and run.state == SyncState.REFUSED


@pytest.mark.django_db
def test_days_of_the_file_are_kept_and_followed() -> None:
    made = small()
    unit, later = made.units[3], today() + timedelta(days=90)
    made.people[5].places = [(unit, "Vikar", "01-03-2019", later.strftime("%d.%m.%Y"))]
    bring(made, "csv")
    place = Appointment.objects.get(person__username="hjaelper2")
    assert (place.from_on, place.to_on) == (date(2019, 3, 1), later)
    made.people[5].places = [(unit, "Vikar", "01-03-2019", "")]
    run = bring(made, "csv")
    assert run.counts == {"place_changed": 1}
    place.refresh_from_db()
    assert place.to_on is None
    assert look(made, "csv").difference.changes == []


@pytest.mark.django_db
def test_position_that_is_over_ends_on_its_day_and_never_begins_again() -> None:
    made = small()
    unit, over = made.units[3], today() - timedelta(days=30)
    made.people[5].places = [(unit, "Vikar", "2019-03-01", "")]
    bring(made)
    made.people[5].places = [(unit, "Vikar", "2019-03-01", over.isoformat())]
    assert bring(made).counts == {"place_ended": 1}
    assert Appointment.objects.get(person__username="hjaelper2").to_on == over
    assert look(made).difference.changes == []


@pytest.mark.django_db
def test_several_positions_in_one_unit_are_one() -> None:
    made = small()
    unit = made.units[3]
    made.people[5].places = [
        (unit, "Gammel", "2010-01-01", "2012-01-01"),
        (unit, "Vikar", "2019-03-01", "2099-01-01"),
        (unit, "Underviser", "2018-02-01", ""),
    ]
    run = bring(made)
    assert run.state == SyncState.REFUSED  # 2099 is too far away to be meant
    made.people[5].places[1] = (unit, "Vikar", "2019-03-01", (today() + timedelta(days=9)).isoformat())
    bring(made)
    place = Appointment.objects.get(person__username="hjaelper2")
    assert (place.title, place.from_on, place.to_on) == ("Vikar, Underviser", date(2018, 2, 1), None)
    assert look(made).difference.changes == []
