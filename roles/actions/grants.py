"""Letting somebody else do a part of one's work for a time: grants that flow from an appointment and end with it."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from glostrup_isms.kit import audit, outbox
from roles import notifications
from roles.enums import Role
from roles.models import Appointment, Unit, UnitGrant, User, today
from roles.rights import Delegable, delegable_by

LONGEST = timedelta(days=366)


def grant_for(
    appointment: Appointment, *, to: User, permission: str, obj: Any, to_on: date, by: User, model: Any = UnitGrant
) -> Any:
    """A permission on one object, flowing from the appointment until a day. The same grant again takes the new day.
    `model` is the object's own kind of `DatedGrant`. Called inside the transaction of whoever has asked for the right.
    """
    app_label, codename = permission.split(".")
    what = Permission.objects.get(content_type__app_label=app_label, codename=codename)
    grant = model.objects.filter(user=to, permission=what, content_object=obj, appointment=appointment).first()
    grant = grant or model(user=to, permission=what, content_object=obj, appointment=appointment)
    grant.to_on, grant.granted_by = to_on, by
    grant._history_user = by
    grant.save()
    return grant


def revoke_for(appointment: Appointment, *, by: User | None, model: Any = UnitGrant) -> int:
    """Take away every grant that flows from the appointment; how many."""
    grants = list(model.objects.filter(appointment=appointment))
    for grant in grants:
        grant._history_user = by
        grant.delete()
    return len(grants)


def office_of(holder: User, unit: Unit, what: Delegable) -> Appointment | None:
    """The holder's own appointment that lets her hand this out in the unit. A deputy hands nothing on."""
    places = holder.appointments.in_force().select_related("unit").order_by("-unit__depth", "pk")
    return next(
        (place for place in places if unit.path.startswith(place.unit.path) and what in delegable_by(Role(place.role))),
        None,
    )


@transaction.atomic
def delegate(holder: User, *, to: User, what: Delegable, unit: Unit, to_on: date) -> UnitGrant:
    """The holder lets `to` do this in the unit, until a day."""
    place = office_of(holder, unit, what)
    if place is None:
        raise PermissionDenied("Du kan kun overlade det, du selv har ansvaret for i din egen enhed.")
    Appointment.objects.select_for_update(of=("self",)).get(pk=place.pk)
    if to.pk == holder.pk:
        raise ValidationError({"person": "Du har allerede opgaven selv. Vælg en anden."})
    if not to.is_active:
        raise ValidationError({"person": f"{to} er ikke længere i kommunen. Vælg en anden."})
    if not today() <= to_on <= today() + LONGEST:
        raise ValidationError({"to_on": "Slutdatoen skal være i dag eller senere og højst et år frem."})
    if place.to_on and to_on > place.to_on:
        raise ValidationError({"to_on": "Din egen udpegning slutter før den dag."})
    grant: UnitGrant = grant_for(place, to=to, permission=what.permission, obj=unit, to_on=to_on, by=holder)
    notifications.delegated(grant)
    outbox.nudge()
    audit.record("grant.give", by=holder, obj=grant, to=str(to), what=what.label, unit=unit.name, to_on=str(to_on))
    return grant


@transaction.atomic
def revoke(grant: UnitGrant, *, by: User) -> None:
    """The holder takes it back, or the one who has it gives it back: it ends with this request."""
    grant = UnitGrant.objects.select_for_update(of=("self",)).select_related("appointment").get(pk=grant.pk)
    if by.pk not in (grant.appointment.person_id, grant.user_id):
        raise PermissionDenied("Kun den, der har overladt opgaven, eller den, der har fået den, kan stoppe det.")
    details = {"to": str(grant.user), "what": grant.label, "unit": grant.content_object.name}
    key = grant.pk
    grant._history_user = by
    grant.delete()
    grant.pk = key
    audit.record("grant.revoke", by=by, obj=grant, **details)
