"""What people do with a duty: every state and step, what is asked for, who may, and what it leaves behind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from duties import actions
from duties.actions import Changed, create_duty, drop, finish, finish_duty, hand_on, postpone, reopen, write
from duties.enums import Kind, Result, State
from duties.models import Duty
from duties.workflow import DUTY_FLOW
from glostrup_isms.kit import files
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.workflow import SYSTEM, StepNotOpen
from roles.enums import Role
from roles.models import Absence, User, today
from tests.factories import Town

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


@pytest.fixture
def duty(town: Town) -> Duty:
    return ask(town)


def ask(town: Town, **fields: Any) -> Duty:
    values = {
        "due_on": today() + timedelta(days=10), "dedup_key": "a", "holder": town.leader, "kind": Kind.YEAR,
        "unit": town.home_care, "is_discreet": False,
    }  # fmt: skip
    return create_duty("Gennemgå nøglelisten", **(values | fields))


def in_state(duty: Duty, state: State) -> Duty:
    if state == State.DONE:
        return finish_duty(duty, by=fresh(duty.holder))
    return finish_duty(duty, by=None) if state == State.DROPPED else duty


def evidence(name: str = "referat.txt") -> files.StoredFile:
    return files.store(SimpleUploadedFile(name, b"Gennemgang", "text/plain"), keep_for=files.KEEP)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("key", list(DUTY_FLOW.steps))
def test_every_state_and_step(town: Town, duty: Duty, state: State, key: str) -> None:
    duty = in_state(duty, state)
    step = DUTY_FLOW.steps[key]
    values: dict[str, Any] = {"done_at": None if step.target == State.OPEN else datetime.now(UTC)}
    if state in step.sources:
        assert DUTY_FLOW.move(duty, key, by=SYSTEM, note="Fordi", values=values).state == step.target
        return
    with pytest.raises(StepNotOpen, match="Det kan ikke ske nu"):
        DUTY_FLOW.move(duty, key, by=SYSTEM, note="Fordi", values=values)
    assert Duty.objects.get(pk=duty.pk).state == state


@pytest.mark.parametrize("key", ["settle", "lapse"])
def test_nobody_takes_the_steps_of_the_portal(town: Town, duty: Duty, key: str) -> None:
    for person in (town.leader, town.director, town.gdpr, town.administrator):
        with pytest.raises(PermissionDenied):
            DUTY_FLOW.move(duty, key, by=fresh(person))


ACTS = {
    "finish": lambda duty, by: finish(duty, by=by),
    "hand_on": lambda duty, by: hand_on(duty, User.objects.get(username="teacher"), by=by),
    "postpone": lambda duty, by: postpone(duty, duty.due_on + DAY, by=by, note="Ferie"),
    "drop": lambda duty, by: drop(duty, by=by, note="Ikke relevant"),
    "write": lambda duty, by: write(duty, by=by, text="Et ord"),
}
MAY = {
    "leader": {"finish", "hand_on", "postpone", "write"},
    "health_chief": {"hand_on", "postpone", "write"},
    "director": {"hand_on", "postpone", "write"},
    "gdpr": {"hand_on", "postpone", "write", "drop"},
    "dpo": set(),
    "employee": set(),
    "school_leader": set(),
    "children_chief": set(),
    "administrator": set(),
}


@pytest.mark.parametrize("name", list(MAY))
@pytest.mark.parametrize("act", list(ACTS))
def test_who_may_do_what_with_a_leaders_duty(town: Town, duty: Duty, name: str, act: str) -> None:
    person = fresh(getattr(town, name))
    if act in MAY[name]:
        ACTS[act](duty, person)
        assert Duty.objects.get(pk=duty.pk).entries.exists()
        return
    with pytest.raises(PermissionDenied):
        ACTS[act](duty, person)
    assert not duty.entries.exists()


def test_deputy_of_an_absent_holder_does_it_for_her(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(holder_role=Role.LEADER)
    duty.refresh_from_db()
    with pytest.raises(PermissionDenied):
        finish(duty, by=fresh(town.deputy))
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today() + DAY)
    assert duty in Duty.objects.held_by(fresh(town.deputy))
    assert finish(duty, by=fresh(town.deputy)).done_by == town.deputy


def test_finished_duty_has_who_when_and_one_trace(town: Town, duty: Duty) -> None:
    done = finish(duty, by=fresh(town.leader), text="Alle nøgler er her.")
    assert (done.state, done.done_by) == (State.DONE, town.leader)
    assert done.entries.get().text == "Alle nøgler er her."
    assert AuditEntry.objects.filter(action="duties.duty.finish").count() == 1
    assert done.history.first().history_user == town.leader


def test_duty_that_wants_a_result_is_not_done_without(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(needs_result=True)
    with pytest.raises(ValidationError, match="Vælg, hvad kontrollen viste"):
        finish(duty, by=fresh(town.leader))
    with pytest.raises(ValidationError, match="hvilke kritiske fejl"):
        finish(duty, by=fresh(town.leader), result=Result.CRITICAL)
    assert finish(duty, by=fresh(town.leader), result=Result.CRITICAL, text="Døren står åben.").result == "critical"


def test_duty_that_wants_evidence_is_not_done_without(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(needs_evidence=True)
    with pytest.raises(ValidationError, match="Vedhæft"):
        finish(duty, by=fresh(town.leader))
    done = finish(duty, by=fresh(town.leader), uploads=[evidence()])
    assert done.entries.get().files.get().stored.original_name == "referat.txt"


def test_evidence_given_before_counts(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(needs_evidence=True)
    write(duty, by=fresh(town.leader), text="", uploads=[evidence()])
    assert finish(duty, by=fresh(town.leader)).state == State.DONE


def test_duty_that_may_not_be_worked_ahead_waits_for_its_day(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(works_ahead=False, opens_on=today() + DAY)
    with pytest.raises(StepNotOpen, match="kan først udføres fra"):
        finish(Duty.objects.get(pk=duty.pk), by=fresh(town.leader))
    with time_machine.travel(datetime.now(UTC) + DAY):
        assert finish(Duty.objects.get(pk=duty.pk), by=fresh(town.leader)).state == State.DONE


def test_duty_that_may_be_worked_ahead_is_done_before_it_opens(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(works_ahead=True, opens_on=today() + DAY)
    assert finish(Duty.objects.get(pk=duty.pk), by=fresh(town.leader)).state == State.DONE


def test_what_the_work_closes_is_neither_ticked_off_nor_moved(town: Town) -> None:
    duty = ask(town, by_hand=False)
    for act in ("finish", "postpone"):
        with pytest.raises(StepNotOpen, match="lukker sig selv"):
            ACTS[act](duty, fresh(town.leader))


def test_day_that_the_law_gives_is_not_moved(town: Town) -> None:
    duty = ask(town, is_statutory=True)
    with pytest.raises(StepNotOpen, match="Fristen står i loven"):
        ACTS["postpone"](duty, fresh(town.leader))


@pytest.mark.parametrize("days", [-20, 0, 10, 400])
def test_day_is_moved_onward_and_not_for_ever(town: Town, duty: Duty, days: int) -> None:
    with pytest.raises(ValidationError):
        postpone(duty, today() + timedelta(days=days), by=fresh(town.leader), note="Ferie")


def test_postponing_needs_a_reason_and_keeps_it(town: Town, duty: Duty) -> None:
    later = duty.due_on + timedelta(days=5)
    with pytest.raises(StepNotOpen, match="Skriv en begrundelse"):
        postpone(duty, later, by=fresh(town.leader), note=" ")
    moved = postpone(duty, later, by=fresh(town.leader), note="Systemet er nede.")
    assert moved.due_on == later
    assert moved.entries.get().text == "Systemet er nede."


def test_colleague_has_it_and_the_giver_no_more(town: Town, duty: Duty) -> None:
    hand_on(duty, town.employee, by=fresh(town.leader), text="Du kender nøglerne.")
    assert duty in Duty.objects.held_by(fresh(town.employee))
    assert duty not in Duty.objects.held_by(fresh(town.leader))
    assert duty in Duty.objects.visible_to(fresh(town.leader)).under(fresh(town.leader)), "she leads the unit"


def test_shared_duty_is_taken_by_one(town: Town) -> None:
    duty = ask(town, holder=None, role=Role.GDPR_UNIT, unit=None)
    hand_on(duty, fresh(town.gdpr), by=fresh(town.gdpr))
    assert duty not in Duty.objects.held_by(fresh(town.gdpr2))
    assert duty.entries.get().sentence == "Grethe GDPR: Tog opgaven."


def test_discreet_duty_is_not_handed_to_one_who_may_not_see_its_thing(town: Town) -> None:
    duty = ask(town, is_discreet=True)
    with pytest.raises(StepNotOpen, match="kan ikke gives videre"):
        hand_on(duty, town.employee, by=fresh(town.leader))


def test_nobody_gets_what_is_kept_from_her_nor_one_who_has_left(town: Town) -> None:
    duty = ask(town, kept_from=[town.teacher.pk])
    User.objects.filter(pk=town.employee.pk).update(is_active=False)
    for to in (fresh(town.teacher), fresh(town.employee), fresh(town.leader)):
        with pytest.raises(ValidationError):
            hand_on(duty, to, by=fresh(town.leader))


def test_tick_by_mistake_is_undone_for_a_month(town: Town, duty: Duty) -> None:
    done = finish(duty, by=fresh(town.leader), text="Ups")
    again = reopen(done, by=fresh(town.leader))
    assert (again.state, again.done_at, again.done_by, again.result) == (State.OPEN, None, None, "")
    done = finish(again, by=fresh(town.leader))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)), pytest.raises(StepNotOpen, match="en måned"):
        reopen(done, by=fresh(town.leader))


def test_stale_page_changes_nothing(town: Town, duty: Duty) -> None:
    seen = duty.revision
    hand_on(duty, town.employee, by=fresh(town.leader), seen=seen)
    for act in (
        lambda: finish(duty, by=fresh(town.employee), seen=seen),
        lambda: postpone(duty, duty.due_on + DAY, by=fresh(town.employee), note="x", seen=seen),
        lambda: drop(duty, by=fresh(town.gdpr), note="x", seen=seen),
        lambda: hand_on(duty, town.teacher, by=fresh(town.employee), seen=seen),
    ):
        with pytest.raises(Changed):
            act()


def test_empty_comment_is_refused_and_nothing_is_written_in_what_lapsed(town: Town, duty: Duty) -> None:
    with pytest.raises(ValidationError, match="Skriv en kommentar"):
        write(duty, by=fresh(town.leader), text="  ")
    finish_duty(duty, by=None)
    with pytest.raises(ValidationError, match="bortfaldet"):
        write(duty, by=fresh(town.leader), text="Et ord")


def test_every_action_is_exported() -> None:
    assert all(hasattr(actions, name) for name in actions.__all__)


# ── Who sees ─────────────────────────────────────────────────────────────────────────────────────


def seers(town: Town, duty: Duty) -> set[str]:
    return {person.username for person in User.objects.all() if duty in Duty.objects.visible_to(fresh(person))}


def test_leaders_duty_is_seen_up_her_line_and_by_those_who_follow_the_year(town: Town, duty: Duty) -> None:
    assert seers(town, duty) == {"leader", "health_chief", "director", "gdpr", "gdpr2", "dpo"}


def test_discreet_duty_is_seen_by_its_holder_and_the_gdpr_unit(town: Town) -> None:
    assert seers(town, ask(town, is_discreet=True)) == {"leader", "gdpr", "gdpr2"}


def test_what_is_kept_from_somebody_she_never_sees(town: Town) -> None:
    duty = ask(town, kept_from=[town.gdpr.pk, town.health_chief.pk, town.director.pk])
    assert seers(town, duty) == {"leader", "gdpr2", "dpo"}


def test_person_whose_account_is_closed_sees_none(town: Town, duty: Duty) -> None:
    User.objects.filter(pk=town.leader.pk).update(is_active=False)
    assert "leader" not in seers(town, duty)
