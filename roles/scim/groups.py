"""Groups, as the identity provider keeps them. What a group gives is said in the portal (`roles.scim.places`)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from scim2_models import (
    Context,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    NotFoundException,
    UniquenessException,
)

from glostrup_isms.kit import audit
from roles.models import ScimGroup, User
from roles.scim import http, resources, values
from roles.scim.filters import NIL, uuid_or_none
from roles.scim.http import read
from roles.scim.places import place_of, settle

MOST_OPERATIONS = 5_000  # of which http.MOST_CHANGES may be on anything but members
MEMBERS_PATH = re.compile(
    r"(?:urn:ietf:params:scim:schemas:core:2\.0:Group:)?members(?:\[\s*value\s+eq\s+\"(?P<key>[^\"]*)\"\s*\])?", re.I
)


def find(key: str) -> ScimGroup:
    """A group by id, or 404."""
    group = ScimGroup.objects.filter(pk=uuid_or_none(key) or NIL).first()
    if group is None:
        raise NotFoundException(detail="Gruppen findes ikke.")
    return group


def shown(groups: Sequence[ScimGroup], *, with_members: bool = True) -> list[resources.Group]:
    """The groups with their members. One query; none without members."""
    members: dict[UUID, list[UUID]] = {group.pk: [] for group in groups}
    if with_members:
        rows = ScimGroup.members.through.objects.filter(scimgroup__in=groups).order_by("user_id")
        for group, key in rows.values_list("scimgroup_id", "user__external_id"):
            members[group].append(key)
    return [resources.of_group(group, members[group.pk]) for group in groups]


@dataclass
class Members:
    """What is to become of the members: perhaps all out first, then these out and those in. By SCIM id."""

    cleared: bool = False
    removed: set[UUID] = field(default_factory=set)
    added: set[UUID] = field(default_factory=set)

    def clear(self) -> None:
        self.cleared, self.removed, self.added = True, set(), set()

    def add(self, keys: Iterable[UUID]) -> None:
        self.added |= set(keys)
        self.removed -= self.added

    def remove(self, keys: Iterable[UUID]) -> None:
        self.removed |= set(keys)
        self.added -= self.removed


@transaction.atomic
def create(raw: Mapping[str, Any]) -> ScimGroup:
    """A new group. It gives nothing."""
    wanted = read(resources.Group, raw, Context.RESOURCE_CREATION_REQUEST)
    members = Members(added=_keys([member.value for member in wanted.members or ()]))
    return _write(ScimGroup(), wanted, members, "scim.group_create")


@transaction.atomic
def replace(key: str, raw: Mapping[str, Any]) -> ScimGroup:
    """PUT: the members are those named, and no other."""
    group = _locked(key)
    wanted = read(resources.Group, raw, Context.RESOURCE_REPLACEMENT_REQUEST)
    members = Members(cleared=True, added=_keys([member.value for member in wanted.members or ()]))
    return _write(group, wanted, members, "scim.group_change")


@transaction.atomic
def patch(key: str, raw: Mapping[str, Any]) -> ScimGroup:
    """PATCH. Members are told by the thousand, so theirs are read here, as sets; the rest is the library's."""
    group = _locked(key)
    wanted, members = resources.of_group(group), Members()
    if rest := _take_members(raw, members):
        http.patch(wanted, {**raw, "Operations": rest})
    return _write(group, wanted, members, "scim.group_change")


@transaction.atomic
def delete(key: str) -> None:
    """The group goes, and what it gave ends with it."""
    group = _locked(key)
    names, place, old = [str(person) for person in group.members.all()], place_of(group), group.pk
    group._history_user = None  # type: ignore[attr-defined]
    group.delete()
    settled = settle((place,), by=None)
    group.pk = old
    audit.record("scim.group_delete", obj=group, members=names, **vars(settled))


def _locked(key: str) -> ScimGroup:
    return ScimGroup.objects.select_for_update(of=("self",)).get(pk=find(key).pk)


def _write(group: ScimGroup, wanted: resources.Group, members: Members, action: str) -> ScimGroup:
    name = values.required(wanted.display_name, "displayName", 200)
    external_id = values.text(wanted.external_id or "", "externalId", 200)
    others = ScimGroup.objects.exclude(pk=group.pk)
    if others.filter(display_name=name).exists():
        raise UniquenessException(detail=f"Der er allerede en gruppe, der hedder »{name}«.")
    if external_id and others.filter(external_id=external_id).exists():
        raise UniquenessException(detail="En anden gruppe har allerede det »externalId«.")
    is_new = group._state.adding
    is_changed = is_new or (group.display_name, group.external_id) != (name, external_id)
    group.display_name, group.external_id = name, external_id
    if is_new:
        _save(group)
    came, went = _set_members(group, members)
    if came or went or is_changed:
        if not is_new:
            _save(group)
        settled = settle((place_of(group),) if came or went else (), by=None)
        audit.record(action, obj=group, name=name, came=came, went=went, **vars(settled))
    return group


