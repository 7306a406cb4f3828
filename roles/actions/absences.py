"""Absences, and who acts meanwhile."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from glostrup_isms.kit import audit, outbox
from roles import notifications
from roles.actions.appointments import OUTSIDE, hold
from roles.models import Absence, Appointment, User, today
from roles.permissions import why_not_appoint

LONGEST = timedelta(days=366)


def check_deputy(person: User, deputy: User | None) -> None:
    """Raise ValidationError for one who cannot stand in."""
    if deputy and deputy.pk == person.pk:
        raise ValidationError({"deputy": f"{deputy} kan ikke være stedfortræder for sig selv. Vælg en anden."})
    if deputy and not deputy.is_active:
        raise ValidationError({"deputy": f"{deputy} er ikke længere i kommunen. Vælg en anden."})


def check_wide(places: list[Appointment], deputy: User | None) -> None:
    """Raise ValidationError for a deputy from outside where every case is seen."""
    if places and deputy and deputy.kind in OUTSIDE:
        raise ValidationError({"deputy": "Den, der kan se alle sager, kan kun have en kollega som stedfortræder."})


@transaction.atomic
def register_absence(person: User, *, from_on: date, to_on: date, by: User, deputy: User | None = None) -> Absence:
    """The person is away: reports go to `deputy` meanwhile, else to the standing deputies. Absences of one person never
    overlap, so that there is one deputy at a time."""
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)  # two at once would not see each other's
    absence = Absence(person=person, from_on=from_on, to_on=to_on, deputy=deputy)
    absence.full_clean(exclude=["person", "deputy"])
    check_deputy(person, deputy)
    if to_on - from_on > LONGEST:
        raise ValidationError({"to_on": "Et fravær kan højst vare et år."})
    places = person.appointments.exclude(to_on__lt=today()).select_related("person", "unit")
    wide = [place for place in places if notifications.is_wide(place)]
    check_wide(wide, deputy)
    clash = Absence.objects.filter(person=person, from_on__lte=to_on, to_on__gte=from_on).first()
    if clash and clash.deputy_id != absence.deputy_id:
        raise ValidationError(
            "Du har allerede meldt fravær i nogle af de dage, med en anden stedfortræder. Slet det gamle fravær først."
        )
    if clash:
        raise ValidationError("Du har allerede meldt fravær i nogle af de dage.")
    absence._history_user = by  # type: ignore[attr-defined]
    absence.save()
    if deputy:
        notifications.stands_in(absence)
        for place in wide:
            notifications.warn_of_wide_right(place, by, deputies=[deputy])
        outbox.nudge()
    details = {"from_on": from_on.isoformat(), "to_on": to_on.isoformat(), "deputy": str(deputy or "")}
    audit.record("absence.register", by=by, obj=absence, **details)
    return absence


@transaction.atomic
def cancel_absence(absence: Absence, *, by: User) -> None:
    """The person is back, or never left."""
    audit.record("absence.cancel", by=by, obj=absence)
    absence._history_user = by  # type: ignore[attr-defined]
    absence.delete()


@transaction.atomic
def set_deputy(place: Appointment, deputy: User | None, *, by: User, seen: str = "") -> Appointment:
    """Who acts for the holder whenever she is away and has named nobody else. She says so herself, or whoever may fill
    the place: who then never takes it herself, and the holder is told."""
    place = hold(place, seen)
    is_own = place.person_id == by.pk
    if not is_own and (sentence := why_not_appoint(by, place.person, place.held_role, place.unit)):
        raise PermissionDenied(sentence)
    check_deputy(place.person, deputy)
    check_wide([place] if notifications.is_wide(place) else [], deputy)
    if not is_own and deputy == by:
        raise ValidationError({"deputy": f"Du kan ikke vælge dig selv. Bed {place.person} om at gøre det."})
    if place.deputy == deputy:
        return place
    place.deputy = deputy
    place._history_user = by  # type: ignore[attr-defined]
    place.save()
    if deputy:
        notifications.is_deputy(place)
    if not is_own:
        notifications.deputy_changed(place)
    notifications.warn_of_wide_right(place, by, deputies=[deputy] if deputy else [])
    outbox.nudge()
    audit.record("appointment.deputy", by=by, obj=place, deputy=str(deputy or ""))
    return place
