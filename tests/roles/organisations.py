"""One invented organisation in each of the three shapes that a file may have."""

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from glostrup_isms.home.demo.people import invented_names
from roles.models import SyncRun, User
from roles.sync import runs
from roles.sync.rows import Refused

SPACE = UUID("5f0c3a52-9a4b-4e57-8f51-0f6f6a3d2b11")
SHAPES = ("rollekatalog", "os2sync", "csv")
HEADER = (
    "person_uuid", "brugernavn", "navn", "mail", "stilling", "enhed_uuid", "enhed", "overenhed_uuid", "leder_uuid",
    "fra", "til",
)  # fmt: skip


def key(name: str) -> str:
    """The same key for the same name, each time."""
    return str(uuid5(SPACE, name))


@dataclass
class UnitIn:
    name: str
    parent: "UnitIn | None" = None
    manager: "PersonIn | None" = None
    uuid: str = ""

    def __post_init__(self) -> None:
        self.uuid = self.uuid or key(f"unit {self.name}")


@dataclass
class PersonIn:
    """`places`: unit, title, first day, last day; days as text, empty when the file does not say."""

    user_id: str
    name: str
    email: str = ""
    places: list[tuple[UnitIn, str, str, str]] = field(default_factory=list)
    uuid: str = ""

    def __post_init__(self) -> None:
        self.uuid = self.uuid or key(f"person {self.user_id}")
        self.email = self.email or f"{self.user_id}@example.invalid"

    def put(self, unit: UnitIn, title: str = "", start: str = "", end: str = "") -> "PersonIn":
        self.places.append((unit, title, start, end))
        return self


@dataclass
class OrganisationIn:
    units: list[UnitIn] = field(default_factory=list)
    people: list[PersonIn] = field(default_factory=list)

    def unit(self, name: str, parent: UnitIn | None = None) -> UnitIn:
        self.units.append(UnitIn(name, parent))
        return self.units[-1]

    def person(self, user_id: str, name: str = "", unit: UnitIn | None = None, title: str = "") -> PersonIn:
        person = PersonIn(user_id, name or user_id.capitalize())
        if unit:
            person.put(unit, title)
        self.people.append(person)
        return person

    # ── Shapes ───────────────────────────────────────────────────────────────────────────────────

    def rollekatalog(self) -> dict[str, Any]:
        return {
            "orgUnits": [
                {
                    "uuid": unit.uuid,
                    "name": unit.name,
                    "parentOrgUnitUuid": unit.parent.uuid if unit.parent else None,
                    "manager": {"uuid": unit.manager.uuid, "userId": unit.manager.user_id} if unit.manager else None,
                }
                for unit in self.units
            ],
            "users": [
                {
                    "extUuid": person.uuid,
                    "userId": person.user_id,
                    "name": person.name,
                    "email": person.email,
                    "positions": [
                        {"name": title, "orgUnitUuid": unit.uuid, "startDate": start, "stopDate": end}
                        for unit, title, start, end in person.places
                    ],
                }
                for person in self.people
            ],
        }

    def os2sync(self) -> dict[str, Any]:
        return {
            "OrgUnits": [
                {
                    "Uuid": unit.uuid,
                    "ShortKey": unit.name[:20],
                    "Name": unit.name,
                    "ParentOrgUnitUuid": unit.parent.uuid if unit.parent else None,
                    "ManagerUuid": unit.manager.uuid if unit.manager else None,
                }
                for unit in self.units
            ],
            "Users": [
                {
                    "Uuid": person.uuid,
                    "UserId": person.user_id,
                    "Email": person.email,
                    "Person": {"Name": person.name},
                    "Positions": [
                        {"OrgUnitUuid": unit.uuid, "Name": title, "StartDate": start, "StopDate": end}
                        for unit, title, start, end in person.places
                    ],
                }
                for person in self.people
            ],
        }

    def rows(self) -> list[dict[str, str]]:
        """The rows of a CSV file."""
        rows = []
        for unit in self.units:
            manager = unit.manager.uuid if unit.manager else ""
            above = unit.parent.uuid if unit.parent else ""
            rows.append({"enhed_uuid": unit.uuid, "enhed": unit.name, "overenhed_uuid": above, "leder_uuid": manager})
        for person in self.people:
            own = {"person_uuid": person.uuid, "brugernavn": person.user_id, "navn": person.name, "mail": person.email}
            for unit, title, start, end in person.places:
                rows.append(own | {"enhed_uuid": unit.uuid, "stilling": title, "fra": start, "til": end})
            if not person.places:
                rows.append(own)
        return rows

    def csv(self, delimiter: str = ";") -> str:
        return csv_text(self.rows(), delimiter)

    def data(self, shape: str) -> bytes:
        """The file."""
        if shape == "csv":
            return self.csv().encode()
        return json.dumps(getattr(self, shape)(), ensure_ascii=False).encode()


