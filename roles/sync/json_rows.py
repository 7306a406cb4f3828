"""What the two JSON shapes have in common: lists of objects, each with its path, and the keys nobody reads."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from roles.sync.fields import read_date, read_text, read_uuid
from roles.sync.rows import Findings, ManagerRef, PlaceRow, Refused

UNITS, PEOPLE, PLACES = "enheder", "personer", "stillinger"


def whole_list(record: Any, key: str, what: str) -> list[Any]:
    """A list that the file must have. Raises Refused."""
    found = record.get(key)
    if found is None:
        name = "orgUnits" if key == "orgunits" else key
        raise Refused(f"Filen har ingen liste over {what} ({name}). Er den klippet over, eller har den en anden form?")
    if not isinstance(found, list):
        raise Refused(f"»{record.names[key]}« skal være en liste over {what}.")
    return found


def rows_of(findings: Findings, values: Any, where: str, kind: str, known: set[str]) -> Iterator[tuple[str, Any]]:
    """Each object of a list with its path, as users[12]. What is no object is a problem."""
    if values is None:
        return
    if not isinstance(values, list):
        findings.problem(where, "Her skal stå en liste.")
        return
    for number, row in enumerate(values):
        at = f"{where}[{number}]"
        if not is_record(findings, at, row):
            continue
        if others := row.keys() - known:
            findings.unknown(kind, (row.names[key] for key in others))
        yield at, row


def is_record(findings: Findings, at: str, row: Any) -> bool:
    """Whether it is an object; a problem is told when it is not, or has a key twice."""
    if not isinstance(row, dict):
        findings.problem(at, "Her skal stå et objekt { … }.")
        return False
    if row.twice:  # type: ignore[attr-defined]
        findings.problem(at, "Den samme nøgle står to gange.")
    return True


def key_of(findings: Findings, at: str, label: str, value: Any, *, required: bool = True) -> UUID | None:
    """A key, or an object that holds one."""
    if isinstance(value, dict):
        value = value.get("uuid")
    return read_uuid(findings, at, label, value, required=required)


def manager_of(findings: Findings, at: str, value: Any) -> ManagerRef | None:
    """Whom a unit names as leader: a key, or an object with a key and perhaps a user name."""
    if isinstance(value, list):
        if len(value) > 1:
            findings.problem(at, f"Enheden har {len(value)} ledere. Den kan kun have én.")
            return None
        value = value[0] if value else None
    if value is None or value == "" or value == {}:
        return None
    user_id = value.get("userid") if isinstance(value, dict) else ""
    user_id = read_text(findings, at, "Lederens brugernavn", user_id, "user_id", required=False)
    uuid = key_of(findings, at, "Lederens UUID", value, required=not user_id)
    return ManagerRef(uuid, user_id) if uuid or user_id else None


def place_of(findings: Findings, at: str, unit: Any, title: Any, from_on: Any, to_on: Any) -> PlaceRow | None:
    """A position; None, with a problem told, when its unit has no key."""
    uuid = key_of(findings, at, "Stillingens enhed (UUID)", unit)
    title = read_text(findings, at, "Stillingen", title, "title", required=False)
    start = read_date(findings, at, "Startdatoen", from_on)
    end = read_date(findings, at, "Slutdatoen", to_on)
    return PlaceRow(at, uuid, title, start, end) if uuid else None
