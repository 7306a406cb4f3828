"""Which role gives which permission, and how far it reaches. Each app adds its own lines (`<app>/permissions.py`), so
this table stays the single place that is asked."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from roles.enums import Role

EVERYWHERE = "everywhere"
UNIT_AND_BELOW = "unit_and_below"


@dataclass(frozen=True)
class Right:
    """A role holds a permission, everywhere or in the unit of the appointment and the units below it."""

    permission: str
    role: Role
    reach: str


@dataclass(frozen=True)
class Scope:
    """Where one person holds one permission: `path` None is everywhere. `people` are the person and the one whose
    office it comes from: what either is kept out of, the deputy does not see. `source` is the `Office` or the
    `UnitGrant` that gives it."""

    path: str | None
    people: frozenset[int]
    source: Any = field(default=None, compare=False, repr=False)

    @property
    def is_wide(self) -> bool:
        """Everything, or a whole municipality: so many rows that reading them all is faster than looking each up."""
        return self.path is None or self.path.count("/") == 2

    def covers(self, obj: Any) -> bool:
        """Whether the object lies within. Objects outside the line (no unit) are covered only by `everywhere`."""
        if self.people & set(getattr(obj, "excluded_ids", ())):
            return False
        if self.path is None:
            return True
        if hasattr(obj, "paths"):  # a person stands in several units
            return any(path.startswith(self.path) for path in obj.paths)
        unit = obj if hasattr(obj, "path") else getattr(obj, "unit", None)
        return unit is not None and unit.path.startswith(self.path)


_rights: dict[Role, list[Right]] = defaultdict(list)


def register(*new: Right) -> None:
    """Add lines to the table; a line already there is not added twice."""
    for right in new:
        if right not in _rights[right.role]:
            _rights[right.role].append(right)


def of(role: Role) -> list[Right]:
    """The rights that a role gives."""
    return _rights[role]


@dataclass(frozen=True)
class Delegable:
    """What a holder may let another do in a unit for a time: a permission on the unit (`roles.follow_cases`), told in
    Danish, and the permissions that it gives there. The giver must hold them by her own role."""

    permission: str
    label: str
    gives: tuple[str, ...]


_delegable: dict[str, Delegable] = {}


def register_delegable(*new: Delegable) -> None:
    """Add to what may be delegated."""
    _delegable.update({one.permission: one for one in new})


def delegable() -> set[str]:
    """Every permission that some delegation gives."""
    return {permission for one in _delegable.values() for permission in one.gives}


def all_delegable() -> list[Delegable]:
    return list(_delegable.values())


def delegable_named(permission: str) -> Delegable | None:
    return _delegable.get(permission)


def delegable_by(role: Role) -> list[Delegable]:
    """What a holder of the role can let others do: all that it gives, she holds herself within a unit."""
    own = {right.permission for right in of(role) if right.reach == UNIT_AND_BELOW}
    return [one for one in _delegable.values() if set(one.gives) <= own]
