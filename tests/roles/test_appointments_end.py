"""How an appointment ends: on a day, at once or never begun; and how an account closes and opens."""

from datetime import date, timedelta

import pytest
from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from glostrup_isms.kit.audit import AuditEntry
from roles.actions import Changed, appoint, deactivate, end_appointment, reactivate, set_deputy, stop_appointment
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


def test_ended_appointment_gives_nothing_the_day_after(town: Town, time_machine) -> None:
    held = Appointment.objects.get(person=town.leader)
    breach = town.report(by=town.employee).breach
    end_appointment(held, by=fresh(town.health_chief), on=today())
    assert fresh(town.leader).has_perm("breaches.view_breach", breach)
    time_machine.move_to(f"{today() + timedelta(days=1)}T12:00:00+01:00")
    assert not fresh(town.leader).scopes_for("breaches.view_breach")


def test_leader_does_not_end_her_own_appointment_nor_her_chiefs(town: Town) -> None:
    for person in (town.leader, town.health_chief):
        with pytest.raises(PermissionDenied):
            end_appointment(Appointment.objects.get(person=person), by=fresh(town.leader), on=today())


def test_appointment_does_not_end_before_it_begins(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    with pytest.raises(ValidationError, match="stop den nu"):
        end_appointment(held, by=fresh(town.health_chief), on=held.from_on - timedelta(days=1))


def test_last_day_can_be_changed_until_it_has_passed(town: Town, time_machine) -> None:
    held = Appointment.objects.get(person=town.leader)
    end_appointment(held, by=fresh(town.health_chief), on=today())
    end_appointment(held, by=fresh(town.health_chief), on=today() + timedelta(days=5))
    time_machine.move_to(f"{today() + timedelta(days=6)}T12:00:00+01:00")
    with pytest.raises(ValidationError, match="sluttede"):
        end_appointment(held, by=fresh(town.health_chief), on=today() + timedelta(days=30))
    assert not fresh(town.leader).offices


def test_last_day_is_not_moved_into_the_successors_time(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    end_appointment(held, by=fresh(town.health_chief), on=today() + timedelta(days=5))
    name(town.health_chief, town.employee, Role.LEADER, town.home_care, from_on=today() + timedelta(days=6))
    with pytest.raises(ValidationError, match="har allerede en leder"):
        end_appointment(held, by=fresh(town.health_chief), on=today() + timedelta(days=9))


def test_wrong_appointment_is_stopped_within_the_same_day(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    made = name(town.administrator, town.teacher, Role.GDPR_UNIT, town.municipality)
    assert fresh(town.teacher).has_perm("breaches.view_breach", breach)
    stop_appointment(made, by=fresh(town.administrator))
    assert not fresh(town.teacher).has_perm("breaches.view_breach", breach)
    assert AuditEntry.objects.get(action="appointment.stop").object_id == str(made.pk)
    assert made.history.count() == 2


def test_appointment_that_has_not_begun_is_cancelled(town: Town, time_machine) -> None:
    made = name(town.administrator, town.teacher, Role.DPO, town.municipality, from_on=today() + timedelta(days=9))
    stop_appointment(made, by=fresh(town.administrator))
    time_machine.move_to(f"{today() + timedelta(days=10)}T12:00:00+01:00")
    assert not fresh(town.teacher).has_role(Role.DPO)


def test_only_who_may_fill_the_place_stops_it(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    for stranger in (town.leader, town.school_leader, town.employee, town.dpo):
        with pytest.raises(PermissionDenied):
            stop_appointment(held, by=fresh(stranger))
    assert fresh(town.leader).has_role(Role.LEADER)


def test_what_somebody_changed_meanwhile_is_not_written_over(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    seen = held.version
    set_deputy(held, town.employee, by=fresh(town.leader), seen=seen)
    for step in (
        lambda: set_deputy(held, town.teacher, by=fresh(town.health_chief), seen=seen),
        lambda: end_appointment(held, by=fresh(town.health_chief), on=today(), seen=seen),
        lambda: stop_appointment(held, by=fresh(town.health_chief), seen=seen),
    ):
        with pytest.raises(Changed):
            step()
    held.refresh_from_db()
    assert (held.deputy, held.to_on) == (town.employee, None)


def test_closing_an_account_deletes_nothing_and_is_not_for_oneself(town: Town) -> None:
    places = town.leader.appointments.count()
    with pytest.raises(PermissionDenied):
        deactivate(town.administrator, by=town.administrator)
    deactivate(town.leader, by=town.administrator)
    deactivate(town.leader, by=town.administrator)
    assert not fresh(town.leader).is_active
    assert town.leader.appointments.count() == places
    assert AuditEntry.objects.filter(action="person.deactivate").count() == 1
    reactivate(town.leader, by=town.administrator)
    assert fresh(town.leader).has_role(Role.LEADER)


def test_session_from_before_the_account_was_closed_stays_dead(town: Town) -> None:
    client = Client()
    client.force_login(town.leader)
    assert client.get("/min-profil/").status_code == 200
    deactivate(town.leader, by=town.administrator)
    reactivate(town.leader, by=town.administrator)
    assert client.get("/min-profil/").status_code == 302


def test_new_password_opens_no_account_that_was_closed_meanwhile(town: Town) -> None:
    changing = fresh(town.leader)
    deactivate(town.leader, by=town.administrator)
    get_adapter().set_password(changing, "et nyt og langt kodeord")
    assert not fresh(town.leader).is_active


def test_closed_account_is_seen_by_her_leader_for_a_while_only(town: Town, time_machine, settings) -> None:
    """However she was closed: her appointments need not have got an end."""
    deactivate(town.employee, by=town.administrator)
    leader, gone = fresh(town.leader), fresh(town.employee)
    assert gone.closed_at is not None
    assert gone in User.objects.known_to(leader)
    assert gone in User.objects.visible_to(leader)
    assert leader.has_perm("roles.view_user", gone)
    time_machine.move_to(timezone.now() + settings.LEAVER_VISIBLE_FOR + timedelta(days=1))
    leader, gone = fresh(town.leader), fresh(town.employee)
    assert gone not in User.objects.known_to(leader)
    assert gone not in User.objects.visible_to(leader)
    assert not leader.has_perm("roles.view_user", gone)
    assert gone in User.objects.known_to(fresh(town.gdpr))
    reactivate(gone, by=town.administrator)
    assert fresh(town.employee) in User.objects.known_to(fresh(town.leader))
