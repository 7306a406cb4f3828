"""OS2sync, the municipalities' way to FK Organisation (the shared organisation register of KOMBIT).

Two containers are in use, both with keys in any case. What a municipality sends:

    {"OrgUnits": [{"Uuid", "ShortKey", "Name", "ParentOrgUnitUuid", "ManagerUuid"}],
     "Users": [{"Uuid", "UserId", "Email", "Person": {"Name", "Cpr"},
                "Positions": [{"OrgUnitUuid", "Name", "StartDate", "StopDate"}]}]}

and what the service answers at /api/hierarchy: {"Result": {"OUs": [{"Uuid", "Name", "ParentOU"}], "Users": [{"Uuid",
"UserId", "Name", "Email", "Positions": [{"Uuid", "Name"}]}]}}. Source: the data classes of OS2sync (public repository).
"""

from typing import Any

from roles.enums import SyncShape
from roles.sync.fields import read_email, read_text, read_user_id, read_uuid
from roles.sync.json_rows import PEOPLE, PLACES, UNITS, is_record, key_of, manager_of, place_of, rows_of, whole_list
from roles.sync.rows import Findings, Organisation, PersonRow, Refused, UnitRow

UNIT_KEYS = {"uuid", "name", "parentorgunituuid", "parentou", "manageruuid", "manager"}
USER_KEYS = {"uuid", "userid", "name", "email", "person", "positions"}
PLACE_KEYS = {"orgunituuid", "uuid", "ou", "name", "startdate", "stopdate"}
WRAPPER_KEYS = {"result", "status", "created"}


def is_like(record: Any) -> bool:
    """Whether an object looks like this shape rather than OS2rollekatalog's."""
    if "ous" in record or "result" in record:
        return True
    units, users = record.get("orgunits"), record.get("users")
    own = [*(units if isinstance(units, list) else ())[:20], *(users if isinstance(users, list) else ())[:20]]
    keys = {key for row in own if isinstance(row, dict) for key in row}
    return bool(keys & {"shortkey", "manageruuid", "person"}) and not keys & {"extuuid", "manager"}


def read(record: Any, findings: Findings) -> Organisation:
    """The rows of a file in this shape. Raises Refused when it has no lists at all."""
    if "result" in record:
        findings.unknown("organisationen", (record.names[key] for key in record.keys() - WRAPPER_KEYS))
        record = record["result"]
        if not isinstance(record, dict):
            raise Refused("Filen er et svar fra OS2sync uden en organisation i. Hent den igen.")
    container = "ous" if "ous" in record else "orgunits"
    units, users = whole_list(record, container, UNITS), whole_list(record, "users", PEOPLE)
    names = record.names  # type: ignore[attr-defined]
    findings.unknown("organisationen", (names[key] for key in record.keys() - {container, "users"}))
    organisation = Organisation(SyncShape.OS2SYNC)
    for at, row in rows_of(findings, units, names[container], UNITS, UNIT_KEYS):
        uuid = read_uuid(findings, at, "Enhedens UUID", row.get("uuid"))
        name = read_text(findings, at, "Enhedens navn", row.get("name"))
        above = row.get("parentorgunituuid") or row.get("parentou")
        parent = key_of(findings, at, "Overenhedens UUID", above, required=False)
        manager = manager_of(findings, at, row.get("manageruuid") or row.get("manager"))
        if uuid:
            organisation.units.append(UnitRow(at, uuid, name, parent, manager))
    for at, row in rows_of(findings, users, names["users"], PEOPLE, USER_KEYS):
        organisation.people += _person(at, row, findings)
    return organisation


def _person(at: str, row: Any, findings: Findings) -> list[PersonRow]:
    uuid = read_uuid(findings, at, "Personens UUID", row.get("uuid"))
    user_id = read_user_id(findings, at, row.get("userid"))
    name = row.get("name")
    if (person := row.get("person")) is not None and is_record(findings, f"{at}.{row.names['person']}", person):
        findings.unknown(PEOPLE, (f"Person.{person.names[key]}" for key in person.keys() - {"name"}))
        name = person.get("name")
    name = read_text(findings, at, "Navnet", name)
    email = read_email(findings, at, row["email"]) if "email" in row else None
    places = [
        place_of(
            findings,
            where,
            place.get("orgunituuid") or place.get("ou") or place.get("uuid"),
            place.get("name"),
            place.get("startdate"),
            place.get("stopdate"),
        )
        for where, place in rows_of(findings, row.get("positions"), f"{at}.Positions", PLACES, PLACE_KEYS)
    ]
    if uuid is None:
        return []
    return [PersonRow(at, uuid, user_id, name, email, True, [place for place in places if place])]
