"""People by SCIM: found, made, linked, changed, closed; never given a role."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from glostrup_isms.kit.audit import AuditEntry, sentence
from roles.actions import deactivate, reactivate
from roles.enums import PersonKind, Role, Source
from roles.models import Appointment, ScimAccount, User
from tests.factories import Town, appoint, make_town, make_user
from tests.roles.organisations import bring, small
from tests.roles.scim import ENTERPRISE, USER, Scim


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))


# ── Made ─────────────────────────────────────────────────────────────────────────────────────────
def test_person_made_by_scim_has_no_role_no_password_and_cannot_sign_in_by_one(scim: Scim) -> None:
    answer = scim.create("mette@example.dk", externalId="o-1", emails=[{"type": "work", "value": "m@example.dk"}])
    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == body["meta"]["location"] == f"http://testserver/scim/v2/Users/{body['id']}"
    person = User.objects.get(external_id=body["id"])
    assert (person.source, person.kind, person.email) == (Source.SCIM, PersonKind.EMPLOYEE, "m@example.dk")
    assert not person.has_usable_password()
    assert (person.offices, person.is_superuser, person.is_staff) == ([], False, False)
    assert scim.get(f"Users/{body['id']}").json() == body
    assert actions() == ["scim.user_create"]
    assert AuditEntry.objects.get().actor_id is None
    assert person.history.get().history_user is None


@pytest.mark.parametrize("name", ["admin", "administrator", "root", "anna"])
@pytest.mark.parametrize(
    "wish",
    [{"roles": [{"value": "administrator", "primary": True}]}, {"is_superuser": True, "is_staff": True},
     {"kind": "system", "source": "hand", "password": "a-long-password-0"}, {"groups": [{"value": "administrator"}]},
     {"entitlements": [{"value": "administrator"}], "userType": "Administrator"}],
)  # fmt: skip
def test_first_person_by_scim_never_becomes_administrator(scim: Scim, name: str, wish: dict[str, Any]) -> None:
    person = scim.person(name, **wish)
    assert (person.offices, person.kind, person.source) == ([], PersonKind.EMPLOYEE, Source.SCIM)
    assert not person.has_usable_password()
    assert not Appointment.objects.exists()


def test_name_to_show_is_put_together_when_it_is_left_out(scim: Scim) -> None:
    """The example of RFC 7643 §8.1 has no displayName."""
    body = {"schemas": [USER], "externalId": "bjensen", "userName": "bjensen"}
    formatted = {"formatted": "Frk. Barbara J Jensen", "familyName": "Jensen", "givenName": "Barbara"}
    assert scim.send("POST", "Users", body | {"name": formatted}).json()["displayName"] == "Frk. Barbara J Jensen"
    parts = {"userName": "b2", "externalId": "b2", "name": {"familyName": "Jensen", "givenName": "Barbara"}}
    assert scim.send("POST", "Users", body | parts).json()["displayName"] == "Barbara Jensen"
    assert scim.send("POST", "Users", body | {"userName": "b3", "externalId": "b3"}).json()["displayName"] == "b3"


def test_what_the_portal_does_not_keep_is_let_fall(scim: Scim) -> None:
    answer = scim.create(
        "mette", title="Sygeplejerske", phoneNumbers=[{"value": "12345678"}], schemas=[USER, ENTERPRISE],
        emails=[{"type": "home", "value": "privat@example.dk"}, {"type": "work", "value": "m@example.dk"}],
        **{ENTERPRISE: {"department": "Hjemmeplejen", "manager": {"value": "x"}, "employeeNumber": "7"}},
    )  # fmt: skip
    body = answer.json()
    assert set(body) == {"schemas", "id", "meta", "userName", "displayName", "active", "emails"}
    assert body["schemas"] == [USER]
    assert body["emails"] == [{"value": "m@example.dk", "type": "work"}]


@pytest.mark.parametrize(
    "wrong",
    [{"userName": "x" * 151}, {"userName": "\ufb03" * 51}, {"userName": "a b"}, {"userName": ""}, {"userName": None},
     {"userName": 7}, {"userName": "010190-1234"}, {"userName": "a\x00b"}, {"userName": "\ud800"},
     {"displayName": "x" * 201}, {"displayName": "Mette\u202eettem"}, {"displayName": "Mette 0101901234"},
     {"displayName": "a\nb"},
     {"externalId": "x" * 201}, {"externalId": "\x07"}, {"emails": [{"value": "no-address"}]}, {"emails": "x"},
     {"emails": [{"value": "x" * 250 + "@example.dk"}]}, {"emails": [{"value": "010190-1234@example.dk"}]},
     {"active": "perhaps"}, {"active": {}}],
)  # fmt: skip
def test_value_that_cannot_be_kept_is_refused(scim: Scim, wrong: dict[str, Any]) -> None:
    answer = scim.create("mette", **wrong)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert b"1234" not in answer.content
    person = scim.person("mette")
    assert (
        scim.send("PUT", f"Users/{person.external_id}", {"userName": "mette", "displayName": "M"} | wrong).status_code
        == 400
    )
    assert User.objects.get().name == "Mette"


def test_duplicates_are_a_conflict(scim: Scim) -> None:
    scim.person("mette", externalId="o-1")
    lone = scim.person("lone")
    for answer in (
        scim.create("mette"),
        scim.create("METTE"),
        scim.create("other", externalId="o-1"),
        scim.patch_person(lone, {"op": "replace", "path": "userName", "value": "Mette"}),
        scim.patch_person(lone, {"op": "add", "path": "externalId", "value": "o-1"}),
        scim.send("PUT", f"Users/{lone.external_id}", {"userName": "mette", "displayName": "Lone"}),
    ):
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert User.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_same_person_sent_twice_at_once_is_made_once(scim: Scim) -> None:
    answers: list[int] = []

    def send() -> None:
        try:
            answers.append(Scim().create("mette", externalId="o-1").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [201, 409, 409, 409]
    assert User.objects.count() == ScimAccount.objects.count() == 1


# ── Linked ───────────────────────────────────────────────────────────────────────────────────────
def test_person_who_is_here_already_is_linked_and_keeps_her_roles_and_password(scim: Scim, town: Town) -> None:
    before = list(Appointment.objects.values())
    assert scim.get("Users").json()["totalResults"] == 0, "nobody is known to the provider before it has sent her"
    answer = scim.create("Leader", displayName="Lene Leder", externalId="o-2")
    assert (answer.status_code, answer.json()["id"]) == (201, str(town.leader.external_id))
    assert list(Appointment.objects.values()) == before
    person = User.objects.get(pk=town.leader.pk)
    assert (person.source, person.username) == (Source.HAND, "Leader")
    assert person.has_usable_password()
    assert actions() == ["scim.user_link"]
    assert scim.create("leader").status_code == 409, "she has an account at the provider now"


def test_closed_account_is_not_given_to_whoever_gets_the_name_next(scim: Scim, town: Town) -> None:
    """Initials are used again; the newcomer would have had the old leader's cases."""
    deactivate(town.leader, by=town.administrator)
    answer = scim.create("leader", displayName="Lise Ny")
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert "lukket konto" in answer.json()["detail"]
    assert not User.objects.get(pk=town.leader.pk).is_active


