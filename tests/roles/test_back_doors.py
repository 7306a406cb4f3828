"""Nobody comes by a role, by a person or by every case along a way that nobody sees."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from glostrup_isms.kit.outbox import Message
from roles.actions import appoint, deactivate, end_appointment, reactivate
from roles.enums import OWNER_ROLES, PersonKind, Role, Source
from roles.models import Absence, Appointment, Unit, User, today
from tests.factories import Town, make_town, make_unit, make_user
from tests.factories import appoint as place

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def name(by: User, person: User, role: Role, unit: Unit, **days: date) -> Appointment:
    return appoint(person, role, unit, by=fresh(by), **{"from_on": today(), **days})


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.EXTERNAL])
def test_leader_takes_nobody_from_anothers_units(town: Town, role: Role) -> None:
    """She would see and could move what the person answers for there."""
    for person in (town.teacher, town.dpo, town.mayor):
        with pytest.raises(ValidationError, match="hører til i en anden enhed"):
            name(town.leader, person, role, town.home_care)
    name(town.leader, town.employee, Role.EXTERNAL, town.home_care)  # already hers
    name(town.leader, make_user("ny"), role, town.home_care)  # stands nowhere
    name(town.gdpr, town.teacher, role, town.home_care)


@pytest.mark.parametrize("role", OWNER_ROLES)
def test_owner_of_a_system_is_not_under_the_leader_of_its_unit(town: Town, role: Role) -> None:
    name(town.leader, town.dpo, role, town.home_care)
    leader = fresh(town.leader)
    assert not leader.has_perm("roles.view_user", fresh(town.dpo))
    assert not leader.has_perm("roles.hand_over", fresh(town.dpo))
    assert town.dpo not in User.objects.known_to(leader)


def test_whoever_stands_in_for_somebody_gives_her_no_role(town: Town) -> None:
    """What the one is given, the other has: she would appoint herself. Also when the absence is only planned."""
    for start in (today(), today() + timedelta(days=20)):
        absence = Absence.objects.create(
            person=town.employee, deputy=town.administrator, from_on=start, to_on=start + timedelta(days=3)
        )
        for role in (Role.GDPR_UNIT, Role.DPO, Role.IT_CHIEF):
            with pytest.raises(PermissionDenied, match="så længe du er stedfortræder"):
                name(town.administrator, town.employee, role, town.municipality)
        absence.delete()
    assert name(town.administrator, town.employee, Role.IT_CHIEF, town.municipality)


def test_standing_deputy_gives_the_absent_one_no_role(town: Town) -> None:
    Appointment.objects.filter(person=town.administrator).update(deputy=town.teacher)
    Absence.objects.create(person=town.administrator, from_on=today(), to_on=today())
    assert fresh(town.teacher).has_role(Role.ADMINISTRATOR)
    with pytest.raises(PermissionDenied, match="så længe du er stedfortræder"):
        name(town.teacher, town.administrator, Role.GDPR_UNIT, town.municipality)


@pytest.mark.parametrize("role", OWNER_ROLES)
def test_role_for_a_system_never_draws_a_persons_reports_to_its_unit(town: Town, role: Role) -> None:
    """However far back it is dated."""
    name(town.leader, town.teacher, role, town.home_care, from_on=date(1990, 1, 1))
    assert town.report(by=fresh(town.teacher)).breach.unit == town.school


def test_word_of_the_organisation_system_comes_before_an_employment_written_here(town: Town) -> None:
    newcomer = make_user("ny")
    name(town.leader, newcomer, Role.EMPLOYEE, town.home_care, from_on=date(1990, 1, 1))
    place(newcomer, Role.EMPLOYEE, town.school, is_primary=True, source=Source.SYNC)
    assert town.report(by=fresh(newcomer)).breach.unit == town.school


def test_leader_far_ahead_or_long_gone_reads_nothing_of_a_person(town: Town) -> None:
    chief = fresh(town.health_chief)
    Appointment.objects.filter(person=town.leader).update(to_on=today() + timedelta(days=3000))
    name(town.health_chief, town.teacher, Role.LEADER, town.home_care, from_on=today() + timedelta(days=4000))
    place(town.teacher, Role.EMPLOYEE, town.home_care, to_on=today() - timedelta(days=170))
    assert not chief.has_perm("roles.view_user", fresh(town.teacher))
    assert town.teacher not in User.objects.known_to(chief)


def test_one_who_stands_nowhere_is_known_where_she_stood_and_where_she_is_to_stand(town: Town) -> None:
    coming, gone = make_user("kommer"), make_user("stoppet")
    place(coming, Role.EMPLOYEE, town.home_care, from_on=today() + timedelta(days=20))
    place(gone, Role.EMPLOYEE, town.home_care, to_on=today() - timedelta(days=20))
    for person in (coming, gone):
        assert person in User.objects.known_to(fresh(town.leader))
        assert fresh(town.leader).has_perm("roles.view_user", fresh(person))


def test_wide_role_made_longer_or_opened_again_is_told_to_those_who_watch(town: Town) -> None:
    made = name(town.administrator, town.teacher, Role.GDPR_UNIT, town.municipality, to_on=today())
    Message.objects.all().delete()
    end_appointment(made, by=fresh(town.administrator), on=today() + timedelta(days=300))
    assert Message.objects.filter(recipient=town.dpo, kind="role_wide_right").exists()
    Message.objects.all().delete()
    deactivate(town.teacher, by=town.administrator)
    reactivate(town.teacher, by=town.administrator)
    assert Message.objects.filter(recipient=town.dpo, kind="role_wide_right").exists()


def test_deputy_from_before_the_office_is_told_of_and_is_none_from_outside(town: Town) -> None:
    """She was nobody when she named the deputy; whoever appoints her then opens the cases to the deputy too."""
    absence = Absence.objects.create(person=town.school_leader, deputy=town.teacher, from_on=today(), to_on=today())
    name(town.administrator, town.school_leader, Role.GDPR_UNIT, town.administration)
    told = Message.objects.filter(kind="role_wide_right", recipient=town.dpo).values_list("url", flat=True)
    assert set(told) == {town.school_leader.get_absolute_url(), town.teacher.get_absolute_url()}
    Appointment.objects.filter(role=Role.GDPR_UNIT, person=town.school_leader).delete()
    User.objects.filter(pk=town.teacher.pk).update(kind=PersonKind.EXTERNAL)
    with pytest.raises(ValidationError, match="stedfortræder udefra"):
        name(town.administrator, town.school_leader, Role.GDPR_UNIT, town.administration)
    absence.delete()
    assert name(town.administrator, town.school_leader, Role.GDPR_UNIT, town.administration)


@pytest.mark.parametrize("role", [Role.LEADER, Role.CENTRE_CHIEF])
def test_chief_makes_nobody_with_a_role_elsewhere_a_leader_of_hers(town: Town, role: Role) -> None:
    """She would read and take what the GDPR unit's people have to do. An ordinary colleague may be promoted."""
    empty = make_unit("Tom enhed", town.health)
    for person in (town.gdpr, town.dpo, town.school_leader):
        with pytest.raises(ValidationError, match="hører til i en anden enhed"):
            name(town.health_chief, person, role, empty)
    assert name(town.health_chief, town.teacher, role, empty)


def test_backdated_leader_erases_nothing_of_those_before(town: Town) -> None:
    old = place(make_user("old"), Role.LEADER, town.home_care, from_on=date(2015, 1, 1), to_on=date(2020, 1, 1))
    User.objects.filter(pk=old.person_id).update(is_active=False)
    name(town.health_chief, town.teacher, Role.LEADER, town.home_care, from_on=date(2014, 1, 1), to_on=date(2016, 1, 1))
    old.refresh_from_db()
    assert (old.from_on, old.to_on) == (date(2015, 1, 1), date(2020, 1, 1))
    held = Appointment.objects.get(person=town.leader)
    deactivate(town.leader, by=town.administrator)
    with pytest.raises(ValidationError, match="eller senere"):
        name(town.health_chief, town.teacher, Role.LEADER, town.home_care, from_on=held.from_on)
