"""The endpoint against a client and a conformance checker that others have written (scim2-client, scim2-tester)."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import PatchOp, PatchOperation, SearchRequest, UnauthorizedException, UniquenessException
from scim2_tester import Status, check_server

from roles.models import Appointment, User
from tests.roles.scim import TOKEN

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scim_client(live_server: Any, settings: Any) -> Iterator[SyncSCIMClient]:
    """Over HTTP, to a server in another thread."""
    settings.SCIM_TOKEN, settings.BASE_URL = TOKEN, live_server.url
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with Client(base_url=f"{live_server.url}/scim/v2", headers=headers, timeout=30) as line:
        yield SyncSCIMClient(line)


def test_conformance_checker_finds_nothing_wrong(scim_client: SyncSCIMClient) -> None:
    results = check_server(scim_client)
    wrong = [f"{one.title} {one.resource_type}: {one.reason}" for one in results if one.status == Status.ERROR]
    assert not wrong, "\n".join(wrong)
    assert sum(one.status == Status.SUCCESS for one in results) >= 45
    assert {one.title for one in results if one.status == Status.SKIPPED} <= {"search_with_attributes"}
    assert not Appointment.objects.exists()


def test_client_that_reads_what_the_server_can_keeps_people_and_groups(scim_client: SyncSCIMClient) -> None:
    scim_client.discover()
    person_type, group_type = scim_client.get_resource_model("User"), scim_client.get_resource_model("Group")
    made = scim_client.create(
        person_type(user_name="mette@example.dk", display_name="Mette Medarbejder", active=True, external_id="e-1")
    )
    found = scim_client.query(person_type, query_parameters=SearchRequest(filter='userName eq "METTE@example.dk"'))
    assert [one.id for one in found.resources] == [made.id]

    with pytest.raises(UniquenessException):
        scim_client.create(person_type(user_name="Mette@example.dk", display_name="En anden", active=True))

    group = scim_client.create(
        group_type(display_name="Udvalget", members=[group_type.get_field_root_type("members")(value=made.id)])
    )
    assert [member.value for member in scim_client.query(group_type, group.id).members] == [made.id]

    off = PatchOp[person_type](operations=[PatchOperation(op="replace", path="active", value=False)])
    assert scim_client.modify(person_type, made.id, off).active is False
    assert not User.objects.get(external_id=made.id).is_active

    made.display_name, made.active = "Mette Mikkelsen", True
    assert scim_client.replace(made).display_name == "Mette Mikkelsen"
    scim_client.delete(person_type, made.id)
    assert scim_client.query(group_type, group.id).members is None
    assert User.objects.get(external_id=made.id).name == "Mette Mikkelsen"


def test_client_without_the_token_is_refused(scim_client: SyncSCIMClient) -> None:
    scim_client.client.headers["Authorization"] = "Bearer wrong"
    with pytest.raises(UnauthorizedException, match="Adgangsnøglen"):
        scim_client.discover()
