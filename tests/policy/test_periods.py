"""Under any sequence of decisions and withdrawals, at most one text applies on a day, and it is the right one."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from time_machine import travel

from meetings.actions import WrongDecision
from policy import actions
from policy.enums import PUBLISHED, Kind, State
from policy.models import ApprovalRoute, Document, Version
from roles.models import today
from tests.desk import Desk, fresh

DAY = timedelta(days=1)
PERIOD = 12  # days from one step of a chain to the next, at most
# Days to wait, and then: a new version that is to apply so many days later, or (None) the one in force withdrawn.
chains = st.lists(st.tuples(st.integers(0, PERIOD), st.none() | st.integers(0, PERIOD)), min_size=1, max_size=6)


class Calendar:
    """What should have applied: the version's number by its first day, and the days on which it was withdrawn."""

    def __init__(self) -> None:
        self.begins: dict[date, int] = {}
        self.ends: list[date] = []

    def on(self, day: date) -> int | None:
        begun = [first for first in self.begins if first <= day]
        if not begun or any(max(begun) <= end <= day for end in self.ends):
            return None
        return self.begins[max(begun)]


@pytest.fixture
def short_way(desk: Desk) -> Desk:
    """A procedure that nobody is asked about, so that a chain is quickly made."""
    ApprovalRoute.objects.filter(kind=Kind.PROCEDURE).update(needs_hearing=False, needs_statement=False)
    return desk


def decide_next(desk: Desk, document: Document, effective_on: date, calendar: Calendar) -> None:
    if document.versions.open().exists():
        return
    version = actions.submit(actions.start_version(document, by=desk.writer), by=desk.writer)
    taken = [*calendar.begins, *(end - DAY for end in calendar.ends)]
    may = all(effective_on > day for day in taken)
    try:
        actions.decide(version, by=desk.director, decided_on=today(), effective_on=effective_on)
    except WrongDecision:
        assert not may
        actions.discard(actions.take_back(version, by=desk.writer, note="Dagen er optaget."), by=desk.writer)
    else:
        assert may
        calendar.begins[effective_on] = version.number


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chain=chains)
def test_at_most_one_text_applies_on_a_day(short_way: Desk, chain: list[tuple[int, int | None]]) -> None:
    with transaction.atomic():
        walk(short_way, chain)
        transaction.set_rollback(True)


def walk(desk: Desk, chain: list[tuple[int, int | None]]) -> None:
    document = desk.adopted(desk.make(Kind.PROCEDURE, "Adgange"), days_ago=PERIOD).document
    calendar = Calendar()
    calendar.begins[today() - PERIOD * DAY] = 1
    start = timezone.now()
    for wait, ahead in [*chain, (2 * PERIOD, None)]:
        start += wait * DAY
        with travel(start, tick=False):
            actions.put_due_in_force()
            document = Document.objects.get(pk=document.pk)
            if ahead is not None:
                decide_next(desk, document, today() + ahead * DAY, calendar)
            elif document.in_force:
                actions.withdraw(document.in_force, by=desk.director, note="Fejl.", decided_on=today())
                calendar.ends.append(today())
            check(document, calendar)


def check(document: Document, calendar: Calendar) -> None:
    """Every day until today."""
    rows = list(Version.objects.filter(document=document, state__in=PUBLISHED))
    for back in range(8 * PERIOD):
        day = today() - back * DAY
        found = document.applied_on(day)
        assert (found.number if found else None) == calendar.on(day), day
        applied = [one for one in rows if one.effective_on <= day and (one.ended_on is None or day < one.ended_on)]
        assert len(applied) <= 1, day
    document = fresh(rows[0]).document
    assert (document.in_force.number if document.in_force else None) == calendar.on(today())
    assert Version.objects.filter(document=document, state=State.IN_FORCE).count() <= 1
