"""Dates, times, durations and numbers the Danish way. Empty values show as nothing."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import wraps
from typing import Any

from django import template

from glostrup_isms.kit import dates

register = template.Library()


def _unless_empty(show: Callable[[Any], str]) -> Callable[[Any], str]:
    @wraps(show)
    def filtered(value: Any) -> str:
        return "" if value is None or value == "" else show(value)

    return filtered


@register.filter
@_unless_empty
def da_date(value: date | datetime) -> str:
    return dates.da_date(value)


@register.filter
@_unless_empty
def da_time(value: time | datetime) -> str:
    return dates.da_time(value)


@register.filter
@_unless_empty
def da_datetime(value: datetime) -> str:
    return dates.da_datetime(value)


@register.filter
@_unless_empty
def in_words(value: timedelta | datetime) -> str:
    """A length ("2 dage og 3 timer") or a moment ("om 2 timer", "for 3 dage siden")."""
    return dates.duration_in_words(value) if isinstance(value, timedelta) else dates.relative_in_words(value)


@register.filter
@_unless_empty
def da_number(value: int | float | Decimal) -> str:
    """1234567.5 → 1.234.567,5"""
    return f"{value:,}".translate(str.maketrans(",.", ".,"))