@pytest.mark.parametrize(
    "sent",
    [
        {"displayName": "Helt En Anden", "emails": [{"value": "anden@example.invalid", "type": "work"}]},
        {"displayName": "Helt En Anden"},
        {"displayName": "leader"},
        {"displayName": "Lene", "emails": [{"value": "leader@example.invalid", "type": "home"}]},
    ],
)
def test_newcomer_with_the_user_name_of_somebody_active_is_not_given_her_account(
    scim: Scim, town: Town, sent: dict[str, Any]
) -> None:
    """She would have had the leader's roles and cases."""
    before = User.objects.filter(pk=town.leader.pk).values().get()
    answer = scim.create("leader", externalId="o-3", **sent)
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert "en anden person med brugernavnet »leader«" in answer.json()["detail"]
    assert "luk den gamle konto" in answer.json()["detail"]
    assert "Lene" not in answer.json()["detail"]
    assert User.objects.filter(pk=town.leader.pk).values().get() == before
    assert not ScimAccount.objects.exists()
    assert actions() == []


def test_empty_mails_are_not_the_same_mail(scim: Scim) -> None:
    make_user("mette", "Mette Medarbejder", email="")
    assert scim.create("mette", displayName="Mette Anden").status_code == 409


@pytest.mark.parametrize(
    "sent",
    [
        {"displayName": "  lene   LEDER "},
        {"displayName": "Lene Gift", "emails": [{"value": "LEADER@Example.invalid", "type": "work"}]},
    ],
)
def test_person_whose_name_or_mail_agrees_is_linked(scim: Scim, town: Town, sent: dict[str, Any]) -> None:
    answer = scim.create("leader", **sent)
    assert (answer.status_code, answer.json()["id"]) == (201, str(town.leader.external_id))


def test_technical_account_is_not_linked(scim: Scim) -> None:
    make_user("robot", kind=PersonKind.SYSTEM)
    assert scim.create("robot").status_code == 409


