"""Random municipalities, and the rule of who sees a case written a second time, the slow and plain way."""

from datetime import timedelta
from random import Random

from django.contrib.auth.models import Permission
from guardian.shortcuts import assign_perm

from breaches.enums import LeaderChoice
from breaches.models import Breach, BreachUserObjectPermission, Exclusion
from roles.enums import LEADING_ROLES, Role
from roles.models import Absence, Appointment, Unit, UnitGrant, User, today
from tests.factories import Town, make_unit, make_user

ROLES = (Role.LEADER, Role.CENTRE_CHIEF, Role.DIRECTOR, Role.GDPR_UNIT, Role.DPO, Role.EMPLOYEE, Role.MAYOR)
SEE_ALL = (Role.GDPR_UNIT, Role.DPO)


def make_random_town(seed: int) -> None:
    """Units in a tree, people with roles past, present and to come, deputies, absences, delegations, cases with grants
    and exclusions; then a unit is moved, one is closed and a person leaves."""
    dice = Random(seed)
    units = [make_unit("Kommunen")]
    for n in range(7):
        units.append(make_unit(f"Enhed {n}", dice.choice(units)))
    people = [make_user(f"p{n}") for n in range(9)]
    _appoint(dice, people, units)
    for person in dice.sample(people, 3):
        deputy = dice.choice([None, *(other for other in people if other != person)])
        start = today() + timedelta(days=dice.choice([-9, -2, 0, 0, 2]))
        Absence.objects.create(person=person, from_on=start, to_on=start + timedelta(days=3), deputy=deputy)
    _delegate(dice, people, units)
    _report(dice, people, units)
    moved, closed = dice.choice(units[1:]), dice.choice(units)
    moved.parent = units[0]
    moved.save()
    closed.closed_on = today()
    closed.save()
    User.objects.filter(pk=people[-1].pk).update(is_active=False)


def _appoint(dice: Random, people: list[User], units: list[Unit]) -> None:
    for _ in range(16):
        person, deputy = dice.sample(people, 2)
        start = today() - timedelta(days=dice.choice([400, 30, -5]))
        ends = dice.choice([None, None, today() - timedelta(days=1), today(), today() + timedelta(days=9)])
        if ends and ends < start:
            ends = None
        role, unit, acting = dice.choice(ROLES), dice.choice(units), dice.choice([None, deputy])
        if role in LEADING_ROLES and Appointment.objects.filter(role=role, unit=unit, to_on=None).exists():
            continue  # a unit has one leader
        Appointment.objects.get_or_create(
            person=person, role=role, unit=unit, defaults={"from_on": start, "to_on": ends, "deputy": acting}
        )


def _delegate(dice: Random, people: list[User], units: list[Unit]) -> None:
    """Also such as no page would give: of other roles, other units, and from people to themselves."""
    follow = Permission.objects.get(content_type__app_label="roles", codename="follow_cases")
    places = list(Appointment.objects.select_related("unit"))
    leading = list(Appointment.objects.in_force().leading().select_related("unit")) or places
    for n in range(12):
        place = dice.choice(places if n % 3 == 0 else leading)
        start = today() + timedelta(days=dice.choice([-30, -30, -30, 0, 1]))
        UnitGrant.objects.get_or_create(
            user=dice.choice(people),
            permission=follow,
            content_object=dice.choice([place.unit, place.unit, *units]),
            appointment=place,
            defaults={
                "from_on": start,
                "to_on": max(start, today() + timedelta(days=dice.choice([-1, 0, 9]))),
                "granted_by": place.person,
            },
        )


def _report(dice: Random, people: list[User], units: list[Unit]) -> None:
    town = Town(
        **dict.fromkeys(("municipality", "health", "home_care", "children", "school", "administration"), units[0]),
        **dict.fromkeys(list(Town.__dataclass_fields__)[6:], people[0]),
    )
    for _ in range(8):
        breach = town.report(
            by=dice.choice([None, *people]),
            unit=dice.choice([None, *units]),
            leader_choice=dice.choice(LeaderChoice.values),
        ).breach
        for person in dice.sample(people, 3):
            if dice.random() < 0.4:
                Exclusion.objects.get_or_create(breach=breach, person=person)
            elif dice.random() < 0.3:
                assign_perm("view_breach", person, breach)


def sees_by_the_rule(person: User, breach: Breach) -> bool:
    """Who may see a case (decision 0001), row by row."""
    if not person.is_active:
        return False
    if breach.reporter_id == person.pk:
        return True
    kept_out = set(breach.exclusions.values_list("person", flat=True))
    if person.pk in kept_out:
        return False
    told = BreachUserObjectPermission.objects.filter(user=person, content_object=breach)
    if told.filter(permission__codename="view_breach").exists():
        return True
    places = [
        place for place in Appointment.objects.in_force().select_related("unit") if place.person_id not in kept_out
    ]
    if any(_fills(person, place) and _role_sees(place, breach) for place in places):
        return True
    grants = UnitGrant.objects.filter(user=person, appointment__in=places, from_on__lte=today(), to_on__gte=today())
    return any(
        grant.appointment.role in (*LEADING_ROLES, *SEE_ALL)
        and grant.content_object.path.startswith(grant.appointment.unit.path)
        and breach.unit is not None
        and breach.unit.path.startswith(grant.content_object.path)
        for grant in grants.select_related("appointment__unit", "content_object")
    )


def _fills(person: User, place: Appointment) -> bool:
    away = Absence.objects.on().filter(person=place.person_id)
    named = [absence.deputy_id or place.deputy_id for absence in away]
    return person.pk == place.person_id or person.pk in named


def _role_sees(place: Appointment, breach: Breach) -> bool:
    if place.role in SEE_ALL:
        return True
    leads = place.role in LEADING_ROLES
    return leads and breach.unit is not None and breach.unit.path.startswith(place.unit.path)
