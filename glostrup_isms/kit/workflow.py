"""The engine under every workflow.py: one explicit table of states and steps per kind of object.

A state has one door: `FLOW.move(obj, "close", by=user, note="…")`. The door locks the row, reads it fresh, asks the
permission, asks the conditions, saves with history, does what follows from the step, and writes the audit entry last
(its lock is the one all writers queue behind), all in one transaction.
Conditions bind everyone, superusers too.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from glostrup_isms.kit import audit

Condition = Callable[[Any, Any], str | None]


class _System:
    """What happens by itself, when its day comes or when the work is done elsewhere: a step that only the portal takes
    names a permission nobody holds. `person` is the one whose work it followed from."""

    pk = None

    def __init__(self, person: Any = None) -> None:
        self.person = person

    def following(self, person: Any) -> "_System":
        """The portal, after what this person did."""
        return _System(person)

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        return True

    def __str__(self) -> str:
        return "Portalen"


SYSTEM = _System()


class StepNotOpen(Exception):
    """The step cannot be taken now; the message is a Danish sentence for the user."""


@dataclass(frozen=True)
class Step:
    """A step from any of `sources` to `target`; each condition answers None or the sentence that refuses."""

    key: str
    label: str
    sources: frozenset[str] | set[str]
    target: str
    permission: str
    conditions: tuple[Condition, ...] = ()
    needs_note: bool = False
    sentence: str = ""


class Flow:
    """The steps of one state field."""

    def __init__(self, field: str, steps: tuple[Step, ...], noun: str = "sagen") -> None:
        self.field = field
        self.noun = noun
        self.steps = {step.key: step for step in steps}

    def why_not(self, user: Any, obj: models.Model, step: Step) -> str | None:
        """The Danish sentence that says why the step is closed to this user now, or None when it is open."""
        if getattr(obj, self.field) not in step.sources:
            state = obj._meta.get_field(self.field).flatchoices  # type: ignore[union-attr]
            return f"Det kan ikke ske nu: {self.noun} er »{dict(state)[getattr(obj, self.field)]}«."
        for condition in step.conditions:
            if sentence := condition(user, obj):
                return sentence
        return None

    def open_to(self, user: Any, obj: models.Model) -> Iterator[tuple[Step, str | None]]:
        """The steps this user has the right to and that lead on from here, each with why it is not open."""
        for step in self.steps.values():
            if getattr(obj, self.field) in step.sources and user.has_perm(step.permission, obj):
                yield step, self.why_not(user, obj, step)

    def move(
        self, obj: Any, key: str, *, by: Any, note: str = "", values: Mapping[str, Any] | None = None,
        then: Callable[[Any], None] | None = None,
    ) -> Any:  # fmt: skip
        """Take one step; answers the fresh, saved object. `values` are fields that change together with the state;
        `then` is given the object and does what follows from the step. Raises PermissionDenied or StepNotOpen."""
        step = self.steps[key]
        with transaction.atomic():
            fresh = type(obj)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=obj.pk)
            if not by.has_perm(step.permission, fresh):
                raise PermissionDenied(f"Du har ikke ret til at bruge »{step.label}« her.")
            if sentence := self.why_not(by, fresh, step):
                raise StepNotOpen(sentence)
            if step.needs_note and not note.strip():
                raise StepNotOpen(f"Skriv en begrundelse for »{step.label}«.")
            before = getattr(fresh, self.field)
            for name, value in {**(values or {}), self.field: step.target}.items():
                setattr(fresh, name, value)
            who = by.person if isinstance(by, _System) else by
            fresh._history_user = who
            fresh._change_reason = note[:100] or step.label
            fresh.save()
            if then:
                then(fresh)
            audit.record(
                f"{fresh._meta.label_lower}.{key}", by=who, obj=fresh, before=before, after=step.target, note=note
            )
        return fresh
