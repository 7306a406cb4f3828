"""Deadlines, local time, working days and Danish words."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from glostrup_isms.kit import dates
from glostrup_isms.kit.dates import COPENHAGEN

moments = st.datetimes(datetime(2026, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))


@hypothesis_settings(max_examples=2000, deadline=None)
@given(moments)
def test_the_deadline_is_always_259200_seconds_after_awareness(aware_at):
    # Weekends, holidays and clock changes are all hit by 2,000 random instants.
    assert (dates.deadline(aware_at) - aware_at).total_seconds() == 259_200
    assert dates.deadline(aware_at.astimezone(COPENHAGEN)) == dates.deadline(aware_at)
    assert dates.deadline(aware_at).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("aware", "shown"),
    [
        (datetime(2027, 3, 27, 12), "30. marts 2027 kl. 13.00"),
        (datetime(2027, 10, 30, 12), "2. november 2027 kl. 11.00"),
        (datetime(2026, 12, 24, 9, 5), "27. december 2026 kl. 9.05"),
        (datetime(2026, 4, 2, 16), "5. april 2026 kl. 16.00"),
    ],
)
def test_named_instants_across_clock_changes_and_holidays(aware, shown):
    aware_at = dates.parse_local(aware.date(), aware.time())
    assert dates.da_datetime(dates.deadline(aware_at)) == shown


def test_a_time_that_comes_twice_asks_which():
    day, clock = date(2027, 10, 31), time(2, 30)
    with pytest.raises(dates.TimeIsAmbiguous, match="2.30 kommer to gange den 31. oktober 2027") as error:
        dates.parse_local(day, clock)
    assert [fold for fold, _ in error.value.choices] == [0, 1]
    assert dates.parse_local(day, clock, fold=0) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert dates.parse_local(day, clock, fold=1) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("fold", [None, 0, 1])
def test_a_time_that_does_not_exist_is_refused_with_an_explanation(fold):
    with pytest.raises(dates.TimeDoesNotExist, match="2.30 findes ikke den 28. marts 2027"):
        dates.parse_local(date(2027, 3, 28), time(2, 30), fold=fold)


@pytest.mark.parametrize("year", [1, 1899, 2200, 9999])
def test_a_year_out_of_reach_is_refused_with_a_sentence(year):
    with pytest.raises(ValueError, match="Årstallet"):
        dates.parse_local(date(year, 1, 1), time(0, 0))


@given(moments)
def test_local_times_survive_the_round_trip(moment):
    moment = moment.replace(microsecond=0)
    shown = dates.local(moment)
    assert dates.parse_local(shown.date(), shown.time(), fold=shown.fold) == moment


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        dates.deadline(datetime(2026, 11, 24, 12))


def test_the_deadline_in_force_on_the_local_day_of_awareness_counts(settings):
    settings.AUTHORITY_DEADLINES = (
        (date(2028, 1, 1), timedelta(hours=96)),
        (date(2018, 5, 25), timedelta(hours=72)),
    )
    still_2027_in_utc = datetime(2027, 12, 31, 23, 30, tzinfo=UTC)
    assert dates.deadline(still_2027_in_utc) - still_2027_in_utc == timedelta(hours=96)
    an_hour_before = still_2027_in_utc - timedelta(hours=1)
    assert dates.deadline(an_hour_before) - an_hour_before == timedelta(hours=72)
    long_ago = datetime(2011, 3, 1, tzinfo=UTC)  # before the first rule: an old event found late is not refused
    assert dates.deadline(long_ago) - long_ago == timedelta(hours=72)


def test_danish_holidays_and_no_prayer_day_since_2024():
    names = {
        date(2027, 1, 1), date(2027, 3, 25), date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 6),
        date(2027, 5, 17), date(2026, 12, 25), date(2026, 12, 26), date(2023, 5, 5),
    }  # fmt: skip
    assert all(dates.holiday_name(day) for day in names)
    assert not any(
        dates.holiday_name(day) for day in (date(2024, 4, 26), date(2027, 4, 23), date(2027, 5, 1), date(2027, 6, 5))
    )
    assert dates.holiday_name(date(2026, 12, 25)) == "Juledag"


def test_working_days_skip_weekends_holidays_and_closed_days(settings):
    assert dates.add_working_days(date(2027, 3, 24), 1) == date(2027, 3, 30)  # Easter
    assert dates.add_working_days(date(2027, 3, 30), -1) == date(2027, 3, 24)
    assert dates.add_working_days(date(2026, 11, 28), 0) == date(2026, 11, 28)
    assert dates.working_days_between(date(2026, 11, 20), date(2026, 11, 27)) == 5
    assert dates.working_days_between(date(2026, 11, 27), date(2026, 11, 20)) == 0
    assert dates.is_working_day(date(2026, 12, 24))
    settings.CLOSED_DAYS = (date(2026, 12, 24),)
    assert not dates.is_working_day(date(2026, 12, 24))


@given(st.dates(date(2026, 1, 1), date(2036, 1, 1)), st.integers(-60, 60))
def test_adding_working_days_counts_them(day, count):
    result = dates.add_working_days(day, count)
    assert dates.working_days_between(day, result) == max(count, 0)
    assert count == 0 or dates.is_working_day(result)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "under et minut"),
        (timedelta(minutes=1), "1 minut"),
        (timedelta(hours=1), "1 time"),
        (timedelta(hours=2, minutes=5), "2 timer og 5 minutter"),
        (timedelta(days=1, minutes=7), "1 dag"),
        (timedelta(hours=72), "3 dage"),
        (-timedelta(days=2, hours=3), "2 dage og 3 timer"),
    ],
)
def test_durations_in_words(length, words):
    assert dates.duration_in_words(length) == words


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(hours=2, minutes=59), "om 2 timer"),
        (-timedelta(days=3), "for 3 dage siden"),
        (-timedelta(seconds=5), "for et øjeblik siden"),
        (timedelta(0), "for et øjeblik siden"),
        (timedelta(minutes=1), "om 1 minut"),
        (-timedelta(days=65), "for 2 måneder siden"),
        (timedelta(days=800), "om 2 år"),
    ],
)
def test_moments_relative_to_now(distance, words):
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert dates.relative_in_words(now + distance, now) == words


def test_template_filters_speak_danish_and_keep_silent_about_nothing():
    page = Template(
        "{% load danish %}{{ at|da_datetime }}|{{ at|da_date }}|{{ at|da_time }}|{{ left|in_words }}|{{ old|in_words }}"
        "|{{ number|da_number }}|{{ part|da_number }}|{{ none|da_datetime }}{{ none|in_words }}{{ none|da_number }}"
    )
    shown = page.render(
        Context(
            {
                "at": datetime(2026, 11, 3, 13, 30, tzinfo=UTC), "left": timedelta(hours=5), "number": 1234567,
                "old": datetime(2000, 1, 1, tzinfo=UTC), "part": 1234.5, "none": None,
            }
        )
    )  # fmt: skip
    assert shown.startswith("3. november 2026 kl. 14.30|3. november 2026|14.30|5 timer|for ")
    assert shown.endswith(" år siden|1.234.567|1.234,5|")
