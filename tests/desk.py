"""A town with somebody in every role, and documents at every place of their way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from glostrup_isms.kit import files
from glostrup_isms.kit.files import StoredFile
from policy import actions
from policy.enums import Confidentiality, Kind, State
from policy.models import HearingPart, Version
from roles.enums import Role
from roles.models import User, today
from tests.factories import WholeTown

TEXT = """## Formål

Politikken beskytter borgernes oplysninger.

## Ansvar

Kommunaldirektøren godkender retningslinjer.

- Systemejerne godkender adgange.
- Alle melder brud straks.
"""


@dataclass
class Desk:
    """Who does what on the way of a text, and the steps in one word each."""

    town: WholeTown

    def __getattr__(self, name: str) -> User:
        if name not in self.town.holders:
            raise AttributeError(name)
        return User.objects.get(pk=self.town.holders[name].pk)  # fresh: with the rights of this moment

    @property
    def writer(self) -> User:
        return self.it_coordinator

    def make(
        self, kind: Kind = Kind.GUIDELINE, title: str = "Mail og beskeder", text: str = TEXT, **fields: Any
    ) -> Version:
        fields.setdefault("owner_role", Role.IT_COORDINATOR)
        fields.setdefault("confidentiality", Confidentiality.PUBLIC)
        if kind == Kind.RULE:
            fields.setdefault("category", "technical")
        return fresh(actions.create_document(kind, title, by=self.writer, text=text, **fields))

    def policy(self, **fields: Any) -> Version:
        return self.make(Kind.POLICY, "Informationssikkerhedspolitik", **fields)

    def hear(self, version: Version) -> Version:
        due_on = today() + timedelta(days=14)
        return fresh(actions.open_hearing(version, [Role.LAWYER, Role.DPO], due_on, by=self.writer))

    def heard(self, version: Version) -> Version:
        version = self.hear(version)
        for part in HearingPart.objects.filter(hearing__version=version, hearing__closed_at=None):
            actions.answer_hearing(part, "", has_remarks=False, by=self.__getattr__(part.role))
        return fresh(actions.end_hearing(version, by=self.writer))

    def submitted(self, version: Version) -> Version:
        return fresh(actions.submit(self.heard(version), by=self.writer))

    def recommended(self, version: Version) -> Version:
        version = self.submitted(version)
        return fresh(actions.recommend(version, by=self.committee, decided_on=today(), reference="Punkt 3"))

    def decide(self, version: Version, **fields: Any) -> Version:
        is_policy = version.document.is_policy
        by = self.secretariat if is_policy else self.director
        given = {"decided_on": today(), "reference": "Sag 12", "statement": "" if is_policy else "Følger afsnit 2."}
        if is_policy:
            given["uploads"] = [minutes()]
        return fresh(actions.decide(version, by=by, **{**given, **fields}))

    def decided(self, version: Version) -> Version:
        return self.decide(self.recommended(version), effective_on=today() + timedelta(days=5))

    def in_force(self, version: Version) -> Version:
        return self.decide(self.recommended(version))

    def adopted(self, version: Version, days_ago: int = 400) -> Version:
        """Decided before the portal was taken into use."""
        by = self.secretariat if version.document.is_policy else self.director
        day = today() - timedelta(days=days_ago)
        return fresh(actions.decide(version, by=by, decided_on=day, reference="Sag 1", step="adopt"))

    def at(self, state: State, version: Version | None = None) -> Version:
        """A version in the state."""
        version = version or self.make()
        if state == State.DISCARDED:
            return fresh(actions.discard(version, by=self.writer))
        if state == State.WITHDRAWN:
            version = self.in_force(version)
            return fresh(actions.withdraw(version, by=self.director, note="Fejl i teksten.", decided_on=today()))
        if state == State.SUPERSEDED:
            first = self.adopted(version)
            second = actions.start_version(first.document, by=self.writer)
            self.in_force(second)
            return fresh(first)
        ways: dict[State, Callable[[Version], Version]] = {
            State.DRAFT: fresh, State.HEARING: self.hear, State.HEARD: self.heard, State.SUBMITTED: self.submitted,
            State.RECOMMENDED: self.recommended, State.DECIDED: self.decided, State.IN_FORCE: self.in_force,
        }  # fmt: skip
        return ways[state](version)


def minutes() -> StoredFile:
    """The council's, sent and waiting for the decision that it belongs to."""
    upload = SimpleUploadedFile("referat.txt", "Godkendt, æøå.".encode(), "text/plain")
    return files.store(upload, keep_for=files.KEEP)


def fresh(version: Version) -> Version:
    return Version.objects.select_related("document").get(pk=version.pk)


def days_pass(time_machine: Any, days: float) -> None:
    """It is so many days later, and stays that moment."""
    time_machine.move_to(timezone.now() + timedelta(days=days), tick=False)
