"""The resources as the provider sees them, and how our rows become them. Only what is kept is declared; everything else
that is sent is let fall, as RFC 7644 §3.3 allows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.conf import settings
from pydantic import Field
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    ExtensibleStringEnum,
    Meta,
    Mutability,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    Uniqueness,
)
from scim2_models import ServiceProviderConfig as Config

from roles import models

MOST_RESULTS = 100
# What providers send besides the specification: attributes of their own, `remove` with a value, a replacement of the
# work address where there is none yet.
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)


class Email(ComplexAttribute):
    class Type(ExtensibleStringEnum):
        work = "work"

    value: str | None = None
    type: Type | None = None


class GroupMembership(ComplexAttribute):
    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: Annotated[str | None, Mutability.read_only] = None


class User(Resource[Any]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    external_id: Annotated[str | None, Uniqueness.server, CaseExact.true] = None
    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    display_name: Annotated[str | None, Required.true] = None
    active: Annotated[bool | None, Required.true] = None
    emails: list[Email] | None = None
    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None

    Emails: ClassVar[type[ComplexAttribute]] = Email

    @property
    def work_email(self) -> str:
        """The one address that is kept: the first for work. A private one never is."""
        usable = (one.value for one in self.emails or () if one.value and (one.type or "work") == "work")
        return next(usable, "").strip()


class GroupMember(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class Group(Resource[Any]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    external_id: Annotated[str | None, Uniqueness.server, CaseExact.true] = None
    display_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    members: list[GroupMember] | None = None

    Members: ClassVar[type[ComplexAttribute]] = GroupMember


RESOURCES = (User, Group)
TYPES = tuple(ResourceType.from_resource(resource) for resource in RESOURCES)
SCHEMAS = tuple(resource.to_schema() for resource in RESOURCES)
Kind = Literal["Users", "Groups", "Schemas", "ResourceTypes", "ServiceProviderConfig"]


def location(kind: Kind, key: object = "") -> str:
    """The address of a resource, always on the configured host."""
    return f"{settings.BASE_URL}/scim/v2/{kind}" + (f"/{key}" if key else "")


def meta(name: str, where: str, created: datetime | None = None, changed: datetime | None = None) -> Meta:
    return Meta(resource_type=name, location=where, created=created, last_modified=changed)


def config() -> Config:
    """What this endpoint can do."""
    no, yes = {"supported": False}, {"supported": True}
    return Config.model_validate(
        {
            "patch": yes,
            "bulk": no | {"maxOperations": 0, "maxPayloadSize": 0},
            "filter": yes | {"maxResults": MOST_RESULTS},
            "changePassword": no,
            "sort": no,
            "etag": no,
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "OAuth Bearer Token",
                    "description": "The token that the portal was started with (SCIM_TOKEN).",
                    "specUri": "https://www.rfc-editor.org/info/rfc6750",
                    "primary": True,
                }
            ],
            "meta": meta("ServiceProviderConfig", location("ServiceProviderConfig")),
        }
    )


def of_person(person: models.User, groups: Iterable[models.ScimGroup] = ()) -> User:
    """A person with `scim_account` at hand, as SCIM shows her."""
    account = person.scim_account
    where = location("Users", person.external_id)
    return User(
        id=str(person.external_id),
        external_id=account.external_id or None,
        user_name=person.username,
        display_name=person.name,
        active=person.is_active,
        emails=[Email(value=person.email, type=Email.Type.work)] if person.email else None,
        groups=[
            GroupMembership(
                value=str(group.pk), ref=Reference["Group"](location("Groups", group.pk)), display=group.display_name
            )
            for group in groups
        ]
        or None,
        meta=meta("User", where, account.created_at, account.updated_at),
    )


def of_group(group: models.ScimGroup, members: Iterable[UUID] = ()) -> Group:
    """A group, with its members by SCIM id."""
    return Group(
        id=str(group.pk),
        external_id=group.external_id or None,
        display_name=group.display_name,
        members=[
            GroupMember(value=str(key), ref=Reference["User"](location("Users", key)), type="User") for key in members
        ]
        or None,
        meta=meta("Group", location("Groups", group.pk), group.created_at, group.updated_at),
    )
