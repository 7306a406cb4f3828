"""The SCIM endpoint as an identity provider calls it."""

import json
from typing import Any

from django.test import Client

from roles.models import ScimGroup, User

TOKEN = "a-token-only-for-tests-0123456789-abcdef"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Scim:
    """Requests with the token. Each answers a Django response, with `.json()`."""

    def __init__(self, token: str = TOKEN) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        return self.client.generic(
            method, f"/scim/v2/{path}", sent, content_type="application/scim+json", headers=self.headers,
            query_params=query or None,
        )  # fmt: skip

    def get(self, path: str, **query: str) -> Any:
        return self.send("GET", path, **query)

    def create(self, name: str, **fields: Any) -> Any:
        """POST a person."""
        body = {"schemas": [USER], "userName": name, "displayName": name.capitalize(), "active": True}
        return self.send("POST", "Users", body | fields)

    def person(self, name: str, **fields: Any) -> User:
        answer = self.create(name, **fields)
        assert answer.status_code == 201, answer.content
        return User.objects.get(external_id=answer.json()["id"])

    def group(self, name: str, *members: User, **fields: Any) -> ScimGroup:
        body = {"schemas": [GROUP], "displayName": name, "members": named(*members)}
        answer = self.send("POST", "Groups", body | fields)
        assert answer.status_code == 201, answer.content
        return ScimGroup.objects.get(pk=answer.json()["id"])

    def patch(self, path: str, *operations: Any) -> Any:
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def patch_person(self, person: User, *operations: Any) -> Any:
        return self.patch(f"Users/{person.external_id}", *operations)

    def patch_group(self, group: ScimGroup, *operations: Any) -> Any:
        return self.patch(f"Groups/{group.pk}", *operations)


def named(*people: User) -> list[dict[str, str]]:
    return [{"value": str(person.external_id)} for person in people]
