"""The meeting: chair and quorum, conflicts of interest, decisions that take effect, duties, two who write minutes."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from duties.models import Duty
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.actions import WrongDecision, decisions_on
from meetings.effects import Effect, Ruling
from meetings.enums import ItemState, Outcome, Presence
from meetings.models import Body, Decision, FollowUp, Recusal
from meetings.rules import present_on, quorum
from policy.enums import State
from policy.models import Version
from roles.enums import Role
from roles.models import Unit, today
from tests.desk import Desk
from tests.factories import appoint, make_user
from tests.meetings.hall import Hall, about, first, fresh

DAY = timedelta(days=1)


def conclude(hall: Hall, item: Any, by: str = "gdpr_unit", words: str = "Godt.", **fields: Any) -> Any:
    return actions.conclude(item, words=words, by=getattr(hall, by), **fields)


# ── Chair and quorum ─────────────────────────────────────────────────────────────────────────────
def test_nothing_is_decided_without_a_quorum_and_the_points_can_be_put_off(hall: Hall) -> None:
    meeting = hall.opened(committee="excused", second="absent")
    item = first(meeting)
    with pytest.raises(StepNotOpen, match="ikke beslutningsdygtigt om punktet: 1 af 3 .* skal være 2"):
        conclude(hall, item)
    assert actions.postpone_item(item, by=hall.gdpr_unit).state == ItemState.POSTPONED


@pytest.mark.parametrize(("quorum_", "is_enough"), [(None, True), (2, True), (3, False)])
def test_quorum_is_more_than_half_or_what_is_written_down(hall: Hall, quorum_: int | None, is_enough: bool) -> None:
    Body.objects.filter(kind="committee").update(quorum=quorum_)
    item = first(hall.opened(second="excused"))
    assert (quorum(item).refusal is None) is is_enough


def test_nothing_is_decided_when_the_chair_is_absent(hall: Hall) -> None:
    """P-46: the municipal director chairs the committee."""
    item = first(hall.opened(director="excused"))
    with pytest.raises(StepNotOpen, match=r"Formanden \(Kommunaldirektør\) er ikke til stede"):
        conclude(hall, item)


def test_deputy_of_the_absent_chair_chairs(hall: Hall) -> None:
    hall.deputy_of("director", hall.executive)
    meeting = hall.opened(director=f"deputy-{hall.executive.pk}", second="excused")
    assert conclude(hall, first(meeting)).state == ItemState.DECIDED
    row = meeting.attendances.get(is_chairing=True)
    assert (row.person, row.acts_for, row.role) == (hall.executive, hall.director, "")
    assert meeting.attendances.get(person=hall.director).presence == Presence.EXCUSED


def test_member_who_is_the_chairs_standing_deputy_chairs_without_being_counted_twice(hall: Hall) -> None:
    hall.deputy_of("director", hall.committee)
    meeting = hall.opened(director=f"deputy-{hall.committee.pk}", second="excused")
    assert len(present_on(first(meeting))) == 1
    with pytest.raises(StepNotOpen, match="beslutningsdygtigt"):
        conclude(hall, first(meeting))
    actions.set_attendance(
        meeting, hall.sheet(director=f"deputy-{hall.committee.pk}", second="present"), by=hall.gdpr_unit
    )
    assert conclude(hall, first(meeting)).state == ItemState.DECIDED


def test_nobody_else_acts_for_a_member(hall: Hall) -> None:
    meeting = hall.called()
    with pytest.raises(ValidationError, match="stedfortræder for"):
        hall.begin(meeting, second=f"deputy-{hall.employee.pk}")
    hall.deputy_of("director", hall.second)
    with pytest.raises(ValidationError, match="ikke selv til stede"):
        hall.begin(meeting, director=f"deputy-{hall.second.pk}", second="excused")
    hall.deputy_of("committee", hall.second)
    both = {"director": f"deputy-{hall.second.pk}", "committee": f"deputy-{hall.second.pk}"}
    with pytest.raises(ValidationError, match="kun være stedfortræder for én"):
        hall.begin(meeting, **both)
    with pytest.raises(ValidationError, match="er til stede"):
        hall.begin(meeting, second="måske")


def test_body_without_a_chair_of_its_own_chooses_who_leads(hall: Hall) -> None:
    meeting = actions.call_meeting(hall.plan(0.01, kind="dpr", by=hall.it_chief), by=hall.it_chief)
    member = hall.dpr
    with pytest.raises(ValidationError, match="hvem af de fremmødte"):
        actions.open_meeting(meeting, {member.pk: "present"}, by=hall.it_chief)
    meeting = actions.open_meeting(meeting, {member.pk: "present"}, by=hall.it_chief, chairing=member.pk)
    assert actions.conclude(first(meeting), words="Godt.", by=hall.it_chief).state == ItemState.DECIDED


def test_seats_follow_the_appointments_and_meeting_without_members_decides_nothing(hall: Hall) -> None:
    meeting = hall.called()
    hall.second.appointments.update(to_on=today() - DAY)
    assert len(hall.body.seats()) == 2
    meeting = hall.begin(meeting, committee="excused")
    assert not meeting.attendances.filter(person=hall.second).exists()
    with pytest.raises(StepNotOpen, match="1 af 2"):
        conclude(hall, first(meeting))


# ── Conflict of interest ─────────────────────────────────────────────────────────────────────────
def test_recused_member_is_not_counted_and_writes_nothing_in(hall: Hall) -> None:
    meeting = hall.opened(second="excused")
    item, other = meeting.items.all()[:2]
    actions.recuse(item, hall.committee, reason="Sagen er hendes egen.", by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen, match="inhabil på punktet"):
        conclude(hall, item, "committee")
    with pytest.raises(StepNotOpen, match="beslutningsdygtigt om punktet: 1 af 3"):
        conclude(hall, item)
    assert conclude(hall, other, "committee").state == ItemState.DECIDED  # on this point alone


def test_deputy_beside_a_recused_chair_decides_that_point(hall: Hall) -> None:
    hall.deputy_of("director", hall.executive)
    meeting = hall.opened(director=f"beside-{hall.executive.pk}")
    item, other = meeting.items.all()[:2]
    assert quorum(other).counted == 3  # the deputy counts only while the chair does not
    actions.recuse(item, hall.director, reason="Hendes egen kontrakt.", by=hall.gdpr_unit)
    assert quorum(item).counted == 3
    assert conclude(hall, item).state == ItemState.DECIDED
    actions.recuse(other, hall.director, reason="Igen.", by=hall.gdpr_unit)
    actions.recuse(other, hall.executive, reason="Også.", by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen, match="Dorte Direktør og .* er inhabil på punktet, og der er ingen anden"):
        conclude(hall, other)


def test_conflict_of_interest_is_noted_of_those_at_the_meeting_with_a_reason(hall: Hall) -> None:
    item = first(hall.opened())
    with pytest.raises(ValidationError, match="hvad inhabiliteten"):
        actions.recuse(item, hall.second, reason=" ", by=hall.gdpr_unit)
    with pytest.raises(ValidationError, match="deltager ikke"):
        actions.recuse(item, hall.employee, reason="Nabo.", by=hall.gdpr_unit)
    with pytest.raises(PermissionDenied):
        actions.recuse(item, hall.second, reason="Nabo.", by=hall.employee)
    row = actions.recuse(item, hall.second, reason="Nabo.", by=hall.second)
    with pytest.raises(ValidationError, match="allerede noteret"):
        actions.recuse(item, hall.second, reason="Nabo.", by=hall.gdpr_unit)
    with pytest.raises(PermissionDenied, match="ikke selv fjerne"):
        actions.take_back_recusal(row, by=hall.second)
    actions.take_back_recusal(row, by=hall.gdpr_unit)
    conclude(hall, item)
    with pytest.raises(StepNotOpen, match="før punktet er behandlet"):
        actions.recuse(item, hall.second, reason="Nabo.", by=hall.gdpr_unit)


def test_recused_member_has_no_hand_in_the_point(hall: Hall) -> None:
    item, other = hall.opened().items.all()[:2]
    actions.conclude(other, words="Godt.", by=hall.gdpr_unit)
    for one in (item, other):
        Recusal.objects.create(item=one, person=hall.committee, reason="Nabo.", noted_by=hall.gdpr_unit)
    by = hall.committee
    for act in (
        lambda: actions.write_words(item, "Mine ord.", by=by, seen=item.revision),
        lambda: actions.ask(item, "Gør det", due_on=today(), by=by, holder=hall.leader),
        lambda: actions.postpone_item(item, by=by),
        lambda: actions.reopen_item(other, by=by),
    ):
        with pytest.raises(StepNotOpen, match="inhabil på punktet"):
            act()
    client = Client()
    client.force_login(by)
    page = client.get(f"{item.meeting.get_absolute_url()}hold/").content.decode()
    assert f'formaction="{item.page}referat/"' not in page
    assert f'formaction="{item.meeting.items.all()[2].page}referat/"' in page


def test_whoever_is_there_in_a_recused_members_stead_has_no_hand_in_the_point(hall: Hall) -> None:
    hall.deputy_of("director", hall.leader)
    hall.goes_away("director")
    meeting = hall.opened(director=f"deputy-{hall.leader.pk}")
    item, other = meeting.items.all()[:2]
    actions.recuse(item, hall.director, reason="Hendes egen kontrakt.", by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen, match="i stedet for en, der er inhabil"):
        actions.write_words(item, "Hans ord.", by=hall.leader, seen=item.revision)
    assert actions.write_words(other, "Hans ord.", by=hall.leader, seen=other.revision).conclusion == "Hans ord."


def test_conflict_of_interest_follows_the_point_to_the_next_meeting(hall: Hall) -> None:
    meeting = hall.opened()
    item = actions.add_item(meeting, title="Naboens sag", by=hall.gdpr_unit)
    actions.recuse(item, hall.second, reason="Nabo.", by=hall.gdpr_unit)
    actions.postpone_item(item, by=hall.gdpr_unit)
    actions.close_meeting(hall.settle(meeting), by=hall.gdpr_unit)
    (row,) = hall.plan(30).items.get(carried_from=item).recusals.all()
    assert (row.person, row.reason, row.noted_by) == (hall.second, "Nabo.", hall.gdpr_unit)


def test_seated_deputy_without_a_role_of_her_own_is_noted_by_the_form(hall: Hall) -> None:
    stand_in = make_user("vikar", "Vivi Vikar")
    hall.deputy_of("second", stand_in)
    item = first(hall.opened(second=f"deputy-{stand_in.pk}"))
    client = Client()
    client.force_login(hall.committee)
    answer = client.post(f"{item.page}inhabil/", {"person": str(stand_in.pk), "reason": "Hendes bror."})
    assert (answer.status_code, item.recusals.get().person) == (302, stand_in)


def test_one_member_takes_no_point_off_a_called_meeting(hall: Hall) -> None:
    item = first(hall.called())
    with pytest.raises(StepNotOpen, match="forberedes af"):
        actions.postpone_item(item, by=hall.committee)
    actions.postpone_item(item, by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen, match="forberedes af"):
        actions.reopen_item(item, by=hall.committee)
    assert actions.postpone_item(first(hall.opened()), by=hall.committee).state == ItemState.POSTPONED


def test_recused_chair_is_told_as_recused_and_not_as_absent(hall: Hall) -> None:
    item = first(hall.opened())
    actions.recuse(item, hall.director, reason="Hendes egen kontrakt.", by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen, match="Dorte Direktør er inhabil på punktet, og der er ingen anden til stede"):
        conclude(hall, item)


def test_meeting_opened_late_seats_whoever_sits_there_that_day(hall: Hall, time_machine: Any) -> None:
    meeting = hall.called(1)
    time_machine.move_to(hall.in_days(3), tick=False)
    appoint(hall.employee, Role.COMMITTEE, hall.town.administration, from_on=today())
    client = Client()
    client.force_login(hall.gdpr_unit)
    sheet = {f"seat-{seat.person.pk}": "present" for seat in hall.body.seats()}
    page = client.get(f"{meeting.get_absolute_url()}fremmoede/").content.decode()
    assert f"seat-{hall.employee.pk}" in page
    answer = client.post(f"{meeting.get_absolute_url()}fremmoede/", {"seen": meeting.seen, **sheet})
    assert answer.status_code == 302
    assert meeting.attendances.filter(person=hall.employee, presence=Presence.PRESENT).exists()


# ── Decisions land on the objects ────────────────────────────────────────────────────────────────
@pytest.fixture
def effect(registered: dict[object, Effect], hall: Hall) -> list[Ruling]:
    """What a unit can be given: approved by the committee."""
    rulings: list[Ruling] = []

    def apply(thing: Any, ruling: Ruling) -> Decision:
        rulings.append(ruling)
        if ruling.text == "Nej":
            raise WrongDecision("statement", "Skriv erklæringen.")
        return actions.record_decision(
            thing, body=ruling.body, outcome=ruling.outcome, decided_on=ruling.decided_on, label="Enheden", url="/x/",
            sha256="a" * 64, by=ruling.by, reference=ruling.reference, text=ruling.text,
        )  # fmt: skip

    registered[Unit] = Effect(lambda thing, body: [Outcome.APPROVED] if body.kind == "committee" else [], apply)
    return rulings


def test_decision_takes_effect_on_the_thing_with_the_meetings_reference(hall: Hall, effect: list[Ruling]) -> None:
    meeting = hall.opened()
    item = about(first(meeting), hall.town.school)
    done = conclude(hall, item, "committee", "Tiltrådt.", outcome="approved", open_words="Gælder straks.")
    (ruling,) = effect
    assert (ruling.by, ruling.decided_on, ruling.text) == (hall.committee, today(), "Gælder straks.")
    assert ruling.reference == f"Møde i Informationssikkerhedsudvalget {today():%d-%m-%Y}, punkt {item.position}"
    (decision,) = decisions_on(hall.town.school)
    assert (done.decision, done.outcome, done.conclusion) == (decision, Outcome.APPROVED, "Tiltrådt.")
    with pytest.raises(StepNotOpen, match="kan ikke fortrydes"):
        actions.reopen_item(done, by=hall.gdpr_unit)


def test_decision_that_the_thing_refuses_leaves_everything_as_it_was(hall: Hall, effect: list[Ruling]) -> None:
    item = about(first(hall.opened()), hall.town.school)
    with pytest.raises(WrongDecision, match="erklæringen"):
        conclude(hall, item, "committee", outcome="approved", open_words="Nej")
    with pytest.raises(WrongDecision, match="kan ikke beslutte »Anbefalet«"):
        conclude(hall, item, "committee", outcome="recommended")
    item.refresh_from_db()
    assert (item.state, item.conclusion) == (ItemState.OPEN, "")
    assert not Decision.objects.exists()


def test_decision_with_effect_is_written_in_by_the_bodys_own(hall: Hall, effect: list[Ruling]) -> None:
    item = about(first(hall.opened()), hall.town.school)
    with pytest.raises(PermissionDenied, match="skrives ind af"):
        conclude(hall, item, "gdpr_unit", outcome="approved")
    assert not effect
    assert conclude(hall, item, "gdpr_unit", "Drøftet.").decision is None  # words alone


@pytest.mark.parametrize("is_confidential", [True, False])
def test_words_of_the_minutes_do_not_follow_the_decision_out(
    hall: Hall, effect: list[Ruling], is_confidential: bool
) -> None:
    meeting = hall.opened()
    point = actions.add_item(meeting, title="Sagen", is_confidential=is_confidential, by=hall.gdpr_unit)
    item = about(point, hall.town.school)
    conclude(hall, item, "committee", "Hemmelige ord.", outcome="approved", open_words="Godkendt.")
    assert effect[0].text == "Godkendt."
    assert "Hemmelige" not in str(decisions_on(hall.town.school).values())
    item.refresh_from_db()
    assert item.conclusion == "Hemmelige ord."


def test_thing_without_an_effect_gets_the_decision_as_words(hall: Hall, registered: Any) -> None:
    meeting = hall.opened()
    item = about(first(meeting), hall.town.school)
    done = conclude(hall, item, "committee", "Længe drøftet.", outcome="approved", open_words="Som skitseret.")
    (decision,) = decisions_on(hall.town.school)
    assert (done.decision, decision.text, decision.label) == (decision, "Som skitseret.", item.title)
    secret = about(
        actions.add_item(meeting, title="Fortroligt", is_confidential=True, by=hall.gdpr_unit), hall.town.health
    )
    assert conclude(hall, secret, "committee", outcome="approved").decision is None
    assert not decisions_on(hall.town.health)


def test_point_about_nothing_has_words_and_no_outcome(hall: Hall) -> None:
    item = first(hall.opened())
    with pytest.raises(WrongDecision, match="Skriv det i ord"):
        conclude(hall, item, "committee", outcome="approved")
    with pytest.raises(ValidationError, match="nåede frem til"):
        conclude(hall, item, words=" ")


def test_approved_document_comes_into_force_by_policys_own_rules(hall: Hall) -> None:
    """The committee's effect on a version, as policy registers it; the author still cannot approve her own text."""
    from meetings.effects import effect_on

    desk = Desk(hall.town)
    version = desk.submitted(desk.make())
    effect = effect_on(version)
    if effect is None:
        from meetings.effects import register_effect
        from policy import actions as policy

        def apply(thing: Version, ruling: Ruling) -> Decision:
            moved = policy.recommend(
                thing, by=ruling.by, decided_on=ruling.decided_on, reference=ruling.reference, text=ruling.text
            )
            assert moved.recommendation is not None
            return moved.recommendation

        register_effect(Version, Effect(lambda thing, body: [Outcome.RECOMMENDED], apply))
    item = about(first(hall.opened()), version)
    conclude(hall, item, "committee", "Anbefales.", outcome="recommended")
    version.refresh_from_db()
    assert version.state == State.RECOMMENDED
    assert version.recommendation.reference.startswith("Møde i Informationssikkerhedsudvalget")


