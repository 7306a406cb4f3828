"""Letting a colleague do a part of one's work until a day: it flows from an appointment, and ends with it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from breaches.models import Breach
from breaches.permissions import HANDLE, VIEW
from roles import rights
from roles.actions import delegate, end_appointment, grant_for, revoke, revoke_for
from roles.enums import Role
from roles.models import Appointment, Unit, UnitGrant, User, today
from roles.permissions import APPOINT, why_not_appoint
from tests.factories import Town, make_town, make_unit

pytestmark = pytest.mark.django_db
FOLLOW, MAINTAIN = "roles.follow_cases", "roles.maintain_appointments"


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def let(holder: User, to: User, unit: Unit, what: str = FOLLOW, days: int = 30) -> UnitGrant:
    delegable = rights.delegable_named(what)
    assert delegable is not None
    return delegate(fresh(holder), to=to, what=delegable, unit=unit, to_on=today() + timedelta(days=days))


def sees(person: User, breach: Breach) -> bool:
    listed = Breach.objects.visible_to(fresh(person)).filter(pk=breach.pk).exists()
    assert listed == fresh(person).has_perm(VIEW, Breach.objects.get(pk=breach.pk))
    return listed


def test_delegate_sees_the_cases_of_the_unit_and_below_and_no_others(town: Town) -> None:
    below = make_unit("Aftenvagten", town.home_care)
    cases = [town.report(unit=unit).breach for unit in (town.home_care, below, town.school, town.health)]
    let(town.leader, town.teacher, town.home_care)
    assert [sees(town.teacher, case) for case in cases] == [True, True, False, False]
    assert not fresh(town.teacher).has_perm(HANDLE, cases[0])


def test_delegate_of_appointments_fills_local_roles_there_only(town: Town) -> None:
    let(town.leader, town.teacher, town.home_care, MAINTAIN)
    helper = fresh(town.teacher)
    assert helper.has_perm(APPOINT, town.home_care)
    assert why_not_appoint(helper, town.employee, Role.SYSTEM_OWNER, town.home_care) is None
    assert why_not_appoint(helper, town.employee, Role.LEADER, town.home_care)
    assert why_not_appoint(helper, town.employee, Role.SYSTEM_OWNER, town.school)
    assert why_not_appoint(helper, town.employee, Role.GDPR_UNIT, town.home_care)


def test_nobody_lets_others_do_what_she_does_not_hold(town: Town) -> None:
    for holder, unit in (
        (town.employee, town.home_care), (town.leader, town.school), (town.leader, town.health),
        (town.dpo, town.home_care), (town.administrator, town.home_care), (town.gdpr, town.home_care),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            let(holder, town.teacher, unit)
    assert not UnitGrant.objects.exists()


def test_what_was_let_is_not_let_further(town: Town) -> None:
    let(town.leader, town.teacher, town.home_care)
    with pytest.raises(PermissionDenied):
        let(town.teacher, town.employee, town.home_care)


def test_acting_deputy_lets_nothing_further(town: Town) -> None:
    from roles.models import Absence

    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert fresh(town.deputy).has_role(Role.LEADER)
    with pytest.raises(PermissionDenied):
        let(town.deputy, town.teacher, town.home_care)


@pytest.mark.parametrize("days", [-1, 367, 5000])
def test_end_date_is_near_and_ahead(town: Town, days: int) -> None:
    with pytest.raises(ValidationError, match="højst et år"):
        let(town.leader, town.teacher, town.home_care, days=days)


def test_grant_never_outlasts_the_appointment_it_flows_from(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(to_on=today() + timedelta(days=5))
    with pytest.raises(ValidationError, match="slutter før"):
        let(town.leader, town.teacher, town.home_care, days=6)
    assert let(town.leader, town.teacher, town.home_care, days=5)


def test_nobody_lets_herself_nor_one_who_has_left(town: Town) -> None:
    with pytest.raises(ValidationError, match="allerede opgaven"):
        let(town.leader, town.leader, town.home_care)
    User.objects.filter(pk=town.teacher.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="ikke længere"):
        let(town.leader, fresh(town.teacher), town.home_care)


def test_same_thing_again_takes_the_new_day(town: Town) -> None:
    let(town.leader, town.teacher, town.home_care, days=5)
    let(town.leader, town.teacher, town.home_care, days=50)
    assert UnitGrant.objects.get().to_on == today() + timedelta(days=50)


ENDINGS = {
    "its day has gone": lambda town, grant, clock: clock.shift(timedelta(days=31)),
    "taken back": lambda town, grant, clock: revoke(grant, by=town.leader),
    "given back": lambda town, grant, clock: revoke(grant, by=town.teacher),
    "revoke_for": lambda town, grant, clock: revoke_for(grant.appointment, by=None),
    "the giver's appointment has ended": lambda town, grant, clock: Appointment.objects.filter(
        person=town.leader).update(to_on=today() - timedelta(days=1)),
    "the giver has left": lambda town, grant, clock: User.objects.filter(pk=town.leader.pk).update(is_active=False),
    "the giver leads another unit": lambda town, grant, clock: Appointment.objects.filter(
        person=town.leader).update(unit=town.school, role=Role.CENTRE_CHIEF),
    "the giver holds a lesser role": lambda town, grant, clock: Appointment.objects.filter(
        person=town.leader).update(role=Role.EMPLOYEE),
    "the holder of it has left": lambda town, grant, clock: User.objects.filter(
        pk=town.teacher.pk).update(is_active=False),
}  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
def test_right_ends_with_its_reason_at_the_next_request(town: Town, time_machine, ending: str) -> None:
    time_machine.move_to(f"{today()}T12:00:00+01:00")
    breach = town.report(by=town.employee).breach
    grant = let(town.leader, town.teacher, town.home_care)
    assert sees(town.teacher, breach)
    ENDINGS[ending](town, grant, time_machine)
    assert not sees(town.teacher, breach)


def test_grant_on_the_unit_itself_counts_only_in_its_days(town: Town, time_machine) -> None:
    time_machine.move_to(f"{today()}T12:00:00+01:00")
    let(town.leader, town.teacher, town.home_care)
    assert fresh(town.teacher).has_perm(FOLLOW, town.home_care)
    assert not fresh(town.teacher).has_perm(FOLLOW, town.school)
    time_machine.shift(timedelta(days=31))
    assert not fresh(town.teacher).has_perm(FOLLOW, town.home_care)


def test_unit_moved_out_of_the_givers_line_ends_it(town: Town) -> None:
    below = make_unit("Aftenvagten", town.home_care)
    breach = town.report(unit=below).breach
    let(town.leader, town.teacher, below)
    assert sees(town.teacher, breach)
    below.parent = town.school
    below.save()
    assert not sees(town.teacher, breach)


def test_case_about_giver_or_helper_stays_hidden_from_the_helper(town: Town) -> None:
    from breaches.enums import LeaderChoice

    let(town.leader, town.teacher, town.home_care)
    breach = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    assert not sees(town.leader, breach)
    assert not sees(town.teacher, breach)


def test_only_the_two_of_them_stop_it(town: Town) -> None:
    grant = let(town.leader, town.teacher, town.home_care)
    for other in (town.health_chief, town.administrator, town.gdpr, town.employee):
        with pytest.raises(PermissionDenied):
            revoke(grant, by=other)
    assert UnitGrant.objects.exists()


def test_ending_the_appointment_takes_its_grants_along(town: Town) -> None:
    grant = let(town.leader, town.teacher, town.home_care)
    place = grant.appointment
    end_appointment(place, by=fresh(town.health_chief), on=today())
    assert UnitGrant.objects.in_force().exists(), "she is leader to the end of the day"
    Appointment.objects.filter(pk=place.pk).update(from_on=today() - timedelta(days=9), to_on=None)
    end_appointment(place, by=fresh(town.health_chief), on=today() - timedelta(days=1))
    assert not UnitGrant.objects.exists()
    assert UnitGrant.history.filter(history_type="-").exists()


def test_grant_for_refuses_a_permission_of_another_kind_of_object(town: Town) -> None:
    place = Appointment.objects.get(person=town.leader)
    with pytest.raises(ValidationError):
        grant_for(place, to=town.teacher, permission=VIEW, obj=town.home_care, to_on=today(), by=town.leader)
