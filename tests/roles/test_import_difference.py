"""What a file changes: who is linked, closed, moved and ended, who leads, and what it leaves alone."""

from datetime import timedelta

import pytest

from roles.actions import deactivate, nearest_leader
from roles.enums import LEADING_ROLES, Role, Source, SyncState, UnitKind
from roles.models import Appointment, Unit, User, today
from tests.factories import appoint, make_unit, make_user
from tests.roles.organisations import OrganisationIn, bring, look, reasons, small

pytestmark = pytest.mark.django_db
YESTERDAY = timedelta(days=1)


def person(username: str) -> User:
    return User.objects.get(username=username)


def unit(name: str) -> Unit:
    return Unit.objects.get(name=name)


def place(username: str, role: Role) -> Appointment:
    return Appointment.objects.get(person__username=username, role=role)


def test_tree_gets_its_kinds_paths_and_leaders(made: OrganisationIn) -> None:
    top, health, care = unit("Prøvekøbing Kommune"), unit("Center for Sundhed"), unit("Hjemmeplejen Nord")
    assert (top.kind, health.kind, care.kind) == (UnitKind.MUNICIPALITY, UnitKind.CENTRE, UnitKind.DEPARTMENT)
    assert care.path == f"/{top.pk}/{health.pk}/{care.pk}/"
    assert care.depth == 3
    assert nearest_leader(person("hjaelper1")).person == person("leder")
    assert nearest_leader(person("leder")).person == person("sundchef")
    roles = set(Appointment.objects.leading().values_list("person__username", "role"))
    assert ("direktoer", Role.DIRECTOR) in roles
    assert ("sundchef", Role.CENTRE_CHIEF) in roles
    assert {one.source for one in (*User.objects.all(), *Unit.objects.all(), *Appointment.objects.all())} == {"sync"}
    assert not person("leder").has_usable_password()


def test_kind_set_by_hand_is_kept_and_decides_the_leaders_role(made: OrganisationIn) -> None:
    Unit.objects.filter(name="Hjemmeplejen Nord").update(kind=UnitKind.INSTITUTION)
    assert look(made).difference.changes == []
    Unit.objects.filter(name="Hjemmeplejen Nord").update(kind=UnitKind.CENTRE)
    assert bring(made).counts == {"place_new": 1, "place_ended": 1}
    assert place("leder", Role.CENTRE_CHIEF).is_in_force
    assert place("leder", Role.LEADER).to_on == today() - YESTERDAY
    assert look(made).difference.changes == []


def test_second_top_gives_nobody_the_directors_rights() -> None:
    made = small()
    other = made.unit("Eksterne")
    other.manager = made.person("snu", "Snu Snedig", other)
    run = bring(made)
    assert unit("Eksterne").kind == UnitKind.DEPARTMENT
    assert [one.person.username for one in Appointment.objects.filter(role=Role.DIRECTOR)] == ["direktoer"]
    assert any("2 øverste enheder" in note for note in run.notes)
    assert any("»Dorte Direktør« bliver kommunaldirektør" in note for note in run.notes)


# ── People ───────────────────────────────────────────────────────────────────────────────────────


def test_missing_person_is_closed_and_never_deleted(made: OrganisationIn) -> None:
    made.people.pop()
    assert bring(made).counts == {"person_left": 1, "place_ended": 1}
    gone = person("hjaelper6")
    assert not gone.is_active
    assert gone.appointments.get().to_on == today() - YESTERDAY
    assert look(made).difference.changes == []


def test_person_who_comes_back_is_opened_again_with_new_appointments(made: OrganisationIn) -> None:
    gone = made.people.pop()
    bring(made)
    made.people.append(gone)
    assert bring(made).counts == {"person_back": 1, "place_new": 1}
    assert person("hjaelper6").appointments.in_force().count() == 1
    assert look(made).difference.changes == []


