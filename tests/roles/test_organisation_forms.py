"""The forms of the organisation: what they do, what they refuse in words, and what they keep."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from duties.models import Duty
from roles.actions import delegate
from roles.enums import Role
from roles.models import Absence, Appointment, Unit, UnitGrant, User, today
from roles.rights import delegable_named
from tests.factories import Town, appoint, make_town, make_user

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
    assert duty in Duty.objects.held_by(User.objects.get(pk=town.health_chief.pk))
    assert Appointment.objects.get(person=town.leader, role=Role.LEADER).to_on is None, "saying so ends nothing"


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
