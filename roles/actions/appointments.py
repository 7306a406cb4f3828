"""Appointing people, ending appointments, and people who leave or come back."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from glostrup_isms.kit import audit, dates, outbox
from roles import notifications
from roles.actions.grants import revoke_for
from roles.enums import LEADING_ROLES, OWNER_ROLES, PersonKind, Role, Source
from roles.models import Appointment, Unit, User, today
from roles.permissions import why_not_appoint, why_not_employ
from roles.signals import appointed, organisation_changed

EARLIEST = date(1990, 1, 1)
CHANGED = "Udpegningen er ændret, siden du åbnede siden. Se den igennem, og prøv igen."
FROM_GROUP = (
    "Rollen kommer fra en gruppe i kommunens log ind-system og ville komme igen. Tag personen ud af gruppen der, eller "
    "få administratoren til at lade gruppen give ingenting."
)
BACKDATED = timedelta(days=31)
OUTSIDE = (PersonKind.EXTERNAL, PersonKind.SYSTEM)
LATEST_AHEAD = timedelta(days=365 * 20)


@transaction.atomic
def appoint(
    person: User, role: Role, unit: Unit, *, by: User, from_on: date, to_on: date | None = None, title: str = ""
) -> Appointment:
    """The person holds the role in the unit from a day, to a day if one is given (both included)."""
    # Held, because two at once would not see each other's.
    unit = Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
    if sentence := why_not_appoint(by, person, role, unit):
        raise PermissionDenied(sentence)
    place = Appointment(person=person, role=role, unit=unit, from_on=from_on, to_on=to_on, title=title)
    is_fresh = from_on >= today() - BACKDATED  # nobody draws a person's reports to her unit by an old date
    has_primary = person.appointments.exclude(to_on__lt=today()).filter(is_primary=True).exists()
    place.is_primary = is_fresh and role not in OWNER_ROLES and not has_primary
    begin(place, by=by)
    notifications.appointed(place)
    notifications.warn_of_wide_right(place, by)
    appointed.send(Appointment, appointment=place, by=by)
    outbox.nudge()
    audit.record(
        "appointment.create", by=by, obj=place, role=role, unit=unit.name, from_on=from_on.isoformat(),
        to_on=to_on.isoformat() if to_on else None,
    )  # fmt: skip
    return place


def begin(place: Appointment, *, by: User) -> None:
    """Save a new appointment that can be, else raise ValidationError. The caller holds the unit. A closed account leads
    nothing: what it still holds of a leading place ends the day before."""
    check_place(place)
    sentence = why_not_employ(by, place.person, place.held_role, place.unit)
    if sentence and place.role not in OWNER_ROLES:
        raise ValidationError({"person": sentence})
    from_outside = place.person.absences.filter(to_on__gte=today(), deputy__kind__in=OUTSIDE)
    if notifications.is_wide(place) and from_outside.exists():
        raise ValidationError({"person": f"{place.person} har en stedfortræder udefra. Det fravær skal slettes først."})
    standing = _overlapping(place).filter(role__in=LEADING_ROLES, person__is_active=False).exclude(to_on__lt=today())
    for old in standing:
        old._history_user = by  # type: ignore[attr-defined]
        if place.from_on <= old.from_on <= today():
            first = dates.da_date(old.from_on + timedelta(days=1))
            raise ValidationError(
                {"from_on": f"{old.person} begyndte der {dates.da_date(old.from_on)}. Vælg {first} eller senere."}
            )
        if old.from_on < place.from_on:
            old.to_on = place.from_on - timedelta(days=1)
            old.save()
        else:
            old.delete()
    place._history_user = by  # type: ignore[attr-defined]
    place.save()


def check_source(place: Appointment) -> None:
    """Raise ValidationError for what a group gives: it would come back within minutes."""
    if place.source == Source.SCIM:
        raise ValidationError({"to_on": FROM_GROUP})


def check_place(place: Appointment) -> None:
    """Raise ValidationError, by field and in Danish, for an appointment that cannot be."""
    if not place.person.is_active:
        raise ValidationError({"person": f"{place.person} er ikke længere i kommunen."})
    if not place.unit.is_open:
        raise ValidationError({"unit": f"{place.unit} er nedlagt."})
    check_days(place.from_on, place.to_on)
    others = _overlapping(place)
    if other := others.filter(person=place.person).first():
        raise ValidationError({"role": f"{place.person} har allerede rollen der {period(other)}."})
    leaders = others.filter(person__is_active=True) if place.role in LEADING_ROLES else others.none()
    if other := leaders.select_related("person").first():
        raise ValidationError(
            {"role": f"{place.unit} har allerede en {Role(place.role).label.lower()} {period(other)}: {other.person}. "
                     "Lad den udpegning slutte først."}
        )  # fmt: skip


def _overlapping(place: Appointment) -> QuerySet[Appointment]:
    """Other appointments to the same place that share a day with it."""
    clash = Q(to_on=None) | Q(to_on__gte=place.from_on)
    if place.to_on:
        clash &= Q(from_on__lte=place.to_on)
    return Appointment.objects.filter(clash, role=place.role, unit=place.unit).exclude(pk=place.pk)


def check_days(from_on: date, to_on: date | None) -> None:
    """Days that an appointment can have."""
    if not EARLIEST <= from_on <= today() + LATEST_AHEAD:
        raise ValidationError({"from_on": "Den første dag ligger for langt væk. Se efter, om året er rigtigt."})
    if to_on and to_on < from_on:
        raise ValidationError({"to_on": "Den sidste dag ligger før den første."})
    if to_on and to_on > today() + LATEST_AHEAD:
        raise ValidationError({"to_on": "Den sidste dag ligger for langt væk. Se efter, om året er rigtigt."})


def period(place: Appointment) -> str:
    """ "fra 1. maj 2026 til 3. juni 2027"."""
    end = f" til {dates.da_date(place.to_on)}" if place.to_on else ""
    return f"fra {dates.da_date(place.from_on)}{end}"


class Changed(ValidationError):
    """What the page showed is not so any more."""


def hold(place: Appointment, seen: str = "") -> Appointment:
    """The row, fresh and locked with its unit. `seen` is its `version` when the user looked at it: what somebody else
    has changed meanwhile is not written over (G23)."""
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=place.unit_id)
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("person", "unit", "deputy")
    fresh = rows.filter(pk=place.pk).first()
    if fresh is None or (seen and fresh.version != seen):
        raise Changed(CHANGED)
    return fresh


@transaction.atomic
def end_appointment(place: Appointment, *, by: User, on: date, seen: str = "") -> Appointment:
    """The appointment's last day is `on`, also when it was another. Grants that flow from it end when it does."""
    place = _to_end(place, by, seen)
    if on < place.from_on:
        begins = f"Udpegningen {'begyndte' if place.is_in_force else 'begynder'} {dates.da_date(place.from_on)}."
        raise ValidationError({"to_on": f"{begins} Vælg en dag fra da af, eller stop den nu."})
    is_longer = place.to_on is not None and on > place.to_on
    place.to_on = on
    if is_longer:
        check_place(place)
    check_days(place.from_on, on)
    place._history_user = by  # type: ignore[attr-defined]
    place.save()
    if not place.is_in_force:
        revoke_for(place, by=by)
    if is_longer:
        notifications.warn_of_wide_right(place, by)
        outbox.nudge()
    organisation_changed.send(Appointment)
    audit.record("appointment.end", by=by, obj=place, to_on=on.isoformat())
    return place


