"""Handing over what somebody answers for, in one confirmed step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from glostrup_isms.kit import audit, dates, outbox
from roles import holdings, notifications
from roles.actions.appointments import begin, check_source, hold
from roles.enums import EMPLOYMENTS
from roles.holdings import Holding
from roles.models import Appointment, User, today
from roles.permissions import HAND_OVER, why_not_appoint
from roles.signals import appointed, leaving, organisation_changed


@dataclass(frozen=True)
class Thing:
    """One thing that a person answers for, as the page offers it. `why_not`: why it cannot be moved by the one who
    asks."""

    key: str
    label: str
    row: Any
    holding: Holding | None  # None: an appointment
    url: str = ""
    why_not: str = ""


def may_hand_over(by: User, person: User) -> bool:
    """The person herself, whoever leads one of her units or one above, and the GDPR unit."""
    return by.pk == person.pk or by.has_perm(HAND_OVER, person)


def things_of(person: User, by: User) -> list[tuple[str, str, list[Thing]]]:
    """Everything the person answers for: (heading, sentence, things), kind by kind, empty kinds left out."""
    groups = [("Roller", "Den nye holder får de rettigheder, der følger med.", _places(person, by))]
    for one in holdings.all_holdings():
        needs_other = one.follows_office and by.pk == person.pk
        why_not = "Følger med rollen: gives videre af lederen over dig eller GDPR-enheden." if needs_other else ""
        rows = one.visible(one.rows(person), by)
        things = [Thing(f"{one.key}:{row.pk}", one.label(row), row, one, one.url(row), why_not) for row in rows]
        groups.append((one.noun[1].capitalize(), one.why, things))
    return [group for group in groups if group[2]]


def _places(person: User, by: User) -> list[Thing]:
    places = person.appointments.exclude(role__in=EMPLOYMENTS).select_related("unit", "person")
    running = [place for place in places if place.to_on is None or place.to_on >= today()]
    return [
        Thing(
            f"rolle:{place.pk}:{place.to_on or ''}",  # one whose end has been set meanwhile is another choice
            _told(place, place.to_on, "til og med"),
            place,
            None,
            place.unit.get_absolute_url(),
            _why_not_place(place, by),
        )
        for place in running
    ]


def _told(place: Appointment, day: date | None, preposition: str) -> str:
    """ "Leder, Hjemmeplejen Nord, til og med 30. juni 2027"."""
    days = f", {preposition} {dates.da_date(day)}" if day else ""
    return f"{place.get_role_display()}, {place.unit}{days}"


def _why_not_place(place: Appointment, by: User) -> str:
    if place.person_id == by.pk:
        return (
            "Din efterfølger udpeges af en anden. Sig nedenfor, hvornår du stopper, så bliver det til en opgave for "
            "den, der udpeger."
        )
    return why_not_appoint(by, None, place.held_role, place.unit) or ""


@transaction.atomic
def hand_over(person: User, to: User, things: Sequence[Thing], *, by: User, last_day: date) -> list[str]:
    """Give the things to `to`, all or nothing; answers one line for each kind: "3 opgaver". What somebody else has
    taken meanwhile is left alone."""
    if not may_hand_over(by, person):
        raise PermissionDenied("Du kan kun give dine egne opgaver videre, eller dem fra de enheder, du leder.")
    if to.pk == person.pk:
        raise ValidationError({"person_search": f"{person} har det allerede. Vælg en anden."})
    if not to.is_active:
        raise ValidationError({"person_search": f"{to} er ikke længere i kommunen. Vælg en anden."})
    refused = [thing for thing in things if thing.why_not]
    if refused:
        raise PermissionDenied(refused[0].why_not)
    lines = []
    for one in reversed(list(holdings.all_holdings())):  # the upper apps' rows are locked before the lower ones'
        rows = [thing.row for thing in things if thing.holding is one]
        if rows and (moved := one.move(rows, person, to, by)):
            lines.append(f"{moved} {one.noun[0] if moved == 1 else one.noun[1]}")
    places = [_move_place(thing.row, to, by, last_day) for thing in things if thing.holding is None]
    lines += [_told(place, place.from_on if place.from_on > today() else None, "fra") for place in places]
    if not lines:
        return lines
    organisation_changed.send(User)
    for place in places:
        notifications.appointed(place)
        notifications.warn_of_wide_right(place, by)
        appointed.send(Appointment, appointment=place, by=by)
    notifications.handed_over(to, lines)
    outbox.nudge()
    audit.record("person.hand_over", by=by, obj=person, to=str(to), what=lines)
    return lines


def _move_place(place: Appointment, to: User, by: User, last_day: date) -> Appointment:
    """End the one appointment and begin the other the day after; at once when its holder has left already. One that
    ends by itself ends no later for it, and its successor has it from then on without end."""
    place = hold(place, place.version)
    check_source(place)
    if sentence := why_not_appoint(by, to, place.held_role, place.unit):
        raise PermissionDenied(sentence)
    last_day = last_day if place.person.is_active else today() - timedelta(days=1)
    last_day = min(last_day, place.to_on) if place.to_on else last_day
    begins = max(last_day + timedelta(days=1), place.from_on)
    ends = place.to_on if place.to_on and place.to_on >= begins else None
    place._history_user = by  # type: ignore[attr-defined]
    if place.from_on <= last_day:
        place.to_on = last_day
        place.save()
    else:  # it had not begun, or began today and its holder is gone
        place.delete()
    new = Appointment(person=to, role=place.role, unit=place.unit, from_on=begins, to_on=ends)  # chooses her own deputy
    begin(new, by=by)
    return new


@transaction.atomic
def say_leaving(person: User, *, last_day: date) -> list[Appointment]:
    """The person says herself when she stops: each of her roles that would go on becomes somebody's duty to fill."""
    places = [
        place
        for place in person.appointments.exclude(role__in=EMPLOYMENTS).select_related("unit", "person")
        if place.to_on is None or place.to_on > last_day
    ]
    for place in places:
        leaving.send(Appointment, appointment=place, last_day=last_day, by=person)
    if places:
        roles = [str(place) for place in places]
        audit.record("person.leaving", by=person, obj=person, last_day=last_day.isoformat(), roles=roles)
    return places
