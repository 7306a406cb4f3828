"""Nothing is left without an owner: what is, becomes a duty of somebody who may give it one (P-60, P-62).

Five kinds: a place that somebody held and nobody holds now, one whose holder has said that she stops, things of a
person who has left, a deputy who has left, and a day of a fixed duty whose role nobody has. All but the second are
found by looking at the rows, so it may run any number of times and after any downtime; a duty whose cause is gone is
finished.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from duties.actions.making import create_duty, finish_duties
from duties.actions.welcome import WELCOME
from duties.actions.year import live_days
from duties.enums import Kind, Share, Stage
from duties.models import Duty, DutyQuerySet, DutyTemplate, State
from duties.recurrence import SHIFT
from glostrup_isms.kit.dates import add_working_days, da_date
from roles import holdings
from roles.enums import LEADING_ROLES, OWNER_ROLES, PUBLIC_ROLES, Role
from roles.models import Appointment, Unit, User, today
from roles.models.people import lately_here
from roles.permissions import LOCAL_ROLES

WORKING_DAYS = 5  # to find somebody
EMPTY_PLACE, LEFT_BEHIND, DEPUTY_GONE, LEAVING = "empty-place:", "left-behind:", "deputy-gone:", "leaving:"
NOBODY_ASKED = "nobody-asked:"


def find_ownerless() -> int:
    """Make a duty for each thing without an owner, and finish those that have got one; how many stand now."""
    _finish(_void_welcomes() | _settled_searches())  # first: an old one is nothing to be left behind
    standing = set(_standing(EMPTY_PLACE, LEFT_BEHIND, DEPUTY_GONE).values_list("dedup_key", flat=True))
    wanted = _empty_places() | _left_behind() | _deputies_gone()
    _finish(standing - wanted.keys())
    known = {duty.dedup_key: duty for duty in Duty.objects.filter(dedup_key__in=wanted)}
    for key in set(_forlorn().values_list("dedup_key", flat=True)) & wanted.keys():
        _find_another(key, wanted[key])
    for key, gap in wanted.items():
        duty = known.get(key)
        ticked_off = duty and key.startswith(LEFT_BEHIND) and duty.state == State.DONE  # that gives no owner
        if ticked_off:
            _free(key)
        if duty is None or ticked_off:
            _hand_up(key, gap)
    return len(wanted) + _ask_for_holders()


def ask_for_successor(place: Appointment, last_day: date, *, by: User) -> Duty:
    """Its holder stops on the day: whoever may fill the place looks for somebody. Another day changes the open duty."""
    title = f"Find en efterfølger: {place.get_role_display()} i {place.unit} (stopper {da_date(last_day)})"[:200]
    due_on = max(last_day, today())
    url = _page_to_hand_over(place, due_on)
    role, unit = _nearest_leader(*_fillers(place), skip=place.person_id)
    key = f"{LEAVING}{place.pk}"
    with transaction.atomic():
        _free(key)  # ticked off, and said again
        made = create_duty(
            title,
            due_on=due_on,
            dedup_key=key,
            role=role,
            unit=unit,
            concerns=place,
            url=url,
            by=by,
        )
        duty = _locked(Duty.objects.filter(pk=made.pk)).get()
        if duty.state == State.OPEN and (duty.title, duty.due_on) != (title, due_on):
            duty.title, duty.due_on, duty.url, duty._history_user = title, due_on, url, by
            _save_and_tell(duty)
    return duty


@dataclass(frozen=True)
class Gap:
    """What is missing an owner, and who finds one: the person named; else whoever leads the nearest of the units; else
    those of the role, everywhere."""

    title: str
    url: str
    concerns: Appointment | User
    units: Collection[int] = ()  # keys, nearest first
    else_role: Role = Role.GDPR_UNIT
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
            f"Find en ny: {place.get_role_display()} i {place.unit}", _page_to_fill(place), place, *_fillers(place)
        )
        for place in last.values()
    }


def _left_behind() -> dict[str, Gap]:
    """People who have left and still answer for something, kind by kind. Of whoever stood in no unit of late only the
    GDPR unit knows (`User.paths`)."""
    left = {one: set(one.owners_who_left()) for one in holdings.all_holdings()}
    people = User.objects.filter(is_active=False).in_bulk({pk for some in left.values() for pk in some})
    lately = User.objects.filter(lately_here(), pk__in=people)
    places = Appointment.objects.standing().filter(person__in=lately).select_related("unit")
    lines = {  # of the primary unit, or the last
        place.person_id: place.unit.line for place in places.order_by("is_primary", "from_on", "pk")
    }
    return {
        f"{LEFT_BEHIND}{pk}:{one.key}": Gap(
            f"Fordel {one.noun[1]}, som {people[pk]} havde ansvaret for",
            f"{people[pk].get_absolute_url()}overdrag/",
            people[pk],
            () if one.left_to else lines.get(pk, ()),
            one.left_to or Role.GDPR_UNIT,
        )
        for one, some in left.items()
        for pk in some
        if pk in people
    }


def _deputies_gone() -> dict[str, Gap]:
    """Holders whose standing deputy has left: each chooses another."""
    places = Appointment.objects.in_force().filter(deputy__is_active=False).select_related("person", "deputy", "unit")
    return {
        f"{DEPUTY_GONE}{place.pk}:{place.deputy_id}": Gap(
            f"Din stedfortræder {place.deputy} er stoppet. Vælg en ny",
            place.get_absolute_url(),
            place,
            holder=place.person,
        )
        for place in places
    }


def _standing(*prefixes: str) -> DutyQuerySet:
    ours = Q(pk__in=[])
    for prefix in prefixes:
        ours |= Q(dedup_key__startswith=prefix)
    return Duty.objects.open().filter(ours)


def _forlorn() -> DutyQuerySet:
    """Of leaders of units that nobody leads in that role any more."""
    leads = Appointment.objects.in_force().filter(role=OuterRef("holder_role"), unit=OuterRef("holder_unit"))
    return _standing(EMPTY_PLACE, LEFT_BEHIND).exclude(holder_unit=None).filter(~Exists(leads))


def _void_welcomes() -> set[str]:
    """To places that have ended or never began."""
    asked = {int(pk) for pk in _standing(WELCOME).values_list("object_id", flat=True)}
    lasting = Appointment.objects.exclude(to_on__lt=today()).filter(pk__in=asked)
    return {f"{WELCOME}{pk}" for pk in asked.difference(lasting.values_list("pk", flat=True))}


def _settled_searches() -> set[str]:
    """For successors: the place has an end by the day said, or is nobody's, or somebody comes after. Who held the role
    beside her before she said it is no successor."""
    searches = {int(duty.object_id): duty for duty in _standing(LEAVING)}
    here = Appointment.objects.exclude(to_on__lt=today()).filter(person__is_active=True)
    places = here.filter(pk__in=searches)
    others = list(here.filter(role__in=places.values("role"), unit__in=places.values("unit")))

    def is_open(place: Appointment) -> bool:
        duty = searches[place.pk]
        after = [
            other
            for other in others
            if (other.role, other.unit_id) == (place.role, place.unit_id)
            and other.person_id != place.person_id
            and other.from_on >= timezone.localdate(duty.created_at)
        ]
        return not after and (place.to_on is None or place.to_on > duty.due_on)

    unanswered = {place.pk for place in places if is_open(place)}
    return {duty.dedup_key for pk, duty in searches.items() if pk not in unanswered}


def _ask_for_holders() -> int:
    """Fixed duties whose role nobody has: the GDPR unit is asked about each of their days that has come. One stands
    until somebody has the role, also when she comes too late for that day; answers how many days."""
    there = {"unit__in": Unit.objects.open(), "unit__path__startswith": Coalesce(OuterRef("unit__path"), Value("/"))}
    held = Appointment.objects.in_force().filter(role=OuterRef("role"), **there)
    rows = DutyTemplate.objects.filter(~Exists(held), is_stopped=False).exclude(share=Share.ROLE)
    empty = {template.pk: template for template in rows.select_related("unit")}
    _finish(duty.dedup_key for duty in _standing(NOBODY_ASKED) if int(duty.object_id) not in empty)
    for template in empty.values():
        for planned_on in _days_of_nobody(template):
            part = f" i {template.unit}" if template.unit else ""
            create_duty(
                f"Ingen har rollen »{template.get_role_display()}«{part}: {template.title}"[:200],
                text=f"Fristen er {da_date(template.due_on(planned_on))}, og ingen har fået opgaven. "
                "Udpeg nogen, eller vælg en anden rolle i den faste opgave.",
                due_on=add_working_days(today(), WORKING_DAYS),
                dedup_key=f"{NOBODY_ASKED}{template.pk}:{planned_on}",
                role=Role.GDPR_UNIT,
                concerns=template,
                url=template.get_absolute_url(),
                kind=Kind.YEAR,
                is_discreet=False,
            )
    return _standing(NOBODY_ASKED).count()


def _days_of_nobody(template: DutyTemplate) -> Iterable[date]:
    """Those that somebody could have begun by now, and nobody has done, has open or has dropped."""
    rows = Duty.objects.filter(template=template).exclude(state=State.DROPPED, done_by=None)  # those lapsed
    asked = set(rows.values_list("planned_on", flat=True))
    days = live_days(template, since=today() - SHIFT)
    return [day for day in days if day not in asked and template.opens_on(day) <= today()]


def _locked(rows: DutyQuerySet) -> DutyQuerySet:
    return rows.select_for_update(of=("self",), no_key=True)


def _free(key: str) -> None:
    """What was ticked off under the key may be asked again."""
    with transaction.atomic():
        for done in _locked(Duty.objects.filter(dedup_key=key, state=State.DONE)):
            done.dedup_key += f":{done.pk}"
            done.save()


def _find_another(key: str, gap: "Gap") -> None:
    """Of one that is still forlorn: whoever leads now is asked."""
    with transaction.atomic():
        for duty in _locked(_forlorn().filter(dedup_key=key)):
            duty.holder_role, duty.holder_unit = _nearest_leader(gap.units, gap.else_role)
            _save_and_tell(duty)


def _save_and_tell(duty: Duty) -> None:
    """Inside the caller's transaction."""
    duty.revision += 1
    duty.remind_on, duty.remind_stage = today(), Stage.NEW
    duty.save()


