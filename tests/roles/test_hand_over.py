"""Handing over: one confirmed step moves what a person answers for, all or nothing; nobody is given what she may not
have, and nobody moves what she may not see."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from breaches.enums import LeaderChoice
from breaches.models import Breach
from duties.actions import create_duty, find_ownerless, finish_duty, welcome_new_holders
from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.outbox import Message
from roles.actions import deactivate
from roles.actions.handover import hand_over, things_of
from roles.enums import Role
from roles.models import Appointment, User, today
from tests.factories import Town, appoint, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def duty_of(person: User, key: str = "d1") -> Duty:
    return create_duty("Gennemgå nøglelisten", due_on=today(), dedup_key=key, holder=person, is_discreet=False)


def everything(person: User, by: User) -> list:
    return [thing for _, _, things in things_of(person, fresh(by)) for thing in things if not thing.why_not]


def give_all(person: User, to: User, by: User, **days: object) -> list[str]:
    return hand_over(person, to, everything(person, by), by=fresh(by), **{"last_day": today(), **days})


def test_level_above_moves_role_cases_and_duties_in_one_step(town: Town, time_machine) -> None:
    breach, duty = town.report(by=town.employee).breach, duty_of(town.leader)
    lines = give_all(town.leader, town.teacher, town.health_chief)
    assert sorted(lines) == [
        "1 opgave",
        "1 åben sag",
        f"Leder, Hjemmeplejen Nord, fra {da_date(today() + timedelta(days=1))}",
    ]
    duty.refresh_from_db()
    assert duty.holder == town.teacher
    assert breach.told.filter(person=town.teacher).exists()
    assert Breach.objects.visible_to(fresh(town.teacher)).filter(pk=breach.pk).exists()
    assert fresh(town.leader).has_role(Role.LEADER), "until the last day is over"
    time_machine.move_to(f"{today() + timedelta(days=1)}T12:00:00+01:00")
    assert fresh(town.teacher).has_role(Role.LEADER)
    assert not fresh(town.leader).offices
    assert not Breach.objects.visible_to(fresh(town.leader)).exists()
    assert things_of(town.leader, fresh(town.health_chief)) == []


def test_receiver_is_told_without_names(town: Town) -> None:
    duty_of(town.leader)
    give_all(town.leader, town.teacher, town.health_chief)
    message = Message.objects.get(recipient=town.teacher, kind="role_handed_over")
    assert "1 opgave" in message.body
    assert "Lene" not in message.body + message.subject
    assert AuditEntry.objects.filter(action="person.hand_over", actor_id=town.health_chief.pk).count() == 1


def test_leaver_moves_her_own_duties_but_not_her_role_or_cases(town: Town) -> None:
    town.report(by=town.employee)
    duty_of(town.leader)
    things = {
        thing.key.split(":")[0]: thing for _, _, some in things_of(town.leader, fresh(town.leader)) for thing in some
    }
    assert set(things) == {"rolle", "sag", "opgave"}
    assert "Sig nedenfor, hvornår du stopper" in things["rolle"].why_not
    assert "Følger med rollen" in things["sag"].why_not
    assert give_all(town.leader, town.teacher, town.leader) == ["1 opgave"]
    with pytest.raises(PermissionDenied):
        hand_over(town.leader, town.teacher, [things["sag"]], by=fresh(town.leader), last_day=today())


def test_strangers_move_nothing(town: Town) -> None:
    duty_of(town.leader)
    for other in (town.school_leader, town.employee, town.dpo, town.administrator, town.children_chief):
        with pytest.raises(PermissionDenied):
            give_all(town.leader, town.teacher, other)
    assert Duty.objects.get().holder == town.leader


def test_case_that_the_mover_may_not_see_is_neither_shown_counted_nor_moved(town: Town) -> None:
    """The chief is kept out of the case: the page must not even tell her that it is there."""
    appoint(town.leader, Role.CONTRACT_OWNER, town.home_care)
    Appointment.objects.filter(person=town.leader, role=Role.LEADER).update(unit=town.health)
    Appointment.objects.filter(person=town.health_chief).update(unit=town.municipality, role=Role.CENTRE_CHIEF)
    breach = town.report(by=town.employee).breach
    from breaches.models import Exclusion

    Exclusion.objects.create(breach=breach, person=town.health_chief)
    assert not [thing for thing in everything(town.leader, town.health_chief) if thing.key.startswith("sag")]
    client = Client()
    client.force_login(town.health_chief)
    for path in ("", "overdrag/"):
        page = client.get(f"/organisation/personer/{town.leader.pk}/{path}").content.decode()
        assert breach.number not in page
        assert "åben sag" not in page
    seen = [thing for thing in everything(town.leader, town.gdpr) if thing.key.startswith("sag")]
    assert len(seen) == 1
    hand_over(town.leader, town.teacher, seen, by=fresh(town.gdpr), last_day=today())
    assert breach.told.filter(person=town.teacher).exists()


def test_one_whom_a_case_is_about_does_not_get_it(town: Town) -> None:
    breach = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    assert breach.told.filter(person=town.health_chief).exists()
    lines = give_all(town.health_chief, town.leader, town.gdpr)
    assert not any("sag" in line for line in lines)
    assert not breach.told.filter(person=town.leader).exists()
    assert not Breach.objects.visible_to(fresh(town.leader)).filter(pk=breach.pk).exists()


def test_relieved_person_loses_the_single_case_and_its_reminders(town: Town, time_machine) -> None:
    from breaches.actions import take_due_steps

    breach = town.report(by=town.employee).breach
    give_all(town.leader, town.school_leader, town.gdpr)
    time_machine.move_to(breach.reported_at + timedelta(hours=3))
    take_due_steps()
    reminded = Message.objects.filter(kind="breach_reminder").values_list("recipient__username", flat=True)
    assert "school_leader" in reminded
    assert "leader" not in reminded


def test_two_handing_over_the_same_move_it_once(town: Town) -> None:
    duty_of(town.leader)
    things = everything(town.leader, town.health_chief)
    assert hand_over(town.leader, town.teacher, things, by=fresh(town.health_chief), last_day=today())
    things = [thing for thing in things if thing.key.startswith("opgave")]
    assert hand_over(town.leader, town.employee, things, by=fresh(town.health_chief), last_day=today()) == []
    assert Duty.objects.get(dedup_key="d1").holder == town.teacher


def test_nothing_is_moved_when_one_part_is_refused(town: Town) -> None:
    """The new holder already leads the unit in that role: everything stays."""
    duty = duty_of(town.leader)
    Appointment.objects.filter(person=town.leader).update(to_on=today() + timedelta(days=30))
    appoint(town.teacher, Role.LEADER, town.home_care, from_on=today() + timedelta(days=20))
    with pytest.raises(ValidationError, match="har allerede rollen"):
        give_all(town.leader, town.teacher, town.health_chief)
    duty.refresh_from_db()
    assert duty.holder == town.leader


@pytest.mark.parametrize("who", ["self", "gone"])
def test_receiver_must_be_another_who_is_here(town: Town, who: str) -> None:
    duty_of(town.leader)
    User.objects.filter(pk=town.teacher.pk).update(is_active=False)
    to = town.leader if who == "self" else fresh(town.teacher)
    with pytest.raises(ValidationError):
        give_all(town.leader, to, town.health_chief)


def test_nobody_hands_a_role_to_herself(town: Town) -> None:
    with pytest.raises(PermissionDenied, match="udpege dig selv"):
        give_all(town.leader, town.health_chief, town.health_chief)


# ── nothing is left without an owner ─────────────────────────────────────────────────────────────


def titles(role: Role) -> set[str]:
    return set(Duty.objects.open().filter(holder_role=role).values_list("title", flat=True))


def test_what_a_leaver_owns_becomes_a_duty_of_the_level_above(town: Town) -> None:
    duty_of(town.leader)
    deactivate(town.leader, by=town.administrator)
    find_ownerless()
    found = titles(Role.CENTRE_CHIEF)
    assert "Fordel opgaver, som Lene Leder havde ansvaret for" in found
    assert "Find en ny: Leder i Hjemmeplejen Nord" in found
    duty = Duty.objects.get(title__startswith="Fordel")
    assert duty.url == f"/organisation/personer/{town.leader.pk}/overdrag/"
    assert Duty.objects.held_by(fresh(town.health_chief)).filter(pk=duty.pk).exists()
    assert not Duty.objects.held_by(fresh(town.children_chief)).filter(pk=duty.pk).exists()


def test_duty_page_of_one_who_has_left_is_open_to_the_level_above(town: Town) -> None:
    duty_of(town.leader)
    deactivate(town.leader, by=town.administrator)
    lines = give_all(town.leader, town.teacher, town.health_chief)
    assert sorted(lines) == ["1 opgave", "Leder, Hjemmeplejen Nord"]
    assert fresh(town.teacher).has_role(Role.LEADER), "at once: the old leader is gone"
    find_ownerless()
    assert not titles(Role.CENTRE_CHIEF)


def test_sweep_makes_each_duty_once_and_finishes_it_when_the_cause_is_gone(town: Town) -> None:
    deactivate(town.leader, by=town.administrator)
    for _ in range(3):
        find_ownerless()
    duty = Duty.objects.get(title="Find en ny: Leder i Hjemmeplejen Nord")
    Appointment.objects.filter(person=town.leader).update(to_on=today())
    appoint(town.teacher, Role.LEADER, town.home_care, from_on=today())
    find_ownerless()
    duty.refresh_from_db()
    assert duty.state == "dropped"


def test_place_that_is_not_to_be_filled_is_asked_for_once(town: Town) -> None:
    appoint(town.teacher, Role.SYSTEM_OWNER, town.school, to_on=today() - timedelta(days=1))
    find_ownerless()
    duty = Duty.objects.get(title="Find en ny: Systemejer i Skovskolen")
    finish_duty(duty, by=town.school_leader)
    find_ownerless()
    assert not Duty.objects.open().filter(title__contains="Systemejer").exists()


def test_units_that_never_had_a_leader_are_left_in_peace(town: Town) -> None:
    assert find_ownerless() == 0


def test_place_filled_from_a_later_day_is_not_empty(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(to_on=today() - timedelta(days=1))
    appoint(town.teacher, Role.LEADER, town.home_care, from_on=today() + timedelta(days=9))
    assert find_ownerless() == 0


def test_last_leader_in_the_line_leaves_it_to_the_gdpr_unit(town: Town) -> None:
    deactivate(town.director, by=town.administrator)
    find_ownerless()
    assert "Find en ny: Kommunaldirektør i Prøvekøbing Kommune" in titles(Role.GDPR_UNIT)


def test_cases_left_behind_go_to_the_gdpr_unit_when_nobody_else_stands_for_them(town: Town) -> None:
    town.report(by=town.employee)
    deactivate(town.leader, by=town.administrator)
    find_ownerless()
    assert "Fordel åbne sager, som Lene Leder havde ansvaret for" in titles(Role.GDPR_UNIT)
    assert not any("sager" in title for title in titles(Role.CENTRE_CHIEF))


def test_appointment_that_runs_out_by_itself_is_found_the_day_after(town: Town, time_machine) -> None:
    Appointment.objects.filter(person=town.leader).update(to_on=today())
    assert find_ownerless() == 0
    time_machine.move_to(f"{today() + timedelta(days=1)}T00:30:00+01:00")
    assert find_ownerless() == 1


def test_leader_who_came_with_a_sync_is_welcomed_once(town: Town) -> None:
    place = appoint(town.teacher, Role.SYSTEM_OWNER, town.school, from_on=today(), source="sync")
    for _ in range(2):
        welcome_new_holders()
    assert Duty.objects.get(holder=town.teacher).object_id == str(place.pk)
    assert not Duty.objects.filter(holder=town.leader).exists(), "who has held a role for long is left in peace"


def test_holder_whose_deputy_has_left_chooses_another(town: Town) -> None:
    deactivate(town.deputy, by=town.administrator)
    find_ownerless()
    duty = Duty.objects.get(holder=town.leader)
    assert duty.title == "Din stedfortræder Stine Stedfortræder er stoppet. Vælg en ny"
    Appointment.objects.filter(person=town.leader).update(deputy=town.employee)
    find_ownerless()
    duty.refresh_from_db()
    assert duty.state == "dropped"


def test_role_handed_over_meanwhile_is_left_alone(town: Town) -> None:
    """Two who confirm the same for different people: the second sees how it is now."""
    appoint(town.employee, Role.SYSTEM_OWNER, town.home_care)
    things = [thing for thing in everything(town.employee, town.leader) if thing.key.startswith("rolle")]
    hand_over(town.employee, town.teacher, things, by=fresh(town.leader), last_day=today())
    with pytest.raises(ValidationError, match="er ændret"):
        hand_over(town.employee, town.deputy, things, by=fresh(town.leader), last_day=today())
    keys = {thing.key for thing in everything(town.employee, town.leader)}
    assert not keys & {thing.key for thing in things}, "what stands on an old page is not what is offered now"


def test_role_that_ends_by_itself_is_not_prolonged_by_handing_it_over(town: Town) -> None:
    end = today() + timedelta(days=10)
    Appointment.objects.filter(person=town.leader, role=Role.LEADER).update(to_on=end)
    give_all(town.leader, town.teacher, town.health_chief, last_day=today() + timedelta(days=100))
    old, new = Appointment.objects.filter(unit=town.home_care, role=Role.LEADER).order_by("from_on")
    assert (old.to_on, new.from_on, new.to_on) == (end, end + timedelta(days=1), None)
