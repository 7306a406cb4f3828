"""The wheel's geometry: every mark in its month and ring, in order, and far enough from the next to be hit."""

from datetime import date, timedelta
from math import atan2, degrees, hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glostrup_isms.home.wheel.drawing import CELL, GAP, POINT, RINGS_FROM, STEP, Mark, Month, angle, draw, spread
from glostrup_isms.home.wheel.entries import Entry, Ring, Standing, Year

DAYS = st.dates(date(2028, 1, 1), date(2028, 12, 31))  # a leap year
RINGS = st.sampled_from(list(Ring))


def entry(day: date, ring: Ring, title: str = "Opgave") -> Entry:
    return Entry(day, title, ring, "Leder", Standing.OPEN, "Åben", "/opgaver/1/")


def of(found: list[tuple[date, Ring]]) -> Year:
    return Year(sorted((entry(*one) for one in found), key=lambda one: one.day))


def place(mark: Mark) -> tuple[float, float, float, float]:
    """x, y, radius and turn."""
    x, y = float(mark.x), float(mark.y)
    return x, y, hypot(x, y), degrees(atan2(x, -y)) % 360


@given(st.lists(st.tuples(DAYS, RINGS), max_size=120))
def test_marks_never_lie_on_each_other(found: list[tuple[date, Ring]]) -> None:
    for month in draw(2028, of(found), date(2028, 6, 1)).months:
        for marks, width in ((month.marks, POINT), (month.cells, CELL)):
            places = [place(mark) for mark in marks]
            for number, (x, y, radius, _) in enumerate(places):
                for other_x, other_y, other_radius, _ in places[number + 1 :]:
                    apart = hypot(x - other_x, y - other_y)
                    same_ring = abs(radius - other_radius) < 1
                    # along a ring the straight way is a little shorter than the arc
                    assert apart > (width - 1 if same_ring else 40)


@given(st.lists(st.tuples(DAYS, RINGS), max_size=80))
def test_every_entry_is_in_one_mark_of_its_month(found: list[tuple[date, Ring]]) -> None:
    content = of(found)
    drawn = draw(2028, content, date(2028, 6, 1))
    for month, (number, entries) in zip(drawn.months, content.months, strict=True):
        for marks in (month.marks, month.cells):
            in_marks = [one for mark in marks for one in mark.bundle.entries]
            assert sorted(map(id, in_marks)) == sorted(map(id, entries))
            assert all(len({one.ring for one in mark.bundle.entries}) == 1 for mark in marks)
            start = GAP / 2 + STEP * (number - 1)
            assert all(start < place(mark)[3] < start + STEP for mark in marks)


@given(
    st.lists(st.floats(0, 300), min_size=1, max_size=30).map(sorted),
    st.floats(1, 60),
    st.floats(1, 300),
)
def test_spread_keeps_order_and_distance(wanted: list[float], width: float, length: float) -> None:
    rows = [(min(one, length), [entry(date(2028, 1, 1), Ring.IT)]) for one in wanted]
    found = spread(rows, length, width)
    places = [at for at, _ in found]
    assert [one for _, some in found for one in some] == [some[0] for _, some in rows]
    assert all(after - before > width - 1e-6 for before, after in zip(places, places[1:], strict=False))
    margin = min(width, length) / 2
    assert all(margin - 1e-6 <= at <= length - margin + 1e-6 for at in places)


def test_day_alone_stands_at_its_own_angle() -> None:
    content = of([(date(2028, 5, 16), Ring.IT), (date(2028, 9, 15), Ring.LEADERS)])
    months = draw(2028, content, date(2028, 6, 1)).months
    (may,), (september,) = months[4].marks, months[8].marks
    assert abs(place(may)[3] - angle(date(2028, 5, 16))) < 0.1
    assert abs(place(september)[3] - angle(date(2028, 9, 15))) < 0.1
    assert place(may)[2] < place(september)[2] < RINGS_FROM  # leaders are farther out


def test_angles_run_with_the_clock_and_leave_the_gap_open() -> None:
    days = [date(2028, 1, 1) + timedelta(days=number) for number in range(366)]
    turns = [angle(day) for day in days]
    assert turns == sorted(turns)
    assert turns[0] > GAP / 2
    assert turns[-1] < 360 - GAP / 2


def test_same_day_is_one_mark_with_a_number() -> None:
    day = date(2028, 3, 14)
    content = Year([entry(day, Ring.IT, "A"), entry(day, Ring.IT, "B"), entry(day, Ring.LEADERS, "C")])
    month = draw(2028, content, date(2028, 6, 1)).months[2]
    assert [(mark.bundle.count, mark.bundle.href) for mark in month.marks] == [(2, "#punkt-1"), (1, "/opgaver/1/")]
    assert month.marks[0].bundle.label == "14. marts: 2 punkter. It. Åben: 2"
    assert month.label == "Marts: 3 punkter"


def test_worst_state_stands_for_several() -> None:
    day = date(2028, 3, 14)
    some = [Entry(day, "x", Ring.IT, "It-chef", one, one.label, "/") for one in reversed(Standing)]
    month = draw(2028, Year(some), date(2028, 6, 1)).months[2]
    assert month.marks[0].bundle.standing == Standing.LATE
    assert month.marks[0].bundle.label == "14. marts: 6 punkter. It. Over fristen: 1"
    assert month.label == "Marts: 6 punkter, 1 over fristen"


@pytest.mark.parametrize(("year", "is_now", "elapsed"), [(2027, False, True), (2028, True, True), (2029, False, False)])
def test_today_is_on_the_wheel_of_its_year(year: int, is_now: bool, elapsed: bool) -> None:
    drawn = draw(year, Year([entry(date(year, 2, 1), Ring.IT)]), date(2028, 6, 1))
    assert (drawn.is_now, bool(drawn.elapsed)) == (is_now, elapsed)
    months: list[Month] = [month for month in drawn.months if month.is_now]
    assert [month.number for month in months] == ([6] if is_now else [])


def test_year_that_begins_today_has_run_nothing_far() -> None:
    drawn = draw(2028, Year([entry(date(2028, 2, 1), Ring.IT)]), date(2028, 1, 1))
    assert drawn.elapsed
    assert drawn.is_now


def test_closed_periods_are_laid_over_their_days(settings: object) -> None:
    settings.CLOSED_PERIODS = (((7, 1), (7, 31)), ((12, 24), (12, 31)))  # type: ignore[attr-defined]
    assert len(draw(2027, Year([]), date(2027, 1, 1)).closed) == 2
    settings.CLOSED_PERIODS = ()  # type: ignore[attr-defined]
    assert not draw(2027, Year([]), date(2027, 1, 1)).closed
