"""How often a job runs, in Danish words."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from celery.schedules import BaseSchedule, crontab

from glostrup_isms.kit import dates

UNITS = ((86_400, "hver", "dag"), (3600, "hver", "time"), (60, "hvert", "minut"), (1, "hvert", "sekund"))
MORNING = 6  # o'clock; what runs before it runs at night


def how_often(schedule: BaseSchedule, day: date) -> str:
    """ "hvert 15. sekund", "hver time, 40 minutter over", "hver nat kl. 4.15".

    The schedule's clock is UTC; the words tell the Copenhagen time as it is on `day`.
    """
    if not isinstance(schedule, crontab):
        return _every(round(schedule.seconds))
    minutes = sorted(schedule.minute)
    if len(schedule.hour) == 24:
        return "hver hele time" if minutes == [0] else f"hver time, {_listed(minutes)} minutter over"
    calls = [
        dates.local(datetime.combine(day, time(hour, minute), UTC)) for hour in schedule.hour for minute in minutes
    ]
    clocks = _listed(dates.da_time(clock) for clock in sorted(call.time() for call in calls))
    return f"{_days(schedule, calls[0], day)} kl. {clocks}"


def _every(seconds: int) -> str:
    size, every, unit = next(row for row in UNITS if seconds % row[0] == 0)
    return f"{every} {unit}" if seconds == size else f"{every} {seconds // size}. {unit}"


def _days(schedule: crontab, call: datetime, day: date) -> str:
    if len(schedule.day_of_month) < 31 or len(schedule.month_of_year) < 12:
        months = [dates.MONTHS[number - 1] for number in sorted(schedule.month_of_year)]
        which = "hver måned" if len(months) == 12 else _listed(months)
        return f"den {_listed(f'{number}.' for number in sorted(schedule.day_of_month))} i {which}"
    if len(schedule.day_of_week) == 7:
        return "hver nat" if call.hour < MORNING else "hver dag"
    shift = (call.date() - day).days  # late in the evening by UTC is the next day here
    weekdays = sorted((number - 1 + shift) % 7 for number in schedule.day_of_week)  # Celery's Sunday is 0
    return f"hver {_listed(dates.WEEKDAYS[number] for number in weekdays)}"


def _listed(things: Iterable[object]) -> str:
    *first, last = map(str, things)
    return f"{', '.join(first)} og {last}" if first else last
