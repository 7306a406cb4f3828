"""Appointing people, ending appointments, and people who leave or come back."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from glostrup_isms.kit import audit, dates, outbox
from roles import notifications
from roles.actions.grants import revoke_for
from roles.enums import LEADING_ROLES, Role
from roles.models import Appointment, Unit, User, today
from roles.permissions import why_not_appoint
from roles.signals import appointed, organisation_changed

EARLIEST = date(1990, 1, 1)
LATEST_AHEAD = timedelta(days=365 * 20)


@transaction.atomic
def appoint(
    person: User, role: Role, unit: Unit, *, by: User, from_on: date, to_on: date | None = None, title: str = ""
) -> Appointment:
    """The person holds the role in the unit from a day, to a day if one is given (both included)."""
    unit = Unit.objects.select_for_update(of=("self",)).get(pk=unit.pk)  # two at once would not see each other's
    if sentence := why_not_appoint(by, person, role, unit):
        raise PermissionDenied(sentence)
    place = Appointment(person=person, role=role, unit=unit, from_on=from_on, to_on=to_on, title=title)
    place.is_primary = not person.appointments.in_force(from_on).filter(is_primary=True).exists()
    check_place(place)
    place._history_user = by  # type: ignore[attr-defined]
    place.save()
    notifications.appointed(place)
    notifications.warn_of_wide_right(place, by)
    appointed.send(Appointment, appointment=place, by=by)
    outbox.nudge()
    audit.record(
        "appointment.create", by=by, obj=place, role=role, unit=unit.name, from_on=from_on.isoformat(),
        to_on=to_on.isoformat() if to_on else None,
    )  # fmt: skip
    return place


def check_place(place: Appointment) -> None:
    """Raise ValidationError, by field and in Danish, for an appointment that cannot be."""
    if not place.person.is_active:
        raise ValidationError({"person": f"{place.person} er ikke længere i kommunen."})
    if not place.unit.is_open:
        raise ValidationError({"unit": f"{place.unit} er nedlagt."})
    check_days(place.from_on, place.to_on)
    clash = Q(to_on=None) | Q(to_on__gte=place.from_on)
    if place.to_on:
        clash &= Q(from_on__lte=place.to_on)
    others = Appointment.objects.filter(clash, role=place.role, unit=place.unit).exclude(pk=place.pk)
    if other := others.filter(person=place.person).first():
        raise ValidationError({"role": f"{place.person} har allerede rollen der {period(other)}."})
    leaders = others.filter(person__is_active=True) if place.role in LEADING_ROLES else others.none()
    if other := leaders.select_related("person").first():
        raise ValidationError(
            {"role": f"{place.unit} har allerede en {Role(place.role).label.lower()} {period(other)}: {other.person}. "
                     "Lad den udpegning slutte først."}
        )  # fmt: skip


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


@transaction.atomic
def end_appointment(place: Appointment, *, by: User | None, on: date, may: bool = False) -> Appointment:
    """The appointment's last day is `on`; one that would end before it began never was. `may`: the caller has asked for
    the right already. Grants that flow from it end when it does."""
    place = Appointment.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=place.pk)
    if not may and (by is None or (sentence := why_not_appoint(by, place.person, place.held_role, place.unit))):
        raise PermissionDenied(sentence if by else "")
    if on < place.from_on:
        raise ValidationError({"to_on": f"Udpegningen begynder først {dates.da_date(place.from_on)}."})
    check_days(place.from_on, on)
    place.to_on = on
    place._history_user = by  # type: ignore[attr-defined]
    place.save()
    if not place.is_in_force:
        revoke_for(place, by=by)
    organisation_changed.send(Appointment)
    audit.record("appointment.end", by=by, obj=place, to_on=on.isoformat())
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
    person.is_active = False
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
    organisation_changed.send(User)
    audit.record("person.reactivate", by=by, obj=person, reason=reason)
    return person
