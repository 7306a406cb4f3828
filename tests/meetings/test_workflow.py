"""Every state × step pair of a meeting and of a point: the legal ones move, all others are refused with a sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.enums import Choice, ItemState, MeetingState
from meetings.models import AgendaItem, Meeting
from meetings.workflow import ITEM_FLOW, MEETING_FLOW
from roles.models import User
from tests.meetings.hall import Hall, first, fresh

PREPARERS = {"gdpr_unit", "it_coordinator", "secretariat"}
MEMBERS = {"director", "committee", "second"}
MAY = {**dict.fromkeys(MEETING_FLOW.steps, PREPARERS), "approve": {"director"}}


def take(hall: Hall, meeting: Meeting, key: str, by: User) -> Meeting:
    acts: dict[str, Callable[[], Meeting]] = {
        "call": lambda: actions.call_meeting(meeting, by=by),
        "open": lambda: actions.open_meeting(meeting, hall.sheet(), by=by),
        "close": lambda: actions.close_meeting(meeting, by=by),
        "close_votes": lambda: actions.close_votes(meeting, by=by),
        "send_minutes": lambda: actions.send_minutes(meeting, by=by),
        "approve": lambda: actions.approve_minutes(meeting, by=by),
        "cancel": lambda: actions.cancel_meeting(meeting, by=by, note="For få kan."),
    }
    return fresh(acts[key]())


def ready(hall: Hall, meeting: Meeting, key: str) -> Meeting:
    """What the step's conditions ask for beside the state."""
    if key == "open":
        Meeting.objects.filter(pk=meeting.pk).update(starts_at=hall.in_days(-0.01), ends_at=hall.in_days(1))
    if key == "close":
        hall.settle(meeting)
    if key == "approve":
        actions.send_minutes(meeting, by=hall.gdpr_unit)
    return fresh(meeting)


def undone(act: Callable[[], Any]) -> None:
    with transaction.atomic():
        act()
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", list(MeetingState))
def test_each_step_is_open_from_its_own_states_only(hall: Hall, state: str) -> None:
    meeting = hall.at(state)
    for key, step in MEETING_FLOW.steps.items():
        by = hall.director if key == "approve" else hall.gdpr_unit

        def check(key: str = key, step: Any = step, by: User = by) -> None:
            if state not in step.sources or key == "close_votes":
                with pytest.raises(StepNotOpen):
                    take(hall, meeting, key, by)
                assert fresh(meeting).state == state
                return
            moved = take(hall, ready(hall, meeting, key), key, by)
            assert moved.state == step.target, key
            assert AuditEntry.objects.filter(action=f"meetings.meeting.{key}", object_id=str(meeting.pk)).exists()
            assert moved.history.first().state == moved.state

        undone(check)


@pytest.mark.parametrize("key", [key for key in MEETING_FLOW.steps if key != "close_votes"])
def test_only_the_right_people_take_a_step(hall: Hall, key: str) -> None:
    meeting = ready(hall, hall.at(next(iter(MEETING_FLOW.steps[key].sources))), key)
    for name in hall.town.holders:
        person = getattr(hall, name)
        if name in MAY[key]:
            undone(lambda person=person: take(hall, meeting, key, person))  # type: ignore[misc]
            continue
        with pytest.raises((PermissionDenied, StepNotOpen)):
            take(hall, meeting, key, person)
        assert fresh(meeting).state == meeting.state


def test_written_procedure_goes_from_the_vote_to_its_minutes(hall: Hall) -> None:
    meeting = hall.voting()
    with pytest.raises(StepNotOpen, match="skriftlig behandling uden møde"):
        actions.open_meeting(meeting, hall.sheet(), by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen, match="Vent, til alle har stemt"):
        actions.close_votes(meeting, by=hall.gdpr_unit)
    hall.vote(first(meeting), director=Choice.FOR, committee=Choice.FOR, second=Choice.AGAINST)
    moved = actions.close_votes(meeting, by=hall.gdpr_unit)  # all have voted
    assert moved.state == MeetingState.MINUTES


def test_meeting_without_points_calls_nobody(hall: Hall, sources: object) -> None:
    hall.body.__class__.objects.filter(pk=hall.body.pk).update(standing_items=[])
    with pytest.raises(StepNotOpen, match="mindst ét punkt"):
        hall.called()


def test_meeting_is_not_called_to_a_time_that_has_passed_nor_opened_before_its_day(hall: Hall) -> None:
    meeting = hall.plan()
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=hall.in_days(-1))
    with pytest.raises(StepNotOpen, match="Tiden er gået"):
        hall.call(meeting)
    with pytest.raises(StepNotOpen, match="kan først begynde"):
        actions.open_meeting(hall.called(20), hall.sheet(), by=hall.gdpr_unit)