@transaction.atomic
def stop_appointment(place: Appointment, *, by: User, seen: str = "") -> None:
    """The person has the role no longer, from this request on. A day counts to its end, so the last one becomes
    yesterday; one that begins today or later never was. What really was stands in history and in the audit trail."""
    place = _to_end(place, by, seen)
    key = place.pk
    place._history_user = by  # type: ignore[attr-defined]
    revoke_for(place, by=by)
    if place.from_on >= today():
        place.delete()
    else:
        place.to_on = today() - timedelta(days=1)
        place.save()
    organisation_changed.send(Appointment)
    place.pk = key
    audit.record("appointment.stop", by=by, obj=place)


def _to_end(place: Appointment, by: User, seen: str) -> Appointment:
    place = hold(place, seen)
    if sentence := why_not_appoint(by, place.person, place.held_role, place.unit):
        raise PermissionDenied(sentence)
    check_source(place)
    if place.to_on and place.to_on < today():
        raise ValidationError({"to_on": f"Udpegningen sluttede {dates.da_date(place.to_on)}."})
    return place


@transaction.atomic
def deactivate(person: User, *, by: User | None, reason: str = "") -> User:
    """The person has left: no sign-in, no rights, no mail from this moment. What she answered for is found by the sweep
    and becomes a duty of the level above; nothing of hers is deleted."""
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if by is not None and by.pk == person.pk:
        raise PermissionDenied("Du kan ikke lukke din egen konto.")
    if not person.is_active:
        return person
    person.is_active, person.closed_at = False, timezone.now()
    person._history_user = by  # type: ignore[attr-defined]
    person._change_reason = reason[:100]  # type: ignore[attr-defined]
    person.save()
    organisation_changed.send(User)
    audit.record("person.deactivate", by=by, obj=person, reason=reason)
    return person


@transaction.atomic
def reactivate(person: User, *, by: User | None, reason: str = "") -> User:
    """The person is back: appointments that still run give their rights again."""
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if person.is_active:
        return person
    person.is_active = True
    person._history_user = by  # type: ignore[attr-defined]
    person._change_reason = reason[:100]  # type: ignore[attr-defined]
    person.save()
    for place in person.appointments.in_force().select_related("person", "unit"):
        notifications.warn_of_wide_right(place, by)
    outbox.nudge()
    organisation_changed.send(User)
    audit.record("person.reactivate", by=by, obj=person, reason=reason)
    return person
