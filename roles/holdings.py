"""What a person owns: each app registers its own kinds, and the hand-over page lists and moves them all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from roles.enums import Role
from roles.models import User


@dataclass(frozen=True)
class Holding:
    """One kind of thing that a person answers for.

    `rows(person)` are those she holds today. `label(row)` and `url(row)` show one. `move(rows, person, to, by)` gives
    them to somebody else inside the caller's transaction, takes row locks first and answers how many it moved.
    `owners_who_left()` are the keys of people whose account is closed and who still hold some.
    `follows_office`: it goes with a role, so only somebody else with the right to hand over moves it.
    `visible(rows, by)`: those that `by` may know of; nobody sees, counts or moves the others.
    """

    key: str
    noun: tuple[str, str]
    rows: Callable[[User], QuerySet[Any]]
    label: Callable[[Any], str]
    move: Callable[[Sequence[Any], User, User, User], int]
    owners_who_left: Callable[[], Iterable[int]]
    url: Callable[[Any], str] = lambda row: ""
    visible: Callable[[QuerySet[Any], User], QuerySet[Any]] = lambda rows, by: rows
    follows_office: bool = False
    left_to: Role | None = None  # who distributes what somebody left; None: the level above
    why: str = ""  # one sentence under the heading


_holdings: dict[str, Holding] = {}


def register(*new: Holding) -> None:
    """Add kinds; the order of registration is the order on the page."""
    _holdings.update({one.key: one for one in new})


def all_holdings() -> Iterable[Holding]:
    return _holdings.values()
