"""Deputies for a period: the one named for an absence acts instead of the standing one, and only then."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from breaches.models import Breach
from glostrup_isms.kit.outbox import Message
from roles.actions import cancel_absence, nearest_leader, register_absence, set_deputy
from roles.enums import PersonKind, Role
from roles.models import Absence, Appointment, User, today
from tests.factories import Town, make_town, make_user

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def away(town: Town, **days: object) -> Absence:
    return register_absence(
        town.leader, by=town.leader, **{"from_on": today(), "to_on": today() + WEEK, "deputy": town.teacher, **days}
    )


def test_named_deputy_gets_the_reports_and_sees_the_cases_meanwhile(town: Town) -> None:
    away(town)
    assert nearest_leader(fresh(town.employee)).person == town.teacher
    breach = town.report(by=town.employee).breach
    assert Breach.objects.visible_to(fresh(town.teacher)).filter(pk=breach.pk).exists()
    assert fresh(town.teacher).has_role(Role.LEADER)


def test_standing_deputy_does_not_act_when_another_is_named(town: Town) -> None:
    away(town)
    assert not fresh(town.deputy).has_role(Role.LEADER)
    breach = town.report(by=town.employee).breach
    assert not Breach.objects.visible_to(fresh(town.deputy)).filter(pk=breach.pk).exists()


def test_standing_deputy_acts_when_nobody_is_named(town: Town) -> None:
    away(town, deputy=None)
    assert fresh(town.deputy).has_role(Role.LEADER)
    assert nearest_leader(fresh(town.employee)).person == town.deputy


@pytest.mark.parametrize("days", [-1, 8])
def test_named_deputy_has_nothing_before_and_after(town: Town, time_machine, days: int) -> None:
    time_machine.move_to(f"{today()}T12:00:00+01:00")
    first = today() + timedelta(days=20)
    away(town, from_on=first, to_on=first + WEEK)
    time_machine.shift(timedelta(days=20 + days))
    assert not fresh(town.teacher).has_role(Role.LEADER)
    assert nearest_leader(fresh(town.employee)).person == town.leader
    time_machine.shift(timedelta(days=-days))
    assert fresh(town.teacher).has_role(Role.LEADER)


@pytest.mark.parametrize("why", ["away", "left"])
def test_case_goes_up_the_line_when_the_named_deputy_cannot(town: Town, why: str) -> None:
    away(town)
    if why == "away":
        Absence.objects.create(person=town.teacher, from_on=today(), to_on=today())
    else:
        User.objects.filter(pk=town.teacher.pk).update(is_active=False)
    assert nearest_leader(fresh(town.employee)).person == town.health_chief


def test_overlapping_absences_with_different_deputies_are_refused(town: Town) -> None:
    away(town)
    with pytest.raises(ValidationError, match="anden stedfortræder"):
        away(town, from_on=today() + WEEK, to_on=today() + 2 * WEEK, deputy=town.employee)
    with pytest.raises(ValidationError, match="allerede meldt fravær"):
        away(town, from_on=today() + WEEK, to_on=today() + 2 * WEEK)
    assert Absence.objects.count() == 1
    assert away(town, from_on=today() + 2 * WEEK, to_on=today() + 3 * WEEK, deputy=town.employee)


def test_nobody_stands_in_for_herself(town: Town) -> None:
    with pytest.raises(ValidationError):
        away(town, deputy=town.leader)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(person=town.leader, from_on=today(), to_on=today(), deputy=town.leader)


def test_one_who_has_left_is_no_deputy(town: Town) -> None:
    gone = make_user("vaek", is_active=False)
    with pytest.raises(ValidationError, match="ikke længere i kommunen"):
        away(town, deputy=gone)


def test_deputy_is_told_without_being_told_who_is_away(town: Town) -> None:
    away(town)
    message = Message.objects.get(recipient=town.teacher)
    assert "stedfortræder" in message.subject.lower()
    assert "Lene" not in message.subject + message.body


def test_cancelled_absence_ends_the_deputys_rights_at_once(town: Town) -> None:
    absence = away(town)
    assert fresh(town.teacher).has_role(Role.LEADER)
    cancel_absence(absence, by=town.leader)
    assert not fresh(town.teacher).has_role(Role.LEADER)


def test_gdpr_unit_deputy_named_for_the_days_is_told_of_new_cases(town: Town) -> None:
    register_absence(town.gdpr, by=town.gdpr, from_on=today(), to_on=today(), deputy=town.teacher)
    breach = town.report(by=town.employee).breach
    assert breach.told.filter(person=town.teacher).exists()


def test_deputy_for_one_who_sees_every_case_is_told_to_those_who_watch(town: Town) -> None:
    register_absence(town.gdpr, by=town.gdpr, from_on=today(), to_on=today(), deputy=town.teacher)
    assert Message.objects.filter(recipient=town.dpo, kind="role_wide_right").exists()
    assert not Message.objects.filter(recipient=town.gdpr, kind="role_wide_right").exists()
    away(town)
    assert Message.objects.filter(kind="role_wide_right", recipient=town.dpo).count() == 1, "not for an ordinary leader"


def test_partner_from_outside_is_no_deputy_where_every_case_is_seen(town: Town) -> None:
    partner = make_user("partner", kind=PersonKind.EXTERNAL)
    with pytest.raises(ValidationError, match="kun have en kollega"):
        register_absence(town.gdpr, by=town.gdpr, from_on=today(), to_on=today(), deputy=partner)
    with pytest.raises(ValidationError, match="kun have en kollega"):
        set_deputy(Appointment.objects.get(person=town.gdpr), partner, by=fresh(town.gdpr))


def test_absence_lasts_a_year_at_most(town: Town) -> None:
    with pytest.raises(ValidationError, match="højst vare et år"):
        away(town, to_on=today() + timedelta(days=367))


def test_absence_in_an_office_to_come_is_told_as_well(town: Town) -> None:
    tomorrow = today() + timedelta(days=1)
    Appointment.objects.create(
        person=town.school_leader, role=Role.GDPR_UNIT, unit=town.administration, from_on=tomorrow
    )
    partner = make_user("partner", kind=PersonKind.EXTERNAL)
    with pytest.raises(ValidationError, match="kun have en kollega"):
        register_absence(town.school_leader, by=town.school_leader, from_on=tomorrow, to_on=tomorrow, deputy=partner)
    register_absence(town.school_leader, by=town.school_leader, from_on=tomorrow, to_on=tomorrow, deputy=town.teacher)
    assert Message.objects.filter(recipient=town.dpo, kind="role_wide_right").exists()
