"""What a wrong or a cunning file must not do by itself: take much away, or give whoever brings it in more to see."""

from datetime import timedelta
from typing import Any

import pytest

from glostrup_isms.kit.outbox import Message
from roles.actions import delegate, register_absence, set_deputy
from roles.enums import Role, Source, SyncState, UnitKind
from roles.models import Appointment, Unit, UnitGrant, User, today
from roles.rights import delegable_named
from tests.factories import Town, appoint, make_town, make_unit, make_user
from tests.roles.organisations import (
    HEADER,
    OrganisationIn,
    PersonIn,
    UnitIn,
    bring,
    csv_text,
    large,
    look,
    reasons,
    small,
)

pytestmark = pytest.mark.django_db


def person(username: str) -> User:
    return User.objects.get(username=username)


def refused(made: Any) -> str:
    """The reasons of a file that the brake must stop, with every row as it was."""
    before = [list(model.objects.order_by("pk").values()) for model in (User, Unit, Appointment, UnitGrant)]
    run = bring(made)
    assert (run.state, run.loss != "") == (SyncState.REFUSED, True)
    assert [list(model.objects.order_by("pk").values()) for model in (User, Unit, Appointment, UnitGrant)] == before
    return reasons(run)


def counts(made: OrganisationIn, *, allow_large_loss: bool = False) -> dict[str, int]:
    """What a file has changed that must be brought in."""
    run = bring(made, allow_large_loss=allow_large_loss)
    assert run.state == SyncState.APPLIED, reasons(run)
    changed: dict[str, int] = run.counts
    return changed


# ── The brake ────────────────────────────────────────────────────────────────────────────────────
def test_file_without_positions_leaders_and_mails_is_refused_whole(made: OrganisationIn) -> None:
    """OS2sync's hierarchy, when whoever sent it left most out: it ended every leader, deputy and grant."""
    place = person("leder").appointments.get(role=Role.LEADER)
    set_deputy(place, person("hjaelper1"), by=person("leder"))
    what = delegable_named("roles.maintain_appointments")
    delegate(person("leder"), to=person("hjaelper2"), what=what, unit=place.unit, to_on=today() + timedelta(days=30))
    units = [
        {"Uuid": unit.uuid, "Name": unit.name, "ParentOU": unit.parent and unit.parent.uuid} for unit in made.units
    ]
    people = [
        {"Uuid": one.uuid, "UserId": one.user_id, "Name": one.name, "Email": "", "Positions": []} for one in made.people
    ]
    text = refused({"Result": {"OUs": units, "Users": people}})
    assert "Filen afslutter 14 af de 14 udpegninger, som er hentet ind før (100 %)." in text
    assert "Filen afslutter 4 af de 4 lederposter, som er hentet ind før (100 %)." in text
    assert "Filen fjerner 10 af de 10 mailadresser, som personerne i filen har her (100 %)." in text
    assert "Det er flere end de 20 %, en fil må fjerne af sig selv." in text


def test_file_that_ends_many_leaders_is_refused_however_many_employees_there_are(made: OrganisationIn) -> None:
    for unit in made.units[1:]:
        unit.manager = None
    text = refused(made)
    assert "Filen afslutter 3 af de 4 lederposter" in text
    assert "3 af de 14 udpegninger" in text
    made.units[1].manager = made.people[1]
    assert counts(made) == {"place_ended": 2}, "a few may go, also in a small town"


def test_file_that_names_an_end_for_many_positions_is_refused_before_the_day_comes(made: OrganisationIn) -> None:
    tomorrow = (today() + timedelta(days=1)).isoformat()
    for one in made.people[:2]:
        one.places = [(unit, title, start, tomorrow) for unit, title, start, _ in one.places]
    assert counts(made) == {"place_changed": 2}
    for one in made.people[2:]:
        one.places = [(unit, title, start, tomorrow) for unit, title, start, _ in one.places]
    assert "Filen afslutter 8 af de 14 udpegninger" in refused(made)


def test_file_that_puts_many_positions_off_is_refused(made: OrganisationIn) -> None:
    for one in made.people:
        one.places = [(unit, title, "01-01-2040", "") for unit, title, _, _ in one.places]
    assert "afslutter" in refused(made)


def test_file_that_gives_many_positions_a_later_end_is_brought_in(made: OrganisationIn) -> None:
    Appointment.objects.filter(role=Role.EMPLOYEE).update(to_on=today() + timedelta(days=3))
    assert counts(made) == {"place_changed": 10}


