"""The agenda fills itself, again and again without harm; and what people do with its points."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duties.actions import create_duty, finish_duty
from duties.models import Duty
from glostrup_isms.kit import files
from glostrup_isms.kit.dates import da_datetime
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


def page(user: Any, of: Meeting | str) -> str:
    client = Client()
    client.force_login(user)
    return unescape(client.get(of if isinstance(of, str) else of.get_absolute_url()).content.decode())


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