# ── Asking somebody ──────────────────────────────────────────────────────────────────────────────
def test_asking_becomes_a_duty(hall: Hall) -> None:
    meeting = hall.opened()
    row = actions.ask(first(meeting), "Skriv til skolerne", due_on=today() + DAY, by=hall.gdpr_unit, holder=hall.leader)
    duty = Duty.objects.get(pk=row.duty_id)
    assert (duty.title, duty.holder, duty.concerns) == ("Skriv til skolerne", hall.leader, row)
    assert duty in Duty.objects.visible_to(hall.leader)
    by_role = actions.ask(first(meeting), "Se på det", due_on=today(), by=hall.committee, role=Role.IT_CHIEF)
    assert by_role.duty.holder_role == Role.IT_CHIEF


def test_asking_needs_what_whom_and_when(hall: Hall) -> None:
    item = first(hall.opened())
    good: dict[str, Any] = {"what": "Skriv", "due_on": today(), "by": hall.gdpr_unit, "holder": hall.leader}
    for wrong, field in (
        ({"what": " "}, "what"), ({"due_on": today() - DAY}, "due_on"), ({"holder": None}, "person_search"),
        ({"role": Role.IT_CHIEF}, "person_search"),
    ):  # fmt: skip
        with pytest.raises(ValidationError) as caught:
            actions.ask(item, **{**good, **wrong})
        assert field in caught.value.message_dict
    with pytest.raises(PermissionDenied):
        actions.ask(item, **{**good, "by": hall.employee})
    with pytest.raises(StepNotOpen):
        actions.ask(first(hall.called(30)), **good)
    assert not FollowUp.objects.exists()


