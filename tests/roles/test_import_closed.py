"""Closed accounts and a file: nobody inherits one, and none keeps a unit from its leader."""

from datetime import timedelta

import pytest
from django.utils import timezone

from roles.actions import deactivate, nearest_leader
from roles.enums import Role, Source, SyncState
from roles.models import Appointment, Unit, User, today
from tests.factories import appoint, make_unit, make_user
from tests.roles.organisations import OrganisationIn, bring, look, small
from tests.roles.scim import Scim

pytestmark = pytest.mark.django_db


def person(username: str) -> User:
    return User.objects.get(username=username)


def unit(name: str) -> Unit:
    return Unit.objects.get(name=name)


# ── User names ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("source", [Source.HAND, Source.SCIM])
def test_closed_account_is_not_given_to_whoever_has_its_user_name_now(source: Source) -> None:
    """Initials are used again: the newcomer would have had the old one's cases and appointments."""
    old = make_user("Leder", "Lone Leder", is_active=False, source=source)
    office = appoint(old, Role.GDPR_UNIT, make_unit("It"))
    run = bring(small())
    assert (run.state, run.counts["person_new"], "person_linked" in run.counts) == (SyncState.APPLIED, 10, False)
    new = person("leder")
    assert (new.name, str(new.external_id), new.is_active) == ("Lene Leder", small().people[3].uuid, True)
    assert not new.has_role(Role.GDPR_UNIT)
    old.refresh_from_db()
    assert (old.username, old.is_active, old.source) == (f"Leder.lukket-{old.external_id}", False, source)
    office.refresh_from_db()
    assert (office.person, office.to_on) == (old, None)
    line = run.changes.get(kind="person_changed")
    assert line.after.endswith("(en ny person har fået det gamle)")
    assert look(small()).difference.changes == []


def test_account_closed_by_scim_gives_its_user_name_to_the_next(scim: Scim) -> None:
    old = scim.person("leder", active=False)
    assert bring(small()).counts["person_new"] == 10
    old.refresh_from_db()
    assert not old.is_active
    assert scim.get(f"Users/{old.external_id}").json()["userName"] == old.username != "leder"


def test_user_name_of_any_length_may_be_given_on_and_on(made: OrganisationIn) -> None:
    name = "langt." * 25  # 150 characters: the column is full
    one, two = make_user(name, is_active=False), make_user(name[:-1], is_active=False)
    made.people[4].user_id, made.people[5].user_id = name, name[:-1]
    assert bring(made).state == SyncState.APPLIED
    for number in range(2):  # each time the one who had it is gone, and somebody else has it
        made.people.pop(4)
        made.person(name, "Ny Ansat", made.units[3]).uuid = f"7b0e1d2c-0000-4000-8000-00000000000{number}"
        made.people.insert(4, made.people.pop())
        run = bring(made)
        assert (run.state, run.counts["person_new"], run.counts["person_changed"]) == (SyncState.APPLIED, 1, 1)
    names = list(User.objects.values_list("username", flat=True))
    assert max(map(len, names)) <= 150
    assert {row.username for row in User.objects.filter(pk__in=(one.pk, two.pk))} < set(names)
    assert look(made).difference.changes == []


def test_freed_user_name_is_nobody_elses(made: OrganisationIn) -> None:
    old = make_user("ny", is_active=False)
    make_user(f"ny.lukket{old.pk}")
    made.person("ny", "Ny Ansat", made.units[3])
    assert bring(made).state == SyncState.APPLIED
    assert User.objects.filter(username__startswith="ny.lukket").count() == 2


# ── The day ──────────────────────────────────────────────────────────────────────────────────────
def test_moment_at_which_a_sync_closes_an_account_is_kept(made: OrganisationIn) -> None:
    gone, before = made.people.pop(), timezone.now()
    bring(made)
    closed_at = person("hjaelper6").closed_at
    assert closed_at is not None
    assert before < closed_at == person("hjaelper6").history.first().closed_at
    bring(made)
    assert person("hjaelper6").closed_at == closed_at, "closed once"
    made.people.append(gone)
    bring(made)
    assert person("hjaelper6").is_active


# ── Leaders ──────────────────────────────────────────────────────────────────────────────────────
def leads_by_hand() -> Appointment:
    Appointment.objects.filter(role=Role.LEADER).update(source=Source.HAND)
    return Appointment.objects.get(role=Role.LEADER)


@pytest.mark.parametrize("way", ["by hand", "by this file", "and the place begins later", "and the place ends later"])
def test_closed_account_gives_the_place_it_led_by_hand_to_whom_the_file_names(made: OrganisationIn, way: str) -> None:
    old = leads_by_hand()
    gone = made.people.pop(3)
    assert gone.user_id == "leder"
    made.units[3].manager = made.people[3]
    if way != "by this file":
        deactivate(person("leder"), by=None, reason="Mistanke om misbrug")
    if way == "and the place begins later":
        Appointment.objects.filter(pk=old.pk).update(from_on=today() + timedelta(days=5))
    if way == "and the place ends later":
        Appointment.objects.filter(pk=old.pk).update(to_on=today() + timedelta(days=5))
    run = bring(made)
    assert run.state == SyncState.APPLIED
    assert run.changes.get(kind="place_ended", before="Leder i Hjemmeplejen Nord").subject == "Lene Leder (leder)"
    assert not run.notes
    old.refresh_from_db()
    assert (old.to_on, old.source) == (today() - timedelta(days=1), Source.HAND)
    assert old.history.first().history_change_reason == f"Synkronisering {run.pk}"
    assert nearest_leader(person("hjaelper2")).person == person("hjaelper1")
    assert look(made).difference.changes == []


def test_leader_by_hand_stays_beside_a_closed_one(made: OrganisationIn) -> None:
    closed = leads_by_hand()
    deactivate(person("leder"), by=None)
    appoint(person("hjaelper2"), Role.CENTRE_CHIEF, unit("Hjemmeplejen Nord"))
    made.units[3].manager = made.people[4]
    run = bring(made)
    assert run.counts == {}
    assert any("»Åse Hjælper 2« er skrevet ind her som leder af »Hjemmeplejen Nord«" in note for note in run.notes)
    closed.refresh_from_db()
    assert closed.to_on is None


def test_closed_leader_whom_the_file_names_is_left_alone(made: OrganisationIn) -> None:
    leads_by_hand()
    deactivate(person("leder"), by=None, reason="Mistanke om misbrug")
    assert look(made).difference.changes == []


def test_leader_by_an_earlier_file_goes_on_when_the_one_by_hand_is_closed(made: OrganisationIn) -> None:
    """Both rows change at once, and the unit never has two."""
    first = Appointment.objects.get(role=Role.LEADER)
    Appointment.objects.filter(pk=first.pk).update(to_on=today() + timedelta(days=10))
    other = make_user("anden", is_active=False)
    appoint(other, Role.LEADER, unit("Hjemmeplejen Nord"))
    run = bring(made)
    assert (run.state, run.counts) == (SyncState.APPLIED, {"place_ended": 1, "place_changed": 1})
    first.refresh_from_db()
    assert first.to_on is None
    assert other.appointments.get().to_on == today() - timedelta(days=1)
