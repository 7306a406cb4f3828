"""What asking costs: as many queries in a large municipality as in a small one. Times are measured by `make bench`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breaches.models import Breach
from glostrup_isms.home import scale
from roles.actions import delegate, nearest_leader
from roles.enums import PersonKind, Role
from roles.models import Absence, Appointment, Unit, User, today
from roles.rights import delegable_by
from tests.factories import Town, appoint, make_town, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def queries(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        ask()
    return len(seen)


def away(person: User, deputy: User | None = None) -> None:
    Absence.objects.create(person=person, from_on=today(), to_on=today() + timedelta(days=3), deputy=deputy)


def grow(under: Unit, units: int) -> None:
    """So many more units below one, some beside and some under each other, each with a leader and two employees."""
    above = [under]
    for number in range(units):
        unit = make_unit(f"Ny enhed {number}", above[number // 3])
        above.append(unit)
        for role in (Role.LEADER, Role.EMPLOYEE, Role.EMPLOYEE):
            appoint(make_user(f"ny{User.objects.count()}"), role, unit, is_primary=True)


# ── The nearest leader ───────────────────────────────────────────────────────────────────────────


def test_nearest_leader_takes_three_queries_at_most_for_everyone(town: Town) -> None:
    councillor, external = make_user("raad", kind=PersonKind.COUNCILLOR), make_user("eks", kind=PersonKind.EXTERNAL)
    appoint(councillor, Role.COUNCILLOR, town.municipality)
    appoint(external, Role.EXTERNAL, town.home_care)
    appoint(town.teacher, Role.CONTRACT_OWNER, town.home_care)
    for person in User.objects.all():
        assert queries(lambda person=person: nearest_leader(person)) <= 3, person  # type: ignore[misc]
    assert nearest_leader(fresh(external)).person == town.teacher


@pytest.mark.parametrize("deputy", ["standing", "named", "nobody", "absent"])
def test_absent_leader_costs_no_query_more(town: Town, deputy: str) -> None:
    away(town.leader, town.teacher if deputy == "named" else None)
    if deputy == "nobody":
        Appointment.objects.filter(person=town.leader).update(deputy=None)
    if deputy == "absent":
        away(town.deputy)
    expected = {"standing": town.deputy, "named": town.teacher}.get(deputy, town.health_chief)
    person = fresh(town.employee)
    assert queries(lambda: nearest_leader(person)) <= 3
    assert nearest_leader(person).person == expected


def test_nearest_leader_of_a_guest_takes_two_queries(town: Town) -> None:
    assert queries(lambda: nearest_leader(None, town.home_care)) == 2


def test_nearest_leader_twelve_levels_up_takes_three_queries(town: Town) -> None:
    unit = town.municipality
    for level in range(2, 13):
        unit = make_unit(f"Niveau {level}", unit)
    person = make_user("nederst")
    appoint(person, Role.EMPLOYEE, unit)
    assert queries(lambda: nearest_leader(person)) <= 3
    assert nearest_leader(person).person == town.director


# ── What a person fills and may see ──────────────────────────────────────────────────────────────


def test_offices_are_read_once_whatever_the_person_fills(town: Town) -> None:
    for unit in (town.health, town.children, town.school):
        appoint(town.deputy, Role.SYSTEM_OWNER, unit)
    away(town.leader)
    away(town.school_leader, town.deputy)
    person = fresh(town.deputy)
    assert queries(lambda: (person.offices, person.offices, person.has_role(Role.LEADER))) == 1
    assert len(person.offices) == 6


def test_delegations_cost_a_query_only_to_whoever_has_any(town: Town) -> None:
    """That there are none is told with the offices."""
    assert queries(lambda: fresh(town.teacher).delegations) == 2, "the person, her offices"
    what = delegable_by(Role.LEADER)[0]
    delegate(fresh(town.leader), to=town.teacher, what=what, unit=town.home_care, to_on=today())
    assert queries(lambda: fresh(town.teacher).delegations) == 3


def listed(user: User) -> list[Any]:
    user = fresh(user)
    seen: list[Any] = []
    for rows in (Breach.objects, Unit.objects, User.objects, Appointment.objects):
        seen += rows.visible_to(user)  # type: ignore[attr-defined]
    return seen


PEOPLE = ("leader", "health_chief", "director", "gdpr", "dpo", "administrator", "employee", "deputy", "mayor")


def test_visible_to_asks_nothing_for_each_row_or_unit(town: Town) -> None:
    away(town.leader)
    town.report()
    few = {name: queries(lambda name=name: listed(getattr(town, name))) for name in PEOPLE}  # type: ignore[misc]
    rows = {name: len(listed(getattr(town, name))) for name in PEOPLE}
    grow(town.home_care, 30)
    for unit in Unit.objects.all():
        town.report(by=town.employee, unit=unit)
    assert {name: queries(lambda name=name: listed(getattr(town, name))) for name in PEOPLE} == few  # type: ignore[misc]
    assert all(len(listed(getattr(town, name))) > rows[name] for name in PEOPLE)
    assert max(few.values()) <= 6, "the person, her offices, and the four lists"


@pytest.mark.parametrize("name", PEOPLE)
def test_visible_to_joins_a_case_with_one_other_table_at_most(town: Town, name: str) -> None:
    away(town.leader)
    query = Breach.objects.visible_to(getattr(town, name)).query
    sql = str(query)
    assert len([table for table in query.alias_map if query.alias_refcount[table]]) <= 2
    assert "WITH " not in sql
    assert "OUTER(" not in sql


def test_nearest_leader_and_offices_cost_the_same_in_three_or_three_hundred_units(town: Town) -> None:
    def ask() -> None:
        nearest_leader(fresh(town.employee))
        nearest_leader(fresh(town.mayor))

    few = queries(ask)
    scale.make(900, 0, units=300, levels=12)
    assert Unit.objects.count() > 300
    assert queries(ask) == few


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────


def page_queries(user: User, path: str) -> int:
    client = Client()
    client.force_login(user)
    assert client.get(path).status_code == 200
    return queries(lambda: client.get(path))


@pytest.mark.parametrize("name", ["leader", "director", "gdpr", "administrator", "employee"])
def test_unit_tree_takes_ten_queries_at_most_however_many_units(town: Town, name: str) -> None:
    user = getattr(town, name)
    few = page_queries(user, "/organisation/")
    scale.make(60, 0, units=120, levels=12)
    many = page_queries(user, "/organisation/")
    scale.make(60, 0, units=250, levels=12)  # too many to draw at once
    unfolded = page_queries(user, "/organisation/")
    assert few == many
    assert max(few, many, unfolded) <= 10
    assert page_queries(user, f"/organisation/?under={town.health.pk}") <= 10


def test_unit_and_person_pages_cost_the_same_with_many_colleagues(town: Town) -> None:
    paths = (f"/organisation/enheder/{town.home_care.pk}/", f"/organisation/personer/{town.employee.pk}/")
    few = [page_queries(town.leader, path) for path in paths]
    for number in range(30):
        appoint(make_user(f"kollega{number}"), Role.EMPLOYEE, town.home_care, is_primary=True)
    assert [page_queries(town.leader, path) for path in paths] == few


def test_person_list_costs_the_same_for_many_people(town: Town) -> None:
    few = page_queries(town.gdpr, "/organisation/personer/")
    scale.make(200, 0, units=60, levels=5)
    assert page_queries(town.gdpr, "/organisation/personer/") == few