def test_account_closed_by_hand_stays_closed(made: OrganisationIn) -> None:
    deactivate(person("hjaelper6"), by=None, reason="Mistanke om misbrug")
    found = look(made)
    assert found.difference.changes == []
    assert any("er lukket her i portalen" in note for note in found.run.notes)


def test_account_closed_by_a_sync_and_renamed_since_is_opened_again(made: OrganisationIn) -> None:
    gone = made.people.pop()
    bring(made)
    closed = person("hjaelper6")
    closed.name = "Omdøbt"
    closed.save()
    made.people.append(gone)
    assert bring(made).counts == {"person_back": 1, "person_changed": 1, "place_new": 1}


def test_changed_name_mail_and_user_name_follow_the_key(made: OrganisationIn) -> None:
    pk = person("hjaelper1").pk
    changed = made.people[4]
    changed.user_id, changed.name, changed.email = "gift", "Åse Gift", "gift@example.invalid"
    run = bring(made)
    assert run.counts == {"person_changed": 1}
    found = User.objects.get(pk=pk)
    assert (found.username, found.name, found.email) == ("gift", "Åse Gift", "gift@example.invalid")
    change = run.changes.get()
    assert change.before.startswith("Navn: Åse Hjælper 1; Mail: ")
    assert change.after.endswith("Brugernavn: gift")


def test_user_names_may_change_hands(made: OrganisationIn) -> None:
    one, two, three = made.people[4:7]
    before = {row.uuid: row.user_id for row in (one, two, three)}
    one.user_id, two.user_id, three.user_id = two.user_id, three.user_id, one.user_id
    assert bring(made).counts == {"person_changed": 3}
    for row in (one, two, three):
        found = User.objects.get(external_id=row.uuid)
        assert found.username == row.user_id != before[row.uuid]
        assert found.history.first().username == row.user_id
    assert not User.history.filter(username__startswith="~").exists()


def test_case_of_a_user_name_is_no_change(made: OrganisationIn) -> None:
    made.people[4].user_id = "HJAELPER1"
    assert look(made).difference.changes == []


def test_user_name_given_to_a_new_person_does_not_make_her_the_old_one(made: OrganisationIn) -> None:
    old = person("hjaelper6")
    made.people.pop()
    made.person("hjaelper6", "Ny Ansat", made.units[3]).uuid = "7b0e1d2c-0000-4000-8000-000000000001"
    run = bring(made)
    assert run.counts == {"person_new": 1, "person_left": 1, "person_changed": 1, "place_new": 1, "place_ended": 1}
    assert person("hjaelper6").name == "Ny Ansat"
    old.refresh_from_db()
    assert (old.is_active, old.username) == (False, f"hjaelper6.lukket-{old.external_id}")
    assert look(made).difference.changes == []


def test_hand_made_person_with_the_same_user_name_is_linked() -> None:
    hand = make_user("Leder", "Lene L.", email="")
    office = appoint(hand, Role.GDPR_UNIT, make_unit("It"))
    run = bring(small())
    assert run.counts["person_linked"] == 1
    assert run.counts["person_new"] == 9
    hand.refresh_from_db()
    assert (hand.source, hand.name, hand.username) == (Source.SYNC, "Lene Leder", "Leder")
    assert str(hand.external_id) == small().people[3].uuid
    assert hand.has_usable_password()
    office.refresh_from_db()
    assert (office.to_on, office.source) == (None, Source.HAND)
    assert look(small()).difference.changes == []


def test_hand_made_people_units_and_appointments_stay(made: OrganisationIn) -> None:
    other = make_unit("Frivillige", unit("Hjemmeplejen Nord"))
    hand = make_user("frivillig")
    office = appoint(hand, Role.EXTERNAL, other)
    given = appoint(person("hjaelper1"), Role.SYSTEM_OWNER, unit("Hjemmeplejen Nord"))
    assert look(made).difference.changes == []
    for row in (other, hand, office, given):
        before = row.__class__.objects.filter(pk=row.pk).values().get()
        bring(made)
        assert row.__class__.objects.filter(pk=row.pk).values().get() == before


