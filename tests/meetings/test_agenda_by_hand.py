"""The agenda by hand, its own sources, and the job."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duties.actions import create_duty, finish_duty
from duties.models import Duty
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.enums import ItemKind, ItemState
from meetings.models import AgendaItem, Body, Meeting
from meetings.sources import follow_ups, late_duties
from roles.enums import Role
from roles.models import today
from tests.meetings.agendas import kinds, one, page, suggest
from tests.meetings.hall import Hall, about, first

DAY = timedelta(days=1)


def titles(meeting: Meeting) -> list[str]:
    return [item.title for item in meeting.items.all()]


# ── Its own sources ──────────────────────────────────────────────────────────────────────────────
def test_next_meeting_follows_up_on_what_was_asked(hall: Hall) -> None:
    meeting = hall.opened()
    item = first(meeting)
    secret = actions.add_item(meeting, title="Personsag", is_confidential=True, by=hall.gdpr_unit)
    asked = actions.ask(item, "Skriv til skolerne", due_on=today(), by=hall.gdpr_unit, holder=hall.leader)
    actions.ask(secret, "Tal med ham", due_on=today(), by=hall.gdpr_unit, role=Role.IT_CHIEF)
    assert list(follow_ups(hall.body, today())) == []  # the meeting is still on
    hall.settle(meeting)
    actions.close_meeting(meeting, by=hall.gdpr_unit)
    open_one, secret_one = follow_ups(hall.body, today())
    assert "Skriv til skolerne: Lene Leder, senest" in open_one.text
    assert f"punkt {item.position}" in open_one.text
    assert "Tal med ham" not in open_one.text
    assert secret_one.is_confidential
    assert "Tal med ham: It-chef" in secret_one.text
    finish_duty(asked.duty, by=hall.leader)
    assert "gjort" in next(iter(follow_ups(hall.body, today()))).text
    assert list(follow_ups(actions.body_named("executive"), today())) == []


def test_what_was_done_before_the_last_meeting_is_followed_up_no_more(hall: Hall, time_machine: Any) -> None:
    meeting = hall.opened()
    asked = actions.ask(first(meeting), "Skriv til skolerne", due_on=today(), by=hall.gdpr_unit, holder=hall.leader)
    hall.settle(meeting)
    actions.close_meeting(meeting, by=hall.gdpr_unit)
    finish_duty(asked.duty, by=hall.leader)
    time_machine.move_to(hall.in_days(30))
    second = hall.opened()
    assert "gjort" in second.items.get(kind=ItemKind.FOLLOW_UP).text
    hall.settle(second)
    actions.close_meeting(second, by=hall.gdpr_unit)
    assert list(follow_ups(hall.body, today())) == []


def test_late_duties_are_counted_without_the_words_of_cases(hall: Hall) -> None:
    late = today() - 5 * DAY
    create_duty("Gennemgå adgange", due_on=late, dedup_key="a", holder=hall.employee, is_discreet=False)
    create_duty("Ring til Mette om sagen", due_on=late, dedup_key="b", role=Role.LEADER, unit=hall.town.home_care)
    create_duty("I morgen", due_on=today() + DAY, dedup_key="c", holder=hall.employee, is_discreet=False)
    (found,) = late_duties(hall.body, today())
    assert "2 opgaver er over fristen." in found.text
    assert "Center for Sundhed, Leder: 1" in found.text
    assert "Gennemgå adgange" in found.text
    assert "5 dage" in found.text
    assert "Mette" not in found.text
    assert "I morgen" not in found.text
    assert list(late_duties(actions.body_named("dpr"), today())) == []  # not on its agenda


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────
def test_point_by_hand_comes_last_and_after_the_papers_says_so(hall: Hall) -> None:
    meeting = hall.plan()
    early = actions.add_item(meeting, title=" Årets  temadag ", by=hall.secretariat)
    late = actions.add_item(hall.call(meeting), title="Haster", by=hall.secretariat)
    assert (early.title, early.is_added_late, late.is_added_late) == ("Årets temadag", False, True)
    assert list(meeting.items.all())[-2:] == [early, late]
    with pytest.raises(ValidationError):
        actions.add_item(meeting, title="  ", by=hall.secretariat)
    with pytest.raises(PermissionDenied):
        actions.add_item(meeting, title="Mit", by=hall.committee)


def test_two_who_edit_a_point_do_not_write_over_each_other(hall: Hall) -> None:
    item = first(hall.plan())
    actions.edit_item(item, title="Hendes", by=hall.gdpr_unit, seen=item.revision)
    with pytest.raises(actions.Changed, match="Din tekst er her stadig") as caught:
        actions.edit_item(item, title="Hans", by=hall.secretariat, seen=item.revision)
    assert caught.value.theirs.title == "Hendes"


def test_points_change_places_until_the_papers_are_out(hall: Hall) -> None:
    meeting = hall.plan()
    before = titles(meeting)
    second = meeting.items.all()[1]
    actions.shift_item(second, up=True, by=hall.gdpr_unit)
    assert titles(meeting) == [before[1], before[0], *before[2:]]
    actions.shift_item(meeting.items.all()[0], up=True, by=hall.gdpr_unit)  # it is first already
    actions.shift_item(second, up=False, by=hall.gdpr_unit)
    assert titles(meeting) == before
    hall.call(meeting)
    with pytest.raises(StepNotOpen, match="rækkefølge"):
        actions.shift_item(second, up=True, by=hall.gdpr_unit)


def test_point_is_withdrawn_with_a_reason_and_can_be_taken_up_again(hall: Hall) -> None:
    meeting = hall.called()
    item = first(meeting)
    with pytest.raises(StepNotOpen, match="begrundelse"):
        actions.withdraw_item(item, by=hall.gdpr_unit, note=" ")
    actions.withdraw_item(item, by=hall.gdpr_unit, note="Papirerne mangler.")
    assert meeting.items.count() == 8
    assert f"Trak punkt {item.position}" in meeting.events.last().sentence
    assert actions.reopen_item(item, by=hall.gdpr_unit).state == ItemState.OPEN


def test_point_by_hand_of_a_standing_kind_takes_its_place(hall: Hall) -> None:
    meeting = hall.plan()
    position = meeting.items.get(kind=ItemKind.RISKS).position
    given = {"kind": ItemKind.RISKS, "by": hall.gdpr_unit}
    risk = actions.add_item(meeting, title="Ransomware", **given)
    other = actions.add_item(hall.call(meeting), title="Phishing", **given)
    actions.fill_agenda(meeting)
    assert list(meeting.items.filter(kind=ItemKind.RISKS)) == [risk, other]
    assert (risk.position, other.position) == (position, 9)


def test_preparer_chooses_among_the_kinds_that_no_source_fills(hall: Hall) -> None:
    meeting = hall.plan()
    client = Client()
    client.force_login(hall.gdpr_unit)
    url = f"{meeting.get_absolute_url()}punkter/nyt/"
    offered = page(hall.gdpr_unit, url)
    assert all(f'value="{kind}"' in offered for kind in ("free", "risks", "supervision"))
    assert not any(f'value="{kind}"' in offered for kind in ("breaches", "procurement"))
    assert client.post(url, {"title": "Ransomware", "kind": "risks"}).status_code == 302
    assert meeting.items.get(kind=ItemKind.RISKS).title == "Ransomware"
    assert client.post(url, {"title": "Brud", "kind": "breaches"}).status_code == 422


def test_call_of_a_vote_promises_no_new_points(hall: Hall) -> None:
    vote = hall.plan(7, is_written=True)
    actions.add_item(vote, title="Haster", by=hall.gdpr_unit)
    said = page(hall.gdpr_unit, vote)
    assert "Derefter kan punkterne ikke ændres." in said
    assert "nye punkter" not in said
    assert "nye punkter" in page(hall.gdpr_unit, hall.plan())


def test_what_a_preparer_is_asked_to_write_is_read_by_no_member(hall: Hall) -> None:
    meeting = hall.plan()
    hint = "Skriv selv, hvilke risici"
    assert hint in page(hall.gdpr_unit, meeting)
    assert hint not in page(hall.committee, meeting)
    assert hint not in page(hall.gdpr_unit, hall.call(meeting))
    assert hint not in "".join(item.text for item in meeting.items.all())


def test_whoever_takes_a_point_up_again_queues_behind_whoever_carries_it_on(hall: Hall) -> None:
    by = hall.gdpr_unit
    item = actions.postpone_item(first(hall.called()), by=by)
    item = AgendaItem.objects.select_related("meeting__body").get(pk=item.pk)
    with CaptureQueriesContext(connection) as queries:
        actions.reopen_item(item, by=by)
    read = [query["sql"].partition(" FROM ")[2] for query in queries if query["sql"].startswith("SELECT")]
    assert read[0].startswith('"meetings_body"')


# ── The job ──────────────────────────────────────────────────────────────────────────────────────
def test_job_fills_meetings_that_are_near_and_leaves_the_rest(hall: Hall, sources: Any) -> None:
    near, far = hall.plan(50), hall.plan(80)
    called = hall.called(40)
    suggest(sources, one(), one("to", title="Noget andet"))
    assert actions.prepare_meetings() == 2
    assert actions.prepare_meetings() == 0
    assert near.items.filter(kind=ItemKind.BREACHES).count() == 2
    assert not far.items.filter(source_key="brud").exists()
    assert not called.items.filter(source_key="brud").exists()


def test_body_without_a_meeting_in_its_time_asks_once_for_one(hall: Hall) -> None:
    def asked() -> Any:
        return Duty.objects.open().filter(dedup_key__startswith="meetings:plan:")

    actions.prepare_meetings()
    actions.prepare_meetings()
    duty = asked().get()  # the others have no rhythm
    assert (duty.holder_role, duty.url) == (Role.GDPR_UNIT, f"{hall.body.get_absolute_url()}nyt/")
    meeting = hall.plan(200)
    assert not asked().exists()  # one is planned, if late
    actions.prepare_meetings()
    assert asked().count() == 1
    actions.move_meeting(meeting, starts_at=hall.in_days(30), ends_at=hall.in_days(30.1), by=hall.gdpr_unit)
    actions.prepare_meetings()
    assert not asked().exists()
    actions.cancel_meeting(meeting, by=hall.gdpr_unit, note="Ferie.")
    actions.prepare_meetings()
    assert asked().count() == 1


def test_decided_thing_may_come_again_and_one_that_waits_does_not(hall: Hall, sources: Any) -> None:
    suggest(sources, one(concerns=hall.town.school))
    meeting = hall.opened()
    assert not hall.plan(90).items.filter(source_key="brud").exists()
    about(meeting.items.get(source_key="brud"), hall.town.school)
    hall.settle(meeting)
    later = Meeting.objects.ahead().get()
    actions.fill_agenda(later)
    assert later.items.filter(source_key="brud").exists()


def test_change_of_a_body_is_for_the_chair_and_the_secretariat(hall: Hall, sources: Any) -> None:
    body = hall.body
    changed = actions.change_body(
        body, quorum=2, meets_every_months=6, standing_items=["opening"], by=hall.director, seen=body.revision
    )
    assert (changed.quorum, changed.meets_every_months) == (2, 6)
    assert kinds(hall.plan()) == ["opening"]
    with pytest.raises(actions.Changed):
        actions.change_body(
            body, quorum=1, meets_every_months=1, standing_items=[], by=hall.secretariat, seen=body.revision
        )
    with pytest.raises(PermissionDenied):
        actions.change_body(body, quorum=1, meets_every_months=1, standing_items=[], by=hall.gdpr_unit)


@pytest.mark.django_db
def test_bodies_come_with_their_standing_points() -> None:
    for body in Body.objects.all():
        assert {"opening", "follow_up"} <= set(body.standing_items)
    assert "procurement" in Body.objects.get(kind="dpr").standing_items
