"""The pages of the organisation: what each reader sees, what she can do, and what a refusal says."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from glostrup_isms.kit.order import danish
from roles.actions import delegate
from roles.clauses import BESIDES, CLAUSES, clauses_for
from roles.enums import PersonKind, Role
from roles.models import Absence, Appointment, Unit, User, today
from roles.rights import delegable_named
from tests.factories import Town, appoint, make_town, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, path: str) -> str:
    response = signed_in(user).get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def unit_url(unit: Unit, end: str = "") -> str:
    return f"/organisation/enheder/{unit.pk}/{end}"


# ── the tree ─────────────────────────────────────────────────────────────────────────────────────


def test_tree_shows_open_units_with_their_leader_in_danish_order(town: Town) -> None:
    make_unit("Åstedet", town.municipality)
    make_unit("Æblehaven", town.municipality)
    make_unit("Nedlagt", town.municipality, closed_on=today())
    text = page(town.employee, "/organisation/")
    assert "Lene Leder, leder" in text
    assert "Nedlagt" not in text
    names = re.findall(r'href="/organisation/enheder/\d+/">([^<]+)</a>', text)
    assert names[-2:] == ["Æblehaven", "Åstedet"]
    assert danish("ærlig") > danish("zebra")


def test_external_partner_sees_only_the_unit_of_the_agreement(town: Town) -> None:
    partner = make_user("partner", kind="external")
    appoint(partner, Role.EXTERNAL, town.school, is_primary=True)
    text = page(partner, "/organisation/")
    assert "Skovskolen" in text
    assert "Hjemmeplejen" not in text
    assert signed_in(partner).get(unit_url(town.home_care)).status_code == 404
    assert signed_in(partner).get(unit_url(town.school)).status_code == 200


def test_person_without_any_role_sees_no_organisation(town: Town) -> None:
    nobody = make_user("nobody")
    assert "Hjemmeplejen" not in page(nobody, "/organisation/")
    assert signed_in(nobody).get(unit_url(town.home_care)).status_code == 404


def test_search_finds_units_and_only_people_who_may_be_seen(town: Town) -> None:
    assert "Center for Sundhed" in page(town.employee, "/organisation/?q=hjemmeplejen+nord")
    assert "Ingen enhed har det i navnet" in page(town.employee, "/organisation/?q=findesikke")
    assert "Mette Medarbejder" in page(town.leader, "/organisation/?q=mette")
    for stranger in (town.teacher, town.school_leader, town.deputy):
        assert "Mette Medarbejder" not in page(stranger, "/organisation/?q=mette")
    assert "Lene Leder" in page(town.teacher, "/organisation/?q=lene"), "who leads is everybody's business"


def test_big_tree_is_drawn_two_levels_deep_and_unfolds_by_piece(town: Town, monkeypatch: Any) -> None:
    monkeypatch.setattr("roles.views.tree.WHOLE_TREE", 3)
    text = page(town.employee, "/organisation/")
    assert "Center for Sundhed" in text
    assert "Hjemmeplejen Nord" not in text
    address = f"/organisation/?under={town.health.pk}"
    assert address in text
    assert "Hjemmeplejen Nord" in page(town.employee, address), "a link, without JavaScript"
    piece = signed_in(town.employee).get(address, HTTP_HX_REQUEST="true").content.decode()
    assert "Hjemmeplejen Nord" in piece
    assert "<html" not in piece


@pytest.mark.parametrize("under", ["0", "-1", "x", "9" * 30, "\x00"])
def test_senseless_branch_is_not_found(town: Town, under: str) -> None:
    assert signed_in(town.employee).get("/organisation/", {"under": under}).status_code == 404


def test_tree_asks_as_many_queries_for_many_units_as_for_few(town: Town) -> None:
    def count() -> int:
        client = signed_in(town.gdpr)
        client.get("/organisation/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/organisation/")
        return len(queries)

    few = count()
    for number in range(40):
        appoint(make_user(f"x{number}"), Role.LEADER, make_unit(f"Enhed {number}", town.health))
    assert count() == few <= 10


# ── a unit ───────────────────────────────────────────────────────────────────────────────────────


def test_unit_page_shows_staff_and_cases_to_the_leader_and_not_to_others(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    text = page(town.leader, unit_url(town.home_care))
    for shown in ("Mette Medarbejder", breach.number, "Udpeg en person", "Overlad en opgave", "Stine Stedfortræder"):
        assert shown in text
    for reader in (town.employee, town.teacher, town.school_leader, town.administrator, town.mayor):
        text = page(reader, unit_url(town.home_care))
        assert "Lene Leder" in text
        assert breach.number not in text
        assert breach.description not in text
    assert "Mette Medarbejder" not in page(town.teacher, unit_url(town.home_care))


def test_unit_without_leader_says_who_answers(town: Town) -> None:
    unit = make_unit("Visitationen", town.health)
    assert "Hanne Chef er centerchef" in page(town.employee, unit_url(unit))


def test_only_those_who_may_see_people_see_who_is_away(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert "Stine Stedfortræder træder til" in page(town.health_chief, unit_url(town.home_care))
    text = page(town.teacher, unit_url(town.home_care))
    assert "Er væk" not in text
    assert "træder til" not in text


def test_unit_page_has_constant_queries(town: Town) -> None:
    def count() -> int:
        client = signed_in(town.health_chief)
        client.get(unit_url(town.health))
        with CaptureQueriesContext(connection) as queries:
            client.get(unit_url(town.health))
        return len(queries)

    few = count()
    for number in range(30):
        person = make_user(f"y{number}")
        appoint(person, Role.EMPLOYEE, town.health)
        appoint(person, Role.SYSTEM_OWNER, town.health)
        appoint(make_user(f"z{number}"), Role.LEADER, make_unit(f"Under {number}", town.health))
    assert count() == few


# ── roles ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_page_with_its_clauses_or_why_it_is_here(town: Town, role: Role) -> None:
    text = page(town.employee, f"/organisation/roller/{role.slug}/")
    own, everybody = clauses_for(role)
    assert own or role in BESIDES
    assert all(clause.number in text for clause in own + everybody)


def test_clauses_name_each_number_once_in_order() -> None:
    numbers = [int(clause.number.removeprefix("P-")) for clause in CLAUSES]
    assert numbers == sorted(set(numbers))
    assert max(numbers) <= 85


def test_role_page_shows_holders_since_when_but_never_lists_employees(town: Town) -> None:
    assert "Lene Leder" in page(town.teacher, "/organisation/roller/leder/")
    text = page(town.gdpr, "/organisation/roller/medarbejder/")
    assert "Mette Medarbejder" not in text
    assert signed_in(town.gdpr).get("/organisation/roller/findes-ikke/").status_code == 404


# ── people ───────────────────────────────────────────────────────────────────────────────────────


def test_person_page_shows_colleagues_only_the_roles_of_the_policy(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    appoint(town.leader, Role.EMPLOYEE, town.health, title="Kanari-stilling")
    path = f"/organisation/personer/{town.leader.pk}/"
    text = page(town.teacher, path)
    assert "Hjemmeplejen Nord" in text
    for hidden in ("Kanari-stilling", "Fravær", "Brugernavn", "Nærmeste leder"):
        assert hidden not in text
    for shown in ("Kanari-stilling", "Fravær", "Brugernavn", "Nærmeste leder"):
        assert shown in page(town.health_chief, path)


def test_ordinary_employee_is_a_stranger_to_colleagues(town: Town) -> None:
    path = f"/organisation/personer/{town.employee.pk}/"
    for reader in (town.teacher, town.deputy, town.school_leader, town.mayor):
        assert signed_in(reader).get(path).status_code == 404
    for reader in (town.employee, town.leader, town.health_chief, town.director, town.gdpr, town.administrator):
        assert signed_in(reader).get(path).status_code == 200


def test_list_of_people_is_for_those_who_lead_or_look_after_everyone(town: Town) -> None:
    assert signed_in(town.employee).get("/organisation/personer/").status_code == 404
    text = page(town.leader, "/organisation/personer/?nulstil=1")
    assert "Mette Medarbejder" in text
    assert "Lars Lærer" not in text
    assert "Lars Lærer" in page(town.administrator, "/organisation/personer/?nulstil=1")


def test_leaver_stays_visible_for_a_while_to_the_leader_she_left(town: Town, time_machine) -> None:
    User.objects.filter(pk=town.employee.pk).update(is_active=False)
    Appointment.objects.filter(person=town.employee).update(to_on=today())
    path = f"/organisation/personer/{town.employee.pk}/"
    assert "Lukket konto" in page(town.leader, path)
    time_machine.move_to(f"{today() + timedelta(days=200)}T12:00:00+01:00")
    assert signed_in(town.leader).get(path).status_code == 404
    assert signed_in(town.gdpr).get(path).status_code == 200


def test_only_the_administrator_closes_accounts_and_never_her_own(town: Town) -> None:
    path = f"/organisation/personer/{town.employee.pk}/konto/"
    assert signed_in(town.leader).post(path, {"handling": "luk"}).status_code == 403
    assert signed_in(town.teacher).post(path, {"handling": "luk"}).status_code == 404
    session = signed_in(town.employee)
    assert session.get("/min-profil/").status_code == 200
    assert signed_in(town.administrator).post(path, {"handling": "luk"}).status_code == 302
    assert session.get("/min-profil/").status_code == 302, "the open session is dead at the next request"
    own = f"/organisation/personer/{town.administrator.pk}/konto/"
    assert signed_in(town.administrator).post(own, {"handling": "luk"}).status_code == 403
    assert User.objects.get(pk=town.administrator.pk).is_active


def test_filters_of_the_person_list_tell_no_more_than_the_list(town: Town) -> None:
    """Where her employee is employed besides is another leader's."""
    appoint(town.employee, Role.EMPLOYEE, town.school)
    leader = signed_in(town.leader)
    assert leader.get(f"/organisation/personer/?enhed={town.home_care.pk}").context["table"].count
    leader.get("/organisation/personer/?nulstil=1")
    rows = leader.get(f"/organisation/personer/?enhed={town.children.pk}").context["table"].rows
    assert town.employee not in list(rows)
    chief = signed_in(town.director).get(f"/organisation/personer/?enhed={town.children.pk}")
    assert town.employee in list(chief.context["table"].rows)


