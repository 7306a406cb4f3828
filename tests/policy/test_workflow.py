"""Every state × step pair of a version: the legal ones move, all others are refused with a sentence."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.workflow import SYSTEM, StepNotOpen
from meetings.models import Decision
from policy import actions
from policy.enums import FROZEN, OPEN, PUBLISHED, State
from policy.models import ApprovalRoute, HearingPart, Version
from policy.permissions import RUN
from policy.workflow import VERSION_FLOW
from roles.enums import Role
from roles.models import User, today
from tests.desk import Desk, fresh
from tests.factories import make_user

STATES = list(State)
STEPS = list(VERSION_FLOW.steps)
SYSTEM_STEPS = ("enter_force", "supersede")
WRITERS = {"it_coordinator", "it_chief", "gdpr_unit"}
# Who may take the step with a guideline: the committee recommends, the municipal director decides.
MAY = {
    **dict.fromkeys(("hear", "end_hearing", "submit", "take_back", "discard", "restore"), WRITERS),
    "recommend": {"committee", "director"},
    "decide": {"director"}, "adopt": {"director"}, "withdraw": {"director"},
    "return": {"committee", "director"},
    **dict.fromkeys(SYSTEM_STEPS, set()),
}  # fmt: skip
BY = {key: next(iter(sorted(names, reverse=True)), "") for key, names in MAY.items()}


def take(version: Version, key: str, by: Any) -> Version:
    """The step, by whichever action takes it."""
    day = {"by": by, "decided_on": today(), "reference": "Punkt 7"}
    acts: dict[str, Callable[[], Version]] = {
        "hear": lambda: actions.open_hearing(version, [Role.LAWYER, Role.DPO], today() + timedelta(days=9), by=by),
        "end_hearing": lambda: actions.end_hearing(version, by=by),
        "submit": lambda: actions.submit(version, by=by),
        "take_back": lambda: actions.take_back(version, by=by, note="Ret afsnit 2."),
        "recommend": lambda: actions.recommend(version, **day),
        "decide": lambda: actions.decide(
            version, **day, statement="Følger afsnit 2.", effective_on=today() + timedelta(days=1)
        ),
        "adopt": lambda: actions.decide(version, **{**day, "decided_on": today() - timedelta(days=1)}, step="adopt"),
        "return": lambda: actions.send_back(version, by=by, note="Skriv afsnit 2 om."),
        "enter_force": lambda: actions.put_in_force(version),
        "supersede": lambda: VERSION_FLOW.move(version, "supersede", by=by, values={"ended_on": today()}),
        "withdraw": lambda: actions.withdraw(version, note="Fejl.", **day),
        "discard": lambda: actions.discard(version, by=by),
        "restore": lambda: actions.restore(version, by=by),
    }
    return fresh(acts[key]())


def make_ready(desk: Desk, version: Version, key: str) -> None:
    """What the step's conditions ask for beside the state."""
    if key == "end_hearing":
        for part in HearingPart.objects.filter(hearing__version=version):
            actions.answer_hearing(part, "", has_remarks=False, by=getattr(desk, part.role))
    if key == "submit":
        ApprovalRoute.objects.filter(kind=version.document.kind).update(needs_hearing=False)
    if key == "decide":
        ApprovalRoute.objects.filter(kind=version.document.kind).update(recommended_by="")
    if key == "enter_force":
        Version.objects.filter(pk=version.pk).update(effective_on=today())


def undone(act: Callable[[], Any]) -> None:
    """Do it in a transaction of its own, and roll that back."""
    with transaction.atomic():
        act()
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", STATES)
def test_each_step_is_open_from_its_own_states_only(desk: Desk, state: State) -> None:
    version = desk.at(state)
    for key in STEPS:
        by = SYSTEM if key in SYSTEM_STEPS else getattr(desk, BY[key])
        undone(lambda key=key, by=by: check_pair(desk, version, key, by))  # type: ignore[misc]


def check_pair(desk: Desk, version: Version, key: str, by: Any) -> None:
    step = VERSION_FLOW.steps[key]
    decisions = Decision.objects.count()
    if version.state not in step.sources:
        with pytest.raises(StepNotOpen, match="Det kan ikke ske nu: udgaven er »"):
            take(version, key, by)
        assert fresh(version).state == version.state
        assert Decision.objects.count() == decisions
        return
    make_ready(desk, version, key)
    moved = take(version, key, by)
    # what was decided before the portal applies at once
    assert moved.state == (State.IN_FORCE if key == "adopt" else step.target), key
    assert AuditEntry.objects.filter(action=f"policy.version.{key}", object_id=str(version.pk)).exists()
    assert moved.history.first().state == moved.state