# ── Closed ───────────────────────────────────────────────────────────────────────────────────────
def test_closing_ends_the_session_and_the_rights_at_once(scim: Scim, town: Town) -> None:
    scim.create("gdpr", displayName="Grethe GDPR")
    browser = Client()
    browser.force_login(town.gdpr)
    assert browser.get("/brud/").status_code == 200
    answer = scim.patch_person(town.gdpr, {"op": "Replace", "path": "active", "value": "False"})
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert browser.get("/brud/").status_code == 302
    assert not User.objects.get(pk=town.gdpr.pk).has_perm("breaches.view_breach")
    assert actions()[-2:] == ["person.deactivate", "scim.user_change"]

    scim.patch_person(town.gdpr, {"op": "Replace", "value": {"active": "True"}})
    assert actions()[-2:] == ["person.reactivate", "scim.user_change"]
    browser.force_login(User.objects.get(pk=town.gdpr.pk))
    assert browser.get("/brud/").status_code == 200


OPEN = {"op": "replace", "path": "active", "value": True}
SHUT = {"op": "replace", "path": "active", "value": False}


def test_account_closed_by_hand_is_not_opened_by_the_provider(scim: Scim, town: Town) -> None:
    person = scim.person("mette")
    deactivate(person, by=town.administrator, reason="Mistanke om misbrug")
    body = {"userName": "mette", "displayName": "Mette Gift", "active": True}
    for answer in (scim.patch_person(person, OPEN), scim.send("PUT", f"Users/{person.external_id}", body)):
        assert (answer.status_code, answer.json()["active"]) == (200, False)
    person.refresh_from_db()
    assert (person.is_active, person.name) == (False, "Mette Gift"), "the rest is written"
    assert actions()[-3:] == ["scim.user_kept_shut", "scim.user_change", "scim.user_kept_shut"]
    entry = AuditEntry.objects.latest("seq")
    assert entry.actor_id is None
    assert sentence(entry).startswith(
        "Log ind-systemet ville åbne kontoen for Mette Gift, men den er lukket i portalen"
    )
    scim.patch_person(person, SHUT)
    assert not scim.patch_person(person, OPEN).json()["active"], "closed already: SCIM did not do it"

    reactivate(person, by=town.administrator)
    assert not scim.patch_person(person, SHUT).json()["active"]
    assert scim.patch_person(person, OPEN).json()["active"], "the last to close was SCIM itself"


def test_account_closed_by_the_sync_is_not_opened_by_the_provider(scim: Scim) -> None:
    made = small()
    bring(made)
    scim.create("hjaelper6", displayName="Åse Hjælper 6")
    made.people.pop()
    bring(made)
    person = User.objects.get(username="hjaelper6")
    assert not scim.patch_person(person, OPEN).json()["active"]
    assert not User.objects.get(pk=person.pk).is_active


def test_deleted_person_is_gone_for_scim_and_stays_here_closed(scim: Scim) -> None:
    person = scim.person("mette", externalId="o-1")
    group = scim.group("Gruppen", person)
    assert scim.send("DELETE", f"Users/{person.external_id}").status_code == 204
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert scim.send(method, f"Users/{person.external_id}", {}).status_code == 404
    assert scim.get("Users").json()["totalResults"] == 0
    assert "members" not in scim.get(f"Groups/{group.pk}").json()
    person.refresh_from_db()
    assert (person.is_active, person.name) == (False, "Mette")
    assert actions()[-2:] == ["person.deactivate", "scim.user_delete"]

    again = scim.person("mette", externalId="o-1")  # RFC 7644 §3.6: no conflict with somebody deleted
    assert again.pk != person.pk
    assert not again.offices


def test_deleting_a_person_written_in_here_leaves_her_name_and_her_appointments(scim: Scim, town: Town) -> None:
    scim.create("leader", displayName="Lene Leder")
    scim.send("DELETE", f"Users/{town.leader.external_id}")
    town.leader.refresh_from_db()
    assert (town.leader.username, town.leader.is_active) == ("leader", False)
    assert town.leader.appointments.get().to_on is None


def test_put_without_active_neither_opens_nor_closes(scim: Scim) -> None:
    person = scim.person("mette", active=False, emails=[{"value": "m@example.dk"}])
    body = scim.send("PUT", f"Users/{person.external_id}", {"userName": "mette", "displayName": "Mette M"}).json()
    assert (body["active"], body["displayName"], "emails" in body) == (False, "Mette M", False)


def test_patch_that_changes_nothing_leaves_no_trace(scim: Scim) -> None:
    person = scim.person("mette")
    seen = actions(), person.history.count(), scim.get(f"Users/{person.external_id}").json()
    assert scim.patch_person(person, {"op": "replace", "path": "displayName", "value": "Mette"}).status_code == 200
    assert (actions(), person.history.count(), scim.get(f"Users/{person.external_id}").json()) == seen


def test_patch_is_all_or_nothing(scim: Scim) -> None:
    person = scim.person("mette")
    answer = scim.patch_person(
        person,
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "path": "userName", "value": "not a name"},
    )
    assert answer.status_code == 400
    assert User.objects.get().is_active