def test_user_name_that_one_may_not_see_is_not_found_by_searching(town: Town) -> None:
    User.objects.filter(pk=town.school_leader.pk).update(username="zq17")
    assert town.school_leader.name not in page(town.employee, "/organisation/?q=zq1")
    assert town.school_leader.name in page(town.employee, f"/organisation/?q={town.school_leader.name.split()[0]}")
    assert town.school_leader.name in page(town.gdpr, "/organisation/?q=zq1")


def test_person_search_finds_all_for_those_who_fill_places_and_else_whom_one_may_see(town: Town) -> None:
    assert "Lars Lærer" not in page(town.employee, "/organisation/find-person/?person_search=lars")
    assert "Lene Leder" in page(town.employee, "/organisation/find-person/?person_search=lene")
    what = delegable_named("roles.maintain_appointments")
    assert what is not None
    delegate(User.objects.get(pk=town.leader.pk), to=town.employee, what=what, unit=town.home_care, to_on=today())
    assert "Lars Lærer" in page(town.employee, "/organisation/find-person/?person_search=lars")
    assert "Lars Lærer" in page(town.leader, "/organisation/find-person/?person_search=lars")
    User.objects.filter(pk=town.teacher.pk).update(is_active=False)
    assert "Lars Lærer" not in page(town.leader, "/organisation/find-person/?person_search=lars")


def test_partner_from_outside_is_not_told_of_units_and_people_she_may_not_see(town: Town) -> None:
    partner = make_user("partner", kind=PersonKind.EXTERNAL)
    appoint(partner, Role.EXTERNAL, town.home_care)
    Appointment.objects.filter(person=town.leader).update(deputy=town.deputy)
    text = page(partner, unit_url(town.home_care))
    assert town.leader.name in text
    assert town.deputy.name not in text
    assert town.health.name not in text
    Appointment.objects.filter(person=town.leader, role=Role.LEADER).update(to_on=today() - timedelta(days=1))
    text = page(partner, unit_url(town.home_care))
    assert town.health_chief.name not in text
    assert "ingen leder i øjeblikket" in text
