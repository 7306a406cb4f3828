"""The pages of the organisation: what each reader sees, what she can do, and what a refusal says."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from duties.models import Duty
from glostrup_isms.kit.order import danish
from roles.actions import delegate
from roles.clauses import BESIDES, CLAUSES, clauses_for
from roles.enums import PersonKind, Role
from roles.models import Absence, Appointment, Unit, UnitGrant, User, today
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


# ── forms ────────────────────────────────────────────────────────────────────────────────────────


def appoint_form(person: User | None = None, **fields: str) -> dict[str, str]:
    named = {"person_search": person.name, "person_choice": str(person.pk)} if person else {}
    return {"role": "system_owner", "from_on": today().isoformat(), **named, **fields}


def test_leader_appoints_in_the_browser(town: Town) -> None:
    client = signed_in(town.leader)
    assert "Systemejer" in client.get(unit_url(town.home_care, "udpeg/")).content.decode()
    response = client.post(unit_url(town.home_care, "udpeg/"), appoint_form(town.employee), follow=True)
    assert "Mette Medarbejder er systemejer i Hjemmeplejen Nord" in response.content.decode()
    assert Appointment.objects.filter(person=town.employee, role=Role.SYSTEM_OWNER).exists()


def test_name_without_a_pick_brings_the_matches_and_picks_nobody(town: Town) -> None:
    response = signed_in(town.leader).post(
        unit_url(town.home_care, "udpeg/"), {"role": "system_owner", "from_on": today().isoformat(),
                                            "person_search": "mette", "title": "Koordinator"}
    )  # fmt: skip
    text = response.content.decode()
    assert response.status_code == 422
    assert "Vælg den rigtige person" in text
    assert f'value="{town.employee.pk}"' in text
    assert "Koordinator" in text, "what was written is kept"
    assert not Appointment.objects.filter(role=Role.SYSTEM_OWNER).exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"role": "gdpr_unit"}, "Vælg en rolle på listen"),
        ({"role": "leader"}, "Vælg en rolle på listen"),
        ({"from_on": "31-02-2026"}, "Skriv datoen som"),
        ({"to_on": "2020-01-01"}, "før den første"),
        ({"person_search": "", "person_choice": ""}, "Skriv navnet"),
        ({"person_search": "zzzz", "person_choice": "1"}, "Ingen passer"),
    ],
)
def test_form_refuses_in_words_and_keeps_the_rest(town: Town, fields: dict[str, str], sentence: str) -> None:
    form = appoint_form(town.employee, title="Koordinator", **fields)
    response = signed_in(town.leader).post(unit_url(town.home_care, "udpeg/"), form)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "Koordinator" in response.content.decode()


def test_who_may_not_appoint_gets_a_sentence(town: Town) -> None:
    response = signed_in(town.teacher).post(unit_url(town.home_care, "udpeg/"), appoint_form(town.employee))
    assert response.status_code == 403
    assert "de enheder, du leder" in response.content.decode()


def test_leader_lets_a_colleague_follow_cases_and_stops_it_on_the_profile(town: Town) -> None:
    client = signed_in(town.leader)
    form = {"what": "roles.follow_cases", "to_on": today().isoformat(), "person_search": town.teacher.name,
            "person_choice": str(town.teacher.pk)}  # fmt: skip
    assert client.post(unit_url(town.home_care, "overlad/"), form).status_code == 302
    grant = UnitGrant.objects.get()
    assert "Lars Lærer" in page(town.leader, "/min-profil/")
    assert "Du har fået overladt" in page(town.teacher, "/min-profil/")
    path = f"/organisation/overladt/{grant.pk}/stop/"
    assert signed_in(town.health_chief).post(path).status_code == 404
    assert client.get(path).status_code == 302
    assert UnitGrant.objects.exists(), "nothing is changed by looking"
    assert client.post(path).status_code == 302
    assert not UnitGrant.objects.exists()


def test_deputy_is_changed_on_the_appointments_page(town: Town) -> None:
    place = Appointment.objects.get(person=town.leader)
    form = {"handling": "stedfortraeder", "person_search": town.teacher.name, "person_choice": str(town.teacher.pk)}
    path = f"/organisation/udpegninger/{place.pk}/"
    assert signed_in(town.school_leader).post(path, form).status_code == 403
    assert signed_in(town.leader).post(path, form).status_code == 302
    place.refresh_from_db()
    assert place.deputy == town.teacher
    assert signed_in(town.leader).post(path, {"handling": "slut", "to_on": today().isoformat()}).status_code == 403
    late = {"handling": "slut", "to_on": (place.from_on - timedelta(days=1)).isoformat()}
    response = signed_in(town.health_chief).post(path, late)
    assert response.status_code == 422
    assert "stop den nu" in response.content.decode()


def test_page_of_an_old_appointment_names_nobody_whom_the_leader_no_longer_knows(town: Town) -> None:
    old = make_user("gammel", "Gudrun Gammel")
    place = appoint(old, Role.EMPLOYEE, town.home_care)
    assert "Gudrun" in page(town.leader, place.get_absolute_url())
    User.objects.filter(pk=old.pk).update(is_active=False, closed_at=timezone.now() - timedelta(days=900))
    assert signed_in(town.leader).get(place.get_absolute_url()).status_code == 404
    assert "Gudrun" in page(town.gdpr, place.get_absolute_url())


def test_appointment_is_stopped_on_its_page_and_nothing_is_written_over(town: Town) -> None:
    place = Appointment.objects.get(person=town.leader)
    path, chief = f"/organisation/udpegninger/{place.pk}/", signed_in(town.health_chief)
    assert "Stop med det samme" in page(town.health_chief, path)
    assert "Stop med det samme" not in page(town.leader, path)
    old = place.version
    Appointment.objects.filter(pk=place.pk).update(deputy=town.employee)
    late = chief.post(path, {"handling": "slut", "to_on": today().isoformat(), "version": old})
    assert late.status_code == 409
    assert "er ændret, siden du åbnede siden" in late.content.decode()
    place.refresh_from_db()
    assert f'value="{place.version}"' in late.content.decode()
    assert place.to_on is None
    text = chief.post(path, {"handling": "stop", "version": old}, follow=True).content.decode()
    assert "er ændret, siden du åbnede siden" in text
    text = chief.post(path, {"handling": "stop", "version": place.version}, follow=True).content.decode()
    assert "er ikke længere leder" in text
    assert not User.objects.get(pk=town.leader.pk).has_role(Role.LEADER)


def test_delegate_appoints_owners_of_systems_and_agreements_only(town: Town) -> None:
    what = delegable_named("roles.maintain_appointments")
    assert what is not None
    delegate(User.objects.get(pk=town.leader.pk), to=town.deputy, what=what, unit=town.home_care, to_on=today())
    path = unit_url(town.home_care, "udpeg/")
    text = page(town.deputy, path)
    assert "Systemejer" in text
    assert 'value="external"' not in text
    response = signed_in(town.deputy).post(path, appoint_form(town.employee, role="external"))
    assert response.status_code == 422
    assert signed_in(town.deputy).post(path, appoint_form(town.employee)).status_code == 302


def test_leaver_says_when_she_stops_and_the_level_above_gets_it_as_a_duty(town: Town) -> None:
    path = f"/organisation/personer/{town.leader.pk}/overdrag/"
    client = signed_in(town.leader)
    assert "Stopper du?" in page(town.leader, path)
    assert "Stopper du?" not in page(town.health_chief, path)
    wrong = client.post(path, {"handling": "stopper", "stops_on": (today() - timedelta(days=1)).isoformat()})
    assert wrong.status_code == 422
    assert "i dag eller senere" in wrong.content.decode()
    day = today() + timedelta(days=40)
    for _ in range(2):
        said = client.post(path, {"handling": "stopper", "stops_on": day.isoformat()}, follow=True)
        assert "Find en efterfølger" in said.content.decode()
    duty = Duty.objects.get(title__startswith="Find en efterfølger")
    assert duty in Duty.objects.visible_to(User.objects.get(pk=town.health_chief.pk))
    assert Appointment.objects.get(person=town.leader, role=Role.LEADER).to_on is None, "saying so ends nothing"


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


def test_absence_with_its_own_deputy_is_registered_on_the_profile(town: Town) -> None:
    form = {"from_on": today().isoformat(), "to_on": today().isoformat(), "person_search": town.teacher.name,
            "person_choice": str(town.teacher.pk)}  # fmt: skip
    assert signed_in(town.leader).post("/min-profil/", form).status_code == 302
    assert Absence.objects.get().deputy == town.teacher
    assert "Stedfortræder imens: Lars Lærer" in page(town.leader, "/min-profil/")
    form["person_search"], form["person_choice"] = town.leader.name, str(town.leader.pk)
    form["from_on"] = form["to_on"] = (today() + timedelta(days=3)).isoformat()
    response = signed_in(town.leader).post("/min-profil/", form)
    assert response.status_code == 422
    assert "sig selv" in response.content.decode()


def test_employee_without_a_role_is_not_asked_for_a_deputy(town: Town) -> None:
    assert "person_search" not in page(town.employee, "/min-profil/")
    form = {"from_on": today().isoformat(), "to_on": today().isoformat(), "person_choice": str(town.teacher.pk),
            "person_search": town.teacher.name}  # fmt: skip
    assert signed_in(town.employee).post("/min-profil/", form).status_code == 302
    assert Absence.objects.get().deputy is None


def test_handing_over_asks_before_it_acts(town: Town) -> None:
    client, path = signed_in(town.health_chief), f"/organisation/personer/{town.leader.pk}/overdrag/"
    place = Appointment.objects.get(person=town.leader)
    form = {"ting": [f"rolle:{place.pk}:"], "person_search": town.teacher.name, "last_day": today().isoformat(),
            "person_choice": str(town.teacher.pk)}  # fmt: skip
    text = client.post(path, form).content.decode()
    assert "Er det rigtigt?" in text
    assert "Leder, Hjemmeplejen Nord" in text
    assert not Appointment.objects.filter(person=town.teacher, role=Role.LEADER).exists()
    text = client.post(path, {**form, "handling": "giv"}, follow=True).content.decode()
    assert "Givet videre til Lars Lærer: Leder, Hjemmeplejen Nord, fra " in text
    assert Appointment.objects.filter(person=town.teacher, role=Role.LEADER).exists()


def test_handing_over_nothing_or_to_nobody_is_refused_in_words(town: Town) -> None:
    client, path = signed_in(town.health_chief), f"/organisation/personer/{town.leader.pk}/overdrag/"
    response = client.post(path, {"ting": ["rolle:999999", "sag:1"]})
    assert response.status_code == 422
    assert "Sæt kryds" in response.content.decode()
    assert "Skriv navnet på den, der skal overtage" in response.content.decode()
    assert signed_in(town.school_leader).get(path).status_code == 403, "she may see the leader, not act"
    assert signed_in(town.teacher).get(f"/organisation/personer/{town.employee.pk}/overdrag/").status_code == 404


def test_delegates_end_is_shown_on_the_units_page(town: Town) -> None:
    what = delegable_named("roles.follow_cases")
    assert what is not None
    delegate(User.objects.get(pk=town.leader.pk), to=town.teacher, what=what, unit=town.home_care, to_on=today())
    assert "Overladt til andre" in page(town.health_chief, unit_url(town.home_care))
    assert "Overladt til andre" not in page(town.teacher, unit_url(town.home_care))


def test_form_sent_after_the_session_ended_stands_on_the_page_that_says_so(town: Town) -> None:
    client = signed_in(town.leader)
    client.logout()
    form = appoint_form(town.employee, title="Koordinator for alt")
    response = client.post(unit_url(town.home_care, "udpeg/"), form)
    assert response.status_code == 403
    assert "Koordinator for alt" in response.content.decode()
    assert not Appointment.objects.filter(role=Role.SYSTEM_OWNER).exists()