def test_meeting_ends_when_every_point_is_settled(hall: Hall) -> None:
    meeting = hall.opened()
    with pytest.raises(StepNotOpen, match="ikke behandlet"):
        actions.close_meeting(meeting, by=hall.gdpr_unit)
    for item in meeting.items.all():
        actions.postpone_item(item, by=hall.gdpr_unit)
    assert actions.close_meeting(meeting, by=hall.gdpr_unit).state == MeetingState.MINUTES


def test_dprs_meetings_are_prepared_by_its_own(hall: Hall) -> None:
    """Whoever prepares the committee's meetings does not thereby prepare another body's."""
    assert hall.plan(kind="dpr", by=hall.it_chief).body.kind == "dpr"
    for name in ("gdpr_unit", "dpr", "director"):
        with pytest.raises(PermissionDenied, match="forberedes af"):
            hall.plan(20, kind="dpr", by=getattr(hall, name))


# ── Points ───────────────────────────────────────────────────────────────────────────────────────
def item_at(hall: Hall, meeting: Meeting, state: str) -> AgendaItem:
    item = first(meeting)
    if state == ItemState.DECIDED:
        return actions.conclude(item, words="Godt.", by=hall.gdpr_unit)
    if state == ItemState.POSTPONED:
        return actions.postpone_item(item, by=hall.gdpr_unit)
    if state == ItemState.WITHDRAWN:
        return actions.withdraw_item(item, by=hall.gdpr_unit, note="Ikke klar.")
    return item


@pytest.mark.parametrize("state", list(ItemState))
def test_each_step_of_a_point_is_open_from_its_own_states_only(hall: Hall, state: str) -> None:
    item = item_at(hall, hall.opened(), state)
    acts: dict[str, Callable[[], AgendaItem]] = {
        "decide": lambda: actions.conclude(item, words="Godt.", by=hall.gdpr_unit),
        "postpone": lambda: actions.postpone_item(item, by=hall.gdpr_unit),
        "withdraw": lambda: actions.withdraw_item(item, by=hall.gdpr_unit, note="Ikke klar."),
        "reopen": lambda: actions.reopen_item(item, by=hall.gdpr_unit),
    }
    assert set(acts) | {"reject"} == set(ITEM_FLOW.steps)
    for key, act in acts.items():
        step = ITEM_FLOW.steps[key]
        if state in step.sources:
            with transaction.atomic():
                assert act().state == step.target
                transaction.set_rollback(True)
        else:
            with pytest.raises(StepNotOpen, match="Det kan ikke ske nu: punktet er »"):
                act()


@pytest.mark.parametrize("state", list(MeetingState))
def test_points_move_only_while_their_meeting_lets_them(hall: Hall, state: str) -> None:
    meeting = hall.at(state)
    item = meeting.items.all()[0]
    AgendaItem.objects.filter(pk=item.pk).update(state=ItemState.OPEN, outcome="")
    may = {
        "decide": {MeetingState.OPEN},
        "postpone": {MeetingState.CALLED, MeetingState.OPEN},
        "withdraw": {MeetingState.PLANNED, MeetingState.CALLED, MeetingState.OPEN},
    }
    acts: dict[str, Callable[[], AgendaItem]] = {
        "decide": lambda: actions.conclude(item, words="Godt.", by=hall.gdpr_unit),
        "postpone": lambda: actions.postpone_item(item, by=hall.gdpr_unit),
        "withdraw": lambda: actions.withdraw_item(item, by=hall.gdpr_unit, note="Ikke klar."),
    }
    for key, act in acts.items():
        if state in may[key]:
            undone(act)
        else:
            with pytest.raises(StepNotOpen):
                act()


def test_others_than_members_and_preparers_write_nothing(hall: Hall) -> None:
    item = first(hall.opened())
    for name in hall.town.holders:
        person = getattr(hall, name)
        if name in PREPARERS | MEMBERS:
            undone(lambda person=person: actions.conclude(item, words="Godt.", by=person))  # type: ignore[misc]
            continue
        with pytest.raises((PermissionDenied, StepNotOpen)):
            actions.conclude(item, words="Godt.", by=person)
        with pytest.raises(PermissionDenied):
            actions.write_words(item, "Noget andet.", by=person, seen=item.revision)


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (Meeting, {"state": "cancelled"}),
        (Meeting, {"cancelled_why": "Fordi."}),
        (Meeting, {"state": "open"}),
        (Meeting, {"state": "closed"}),
        (AgendaItem, {"state": "withdrawn"}),
        (AgendaItem, {"outcome": "approved"}),
        (AgendaItem, {"object_id": 1}),
    ],
)
def test_database_holds_the_row_rules(hall: Hall, model: Any, wrong: dict[str, Any]) -> None:
    meeting = hall.plan()
    row = meeting if model is Meeting else first(meeting)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**wrong)
