"""Who gets in to the SCIM endpoint, and what becomes of senseless requests."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from glostrup_isms.kit.audit import AuditEntry
from roles.models import ScimGroup, User
from roles.scim.http import BODY_MAX_BYTES, FAILURES
from tests.factories import make_user
from tests.roles.scim import TOKEN, Scim

ADDRESSES = (
    "Users", "Users/x", "Groups", "Groups/x", "Schemas", "Schemas/x", "ResourceTypes", "ResourceTypes/x",
    "ServiceProviderConfig", "Me", "Bulk", ".search", "anything", "",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("method", METHODS)
def test_without_a_token_in_the_settings_no_address_is_there(scim: Scim, settings: Any, method: str) -> None:
    settings.SCIM_TOKEN = ""
    for path in ADDRESSES:
        for caller in (scim, Scim(token="")):
            assert caller.send(method, path).status_code == 404


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer æøå"]
)
def test_wrong_token_is_refused_and_audited_without_the_token(scim: Scim, header: str | None) -> None:
    scim.headers = {} if header is None else {"Authorization": header}
    answer = scim.create("mette")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/scim+json"
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert not User.objects.filter(username="mette").exists()
    entry = AuditEntry.objects.get()
    assert entry.action == "scim.refused"
    assert entry.actor_id is None
    assert TOKEN not in entry.payload.text
    assert "wrong" not in entry.payload.text


def test_failures_are_limited_but_whoever_has_the_token_still_gets_in(scim: Scim) -> None:
    stranger = Scim(token="guess")
    most = FAILURES[0][0]
    assert [stranger.get("Users").status_code for _ in range(most + 2)] == [401] * most + [429] * 2
    assert int(stranger.get("Users")["Retry-After"]) > 0
    assert AuditEntry.objects.count() == most, "what is over the limit fills no trail"
    assert scim.get("Users").status_code == 200


def test_token_that_opens_scim_opens_nothing_else_and_a_session_opens_no_scim(scim: Scim) -> None:
    answer = Client().get("/organisation/grupper/", headers=scim.headers)
    assert (answer.status_code, answer["Location"]) == (302, "/log-ind/?next=/organisation/grupper/")
    signed_in = Client()
    signed_in.force_login(make_user("mette"))
    assert signed_in.get("/scim/v2/Users").status_code == 401


def test_answers_set_no_cookie_and_are_kept_by_no_cache(scim: Scim) -> None:
    for answer in (scim.get("Users"), scim.create("mette"), scim.get("Users/x"), Scim(token="").get("Users")):
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nowhere", 404),
        ("GET", "", 404),
        ("GET", "Users/not-a-key", 404),
        ("DELETE", "Groups/00000000-0000-4000-8000-000000000000", 404),
        ("PUT", "Users", 405),
        ("POST", "ServiceProviderConfig", 405),
        ("POST", "Bulk", 501),
        ("GET", "Me", 501),
        ("POST", "Users/.search", 501),
        ("GET", "Schemas?filter=id", 403),
    ],
)
def test_errors_are_scim_errors(scim: Scim, method: str, path: str, status: int) -> None:
    answer = scim.send(method, path)
    assert answer.status_code == status
    assert answer.json()["status"] == str(status)
    assert answer["Content-Type"] == "application/scim+json"


DEEP = b'{"userName": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"userName": NaN}', b'{"userName": ' + b"9" * 5000 + b"}", DEEP,
     b'{"a":' * 50 + b"1" + b"}" * 50],
    ids=["empty", "cut", "list", "text", "null", "not-utf-8", "nan", "huge-number", "deep", "deep-objects"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["Users", "Groups"])
def test_body_that_is_no_json_object_is_invalid_syntax(scim: Scim, path: str, body: bytes) -> None:
    answer = scim.send("POST", path, body)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidSyntax")


def test_body_over_the_limit_is_too_large(scim: Scim) -> None:
    answer = scim.send("POST", "Users", b'{"userName": "' + b"x" * BODY_MAX_BYTES + b'"}')
    assert (answer.status_code, answer.json()["status"]) == (413, "413")


@pytest.mark.parametrize(
    "query",
    ['userName eq "x', "userName zz 1", "nothing eq 1", "(" * 3000, 'userName eq "a\x00b"', 'userName eq "\\ud800"',
     'userName eq "\\u0000"', 'userName gt "a"', "active co true", 'meta.created gt "2026-01-01T00:00:00Z"',
     "x" * 5000],
)  # fmt: skip
def test_filter_that_makes_no_sense_is_an_invalid_filter(scim: Scim, query: str) -> None:
    answer = scim.get("Users", filter=query)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize("query", [{"count": "x"}, {"startIndex": "1e9"}, {"attributes": "a[", "count": "1"}])
def test_page_that_makes_no_sense_is_refused_before_anything_is_done(scim: Scim, query: dict[str, str]) -> None:
    assert scim.get("Users", **query).status_code == 400
    body = {"userName": "mette", "displayName": "Mette"}
    assert scim.send("POST", "Users", body, **query).status_code == 400
    assert not User.objects.exists()


def test_page_far_past_the_end_is_empty(scim: Scim) -> None:
    scim.person("mette")
    answer = scim.get("Users", startIndex="9" * 30, count="9" * 30).json()
    assert (answer["totalResults"], answer.get("Resources", [])) == (1, [])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from(["mette", "True", "010190-1234", "\ud800", "\x00"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["value", "type", "members", "emails", "x", "formatted"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
ATTRIBUTES = st.sampled_from(
    ["schemas", "id", "externalId", "userName", "displayName", "active", "emails", "name", "groups", "members", "meta",
     "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "password"]
)  # fmt: skip
PATHS = ATTRIBUTES | st.sampled_from(
    ['emails[type eq "work"].value', "name.familyName", 'members[value eq "x"]', "emails.value", "members.value",
     "urn:ietf:params:scim:schemas:core:2.0:User:active", 'roles[primary eq "True"].value', "]", "a.b.c", "emails[", ""]
)  # fmt: skip
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["Add", "replace", "Remove", "move", 1, None]),
        "path": PATHS | VALUES,
        "value": VALUES,
    },
)


@pytest.mark.django_db
@hypothesis_settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.dictionaries(ATTRIBUTES, VALUES, max_size=6),
    operations=st.lists(OPERATIONS | VALUES, max_size=3) | VALUES,
    method=st.sampled_from(["POST", "PUT", "PATCH"]),
    kind=st.sampled_from(["Users", "Groups"]),
)
def test_no_request_whatever_is_a_fault_of_ours(scim: Scim, body: Any, operations: Any, method: str, kind: str) -> None:
    """The client raises what would be a 500."""
    person = User.objects.filter(username="mette").first() or scim.person("mette", emails=[{"value": "m@example.dk"}])
    group = ScimGroup.objects.first() or scim.group("Gruppen", person)
    key = f"/{person.external_id if kind == 'Users' else group.pk}"
    sent = {"Operations": operations, "schemas": body.get("schemas")} if method == "PATCH" else body
    answer = scim.send(method, kind + ("" if method == "POST" else key), json.dumps(sent).encode())
    assert answer.status_code in (200, 201, 204, 400, 409)
