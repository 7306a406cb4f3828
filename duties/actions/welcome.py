"""A new holder of a role gets a first duty: read what the role asks of her."""

from datetime import timedelta

from duties.actions.making import create_duty
from duties.models import Duty
from glostrup_isms.kit.dates import add_working_days
from roles.enums import PUBLIC_ROLES
from roles.models import Appointment, today

NEW_FOR = timedelta(days=30)  # also found after downtime, and when the organisation system has made the appointment
WORKING_DAYS = 10
WELCOME = "welcome:"


def welcome(place: Appointment) -> Duty:
    """The first duty of the holder; the one made before is answered unchanged."""
    return create_duty(
        f"Ny rolle: {place.get_role_display()} i {place.unit}. Se, hvad du har ansvaret for"[:200],
        due_on=add_working_days(place.from_on, WORKING_DAYS),
        dedup_key=f"{WELCOME}{place.pk}",
        holder=place.person,
        concerns=place,
        url=f"/organisation/roller/{place.held_role.slug}/",
    )


def welcome_new_holders() -> int:
    """Look for holders who have not been welcomed; how many were. Runs any number of times."""
    known = Duty.objects.filter(dedup_key__startswith=WELCOME).values_list("object_id", flat=True)
    welcomed = {int(pk) for pk in known}
    new = Appointment.objects.in_force().filter(role__in=PUBLIC_ROLES, from_on__gt=today() - NEW_FOR)
    places = [place for place in new.select_related("person", "unit") if place.pk not in welcomed]
    for place in places:
        welcome(place)
    return len(places)
