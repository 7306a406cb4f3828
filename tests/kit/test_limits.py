"""Limits hold in any stretch of time, for the right address, and keep no address."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory

from glostrup_isms.kit import limits
from glostrup_isms.kit.limits import RateCount

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REPORT = ((5, MINUTE), (60, HOUR))


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2026, 11, 24, 12, 0, 7, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.mark.django_db
def test_the_sixth_in_a_minute_waits_and_waiting_helps(clock):
    assert [limits.hit("report", "192.0.2.1", *REPORT) for _ in range(5)] == [None] * 5
    wait = limits.hit("report", "192.0.2.1", *REPORT)
    assert 60 <= wait <= 70
    clock.shift(wait - 1)
    assert limits.hit("report", "192.0.2.1", *REPORT) == 1
    clock.shift(1)
    assert limits.hit("report", "192.0.2.1", *REPORT) is None


@pytest.mark.django_db
def test_no_stretch_of_a_window_length_lets_more_through(clock):
    allowed, now = [], 0
    for step in range(1500):
        now += step % 7
        if limits.hit("report", "192.0.2.1", *REPORT) is None:
            allowed.append(now)
        clock.shift((step + 1) % 7)
    assert len(allowed) > 60
    for start in allowed:
        assert sum(start <= moment < start + 60 for moment in allowed) <= 5
        assert sum(start <= moment < start + 3600 for moment in allowed) <= 60


@pytest.mark.django_db
def test_the_longer_rule_holds_too(clock):
    for _ in range(60):
        assert limits.hit("report", "192.0.2.1", *REPORT) is None
        clock.shift(20)
    assert limits.hit("report", "192.0.2.1", *REPORT) > 2000


@pytest.mark.django_db
def test_names_and_values_are_counted_apart(clock):
    assert limits.hit("report", "192.0.2.1", (1, MINUTE)) is None
    assert limits.hit("report", "192.0.2.1", (1, MINUTE)) is not None
    assert limits.hit("report", "192.0.2.2", (1, MINUTE)) is None
    assert limits.hit("login", "192.0.2.1", (1, MINUTE)) is None


@pytest.mark.django_db
def test_refused_hits_do_not_lengthen_the_wait(clock):
    limits.hit("report", "a", (1, MINUTE))
    waits = {limits.hit("report", "a", (1, MINUTE)) for _ in range(50)}
    assert len(waits) == 1


@pytest.mark.django_db
def test_no_address_is_stored_and_old_rows_go(clock):
    limits.hit("report", "192.0.2.1\0\ud800", (5, MINUTE))
    assert re.fullmatch("[0-9a-f]{64}", RateCount.objects.get().key_digest)
    assert limits.clear_out() == 0
    clock.shift(timedelta(days=2))
    assert limits.clear_out() == 1


@pytest.mark.django_db
def test_a_hit_costs_two_queries(django_assert_num_queries):
    with django_assert_num_queries(2):
        limits.hit("report", "192.0.2.1", *REPORT)


@pytest.mark.parametrize("rules", [(), ((5, timedelta(days=2)),)])
def test_rules_that_cannot_be_kept_are_refused(rules):
    with pytest.raises(ValueError, match="rule"):
        limits.hit("report", "a", *rules)


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_under_parallel_hits():
    def one(_):
        try:
            return limits.hit("report", "192.0.2.1", (5, HOUR))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(40)))
    # At the limit a hit may be refused because of one that is just being refused; none too many gets through.
    assert answers.count(None) <= 5
    assert sum(RateCount.objects.values_list("count", flat=True)) == answers.count(None)


@pytest.mark.parametrize(
    ("trusted", "remote", "forwarded", "address"),
    [
        (0, "192.0.2.1", None, "192.0.2.1"),
        (0, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (1, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1", "198.51.100.7, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (1, "10.0.0.1", "nonsense\0", "10.0.0.1"),
        (1, "10.0.0.1", "203.0.113.9:51234", "203.0.113.9"),
        (1, "10.0.0.1", "[2001:db8:1:2:3::4]:443", "2001:db8:1:2::/64"),
        (0, "2001:db8:1:2:ffff::4", None, "2001:db8:1:2::/64"),
        (0, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (0, "::1", None, "::1"),
        (0, "", None, "ukendt"),
    ],
)
def test_the_callers_address_cannot_be_invented(settings, trusted, remote, forwarded, address):
    settings.TRUSTED_PROXIES = trusted
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **headers)
    assert limits.client_address(request) == address
