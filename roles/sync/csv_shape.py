"""A CSV file of our own: one row for each position, with its unit beside it (docs/organisation-import.md).

A row may also be only a person (in no unit) or only a unit (with nobody in it). What is said of the same unit or person
on several rows must agree; what stands empty is said by another row.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from roles.enums import SyncShape, UnitKind
from roles.sync.fields import read_date, read_email, read_text, read_user_id, read_uuid
from roles.sync.rows import (
    WHOLE_FILE,
    Findings,
    ManagerRef,
    Organisation,
    PersonRow,
    PlaceRow,
    Refused,
    UnitRow,
    is_personal_number,
    quoted,
)

COLUMNS = {  # column → other names that are read the same
    "person_uuid": ("user_uuid",),
    "brugernavn": ("user_id", "userid"),
    "navn": ("name", "person_name"),
    "mail": ("email", "e_mail", "mailadresse"),
    "stilling": ("title", "position"),
    "enhed_uuid": ("unit_uuid",),
    "enhed": ("unit", "unit_name", "enhedsnavn"),
    "overenhed_uuid": ("parent_uuid",),
    "leder_uuid": ("manager_uuid",),
    "enhedstype": ("unit_kind",),
    "fra": ("from",),
    "til": ("to",),
}
REQUIRED = ("person_uuid", "brugernavn", "navn", "enhed_uuid", "enhed", "overenhed_uuid")
_NAMES = {name: column for column, others in COLUMNS.items() for name in (column, *others)}
_KINDS = {word.casefold(): value for value, label in UnitKind.choices for word in (value, label)}
DELIMITERS = (";", ",", "\t")
MOST_COLUMNS = 200
TOO_WIDE = f"Filen har flere end {MOST_COLUMNS} kolonner. Slet de tomme kolonner, og gem den igen."
MISMATCH = "{what} er {new} her, men {old} i {at}. Det skal være ens på alle rækker."


def read(text: str, findings: Findings) -> Organisation:
    """The rows of a file in this shape. Raises Refused when it has no usable heading."""
    rows = _rows(text, findings)
    header = next(rows, (0, []))[1]
    columns = _columns(header, findings)
    book, at, row = _Book(findings), "", header
    for number, row in rows:
        at = f"Række {number}"
        if len(row) > len(header):
            findings.problem(at, f"Rækken har {len(row)} felter, men der er kun {len(header)} overskrifter.")
            continue
        book.take(at, {column: row[place].strip() if place < len(row) else "" for column, place in columns.items()})
    if len(row) < len(header) and not text.endswith("\n"):  # elsewhere spreadsheets leave out empty cells at the end
        findings.problem(at, "Filen slutter midt i rækken. Måske er den klippet over. Hent den igen.")
    book.miss_nothing()
    return book.organisation


def _rows(text: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, numbered as a spreadsheet numbers them."""
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(_lines(text, delimiter), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if any(row) and not row[0].startswith("sep="):  # Excel's own first line about its delimiter
                yield number, row
    except csv.Error:
        findings.problem(
            f"Række {number + 1}", "Rækken kan ikke læses: et citationstegn mangler, eller et felt er for langt."
        )


def _lines(text: str, delimiter: str) -> Iterator[str]:
    """The lines, before any is split into fields."""
    for line in io.StringIO(text, newline=""):
        if line.count(delimiter) >= MOST_COLUMNS:
            raise Refused(TOO_WIDE)
        yield line


def _columns(header: list[str], findings: Findings) -> dict[str, int]:
    """Which column stands where. Those for CPR numbers are never looked into."""
    if len(header) > MOST_COLUMNS:  # one that goes on over many lines
        raise Refused(TOO_WIDE)
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        name = "_".join(title.casefold().replace("-", " ").split())
        column = _NAMES.get(name)
        if is_personal_number(title):
            findings.personal_number(title)
        elif column in found:
            findings.problem(WHOLE_FILE, f"Kolonnen »{column}« står der to gange.")
        elif column:
            found[column] = place
        else:
            findings.unknown("kolonner", [title.strip() or f"kolonne {place + 1} uden navn"])
    if missing := [column for column in REQUIRED if column not in found]:
        raise Refused(f"Der mangler kolonner: {', '.join(missing)}. Den første række skal være overskrifter.")
    return found


class _Book:
    """Units and people as they are met row by row."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.organisation = Organisation(SyncShape.CSV)
        self.units: dict[UUID, UnitRow] = {}
        self.people: dict[UUID, PersonRow] = {}

    def take(self, at: str, row: dict[str, str]) -> None:
        has_person = any(row.get(column) for column in ("person_uuid", "brugernavn", "navn", "mail", "stilling"))
        has_unit = any(row.get(column) for column in ("enhed_uuid", "enhed", "overenhed_uuid", "leder_uuid"))
        unit = self._unit(at, row) if has_unit else None
        person = self._person(at, row) if has_person else None
        if person and unit:
            person.places.append(self._place(at, row, unit.uuid))

    def _place(self, at: str, row: dict[str, str], unit: UUID) -> PlaceRow:
        title = read_text(self.findings, at, "Stillingen", row.get("stilling"), "title", required=False)
        start = read_date(self.findings, at, "Datoen i »fra«", row.get("fra"))
        end = read_date(self.findings, at, "Datoen i »til«", row.get("til"))
        return PlaceRow(at, unit, title, start, end)

    def _unit(self, at: str, row: dict[str, str]) -> UnitRow | None:
        findings = self.findings
        uuid = read_uuid(findings, at, "Enhedens UUID", row["enhed_uuid"])
        name = read_text(findings, at, "Enhedens navn", row["enhed"], required=False)
        parent = read_uuid(findings, at, "Overenhedens UUID", row["overenhed_uuid"], required=False)
        leader = read_uuid(findings, at, "Lederens UUID", row.get("leder_uuid"), required=False)
        kind = self._kind(at, row.get("enhedstype", ""))
        if uuid is None:
            return None
        unit = self.units.get(uuid)
        if unit is None:
            unit = self.units[uuid] = UnitRow(at, uuid, "")
            self.organisation.units.append(unit)
        unit.name = self._agreed(at, unit.at, "Enhedens navn", unit.name, name)
        unit.parent = self._agreed(at, unit.at, "Overenhedens UUID", unit.parent, parent)
        unit.kind = self._agreed(at, unit.at, "Enhedens type", unit.kind, kind)
        if leader and unit.manager and unit.manager.uuid != leader:
            findings.problem(
                at, f"Enheden {quoted(unit.name)} har en anden leder i {unit.at.lower()}. Den kan kun have én."
            )
        elif leader:
            unit.manager = ManagerRef(leader)
        return unit

    def _kind(self, at: str, text: str) -> str:
        if text and text.casefold() not in _KINDS:
            self.findings.problem(at, f"Enhedens type {quoted(text)} kendes ikke. Skriv {', '.join(UnitKind.labels)}.")
        return _KINDS.get(text.casefold(), "")

    def _person(self, at: str, row: dict[str, str]) -> PersonRow | None:
        findings = self.findings
        uuid = read_uuid(findings, at, "Personens UUID", row["person_uuid"])
        user_id = read_user_id(findings, at, row["brugernavn"]) if row["brugernavn"] else ""
        name = read_text(findings, at, "Navnet", row["navn"], required=False)
        email = read_email(findings, at, row["mail"]) if "mail" in row else None
        if uuid is None:
            return None
        person = self.people.get(uuid)
        if person is None:
            person = self.people[uuid] = PersonRow(at, uuid, "", "", email)
            self.organisation.people.append(person)
        person.user_id = self._agreed(at, person.at, "Brugernavnet", person.user_id, user_id)
        person.name = self._agreed(at, person.at, "Navnet", person.name, name)
        person.email = self._agreed(at, person.at, "Mailadressen", person.email, email)
        return person

    def miss_nothing(self) -> None:
        """Tell of what no row has said."""
        told = {problem.row for problem in self.findings.problems}
        for unit in self.units.values():
            if not unit.name and unit.at not in told:
                self.findings.problem(unit.at, "Enhedens navn mangler.")
        for person in self.people.values():
            if person.at not in told and not (person.user_id and person.name):
                self.findings.problem(person.at, f"{'Navnet' if person.user_id else 'Brugernavnet'} mangler.")

    def _agreed(self, at: str, first: str, what: str, old: Any, new: Any) -> Any:
        """What is known of it after this row."""
        if old and new and old != new:
            old_text, new_text = quoted(str(old)), quoted(str(new))
            self.findings.problem(at, MISMATCH.format(what=what, new=new_text, old=old_text, at=first.lower()))
        return old or new