def test_file_that_moves_many_units_is_refused(made: OrganisationIn) -> None:
    top, health, children, care = made.units
    care.parent, health.parent = children, care
    assert counts(made) == {"unit_moved": 2}
    care.parent, health.parent, children.parent = top, top, health
    assert "Filen flytter 3 af de 4 enheder, som er hentet ind før (75 %)." in refused(made)
    assert counts(made, allow_large_loss=True) == {"unit_moved": 3}


def test_file_that_empties_many_mails_is_refused(made: OrganisationIn) -> None:
    for one in made.people[:3]:
        one.email = ""
    assert "Filen fjerner 3 af de 10 mailadresser" in refused(made)
    made.people[0].email = "ny@example.invalid"
    assert counts(made) == {"person_changed": 3}


def test_ordinary_night_in_a_large_organisation_passes_the_brake() -> None:
    made = large(1000)
    bring(made)
    for number in range(0, 1000, 100):
        made.people[number + 3].email = ""
        made.people[number + 4].places = [(made.units[number // 20 + 1], "Flyttet", "", "")]
    for unit in made.units[40:50]:
        unit.manager = made.people[7]
    made.units[30].parent = made.units[20]
    del made.people[990:]
    run = bring(made)
    assert (run.state, run.loss) == (SyncState.APPLIED, ""), reasons(run)


def test_what_was_made_by_hand_does_not_count_in_the_brake(made: OrganisationIn) -> None:
    for number in range(40):
        hand = make_user(f"haand{number}")
        appoint(hand, Role.EMPLOYEE, make_unit(f"Enhed {number}"))
    for one in made.people[4:8]:
        one.places = []
    assert "4 af de 14 udpegninger" in refused(made)


# ── Whoever brings it in ─────────────────────────────────────────────────────────────────────────
def as_file(town: Town) -> tuple[OrganisationIn, dict[int, UnitIn]]:
    """The town as its own organisation system would send it."""
    made, units = OrganisationIn(), {}
    for unit in Unit.objects.order_by("depth", "pk"):
        units[unit.pk] = UnitIn(unit.name, units.get(unit.parent_id), None, str(unit.external_id))
    made.units = list(units.values())
    made.people = [
        PersonIn(one.username, one.name, one.email, [], str(one.external_id)) for one in User.objects.order_by("pk")
    ]
    return made, units


@pytest.mark.parametrize("way", ["leader", "coming leader", "deputy", "standing deputy", "grant"])
@pytest.mark.parametrize("what", ["the top", "a school", "under a new unit"])
def test_nobody_moves_units_in_under_what_she_leads_herself(way: str, what: str) -> None:
    """An administrator sees no case; she would have seen those of the whole municipality."""
    town = make_town()
    it = make_unit("It-drift", town.administration)
    leader = town.administrator if "leader" in way else make_user("itleder")
    begins = today() + timedelta(days=3) if way == "coming leader" else today()
    place = appoint(leader, Role.LEADER, it, from_on=begins)
    if way == "standing deputy":  # the leader may be away next week
        set_deputy(place, town.administrator, by=leader)
    if way == "deputy":
        register_absence(leader, from_on=today(), to_on=today(), by=leader, deputy=town.administrator)
    if way == "grant":
        named = delegable_named("roles.maintain_appointments")
        delegate(leader, to=town.administrator, what=named, unit=it, to_on=today() + timedelta(days=9))
    made, units = as_file(town)
    school = units[town.school.pk]
    if what == "the top":
        units[it.pk].parent, units[town.municipality.pk].parent = None, units[it.pk]
    elif what == "a school":
        school.parent = units[it.pk]
    else:
        school.parent = made.unit("Skoleservice", units[it.pk])
    by = User.objects.get(pk=town.administrator.pk)
    run = bring(made, by=by)
    assert run.state == SyncState.REFUSED
    assert "Filen lægger enheder ind under en enhed, du leder" in reasons(run)
    assert Unit.objects.get(pk=town.school.pk).path.startswith(f"/{town.municipality.pk}/{town.children.pk}/")
    assert bring(made, by=User.objects.get(pk=town.gdpr.pk)).state == SyncState.APPLIED


def test_nobody_makes_whom_she_stands_in_for_a_leader() -> None:
    town = make_town()
    Appointment.objects.filter(person=town.director).update(to_on=today() - timedelta(days=1))
    register_absence(
        town.school_leader, from_on=today(), to_on=today(), by=town.school_leader, deputy=town.administrator
    )
    made, units = as_file(town)
    units[town.municipality.pk].manager = next(one for one in made.people if one.user_id == "school_leader")
    run = bring(made, by=User.objects.get(pk=town.administrator.pk))
    assert run.state == SyncState.REFUSED
    assert "som du er stedfortræder for" in reasons(run)


def test_new_units_and_moves_elsewhere_are_nobodys_gain() -> None:
    town = make_town()
    it = make_unit("It-drift", town.administration)
    make_unit("Servicedesk", it)
    appoint(town.administrator, Role.LEADER, it)
    made, units = as_file(town)
    made.unit("Netværk", units[it.pk])
    made.units[-2].parent = made.units[-1]  # further down in her own unit
    units[town.school.pk].parent = units[town.health.pk]
    units[it.pk].parent = units[town.municipality.pk]
    assert bring(made, by=town.administrator).state == SyncState.APPLIED


# ── Second tops ──────────────────────────────────────────────────────────────────────────────────
def with_kinds(made: OrganisationIn, **kinds: str) -> bytes:
    rows = made.rows()
    for row in rows:
        row["enhedstype"] = kinds.get(row.get("enhed", ""), "")
    return csv_text(rows, header=(*HEADER, "enhedstype")).encode()


def test_second_top_that_a_file_calls_a_municipality_gives_nobody_the_directors_rights() -> None:
    made = small()
    other = made.unit("Forening")
    other.manager = made.person("snu", "Snu Snedig", other)
    run = bring(with_kinds(made, Forening="Kommune"), "csv")
    assert run.state == SyncState.APPLIED
    assert Unit.objects.get(name="Forening").kind == UnitKind.DEPARTMENT
    assert [one.person.username for one in Appointment.objects.filter(role=Role.DIRECTOR)] == ["direktoer"]
    assert any("»Forening« er kommune i filen, men ikke her" in note for note in run.notes)


def test_larger_second_top_does_not_become_the_municipality_of_a_town_that_has_one(made: OrganisationIn) -> None:
    other = made.unit("Forening")
    other.manager = made.person("snu", "Snu Snedig", other)
    for number in range(9):
        made.unit(f"Gren {number}", other)
    run = bring(made)
    assert run.state == SyncState.APPLIED
    assert not person("snu").has_role(Role.DIRECTOR)
    assert Unit.objects.get(kind=UnitKind.MUNICIPALITY).name == "Prøvekøbing Kommune"


# ── Those who come back ──────────────────────────────────────────────────────────────────────────
def test_those_who_see_all_cases_learn_that_one_of_them_is_opened_again(made: OrganisationIn) -> None:
    top = Unit.objects.get(name="Prøvekøbing Kommune")
    watcher = make_user("dpo")
    appoint(watcher, Role.DPO, top)
    appoint(person("hjaelper6"), Role.GDPR_UNIT, top)
    over = appoint(person("hjaelper6"), Role.DIRECTOR, top, to_on=today() - timedelta(days=300))
    assert over.source == Source.HAND
    gone = made.people.pop()
    bring(made)
    Message.objects.all().delete()
    made.people.append(gone)
    assert counts(made) == {"person_back": 1, "place_new": 1}
    told = Message.objects.get(kind="role_wide_right")
    assert (told.recipient, told.url) == (watcher, person("hjaelper6").get_absolute_url())
    assert counts(made) == {}
    assert Message.objects.filter(kind="role_wide_right").count() == 1


def test_nobody_is_warned_of_a_place_that_the_same_file_ends(made: OrganisationIn) -> None:
    appoint(make_user("dpo"), Role.DPO, Unit.objects.get(name="Prøvekøbing Kommune"))
    director = person("direktoer")
    gone = made.people.pop(0)
    made.units[0].manager = None
    bring(made)
    led = director.appointments.get(role=Role.DIRECTOR)
    Appointment.objects.filter(pk=led.pk).update(to_on=None)
    Message.objects.all().delete()
    made.people.append(gone)
    assert counts(made)["person_back"] == 1
    assert not Message.objects.filter(kind="role_wide_right").exists()


# ── Those who are linked ─────────────────────────────────────────────────────────────────────────
def test_line_of_whoever_is_linked_shows_both_names() -> None:
    make_user("Leder", "Lone Larsen")
    line = look(small()).run.changes.get(kind="person_linked")
    assert line.before == "Navn: Lone Larsen; Mail: Leder@example.invalid; Kilde: Skrevet ind her"
    assert line.after == "Navn: Lene Leder; Mail: leder@example.invalid; Kilde: Organisationssystemet"