@pytest.mark.parametrize("key", STEPS)
def test_only_the_right_people_take_a_step(desk: Desk, key: str) -> None:
    """Whoever has not the right to such steps is denied; whoever sits in another body is told who decides."""
    step = VERSION_FLOW.steps[key]
    version = desk.at(State(sorted(step.sources)[-1]))
    make_ready(desk, version, key)
    before = Decision.objects.count()
    for name in desk.town.holders:
        person = getattr(desk, name)
        if name in MAY[key]:
            undone(lambda person=person: take(version, key, person))  # type: ignore[misc]
            continue
        refusal = StepNotOpen if person.has_perm(step.permission, version) else PermissionDenied
        if key == "enter_force":  # `put_in_force` takes no person
            assert not person.has_perm(RUN, version)
            continue
        with pytest.raises(refusal):
            take(version, key, person)
    assert fresh(version).state == version.state
    assert Decision.objects.count() == before


@pytest.mark.parametrize("key", SYSTEM_STEPS)
def test_nobody_takes_a_step_of_the_portals_own(desk: Desk, key: str) -> None:
    version = desk.at(State(next(iter(VERSION_FLOW.steps[key].sources))))
    for name in desk.town.holders:
        person = getattr(desk, name)
        assert not person.has_perm(RUN, version)
        with pytest.raises(PermissionDenied):
            VERSION_FLOW.move(version, key, by=person)
        assert key not in {step.key for step, _ in VERSION_FLOW.open_to(person, version)}


def test_there_are_no_superusers(desk: Desk) -> None:
    with pytest.raises(TypeError):
        make_user("root", is_superuser=True)
    version = desk.at(State.SUBMITTED)
    assert not desk.administrator.has_perm("policy.view_drafts", version)
    assert not Version.objects.visible_to(desk.administrator).filter(pk=version.pk).exists()


@pytest.mark.parametrize("key", [step.key for step in VERSION_FLOW.steps.values() if step.needs_note])
def test_step_that_needs_a_reason_is_refused_without(desk: Desk, key: str) -> None:
    version = desk.at(State(sorted(VERSION_FLOW.steps[key].sources)[0]))
    acts: dict[str, Callable[[], Any]] = {
        "take_back": lambda: actions.take_back(version, by=desk.writer, note="  "),
        "return": lambda: actions.send_back(version, by=desk.director, note="  "),
        "withdraw": lambda: actions.withdraw(version, by=desk.director, note=" ", decided_on=today()),
    }
    decisions = Decision.objects.count()
    with pytest.raises(StepNotOpen, match="Skriv en begrundelse"):
        acts[key]()
    assert fresh(version).state == version.state
    assert Decision.objects.count() == decisions


@pytest.mark.parametrize("key", ["hear", "submit", "adopt"])
def test_empty_text_goes_nowhere(desk: Desk, key: str) -> None:
    version = desk.make(text=" \n")
    ApprovalRoute.objects.update(needs_hearing=False)
    with pytest.raises(StepNotOpen, match="Skriv teksten først"):
        take(version, key, getattr(desk, BY[key]))


def test_text_is_heard_first_where_the_route_says_so(desk: Desk) -> None:
    version = desk.make()
    with pytest.raises(StepNotOpen, match="Teksten skal i høring først"):
        actions.submit(version, by=desk.writer)
    ApprovalRoute.objects.filter(kind=version.document.kind).update(needs_hearing=False)
    assert actions.submit(version, by=desk.writer).state == State.SUBMITTED


