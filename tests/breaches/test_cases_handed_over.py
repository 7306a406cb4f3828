"""A case handed over: whoever takes it sees it and is told each time; what she may see of it because it was handed to
her ends where her office takes over."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from breaches import explain
from breaches.actions import take_due_steps
from breaches.holdings import CASES
from breaches.models import Breach, BreachUserObjectPermission, Exclusion, Told
from breaches.permissions import ACKNOWLEDGE, VIEW, grant_case
from glostrup_isms.kit.outbox import Message, State, deliver_due
from roles import actions
from roles.actions.handover import hand_over, things_of
from roles.enums import Role
from roles.models import Absence, Appointment, User, today
from roles.signals import organisation_changed
from tests.factories import Town, appoint, let, make_town
from tests.services import SmtpSink

pytestmark = pytest.mark.django_db
TOMORROW = timedelta(days=1)


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def sees(person: User, breach: Breach) -> bool:
    """By the list, and by the question of the single case: the same answer."""
    person = fresh(person)
    listed = Breach.objects.visible_to(person).filter(pk=breach.pk).exists()
    assert listed == person.has_perm(VIEW, Breach.objects.get(pk=breach.pk))
    return listed


def move(breach: Breach, person: User, to: User, by: User) -> int:
    return CASES.move([breach], person, fresh(to), fresh(by))


def give_all(person: User, to: User, by: User) -> list[str]:
    things = [thing for _, _, some in things_of(person, fresh(by)) for thing in some]
    return hand_over(person, fresh(to), things, by=fresh(by), last_day=today())


def messages(person: User) -> list[Message]:
    return list(Message.objects.filter(recipient=person, kind="breach_told"))


# ── Whoever takes a case sees it and is told ─────────────────────────────────────────────────────


def test_case_that_comes_back_is_seen_and_told_of_again(smtp: SmtpSink, town: Town) -> None:
    breach = town.report(by=town.employee).breach
    for person, to in ((town.leader, town.teacher), (town.teacher, town.leader), (town.leader, town.teacher)):
        assert move(breach, person, to, town.gdpr) == 1
    assert sees(town.teacher, breach)
    assert fresh(town.teacher).has_perm(ACKNOWLEDGE, breach)
    told = breach.told.get(person=town.teacher)
    assert told.relieved_at is None
    assert len(messages(town.teacher)) == 2
    assert len(messages(town.leader)) == 2, "hers, and when it came back to her"
    deliver_due()
    assert {one.state for one in messages(town.teacher)} == {State.SENT}
    told.refresh_from_db()
    assert told.message == max(messages(town.teacher), key=lambda one: one.created_at)


def test_case_that_comes_back_is_to_be_acknowledged_anew(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    move(breach, town.leader, town.teacher, town.gdpr)
    breach.told.filter(person=town.teacher).update(read_at=breach.reported_at, acknowledged_at=breach.reported_at)
    move(breach, town.teacher, town.leader, town.gdpr)
    time_machine.move_to(breach.reported_at + timedelta(minutes=30))
    move(breach, town.leader, town.teacher, town.gdpr)
    told = breach.told.get(person=town.teacher)
    assert (told.read_at, told.acknowledged_at) == (None, None)
    assert told.told_at > breach.reported_at
    assert told.reason == "Overtaget efter Lene Leder."
    time_machine.move_to(breach.reported_at + timedelta(hours=3))
    take_due_steps()
    assert Message.objects.filter(recipient=town.teacher, kind="breach_reminder").exists()


def test_track_of_the_gdpr_unit_given_to_somebody_outside_it_is_seen_and_told_of(smtp: SmtpSink, town: Town) -> None:
    appoint(town.teacher, Role.LAWYER, town.administration)
    breach = town.report(by=town.employee).breach
    assert move(breach, town.gdpr, town.teacher, town.gdpr2) == 1
    assert sees(town.teacher, breach)
    deliver_due()
    assert [one.state for one in messages(town.teacher)] == [State.SENT]


def test_one_who_has_the_case_still_but_lost_sight_of_it_gets_it_as_new(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    Appointment.objects.filter(person=town.gdpr2).update(to_on=today() - TOMORROW)
    assert breach.told.filter(person=town.gdpr2, relieved_at=None).exists()
    move(breach, town.gdpr, town.gdpr2, town.health_chief)
    assert sees(town.gdpr2, breach)
    assert len(messages(town.gdpr2)) == 2


def test_member_of_the_gdpr_unit_gets_no_grant_with_the_case(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    move(breach, town.gdpr, town.gdpr2, town.gdpr2)
    assert not BreachUserObjectPermission.objects.filter(user=town.gdpr2).exists()


def test_leader_relieved_earlier_is_told_when_the_case_is_placed_in_her_unit_again(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    move(breach, town.leader, town.teacher, town.gdpr)
    breach.refresh_from_db()
    from breaches.actions import set_unit

    set_unit(breach, town.home_care, by=fresh(town.gdpr))
    assert breach.told.get(person=town.leader).relieved_at is None
    assert len(messages(town.leader)) == 2


def test_nobody_is_told_twice_of_what_she_still_has(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    move(breach, town.gdpr, town.gdpr2, town.gdpr2)
    assert len(messages(town.gdpr2)) == 1


def test_one_kept_out_gets_nothing_back(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    move(breach, town.leader, town.teacher, town.gdpr)
    move(breach, town.teacher, town.leader, town.gdpr)
    Exclusion.objects.create(breach=breach, person=town.teacher)
    assert move(breach, town.leader, town.teacher, town.gdpr) == 0
    assert breach.told.get(person=town.teacher).relieved_at
    assert not sees(town.teacher, breach)


# ── A grant ends where the office begins ─────────────────────────────────────────────────────────


def test_successor_loses_the_cases_with_the_office(town: Town, time_machine) -> None:
    """Two years later, in another centre, she sees nothing of them."""
    breach = town.report(by=town.employee).breach
    give_all(town.leader, town.teacher, town.health_chief)
    grants = BreachUserObjectPermission.objects.filter(user=town.teacher)
    assert {grant.to_on for grant in grants} == {today()}
    assert sees(town.teacher, breach), "already today: she was told of it"
    time_machine.move_to(f"{today() + TOMORROW}T12:00:00+01:00")
    assert sees(town.teacher, breach), "by office"
    Appointment.objects.filter(person=town.teacher, role=Role.LEADER).update(to_on=today() + timedelta(days=700))
    time_machine.move_to(f"{today() + timedelta(days=730)}T12:00:00+01:00")
    assert not sees(town.teacher, breach)
    assert not fresh(town.teacher).has_perm(ACKNOWLEDGE, breach)


def test_successor_who_begins_at_once_gets_no_grant_beside_the_office(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    Told.objects.filter(person__in=[town.gdpr, town.gdpr2]).update(relieved_at=breach.reported_at)
    actions.deactivate(town.leader, by=town.administrator)
    give_all(fresh(town.leader), town.teacher, town.gdpr)
    assert sees(town.teacher, breach)
    assert not BreachUserObjectPermission.objects.in_force().exists()


@pytest.mark.parametrize(
    ("role", "unit", "ends"),
    [
        (Role.GDPR_UNIT, "administration", True),
        (Role.DPO, "administration", False),  # sees all, acknowledges nothing
        (Role.CENTRE_CHIEF, "health", True),
        (Role.LEADER, "home_care", True),
        (Role.LEADER, "school", False),
        (Role.CENTRE_CHIEF, "children", False),
        (Role.SYSTEM_OWNER, "home_care", False),
        (Role.ADMINISTRATOR, "administration", False),
    ],
)
@pytest.mark.parametrize("after", [-1, 0, 9])
def test_appointment_ends_the_grants_that_it_covers_and_no_others(
    town: Town, role: Role, unit: str, ends: bool, after: int
) -> None:
    breach = town.report(by=town.employee).breach
    nowhere = town.report().breach
    grant_case(breach, [town.teacher, town.mayor])
    grant_case(nowhere, [town.teacher])
    place = getattr(town, unit)
    Appointment.objects.filter(role=role, unit=place).exclude(role=Role.GDPR_UNIT).update(to_on=today() - TOMORROW * 3)
    begins = today() + timedelta(days=after)
    actions.appoint(town.teacher, role, place, by=fresh(town.gdpr), from_on=begins)
    grants = BreachUserObjectPermission.objects.filter(user=town.teacher, content_object=breach)
    days = {grant.to_on for grant in grants}
    assert days == ({begins - TOMORROW} if ends else {None})
    assert sees(town.teacher, breach)
    everywhere = role == Role.GDPR_UNIT
    others = BreachUserObjectPermission.objects.filter(user=town.teacher, content_object=nowhere, to_on=None)
    assert others.exists() != everywhere, "a case without a unit stands in no line"
    assert BreachUserObjectPermission.objects.filter(user=town.mayor, to_on=None).count() == 2


def test_appointment_that_the_organisation_system_made_ends_them_too(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    grant_case(breach, [town.teacher])
    appoint(town.teacher, Role.GDPR_UNIT, town.administration, from_on=today() + TOMORROW * 9)
    organisation_changed.send(Appointment)
    assert {grant.to_on for grant in BreachUserObjectPermission.objects.all()} == {today() + TOMORROW * 8}


def test_grant_stands_when_the_appointment_is_cancelled_before_it_begins(town: Town) -> None:
    """She was told of the case and answers for it: nothing has taken over."""
    breach = town.report(by=town.employee).breach
    grant_case(breach, [town.teacher])
    place = actions.appoint(
        town.teacher, Role.GDPR_UNIT, town.administration, by=fresh(town.gdpr), from_on=today() + TOMORROW * 9
    )
    place.delete()
    organisation_changed.send(Appointment)
    assert {grant.to_on for grant in BreachUserObjectPermission.objects.all()} == {None}


def test_grant_stands_when_the_appointment_was_a_mistake(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    grant_case(breach, [town.teacher])
    place = actions.appoint(town.teacher, Role.GDPR_UNIT, town.administration, by=fresh(town.gdpr), from_on=today())
    assert not BreachUserObjectPermission.objects.in_force().exists()
    actions.stop_appointment(place, by=fresh(town.gdpr))
    assert sees(town.teacher, breach)


def test_appointment_for_a_time_takes_no_case_away(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    grant_case(breach, [town.teacher])
    week = {"from_on": today() + TOMORROW, "to_on": today() + TOMORROW * 8}
    actions.appoint(town.teacher, Role.GDPR_UNIT, town.administration, by=fresh(town.gdpr), **week)
    time_machine.move_to(timezone.now() + TOMORROW * 20)
    organisation_changed.send(Appointment)
    assert sees(town.teacher, breach)


@pytest.mark.parametrize("by", ["absence", "delegation"])
def test_case_given_to_one_who_sees_it_for_a_time_stays_with_her(town: Town, by: str) -> None:
    breach = town.report(by=town.employee).breach
    if by == "absence":
        for_a_time = Absence.objects.create(person=town.leader, deputy=town.deputy, from_on=today(), to_on=today())
    else:
        for_a_time = let(town.leader, "follow_cases", town.home_care, to=town.deputy)
    assert sees(town.deputy, breach)
    give_all(fresh(town.leader), town.deputy, town.gdpr)
    for_a_time.delete()
    Appointment.objects.filter(person=town.deputy).exclude(role=Role.EMPLOYEE).delete()
    assert sees(town.deputy, breach)


def test_appointment_that_has_ended_takes_nothing_away(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    grant_case(breach, [town.teacher])
    appoint(town.teacher, Role.CENTRE_CHIEF, town.health, to_on=today() - TOMORROW)
    organisation_changed.send(Appointment)
    assert sees(town.teacher, breach)
    assert {grant.to_on for grant in BreachUserObjectPermission.objects.all()} == {None}


def test_grant_that_ended_is_given_anew(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    grant_case(breach, [town.teacher])
    BreachUserObjectPermission.objects.update(to_on=today() - TOMORROW)
    assert not sees(town.teacher, breach)
    grant_case(breach, [town.teacher])
    assert sees(town.teacher, breach)
    assert BreachUserObjectPermission.objects.filter(user=town.teacher).count() == 2


def test_giving_way_to_offices_costs_the_same_with_many_grants(town: Town) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            organisation_changed.send(Appointment)
        return len(seen)

    grant_case(town.report(by=town.employee).breach, [town.mayor])
    few = queries()
    for _ in range(5):
        grant_case(town.report(by=town.employee).breach, [town.mayor, town.teacher, town.children_chief])
    assert queries() == few


# ── How it is explained ──────────────────────────────────────────────────────────────────────────


def test_explanation_says_until_when_and_that_it_is_over(town: Town, time_machine) -> None:
    time_machine.move_to("2026-05-04T12:00:00+02:00")
    breach = town.report(by=town.employee).breach
    grant_case(breach, [town.mayor])
    BreachUserObjectPermission.objects.update(to_on=today() + TOMORROW)
    answer = explain.why_case(fresh(town.mayor), breach, fresh(town.gdpr))[0]
    assert answer.reasons == ["Mogens Mayor har fået besked om sagen og dermed adgang til den til og med 5. maj 2026."]
    time_machine.move_to("2026-05-06T12:00:00+02:00")
    answer = explain.why_case(fresh(town.mayor), breach, fresh(town.gdpr))[0]
    assert not answer.can
    assert "Mogens Mayor fik besked om sagen og havde adgang til den til og med 5. maj 2026." in answer.reasons
