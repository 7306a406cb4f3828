"""OS2rollekatalog's organisation API, version 3: the whole organisation in one object.

    {"orgUnits": [{"uuid", "name", "parentOrgUnitUuid", "manager": {"uuid", "userId"}}],
     "users": [{"extUuid", "userId", "name", "email", "disabled", "positions": [{"name", "orgUnitUuid"}]}]}

Source: OS2mo's exporter to OS2rollekatalog, and OS2rollekatalog's own importer (public repositories).
"""

from typing import Any

from roles.enums import SyncShape
from roles.sync.fields import read_email, read_text, read_user_id, read_uuid
from roles.sync.json_rows import PEOPLE, PLACES, UNITS, is_record, key_of, manager_of, place_of, rows_of, whole_list
from roles.sync.rows import Findings, Organisation, PersonRow, UnitRow

UNIT_KEYS = {"uuid", "name", "parentorgunituuid", "manager"}
USER_KEYS = {"extuuid", "userid", "name", "email", "disabled", "positions"}
PLACE_KEYS = {"name", "orgunituuid", "startdate", "stopdate"}
MANAGER_KEYS = {"uuid", "userid"}


def read(record: Any, findings: Findings) -> Organisation:
    """The rows of a file in this shape. Raises Refused when it has no lists at all."""
    units, users = whole_list(record, "orgunits", UNITS), whole_list(record, "users", PEOPLE)
    findings.unknown("organisationen", (record.names[key] for key in record.keys() - {"orgunits", "users"}))
    organisation = Organisation(SyncShape.ROLLEKATALOG)
    for at, row in rows_of(findings, units, record.names["orgunits"], UNITS, UNIT_KEYS):
        uuid = read_uuid(findings, at, "Enhedens UUID", row.get("uuid"))
        name = read_text(findings, at, "Enhedens navn", row.get("name"))
        parent = key_of(findings, at, "Overenhedens UUID", row.get("parentorgunituuid"), required=False)
        manager = row.get("manager")
        if isinstance(manager, dict) and is_record(findings, f"{at}.manager", manager):
            others = manager.keys() - MANAGER_KEYS
            findings.unknown("ledere", (manager.names[key] for key in others))  # type: ignore[attr-defined]
        elif manager is not None and not isinstance(manager, list):
            findings.problem(f"{at}.manager", "Her skal stå et objekt { … }.")
            manager = None
        if uuid:
            organisation.units.append(UnitRow(at, uuid, name, parent, manager_of(findings, at, manager)))
    for at, row in rows_of(findings, users, record.names["users"], PEOPLE, USER_KEYS):
        organisation.people += _person(at, row, findings)
    return organisation


def _person(at: str, row: Any, findings: Findings) -> list[PersonRow]:
    uuid = read_uuid(findings, at, "Personens UUID (extUuid)", row.get("extuuid"))
    user_id = read_user_id(findings, at, row.get("userid"))
    name = read_text(findings, at, "Navnet", row.get("name"))
    email = read_email(findings, at, row["email"]) if "email" in row else None
    disabled = row.get("disabled")
    if disabled not in (None, True, False):
        findings.problem(at, "»disabled« skal være true eller false.")
    places = [
        place_of(
            findings, where, place.get("orgunituuid"), place.get("name"), place.get("startdate"), place.get("stopdate")
        )
        for where, place in rows_of(findings, row.get("positions"), f"{at}.positions", PLACES, PLACE_KEYS)
    ]
    if uuid is None:
        return []
    return [PersonRow(at, uuid, user_id, name, email, disabled is not True, [place for place in places if place])]
