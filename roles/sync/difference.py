"""A file held against the database: what would change. Reads only; keyed on UUID.

A sync touches what a sync has made. Somebody written in by hand is linked when the file has her user name.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from glostrup_isms.kit.templatetags.danish import da_number
from roles.enums import ChangeKind, Role, Source, UnitKind
from roles.models import Unit, User
from roles.sync.checking import levels, municipality
from roles.sync.rows import Findings, Organisation, PersonRow, UnitRow, quoted

REASON = "Synkronisering"  # begins the reason in the history of whatever a sync changes
SUBJECT_MAX = 300  # SyncChange.subject
BATCH = 1000
FEW = 2  # rows that a file may always move, end or empty: in a small town one leader is more than a fifth


@dataclass(frozen=True)
class Change:
    """One line of the difference. `key` tells apart what has the same name."""

    kind: ChangeKind
    subject: str
    key: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class NewPlace:
    """An appointment to be made; people and units by their keys in the file."""

    person: UUID
    role: Role
    unit: UUID
    title: str = ""
    from_on: Any = None
    to_on: Any = None
    is_primary: bool = False


@dataclass
class Difference:
    """What would be written. `…_fields` are new values by primary key; the parent of a unit is given by its UUID."""

    changes: list[Change] = field(default_factory=list)
    new_units: list[list[UnitRow]] = field(default_factory=list)  # by level, the top first
    unit_fields: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    new_people: list[PersonRow] = field(default_factory=list)
    person_fields: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    new_places: list[NewPlace] = field(default_factory=list)
    place_fields: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    made_leader: set[int] = field(default_factory=set)  # primary keys of people who were here before
    gaining: set[int] = field(default_factory=set)  # of units that units which were here come to lie below
    loss: str = ""  # sentences when it takes away more than settings.SYNC_MOST_LOST

    def tell(self, kind: ChangeKind, subject: str, key: object, before: str = "", after: str = "") -> None:
        self.changes.append(Change(kind, subject[:SUBJECT_MAX], str(key), before, after))

    def brake(self, lost: int, total: int, verb: str, what: str, *, few: int = FEW) -> None:
        """Add a sentence to the loss when the file does this to more than it may by itself. `verb` as »lukke«."""
        if lost <= max(few, total * settings.SYNC_MOST_LOST):
            return
        part, most = round(100 * lost / total), round(100 * settings.SYNC_MOST_LOST)
        self.loss += (
            f"Filen {verb}r {da_number(lost)} af de {da_number(total)} {what} ({part} %). "
            f"Det er flere end de {most} %, en fil må {verb} af sig selv. "
        )

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(change.kind.value for change in self.changes))

    @property
    def digest(self) -> str:
        lines = sorted((one.kind.value, one.key, one.subject, one.before, one.after) for one in self.changes)
        return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


class Now:
    """The organisation as it is: four queries, whatever its size."""

    def __init__(self) -> None:
        self.units = {unit.external_id: unit for unit in Unit.objects.order_by("pk")}
        self.unit_keys = {unit.pk: unit.external_id for unit in self.units.values()}
        self.people = {person.external_id: person for person in User.objects.order_by("pk").defer("password")}
        self.by_name = {person.username.casefold(): person for person in self.people.values()}
        self.by_pk = {person.pk: person for person in self.people.values()}
        self.matched: dict[UUID, User] = {}  # by the key in the file: also those who are linked


def compare(organisation: Organisation, findings: Findings) -> Difference:
    """What the file would change. What cannot be done is told as a problem."""
    from roles.sync.places import compare_places

    now, difference = Now(), Difference()
    rows = {row.uuid: row for row in organisation.people if row.is_open}
    _compare_units(organisation.units, now, difference, findings)
    _compare_people(rows, now, difference, findings)
    compare_places(organisation, rows, now, difference, findings)
    return difference


def about(person: User | PersonRow) -> str:
    """»Mette Hansen (meha)«, as the lines of the difference name people."""
    user_id = person.user_id if isinstance(person, PersonRow) else person.username
    return f"{person.name} ({user_id})"


# ── Units ────────────────────────────────────────────────────────────────────────────────────────


def _compare_units(rows: list[UnitRow], now: Now, difference: Difference, findings: Findings) -> None:
    names = {row.uuid: row.name for row in rows}
    whole = _municipality(rows, now)
    for depth, level in enumerate(levels(rows)):
        new = []
        for row in level:
            above = f"Under {names[row.parent]}" if row.parent else "Øverst"
            if unit := now.units.get(row.uuid):
                _compare_unit(unit, row, above, now, difference)
                continue
            if row.kind == UnitKind.MUNICIPALITY and row.uuid != whole:
                row.kind = ""
                findings.note(f"Enheden {quoted(row.name)} er kommune i filen, men ikke her: Der kan kun være én.")
            row.kind = row.kind or _kind_of(depth, is_whole=row.uuid == whole)
            difference.tell(ChangeKind.UNIT_NEW, row.name, row.uuid, after=f"{UnitKind(row.kind).label}. {above}")
            new.append(row)
        if new:
            difference.new_units.append(new)
    own = [unit for unit in now.units.values() if unit.source == Source.SYNC and _is_open(unit, findings)]
    gone = [unit for unit in own if unit.external_id not in names]
    for unit in gone:
        closed_on = max(findings.today, unit.opened_on) if unit.opened_on else findings.today
        difference.unit_fields[unit.pk]["closed_on"] = closed_on
        difference.tell(ChangeKind.UNIT_CLOSED, unit.name, unit.external_id, before=UnitKind(unit.kind).label)
    _note_units_left(gone, now, findings)
    difference.gaining = _gaining(rows, now)
    moved = [unit for unit in own if "parent" in difference.unit_fields.get(unit.pk, ())]
    difference.brake(len(gone), len(own), "lukke", "enheder, som er hentet ind før", few=0)
    difference.brake(len(moved), len(own), "flytte", "enheder, som er hentet ind før")


def _municipality(rows: list[UnitRow], now: Now) -> UUID | None:
    """The one that is it here already, else the largest top of the file: no other top gets a director."""
    known = (row.uuid for row in rows if row.uuid in now.units and now.units[row.uuid].kind == UnitKind.MUNICIPALITY)
    return next(known, None) or municipality(rows)


def _gaining(rows: list[UnitRow], now: Now) -> set[int]:
    """The units below which other units of before come to lie: whoever leads one of them sees what those have."""
    above = {unit.external_id: now.unit_keys[unit.parent_id] if unit.parent_id else None for unit in now.units.values()}
    above |= {row.uuid: row.parent for row in rows}
    gaining = set()
    for unit in now.units.values():
        key = above[unit.external_id]
        while key:
            if (upper := now.units.get(key)) and f"/{upper.pk}/" not in unit.path:
                gaining.add(upper.pk)
            key = above[key]
    return gaining


def _kind_of(depth: int, *, is_whole: bool) -> UnitKind:
    """Of a unit that the file says nothing more about. Afterwards the kind is kept as people here set it."""
    if is_whole:
        return UnitKind.MUNICIPALITY
    return UnitKind.CENTRE if depth == 1 else UnitKind.DEPARTMENT


def _is_open(unit: Unit, findings: Findings) -> bool:
    return unit.closed_on is None or unit.closed_on > findings.today


def _compare_unit(unit: Unit, row: UnitRow, above: str, now: Now, difference: Difference) -> None:
    fields: dict[str, Any] = {}
    before, after = [], []
    if unit.name != row.name:
        fields["name"] = row.name
        before.append(f"Navn: {unit.name}")
        after.append(f"Navn: {row.name}")
    if unit.source != Source.SYNC:
        fields["source"] = Source.SYNC
        before.append(f"Kilde: {unit.get_source_display()}")
        after.append(f"Kilde: {Source.SYNC.label}")
    if fields:
        difference.tell(ChangeKind.UNIT_CHANGED, unit.name, row.uuid, "; ".join(before), "; ".join(after))
    parent = now.unit_keys[unit.parent_id] if unit.parent_id else None
    if parent != row.parent:
        fields["parent"] = row.parent
        under = f"Under {now.units[parent].name}" if parent else "Øverst"
        difference.tell(ChangeKind.UNIT_MOVED, row.name, row.uuid, under, above)
    if not unit.is_open and unit.closed_on is not None:
        fields["closed_on"] = None
        difference.tell(ChangeKind.UNIT_REOPENED, row.name, row.uuid, after=above)
    if fields:
        difference.unit_fields[unit.pk] = fields


def _note_units_left(gone: list[Unit], now: Now, findings: Findings) -> None:
    closing = {unit.pk for unit in gone}
    for unit in now.units.values():
        if unit.parent_id in closing and unit.pk not in closing and unit.source != Source.SYNC and unit.is_open:
            findings.note(
                f"Enheden {quoted(unit.name)} er skrevet ind her og hører under en enhed, der lukkes. Flyt den."
            )


# ── People ───────────────────────────────────────────────────────────────────────────────────────


def _compare_people(rows: dict[UUID, PersonRow], now: Now, difference: Difference, findings: Findings) -> None:
    for row in rows.values():
        person = now.people.get(row.uuid) or _to_link(row, rows, now)
        if person:
            now.matched[row.uuid] = person
    reasons = closing_reasons(person.pk for person in now.matched.values() if not person.is_active)
    kept_shut = {pk for pk, reason in reasons.items() if not reason.startswith(REASON)}
    for row in rows.values():
        _make_room_for(row, rows, now, difference, findings)
        if person := now.matched.get(row.uuid):
            _compare_person(person, row, kept_shut, difference, findings)
        else:
            difference.new_people.append(row)
            difference.tell(ChangeKind.PERSON_NEW, about(row), row.uuid, after=row.email or "")
    matched = {person.pk for person in now.matched.values()}
    own = [person for person in now.people.values() if person.source == Source.SYNC and person.is_active]
    gone = [person for person in own if person.pk not in matched]
    for person in gone:
        difference.person_fields[person.pk] |= {"is_active": False, "closed_at": timezone.now()}
        difference.tell(ChangeKind.PERSON_LEFT, about(person), person.external_id)
    emptied = [key for key, person in now.matched.items() if person.email and rows[key].email == ""]
    with_mail = [person for person in now.matched.values() if person.email]
    difference.brake(len(gone), len(own), "lukke", "personer, som er hentet ind før", few=0)
    difference.brake(len(emptied), len(with_mail), "fjerne", "mailadresser, som personerne i filen har her")


def _to_link(row: PersonRow, rows: dict[UUID, PersonRow], now: Now) -> User | None:
    """Who was written in by hand under the same user name. Whoever is closed, or was brought in under it by an earlier
    sync, has left: a user name may be given to the next employee, and she must not inherit."""
    person = now.by_name.get(row.user_id.casefold())
    if person is None or not person.is_active or person.source == Source.SYNC or person.external_id in rows:
        return None
    return person


def _make_room_for(
    row: PersonRow, rows: dict[UUID, PersonRow], now: Now, difference: Difference, findings: Findings
) -> None:
    """The user name belongs to the one who has it in the file, also when somebody closed has it still."""
    holder = now.by_name.get(row.user_id.casefold())
    if holder is None or holder is now.matched.get(row.uuid) or holder.external_id in rows:
        return  # free, her own, or about to get another one from the file
    if holder.source != Source.SYNC and holder.is_active:
        findings.problem(row.at, f"Brugernavnet {quoted(row.user_id)} bruges af {holder}, som er skrevet ind her.")
        return
    freed = f"{holder.username[:100]}.lukket-{holder.external_id}"  # 144 characters at most, and nobody else's
    difference.person_fields[holder.pk]["username"] = freed
    difference.tell(
        ChangeKind.PERSON_CHANGED, about(holder), holder.external_id,
        f"Brugernavn: {holder.username}", f"Brugernavn: {freed} (en ny person har fået det gamle)",
    )  # fmt: skip


def _compare_person(
    person: User, row: PersonRow, kept_shut: set[int], difference: Difference, findings: Findings
) -> None:
    fields: dict[str, Any] = {}
    before, after = [], []
    if person.source != Source.SYNC or person.external_id != row.uuid:
        fields |= {"source": Source.SYNC, "external_id": row.uuid}
        was = f"Navn: {person.name}; Mail: {person.email or 'ingen'}; Kilde: {person.get_source_display()}"
        email = person.email if row.email is None else row.email
        will_be = f"Navn: {row.name}; Mail: {email or 'ingen'}; Kilde: {Source.SYNC.label}"
        difference.tell(ChangeKind.PERSON_LINKED, about(person), row.uuid, was, will_be)
    for name, label, old, new in (
        ("name", "Navn", person.name, row.name),
        ("email", "Mail", person.email, person.email if row.email is None else row.email),
        ("username", "Brugernavn", person.username, row.user_id),
    ):
        if old != new and not (name == "username" and old.casefold() == new.casefold()):
            fields[name] = new
            before.append(f"{label}: {old or 'ingen'}")
            after.append(f"{label}: {new or 'ingen'}")
    if before:
        difference.tell(ChangeKind.PERSON_CHANGED, about(person), row.uuid, "; ".join(before), "; ".join(after))
    if person.pk in kept_shut:
        findings.note(
            f"{quoted(person.name)} står i filen, men er lukket her i portalen og bliver ved med at være det."
        )
    elif not person.is_active:
        fields["is_active"] = True
        difference.tell(ChangeKind.PERSON_BACK, about(person), row.uuid)
    if fields:
        difference.person_fields[person.pk] |= fields


def closing_reasons(people: Iterable[int]) -> dict[int, str]:
    """Why each of these accounts was closed the last time, as its history has it; an empty text where nobody said. A
    sync and SCIM each open again only what they closed themselves: what somebody here has shut stays shut."""
    shut = dict.fromkeys(people, "")
    was_active: dict[int, bool] = {}
    for batch in batches(shut, 500):
        lines = User.history.filter(id__in=batch).order_by("history_id")  # type: ignore[attr-defined]
        for pk, is_active, reason in lines.values_list("id", "is_active", "history_change_reason"):
            if not is_active and was_active.get(pk, True):
                shut[pk] = reason or ""
            was_active[pk] = is_active
    return shut


# ── Both ─────────────────────────────────────────────────────────────────────────────────────────


def batches(rows: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    """Pieces of at most so many."""
    rows = list(rows)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
