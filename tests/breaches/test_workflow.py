"""Every state × step pair of a case: the legal ones move, all others are refused with a sentence."""

import re
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from breaches.actions import set_unit, set_verdict, take_step
from breaches.enums import ENDED, State, Verdict
from breaches.models import Breach, Event
from breaches.workflow import BREACH_FLOW
from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from roles.models import User
from tests.factories import Town, make_town, make_user

pytestmark = pytest.mark.django_db
STATES = list(State)
STEPS = list(BREACH_FLOW.steps)


@pytest.fixture
def town() -> Town:
    return make_town()


def case_in(town: Town, state: str, verdict: str = Verdict.YES) -> Breach:
    breach = town.report(by=town.employee).breach
    breach.state, breach.is_personal_data_breach = state, verdict
    breach.save()
    return breach


@pytest.mark.parametrize("key", STEPS)
@pytest.mark.parametrize("state", STATES)
def test_each_step_is_open_from_its_own_states_only(town: Town, state: str, key: str) -> None:
    breach = case_in(town, state)
    step = BREACH_FLOW.steps[key]
    if state in step.sources:
        assert take_step(breach, key, by=town.gdpr, note="Begrundelse.").state == step.target
        assert AuditEntry.objects.filter(action=f"breaches.breach.{key}").count() == 1
        assert Event.objects.filter(breach=breach, sentence__contains=step.label).exists()
    else:
        with pytest.raises(StepNotOpen, match="Det kan ikke ske nu"):
            take_step(breach, key, by=town.gdpr, note="Begrundelse.")
        assert Breach.objects.get(pk=breach.pk).state == state


@pytest.mark.parametrize("key", STEPS)
def test_only_the_gdpr_unit_moves_a_case(town: Town, key: str) -> None:
    step = BREACH_FLOW.steps[key]
    breach = case_in(town, next(iter(step.sources)))
    for person in (town.leader, town.employee, town.dpo, town.director, town.administrator):
        with pytest.raises(PermissionDenied):
            take_step(breach, key, by=person, note="Begrundelse.")


def test_there_are_no_superusers(town: Town) -> None:
    with pytest.raises(TypeError):
        make_user("root", is_superuser=True)
    breach = case_in(town, State.REPORTED)
    assert not Breach.objects.visible_to(town.administrator).exists()
    assert not town.administrator.has_perm("breaches.view_breach", breach)


@pytest.mark.parametrize("key", [step.key for step in BREACH_FLOW.steps.values() if step.needs_note])
def test_step_that_needs_a_reason_is_refused_without(town: Town, key: str) -> None:
    breach = case_in(town, next(iter(BREACH_FLOW.steps[key].sources)))
    with pytest.raises(StepNotOpen, match="Skriv en begrundelse"):
        take_step(breach, key, by=town.gdpr, note="  ")


def test_decision_waits_for_the_verdict(town: Town) -> None:
    breach = case_in(town, State.TRIAGE, Verdict.UNDECIDED)
    with pytest.raises(StepNotOpen, match="Afgør først"):
        take_step(breach, "decide", by=town.gdpr, note="Vi anmelder.")


def test_only_a_personal_data_breach_is_notified(town: Town) -> None:
    breach = case_in(town, State.DECIDED, Verdict.NO)
    with pytest.raises(StepNotOpen, match="Kun brud på persondatasikkerheden"):
        take_step(breach, "notify", by=town.gdpr, note="Ref. 1")


@pytest.mark.parametrize("state", [State.DECIDED, State.SUBJECTS_INFORMED, State.FOLLOW_UP])
def test_case_is_notified_once(town: Town, state: str) -> None:
    breach = case_in(town, state)
    assert breach.clock_runs
    breach = take_step(breach, "notify", by=town.gdpr, note="Ref. 1")
    notified_at = breach.notified_at
    assert notified_at is not None
    assert not breach.clock_runs
    for key in ("close", "reopen", "decide"):
        breach = take_step(breach, key, by=town.gdpr, note="Begrundelse.")
    shown = {step.key: why for step, why in BREACH_FLOW.open_to(town.gdpr, breach)}
    assert "Sagen er anmeldt til Datatilsynet" in str(shown["notify"])
    with pytest.raises(StepNotOpen, match="Sagen er anmeldt til Datatilsynet"):
        take_step(breach, "notify", by=town.gdpr, note="Ref. 2")
    assert Breach.objects.get().notified_at == notified_at


def test_history_knows_when_the_case_was_notified(town: Town) -> None:
    breach = take_step(case_in(town, State.DECIDED), "notify", by=town.gdpr, note="Ref. 1")
    assert breach.history.first().notified_at == breach.notified_at
    assert breach.version == Breach.objects.get().version


def test_database_holds_no_notified_case_without_its_time(town: Town) -> None:
    breach = case_in(town, State.DECIDED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Breach.objects.filter(pk=breach.pk).update(state=State.NOTIFIED)


def rows_touched_after_the_audit_lock(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        act()
    lines = [query["sql"] for query in queries.captured_queries]
    lock = next(place for place, line in enumerate(lines) if "SELECT seq, hash FROM kit_auditentry" in line)
    return [line for line in lines[lock:] if "kit_audit" not in line and re.match("INSERT|UPDATE|DELETE", line)]


def test_audit_trail_is_locked_last(town: Town) -> None:
    """All writers queue behind its lock: who held it and waited for a row of theirs would be shot by PostgreSQL."""
    User.objects.update(email="")  # being told without a mail address makes a duty of the administrator's too
    breach = town.report(leader_choice="wrong").breach
    steps = ("triage", "decide", "notify", "inform", "follow_up", "close", "reopen", "reject")
    set_verdict(breach, "yes", by=town.gdpr, reason="Ja.")
    for key in steps:
        assert not rows_touched_after_the_audit_lock(
            lambda key=key: take_step(breach, key, by=town.gdpr, note="Begrundelse.")  # type: ignore[misc]
        ), key
    take_step(breach, "reopen", by=town.gdpr, note="Begrundelse.")
    Duty.objects.filter(dedup_key__startswith="mail-missing").delete()
    assert not rows_touched_after_the_audit_lock(lambda: set_unit(breach, town.school, by=town.gdpr))
    assert Duty.objects.filter(dedup_key=f"leader-missing:{breach.pk}", state="done").exists()


def test_reporter_learns_that_the_case_ended(town: Town) -> None:
    take_step(case_in(town, State.REPORTED), "reject", by=town.gdpr, note="Det var en øvelse.")
    assert Message.objects.filter(kind="breach_ended", recipient=town.employee).count() == 1


def test_every_state_can_be_reached_and_left() -> None:
    targets = {step.target for step in BREACH_FLOW.steps.values()} | {State.REPORTED}
    sources = set().union(*(step.sources for step in BREACH_FLOW.steps.values()))
    assert targets == set(STATES)
    assert sources == set(STATES)
    assert set(ENDED) <= sources


def test_steps_shown_are_those_that_lead_on_from_here(town: Town) -> None:
    breach = case_in(town, State.TRIAGE, Verdict.UNDECIDED)
    shown = {step.key: why for step, why in BREACH_FLOW.open_to(town.gdpr, breach)}
    assert set(shown) == {"contain", "decide", "reject"}
    assert shown["contain"] is None
    assert "Afgør først" in shown["decide"]
    assert list(BREACH_FLOW.open_to(town.leader, breach)) == []