# ── Two who write minutes ────────────────────────────────────────────────────────────────────────
def test_second_of_two_writers_is_refused_and_shown_what_stands(hall: Hall) -> None:
    item = first(hall.opened())
    seen = item.revision
    actions.write_words(item, "Hendes ord.", by=hall.gdpr_unit, seen=seen)
    with pytest.raises(actions.Changed, match="Din tekst er her stadig") as caught:
        actions.write_words(item, "Hans ord.", by=hall.secretariat, seen=seen)
    assert caught.value.theirs.conclusion == "Hendes ord."
    with pytest.raises(actions.Changed):
        actions.conclude(item, words="Hans ord.", by=hall.secretariat, seen=seen)
    item.refresh_from_db()
    assert (item.conclusion, item.state) == ("Hendes ord.", ItemState.OPEN)


def test_same_words_again_change_nothing(hall: Hall) -> None:
    item = actions.write_words(first(hall.opened()), "Ord.", by=hall.gdpr_unit, seen=1)
    assert actions.write_words(item, "Ord.", by=hall.gdpr_unit, seen=item.revision).revision == item.revision


def test_attendance_is_changed_while_the_meeting_is_on_and_by_one_at_a_time(hall: Hall) -> None:
    meeting = hall.opened()
    seen = meeting.seen
    actions.set_attendance(meeting, hall.sheet(second="absent"), by=hall.gdpr_unit, seen=seen)
    assert meeting.attendances.get(person=hall.second).presence == Presence.ABSENT
    with pytest.raises(actions.Changed):
        actions.set_attendance(meeting, hall.sheet(), by=hall.gdpr_unit, seen=seen)
    with pytest.raises(PermissionDenied):
        actions.set_attendance(meeting, hall.sheet(), by=hall.employee)
    closed = actions.close_meeting(hall.settle(fresh(meeting)), by=hall.gdpr_unit)
    with pytest.raises(StepNotOpen):
        actions.set_attendance(closed, hall.sheet(), by=hall.gdpr_unit)


def test_absence_is_known_beforehand(hall: Hall) -> None:
    stand_in = make_user("vikar", "Vivi Vikar")
    hall.goes_away("second", stand_in)
    seat = next(seat for seat in hall.body.seats() if seat.person == hall.second)
    assert (seat.is_away, seat.deputies) == (True, (stand_in,))
    assert hall.body.seats()[0].is_chair
