"""What a group gives: its members hold a role in a unit, once somebody here has said so.

The appointments made here carry `Source.SCIM`; those written by hand or brought by the sync are never touched. When a
member leaves, her right ends with this very request: the appointment's last day becomes yesterday, as a day counts to
its end. One that began today is moved to yesterday whole, so that what concerns it does not point at nothing; when it
really began and ended stands in its history and in the audit trail. What the calendar brings (an appointment by hand
that ends or begins, a unit that closes or opens) is seen to by a job (`settle_all`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from glostrup_isms.kit import audit, outbox
from roles import notifications
from roles.enums import EMPLOYMENTS, LEADING_ROLES, Role, Source
from roles.models import Absence, Appointment, ScimGroup, Unit, UnitGrant, User, today
from roles.permissions import acted_for_by, why_not_appoint
from roles.signals import appointed, organisation_changed

Place = tuple[str, int]  # role, key of the unit


@dataclass
class Settled:
    """Whose appointments began and ended, by name; for the audit trail."""

    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def settle(places: Iterable[Place | None], *, by: User | None) -> Settled:
    """Let the appointments follow the groups in each of these places. Called after the change, in its transaction.

    The same number of queries whatever the number of members; but whoever newly gets a role that answers for something
    also gets what `appointed` and the warnings of wide rights bring. Units are locked, as by whoever appoints by hand.
    """
    settled = Settled()
    wanted = {place for place in places if place}
    units = Unit.objects.select_for_update(of=("self",), no_key=True).filter(pk__in={key for _, key in wanted})
    by_key = {unit.pk: unit for unit in units.order_by("pk")}
    for role, key in sorted(wanted):
        _settle_one(Role(role), by_key[key], settled, by)
    if settled.began or settled.ended:
        organisation_changed.send(Appointment)
    return settled


def settle_all() -> None:
    """Let what the mapped groups give follow the calendar. One transaction for each place; no trace when all is as it
    should be."""
    for role, key in sorted(set(ScimGroup.objects.filter(unit__isnull=False).values_list("role", "unit_id"))):
        with transaction.atomic():
            settled = settle([(role, key)], by=None)
            if settled.began or settled.ended:
                unit = Unit.objects.get(pk=key)
                audit.record("scim.group_settle", obj=unit, role=Role(role).label, **vars(settled))


def _settle_one(role: Role, unit: Unit, settled: Settled, by: User | None) -> None:
    members = ScimGroup.members.through.objects.filter(scimgroup__role=role, scimgroup__unit=unit)
    by_mapper = Absence.objects.filter(
        person=OuterRef("user"), deputy=OuterRef("scimgroup__mapped_by"), to_on__gte=today()
    )
    members = members.exclude(user=F("scimgroup__mapped_by")).exclude(Exists(by_mapper))  # nobody appoints herself
    entitled = set(members.values_list("user_id", flat=True))
    if not unit.is_open:
        entitled = set()
    places = Appointment.objects.filter(Q(to_on=None) | Q(to_on__gte=today()), role=role, unit=unit)
    held: set[int] = set()
    until: dict[int, date] = {}  # the day before an appointment of her own begins: two open ones cannot be
    over = []
    for place in places.select_related("person").order_by("-from_on"):
        if place.source == Source.SCIM and place.person_id not in entitled:
            over.append(place)
        elif place.from_on <= today():
            held.add(place.person_id)
        else:
            until[place.person_id] = place.from_on - timedelta(days=1)
    _end(over, settled, by)
    new = [
        Appointment(person=person, role=role, unit=unit, to_on=until.get(person.pk), source=Source.SCIM)
        for person in User.objects.active().filter(pk__in=entitled - held).order_by("pk")
    ]
    _begin(new, settled, by)


def _begin(places: list[Appointment], settled: Settled, by: User | None) -> None:
    if not places:
        return
    places = bulk_create_with_history(_signed(places, by), Appointment)
    if places[0].role not in EMPLOYMENTS:  # everybody is employed: no news to anybody
        notifications.appointed_all(places)
        for place in places:
            notifications.warn_of_wide_right(place, by)
            appointed.send(Appointment, appointment=place, by=by)
        outbox.nudge()
    settled.began += [str(place.person) for place in places]


def _end(places: list[Appointment], settled: Settled, by: User | None) -> None:
    if not places:
        return
    for grant in UnitGrant.objects.filter(appointment__in=places):
        grant._history_user = by
        grant.delete()
    yesterday = today() - timedelta(days=1)
    for place in places:
        place.from_on, place.to_on = min(place.from_on, yesterday), yesterday
    bulk_update_with_history(_signed(places, by), Appointment, ["from_on", "to_on"])
    settled.ended += [str(place.person) for place in places]


def _signed(places: list[Appointment], by: User | None) -> list[Appointment]:
    for place in places:
        place._history_user = by  # type: ignore[attr-defined]
    return places


# ── By the administrator ─────────────────────────────────────────────────────────────────────────
def why_not_map(group: ScimGroup, role: Role, unit: Unit, by: User) -> str | None:
    """Why `by` cannot let the group give this role in this unit, as a Danish sentence; None when she can."""
    if role in LEADING_ROLES:
        return "En gruppe kan ikke gøre nogen til leder. En enhed har én leder, som I udpeger på enhedens side."
    if not unit.is_open:
        return f"{unit} er nedlagt. Vælg en anden enhed."
    if group.members.filter(pk=by.pk).exists():
        return "Du er selv med i gruppen, og du kan ikke give dig selv en rolle. Bed en anden administrator om det."
    if absent := group.members.filter(acted_for_by(by)).first():
        return (
            f"{absent} er med i gruppen, og du er stedfortræder for {absent}, så du ville selv få rollen. Bed en anden "
            "administrator om det."
        )
    return why_not_appoint(by, None, role, unit)


class Changed(ValidationError):
    """The group is not as the page showed it."""


@transaction.atomic
def map_group(group: ScimGroup, role: Role, unit: Unit, *, by: User, seen: str = "") -> Settled:
    """The group's members hold the role in the unit, from today and as long as they are members. `seen` is the group's
    `version` when `by` looked at it: nobody gives a role to people she has not seen."""
    group = ScimGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
    if seen and seen != group.version:
        raise Changed("Gruppen er ændret, siden du åbnede siden. Se medlemmerne igennem, og gem igen.")
    if sentence := why_not_map(group, role, unit, by):
        raise ValidationError(sentence)
    return _say(group, role, unit, by, "scim.group_map")


@transaction.atomic
def unmap_group(group: ScimGroup, *, by: User) -> Settled:
    """The group gives nothing: what it gave ends at once."""
    group = ScimGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
    if not ScimGroup.objects.visible_to(by).filter(pk=group.pk).exists():
        raise PermissionDenied("Kun den, der må udpege i hele kommunen, bestemmer, hvad en gruppe giver.")
    return _say(group, "", None, by, "scim.group_unmap")


def _say(group: ScimGroup, role: Role | str, unit: Unit | None, by: User, action: str) -> Settled:
    before = place_of(group)
    group.role, group.unit, group.mapped_by = role, unit, by if unit else None
    group._history_user = by  # type: ignore[attr-defined]
    group.save()
    settled = settle((before, place_of(group)), by=by)
    audit.record(action, by=by, obj=group, role=str(role), unit=str(unit or ""), **vars(settled))
    return settled


def place_of(group: ScimGroup) -> Place | None:
    """Which role and unit the group gives, or None."""
    return (group.role, group.unit_id) if group.unit_id else None


audit.describe(
    {
        "scim.group_map": "{actor} lod gruppen {object} give en rolle i {unit}",
        "scim.group_unmap": "{actor} lod gruppen {object} give ingenting",
        "scim.group_settle": "{actor} lod rollen {role} i {object} følge grupperne",
    }
)
