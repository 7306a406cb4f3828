"""Written procedure between meetings: who votes, when it is carried and when not, when a meeting is asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.enums import Choice, ItemState, MeetingState, Outcome
from meetings.models import AgendaItem, Body, Vote
from meetings.rules import tally
from roles.enums import Role
from roles.models import today
from tests.factories import appoint
from tests.meetings.hall import Hall, first, fresh

FOR, AGAINST, ABSTAINS = Choice.FOR, Choice.AGAINST, Choice.ABSTAINS


def closed(hall: Hall, **votes: Choice) -> AgendaItem:
    """The one point of a vote whose time is up."""
    meeting = hall.voting()
    item = first(meeting)
    hall.vote(item, **votes)
    hall.time_is_up(meeting)
    assert actions.close_due_votes() == 1
    item.refresh_from_db()
    return item


@pytest.mark.parametrize(
    ("votes", "state", "words"),
    [
        ({"director": FOR, "committee": FOR}, ItemState.DECIDED, "Vedtaget: 2 for, 0 imod, 0 undlod"),
        ({"director": FOR, "committee": FOR, "second": AGAINST}, ItemState.DECIDED, "Vedtaget: 2 for, 1 imod"),
        ({"director": FOR, "committee": AGAINST}, ItemState.DECIDED, "Ikke vedtaget: 1 for, 1 imod"),
        ({"director": FOR, "committee": ABSTAINS}, ItemState.DECIDED, "Ikke vedtaget: 1 for, 0 imod, 1 undlod"),
        ({"director": FOR}, ItemState.POSTPONED, "Ikke besluttet: 1 stemte, og der skulle være 2."),
        ({}, ItemState.POSTPONED, "Ikke besluttet: 0 stemte"),
    ],
)
def test_vote_is_carried_when_the_quorum_has_voted_and_most_are_for(
    hall: Hall, votes: dict[str, Choice], state: str, words: str
) -> None:
    item = closed(hall, **votes)
    assert item.state == state
    assert words in item.conclusion
    assert item.meeting.state == MeetingState.MINUTES


def test_vote_without_a_quorum_comes_on_the_next_meeting(hall: Hall) -> None:
    item = closed(hall)
    assert hall.plan().items.get(title="Haster").carried_from == item


def test_each_votes_once_and_may_change_it_until_the_vote_is_closed(hall: Hall) -> None:
    meeting = hall.voting()
    item = first(meeting)
    hall.vote(item, director=FOR)
    hall.vote(item, director=AGAINST)
    assert Vote.objects.get().choice == AGAINST
    hall.time_is_up(meeting)
    with pytest.raises(StepNotOpen, match="ikke stemmes nu"):
        hall.vote(item, director=FOR)
    actions.close_due_votes()
    with pytest.raises(StepNotOpen, match="ikke stemmes nu"):
        hall.vote(item, director=FOR)
    assert actions.close_due_votes() == 0


def test_only_members_vote(hall: Hall) -> None:
    item = first(hall.voting())
    for name in ("gdpr_unit", "employee", "dpr", "lawyer", "secretariat"):
        with pytest.raises(PermissionDenied, match="Kun medlemmerne"):
            actions.vote(item, FOR, by=getattr(hall, name))
    with pytest.raises(ValidationError):
        actions.vote(item, "måske", by=hall.committee)


def test_nobody_recused_votes_and_a_vote_given_before_does_not_count(hall: Hall) -> None:
    meeting = hall.voting()
    item = first(meeting)
    hall.vote(item, second=FOR)
    actions.recuse(item, hall.second, reason="Hans bror.", by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen, match="inhabil"):
        hall.vote(item, second=FOR)
    hall.vote(item, director=FOR)
    assert not tally(item).is_quorate
    hall.vote(item, committee=FOR)
    assert actions.close_votes(meeting, by=hall.gdpr_unit).state == MeetingState.MINUTES  # all who may, have


def test_deputy_votes_for_an_absent_member_and_not_beside_her(hall: Hall) -> None:
    meeting = hall.voting()
    item = first(meeting)
    hall.goes_away("director", hall.executive)
    actions.vote(item, FOR, by=hall.executive)
    assert Vote.objects.get().acts_for == hall.director
    assert len(tally(item).votes) == 1
    hall.vote(item, director=AGAINST)  # she voted herself after all
    assert [vote.choice for vote in tally(item).votes] == [AGAINST]


def test_vote_ends_with_the_seat_and_its_successor_votes(hall: Hall) -> None:
    meeting = hall.voting()
    item = first(meeting)
    hall.vote(item, second=FOR, committee=FOR)
    hall.second.appointments.update(to_on=today() - timedelta(days=1))
    assert [vote.person for vote in tally(item).votes] == [hall.committee]
    appoint(hall.employee, Role.COMMITTEE, hall.town.administration)
    with pytest.raises(StepNotOpen, match="Vent, til alle har stemt"):
        actions.close_votes(meeting, by=hall.gdpr_unit)
    hall.vote(item, employee=AGAINST, director=AGAINST)
    assert "Ikke vedtaget: 1 for, 2 imod" in actions.close_votes(meeting, by=hall.gdpr_unit).items.get().conclusion


def test_recusal_of_one_who_has_left_does_not_close_the_vote(hall: Hall) -> None:
    meeting = hall.voting()
    item = first(meeting)
    actions.recuse(item, hall.second, reason="Nabo.", by=hall.gdpr_unit)
    hall.second.appointments.update(to_on=today() - timedelta(days=1))
    hall.vote(item, director=FOR)
    with pytest.raises(StepNotOpen, match="Vent, til alle har stemt"):
        actions.close_votes(meeting, by=hall.gdpr_unit)


def test_nobody_votes_on_a_recused_members_seat(hall: Hall) -> None:
    item = first(hall.voting())
    hall.goes_away("director", hall.executive)
    actions.vote(item, FOR, by=hall.executive)
    actions.recuse(item, hall.director, reason="Hendes egen kontrakt.", by=hall.gdpr_unit)
    assert tally(item).votes == []
    with pytest.raises(StepNotOpen, match="inhabil"):
        actions.vote(item, FOR, by=hall.executive)


def test_member_notes_her_own_conflict_of_interest_in_a_vote_and_before_a_meeting(hall: Hall) -> None:
    client = Client()
    client.force_login(hall.second)
    for meeting in (hall.voting(), hall.plan(), hall.called(20)):
        item = first(meeting)
        assert f'href="{item.page}inhabil/"' in client.get(meeting.get_absolute_url()).content.decode()
        answer = client.post(f"{item.page}inhabil/", {"person": str(hall.second.pk), "reason": "Min nabo."})
        assert answer.status_code == 302
        assert item.recusals.get().person == hall.second


def test_remark_of_whoever_asks_for_a_meeting_is_kept(hall: Hall) -> None:
    item = first(hall.voting())
    client = Client()
    client.force_login(hall.second)
    answer = client.post(f"{item.page}stem/", {"moede": "1", "words": "x" * 600})
    assert answer.status_code == 422
    assert "Skriv det kortere" in answer.content.decode()
    assert client.post(f"{item.page}stem/", {"moede": "1", "words": "Det er for dyrt."}).status_code == 302
    item.refresh_from_db()
    assert item.note == "Anders Anden bad om et møde. Det er for dyrt."


def test_one_member_takes_no_point_from_a_vote_but_by_asking_for_a_meeting(hall: Hall) -> None:
    meeting = hall.voting("Et", "To")
    item, other = meeting.items.all()
    hall.vote(item, director=FOR, committee=FOR)
    with pytest.raises(StepNotOpen, match="forberedes af"):
        actions.postpone_item(item, by=hall.second)
    actions.ask_for_meeting(other, by=hall.second)
    with pytest.raises(StepNotOpen, match="forberedes af"):
        actions.reopen_item(other, by=hall.second)
    assert actions.reopen_item(other, by=hall.gdpr_unit).is_open


def test_any_member_may_ask_for_a_meeting_instead(hall: Hall) -> None:
    meeting = hall.voting("Et", "To")
    item, other = meeting.items.all()
    hall.vote(item, director=FOR, committee=FOR)
    with pytest.raises(PermissionDenied):
        actions.ask_for_meeting(item, by=hall.gdpr_unit)
    moved = actions.ask_for_meeting(item, by=hall.second)
    assert (moved.state, moved.note) == (ItemState.POSTPONED, "Anders Anden bad om et møde.")
    with pytest.raises(StepNotOpen, match="Der stemmes ikke om punktet"):
        hall.vote(item, director=FOR)
    assert hall.plan().items.filter(title="Et").exists()
    hall.vote(other, director=FOR, committee=FOR, second=FOR)
    assert actions.close_votes(meeting, by=hall.gdpr_unit).state == MeetingState.MINUTES


def test_what_was_carried_about_a_thing_waits_for_the_bodys_own_to_write_it_in(hall: Hall, registered: Any) -> None:
    meeting = hall.voting(concerns=hall.town.school)
    item = first(meeting)
    hall.vote(item, director=FOR, committee=FOR, second=FOR)
    actions.close_votes(meeting, by=hall.gdpr_unit)
    item.refresh_from_db()
    assert (item.state, item.conclusion.startswith("Vedtaget")) == (ItemState.OPEN, True)
    with pytest.raises(StepNotOpen, match="Punkt 1 er ikke behandlet"):
        actions.send_minutes(meeting, by=hall.gdpr_unit)
    done = actions.conclude(item, words=item.conclusion, outcome=Outcome.APPROVED, by=hall.committee)
    assert done.decision.reference.startswith("Skriftlig behandling i Informationssikkerhedsudvalget")
    assert actions.send_minutes(meeting, by=hall.gdpr_unit).minutes_sent_at


def test_what_was_not_carried_is_not_written_in(hall: Hall, registered: Any) -> None:
    meeting = hall.voting(concerns=hall.town.school)
    item = first(meeting)
    hall.vote(item, director=AGAINST, committee=AGAINST, second=FOR)
    with pytest.raises(StepNotOpen, match="når afstemningen er lukket"):
        actions.conclude(item, words="Godkendt.", outcome=Outcome.APPROVED, by=hall.committee)
    actions.close_votes(meeting, by=hall.gdpr_unit)
    item.refresh_from_db()
    assert (item.state, item.outcome, item.decision) == (ItemState.DECIDED, "", None)


def test_quorum_of_the_body_holds_for_votes_too(hall: Hall) -> None:
    Body.objects.filter(kind="committee").update(quorum=3)
    assert closed(hall, director=FOR, committee=FOR).state == ItemState.POSTPONED


def test_agenda_of_a_vote_is_closed_once_it_has_begun_and_its_time_may_be_moved(hall: Hall) -> None:
    meeting = hall.voting()
    assert meeting.items.count() == 1  # nothing fills itself in
    with pytest.raises(StepNotOpen, match="Dagsordenen kan ikke ændres"):
        actions.add_item(meeting, title="Et til", by=hall.gdpr_unit)
    later = hall.in_days(20)
    moved = actions.move_meeting(meeting, starts_at=timezone.now(), ends_at=later, by=hall.gdpr_unit)
    assert (moved.votes_by, moved.starts_at) == (later, meeting.starts_at)
    assert fresh(meeting).state_label == "Til afstemning"
