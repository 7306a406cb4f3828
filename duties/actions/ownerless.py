"""Nothing is left without an owner: what is, becomes a duty of the level above (P-60, P-62).

Three kinds: a place that somebody held and nobody holds now, things of a person who has left, and a deputy who has
left. Found by looking at the rows, so it may run any number of times and after any downtime; a duty whose cause is gone
is finished.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from duties.actions.making import create_duty, finish_duties
from duties.models import Duty
from glostrup_isms.kit.dates import add_working_days
from roles import holdings
from roles.enums import PUBLIC_ROLES, Role
from roles.models import Appointment, Unit, User, today

WORKING_DAYS = 5  # to find somebody
EMPTY_PLACE, LEFT_BEHIND, DEPUTY_GONE = "empty-place:", "left-behind:", "deputy-gone:"


def find_ownerless() -> int:
    """Make a duty for each thing without an owner, and finish those that have got one; how many stand now."""
    wanted = _empty_places() | _left_behind() | _deputies_gone()
    ours = Q(pk__in=[])
    for prefix in (EMPTY_PLACE, LEFT_BEHIND, DEPUTY_GONE):
        ours |= Q(dedup_key__startswith=prefix)
    standing = Duty.objects.open().filter(ours)
    for key in set(standing.values_list("dedup_key", flat=True)) - set(wanted):
        finish_duties(key, by=None)
    known = set(Duty.objects.filter(dedup_key__in=wanted).values_list("dedup_key", flat=True))
    for key, gap in wanted.items():
        if key not in known:
            _hand_up(key, gap)
    return len(wanted)


@dataclass(frozen=True)
class Gap:
    """What is missing an owner, and who finds one: a person, a role everywhere, or the level above the unit."""

    title: str
    url: str
    concerns: Appointment | User
    unit: Unit
    left_to: Role | None = None
    holder: User | None = None


def _empty_places() -> dict[str, Gap]:
    """Roles in open units that somebody held, and nobody holds or is about to hold."""
    later = Appointment.objects.filter(
        role=OuterRef("role"), unit=OuterRef("unit"), person__is_active=True, from_on__gt=today()
    )
    now = Appointment.objects.in_force().filter(role=OuterRef("role"), unit=OuterRef("unit"))
    gone = Appointment.objects.filter(~Exists(now), ~Exists(later), role__in=PUBLIC_ROLES, unit__in=Unit.objects.open())
    last: dict[tuple[str, int], Appointment] = {}
    for place in gone.filter(from_on__lte=today()).select_related("unit", "person").order_by("from_on", "pk"):
        last[place.role, place.unit_id] = place
    return {
        f"{EMPTY_PLACE}{place.pk}": Gap(
            f"Find en ny: {place.get_role_display()} i {place.unit}",
            f"{place.unit.get_absolute_url()}udpeg/?rolle={place.held_role.slug}",
            place,
            place.unit,
        )
        for place in last.values()
    }


def _left_behind() -> dict[str, Gap]:
    """People who have left and still answer for something, kind by kind."""
    left = {one: set(one.owners_who_left()) for one in holdings.all_holdings()}
    people = User.objects.filter(is_active=False).in_bulk({pk for some in left.values() for pk in some})
    places = (
        Appointment.objects.filter(person__in=people).select_related("unit").order_by("is_primary", "from_on", "pk")
    )
    units = {place.person_id: place.unit for place in places}  # the primary one, or the last
    return {
        f"{LEFT_BEHIND}{pk}:{one.key}": Gap(
            f"Fordel {one.noun[1]}, som {people[pk]} havde ansvaret for",
            f"{people[pk].get_absolute_url()}overdrag/",
            people[pk],
            units[pk],
            one.left_to,
        )
        for one, some in left.items()
        for pk in some
        if pk in people and pk in units
    }


def _deputies_gone() -> dict[str, Gap]:
    """Holders whose standing deputy has left: each chooses another."""
    places = Appointment.objects.in_force().filter(deputy__is_active=False).select_related("person", "deputy", "unit")
    return {
        f"{DEPUTY_GONE}{place.pk}:{place.deputy_id}": Gap(
            f"Din stedfortræder {place.deputy} er stoppet. Vælg en ny",
            place.get_absolute_url(),
            place,
            place.unit,
            holder=place.person,
        )
        for place in places
    }


def _hand_up(key: str, gap: Gap) -> None:
    """To the person or role named, else to whoever leads the unit or the nearest one above; else to the GDPR unit."""
    role, unit = (gap.left_to, None) if gap.left_to or gap.holder else _level_above(gap.unit)
    create_duty(
        gap.title[:200],
        due_on=add_working_days(today(), WORKING_DAYS),
        dedup_key=key,
        holder=gap.holder,
        role=role,
        unit=unit,
        concerns=gap.concerns,
        url=gap.url,
    )


def _level_above(unit: Unit) -> tuple[Role, Unit | None]:
    line = unit.line
    leading = Appointment.objects.in_force().leading().filter(unit__in=line).select_related("unit")
    places = sorted(leading, key=lambda place: (line.index(place.unit_id), place.pk))
    return (places[0].held_role, places[0].unit) if places else (Role.GDPR_UNIT, None)
