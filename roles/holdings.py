"""What a person owns: each app registers its own kinds, and the hand-over page lists and moves them all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from roles.models import User


@dataclass(frozen=True)
class Holding:
    """One kind of thing that a person answers for.

    `rows(person)` are those she holds today. `label(row)` and `url(row)` show one. `move(rows, person, to, by)` gives
    them to somebody else inside the caller's transaction, takes row locks first and answers how many it moved.
    `follows_office`: it goes with a role, so only somebody else with the right to hand over moves it.
    `is_countable_only`: shown as a number to whoever may not see the rows themselves.
    """

    key: str
    noun: tuple[str, str]
    rows: Callable[[User], QuerySet[Any]]
    label: Callable[[Any], str]
    move: Callable[[Sequence[Any], User, User, User], int]
    url: Callable[[Any], str] = lambda row: ""
    visible: Callable[[QuerySet[Any], User], QuerySet[Any]] = lambda rows, by: rows
    follows_office: bool = False
    why: str = ""  # one sentence under the heading


_holdings: dict[str, Holding] = {}


def register(*new: Holding) -> None:
    """Add kinds; the order of registration is the order on the page."""
    _holdings.update({one.key: one for one in new})


def all_holdings() -> Iterable[Holding]:
    return _holdings.values()


def counts(person: User) -> dict[str, int]:
    """How many of each kind the person holds today. One query for each kind."""
    return {one.key: one.rows(person).count() for one in all_holdings()}
