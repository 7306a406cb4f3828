"""What a meeting waits for stands in somebody's list, one step at a time, and goes from it with the step."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from duties.enums import State
from duties.models import Duty
from meetings import actions
from meetings.enums import Choice
from meetings.models import Meeting
from roles.enums import Role
from tests.meetings.hall import Hall, first, fresh

pytestmark = pytest.mark.django_db


def asked() -> list[tuple[str, str]]:
    """The open duties of meetings: their first words, and whose they are."""
    rows = Duty.objects.open().filter(dedup_key__startswith="meetings:next:")
    return [(duty.title.partition(":")[0], duty.holder_role) for duty in rows]


def days_pass(time_machine: Any, days: float) -> None:
    time_machine.move_to(timezone.now() + timedelta(days=days), tick=False)
    actions.prepare_meetings()


def test_agenda_is_asked_for_three_weeks_before(hall: Hall, time_machine: Any) -> None:
    meeting = hall.plan(40)
    actions.prepare_meetings()
    assert asked() == []
    days_pass(time_machine, 19.5)
    assert asked() == [("Send dagsordenen ud", Role.GDPR_UNIT)]
    assert Duty.objects.open().get(title__startswith="Send").due_on == meeting.held_on - timedelta(days=7)
    hall.call(meeting)
    assert asked() == []
    assert Duty.objects.get(title__startswith="Send").state == State.DONE


def test_moved_meeting_is_asked_for_by_its_new_day(hall: Hall) -> None:
    meeting = hall.plan(14)
    later = hall.in_days(18)
    actions.move_meeting(meeting, starts_at=later, ends_at=later + timedelta(hours=1), by=hall.gdpr_unit)
    (duty,) = Duty.objects.open().filter(title__startswith="Send dagsordenen")
    assert duty.due_on == fresh(meeting).held_on - timedelta(days=7)


def test_cancelled_meeting_asks_for_nothing(hall: Hall) -> None:
    actions.cancel_meeting(hall.plan(14), by=hall.gdpr_unit, note="For få kan.")
    assert asked() == []
    assert Duty.objects.get(title__startswith="Send").state == State.DROPPED


@pytest.mark.parametrize("is_called", [True, False])
def test_meeting_whose_day_went_by_is_asked_about(hall: Hall, time_machine: Any, is_called: bool) -> None:
    meeting = hall.called(5) if is_called else hall.plan(5)
    days_pass(time_machine, 6)
    assert asked() == [("Åbn mødet, flyt det, eller aflys det", Role.GDPR_UNIT)]
    actions.cancel_meeting(fresh(meeting), by=hall.gdpr_unit, note="Ingen kom.")
    assert asked() == []


def test_meeting_left_open_is_asked_about_the_day_after(hall: Hall, time_machine: Any) -> None:
    meeting = hall.opened()
    actions.prepare_meetings()
    assert asked() == []
    days_pass(time_machine, 1)
    assert asked() == [("Slut mødet", Role.GDPR_UNIT)]
    actions.close_meeting(hall.settle(meeting), by=hall.gdpr_unit)
    assert asked() == [("Send referatet til medlemmerne", Role.GDPR_UNIT)]


def test_minutes_are_asked_for_until_the_chair_approves_them(hall: Hall) -> None:
    meeting = hall.in_minutes()
    assert asked() == [("Send referatet til medlemmerne", Role.GDPR_UNIT)]
    meeting = actions.send_minutes(meeting, by=hall.gdpr_unit)
    assert asked() == [("Godkend referatet", Role.DIRECTOR)]
    item = meeting.items.all()[0]
    actions.write_words(item, "Rettet.", by=hall.gdpr_unit, seen=item.revision)
    assert asked() == [("Send referatet til medlemmerne", Role.GDPR_UNIT)]
    meeting = actions.send_minutes(fresh(meeting), by=hall.gdpr_unit)
    assert asked() == [("Godkend referatet", Role.DIRECTOR)]
    actions.approve_minutes(fresh(meeting), by=hall.director)
    assert asked() == []


def test_carried_vote_on_a_thing_is_asked_to_be_written_in(hall: Hall) -> None:
    meeting: Meeting = hall.voting("Haster", concerns=hall.body)
    for name in ("director", "committee", "second"):
        hall.vote(first(meeting), **{name: Choice.FOR})
    actions.close_votes(hall.time_is_up(meeting), by=hall.gdpr_unit)
    assert asked() == [("Skriv ind, hvad afstemningen førte til", Role.COMMITTEE)]
    actions.conclude(first(meeting), words="Vedtaget.", outcome="approved", by=hall.committee)
    assert asked() == [("Send referatet til medlemmerne", Role.GDPR_UNIT)]


def test_it_is_asked_once_however_often_the_portal_looks(hall: Hall) -> None:
    hall.plan(14)
    for _ in range(3):
        actions.prepare_meetings()
    assert len(asked()) == 1
    assert Duty.objects.filter(dedup_key__startswith="meetings:next:").count() == 1
