"""Who may say who holds which role, and what an appointment may be."""

from datetime import date, timedelta

import pytest
from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.outbox import Message
from roles.actions import Changed, appoint, deactivate, end_appointment, reactivate, set_deputy, stop_appointment
from roles.enums import LEADING_ROLES, OWNER_ROLES, PUBLIC_ROLES, PersonKind, Role, Source
from roles.models import Absence, Appointment, Unit, User, today
from roles.permissions import roles_to_fill, why_not_appoint
from tests.factories import Town, make_town, make_unit, make_user
from tests.factories import appoint as place

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def name(by: User, person: User, role: Role, unit: Unit, **days: date) -> Appointment:
    return appoint(person, role, unit, by=fresh(by), **{"from_on": today(), **days})


# ── who may ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["administrator", "gdpr", "director", "health_chief", "leader"])
@pytest.mark.parametrize("role", PUBLIC_ROLES)
def test_nobody_appoints_herself(town: Town, who: str, role: Role) -> None:
    me = getattr(town, who)
    before = Appointment.objects.count()
    with pytest.raises(PermissionDenied, match="udpege dig selv"):
        name(me, me, role, town.home_care)
    assert Appointment.objects.count() == before


@pytest.mark.parametrize("who", ["employee", "deputy", "dpo", "mayor"])
def test_who_leads_nothing_appoints_nobody(town: Town, who: str) -> None:
    with pytest.raises(PermissionDenied):
        name(getattr(town, who), town.teacher, Role.SYSTEM_OWNER, town.home_care)


def test_leader_fills_local_roles_in_own_units_only(town: Town) -> None:
    assert name(town.leader, town.employee, Role.SYSTEM_OWNER, town.home_care).is_in_force
    with pytest.raises(PermissionDenied, match="de enheder, du leder"):
        name(town.leader, town.employee, Role.SYSTEM_OWNER, town.school)
    with pytest.raises(PermissionDenied, match="de enheder, du leder"):
        name(town.leader, town.employee, Role.SYSTEM_OWNER, town.health)


def test_leader_of_a_unit_is_named_by_the_level_above(town: Town) -> None:
    unit = make_unit("Aftenvagten", town.home_care)
    assert name(town.leader, town.employee, Role.LEADER, unit)  # a unit below her own
    Appointment.objects.filter(person=town.leader).update(to_on=today())
    with pytest.raises(PermissionDenied, match="lederen over enheden"):
        name(town.leader, town.employee, Role.LEADER, town.home_care, from_on=today() + timedelta(days=1))
    assert name(town.health_chief, town.employee, Role.LEADER, town.home_care, from_on=today() + timedelta(days=1))


@pytest.mark.parametrize("role", sorted(set(PUBLIC_ROLES) - {*LEADING_ROLES, Role.SYSTEM_OWNER, Role.CONTRACT_OWNER}))
def test_roles_of_the_whole_municipality_are_not_a_leaders_to_give(town: Town, role: Role) -> None:
    with pytest.raises(PermissionDenied, match="GDPR-enheden eller administratoren"):
        name(town.director, town.employee, role, town.home_care)
    assert why_not_appoint(fresh(town.administrator), town.employee, role, town.home_care) is None


def test_offered_roles_are_those_that_go_through(town: Town) -> None:
    for who in ("leader", "health_chief", "director", "gdpr", "administrator", "employee"):
        by = fresh(getattr(town, who))
        for unit in Unit.objects.all():
            for role in Role:
                offered = role in roles_to_fill(by, unit)
                assert offered == (why_not_appoint(by, town.teacher, role, unit) is None)


def test_acting_deputy_appoints_as_the_leader_would_but_never_herself(town: Town) -> None:
    from roles.models import Absence

    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert name(town.deputy, town.employee, Role.SYSTEM_OWNER, town.home_care)
    with pytest.raises(PermissionDenied, match="udpege dig selv"):
        name(town.deputy, town.deputy, Role.SYSTEM_OWNER, town.home_care)


# ── what an appointment may be ───────────────────────────────────────────────────────────────────


def test_two_leaders_at_once_are_refused_with_name_and_period(town: Town) -> None:
    with pytest.raises(ValidationError, match="Lene Leder") as error:
        name(town.health_chief, town.employee, Role.LEADER, town.home_care)
    assert "allerede en leder" in str(error.value)


