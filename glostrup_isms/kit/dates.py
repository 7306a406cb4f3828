"""Moments in UTC, days in Copenhagen. Deadlines in hours, working days, and dates in Danish words."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings
from django.utils import timezone

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni",
    "juli", "august", "september", "oktober", "november", "december",
)  # fmt: skip
WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")


class TimeDoesNotExist(ValueError):
    """The clock jumps over this local time (spring). The message is a Danish sentence."""


class TimeIsAmbiguous(ValueError):
    """This local time comes twice (autumn). `choices` is (fold, Danish label) for a form; the message asks which."""

    choices = ((0, "Første gang, før uret blev stillet tilbage"), (1, "Anden gang, efter at uret blev stillet tilbage"))


# ── Deadlines in hours ───────────────────────────────────────────────────────────────────────────


def authority_period(day: date) -> timedelta:
    """How long the municipality has when it became aware on `day` (Copenhagen). settings.AUTHORITY_DEADLINES.

    A day before the first of them gets the first: an old event found late must not be refused.
    """
    in_force = [row for row in settings.AUTHORITY_DEADLINES if row[0] <= day]
    return (max(in_force) if in_force else min(settings.AUTHORITY_DEADLINES))[1]


def deadline(aware_at: datetime) -> datetime:
    """When the authority must have been told, in UTC: elapsed hours from awareness.

    Weekends, holidays and clock changes do not move it. GDPR art. 33(1); Regulation 1182/71 art. 3(3)-(4).
    """
    return _aware(aware_at).astimezone(UTC) + authority_period(local_date(aware_at))


# ── Local time ───────────────────────────────────────────────────────────────────────────────────


def local(moment: datetime) -> datetime:
    return _aware(moment).astimezone(COPENHAGEN)


def local_date(moment: datetime) -> date:
    return local(moment).date()


def today() -> date:
    return local_date(timezone.now())


def parse_local(day: date, clock: time, fold: int | None = None) -> datetime:
    """The UTC moment of a Copenhagen wall time. Raises TimeDoesNotExist, or TimeIsAmbiguous unless `fold` says which.

    A year outside 1900-2199 is a ValueError; all messages are Danish sentences.
    """
    if not 1900 <= day.year < 2200:
        raise ValueError("Årstallet skal ligge mellem 1900 og 2199.")
    first, second = (datetime.combine(day, clock, COPENHAGEN).replace(fold=which) for which in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(COPENHAGEN).replace(tzinfo=None) != first.replace(tzinfo=None):
        raise TimeDoesNotExist(
            f"Klokken {da_time(clock)} findes ikke den {da_date(day)}: uret stilles frem. Vælg et andet tidspunkt."
        )
    if fold is None:
        raise TimeIsAmbiguous(
            f"Klokken {da_time(clock)} kommer to gange den {da_date(day)}, fordi uret stilles tilbage. Hvilken?"
        )
    return (second if fold else first).astimezone(UTC)


def _aware(moment: datetime) -> datetime:
    if timezone.is_naive(moment):
        raise ValueError("a moment needs a time zone")
    return moment


# ── Working days: for duties only, never for the deadline above ─────────────────────────────────


@lru_cache(maxsize=64)
def _holidays(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("DK", years=year, language="da"))


def holiday_name(day: date) -> str | None:
    return _holidays(day.year).get(day)


def is_working_day(day: date) -> bool:
    """Monday to Friday, no public holiday, none of the municipality's own closed days (settings.CLOSED_DAYS)."""
    return day.weekday() < 5 and not holiday_name(day) and day not in settings.CLOSED_DAYS


def add_working_days(day: date, count: int) -> date:
    """`count` working days after `day` (before it when negative); `day` itself when 0."""
    step = timedelta(days=1 if count > 0 else -1)
    while count:
        day += step
        if is_working_day(day):
            count -= 1 if count > 0 else -1
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; 0 when `end` is not later."""
    return sum(is_working_day(start + timedelta(days=number)) for number in range(1, (end - start).days + 1))


# ── In Danish ────────────────────────────────────────────────────────────────────────────────────


def da_date(day: date | datetime) -> str:
    """3. november 2026"""
    if isinstance(day, datetime):
        day = local_date(day)
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"


def da_time(moment: time | datetime) -> str:
    """14.30"""
    if isinstance(moment, datetime):
        moment = local(moment).time()
    return f"{moment.hour}.{moment.minute:02}"


def da_datetime(moment: datetime) -> str:
    """3. november 2026 kl. 14.30"""
    return f"{da_date(moment)} kl. {da_time(moment)}"


def duration_in_words(length: timedelta) -> str:
    """The two largest units: "2 dage og 3 timer", "45 minutter", "under et minut"."""
    minutes = abs(length) // timedelta(minutes=1)
    amounts = (
        (minutes // 1440, "dag", "dage"),
        (minutes // 60 % 24, "time", "timer"),
        (minutes % 60, "minut", "minutter"),
    )
    first = next((place for place, (number, *_) in enumerate(amounts) if number), None)
    if first is None:
        return "under et minut"
    return " og ".join(_counted(*amount) for amount in amounts[first : first + 2] if amount[0])


def relative_in_words(moment: datetime, now: datetime | None = None) -> str:
    """The largest unit, rounded down: "om 2 timer", "for 3 dage siden", "for et øjeblik siden"."""
    distance = _aware(moment) - (now or timezone.now())
    minutes = abs(distance) // timedelta(minutes=1)
    days = minutes // 1440
    if days >= 730:
        words = _counted(days // 365, "år", "år")
    elif days >= 60:
        words = _counted(days // 30, "måned", "måneder")
    elif days:
        words = _counted(days, "dag", "dage")
    elif minutes >= 60:
        words = _counted(minutes // 60, "time", "timer")
    else:
        words = _counted(minutes, "minut", "minutter") if minutes else "et øjeblik"
    return f"om {words}" if distance > timedelta(0) else f"for {words} siden"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
