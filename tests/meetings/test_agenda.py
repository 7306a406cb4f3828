"""The agenda fills itself: from its sources, among several meetings, and with what was put off."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from duties.models import Duty
from glostrup_isms.kit import files
from glostrup_isms.kit.dates import da_datetime
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.enums import ItemKind, ItemState
from meetings.models import AgendaItem, Meeting
from tests.meetings.agendas import kinds, one, page, suggest
from tests.meetings.hall import Hall


# ── It fills itself ──────────────────────────────────────────────────────────────────────────────
def test_planned_meeting_has_its_standing_points_in_order(hall: Hall, sources: Any) -> None:
    meeting = hall.plan()
    assert set(kinds(meeting)) == set(hall.body.standing_items)
    assert kinds(meeting)[:2] == [ItemKind.OPENING, ItemKind.FOLLOW_UP]
    assert [item.position for item in meeting.items.all()] == list(range(1, 9))
    texts = dict(meeting.items.values_list("kind", "text"))
    assert texts[ItemKind.BREACHES] == "Der er ikke noget nyt."
    assert texts[ItemKind.RISKS] == "Der er ikke noget nyt."


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


# ── Several meetings ─────────────────────────────────────────────────────────────────────────────
def keys(meeting: Meeting) -> set[str]:
    return {item.source_key for item in meeting.items.all() if not item.source_key.startswith("standing:")}


def test_far_meeting_planned_first_gives_way_to_the_one_next_week(hall: Hall, sources: Any) -> None:
    suggest(sources, one(), one("to", title="Noget andet"))
    far = hall.plan(50)
    written_in = far.items.get(source_key="to")
    actions.edit_item(written_in, title="Vores egne ord", by=hall.gdpr_unit)
    near = hall.plan(7)
    assert keys(near) == {"brud"}
    actions.prepare_meetings()
    assert (keys(near), keys(far)) == ({"brud"}, {"to"})  # what somebody has touched stays where it is
    hall.call(far)
    suggest(sources, one("tre"))
    actions.fill_agenda(far)
    assert "tre" not in keys(hall.plan(8))  # its papers are out


def test_every_meeting_has_its_own_status_points(hall: Hall, sources: Any) -> None:
    suggest(sources, one(is_status=True))
    assert all(keys(hall.plan(days)) == {"brud"} for days in (50, 7))


def test_meeting_whose_time_has_passed_holds_nothing_and_is_not_filled(
    hall: Hall, sources: Any, time_machine: Any
) -> None:
    suggest(sources, one())
    planned, called = hall.plan(5), hall.called(6)
    time_machine.move_to(hall.in_days(7))
    suggest(sources, one(), one("to", title="Noget andet"))
    assert actions.fill_agenda(planned) == 0
    following = hall.plan(7)
    assert keys(following) == {"brud", "to"}
    assert not keys(called)
    assert f"Næste møde: {da_datetime(following.starts_at)}" in page(hall.lawyer, "/moeder/")


@pytest.mark.parametrize("state", ["called", "open"])
def test_forgotten_meeting_does_not_keep_the_portal_from_asking_for_one(
    hall: Hall, time_machine: Any, state: str
) -> None:
    hall.at(state)
    time_machine.move_to(hall.in_days(20))
    actions.prepare_meetings()
    assert Duty.objects.open().filter(dedup_key__startswith="meetings:plan:").exists()


def test_point_put_off_comes_on_the_next_meeting_and_not_on_a_far_or_a_sooner_one(hall: Hall, sources: Any) -> None:
    first_one = hall.called(10)
    item = actions.add_item(first_one, title="Årets temadag", by=hall.gdpr_unit)
    sooner, following, far = hall.plan(5), hall.plan(30), hall.plan(50)
    actions.postpone_item(item, by=hall.gdpr_unit)
    for meeting in (far, sooner, following):
        actions.fill_agenda(meeting)
    assert AgendaItem.objects.get(carried_from=item).meeting == following


def test_point_put_off_from_a_meeting_that_is_then_cancelled_comes_on_the_next(hall: Hall, sources: Any) -> None:
    meeting = hall.called()
    item = actions.add_item(meeting, title="Årets temadag", by=hall.gdpr_unit)
    actions.postpone_item(item, by=hall.gdpr_unit)
    actions.cancel_meeting(meeting, by=hall.gdpr_unit, note="For få kan.")
    assert hall.plan(20).items.get(title="Årets temadag").carried_from == item


def test_point_put_off_comes_on_a_meeting_that_is_called_already_and_is_marked(hall: Hall, sources: Any) -> None:
    suggest(sources, one(text="To brud."))
    meeting = hall.called(10)
    by_hand = actions.add_item(meeting, title="Årets temadag", by=hall.gdpr_unit)
    following = hall.called(30)
    for item in (by_hand, meeting.items.get(source_key="brud")):
        actions.postpone_item(item, by=hall.gdpr_unit)
    suggest(sources, one(text="Tre brud."), one("nyt", title="Noget andet"))
    actions.prepare_meetings()
    carried = {item.title: item for item in following.items.exclude(carried_from=None)}
    assert set(carried) == {"Årets temadag", "Brud i kvartalet"}
    assert all(item.is_added_late for item in carried.values())
    assert carried["Brud i kvartalet"].text == "Tre brud."
    assert not following.items.filter(source_key="nyt").exists()  # that is for the preparer to ask for
    assert actions.prepare_meetings() == 0


def put_off(hall: Hall, sources: Any, **words: str) -> AgendaItem:
    """The source's point, with words of a person's own when any are given, put off from a meeting that is on."""
    suggest(sources, one(text="To brud.", proposal="Godkend den."))
    meeting = hall.plan()
    item = meeting.items.get(source_key="brud")
    if words:
        paper = files.store(SimpleUploadedFile("bilag.txt", b"Tal"), keep_for=files.KEEP)
        actions.edit_item(item, title="Brud", uploads=[paper], by=hall.gdpr_unit, **words)
    hall.begin(hall.call(meeting))
    return actions.postpone_item(item, by=hall.gdpr_unit)


def test_point_put_off_tells_what_the_source_says_today_and_goes_when_it_is_settled(hall: Hall, sources: Any) -> None:
    item = put_off(hall, sources)
    following = hall.plan(20)
    suggest(sources, one(text="Tre brud.", proposal="Bed om en ny."))
    actions.fill_agenda(following)
    carried = following.items.get(source_key="brud")
    assert (carried.carried_from, carried.text, carried.proposal) == (item, "Tre brud.", "Bed om en ny.")
    suggest(sources)
    actions.fill_agenda(following)
    assert actions.fill_agenda(following) == 0
    assert not keys(following)


def test_point_that_somebody_wrote_in_stays_and_its_preparer_is_told_that_it_is_settled(
    hall: Hall, sources: Any
) -> None:
    suggest(sources, one(concerns=hall.town.school))
    meeting = hall.plan()
    actions.edit_item(meeting.items.get(source_key="brud"), title="Vores egne ord", by=hall.gdpr_unit)
    assert "venter ikke længere" not in page(hall.gdpr_unit, meeting)
    suggest(sources)
    actions.fill_agenda(meeting)
    assert "venter ikke længere" in page(hall.gdpr_unit, meeting)
    assert "venter ikke længere" not in page(hall.committee, meeting)
    assert "Vores egne ord" in page(hall.committee, meeting)


def test_words_and_papers_put_off_come_into_the_untouched_point_of_the_same_key(hall: Hall, sources: Any) -> None:
    item = put_off(hall, sources, text="Mine ord.")
    actions.reopen_item(item, by=hall.gdpr_unit)
    actions.withdraw_item(item, by=hall.gdpr_unit, note="Tages senere.")
    following = hall.plan(20)
    assert following.items.get(source_key="brud").text == "To brud."
    actions.reopen_item(item, by=hall.gdpr_unit)
    actions.postpone_item(item, by=hall.gdpr_unit)
    for _ in range(2):
        actions.fill_agenda(following)
    (carried,) = following.items.filter(kind=ItemKind.BREACHES)
    assert (carried.carried_from, carried.text, carried.is_touched) == (item, "Mine ord.", True)
    assert [str(one) for one in carried.files.all()] == ["bilag.txt"]


def test_words_put_off_stand_beside_what_somebody_wrote_meanwhile(hall: Hall, sources: Any) -> None:
    suggest(sources, one())
    item = put_off(hall, sources, text="Mine ord.")
    sources.clear()
    following = hall.plan(20)
    hers = AgendaItem.objects.filter(carried_from=item)
    hers.update(carried_from=None, text="Hendes ord.")  # as if she had written it herself
    suggest(sources, one())
    actions.fill_agenda(following)
    assert {one.text for one in following.items.filter(kind=ItemKind.BREACHES)} == {"Mine ord.", "Hendes ord."}
    assert actions.fill_agenda(following) == 0


def test_standing_point_put_off_with_words_fills_the_next_meetings_own(hall: Hall, sources: Any) -> None:
    meeting = hall.plan()
    risks = meeting.items.get(kind=ItemKind.RISKS)
    actions.edit_item(risks, title="Ransomware", text="Se på det.", by=hall.gdpr_unit)
    opening = meeting.items.get(kind=ItemKind.OPENING)
    hall.begin(hall.call(meeting))
    for item in (risks, opening):
        actions.postpone_item(item, by=hall.gdpr_unit)
    following = hall.plan(20)
    assert [item.title for item in following.items.filter(kind=ItemKind.RISKS)] == ["Ransomware"]
    assert following.items.get(kind=ItemKind.OPENING).carried_from is None  # each meeting has its own
    assert actions.fill_agenda(following) == 0


def test_new_point_after_the_papers_takes_the_place_of_the_one_that_said_nothing(hall: Hall, sources: Any) -> None:
    meeting = hall.called()
    before = meeting.items.get(kind=ItemKind.BREACHES)
    suggest(sources, one(text="Ét brud."))
    assert actions.fill_agenda(meeting, by=hall.gdpr_unit) == 1
    (found,) = meeting.items.filter(kind=ItemKind.BREACHES)
    assert (found, found.position, found.text) == (before, before.position, "Ét brud.")
    assert found.is_added_late
