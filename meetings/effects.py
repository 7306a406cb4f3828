"""How what a meeting decides lands on what it is about: each app registers what its kinds of things can be given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from glostrup_isms.kit.files import StoredFile
from meetings.enums import Outcome
from meetings.models import AgendaItem, Body, Decision
from roles.models import User


@dataclass(frozen=True)
class Ruling:
    """What the body decided of one thing, and who writes it in. `effective_on` and `statement` only where the thing
    asks for them."""

    body: Body
    outcome: Outcome
    decided_on: date
    reference: str
    text: str
    by: User
    statement: str = ""
    effective_on: date | None = None
    uploads: Sequence[StoredFile] = ()


@dataclass(frozen=True)
class Effect:
    """`outcomes(thing, body)`: what the body can decide of it now; none when it is not before that body. `apply(thing,
    ruling)` does it in the caller's transaction and answers the decision, or refuses with StepNotOpen, PermissionDenied
    or WrongDecision (a Danish sentence). `asks(thing, outcome)`: which of `effective_on`, `statement`, `files` it
    wants. `stamp(thing)`: the checksum of what it says now, the same that its decision names; empty when it has
    none."""

    outcomes: Callable[[Any, Body], Sequence[Outcome]]
    apply: Callable[[Any, Ruling], Decision]
    asks: Callable[[Any, Outcome], Sequence[str]] = lambda thing, outcome: ()
    stamp: Callable[[Any], str] = lambda thing: ""


_effects: dict[type[models.Model], Effect] = {}


def register_effect(model: type[models.Model], effect: Effect) -> None:
    """What a decision does to things of this model."""
    _effects[model] = effect


def effect_on(thing: Any) -> Effect | None:
    """None: a decision on it is words alone."""
    return _effects.get(type(thing))


def stamp_of(item: AgendaItem) -> str:
    """The checksum of what the thing that the point concerns says now."""
    effect = effect_on(item.concerns)
    return effect.stamp(item.concerns) if effect else ""


def text_is_changed(item: AgendaItem) -> bool:
    """The members have another text in their papers than what stands now."""
    return bool(item.stamp) and item.is_open and stamp_of(item) != item.stamp
