"""Planned, called, moved, cancelled: who is told what, again when the papers were out, and never a title."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import da_datetime
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.enums import MeetingState
from meetings.models import Meeting
from roles.enums import Role
from roles.models import Appointment, today
from tests.factories import appoint
from tests.meetings.hall import HOUR, Hall, fresh

MEMBERS = {"director", "committee", "second"}


def told(kind: str) -> list[str]:
    rows = Message.objects.filter(kind=f"meeting_{kind}").select_related("recipient")
    return sorted(message.recipient.username for message in rows)


def usernames(hall: Hall, *names: str) -> list[str]:
    return sorted(getattr(hall, name).username for name in names)


def test_members_are_called_once_with_a_link_and_no_title(hall: Hall) -> None:
    meeting = hall.plan()
    actions.add_item(meeting, title="Personsagen Olsen", is_confidential=True, by=hall.gdpr_unit)
    assert not Message.objects.filter(kind__startswith="meeting_").exists()
    hall.call(meeting)
    assert told("called") == usernames(hall, *MEMBERS)
    for message in Message.objects.filter(kind="meeting_called"):
        text = message.subject + message.body
        assert meeting.get_absolute_url() in message.body
        assert "Informationssikkerhedsudvalget" in message.subject
        assert not any(item.title in text for item in meeting.items.all())


def test_deputy_of_one_who_is_away_is_called_too(hall: Hall) -> None:
    hall.goes_away("second", hall.executive)
    hall.called()
    assert told("called") == usernames(hall, *MEMBERS, "executive")


def test_who_sits_there_on_the_day_is_called_too(hall: Hall) -> None:
    meeting = hall.plan(14)
    hall.goes_away("second", hall.employee, days=14)
    hall.call(meeting)
    assert told("called") == usernames(hall, *MEMBERS, "employee")
    outbox.deliver_due()
    assert set(Message.objects.filter(kind="meeting_called").values_list("state", flat=True)) == {outbox.State.SENT}


def test_member_appointed_after_the_call_is_called_once(hall: Hall) -> None:
    meeting, vote = hall.called(), hall.voting()
    meeting = actions.move_meeting(
        meeting, starts_at=hall.in_days(15), ends_at=hall.in_days(15) + HOUR, by=hall.gdpr_unit
    )
    appoint(hall.leader, Role.COMMITTEE, hall.town.administration)
    for _ in range(2):
        actions.prepare_meetings()
    for kind, one in (("called", meeting), ("vote", vote)):
        assert told(kind) == usernames(hall, *MEMBERS, "leader"), kind
        assert one.get_absolute_url() in Message.objects.get(kind=f"meeting_{kind}", recipient=hall.leader).body


def test_vote_is_told_of_in_its_own_words(hall: Hall) -> None:
    meeting = hall.voting()
    later = hall.in_days(9)
    meeting = actions.move_meeting(meeting, starts_at=meeting.starts_at, ends_at=later, by=hall.gdpr_unit)
    actions.cancel_meeting(meeting, by=hall.gdpr_unit, note="Det haster ikke.")
    for kind, said in (("moved", f"Stem senest {da_datetime(later)}"), ("cancelled", "Du skal ikke stemme.")):
        message = Message.objects.filter(kind=f"meeting_{kind}").first()
        assert message is not None
        assert said in message.body
        assert not any(word in message.subject + message.body for word in ("kalender", "Flyttet", "Aflyst", "ny tid"))
    assert "Stoppede den skriftlige behandling." in meeting.events.last().sentence


def test_moving_tells_every_member_again_only_when_the_papers_are_out(hall: Hall) -> None:
    meeting = hall.plan()
    new = {"starts_at": hall.in_days(20), "ends_at": hall.in_days(20) + HOUR, "place": "Sal 2", "by": hall.gdpr_unit}
    moved = actions.move_meeting(meeting, **new)
    assert told("moved") == []
    called = hall.call(moved)
    moved = actions.move_meeting(called, **{**new, "place": "Sal 3"}, seen=called.seen)
    assert moved.revision > called.revision  # what a calendar takes for a newer one
    assert told("moved") == usernames(hall, *MEMBERS)
    again = actions.move_meeting(moved, **{**new, "place": "Sal 3"})
    assert again.revision == moved.revision  # nothing changed
    with pytest.raises(actions.Changed):
        actions.move_meeting(called, **new, seen=called.seen)


def test_cancelling_needs_a_reason_and_tells_those_who_were_called(hall: Hall) -> None:
    quiet = actions.cancel_meeting(hall.plan(), by=hall.gdpr_unit, note="Ferie.")
    assert (quiet.state, told("cancelled")) == (MeetingState.CANCELLED, [])
    meeting = hall.called(15)
    with pytest.raises(StepNotOpen, match="begrundelse"):
        actions.cancel_meeting(meeting, by=hall.gdpr_unit, note="")
    cancelled = actions.cancel_meeting(meeting, by=hall.gdpr_unit, note="For få kan.")
    assert cancelled.cancelled_why == "For få kan."
    assert told("cancelled") == usernames(hall, *MEMBERS)
    assert "For få kan." not in Message.objects.filter(kind="meeting_cancelled").first().body


def test_members_get_the_draft_each_time_it_is_sent(hall: Hall) -> None:
    meeting = hall.in_minutes()
    for _ in range(2):
        actions.send_minutes(meeting, by=hall.gdpr_unit)
    assert told("minutes") == sorted(usernames(hall, *MEMBERS) * 2)
    assert f"{meeting.get_absolute_url()}referat/" in Message.objects.filter(kind="meeting_minutes").first().body


def test_message_is_withdrawn_when_the_member_has_lost_the_seat(hall: Hall) -> None:
    hall.called()
    Appointment.objects.filter(person=hall.second).update(to_on=today() - timedelta(days=1))
    outbox.deliver_due()
    states = dict(Message.objects.filter(kind="meeting_called").values_list("recipient__username", "state"))
    assert states.pop("anden") == outbox.State.WITHDRAWN
    assert set(states.values()) == {outbox.State.SENT}


def test_vote_is_asked_for_by_mail(hall: Hall) -> None:
    hall.voting()
    assert told("vote") == usernames(hall, *MEMBERS)
    assert told("called") == []


@pytest.mark.parametrize(("start", "end"), [(5, 4.99), (5, 4), (-1, 1)])
def test_meeting_has_a_time_to_come_that_ends_after_it_begins(hall: Hall, start: float, end: float) -> None:
    with pytest.raises(ValidationError):
        hall.plan(starts_at=hall.in_days(start), ends_at=hall.in_days(end))
    assert not Meeting.objects.exists()


def test_body_has_one_meeting_at_a_time(hall: Hall) -> None:
    meeting = hall.plan()
    with pytest.raises(ValidationError, match="allerede et møde"):
        hall.plan(starts_at=meeting.starts_at, ends_at=meeting.ends_at)
    actions.cancel_meeting(meeting, by=hall.gdpr_unit, note="Dobbelt.")
    assert hall.plan(starts_at=meeting.starts_at, ends_at=meeting.ends_at)


def test_meeting_that_is_held_is_not_moved_or_cancelled(hall: Hall) -> None:
    meeting = hall.opened()
    with pytest.raises(StepNotOpen, match="kan ikke flyttes"):
        actions.move_meeting(meeting, starts_at=hall.in_days(1), ends_at=hall.in_days(2), by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen):
        actions.cancel_meeting(meeting, by=hall.gdpr_unit, note="Nej.")
    assert fresh(meeting).opened_at <= timezone.now()
