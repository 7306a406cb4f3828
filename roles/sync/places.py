"""Appointments that follow from a file: positions are employments, and a unit's manager leads it.

What people here have written in stays. Nobody is made leader of a unit that has one by hand; but a closed account leads
nothing, and gives the place up to whomever the file names.
"""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from glostrup_isms.kit import dates
from roles.enums import LEADING_ROLES, ChangeKind, Role, Source, UnitKind
from roles.models import Appointment
from roles.sync.difference import Difference, NewPlace, Now, about
from roles.sync.rows import Findings, Organisation, PersonRow, quoted

Key = tuple[int, str, int]  # person, role, unit
LEADS = {UnitKind.MUNICIPALITY: Role.DIRECTOR, UnitKind.CENTRE: Role.CENTRE_CHIEF}  # else leader


def compare_places(
    organisation: Organisation, rows: dict[UUID, PersonRow], now: Now, difference: Difference, findings: Findings
) -> None:
    """Add to the difference the appointments that begin, change and end."""
    _Places(organisation, rows, now, difference, findings).compare()


class _Places:
    def __init__(
        self,
        organisation: Organisation,
        rows: dict[UUID, PersonRow],
        now: Now,
        difference: Difference,
        findings: Findings,
    ) -> None:
        self.organisation, self.rows, self.now = organisation, rows, now
        self.difference, self.findings, self.today = difference, findings, findings.today
        self.unit_names = {unit.uuid: unit.name for unit in organisation.units}
        self.kinds = {unit.uuid: unit.kind for unit in organisation.units}
        self.kinds |= {uuid: unit.kind for uuid, unit in now.units.items()}
        self.own: dict[Key, Appointment] = {}  # made by a sync, still running
        self.extra: list[Appointment] = []
        self.by_hand: set[Key] = set()
        self.led_by_hand: dict[int, list[Appointment]] = defaultdict(list)  # by unit
        self.primary_by_hand: set[int] = set()
        self.over: dict[Key, date] = {}  # positions that the file says are over, and since when
        self.met: set[int] = set()
        running = Appointment.objects.filter(Q(to_on=None) | Q(to_on__gte=self.today)).order_by("pk")
        for place in running:
            self._sort(place)

    def _sort(self, place: Appointment) -> None:
        key = (place.person_id, place.role, place.unit_id)
        if place.source == Source.SYNC:
            if self.own.setdefault(key, place) is not place:
                self.extra.append(place)
            return
        self.by_hand.add(key)
        if place.role in LEADING_ROLES:
            self.led_by_hand[place.unit_id].append(place)
        if place.is_primary:
            self.primary_by_hand.add(place.person_id)

    def compare(self) -> None:
        leads = defaultdict(list)
        for unit, person in self.organisation.leaders.items():
            leads[person].append(unit)
        for row in self.rows.values():
            running = [place for place in row.places if place.to_on is None or place.to_on >= self.today]
            has_primary = self._pk(row.uuid) in self.primary_by_hand
            for place in running:
                self._want(
                    NewPlace(
                        row.uuid, Role.EMPLOYEE, place.unit, place.title, place.from_on, place.to_on, not has_primary
                    )
                )
                has_primary = True
            for unit in leads[row.uuid]:
                role = LEADS.get(UnitKind(self.kinds[unit]), Role.LEADER)
                self._want_leader(NewPlace(row.uuid, role, unit, is_primary=not has_primary))
                has_primary = True
            for place in row.places:
                if (
                    place.to_on
                    and place not in running
                    and (key := self._key(NewPlace(row.uuid, Role.EMPLOYEE, place.unit)))
                ):
                    self.over[key] = place.to_on
        for held, appointment in self.own.items():
            if appointment.pk not in self.met:
                self._end(appointment, self.over.get(held))
        for appointment in self.extra:
            self._end(appointment, None)
        self._brake()
        closing = {unit for unit, fields in self.difference.unit_fields.items() if fields.get("closed_on")}
        if left := sum(unit in closing for _, _, unit in self.by_hand):
            words = "udpegning, som er skrevet ind her, er" if left == 1 else "udpegninger, som er skrevet ind her, er"
            self.findings.note(f"{left} {words} i en enhed, der lukkes, og bliver stående. Se dem efter.")

    def _brake(self) -> None:
        """An end that the file names counts as well: when its day comes, nobody asks any more. So does a beginning that
        is put off."""
        own = [*self.own.values(), *self.extra]
        ends = [place for place in own if self._ends_sooner(place)]
        self.difference.brake(len(ends), len(own), "afslutte", "udpegninger, som er hentet ind før")
        leading, lost = (sum(place.role in LEADING_ROLES for place in places) for places in (own, ends))
        self.difference.brake(lost, leading, "afslutte", "lederposter, som er hentet ind før")

    def _ends_sooner(self, place: Appointment) -> bool:
        fields = self.difference.place_fields.get(place.pk, {})
        to_on, from_on = fields.get("to_on"), fields.get("from_on")
        if from_on is not None and place.from_on <= self.findings.today < from_on:
            return True
        return to_on is not None and (place.to_on is None or to_on < place.to_on)

    def _pk(self, person: UUID) -> int | None:
        found = self.now.matched.get(person)
        return found.pk if found else None

    def _key(self, wanted: NewPlace) -> Key | None:
        """None when the person or the unit is new."""
        person, unit = self.now.matched.get(wanted.person), self.now.units.get(wanted.unit)
        return (person.pk, wanted.role, unit.pk) if person and unit else None

    def _want_leader(self, wanted: NewPlace) -> None:
        unit = self.now.units.get(wanted.unit)
        by_hand = self.led_by_hand[unit.pk] if unit else []
        own = self._pk(wanted.person)
        stays = next((place for place in by_hand if place.person_id == own or self._is_here(place.person_id)), None)
        if stays is None:
            for place in by_hand:
                self._end(place, None)
            if self._want(wanted) and wanted.role == Role.DIRECTOR:
                name = quoted(self.rows[wanted.person].name)
                self.findings.note(f"{name} bliver kommunaldirektør i portalen og kan derfor se alle sager.")
            return
        if (key := self._key(wanted)) in self.own and key is not None:
            self.met.add(self.own[key].pk)  # and left alone: a successor may be waiting
        if stays.person_id != own:
            self.findings.note(
                f"{quoted(self.now.by_pk[stays.person_id].name)} er skrevet ind her som leder af "
                f"{quoted(self.unit_names[wanted.unit])}. Filen siger {quoted(self.rows[wanted.person].name)}. "
                "Afslut udpegningen her, hvis filen har ret."
            )

    def _is_here(self, pk: int) -> bool:
        """Whether the account is open once the file is brought in."""
        fields = self.difference.person_fields.get(pk, {})
        return bool(fields.get("is_active", self.now.by_pk[pk].is_active))

    def _want(self, wanted: NewPlace) -> bool:
        """Whether a new appointment is to be made for it."""
        key = self._key(wanted)
        if key and (place := self.own.get(key)):
            self.met.add(place.pk)
            self._compare(place, wanted)
            return False
        if key in self.by_hand:
            return False
        self.difference.new_places.append(wanted)
        if wanted.role in LEADING_ROLES and (person := self.now.matched.get(wanted.person)):
            self.difference.made_leader.add(person.pk)
        self._tell(ChangeKind.PLACE_NEW, wanted, after=self._words(wanted.role, wanted.title, wanted.unit))
        return True

    def _compare(self, place: Appointment, wanted: NewPlace) -> None:
        fields: dict[str, Any] = {}
        before, after = [], []
        begins = min(wanted.from_on or place.from_on, wanted.to_on or date.max)
        for name, label, old, new in (
            ("title", "Stilling", place.title, wanted.title),
            ("from_on", "Fra", place.from_on, begins),
            ("to_on", "Til og med", place.to_on, wanted.to_on),
            ("is_primary", "Primær", place.is_primary, wanted.is_primary),
        ):
            if old != new:
                fields[name] = new
                before.append(f"{label}: {_shown(old)}")
                after.append(f"{label}: {_shown(new)}")
        if fields:
            self.difference.place_fields[place.pk] = fields
            where = self._words(wanted.role, "", wanted.unit)
            self._tell(
                ChangeKind.PLACE_CHANGED, wanted, f"{where}. {'; '.join(before)}", f"{where}. {'; '.join(after)}"
            )

    def _end(self, place: Appointment, on: date | None) -> None:
        """The last day is the one the file names, else yesterday, so that whoever comes next can begin today. One that
        has not held for a day yet counts for the day before; its history tells when it was written."""
        on = on or self.today - timedelta(days=1)
        self.difference.place_fields[place.pk] = {"from_on": min(place.from_on, on), "to_on": on}
        person = self.now.by_pk[place.person_id]
        unit = self.now.unit_keys[place.unit_id]
        words = self._words(place.held_role, place.title, unit)
        key = f"{person.external_id} {place.role} {unit}"
        self.difference.tell(ChangeKind.PLACE_ENDED, about(person), key, before=words)

    def _tell(self, kind: ChangeKind, wanted: NewPlace, before: str = "", after: str = "") -> None:
        key = f"{wanted.person} {wanted.role} {wanted.unit}"
        self.difference.tell(kind, about(self.rows[wanted.person]), key, before, after)

    def _words(self, role: Role, title: str, unit: UUID) -> str:
        """»Medarbejder i Hjemmeplejen, sygeplejerske«."""
        name = self.unit_names.get(unit) or self.now.units[unit].name
        return f"{role.label} i {name}{', ' if title else ''}{title}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return dates.da_date(value) if isinstance(value, date) else value or "ingen"
