"""Absences, and who acts meanwhile."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from glostrup_isms.kit import audit, outbox
from roles import notifications
from roles.models import Absence, Appointment, User


def check_deputy(person: User, deputy: User | None) -> None:
    """Raise ValidationError for one who cannot stand in."""
    if deputy and deputy.pk == person.pk:
        raise ValidationError({"deputy": f"{deputy} kan ikke være stedfortræder for sig selv. Vælg en anden."})
    if deputy and not deputy.is_active:
        raise ValidationError({"deputy": f"{deputy} er ikke længere i kommunen. Vælg en anden."})


@transaction.atomic
def register_absence(person: User, *, from_on: date, to_on: date, by: User, deputy: User | None = None) -> Absence:
    """The person is away: reports go to `deputy` meanwhile, else to the standing deputies. Absences of one person never
    overlap, so that there is one deputy at a time."""
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)  # two at once would not see each other's
    absence = Absence(person=person, from_on=from_on, to_on=to_on, deputy=deputy)
    absence.full_clean(exclude=["person", "deputy"])
    check_deputy(person, deputy)
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
def set_deputy(place: Appointment, deputy: User | None, *, by: User) -> Appointment:
    """Who acts for the holder whenever she is away and has named nobody else. She says so herself, or whoever may fill
    the place."""
    from roles.permissions import why_not_appoint

    place = Appointment.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=place.pk)
    if place.person_id != by.pk and (sentence := why_not_appoint(by, place.person, place.held_role, place.unit)):
        raise PermissionDenied(sentence)
    check_deputy(place.person, deputy)
    place.deputy = deputy
    place._history_user = by  # type: ignore[attr-defined]
    place.save()
    if deputy:
        notifications.is_deputy(place)
        outbox.nudge()
    audit.record("appointment.deputy", by=by, obj=place, deputy=str(deputy or ""))
    return place
