"""Minutes: the members have them before them, remark on them, the chair approves; then nothing changes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from duties.models import Duty
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.enums import MeetingState
from meetings.models import AgendaItem, Attendance
from roles.models import today
from tests.meetings.hall import Hall, fresh

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def own_pdf_dir(settings: Any, tmp_path: Path) -> None:
    settings.PDF_DIR = tmp_path / "pdf"


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


def test_minutes_tell_who_was_asked_and_by_when_as_it_was_that_day(hall: Hall) -> None:
    meeting = hall.in_minutes()
    row = actions.ask(meeting.items.all()[0], "Ring", due_on=today() + DAY, by=hall.gdpr_unit, holder=hall.leader)
    actions.send_minutes(meeting, by=hall.gdpr_unit)
    actions.approve_minutes(meeting, by=hall.director)
    client = Client()
    client.force_login(hall.committee)
    url = meeting.get_absolute_url()
    said, printed = f"Ring. {hall.leader}, senest {da_date(today() + DAY)}</p>", client.get(f"{url}referat.pdf").content
    assert said in client.get(f"{url}referat/").content.decode()
    Duty.objects.filter(pk=row.duty_id).update(holder=hall.employee, due_on=today() + 9 * DAY)
    assert said in client.get(f"{url}referat/").content.decode()
    assert client.get(f"{url}referat.pdf").content == printed
    assert "(nu: " in client.get(url).content.decode()  # on the meeting's own page alone


def test_minutes_tell_who_was_there_when_a_point_was_decided(hall: Hall) -> None:
    meeting = hall.opened()
    item, other = meeting.items.all()[:2]
    actions.conclude(item, words="Godt.", by=hall.gdpr_unit)
    actions.set_attendance(meeting, hall.sheet(second="excused"), by=hall.gdpr_unit)
    actions.conclude(other, words="Godt.", by=hall.gdpr_unit)
    actions.close_meeting(hall.settle(fresh(meeting)), by=hall.gdpr_unit)
    client = Client()
    client.force_login(hall.committee)
    page = client.get(f"{meeting.get_absolute_url()}referat/").content.decode()
    assert page.count("Til stede ved punktet:") == 1
    there = page.partition("Til stede ved punktet:")[2].partition("</p>")[0]
    assert all(str(person) in there for person in (hall.director, hall.committee, hall.second))


def test_whoever_chaired_as_a_seated_deputy_reads_what_she_approves(hall: Hall) -> None:
    """Nobody registered that the chair was away: the deputy holds no role of the body."""
    hall.deputy_of("director", hall.executive)
    meeting = hall.opened(director=f"deputy-{hall.executive.pk}")
    secret = actions.add_item(meeting, title="Personsag", is_confidential=True, by=hall.gdpr_unit)
    other = actions.add_item(hall.plan(30), title="En anden", is_confidential=True, by=hall.gdpr_unit)
    actions.close_meeting(hall.settle(meeting), by=hall.gdpr_unit)
    actions.send_minutes(meeting, by=hall.gdpr_unit)
    assert Message.objects.filter(kind="meeting_minutes", recipient=hall.executive).exists()
    client = Client()
    client.force_login(hall.executive)
    url = meeting.get_absolute_url()
    for path in (url, f"{url}hold/", f"{url}referat/"):
        answer = client.get(path)
        assert (answer.status_code, "Personsag" in answer.content.decode()) == (200, True), path
    for path in (f"{url}referat.pdf", f"{url}dagsorden.pdf"):
        assert client.get(path).status_code == 200, path
    assert secret in AgendaItem.objects.visible_to(hall.executive)
    assert other not in AgendaItem.objects.visible_to(hall.executive)
    assert actions.approve_minutes(meeting, by=hall.executive).state == MeetingState.CLOSED


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