def test_text_is_recommended_first_where_the_route_says_so(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    with pytest.raises(StepNotOpen, match="Informationssikkerhedsudvalget skal anbefale teksten først"):
        desk.decide(version)


def test_text_that_needs_no_recommendation_gets_none(desk: Desk) -> None:
    version = desk.submitted(desk.make("procedure"))
    with pytest.raises(StepNotOpen, match="skal ikke anbefales"):
        actions.recommend(version, by=desk.committee, decided_on=today())
    assert desk.decide(version).state == State.IN_FORCE


def test_deleted_draft_is_had_back_until_another_is_begun(desk: Desk) -> None:
    first = desk.at(State.DISCARDED)
    second = actions.start_version(first.document, by=desk.writer)
    with pytest.raises(StepNotOpen, match="begyndt på en ny udgave siden"):
        actions.restore(first, by=desk.writer)
    actions.discard(second, by=desk.writer)
    assert actions.restore(first, by=desk.writer).state == State.DRAFT


def test_deleted_draft_never_overtakes_what_has_come_into_force_since(desk: Desk) -> None:
    first = desk.at(State.DISCARDED)
    second = actions.start_version(first.document, by=desk.writer)
    actions.save_text(second, "Ny tekst.", title="Ny", by=desk.writer, revision=1)
    desk.in_force(fresh(second))
    with pytest.raises(StepNotOpen, match="begyndt på en ny udgave siden"):
        actions.restore(first, by=desk.writer)


def test_every_state_can_be_reached_and_only_what_ended_is_the_end() -> None:
    targets = {step.target for step in VERSION_FLOW.steps.values()}
    sources = set().union(*(step.sources for step in VERSION_FLOW.steps.values()))
    assert targets == set(STATES)
    assert set(STATES) - sources == {State.SUPERSEDED, State.WITHDRAWN}
    assert set(OPEN).isdisjoint(PUBLISHED)
    assert set(PUBLISHED) < set(FROZEN)


def test_steps_shown_are_those_that_lead_on_from_here(desk: Desk) -> None:
    version = desk.make()
    shown = {step.key: why for step, why in VERSION_FLOW.open_to(desk.writer, version)}
    assert set(shown) == {"hear", "submit", "discard"}
    assert shown["hear"] is None
    assert shown["submit"] == "Teksten skal i høring først."
    assert list(VERSION_FLOW.open_to(desk.employee, version)) == []


def locked_before_the_audit_trail(act: Callable[[], object]) -> tuple[set[str], set[str]]:
    """The tables read before the trail's lock was taken, and those whose rows were changed after it."""
    with CaptureQueriesContext(connection) as queries:
        act()
    lines = [query["sql"] for query in queries.captured_queries]
    lock = next(place for place, line in enumerate(lines) if "SELECT seq, hash FROM kit_auditentry" in line)
    read = {line.split(' FROM "')[1].split('"')[0] for line in lines[:lock] if ' FROM "' in line}
    changed = {line.split('"')[1] for line in lines[lock:] if line.startswith(("UPDATE", "DELETE"))}
    return read, changed


def test_nothing_is_waited_for_behind_the_audit_trail(desk: Desk) -> None:
    """All writers queue behind its lock: who held it and waited for a row of theirs would be shot by PostgreSQL."""
    heard, ready, applies = desk.hear(desk.make()), desk.recommended(desk.make()), desk.in_force(desk.make())
    acts: tuple[Callable[[], object], ...] = (
        lambda: actions.take_back(heard, by=desk.writer, note="Igen."),
        lambda: actions.take_back(ready, by=desk.writer, note="Igen."),
        lambda: desk.decide(ready),
        lambda: actions.reapprove(applies, by=desk.committee, decided_on=today()),
        lambda: actions.withdraw(applies, by=desk.director, note="Fejl.", decided_on=today()),
    )
    for act in acts:
        with transaction.atomic():
            read, changed = locked_before_the_audit_trail(act)
            assert {"policy_document", "policy_version", "duties_duty"} <= read
            assert changed <= read
            transaction.set_rollback(True)


def test_history_tells_who_moved_it_and_why(desk: Desk) -> None:
    version = actions.take_back(desk.submitted(desk.make()), by=desk.writer, note="Afsnit 2 er uklart.")
    last = version.history.first()
    assert (last.history_user, last.history_change_reason) == (
        User.objects.get(pk=desk.writer.pk),
        "Afsnit 2 er uklart.",
    )


@pytest.mark.parametrize("state", STATES)
def test_nobody_ticks_off_what_the_work_itself_closes(desk: Desk, state: State) -> None:
    """Every duty about a version ends with a step, so none is left behind where the version has ended."""
    version = desk.at(state)
    duties = Duty.objects.filter(content_type=ContentType.objects.get_for_model(Version), object_id=str(version.pk))
    assert not duties.filter(by_hand=True).exists()
    if state in (State.DRAFT, State.DISCARDED, State.SUPERSEDED, State.WITHDRAWN):
        assert not duties.open().exists()
