"""The nearest leader."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, Q

from roles.enums import LEADING_ROLES, OWNER_ROLES, PersonKind, Role
from roles.models import Absence, Appointment, Unit, User


@dataclass(frozen=True)
class NearestLeader:
    """The answer and why. `person` is None when the line holds nobody; `holder` is whom a deputy acts for."""

    person: User | None
    unit: Unit | None
    reason: str
    holder: User | None = None
    absent: tuple[User, ...] = ()  # nearer leaders who are away without a deputy

    @property
    def leaders(self) -> dict[int, User]:
        """Everyone whom the asker may mean by "my leader", by key."""
        return {person.pk: person for person in (self.person, self.holder, *self.absent) if person}

    @property
    def is_deputy(self) -> bool:
        return self.holder is not None and self.holder != self.person


def nearest_leader(person: User | None, unit: Unit | None = None, *, skip: Collection[int] = ()) -> NearestLeader:
    """Who answers nearest for what this person does today (P-71).

    The leader of the person's unit, unless that is the person herself or the place is empty: then the unit above, and
    so on. Whoever is away is replaced by her deputy. A councillor's is the mayor, the mayor's and the municipal
    director's each other, an external partner's the contract owner; when none of those can answer, the unit's line
    does. Without a person (a guest) the unit decides.
    `skip` are people who must not be the answer (a report about the leader): their deputies are passed over too.
    """
    passed_over = {*skip, *({person.pk} if person else ())}
    unit = unit or (primary_unit(person) if person else None)
    line = _line(person, unit)
    away = absences_of(line)
    absent: list[User] = []
    for place in line:
        if place.person_id in passed_over:
            continue
        if found := _answer(place, passed_over, away, person):
            return replace(found, absent=tuple(absent))
        absent.append(place.person)
    if unit is None:
        return NearestLeader(
            None,
            None,
            "Vi kan ikke se, hvilken enhed det hører til. GDPR-enheden finder lederen.",
            absent=tuple(absent),
        )
    return NearestLeader(
        None,
        unit,
        f"Vi kan ikke finde en leder for {unit}. GDPR-enheden får besked og finder lederen.",
        absent=tuple(absent),
    )


def _line(person: User | None, unit: Unit | None) -> list[Appointment]:
    """Those who may answer, nearest first: whoever the person has instead of the line, then those who lead the unit and
    the units above it. One query."""
    role, units = _instead_of_the_line(person) if person else (None, None)
    line = unit.line if unit else []
    wanted = Q(role__in=LEADING_ROLES, unit__in=line)
    if role:
        wanted |= Q(role=role) if units is None else Q(role=role, unit__in=units)
    asked = Appointment.objects.in_force().filter(wanted).select_related("person", "unit", "deputy").order_by("pk")
    places = list(asked)
    first = [place for place in places if place.role == role and (units is None or place.unit_id in units)]
    leading = [place for place in places if place.role in LEADING_ROLES and place.unit_id in line]
    leading.sort(key=lambda place: (line.index(place.unit_id), LEADING_ROLES.index(Role(place.role)), place.pk))
    return [*(first[:1] if units is None else first), *leading]


def primary_unit(person: User) -> Unit | None:
    """The unit of the person's primary appointment, else of the first one that puts her anywhere."""
    own = [office for office in person.offices if not office.as_deputy]
    return next((office.unit for office in sorted(own, key=lambda office: office.role in OWNER_ROLES)), None)


def _instead_of_the_line(person: User) -> tuple[Role | None, set[int] | None]:
    """A role, and the units it must be held in; units None: the first who holds it anywhere."""
    held = {office.role for office in person.offices if not office.as_deputy}
    if Role.MAYOR in held:
        return Role.DIRECTOR, None
    if Role.DIRECTOR in held or person.kind == PersonKind.COUNCILLOR or held == {Role.COUNCILLOR}:
        return Role.MAYOR, None
    if person.kind == PersonKind.EXTERNAL:
        return Role.CONTRACT_OWNER, {office.unit.pk for office in person.offices if not office.as_deputy}
    return None, None


def absences_of(places: Iterable[Appointment]) -> dict[int, Absence]:
    """Today's absences of the holders of the places, and of their standing deputies, by person. One query."""
    people = {pk for place in places for pk in (place.person_id, place.deputy_id) if pk}
    deputy_is_away = Exists(Absence.objects.on().filter(person=OuterRef("deputy")))
    absences = Absence.objects.on().filter(person__in=people).annotate(deputy_is_away=deputy_is_away)
    return {absence.person_id: absence for absence in absences.select_related("deputy")}


def deputy_today(place: Appointment, away: dict[int, Absence]) -> User | None:
    """Who acts for the absent holder, when that one is here: the deputy named for the absence, else the standing one of
    the place."""
    absence = away[place.person_id]
    deputy: User | None
    if absence.deputy:
        deputy, is_away = absence.deputy, absence.deputy_is_away  # type: ignore[attr-defined]
        return deputy if deputy.is_active and not is_away else None
    deputy = place.deputy
    return deputy if deputy and deputy.is_active and deputy.pk not in away else None


def _answer(
    place: Appointment, passed_over: set[int], away: dict[int, Absence], asker: User | None
) -> NearestLeader | None:
    """Whoever fills the place today, or None."""
    title = place.get_role_display().lower()
    subject = f"{'Din' if asker else 'Enhedens'} nærmeste leder"
    if place.person_id not in away:
        return NearestLeader(
            place.person,
            place.unit,
            f"{subject} er {place.person}, fordi {place.person} er {title} for {place.unit}.",
            place.person,
        )
    deputy = deputy_today(place, away)
    if deputy and deputy.pk not in passed_over:
        why = f"fordi {place.person} ({title} for {place.unit}) er væk, og {deputy} er stedfortræder."
        if asker is None or asker.kind == PersonKind.EXTERNAL:  # who is at work is nobody's business outside
            why = f"der er stedfortræder i {place.unit}."
        return NearestLeader(deputy, place.unit, f"{subject} er {deputy}, {why}", place.person)
    return None