def test_two_open_leaders_are_impossible_in_the_database(town: Town) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        place(town.employee, Role.LEADER, town.home_care)


def test_new_leader_may_begin_the_day_after_the_old_one_ends(town: Town) -> None:
    last = today() + timedelta(days=10)
    Appointment.objects.filter(person=town.leader).update(to_on=last)
    with pytest.raises(ValidationError, match="allerede en leder"):
        name(town.health_chief, town.employee, Role.LEADER, town.home_care, from_on=last)
    assert name(town.health_chief, town.employee, Role.LEADER, town.home_care, from_on=last + timedelta(days=1))


def test_place_of_a_leader_who_has_left_is_free(town: Town) -> None:
    deactivate(town.leader, by=town.administrator)
    Appointment.objects.filter(person=town.leader).update(to_on=today() - timedelta(days=1))
    assert name(town.health_chief, town.employee, Role.LEADER, town.home_care)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"from_on": date(2026, 5, 2), "to_on": date(2026, 5, 1)}, "før den første"),
        ({"from_on": date(1026, 5, 2)}, "for langt væk"),
        ({"from_on": date(2926, 5, 2)}, "for langt væk"),
        ({"from_on": date(2026, 5, 2), "to_on": date(9999, 1, 1)}, "for langt væk"),
    ],
)
def test_impossible_days_are_refused_in_words(town: Town, days: dict[str, date], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        name(town.administrator, town.employee, Role.SYSTEM_OWNER, town.home_care, **days)


def test_successor_is_named_while_the_leader_who_left_still_stands_in_the_place(town: Town) -> None:
    """Closing an account ends no appointment; whoever gets the place then ends it, and it is not given back."""
    held = Appointment.objects.get(person=town.leader)
    deactivate(town.leader, by=town.administrator)
    name(town.health_chief, town.employee, Role.LEADER, town.home_care)
    held.refresh_from_db()
    assert held.to_on == today() - timedelta(days=1)
    assert held.history.first().history_user == town.health_chief
    reactivate(town.leader, by=town.administrator)
    assert not fresh(town.leader).has_role(Role.LEADER)
    assert fresh(town.employee).has_role(Role.LEADER)


def test_place_that_a_leaver_was_to_begin_is_free_too(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(to_on=today())
    later = today() + timedelta(days=9)
    name(town.health_chief, town.employee, Role.LEADER, town.home_care, from_on=later)
    deactivate(town.employee, by=town.administrator)
    name(town.health_chief, town.teacher, Role.LEADER, town.home_care, from_on=today() + timedelta(days=1))
    assert Appointment.objects.leading().get(unit=town.home_care, to_on=None).person == town.teacher


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.EXTERNAL])
def test_leader_takes_nobody_from_anothers_units(town: Town, role: Role) -> None:
    """She would see and could move what the person answers for there."""
    for person in (town.teacher, town.dpo, town.mayor):
        with pytest.raises(ValidationError, match="hører til i en anden enhed"):
            name(town.leader, person, role, town.home_care)
    name(town.leader, town.employee, Role.EXTERNAL, town.home_care)  # already hers
    name(town.leader, make_user("ny"), role, town.home_care)  # stands nowhere
    name(town.gdpr, town.teacher, role, town.home_care)


@pytest.mark.parametrize("role", OWNER_ROLES)
def test_owner_of_a_system_is_not_under_the_leader_of_its_unit(town: Town, role: Role) -> None:
    name(town.leader, town.dpo, role, town.home_care)
    leader = fresh(town.leader)
    assert not leader.has_perm("roles.view_user", fresh(town.dpo))
    assert not leader.has_perm("roles.hand_over", fresh(town.dpo))
    assert town.dpo not in User.objects.known_to(leader)


def test_one_who_has_left_and_a_closed_unit_take_no_role(town: Town) -> None:
    User.objects.filter(pk=town.teacher.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="ikke længere i kommunen"):
        name(town.administrator, fresh(town.teacher), Role.SYSTEM_OWNER, town.home_care)
    town.home_care.closed_on = today()
    town.home_care.save()
    with pytest.raises(ValidationError, match="nedlagt"):
        name(town.administrator, town.employee, Role.SYSTEM_OWNER, town.home_care)