def _save(group: ScimGroup) -> None:
    group._history_user = None  # type: ignore[attr-defined]
    group.save()


def _set_members(group: ScimGroup, wanted: Members) -> tuple[list[str], list[str]]:
    """Who came and who went, by name. At most four queries."""
    if not (wanted.cleared or wanted.added or wanted.removed):
        return [], []
    rows = ScimGroup.members.through.objects.filter(scimgroup=group)
    now = {key: (pk, name) for pk, key, name in rows.values_list("user_id", "user__external_id", "user__name")}
    coming = wanted.added - now.keys()
    people = User.objects.filter(external_id__in=coming, scim_account__isnull=False) if coming else User.objects.none()
    new = list(people.only("name"))
    if len(new) < len(coming):
        raise InvalidValueException(detail="Et af medlemmerne findes ikke som person her. Send personen først.")
    through = ScimGroup.members.through
    through.objects.bulk_create([through(scimgroup=group, user=person) for person in new])
    going = [now[key] for key in now.keys() - wanted.added if wanted.cleared or key in wanted.removed]
    if going:
        rows.filter(user__in=[pk for pk, _ in going]).delete()
    return sorted(str(person) for person in new), sorted(name for _, name in going)


# ── Reading what is said of members ──────────────────────────────────────────────────────────────
def _take_members(raw: Mapping[str, Any], members: Members) -> list[Any]:
    """Apply the operations on members; answers those on anything else."""
    operations = raw.get("Operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntaxException(detail="»Operations« mangler.")
    if len(operations) > MOST_OPERATIONS:
        raise InvalidValueException(detail=f"Der må højst være {MOST_OPERATIONS} ændringer ad gangen.")
    rest: list[Any] = []
    for operation in operations:
        if not isinstance(operation, dict):
            raise InvalidSyntaxException(detail="En af »Operations« er ikke et objekt.")
        path, value = operation.get("path"), operation.get("value")
        if isinstance(path, str) and path.lower().rpartition("group:")[2].startswith("members"):
            _apply(members, operation.get("op"), path, value)
        elif not path and isinstance(value, dict) and any(key.lower() == "members" for key in value):
            for key in [key for key in value if key.lower() == "members"]:
                _apply(members, operation.get("op"), key, value[key])
            if others := {key: item for key, item in value.items() if key.lower() != "members"}:
                rest.append({**operation, "value": others})
        else:
            rest.append(operation)
    return rest


def _apply(members: Members, op: Any, path: str, value: Any) -> None:
    match = MEMBERS_PATH.fullmatch(path.strip())
    if match is None:
        raise InvalidPathException(detail='Medlemmer nævnes som »members« eller »members[value eq "…"]«.')
    op = op.lower() if isinstance(op, str) else op
    if match["key"] is not None:
        if op != "remove":
            raise InvalidPathException(detail="Et medlem kan kun komme til eller gå ud, ikke ændres.")
        members.remove(_keys([match["key"]], missing_is_fine=True))
    elif op == "remove" and value is None:
        members.clear()
    elif op == "remove":
        members.remove(_keys(_named(value), missing_is_fine=True))
    elif op in ("add", "replace"):
        if op == "replace":
            members.clear()
        members.add(_keys(_named(value)))
    else:
        raise InvalidValueException(detail="En ændring er »add«, »remove« eller »replace«.")


def _named(value: Any) -> list[Any]:
    """The keys in `[{"value": key}, …]`, `{"value": key}` or `null`."""
    entries = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(entry, dict) for entry in entries):
        raise InvalidValueException(detail="Medlemmer nævnes som en liste af objekter med »value«.")
    return [{str(key).lower(): item for key, item in entry.items()}.get("value") for entry in entries]


def _keys(found: list[Any], *, missing_is_fine: bool = False) -> set[UUID]:
    keys = {uuid_or_none(key) for key in found}
    if None in keys and not missing_is_fine:
        raise InvalidValueException(detail="Et af medlemmerne findes ikke som person her. Send personen først.")
    return {key for key in keys if key}


audit.describe(
    {
        "scim.group_create": "Log ind-systemet oprettede gruppen {object}",
        "scim.group_change": "Log ind-systemet ændrede gruppen {object}",
        "scim.group_delete": "Log ind-systemet slettede gruppen {object}",
    }
)
