"""The standing deputy of an appointment: who chooses her, and who is told."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from glostrup_isms.kit.outbox import Message
from roles.actions import appoint, set_deputy
from roles.enums import Role
from roles.models import Appointment, Unit, User, today
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def name(by: User, person: User, role: Role, unit: Unit, **days: date) -> Appointment:
    return appoint(person, role, unit, by=fresh(by), **{"from_on": today(), **days})


def test_nobody_makes_herself_anothers_deputy(town: Town) -> None:
    """Or the administrator would be in the GDPR unit whenever one of its people is away."""
    held = Appointment.objects.get(person=town.gdpr)
    with pytest.raises(ValidationError, match="vælge dig selv"):
        set_deputy(held, town.administrator, by=fresh(town.administrator))


def test_deputy_whom_another_chose_is_told_to_the_holder_and_to_those_who_watch(town: Town) -> None:
    held = Appointment.objects.get(person=town.gdpr)
    set_deputy(held, town.teacher, by=fresh(town.administrator))
    assert Message.objects.filter(recipient=town.gdpr, kind="role_deputy_changed").exists()
    assert Message.objects.filter(recipient=town.dpo, kind="role_wide_right").exists()
    Message.objects.all().delete()
    set_deputy(held, town.employee, by=fresh(town.gdpr))
    kinds = {kind for (kind,) in Message.objects.values_list("kind")}
    assert kinds == {"role_deputy", "role_wide_right"}, "her own choice is told to those who watch, not to herself"
    assert not Message.objects.filter(recipient=town.gdpr).exists()


def test_deputy_chosen_again_is_told_again(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    for deputy in (town.employee, None, town.employee, town.employee):
        set_deputy(held, deputy, by=fresh(town.leader))
    assert Message.objects.filter(recipient=town.employee, kind="role_deputy").count() == 2


def test_deputy_is_chosen_by_the_holder_or_the_level_above(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    assert set_deputy(held, town.employee, by=fresh(town.leader)).deputy == town.employee
    assert set_deputy(held, None, by=fresh(town.health_chief)).deputy is None
    for stranger in (town.school_leader, town.employee, town.dpo):
        with pytest.raises(PermissionDenied):
            set_deputy(held, town.teacher, by=fresh(stranger))


def test_nobody_is_her_own_deputy_nor_is_one_who_has_left(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    with pytest.raises(ValidationError, match="sig selv"):
        set_deputy(held, town.leader, by=fresh(town.leader))
    User.objects.filter(pk=town.teacher.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="ikke længere"):
        set_deputy(held, fresh(town.teacher), by=fresh(town.leader))
