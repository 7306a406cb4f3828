"""The common form of an organisation, whatever shape its file has, and what was wrong on the way to it."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from uuid import UUID

from glostrup_isms.kit import cpr
from roles.models.days import today

WHOLE_FILE = "Hele filen"
PROBLEMS_MAX = 300  # told; the rest is counted
NOTES_MAX = 100
NAMES_MAX = 40  # unknown keys named for each kind of row


class Refused(Exception):
    """The file cannot be brought in. The text is a Danish sentence."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: a row of a CSV file, or a path as »users[12]«."""

    row: str
    reason: str


@dataclass(slots=True)
class ManagerRef:
    """Whom a file names as leader, by key or by user name."""

    uuid: UUID | None
    user_id: str = ""


@dataclass(slots=True)
class UnitRow:
    """`kind` is empty when the file says nothing of it; `parent` None at the top."""

    at: str
    uuid: UUID
    name: str
    parent: UUID | None = None
    manager: ManagerRef | None = None
    kind: str = ""


@dataclass(slots=True)
class PlaceRow:
    """A position in a unit, both days included. No `from_on`: the file does not say; no `to_on`: it has no end."""

    at: str
    unit: UUID
    title: str = ""
    from_on: date | None = None
    to_on: date | None = None


@dataclass(slots=True)
class PersonRow:
    """`email` None: the file does not say, so the one we have stays."""

    at: str
    uuid: UUID
    user_id: str
    name: str
    email: str | None = None
    is_open: bool = True
    places: list[PlaceRow] = field(default_factory=list)


@dataclass
class Organisation:
    """A whole file in the common form. `leaders` is filled by the check: unit → person."""

    shape: str
    units: list[UnitRow] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)
    leaders: dict[UUID, UUID] = field(default_factory=dict)


class Findings:
    """What is wrong with a file, and what is left out of it and why. No CPR number gets in here."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.today = today()
        self._more = self._more_notes = 0
        self._unknown: dict[str, set[str]] = defaultdict(set)
        self._personal_numbers: set[str] = set()

    def problem(self, row: str, reason: str) -> None:
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(cpr.mask(row), cpr.mask(reason)))
        else:
            self._more += 1

    def note(self, sentence: str) -> None:
        if len(self.notes) < NOTES_MAX:
            self.notes.append(cpr.mask(sentence))
        else:
            self._more_notes += 1

    def unknown(self, kind: str, keys: Iterable[str]) -> None:
        """Keys or columns that the portal makes no use of, of one kind of row."""
        self._unknown[kind].update(keys)

    def personal_number(self, key: str) -> None:
        """A key or column whose values were dropped unread."""
        self._personal_numbers.add(key)

    def all_problems(self) -> list[dict[str, str]]:
        """As a run keeps them."""
        told = [{"row": problem.row, "reason": problem.reason} for problem in self.problems]
        if self._more:
            told.append({"row": WHOLE_FILE, "reason": f"Der er {self._more} fejl mere af samme slags som disse."})
        return told

    def all_notes(self) -> list[str]:
        """As a run keeps them."""
        told = list(self.notes)
        if self._more_notes:
            told.append(f"Der er {self._more_notes} bemærkninger mere af samme slags.")
        if self._personal_numbers:
            names = _listed(self._personal_numbers)
            told.append(f"CPR-numre er sprunget over uden at blive læst eller gemt ({names}).")
        for kind, keys in sorted(self._unknown.items()):
            if keys:
                told.append(f"Portalen bruger ikke disse oplysninger om {kind}: {_listed(keys)}.")
        return told


def _listed(keys: Iterable[str]) -> str:
    names = sorted(quoted(key) for key in keys)
    rest = f" og {len(names) - NAMES_MAX} mere" if len(names) > NAMES_MAX else ""
    return ", ".join(names[:NAMES_MAX]) + rest


_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")


def quoted(text: str, longest: int = 60) -> str:
    """»A word from the file«, short, on one line and without a CPR number."""
    plain = cpr.mask(_UNSHOWABLE.sub(" ", text))
    return f"»{plain if len(plain) <= longest else plain[: longest - 1] + '…'}«"


@lru_cache(maxsize=4096)
def is_personal_number(key: str) -> bool:
    """Whether a key or column is for CPR numbers: cpr, Cpr-nr., personnummer, cprNumber …"""
    letters = "".join(char for char in key.casefold() if char.isalnum())
    return letters == "ssn" or any(word in letters for word in ("cpr", "personnummer", "personnr", "civilregistration"))