def test_same_role_twice_in_overlapping_days_is_refused(town: Town) -> None:
    name(town.leader, town.employee, Role.SYSTEM_OWNER, town.home_care, to_on=today() + timedelta(days=5))
    with pytest.raises(ValidationError, match="har allerede rollen"):
        name(town.leader, town.employee, Role.SYSTEM_OWNER, town.home_care, from_on=today() + timedelta(days=5))


class TestOverlaps(TestCase):
    DAYS = st.integers(0, 12)

    @hypothesis_settings(max_examples=60, deadline=None, derandomize=True)
    @given(periods=st.lists(st.tuples(DAYS, st.none() | DAYS), min_size=2, max_size=6))
    def test_no_day_ever_has_two_leaders(self, periods) -> None:
        town = make_town()
        unit, start = make_unit("Natholdet", town.home_care), today()
        for number, (begin, length) in enumerate(periods):
            end = None if length is None else start + timedelta(days=begin + length)
            person = make_user(f"n{number}")
            try:
                with transaction.atomic():
                    name(
                        town.administrator, person, Role.LEADER, unit, from_on=start + timedelta(days=begin), to_on=end
                    )
            except ValidationError:
                continue
        for day in range(30):
            on = start + timedelta(days=day)
            assert Appointment.objects.in_force(on).filter(unit=unit, role=Role.LEADER).count() <= 1


# ── by a back door ──


def test_whoever_stands_in_for_somebody_gives_her_no_role(town: Town) -> None:
    """What the one is given, the other has: she would appoint herself. Also when the absence is only planned."""
    for start in (today(), today() + timedelta(days=20)):
        absence = Absence.objects.create(
            person=town.employee, deputy=town.administrator, from_on=start, to_on=start + timedelta(days=3)
        )
        for role in (Role.GDPR_UNIT, Role.DPO, Role.IT_CHIEF):
            with pytest.raises(PermissionDenied, match="så længe du er stedfortræder"):
                name(town.administrator, town.employee, role, town.municipality)
        absence.delete()
    assert name(town.administrator, town.employee, Role.IT_CHIEF, town.municipality)


def test_standing_deputy_gives_the_absent_one_no_role(town: Town) -> None:
    Appointment.objects.filter(person=town.administrator).update(deputy=town.teacher)
    Absence.objects.create(person=town.administrator, from_on=today(), to_on=today())
    assert fresh(town.teacher).has_role(Role.ADMINISTRATOR)
    with pytest.raises(PermissionDenied, match="så længe du er stedfortræder"):
        name(town.teacher, town.administrator, Role.GDPR_UNIT, town.municipality)


@pytest.mark.parametrize("role", OWNER_ROLES)
def test_role_for_a_system_never_draws_a_persons_reports_to_its_unit(town: Town, role: Role) -> None:
    """However far back it is dated."""
    name(town.leader, town.teacher, role, town.home_care, from_on=date(1990, 1, 1))
    assert town.report(by=fresh(town.teacher)).breach.unit == town.school


def test_word_of_the_organisation_system_comes_before_an_employment_written_here(town: Town) -> None:
    newcomer = make_user("ny")
    name(town.leader, newcomer, Role.EMPLOYEE, town.home_care, from_on=date(1990, 1, 1))
    place(newcomer, Role.EMPLOYEE, town.school, is_primary=True, source=Source.SYNC)
    assert town.report(by=fresh(newcomer)).breach.unit == town.school


def test_leader_far_ahead_or_long_gone_reads_nothing_of_a_person(town: Town) -> None:
    chief = fresh(town.health_chief)
    Appointment.objects.filter(person=town.leader).update(to_on=today() + timedelta(days=3000))
    name(town.health_chief, town.teacher, Role.LEADER, town.home_care, from_on=today() + timedelta(days=4000))
    place(town.teacher, Role.EMPLOYEE, town.home_care, to_on=today() - timedelta(days=170))
    assert not chief.has_perm("roles.view_user", fresh(town.teacher))
    assert town.teacher not in User.objects.known_to(chief)


