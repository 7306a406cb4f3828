"""Who may say who holds which role, and what an appointment may be."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.outbox import Message
from roles.actions import appoint, deactivate, reactivate
from roles.enums import LEADING_ROLES, PUBLIC_ROLES, Role
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