@pytest.mark.parametrize("path", ["id", "meta", "groups", "schemas"])
def test_what_only_the_portal_says_cannot_be_written(scim: Scim, path: str) -> None:
    person = scim.person("mette")
    before = scim.get(f"Users/{person.external_id}").json()
    scim.patch_person(person, {"op": "replace", "path": path, "value": ["x"] if path == "schemas" else "x"})
    assert scim.get(f"Users/{person.external_id}").json() == before


# ── Found ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('userName eq "mette"', {"mette"}),
        ('userName eq "METTE"', {"mette"}),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "mette"', {"mette"}),
        ('externalId eq "o-1"', {"mette"}),
        ('externalId eq "O-1"', set()),
        ('id eq "nonsense"', set()),
        ('displayName co "ett"', {"mette"}),
        ('userName sw "l" or userName ew "a"', {"lone", "asta"}),
        ('userName sw "l" and active eq false', {"lone"}),
        ("active eq true", {"mette", "asta"}),
        ('not (userName eq "mette")', {"lone", "asta"}),
        ('userName ne "mette"', {"lone", "asta"}),
        ("emails pr", {"mette"}),
        ('emails[type eq "work"].value eq "m@example.dk"', {"mette"}),
        ('emails[type eq "work" and value co "@example"]', {"mette"}),
        ('emails[type eq "home"].value eq "m@example.dk"', set()),
        ('emails.value eq "M@example.dk"', {"mette"}),
        ("externalId pr", {"mette"}),
        ("externalId eq null", {"lone", "asta"}),
    ],
)
def test_filters(scim: Scim, query: str, found: set[str]) -> None:
    scim.person("mette", externalId="o-1", emails=[{"type": "work", "value": "m@example.dk"}])
    scim.person("lone", active=False)
    scim.person("asta")
    make_user("unknown-to-scim")
    answer = scim.get("Users", filter=query)
    assert answer.status_code == 200, answer.content
    assert {one["userName"] for one in answer.json().get("Resources", [])} == found
    assert answer.json()["totalResults"] == len(found)


def test_filter_by_key_and_by_group(scim: Scim) -> None:
    person, other = scim.person("mette"), scim.person("lone")
    group = scim.group("Gruppen", person)
    assert scim.get("Users", filter=f'id eq "{other.external_id}"').json()["Resources"][0]["userName"] == "lone"
    assert scim.get("Users", filter=f'groups.value eq "{group.pk}"').json()["Resources"][0]["userName"] == "mette"
    assert scim.get(f"Users/{person.external_id}").json()["groups"][0]["display"] == "Gruppen"


def test_pages_and_attributes(scim: Scim) -> None:
    for number in range(5):
        scim.person(f"mette{number}")
    page = scim.get("Users", startIndex="2", count="2", attributes="userName").json()
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert [set(one) - {"schemas"} for one in page["Resources"]] == [{"id", "userName"}] * 2
    assert [one["userName"] for one in page["Resources"]] == ["mette1", "mette2"]
    assert scim.get("Users", count="0").json()["totalResults"] == 5
    assert "displayName" not in scim.get("Users", excludedAttributes="displayName").json()["Resources"][0]


def test_list_of_a_hundred_takes_few_queries_and_no_more_than_a_hundred_are_shown(scim: Scim) -> None:
    people = [
        User(username=f"p{number}", name=f"P {number}", source=Source.SCIM, email=f"p{number}@example.dk")
        for number in range(120)
    ]
    User.objects.bulk_create(people)
    ScimAccount.objects.bulk_create([ScimAccount(person=person, external_id=person.username) for person in people])
    group = scim.group("Gruppen")
    group.members.add(*people)
    with CaptureQueriesContext(connection) as queries:
        page = scim.get("Users", count="1000").json()
    assert (page["totalResults"], len(page["Resources"])) == (120, 100)
    assert len(queries) <= 6
    with CaptureQueriesContext(connection) as queries:
        assert len(scim.get("Groups").json()["Resources"][0]["members"]) == 120
    assert len(queries) <= 6


def test_role_by_hand_is_untouched_by_every_change(scim: Scim, town: Town) -> None:
    scim.create("teacher", displayName="Lars Lærer")
    place = appoint(town.teacher, Role.SYSTEM_OWNER, town.school)
    for operation in ({"displayName": "Lars L"}, {"active": False}, {"active": True}, {"userName": "lars"}):
        scim.patch_person(town.teacher, {"op": "replace", "value": operation})
    place.refresh_from_db()
    assert (place.to_on, place.source) == (None, Source.HAND)
    assert User.objects.get(pk=town.teacher.pk).has_role(Role.SYSTEM_OWNER)
