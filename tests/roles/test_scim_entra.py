"""What Microsoft Entra ID sends, request by request, as in a provisioning cycle; own words and invented people.

Source of the shapes: Microsoft's guide to building a SCIM endpoint (learn.microsoft.com, "Develop and plan provisioning
for a SCIM endpoint"), also as sent before the flag `aadOptscim062020`.
"""

from typing import Any

import pytest

from roles.enums import Role
from roles.models import Appointment, ScimGroup, User
from roles.scim.places import map_group
from tests.factories import make_town
from tests.roles.scim import ENTERPRISE, GROUP, PATCH, USER, Scim, named

MISSING = "cd6ae4a0-6d6a-4f4e-8f3e-0d8a5b7b1c11"


@pytest.fixture
def mette(scim: Scim) -> User:
    return scim.person("mette@example.dk", externalId="58342554-38d6-4ec8-948c-50044d0a33fd")


def as_shown(scim: Scim, person: User) -> dict[str, Any]:
    found: dict[str, Any] = scim.get(f"Users/{person.external_id}").json()
    return found


def test_connection_is_tried_with_a_search_for_somebody_who_is_not_there(scim: Scim) -> None:
    answer = scim.get("Users", aadOptscim062020="", filter=f'userName eq "{MISSING}"')
    assert answer.status_code == 200
    assert answer.json() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
    }  # fmt: skip
    assert (
        scim.get("Groups", excludedAttributes="members", filter=f'displayName eq "{MISSING}"').json()["totalResults"]
        == 0
    )


def test_person_with_the_mapping_that_entra_comes_with_is_created(scim: Scim) -> None:
    answer = scim.send(
        "POST",
        "Users",
        {
            "schemas": [USER, ENTERPRISE],
            "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
            "userName": "Test_User_ab6490ee@example.dk",
            "active": True,
            "displayName": "Lone Lønberg",
            "title": "Sosu-assistent",
            "emails": [{"primary": True, "type": "work", "value": "lone@example.dk"}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "Lone Lønberg", "familyName": "Lønberg", "givenName": "Lone"},
            "preferredLanguage": "da",
            "addresses": [{"type": "work", "locality": "Glostrup"}],
            "phoneNumbers": [{"type": "mobile", "value": "12345678"}],
            "roles": [],
            ENTERPRISE: {"department": "Hjemmeplejen", "manager": "58342554"},
        },
    )
    assert answer.status_code == 201
    body = answer.json()
    assert (body["userName"], body["displayName"]) == ("Test_User_ab6490ee@example.dk", "Lone Lønberg")
    assert body["emails"] == [{"value": "lone@example.dk", "type": "work"}]
    assert scim.get("Users", filter=f'externalId eq "{body["externalId"]}"').json()["Resources"] == [body]


@pytest.mark.parametrize("value", ["False", "false", False])
@pytest.mark.parametrize("has_path", [True, False])
def test_person_is_disabled_and_enabled_with_texts_and_with_truth_values(
    scim: Scim, mette: User, value: object, has_path: bool
) -> None:
    def say(active: object) -> dict[str, Any]:
        plain = {"op": "Replace", "path": "active", "value": active}
        return plain if has_path else {"op": "replace", "value": {"active": active}}

    assert scim.patch_person(mette, say(value)).json()["active"] is False
    assert (
        scim.patch_person(mette, say({"False": "True", "false": "true", False: True}[value])).json()["active"] is True
    )


@pytest.mark.parametrize("op", ["Add", "Replace", "add", "replace"])
def test_work_address_is_written_whether_there_was_one_or_not(scim: Scim, mette: User, op: str) -> None:
    for address in ("m1@example.dk", "m2@example.dk"):
        body = scim.patch_person(mette, {"op": op, "path": 'emails[type eq "work"].value', "value": address}).json()
        assert body["emails"] == [{"value": address, "type": "work"}]
    assert User.objects.get().email == "m2@example.dk"
    removed = scim.patch_person(mette, {"op": "Remove", "path": 'emails[type eq "work"].value'})
    assert (removed.status_code, User.objects.get().email) == (200, "")


