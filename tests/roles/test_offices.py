"""The roles a person fills today: the appointments in force, and those of absent people she is deputy for.

The query is written by hand (`roles.models.UNITS_OF_OFFICES`), so it is held against the rule as the models state it.
"""

from datetime import timedelta

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from roles.enums import Role
from roles.models import Absence, Appointment, User, today
from tests.factories import Town, appoint, make_town, make_unit, make_user

pytestmark = pytest.mark.django_db
DAYS = st.integers(-2, 2)


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def by_the_models(person: User) -> list[tuple[str, int, int]]:
    away = set(Absence.objects.on().values_list("person_id", flat=True))
    places = Appointment.objects.in_force().filter(Q(person=person) | Q(deputy=person, person__in=away))
    return list(places.order_by("-is_primary", "from_on", "pk").values_list("role", "unit_id", "person_id"))


class TestOffices(TestCase):
    @hypothesis_settings(max_examples=60, deadline=None, derandomize=True)
    @given(
        places=st.lists(
            st.tuples(DAYS, st.none() | DAYS, st.booleans(), st.booleans(), st.booleans(), st.booleans()), max_size=5
        )
    )
    def test_offices_are_the_appointments_in_force(self, places) -> None:
        """Any mix of past, present and future, own and another's, active and not, present and away."""
        me, unit = make_user("mig"), make_unit("Enhed")
        for number, (start, end, is_mine, is_active, is_away, is_primary) in enumerate(places):
            if end is not None and end < start:
                continue
            holder = me if is_mine else make_user(f"anden{number}", is_active=is_active)
            Appointment.objects.create(
                person=holder,
                role=list(Role)[number],
                unit=unit,
                from_on=today() + timedelta(days=start),
                to_on=None if end is None else today() + timedelta(days=end),
                deputy=None if is_mine else me,
                is_primary=is_primary,
            )
            if is_away and not is_mine:
                Absence.objects.create(person=holder, from_on=today(), to_on=today())
        found = fresh(me).offices
        assert [(office.role, office.unit.pk, office.holder_id) for office in found] == by_the_models(me)
        assert all(office.as_deputy == (office.holder_id != me.pk) for office in found)


def test_office_has_its_whole_unit(town: Town, django_assert_num_queries) -> None:
    leader = fresh(town.leader)
    with django_assert_num_queries(1):
        (office,) = leader.offices
        assert office.unit == town.home_care
        assert (office.unit.path, office.unit.name, office.unit.is_open) == (
            town.home_care.path,
            "Hjemmeplejen Nord",
            True,
        )


def test_deactivated_person_fills_no_role(town: Town) -> None:
    User.objects.filter(pk=town.leader.pk).update(is_active=False)
    assert fresh(town.leader).offices == []


def test_role_that_ends_today_is_filled_today_and_not_tomorrow(town: Town, monkeypatch) -> None:
    appoint(town.employee, Role.DPO, town.municipality, to_on=today())
    assert fresh(town.employee).has_role(Role.DPO)
    tomorrow = today() + timedelta(days=1)
    monkeypatch.setattr("roles.models.people.today", lambda: tomorrow)
    assert not fresh(town.employee).has_role(Role.DPO)
