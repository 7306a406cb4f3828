"""Minutes: the members have them before them, remark on them, the chair approves; then nothing changes."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.enums import MeetingState
from meetings.models import Attendance
from roles.models import today
from tests.meetings.hall import Hall, fresh


def test_minutes_are_approved_by_the_chair_after_the_members_had_them(hall: Hall) -> None:
    meeting = hall.in_minutes()
    with pytest.raises(StepNotOpen, match="Send først udkastet"):
        actions.approve_minutes(meeting, by=hall.director)
    actions.send_minutes(meeting, by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen, match="godkendes af Kommunaldirektør"):
        actions.approve_minutes(meeting, by=hall.committee)
    with pytest.raises(PermissionDenied):
        actions.approve_minutes(meeting, by=hall.gdpr_unit)
    done = actions.approve_minutes(meeting, by=hall.director)
    assert (done.state, done.approved_by) == (MeetingState.CLOSED, hall.director)


def test_minutes_changed_after_they_were_sent_are_sent_again(hall: Hall) -> None:
    meeting = hall.in_minutes()
    actions.send_minutes(meeting, by=hall.gdpr_unit)
    item = meeting.items.all()[0]
    actions.write_words(item, "Rettet.", by=hall.gdpr_unit, seen=item.revision)
    with pytest.raises(StepNotOpen, match="Send først udkastet"):
        actions.approve_minutes(meeting, by=hall.director)
    actions.send_minutes(meeting, by=hall.gdpr_unit)
    assert actions.approve_minutes(meeting, by=hall.director).state == MeetingState.CLOSED


def test_acting_deputy_of_the_chair_and_whoever_chaired_approve(hall: Hall) -> None:
    hall.deputy_of("director", hall.executive)
    meeting = hall.opened(director=f"deputy-{hall.executive.pk}")
    actions.close_meeting(hall.settle(meeting), by=hall.gdpr_unit)
    actions.send_minutes(meeting, by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen):
        actions.approve_minutes(meeting, by=hall.second)
    assert Attendance.objects.get(meeting=meeting, is_chairing=True).person == hall.executive
    assert actions.approve_minutes(meeting, by=hall.executive).state == MeetingState.CLOSED
    other = hall.in_minutes()
    actions.send_minutes(other, by=hall.gdpr_unit)
    with pytest.raises((PermissionDenied, StepNotOpen)):
        actions.approve_minutes(other, by=hall.lawyer)
    hall.goes_away("director", hall.lawyer)
    assert actions.approve_minutes(other, by=hall.lawyer).state == MeetingState.CLOSED


def test_members_remark_on_the_draft(hall: Hall) -> None:
    meeting = hall.in_minutes()
    row = actions.remark(meeting, " Jeg sagde noget andet. ", by=hall.second)
    assert row.text == "Jeg sagde noget andet."
    with pytest.raises(PermissionDenied):
        actions.remark(meeting, "Også mig.", by=hall.lawyer)
    with pytest.raises(ValidationError):
        actions.remark(meeting, " ", by=hall.second)
    with pytest.raises(StepNotOpen):
        actions.remark(hall.opened(), "For tidligt.", by=hall.second)


def test_after_approval_nothing_changes(hall: Hall) -> None:
    meeting = hall.closed()
    item = meeting.items.all()[0]
    by = hall.gdpr_unit
    refused = (
        lambda: actions.write_words(item, "Andet.", by=by, seen=item.revision),
        lambda: actions.add_item(meeting, title="Et til", by=by),
        lambda: actions.edit_item(item, title="Andet", by=by),
        lambda: actions.reopen_item(item, by=by),
        lambda: actions.remark(meeting, "Men.", by=hall.second),
        lambda: actions.ask(item, "Gør det", due_on=today(), by=by, holder=by),
        lambda: actions.recuse(item, hall.second, reason="Nabo.", by=by),
        lambda: actions.set_attendance(meeting, hall.sheet(), by=by),
        lambda: actions.send_minutes(meeting, by=by),
        lambda: actions.cancel_meeting(meeting, by=by, note="Nej."),
        lambda: actions.move_meeting(meeting, starts_at=hall.in_days(1), ends_at=hall.in_days(2), by=by),
    )
    before = list(meeting.items.values()), fresh(meeting).revision
    for act in refused:
        with pytest.raises(StepNotOpen):
            act()
    assert (list(meeting.items.values()), fresh(meeting).revision) == before
