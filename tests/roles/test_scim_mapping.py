"""Who may say what a group gives: whoever may appoint anybody anywhere, and never to herself."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from roles.actions import register_absence
from roles.enums import LEADING_ROLES, Role, Source
from roles.models import Appointment, User, today
from roles.scim.places import map_group, unmap_group
from tests.factories import Town, appoint, make_town
from tests.roles.scim import Scim, named


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def holders(role: Role = Role.GDPR_UNIT) -> set[str]:
    places = Appointment.objects.in_force().filter(role=role, source=Source.SCIM)
    return {place.person.username for place in places.select_related("person")}


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


@pytest.mark.parametrize("role", LEADING_ROLES)
def test_group_cannot_make_leaders(scim: Scim, town: Town, mette: User, role: Role) -> None:
    with pytest.raises(ValidationError, match="leder"):
        map_group(scim.group("Ledere", mette), role, town.school, by=town.administrator)
    assert not Appointment.objects.filter(source=Source.SCIM).exists()


def test_nobody_gives_herself_a_role_by_a_group_neither_now_nor_later(scim: Scim, town: Town, mette: User) -> None:
    scim.create("administrator", displayName="Anna Administrator")
    group = scim.group("GDPR", mette)
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(town.administrator)})
    with pytest.raises(ValidationError, match="selv"):
        map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)

    scim.patch_group(group, {"op": "remove", "path": "members", "value": named(town.administrator)})
    map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(town.administrator)})
    assert holders() == {"mette"}
    assert not fresh(town.administrator).has_role(Role.GDPR_UNIT)

    map_group(group, Role.GDPR_UNIT, town.administration, by=town.gdpr)
    assert holders() == {"mette", "administrator"}, "somebody else has said it"


@pytest.mark.parametrize("begins", [0, 5])
def test_deputy_gives_nothing_by_a_group_to_whom_she_acts_for(scim: Scim, town: Town, mette: User, begins: int) -> None:
    """What the absent one is given, her deputy has."""
    scim.create("administrator", displayName="Anna Administrator")
    group = scim.group("Alle", mette, fresh(town.administrator))
    appoint(town.teacher, Role.ADMINISTRATOR, town.administration)
    day = today() + timedelta(days=begins)
    register_absence(town.administrator, from_on=day, to_on=day, by=town.administrator, deputy=town.teacher)
    with pytest.raises(ValidationError, match="Anna Administrator er med i gruppen, og du er stedfortræder"):
        map_group(group, Role.GDPR_UNIT, town.administration, by=fresh(town.teacher))
    assert not fresh(town.teacher).has_role(Role.GDPR_UNIT)
    assert holders() == set()
    with time_machine.travel(timezone.now() + timedelta(days=begins + 1)):
        map_group(group, Role.GDPR_UNIT, town.administration, by=fresh(town.teacher))
        assert holders() == {"mette", "administrator"}


def test_standing_deputy_gives_nothing_while_she_acts(scim: Scim, town: Town) -> None:
    scim.create("gdpr2", displayName="Gorm GDPR")
    group = scim.group("Alle", fresh(town.gdpr2))
    Appointment.objects.filter(person=town.gdpr2).update(deputy=town.gdpr)
    register_absence(town.gdpr2, from_on=today(), to_on=today(), by=town.gdpr2)
    with pytest.raises(ValidationError, match="stedfortræder"):
        map_group(group, Role.ADMINISTRATOR, town.administration, by=fresh(town.gdpr))


@pytest.mark.parametrize("who", ["leader", "director", "dpo", "employee", "mayor"])
def test_only_who_may_appoint_everywhere_maps_a_group(scim: Scim, town: Town, mette: User, who: str) -> None:
    group, person = scim.group("Gruppen", mette), getattr(town, who)
    with pytest.raises(ValidationError):
        map_group(group, Role.GDPR_UNIT, town.home_care, by=person)
    with pytest.raises(PermissionDenied):
        unmap_group(group, by=person)


def test_members_who_changed_since_the_page_was_seen_are_seen_first(
    scim: Scim, town: Town, mette: User, lone: User
) -> None:
    group = scim.group("Gruppen", mette)
    seen = group.version
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(lone)})
    with pytest.raises(ValidationError, match="ændret"):
        map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator, seen=seen)