def test_user_name_of_somebody_written_in_by_hand_is_not_taken_from_her(made: OrganisationIn) -> None:
    make_user("optaget", "Olga Optaget")
    made.people[4].user_id = "optaget"
    run = bring(made)
    assert run.state == SyncState.REFUSED
    assert "users[4]" in reasons(run)
    assert "bruges af Olga Optaget, som er skrevet ind her" in reasons(run)


# ── Units ────────────────────────────────────────────────────────────────────────────────────────


def test_missing_unit_is_closed_with_a_date_and_opened_again(made: OrganisationIn) -> None:
    gone = made.unit("Aftenvagten", made.units[3])
    made.people[4].put(gone, "Vagt")
    bring(made)
    made.units.remove(gone)
    place_gone = made.people[4].places.pop()
    run = bring(made)
    assert run.counts == {"unit_closed": 1, "place_ended": 1}
    assert unit("Aftenvagten").closed_on == today()
    assert not unit("Aftenvagten").is_open
    assert look(made).difference.changes == []
    made.units.append(gone)
    made.people[4].places.append(place_gone)
    assert bring(made).counts == {"unit_reopened": 1, "place_new": 1}
    assert unit("Aftenvagten").is_open


def test_moved_unit_takes_its_branch_along_also_what_is_made_by_hand(made: OrganisationIn) -> None:
    hand = make_unit("Frivillige", unit("Hjemmeplejen Nord"))
    team = make_unit("Holdet", hand)
    made.units[3].parent = made.units[2]
    made.units[3].name = "Hjemmeplejen Syd"
    run = bring(made)
    assert run.counts == {"unit_changed": 1, "unit_moved": 1}
    moved = run.changes.get(kind="unit_moved")
    assert (moved.before, moved.after) == ("Under Center for Sundhed", "Under Center for Børn")
    team.refresh_from_db()
    assert team.path == f"{unit('Center for Børn').path}{unit('Hjemmeplejen Syd').pk}/{hand.pk}/{team.pk}/"
    assert team.depth == 5
    assert look(made).difference.changes == []


def test_hand_made_unit_under_one_that_closes_is_told(made: OrganisationIn) -> None:
    gone = made.unit("Aftenvagten", made.units[3])
    bring(made)
    make_unit("Frivillige", unit("Aftenvagten"))
    appoint(make_user("hans"), Role.EXTERNAL, unit("Aftenvagten"))
    made.units.remove(gone)
    run = bring(made)
    assert any("»Frivillige« er skrevet ind her" in note for note in run.notes)
    assert any("1 udpegning, som er skrevet ind her" in note for note in run.notes)
    assert unit("Frivillige").is_open


# ── Leaders ──────────────────────────────────────────────────────────────────────────────────────


def leaders(name: str, on: int) -> list[str]:
    """Who leads the unit so many days from now."""
    day = today() + timedelta(days=on)
    places = Appointment.objects.in_force(day).filter(unit__name=name, role__in=LEADING_ROLES)
    return [one.person.username for one in places]


def test_unit_has_one_leader_on_every_day_when_the_leader_changes(made: OrganisationIn) -> None:
    made.units[3].manager = made.people[4]
    assert bring(made).counts == {"place_new": 1, "place_ended": 1}
    assert [leaders("Hjemmeplejen Nord", day) for day in (-1, 0, 1)] == [["leder"], ["hjaelper1"], ["hjaelper1"]]
    made.units[3].manager = made.people[5]  # and once more the same day
    assert bring(made).counts == {"place_new": 1, "place_ended": 1}
    assert leaders("Hjemmeplejen Nord", 0) == leaders("Hjemmeplejen Nord", 400) == ["hjaelper2"]
    assert look(made).difference.changes == []


def test_unit_that_loses_its_leader_is_led_from_above(made: OrganisationIn) -> None:
    made.units[3].manager = None
    assert bring(made).counts == {"place_ended": 1}
    assert nearest_leader(person("hjaelper1")).person == person("sundchef")


