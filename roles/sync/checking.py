"""What the rows of a file say together: any problem refuses the whole file."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from roles.enums import UnitKind
from roles.sync.rows import WHOLE_FILE, Findings, Organisation, PersonRow, PlaceRow, UnitRow, quoted

DEEPEST = 25  # levels; a unit's path must fit its column


def check(organisation: Organisation, findings: Findings) -> None:
    """Tell every problem, and say in `organisation.leaders` who leads each unit."""
    if not organisation.units:
        findings.problem(WHOLE_FILE, "Der er ingen enheder i filen.")
    if not organisation.people:
        findings.problem(WHOLE_FILE, "Der er ingen personer i filen.")
    units = _units(organisation.units, findings)
    _tree(units, findings)
    people = _people(organisation.people, findings)
    _places(organisation.people, units, findings)
    organisation.leaders = _leaders(units, people, organisation.people, findings)


def _units(rows: Iterable[UnitRow], findings: Findings) -> dict[UUID, UnitRow]:
    units: dict[UUID, UnitRow] = {}
    for unit in rows:
        first = units.setdefault(unit.uuid, unit)
        if first is not unit:
            findings.problem(unit.at, f"Enheden {quoted(unit.name)} har samme UUID som den i {first.at}.")
    return units


def levels(units: Iterable[UnitRow]) -> list[list[UnitRow]]:
    """Units by depth, the top first. Those in a circle, or below one, are in none."""
    below: dict[UUID | None, list[UnitRow]] = defaultdict(list)
    for unit in units:
        below[unit.parent].append(unit)
    found = [below[None]] if below[None] else []
    while found and (level := [child for unit in found[-1] for child in below[unit.uuid]]):
        found.append(level)
    return found


def municipality(units: list[UnitRow]) -> UUID | None:
    """The top unit with the most units below it. The first of several equals."""
    top: dict[UUID, UUID] = {}
    for level in levels(units):
        for unit in level:
            top[unit.uuid] = top[unit.parent] if unit.parent else unit.uuid
    sizes = Counter(top.values())
    return max(sizes, key=lambda uuid: sizes[uuid], default=None)


def _tree(units: dict[UUID, UnitRow], findings: Findings) -> None:
    """Orphans, circles, depth, and a municipality below another unit."""
    for unit in units.values():
        if unit.parent is not None and unit.parent not in units:
            findings.problem(unit.at, f"Enheden {quoted(unit.name)} hører under en enhed, som ikke er i filen.")
        if unit.kind == UnitKind.MUNICIPALITY and unit.parent is not None:
            findings.problem(unit.at, f"Enheden {quoted(unit.name)} er en kommune, men hører under en anden enhed.")
    found = levels(units.values())
    for unit in found[DEEPEST] if len(found) > DEEPEST else ():
        findings.problem(unit.at, f"Enheden {quoted(unit.name)} ligger mere end {DEEPEST} niveauer nede.")
    _circles(units, {unit.uuid for level in found for unit in level}, findings)
    tops = found[0] if found else []
    if len(tops) > 1:
        names = ", ".join(quoted(unit.name) for unit in tops[:10])
        findings.note(
            f"Filen har {len(tops)} øverste enheder ({names}). Kun én af dem er kommunen: "
            "den, som er det her i portalen, ellers den største."
        )


def _circles(units: dict[UUID, UnitRow], seen: set[UUID], findings: Findings) -> None:
    """Tell each circle once, also when many units lie below it."""
    for unit in units.values():
        line: dict[UUID, UnitRow] = {}
        here: UnitRow | None = unit
        while here is not None and here.uuid not in seen:
            seen.add(here.uuid)
            line[here.uuid] = here
            here = units.get(here.parent) if here.parent else None
        if here is not None and here.uuid in line:
            circle = list(line.values())[list(line).index(here.uuid) :]
            names = " → ".join(quoted(one.name) for one in [*circle[:6], here])
            findings.problem(here.at, f"Enheder hører under hinanden i ring: {names}.")


def _people(rows: Iterable[PersonRow], findings: Findings) -> dict[UUID, PersonRow]:
    people: dict[UUID, PersonRow] = {}
    names: dict[str, PersonRow] = {}
    for person in rows:
        first = people.setdefault(person.uuid, person)
        if first is not person:
            findings.problem(person.at, f"{quoted(person.name)} har samme UUID som den i {first.at}.")
            continue
        first = names.setdefault(person.user_id.casefold() or str(person.uuid), person)
        if first is not person:
            findings.problem(person.at, f"Brugernavnet {quoted(person.user_id)} bruges også i {first.at}.")
    return people


def _places(people: Iterable[PersonRow], units: dict[UUID, UnitRow], findings: Findings) -> None:
    """Each position is in a unit of the file and ends after it begins; several in one unit become one."""
    without, shut = [], 0
    for person in people:
        for place in person.places:
            if place.unit not in units:
                findings.problem(place.at, f"{quoted(person.name)} er i en enhed, som ikke er i filen.")
            if place.from_on and place.to_on and place.to_on < place.from_on:
                findings.problem(place.at, "Stillingen slutter, før den begynder.")
        person.places = _one_for_each_unit(person.places, findings.today)
        if not person.is_open:
            shut += 1
        elif not person.places:
            without.append(person)
    if without:
        names = ", ".join(quoted(person.name) for person in without[:10])
        more = f" og {len(without) - 10} mere" if len(without) > 10 else ""
        findings.note(f"Personer uden enhed: {names}{more}. De kommer ind, men har ingen leder, før de får en enhed.")
    if shut:
        word = "person er" if shut == 1 else "personer er"
        findings.note(f"{shut} {word} lukket i organisationssystemet (disabled) og regnes, som om de ikke var i filen.")


def _one_for_each_unit(places: list[PlaceRow], today: date) -> list[PlaceRow]:
    """Positions in one unit as one; those that are over count only where none is left."""
    if len(places) < 2:
        return places
    merged: dict[UUID, PlaceRow] = {}
    for place in sorted(places, key=lambda place: place.to_on is not None and place.to_on < today):
        first = merged.setdefault(place.unit, place)
        if first is place or (place.to_on and place.to_on < today):
            continue
        titles = list(dict.fromkeys(filter(None, (first.title, place.title))))
        first.title = ", ".join(titles)[:200]
        first.from_on = min(first.from_on, place.from_on) if first.from_on and place.from_on else None
        first.to_on = max(first.to_on, place.to_on) if first.to_on and place.to_on else None
    return list(merged.values())


def _leaders(
    units: dict[UUID, UnitRow], people: dict[UUID, PersonRow], rows: Iterable[PersonRow], findings: Findings
) -> dict[UUID, UUID]:
    by_name = {person.user_id.casefold(): person for person in rows if person.user_id}
    leaders: dict[UUID, UUID] = {}
    for unit in units.values():
        if unit.manager is None:
            continue
        ref = unit.manager
        person = people.get(ref.uuid) if ref.uuid else by_name.get(ref.user_id.casefold())
        if person is None:
            findings.problem(unit.at, f"Lederen af {quoted(unit.name)} er ikke blandt personerne i filen.")
        elif ref.user_id and person.user_id and ref.user_id.casefold() != person.user_id.casefold():
            findings.problem(
                unit.at, f"Lederen af {quoted(unit.name)} har et UUID og et brugernavn, der ikke hører sammen."
            )
        elif not person.is_open:
            findings.note(f"Lederen af {quoted(unit.name)} er lukket i organisationssystemet. Enheden står uden leder.")
        else:
            leaders[unit.uuid] = person.uuid
    return leaders
