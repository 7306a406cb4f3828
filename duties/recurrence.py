"""The days of a recurring duty: counted from the first planned day, never from when it was done."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings

from duties.enums import OnClosed, Recurrence
from glostrup_isms.kit.dates import is_working_day

LAST_DAY = date(2199, 12, 31)  # as far as dates are taken anywhere
SHIFT = timedelta(days=62)  # a closed period moves a day no farther


def planned_day(first_on: date, recurrence: Recurrence, number: int, *, by_week: bool = False) -> date:
    """The planned day of occurrence `number` (0 is the first). A month without the day gives its last one: 29 February
    comes on the 28th, and on the 29th again when there is one. `by_week`: the same week and weekday of the year (ISO
    8601); a year without week 53 gives week 52. Raises OverflowError past the year 2199."""
    if recurrence == Recurrence.WEEKLY:
        day = first_on + timedelta(weeks=number)
    elif by_week:
        year, week, weekday = first_on.isocalendar()
        day = _day_of_week(year + recurrence.months // 12 * number, week, weekday)
    else:
        day = add_months(first_on, recurrence.months * number)
    if day > LAST_DAY:
        raise OverflowError("The year is too far away.")
    return day


def add_months(day: date, months: int) -> date:
    """So many months later; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _day_of_week(year: int, week: int, weekday: int) -> date:
    try:
        return date.fromisocalendar(year, week, weekday)
    except ValueError:  # no week 53 that year
        return date.fromisocalendar(year, week - 1, weekday)


def planned_days(
    first_on: date, recurrence: Recurrence, *, by_week: bool = False, until_on: date | None = None, start: date
) -> Iterator[date]:
    """The planned days on or after `start`, in order, up to and including `until_on`."""
    number = _number_near(first_on, recurrence, start)
    while True:
        try:
            day = planned_day(first_on, recurrence, number, by_week=by_week)
        except OverflowError:
            return
        if until_on and day > until_on:
            return
        if day >= start:
            yield day
        if recurrence == Recurrence.ONCE:
            return
        number += 1


def _number_near(first_on: date, recurrence: Recurrence, day: date) -> int:
    """An occurrence on or a little before the day, so that nobody counts through a hundred years of weeks."""
    if recurrence == Recurrence.ONCE or day <= first_on:
        return 0
    step = 7 if recurrence == Recurrence.WEEKLY else recurrence.months * 31
    return max(0, (day - first_on).days // step - 1)


def is_open_day(day: date) -> bool:
    """A working day outside the closed periods of the year (settings.CLOSED_PERIODS)."""
    here = (day.month, day.day)
    return is_working_day(day) and not any(first <= here <= last for first, last in settings.CLOSED_PERIODS)


def due_day(planned_on: date, on_closed: OnClosed) -> date:
    """When a duty planned for the day is due."""
    if on_closed == OnClosed.KEEP:
        return planned_on
    step = timedelta(days=1 if on_closed == OnClosed.AFTER else -1)
    day = planned_on
    while not is_open_day(day):
        day += step
    return day