def test_leader_made_by_hand_stays_and_is_told(made: OrganisationIn) -> None:
    Appointment.objects.filter(role=Role.LEADER).update(source=Source.HAND)
    made.units[3].manager = made.people[4]
    run = bring(made)
    assert run.counts == {}
    assert leaders("Hjemmeplejen Nord", 0) == ["leder"]
    assert any("»Lene Leder« er skrevet ind her som leder af »Hjemmeplejen Nord«" in note for note in run.notes)
    assert any("Filen siger »Åse Hjælper 1«" in note for note in run.notes)


def test_leader_made_by_hand_whom_the_file_names_too_is_left_alone(made: OrganisationIn) -> None:
    Appointment.objects.filter(role=Role.LEADER).update(source=Source.HAND)
    found = look(made)
    assert found.difference.changes == []
    assert not found.run.notes


def test_successor_waiting_by_hand_is_not_stepped_on(made: OrganisationIn) -> None:
    """Somebody ended the leader's appointment here and named the next one; the file still names the old one."""
    last = today() + timedelta(days=10)
    Appointment.objects.filter(role=Role.LEADER).update(to_on=last)
    appoint(person("hjaelper1"), Role.LEADER, unit("Hjemmeplejen Nord"), from_on=last + timedelta(days=1))
    run = bring(made)
    assert run.state == SyncState.APPLIED
    assert run.counts == {}
    assert leaders("Hjemmeplejen Nord", 0) == ["leder"]
    assert leaders("Hjemmeplejen Nord", 11) == ["hjaelper1"]


def test_leader_may_lead_her_own_unit_and_have_no_position_there() -> None:
    made = small()
    made.units[3].manager.places = []
    run = bring(made)
    assert run.state == SyncState.APPLIED
    led = Appointment.objects.get(person__username="leder")
    assert (led.role, led.is_primary) == (Role.LEADER, True)
    assert look(made).difference.changes == []


def test_first_position_is_the_primary_one(made: OrganisationIn) -> None:
    made.people[4].places.insert(0, (made.units[2], "Vikar", "", ""))
    assert bring(made).counts == {"place_new": 1, "place_changed": 1}
    primary = person("hjaelper1").appointments.get(is_primary=True)
    assert primary.unit.name == "Center for Børn"
    assert look(made).difference.changes == []


def test_primary_appointment_made_by_hand_stays_the_only_one(made: OrganisationIn) -> None:
    place("hjaelper1", Role.EMPLOYEE)
    Appointment.objects.filter(person__username="hjaelper1").update(is_primary=False)
    appoint(person("hjaelper1"), Role.SYSTEM_OWNER, unit("Center for Børn"), is_primary=True)
    assert look(made).difference.changes == []


# ── The safety brake ─────────────────────────────────────────────────────────────────────────────


def test_file_that_closes_too_many_people_is_refused_unless_allowed(made: OrganisationIn) -> None:
    del made.people[7:]
    run = bring(made)
    assert run.state == SyncState.REFUSED
    assert "Filen lukker 3 af de 10 personer, som er hentet ind før (30 %)." in reasons(run)
    assert User.objects.filter(is_active=True).count() == 10
    assert bring(made, allow_large_loss=True).state == SyncState.APPLIED
    assert User.objects.filter(is_active=True).count() == 7


def test_file_that_closes_too_many_units_is_refused(made: OrganisationIn) -> None:
    made.units.pop(2)
    made.people[2].places = []
    run = bring(made)
    assert "1 af de 4 enheder" in reasons(run)


def test_file_that_closes_just_as_many_as_it_may_is_brought_in(made: OrganisationIn) -> None:
    del made.people[8:]
    assert bring(made).state == SyncState.APPLIED


def test_hand_made_people_do_not_count_in_the_brake(made: OrganisationIn) -> None:
    for number in range(20):
        make_user(f"haand{number}")
    del made.people[7:]
    assert bring(made).state == SyncState.REFUSED
