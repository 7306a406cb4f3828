"""The days of a recurring duty: from the first planned day, whatever happened to the ones before."""

from datetime import date, timedelta
from itertools import islice

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from duties.enums import OnClosed, Recurrence
from duties.recurrence import add_months, due_day, is_open_day, planned_day, planned_days

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
recurring = st.sampled_from([one for one in Recurrence if one != Recurrence.ONCE])


def test_29_february_comes_on_the_last_of_february_and_on_the_29th_again() -> None:
    years = [planned_day(date(2028, 2, 29), Recurrence.YEARLY, number) for number in range(5)]
    assert years == [date(2028, 2, 29), date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28), date(2032, 2, 29)]


def test_month_end_never_creeps() -> None:
    months = [planned_day(date(2027, 1, 31), Recurrence.MONTHLY, number) for number in range(5)]
    assert [day.day for day in months] == [31, 28, 31, 30, 31]


def test_week_53_falls_to_week_52_in_years_without_one() -> None:
    first = date.fromisocalendar(2026, 53, 4)
    weeks = [planned_day(first, Recurrence.YEARLY, n, by_week=True).isocalendar() for n in range(7)]
    assert [(day.year, day.week, day.weekday) for day in weeks] == [
        (2026, 53, 4), *((year, 52, 4) for year in range(2027, 2032)), (2032, 53, 4),
    ]  # fmt: skip


@given(days, st.integers(-600, 600))
def test_months_are_added_as_an_independent_library_does(day: date, months: int) -> None:
    assert add_months(day, months) == day + relativedelta(months=months)


@given(days, recurring, st.integers(0, 200), st.booleans())
def test_every_planned_day_is_found_from_any_start(
    first_on: date, recurrence: Recurrence, n: int, by_week: bool
) -> None:
    by_week = by_week and recurrence.is_of_years
    try:
        wanted = planned_day(first_on, recurrence, n, by_week=by_week)
        following = planned_day(first_on, recurrence, n + 1, by_week=by_week)
    except OverflowError:
        return
    assert next(planned_days(first_on, recurrence, by_week=by_week, start=wanted)) == wanted
    after = next(planned_days(first_on, recurrence, by_week=by_week, start=wanted + timedelta(days=1)))
    assert after == following > wanted


@given(days, recurring, days)
def test_days_come_in_order_and_none_before_the_start(first_on: date, recurrence: Recurrence, start: date) -> None:
    found = list(islice(planned_days(first_on, recurrence, start=start), 8))
    assert found == sorted(set(found))
    assert all(day >= max(start, first_on) for day in found)


def test_once_is_once_and_the_last_day_is_the_last() -> None:
    assert list(planned_days(date(2027, 5, 1), Recurrence.ONCE, start=date(2027, 1, 1))) == [date(2027, 5, 1)]
    assert list(planned_days(date(2027, 5, 1), Recurrence.ONCE, start=date(2027, 5, 2))) == []
    until = planned_days(date(2027, 1, 1), Recurrence.MONTHLY, until_on=date(2027, 3, 1), start=date(2027, 1, 1))
    assert list(until) == [date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)]


def test_days_end_with_the_calendar_and_do_not_break() -> None:
    assert list(planned_days(date(2198, 6, 1), Recurrence.YEARLY, start=date(2198, 1, 1))) == [
        date(2198, 6, 1), date(2199, 6, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("planned_on", "after", "before"),
    [
        (date(2027, 7, 15), date(2027, 8, 2), date(2027, 6, 30)),  # closed July
        (date(2027, 3, 26), date(2027, 3, 30), date(2027, 3, 24)),  # Good Friday
        (date(2027, 11, 6), date(2027, 11, 8), date(2027, 11, 5)),  # a Saturday
        (date(2027, 11, 8), date(2027, 11, 8), date(2027, 11, 8)),
        (date(2026, 12, 25), date(2026, 12, 28), date(2026, 12, 24)),
    ],
)
def test_free_days_and_the_closed_july_move_the_day(planned_on: date, after: date, before: date) -> None:
    assert due_day(planned_on, OnClosed.AFTER) == after
    assert due_day(planned_on, OnClosed.BEFORE) == before
    assert due_day(planned_on, OnClosed.KEEP) == planned_on


@given(days, st.sampled_from([OnClosed.AFTER, OnClosed.BEFORE]))
def test_duty_is_due_on_an_open_day_near_the_planned_one(planned_on: date, on_closed: OnClosed) -> None:
    due = due_day(planned_on, on_closed)
    assert is_open_day(due)
    assert abs(due - planned_on) <= timedelta(days=36)
