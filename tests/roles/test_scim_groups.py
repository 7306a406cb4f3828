"""Groups by SCIM, and what a group gives once somebody here has said so."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.outbox import Message
from roles.actions import deactivate, end_appointment, grant_for, stop_appointment
from roles.actions.handover import hand_over, things_of
from roles.enums import Role, Source
from roles.models import Absence, Appointment, ScimAccount, ScimGroup, UnitGrant, User, today
from roles.scim.places import map_group, settle_all, unmap_group
from tests.factories import Town, appoint, make_town, make_user
from tests.roles.scim import GROUP, Scim, named


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def members(group: ScimGroup) -> set[str]:
    return {person.username for person in group.members.all()}


def holders(role: Role = Role.GDPR_UNIT) -> set[str]:
    places = Appointment.objects.in_force().filter(role=role, source=Source.SCIM)
    return {place.person.username for place in places.select_related("person")}


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


# ── The group itself ─────────────────────────────────────────────────────────────────────────────
def test_group_is_made_found_changed_and_deleted(scim: Scim, mette: User) -> None:
    group = scim.group("Udvalget", mette, externalId="g-1")
    body = scim.get(f"Groups/{group.pk}").json()
    assert body["members"] == [
        {"value": str(mette.external_id), "type": "User",
         "$ref": f"http://testserver/scim/v2/Users/{mette.external_id}"}
    ]  # fmt: skip
    for query in ('displayName eq "udvalget"', 'externalId eq "g-1"', f'id eq "{group.pk}"',
                  f'members eq "{mette.external_id}"', f'members[value eq "{mette.external_id}"]',
                  f'id eq "{group.pk}" and members eq "{mette.external_id}"'):  # fmt: skip
        assert [one["id"] for one in scim.get("Groups", filter=query).json()["Resources"]] == [str(group.pk)], query
    assert scim.get("Groups", filter='members eq "x"').json()["totalResults"] == 0
    assert "members" not in scim.get(f"Groups/{group.pk}", excludedAttributes="members").json()
    assert "members" in scim.get(f"Groups/{group.pk}", attributes="members").json()

    answer = scim.send("PUT", f"Groups/{group.pk}", {"schemas": [GROUP], "displayName": "Udvalget 2"})
    assert (answer.status_code, answer.json()["displayName"], "members" in answer.json()) == (200, "Udvalget 2", False)
    assert scim.patch_group(group, {"op": "Replace", "path": "displayName", "value": "Udvalget 3"}).status_code == 204
    assert ScimGroup.objects.get().display_name == "Udvalget 3"
    assert scim.send("DELETE", f"Groups/{group.pk}").status_code == 204
    assert scim.get(f"Groups/{group.pk}").status_code == 404
    actions = (
        AuditEntry.objects.filter(action__startswith="scim.group").order_by("seq").values_list("action", flat=True)
    )
    assert list(actions) == ["scim.group_create", *["scim.group_change"] * 2, "scim.group_delete"]


def test_groups_of_one_name_or_key_are_a_conflict(scim: Scim) -> None:
    scim.group("Udvalget", externalId="g-1")
    other = scim.group("En anden")
    for answer in (
        scim.send("POST", "Groups", {"schemas": [GROUP], "displayName": "Udvalget"}),
        scim.send("POST", "Groups", {"schemas": [GROUP], "displayName": "Ny", "externalId": "g-1"}),
        scim.patch_group(other, {"op": "replace", "path": "displayName", "value": "Udvalget"}),
    ):
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


@pytest.mark.parametrize("name", ["x" * 201, "", None, "010190-1234", "a\x00b", ["x"]])
def test_group_with_a_name_that_cannot_be_kept_is_refused(scim: Scim, name: Any) -> None:
    assert scim.send("POST", "Groups", {"schemas": [GROUP], "displayName": name}).status_code == 400


def test_members_come_and_go_in_every_way_a_client_says_it(scim: Scim, mette: User, lone: User) -> None:
    group = scim.group("Udvalget")
    asta = scim.person("asta")
    one, two, three = named(mette, lone, asta)

    def patch(*operations: Any) -> set[str]:
        answer = scim.patch_group(group, *operations)
        assert answer.status_code == 204, answer.content
        return members(group)

    assert patch({"op": "Add", "path": "members", "value": [one]}) == {"mette"}
    assert patch({"op": "add", "path": "members", "value": two}) == {"mette", "lone"}
    assert patch({"op": "add", "value": {"members": [one, three]}}) == {"mette", "lone", "asta"}
    assert patch({"op": "Remove", "path": f'members[value eq "{one["value"]}"]'}) == {"lone", "asta"}
    assert patch({"op": "Remove", "path": "members", "value": [two]}) == {"asta"}
    assert patch({"op": "replace", "path": "members", "value": [one, two]}) == {"mette", "lone"}
    assert patch({"op": "remove", "path": f"{GROUP}:members"}) == set()
    steps = [("add", [one, two]), ("remove", [one]), ("add", [three])]
    assert patch(*({"op": op, "path": "members", "value": value} for op, value in steps)) == {"lone", "asta"}
    assert patch({"op": "remove", "path": "members", "value": named(mette)}) == {"lone", "asta"}, "she was not in it"
    both = {"op": "replace", "value": {"displayName": "Nyt navn", "members": [one]}}
    assert patch(both) == {"mette"}
    group.refresh_from_db()
    assert group.display_name == "Nyt navn"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "members", "value": [{"value": "nobody"}]},
        {"op": "add", "path": "members", "value": [{"value": "00000000-0000-4000-8000-000000000000"}]},
        {"op": "add", "path": "members", "value": ["text"]},
        {"op": "add", "path": "members", "value": [{}]},
        {"op": "remove", "path": 'members[display eq "Mette"]'},
        {"op": "replace", "path": 'members[value eq "x"].display', "value": "y"},
        {"op": "move", "path": "members", "value": []},
        "text",
    ],
)
def test_nonsense_about_members_is_refused_and_changes_nothing(scim: Scim, mette: User, operation: Any) -> None:
    group = scim.group("Udvalget", mette)
    fine = {"op": "replace", "path": "displayName", "value": "Nyt navn"}
    assert scim.patch_group(group, fine, operation).status_code == 400
    group.refresh_from_db()
    assert (group.display_name, members(group)) == ("Udvalget", {"mette"})


def test_somebody_unknown_to_the_provider_is_no_member(scim: Scim, town: Town) -> None:
    """A group must not reach people whom the provider has not sent."""
    group = scim.group("Udvalget")
    assert scim.patch_group(group, {"op": "add", "path": "members", "value": named(town.employee)}).status_code == 400


# ── What it gives ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "name", ["administrator", "Teknisk administrator", "gdpr_unit", "GDPR-enheden", "Domain Admins"]
)
def test_group_gives_nothing_by_its_name(scim: Scim, mette: User, name: str) -> None:
    scim.group(name, mette, role="administrator", roles=[{"value": "administrator"}], unit=1)
    assert fresh(mette).offices == []
    assert not Appointment.objects.exists()


def test_mapped_group_gives_the_role_at_once_and_takes_it_at_once(
    scim: Scim, town: Town, mette: User, lone: User
) -> None:
    group = scim.group("GDPR", mette)
    map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    place = Appointment.objects.get(source=Source.SCIM)
    assert (place.person, place.role, place.unit, place.from_on, place.to_on) == (
        mette, Role.GDPR_UNIT, town.administration, today(), None,
    )  # fmt: skip
    assert place.history.get().history_user == town.administrator
    browser = Client()
    browser.force_login(mette)
    case = town.report(by=town.employee).breach.get_absolute_url()
    assert browser.get(case).status_code == 200

    scim.patch_group(group, {"op": "Add", "path": "members", "value": named(lone)})
    assert holders() == {"mette", "lone"}
    assert Appointment.objects.get(person=lone).history.get().history_user is None
    scim.patch_group(group, {"op": "Remove", "path": f'members[value eq "{mette.external_id}"]'})
    assert browser.get(case).status_code == 404, "the next request"
    assert holders() == {"lone"}
    entry = AuditEntry.objects.filter(action="scim.group_change").last()
    assert '"ended":["Mette"]' in entry.payload.text


def test_right_ends_yesterday_because_a_day_counts_to_its_end(scim: Scim, town: Town, mette: User, lone: User) -> None:
    group = scim.group("GDPR", mette)
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(lone)})
    scim.patch_group(group, {"op": "remove", "path": "members"})
    assert holders() == set()
    yesterday = today() - timedelta(days=1)
    old, new = Appointment.objects.get(person=mette), Appointment.objects.get(person=lone)
    assert (old.from_on, old.to_on) == (today() - timedelta(days=3), yesterday)
    assert (new.from_on, new.to_on) == (yesterday, yesterday)
    assert [(row.history_type, row.from_on, row.to_on) for row in new.history.all()] == [
        ("~", yesterday, yesterday), ("+", today(), None),
    ]  # fmt: skip

    scim.patch_group(group, {"op": "add", "path": "members", "value": named(mette)})
    assert holders() == {"mette"}, "she may come back the same day"


def test_what_others_were_let_do_by_the_role_ends_with_it(scim: Scim, town: Town, mette: User) -> None:
    group = scim.group("Ledere", mette)
    map_group(group, Role.SYSTEM_OWNER, town.school, by=town.administrator)
    place = Appointment.objects.get(source=Source.SCIM)
    grant_for(place, to=town.teacher, permission="roles.follow_cases", obj=town.school, to_on=today(), by=mette)
    scim.send("DELETE", f"Groups/{group.pk}")
    assert not UnitGrant.objects.exists()
    assert UnitGrant.history.first().history_type == "-"


@pytest.mark.parametrize("way", ["unmap", "delete", "other role", "other unit", "put"])
def test_role_ends_with_the_mapping_the_group_and_the_membership(scim: Scim, town: Town, mette: User, way: str) -> None:
    group = scim.group("GDPR", mette)
    map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    assert holders() == {"mette"}
    if way == "unmap":
        unmap_group(group, by=town.administrator)
    elif way == "delete":
        scim.send("DELETE", f"Groups/{group.pk}")
    elif way == "other role":
        map_group(group, Role.LAWYER, town.administration, by=town.administrator)
        assert holders(Role.LAWYER) == {"mette"}
    elif way == "other unit":
        map_group(group, Role.GDPR_UNIT, town.health, by=town.administrator)
        assert Appointment.objects.in_force().get(source=Source.SCIM).unit == town.health
        return
    else:
        scim.send("PUT", f"Groups/{group.pk}", {"schemas": [GROUP], "displayName": "GDPR"})
    assert holders() == set()


def test_person_deleted_at_the_provider_loses_what_her_groups_gave(scim: Scim, town: Town, mette: User) -> None:
    group = scim.group("GDPR", mette)
    map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    scim.send("DELETE", f"Users/{mette.external_id}")
    assert not Appointment.objects.filter(person=mette, to_on=None).exists()


def test_two_groups_that_give_the_same_take_it_only_together(scim: Scim, town: Town, mette: User) -> None:
    first, second = scim.group("A", mette), scim.group("B", mette)
    for group in (first, second):
        map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    assert Appointment.objects.filter(source=Source.SCIM).count() == 1
    scim.patch_group(first, {"op": "remove", "path": "members"})
    assert holders() == {"mette"}
    scim.patch_group(second, {"op": "remove", "path": "members"})
    assert holders() == set()


def test_appointments_by_hand_and_by_the_sync_are_never_touched(
    scim: Scim, town: Town, mette: User, lone: User
) -> None:
    by_hand = appoint(mette, Role.SYSTEM_OWNER, town.school)
    by_sync = appoint(lone, Role.SYSTEM_OWNER, town.school, source=Source.SYNC)
    group = scim.group("Systemejere", mette, lone)
    map_group(group, Role.SYSTEM_OWNER, town.school, by=town.administrator)
    assert holders(Role.SYSTEM_OWNER) == set(), "they hold it already"
    scim.send("DELETE", f"Groups/{group.pk}")
    for place in (by_hand, by_sync):
        place.refresh_from_db()
        assert place.to_on is None


def test_closed_unit_gives_nothing(scim: Scim, town: Town, mette: User, lone: User) -> None:
    group = scim.group("Systemejere", mette)
    map_group(group, Role.SYSTEM_OWNER, town.school, by=town.administrator)
    town.school.closed_on = today()
    town.school.save()
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(lone)})
    assert holders(Role.SYSTEM_OWNER) == set()


def test_wide_right_is_told_to_those_who_have_it(scim: Scim, town: Town, mette: User, lone: User) -> None:
    group = scim.group("GDPR", mette)
    map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(lone)})
    told = Message.objects.filter(kind="role_wide_right")
    for watcher in (town.gdpr, town.gdpr2, town.dpo):
        assert told.filter(recipient=watcher).count() == 2
    assert set(Message.objects.filter(kind="role_appointed").values_list("recipient", flat=True)) == {mette.pk, lone.pk}
    assert not told.filter(body__contains="Mette").exists()


def test_nobody_is_told_that_she_is_an_employee(scim: Scim, town: Town, mette: User) -> None:
    map_group(scim.group("Alle", mette), Role.EMPLOYEE, town.school, by=town.administrator)
    assert holders(Role.EMPLOYEE) == {"mette"}
    assert not Message.objects.exists()


def test_role_that_a_group_gives_is_not_ended_stopped_or_handed_over_here(scim: Scim, town: Town, mette: User) -> None:
    """It would come back within minutes: whoever should lose it leaves the group."""
    map_group(scim.group("Systemejere", mette), Role.SYSTEM_OWNER, town.school, by=town.administrator)
    place = Appointment.objects.get(source=Source.SCIM)
    for step in (
        lambda: end_appointment(place, by=town.administrator, on=today()),
        lambda: stop_appointment(place, by=town.administrator),
        lambda: hand_over(mette, town.teacher, things_of(mette, town.gdpr)[0][2], by=town.gdpr, last_day=today()),
    ):
        with pytest.raises(ValidationError, match="kommer fra en gruppe"):
            step()
    assert holders(Role.SYSTEM_OWNER) == {"mette"}


def test_mapper_gets_no_role_as_deputy_of_one_who_joins_later(scim: Scim, town: Town, mette: User) -> None:
    group = scim.group("GDPR")
    map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    Absence.objects.create(person=mette, deputy=town.administrator, from_on=today(), to_on=today())
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(mette)})
    assert holders() == set()
    assert not User.objects.get(pk=town.administrator.pk).has_role(Role.GDPR_UNIT)


def test_closed_account_is_not_appointed_again(scim: Scim, town: Town, mette: User) -> None:
    map_group(scim.group("GDPR", mette), Role.GDPR_UNIT, town.administration, by=town.administrator)
    deactivate(mette, by=town.administrator)
    Appointment.objects.filter(source=Source.SCIM).delete()
    settle_all()
    assert not Appointment.objects.filter(source=Source.SCIM).exists()


# ── Many ─────────────────────────────────────────────────────────────────────────────────────────
def make_people(many: int) -> list[User]:
    people = User.objects.bulk_create(
        [User(username=f"p{number}", name=f"P {number}", source=Source.SCIM) for number in range(many)]
    )
    ScimAccount.objects.bulk_create([ScimAccount(person=person) for person in people])
    return people


def test_batch_of_members_takes_the_same_number_of_queries_whatever_its_size(scim: Scim, town: Town) -> None:
    people = make_people(60)
    group = scim.group("Hjemmeplejen")
    map_group(group, Role.EMPLOYEE, town.home_care, by=town.administrator)

    def queries(some: list[User], op: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert scim.patch_group(group, {"op": op, "path": "members", "value": named(*some)}).status_code == 204
        return len(seen)

    with time_machine.travel(timezone.now() - timedelta(days=2)):
        assert queries(people[:2], "add") == queries(people[2:40], "add")
    assert len(holders(Role.EMPLOYEE)) == 40
    assert queries(people[:2], "remove") == queries(people[2:40], "remove")
    assert holders(Role.EMPLOYEE) == set()


def test_thousands_of_members_in_one_request(scim: Scim, town: Town) -> None:
    people = make_people(1500)
    group = scim.group("Alle")
    map_group(group, Role.EMPLOYEE, town.municipality, by=town.administrator)
    started = timezone.now()
    assert scim.patch_group(group, {"op": "Add", "path": "members", "value": named(*people)}).status_code == 204
    one_by_one = [{"op": "Remove", "path": f'members[value eq "{person.external_id}"]'} for person in people[:500]]
    assert scim.patch_group(group, *one_by_one).status_code == 204
    assert group.members.count() == len(holders(Role.EMPLOYEE)) == 1000
    assert (timezone.now() - started).total_seconds() < 60


def test_too_many_operations_are_refused(scim: Scim) -> None:
    group = scim.group("Alle")
    assert scim.patch_group(group, *[{"op": "remove", "path": "members"}] * 5001).status_code == 400


def test_person_who_has_left_keeps_no_right_by_a_group(scim: Scim, town: Town) -> None:
    person = scim.person("mette", active=False)
    map_group(scim.group("GDPR", person), Role.GDPR_UNIT, town.administration, by=town.administrator)
    assert holders() == set()
    scim.patch_person(person, {"op": "replace", "path": "active", "value": True})
    assert holders() == {"mette"}
    assert make_user("x").offices == []