def test_several_changes_without_a_path_with_paths_as_keys(scim: Scim, mette: User) -> None:
    answer = scim.patch_person(
        mette,
        {
            "op": "replace",
            "value": {
                "displayName": "Mette Mikkelsen",
                'emails[type eq "work"].value': "mikkelsen@example.dk",
                "name.familyName": "Mikkelsen",
                'addresses[type eq "work"].locality': "Glostrup",
                f"{ENTERPRISE}:department": "Skolen",
            },
        },
    )
    assert answer.status_code == 200, answer.content
    person = User.objects.get()
    assert (person.name, person.email) == ("Mette Mikkelsen", "mikkelsen@example.dk")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name.familyName", "Mikkelsen"),
        ("title", "Leder"),
        ('phoneNumbers[type eq "work"].value', "12345678"),
        ('addresses[type eq "work"].formatted', "Vej 1"),
        (f"{ENTERPRISE}:department", "Skolen"),
        (f"{ENTERPRISE}:manager", "58342554-38d6-4ec8-948c-50044d0a33fd"),
        (f"{ENTERPRISE}:manager.value", "58342554"),
        ('roles[primary eq "True"].value', "Administrator"),
    ],
)
@pytest.mark.parametrize("op", ["Add", "Replace", "Remove"])
def test_what_is_not_kept_is_taken_without_complaint_and_changes_nothing(
    scim: Scim, mette: User, path: str, value: str, op: str
) -> None:
    before = as_shown(scim, mette)
    operation = {"op": op, "path": path} | ({"value": value} if op != "Remove" else {})
    assert scim.patch_person(mette, operation).status_code == 200
    assert as_shown(scim, mette) == before


def test_user_name_changes(scim: Scim, mette: User) -> None:
    body = scim.patch_person(mette, {"op": "Replace", "path": "userName", "value": "mm@example.dk"}).json()
    assert (body["id"], body["userName"]) == (str(mette.external_id), "mm@example.dk")


def test_soft_delete_then_delete(scim: Scim, mette: User) -> None:
    scim.patch_person(mette, {"op": "Replace", "path": "active", "value": "False"})
    assert as_shown(scim, mette)["active"] is False, "for thirty days"
    assert scim.send("DELETE", f"Users/{mette.external_id}").status_code == 204
    assert scim.get(f"Users/{mette.external_id}").status_code == 404
    assert User.objects.filter(pk=mette.pk, is_active=False).exists()


def test_group_from_first_to_last(scim: Scim, mette: User) -> None:
    town = make_town()
    answer = scim.send(
        "POST",
        "Groups",
        {
            "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "Systemejere",
            "meta": {"resourceType": "Group"},
        },
    )
    assert answer.status_code == 201
    key = answer.json()["id"]
    found = scim.get("Groups", excludedAttributes="members", filter='displayName eq "Systemejere"').json()["Resources"]
    assert [one["id"] for one in found] == [key]
    map_group(ScimGroup.objects.get(pk=key), Role.SYSTEM_OWNER, town.school, by=town.administrator)

    def send(operation: dict[str, Any]) -> None:
        assert scim.send("PATCH", f"Groups/{key}", {"schemas": [PATCH], "Operations": [operation]}).status_code == 204

    member = {"$ref": None, "value": str(mette.external_id)}
    send({"name": "addMember", "op": "Add", "path": "members", "value": [member]})
    assert Appointment.objects.in_force().filter(person=mette, role=Role.SYSTEM_OWNER).exists()
    asked = f'id eq "{key}" and members eq "{mette.external_id}"'
    assert scim.get("Groups", attributes="id", filter=asked).json()["totalResults"] == 1

    send({"op": "Replace", "path": "displayName", "value": "Ejere af systemer"})
    send({"op": "Remove", "path": "members", "value": named(mette)})
    assert not Appointment.objects.in_force().filter(person=mette).exists()
    send({"op": "Add", "path": "members", "value": named(mette)})
    send({"op": "Remove", "path": f'members[value eq "{mette.external_id}"]'})
    assert not Appointment.objects.in_force().filter(person=mette).exists()
    assert scim.send("DELETE", f"Groups/{key}").status_code == 204
    assert not ScimGroup.objects.exists()