def test_one_who_stands_nowhere_is_known_where_she_stood_and_where_she_is_to_stand(town: Town) -> None:
    coming, gone = make_user("kommer"), make_user("stoppet")
    place(coming, Role.EMPLOYEE, town.home_care, from_on=today() + timedelta(days=20))
    place(gone, Role.EMPLOYEE, town.home_care, to_on=today() - timedelta(days=20))
    for person in (coming, gone):
        assert person in User.objects.known_to(fresh(town.leader))
        assert fresh(town.leader).has_perm("roles.view_user", fresh(person))


def test_wide_role_made_longer_or_opened_again_is_told_to_those_who_watch(town: Town) -> None:
    made = name(town.administrator, town.teacher, Role.GDPR_UNIT, town.municipality, to_on=today())
    Message.objects.all().delete()
    end_appointment(made, by=fresh(town.administrator), on=today() + timedelta(days=300))
    assert Message.objects.filter(recipient=town.dpo, kind="role_wide_right").exists()
    Message.objects.all().delete()
    deactivate(town.teacher, by=town.administrator)
    reactivate(town.teacher, by=town.administrator)
    assert Message.objects.filter(recipient=town.dpo, kind="role_wide_right").exists()


def test_deputy_from_before_the_office_is_told_of_and_is_none_from_outside(town: Town) -> None:
    """She was nobody when she named the deputy; whoever appoints her then opens the cases to the deputy too."""
    absence = Absence.objects.create(person=town.school_leader, deputy=town.teacher, from_on=today(), to_on=today())
    name(town.administrator, town.school_leader, Role.GDPR_UNIT, town.administration)
    told = Message.objects.filter(kind="role_wide_right", recipient=town.dpo).values_list("url", flat=True)
    assert set(told) == {town.school_leader.get_absolute_url(), town.teacher.get_absolute_url()}
    Appointment.objects.filter(role=Role.GDPR_UNIT, person=town.school_leader).delete()
    User.objects.filter(pk=town.teacher.pk).update(kind=PersonKind.EXTERNAL)
    with pytest.raises(ValidationError, match="stedfortræder udefra"):
        name(town.administrator, town.school_leader, Role.GDPR_UNIT, town.administration)
    absence.delete()
    assert name(town.administrator, town.school_leader, Role.GDPR_UNIT, town.administration)


@pytest.mark.parametrize("role", [Role.LEADER, Role.CENTRE_CHIEF])
def test_chief_makes_nobody_with_a_role_elsewhere_a_leader_of_hers(town: Town, role: Role) -> None:
    """She would read and take what the GDPR unit's people have to do. An ordinary colleague may be promoted."""
    empty = make_unit("Tom enhed", town.health)
    for person in (town.gdpr, town.dpo, town.school_leader):
        with pytest.raises(ValidationError, match="hører til i en anden enhed"):
            name(town.health_chief, person, role, empty)
    assert name(town.health_chief, town.teacher, role, empty)


def test_backdated_leader_erases_nothing_of_those_before(town: Town) -> None:
    old = place(make_user("old"), Role.LEADER, town.home_care, from_on=date(2015, 1, 1), to_on=date(2020, 1, 1))
    User.objects.filter(pk=old.person_id).update(is_active=False)
    name(town.health_chief, town.teacher, Role.LEADER, town.home_care, from_on=date(2014, 1, 1), to_on=date(2016, 1, 1))
    old.refresh_from_db()
    assert (old.from_on, old.to_on) == (date(2015, 1, 1), date(2020, 1, 1))
    held = Appointment.objects.get(person=town.leader)
    deactivate(town.leader, by=town.administrator)
    with pytest.raises(ValidationError, match="eller senere"):
        name(town.health_chief, town.teacher, Role.LEADER, town.home_care, from_on=held.from_on)


# ── what follows ─────────────────────────────────────────────────────────────────────────────────


def test_appointed_person_is_told_without_names_and_gets_a_first_duty(town: Town) -> None:
    made = name(town.leader, town.employee, Role.SYSTEM_OWNER, town.home_care)
    message = Message.objects.get(recipient=town.employee)
    assert "Systemejer" in message.subject
    assert message.url == "/organisation/roller/systemejer/"
    assert "Lene" not in message.body
    duty = Duty.objects.get(holder=town.employee)
    assert "Ny rolle: Systemejer i Hjemmeplejen Nord" in duty.title
    entry = AuditEntry.objects.get(action="appointment.create")
    assert entry.actor_id == town.leader.pk
    assert entry.object_id == str(made.pk)
    assert made.history.get().history_user == town.leader


