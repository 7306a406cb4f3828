"""The agenda fills itself, again and again without harm; and what people do with its points."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from duties.actions import create_duty, finish_duty
from glostrup_isms.kit import files
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.agenda import Suggestion
from meetings.enums import ItemKind, ItemState
from meetings.models import AgendaItem, Body, Meeting
from meetings.sources import follow_ups, late_duties
from roles.enums import Role
from roles.models import today
from tests.meetings.hall import Hall, about, first

DAY = timedelta(days=1)


def titles(meeting: Meeting) -> list[str]:
    return [item.title for item in meeting.items.all()]


def kinds(meeting: Meeting) -> list[str]:
    return [item.kind for item in meeting.items.all()]


def suggest(sources: dict[str, Any], *found: Suggestion) -> None:
    sources["test"] = lambda body, held_on: found if body.kind == "committee" else ()


def one(key: str = "brud", **fields: Any) -> Suggestion:
    return Suggestion(**{"key": key, "kind": ItemKind.BREACHES, "title": "Brud i kvartalet", **fields})


# ── It fills itself ──────────────────────────────────────────────────────────────────────────────
def test_planned_meeting_has_its_standing_points_in_order(hall: Hall, sources: Any) -> None:
    meeting = hall.plan()
    assert set(kinds(meeting)) == set(hall.body.standing_items)
    assert kinds(meeting)[:2] == [ItemKind.OPENING, ItemKind.FOLLOW_UP]
    assert [item.position for item in meeting.items.all()] == list(range(1, 9))
    texts = dict(meeting.items.values_list("kind", "text"))
    assert texts[ItemKind.BREACHES] == "Der er ikke noget nyt."
    assert "Skriv selv" in texts[ItemKind.RISKS]  # their register comes later


def test_suggestion_takes_the_place_of_the_standing_point(hall: Hall, sources: Any) -> None:
    suggest(sources, one(text="To brud.", proposal="Tages til efterretning.", url="/brud/", concerns=hall.town.school))
    item = hall.plan().items.get(kind=ItemKind.BREACHES)
    assert (item.title, item.text, item.url, item.concerns) == (
        "Brud i kvartalet", "To brud.", "/brud/", hall.town.school,
    )  # fmt: skip


def test_filling_again_changes_nothing(hall: Hall, sources: Any) -> None:
    suggest(sources, one(), one("brud-2"))
    meeting = hall.plan()
    before = list(meeting.items.values())
    history = AgendaItem.history.count()
    assert actions.fill_agenda(meeting) == 0
    assert list(meeting.items.values()) == before
    assert AgendaItem.history.count() == history


def test_what_nobody_has_touched_follows_its_source_and_leaves_with_it(hall: Hall, sources: Any) -> None:
    suggest(sources, one(text="To brud."))
    meeting = hall.plan()
    suggest(sources, one(text="Tre brud."))
    actions.fill_agenda(meeting)
    assert meeting.items.get(source_key="brud").text == "Tre brud."
    suggest(sources)
    actions.fill_agenda(meeting)
    assert not meeting.items.filter(source_key="brud").exists()
    assert meeting.items.get(kind=ItemKind.BREACHES).source_key == "standing:breaches"


def test_what_somebody_has_touched_stays_as_she_wrote_it(hall: Hall, sources: Any) -> None:
    suggest(sources, one(text="To brud."))
    meeting = hall.plan()
    item = meeting.items.get(source_key="brud")
    actions.edit_item(item, title="Brud", text="Mine ord.", by=hall.gdpr_unit, seen=item.revision)
    suggest(sources)
    actions.fill_agenda(meeting)
    item.refresh_from_db()
    assert (item.title, item.text) == ("Brud", "Mine ord.")


def test_after_the_papers_nothing_is_dropped_and_the_new_is_marked_and_last(hall: Hall, sources: Any) -> None:
    suggest(sources, one())
    meeting = hall.called()
    suggest(sources, one("nyt", title="Nyt brud"))
    assert actions.fill_agenda(meeting) == 1
    late = meeting.items.last()
    assert (late.title, late.is_added_late) == ("Nyt brud", True)
    assert meeting.items.filter(source_key="brud", is_added_late=False).exists()


def test_one_point_per_source_among_the_meetings_to_come(hall: Hall, sources: Any) -> None:
    suggest(sources, one())
    hall.plan(10)
    later = hall.plan(100)
    assert not later.items.filter(source_key="brud").exists()
    assert later.items.filter(kind=ItemKind.OPENING).exists()  # each meeting has its own standing points


def test_point_of_a_cancelled_meeting_is_free_for_the_next(hall: Hall, sources: Any) -> None:
    suggest(sources, one())
    meeting = hall.called()
    by_hand = actions.add_item(meeting, title="Årets temadag", by=hall.gdpr_unit)
    actions.cancel_meeting(meeting, by=hall.gdpr_unit, note="For få kan.")
    following = hall.plan(20)
    assert following.items.get(source_key="brud").carried_from is None
    assert following.items.get(title="Årets temadag").carried_from == by_hand


def test_postponed_point_comes_by_itself_with_its_papers(hall: Hall, sources: Any) -> None:
    suggest(sources, one())
    meeting = hall.plan()
    item = meeting.items.get(source_key="brud")
    paper = files.store(SimpleUploadedFile("bilag.txt", b"Tal"), keep_for=files.KEEP)
    actions.edit_item(item, title=item.title, text="Tal vedlagt.", uploads=[paper], by=hall.gdpr_unit)
    meeting = hall.begin(hall.call(meeting))
    actions.postpone_item(item, by=hall.gdpr_unit, note="Tiden gik.")
    following = hall.plan(60)
    carried = following.items.get(source_key="brud")
    assert (carried.carried_from, carried.text) == (item, "Tal vedlagt.")
    assert [str(one) for one in carried.files.all()] == ["bilag.txt"]
    assert actions.fill_agenda(following) == 0
    with pytest.raises(StepNotOpen, match="senere dagsorden"):
        actions.reopen_item(item, by=hall.gdpr_unit)


def test_withdrawn_point_is_not_put_on_again_by_the_source(hall: Hall, sources: Any) -> None:
    suggest(sources, one())
    meeting = hall.plan()
    item = meeting.items.get(source_key="brud")
    actions.withdraw_item(item, by=hall.gdpr_unit, note="Tages næste år.")
    assert actions.fill_agenda(meeting) == 0
    item.refresh_from_db()
    assert (item.state, item.note) == (ItemState.WITHDRAWN, "Tages næste år.")


@pytest.mark.parametrize("state", ["open", "minutes", "closed", "cancelled"])
def test_meeting_that_is_over_is_not_filled(hall: Hall, sources: Any, state: str) -> None:
    meeting = hall.at(state)
    suggest(sources, one())
    assert actions.fill_agenda(meeting) == 0


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
    from duties.models import Duty

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
