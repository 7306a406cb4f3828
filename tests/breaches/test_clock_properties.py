"""The clock under any sequence of what people do.

The warnings that stand are those of the deadline as it is, and a case that has ended, been notified or found not to be
a breach warns nobody."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from breaches.actions import acknowledge, set_awareness, set_unit, set_verdict, take_due_steps, take_step
from breaches.enums import ENDED, StepKind
from breaches.models import Breach
from breaches.workflow import BREACH_FLOW
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db
SEQUENCES = int(os.environ.get("CLOCK_SEQUENCES", "60"))  # the full run: 2000


@pytest.fixture
def town() -> Town:
    return make_town()


def moves(town: Town) -> dict[str, Callable[[Breach, int], object]]:
    """What can happen to a case; the number makes each different."""
    made: dict[str, Callable[[Breach, int], object]] = {
        key: lambda breach, n, key=key: take_step(breach, key, by=town.gdpr, note="Begrundelse.")  # type: ignore[misc]
        for key in BREACH_FLOW.steps
    }
    made["yes"] = lambda breach, n: set_verdict(breach, "yes", by=town.gdpr, reason="Ja.")
    made["no"] = lambda breach, n: set_verdict(breach, "no", by=town.gdpr, reason="Nej.")
    made["aware"] = lambda breach, n: set_awareness(
        breach, timezone.now() - timedelta(hours=n), by=town.gdpr, reason="Rettet."
    )
    made["sweep"] = lambda breach, n: take_due_steps()
    made["receive"] = lambda breach, n: acknowledge(breach, by=town.leader if n % 2 else town.gdpr)
    made["place"] = lambda breach, n: set_unit(breach, town.school if n % 2 else town.home_care, by=town.gdpr)
    return made


def check(breach: Breach) -> None:
    live = list(breach.due_steps.filter(cancelled_at=None, kind=StepKind.CLOCK))
    waiting = [step for step in live if step.taken_at is None]
    answered = breach.state in ENDED or breach.is_personal_data_breach == "no" or breach.notified_at is not None
    assert breach.clock_runs is (breach.deadline_at is not None and not answered)
    assert Breach.objects.running().filter(pk=breach.pk).exists() is breach.clock_runs
    if not breach.clock_runs:
        assert waiting == []
        return
    times = {breach.deadline_at - left for left in settings.AUTHORITY_WARNINGS}
    assert {step.due_at for step in live} <= times
    future = {time for time in times if time > timezone.now() + timedelta(seconds=30)}
    assert future <= {step.due_at for step in waiting}


@hypothesis_settings(
    max_examples=SEQUENCES, deadline=None, derandomize="CLOCK_SEQUENCES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data(), hours=st.integers(0, 100))
def test_warnings_fit_the_deadline_after_any_sequence(town: Town, data: st.DataObject, hours: int) -> None:
    choices = moves(town)
    names = data.draw(st.lists(st.tuples(st.sampled_from(sorted(choices)), st.integers(0, 100)), max_size=8))
    with transaction.atomic():
        breach = town.report(by=town.employee, noticed_at=timezone.now() - timedelta(hours=hours)).breach
        for name, number in names:
            try:
                choices[name](breach, number)
            except (StepNotOpen, PermissionDenied):  # e.g. the leader of a unit that the case has left
                pass
            breach = Breach.objects.get(pk=breach.pk)
            check(breach)
        take_due_steps()
        breach = Breach.objects.get(pk=breach.pk)
        if breach.is_ended:
            assert not breach.due_steps.filter(cancelled_at=None, taken_at=None).exists()
        keys = list(Message.objects.values_list("dedup_key", flat=True))
        assert len(keys) == len(set(keys))
        transaction.set_rollback(True)