@pytest.mark.parametrize("role", [Role.GDPR_UNIT, Role.DPO])
def test_role_that_sees_all_cases_is_told_to_those_who_watch(town: Town, role: Role) -> None:
    """The administrator manages technique: nobody gets at the cases without the GDPR unit and the DPO learning it."""
    name(town.administrator, town.teacher, role, town.administration)
    watchers = set(Message.objects.filter(kind="role_wide_right").values_list("recipient__username", flat=True))
    assert watchers == {"gdpr", "gdpr2", "dpo"}
    assert not Message.objects.filter(kind="role_wide_right", body__contains="Lars").exists()


@pytest.mark.parametrize("role", [Role.LEADER, Role.CENTRE_CHIEF])
def test_leading_the_whole_municipality_is_told_to_those_who_watch(town: Town, role: Role) -> None:
    name(town.administrator, town.teacher, role, town.municipality, from_on=today() + timedelta(days=3))
    told = Message.objects.filter(kind="role_wide_right")
    assert set(told.values_list("recipient__username", flat=True)) == {"gdpr", "gdpr2", "dpo"}
    assert da_date(today() + timedelta(days=3)) in told[0].body


def test_leading_an_ordinary_unit_warns_nobody(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(to_on=today())
    name(town.health_chief, town.employee, Role.LEADER, town.home_care, from_on=today() + timedelta(days=1))
    assert not Message.objects.filter(kind="role_wide_right").exists()


def test_ordinary_role_warns_nobody(town: Town) -> None:
    name(town.administrator, town.teacher, Role.SYSTEM_OWNER, town.school)
    assert not Message.objects.filter(kind="role_wide_right").exists()


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


def test_nobody_makes_herself_anothers_deputy(town: Town) -> None:
    """Or the administrator would be in the GDPR unit whenever one of its people is away."""
    held = Appointment.objects.get(person=town.gdpr)
    with pytest.raises(ValidationError, match="vælge dig selv"):
        set_deputy(held, town.administrator, by=fresh(town.administrator))


def test_deputy_whom_another_chose_is_told_to_the_holder_and_to_those_who_watch(town: Town) -> None:
    held = Appointment.objects.get(person=town.gdpr)
    set_deputy(held, town.teacher, by=fresh(town.administrator))
    assert Message.objects.filter(recipient=town.gdpr, kind="role_deputy_changed").exists()
    assert Message.objects.filter(recipient=town.dpo, kind="role_wide_right").exists()
    Message.objects.all().delete()
    set_deputy(held, town.employee, by=fresh(town.gdpr))
    kinds = {kind for (kind,) in Message.objects.values_list("kind")}
    assert kinds == {"role_deputy", "role_wide_right"}, "her own choice is told to those who watch, not to herself"
    assert not Message.objects.filter(recipient=town.gdpr).exists()


def test_deputy_chosen_again_is_told_again(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    for deputy in (town.employee, None, town.employee, town.employee):
        set_deputy(held, deputy, by=fresh(town.leader))
    assert Message.objects.filter(recipient=town.employee, kind="role_deputy").count() == 2


def test_deputy_is_chosen_by_the_holder_or_the_level_above(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    assert set_deputy(held, town.employee, by=fresh(town.leader)).deputy == town.employee
    assert set_deputy(held, None, by=fresh(town.health_chief)).deputy is None
    for stranger in (town.school_leader, town.employee, town.dpo):
        with pytest.raises(PermissionDenied):
            set_deputy(held, town.teacher, by=fresh(stranger))


def test_nobody_is_her_own_deputy_nor_is_one_who_has_left(town: Town) -> None:
    held = Appointment.objects.get(person=town.leader)
    with pytest.raises(ValidationError, match="sig selv"):
        set_deputy(held, town.leader, by=fresh(town.leader))
    User.objects.filter(pk=town.teacher.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="ikke længere"):
        set_deputy(held, fresh(town.teacher), by=fresh(town.leader))


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