def csv_text(rows: list[dict[str, str]], delimiter: str = ";", header: tuple[str, ...] = HEADER) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def small() -> OrganisationIn:
    """A municipality with two centres, a home-care unit and ten people; each unit has a leader."""
    made = OrganisationIn()
    top = made.unit("Prøvekøbing Kommune")
    health, children = made.unit("Center for Sundhed", top), made.unit("Center for Børn", top)
    care = made.unit("Hjemmeplejen Nord", health)
    top.manager = made.person("direktoer", "Dorte Direktør", top, "Kommunaldirektør")
    health.manager = made.person("sundchef", "Hanne Chef", health, "Centerchef")
    children.manager = made.person("bornechef", "Børge Chef", children, "Centerchef")
    care.manager = made.person("leder", "Lene Leder", care, "Gruppeleder")
    for number in range(1, 7):
        made.person(f"hjaelper{number}", f"Åse Hjælper {number}", care, "Social- og sundhedshjælper")
    return made


def large(people: int, per_unit: int = 12) -> OrganisationIn:
    """An organisation of any size in four levels, where every unit has a leader."""
    made = OrganisationIn()
    top = made.unit("Storby Kommune")
    centres = [made.unit(f"Center {number}", top) for number in range(1, max(2, people // (per_unit * 20)) + 1)]
    count = max(4, people // per_unit) - len(centres) - 1
    departments = [made.unit(f"Afdeling {number}", centres[number % len(centres)]) for number in range(count // 2)]
    teams = [
        made.unit(f"Team {number}", departments[number % len(departments)]) for number in range(count - count // 2)
    ]
    units = [top, *centres, *departments, *teams]
    for number, (username, name) in zip(range(people), invented_names(7), strict=False):
        unit = units[number % len(units)]
        person = made.person(f"{username}{number}", name, unit, "Medarbejder")
        if number % 20 == 0:
            person.put(units[(number + 1) % len(units)], "Vikar", "2020-01-01", "")
        unit.manager = unit.manager or person
    return made


def look(file: "OrganisationIn | dict[str, Any] | bytes", shape: str = "rollekatalog") -> runs.Look:
    """Look a file through, changing nothing."""
    if isinstance(file, OrganisationIn):
        data = file.data(shape)
    else:
        data = file if isinstance(file, bytes) else json.dumps(file).encode()
    return runs.look(lambda: data, file_name=f"organisation.{shape}")


def bring(
    file: "OrganisationIn | dict[str, Any] | bytes",
    shape: str = "rollekatalog",
    *,
    by: User | None = None,
    allow_large_loss: bool = False,
) -> SyncRun:
    """Bring a file in, or have it refused."""
    found = look(file, shape)
    if found.difference:
        try:
            runs.bring_in(found, by=by, allow_large_loss=allow_large_loss)
        except Refused as error:
            runs.refuse(found.run, str(error))
    return found.run


def reasons(run: SyncRun) -> str:
    """Every problem of a run, as one text."""
    return "\n".join(f"{problem['row']}: {problem['reason']}" for problem in run.problems)
