"""The nearest leader (P-71) and the sentence that explains the answer."""

from datetime import timedelta

import pytest

from roles.actions import cancel_absence, nearest_leader, primary_unit, register_absence
from roles.enums import PersonKind, Role
from roles.models import Absence, Appointment, today
from tests.factories import Town, appoint, make_town, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def test_nearest_leader_leads_the_primary_unit(town: Town) -> None:
    found = nearest_leader(town.employee)
    assert found.person == town.leader
    assert found.reason == ("Din nærmeste leder er Lene Leder, fordi Lene Leder er leder for Hjemmeplejen Nord.")


def test_leader_reports_to_the_unit_above(town: Town) -> None:
    assert nearest_leader(town.leader).person == town.health_chief


def test_centre_chief_reports_to_the_director(town: Town) -> None:
    assert nearest_leader(town.health_chief).person == town.director


def test_director_and_mayor_answer_for_each_other(town: Town) -> None:
    assert nearest_leader(town.director).person == town.mayor
    assert nearest_leader(town.mayor).person == town.director


def test_councillor_reports_to_the_mayor(town: Town) -> None:
    councillor = make_user("raad", kind=PersonKind.COUNCILLOR)
    appoint(councillor, Role.COUNCILLOR, town.municipality)
    assert nearest_leader(councillor).person == town.mayor


def test_external_partner_reports_to_the_contract_owner(town: Town) -> None:
    external, owner = make_user("ekstern", kind=PersonKind.EXTERNAL), make_user("ejer")
    appoint(external, Role.EXTERNAL, town.home_care)
    appoint(owner, Role.CONTRACT_OWNER, town.home_care)
    assert nearest_leader(external).person == owner


def test_second_contract_owner_answers_when_the_first_is_away_without_deputy(town: Town) -> None:
    external, *owners = (make_user(name, kind=PersonKind.EXTERNAL) for name in ("ekstern", "ejer", "anden"))
    appoint(external, Role.EXTERNAL, town.home_care)
    for owner in owners:
        appoint(owner, Role.CONTRACT_OWNER, town.home_care)
    Absence.objects.create(person=owners[0], from_on=today(), to_on=today())
    assert nearest_leader(external).person == owners[1]
    Absence.objects.create(person=owners[1], from_on=today(), to_on=today())
    assert nearest_leader(external).person == town.leader, "as when the unit has no contract owner"
    Appointment.objects.leading().delete()
    found = nearest_leader(external)
    assert found.person is None
    assert found.reason == (
        "Vi kan ikke finde en leder for Hjemmeplejen Nord. GDPR-enheden får besked og finder lederen."
    )


def test_absent_mayor_without_deputy_is_passed_over(town: Town) -> None:
    councillor = make_user("raad", kind=PersonKind.COUNCILLOR)
    appoint(councillor, Role.COUNCILLOR, town.municipality)
    Absence.objects.create(person=town.mayor, from_on=today(), to_on=today())
    assert nearest_leader(councillor).person == town.director
    found = nearest_leader(town.director)
    assert found.person is None
    assert "GDPR-enheden får besked" in found.reason
    assert "er væk" not in found.reason


def test_external_partner_is_not_told_who_is_away(town: Town) -> None:
    external, owner, deputy = make_user("ekstern", kind=PersonKind.EXTERNAL), make_user("ejer"), make_user("vikar")
    appoint(external, Role.EXTERNAL, town.home_care)
    appoint(owner, Role.CONTRACT_OWNER, town.home_care, deputy=deputy)
    Absence.objects.create(person=owner, from_on=today(), to_on=today())
    found = nearest_leader(external)
    assert found.person == deputy
    assert found.reason == "Din nærmeste leder er Vikar, der er stedfortræder i Hjemmeplejen Nord."