def _finish(keys: Iterable[str]) -> None:
    for key in keys:
        finish_duties(key, by=None)


def _hand_up(key: str, gap: Gap) -> None:
    role, unit = (None, None) if gap.holder else _nearest_leader(gap.units, gap.else_role)
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


def _page_to_fill(place: Appointment) -> str:
    return f"{place.unit.get_absolute_url()}udpeg/?rolle={place.held_role.slug}"


def _page_to_hand_over(place: Appointment, last_day: date) -> str:
    """Where the one who may fill the place ends it and lets the next begin in one step; where she may not move the
    rest of what the person answers for, she only names the next."""
    if place.role in (*OWNER_ROLES, Role.GDPR_UNIT):
        return _page_to_fill(place)
    return f"{place.person.get_absolute_url()}overdrag/?dag={last_day}"


def _fillers(place: Appointment) -> tuple[list[int], Role]:
    """Who may say who holds the place (`roles.permissions.why_not_appoint`): the units whose leaders may, nearest
    first, and the role that may where nobody leads these."""
    role, line = place.held_role, place.unit.line
    if role not in LOCAL_ROLES:
        line = line[1:] if role in LEADING_ROLES and role != Role.DIRECTOR else []
    return line, Role.ADMINISTRATOR if role == Role.GDPR_UNIT else Role.GDPR_UNIT


def _nearest_leader(units: Collection[int], else_role: Role, *, skip: int | None = None) -> tuple[Role, Unit | None]:
    """The role and unit of whoever leads the nearest of these units; not by the one to skip."""
    order = list(units)
    leading = (
        Appointment.objects.in_force().leading().filter(unit__in=order).exclude(person=skip).select_related("unit")
    )
    nearest = min(leading, key=lambda place: (order.index(place.unit_id), place.pk), default=None)
    return (nearest.held_role, nearest.unit) if nearest else (else_role, None)