def test_external_partner_without_contract_owner_reports_to_the_unit(town: Town) -> None:
    external = make_user("ekstern", kind=PersonKind.EXTERNAL)
    appoint(external, Role.EXTERNAL, town.home_care)
    assert nearest_leader(external).person == town.leader


def test_empty_place_is_filled_by_the_unit_above(town: Town) -> None:
    team = make_unit("Team uden leder", town.home_care)
    person = make_user("ny")
    appoint(person, Role.EMPLOYEE, team, is_primary=True)
    assert nearest_leader(person).person == town.leader


def test_deputy_answers_while_the_leader_is_away(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    found = nearest_leader(town.employee)
    assert found.person == town.deputy
    assert found.is_deputy
    assert found.holder == town.leader
    assert "Stine Stedfortræder er stedfortræder" in found.reason


def test_deputy_does_not_answer_before_or_after_the_absence(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today() + timedelta(days=1), to_on=today() + timedelta(days=2))
    Absence.objects.create(person=town.leader, from_on=today() - timedelta(days=2), to_on=today() - timedelta(days=1))
    assert nearest_leader(town.employee).person == town.leader


def test_absent_leader_without_deputy_is_passed_over(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(deputy=None)
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert nearest_leader(town.employee).person == town.health_chief


def test_deputy_who_reports_herself_does_not_get_her_own_report(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert nearest_leader(town.deputy).person == town.health_chief


def test_deactivated_leader_is_nobodys_leader(town: Town) -> None:
    town.leader.is_active = False
    town.leader.save()
    assert nearest_leader(town.employee).person == town.health_chief


def test_ended_appointment_leads_nothing(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(to_on=today() - timedelta(days=1))
    assert nearest_leader(town.employee).person == town.health_chief


def test_appointment_holds_on_its_last_day(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(to_on=today())
    assert nearest_leader(town.employee).person == town.leader


def test_skipped_leader_is_passed_over_with_her_deputy(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert nearest_leader(town.employee, skip={town.leader.pk}).person == town.health_chief


def test_guest_gets_the_leader_of_the_unit_chosen(town: Town) -> None:
    found = nearest_leader(None, town.school)
    assert found.person == town.school_leader
    assert found.reason.startswith("Enhedens nærmeste leder er Svend Skoleleder")


def test_no_unit_means_no_leader_and_a_sentence(town: Town) -> None:
    found = nearest_leader(None)
    assert found.person is None
    assert "GDPR-enheden finder lederen" in found.reason


def test_line_without_leaders_gives_nobody(town: Town) -> None:
    Appointment.objects.leading().delete()
    found = nearest_leader(town.employee)
    assert found.person is None
    assert "Hjemmeplejen Nord" in found.reason


def test_primary_appointment_decides_the_unit(town: Town) -> None:
    appoint(town.employee, Role.EMPLOYEE, town.school)
    assert primary_unit(town.employee) == town.home_care


def test_moved_unit_takes_its_subtree_along(town: Town) -> None:
    team = make_unit("Team", town.home_care)
    town.home_care.parent = town.children
    town.home_care.save()
    team.refresh_from_db()
    assert team.path.startswith(town.children.path)
    assert team.depth == 4


def test_unit_cannot_be_moved_below_itself(town: Town) -> None:
    from django.core.exceptions import ValidationError

    town.health.parent = town.home_care
    with pytest.raises(ValidationError, match="kan ikke høre under sig selv"):
        town.health.full_clean()


def test_absence_registered_twice_for_the_same_days_is_refused(town: Town) -> None:
    from django.core.exceptions import ValidationError

    first = register_absence(town.leader, from_on=today(), to_on=today() + timedelta(days=3), by=town.leader)
    with pytest.raises(ValidationError, match="allerede meldt fravær"):
        register_absence(
            town.leader, from_on=today() + timedelta(days=3), to_on=today() + timedelta(days=5), by=town.leader
        )
    cancel_absence(first, by=town.leader)
    assert nearest_leader(town.employee).person == town.leader
