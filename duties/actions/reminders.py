"""Who is told of which duty, why and when: before the day, on it and after it, then up the line.

Every duty carries its next reminder (`remind_on`, `remind_stage`); the sweep writes a notice for each person and moves
the duty on, in one transaction. Downtime loses nothing: its holder then gets the latest of what fell, not every one,
and each level above its own. Notices wait for the moment at which the person wants her mail (`digests`).
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from duties.enums import ESCALATIONS, How, Stage
from duties.models import Duty, Notice, ReminderSettings
from glostrup_isms.kit.dates import COPENHAGEN, add_working_days, is_working_day, local
from roles.actions.leaders import absences_of, deputy_today
from roles.enums import LEADING_ROLES, Role
from roles.models import Appointment, Unit, User, today

REMIND_DAYS = 5  # before the day, of duties that no template says it of
ESCALATE_DAYS = 5  # working days after the day, likewise
BETWEEN_LEVELS = 5  # working days
DIGEST_AT = time(7, 30)
BATCH = 500

logger = logging.getLogger(__name__)


class NotReminded(Exception):
    """Of some duties nobody could be told; of all others everybody was."""


def stages(duty: Duty) -> list[tuple[Stage, date]]:
    """Each stage of the duty and its day, in order. Days before the duty could be begun are left out; one that was made
    after its day is late from when it was made."""
    template = duty.template
    made_on = timezone.localdate(duty.created_at)
    begins = duty.opens_on or made_on
    before = duty.due_on - timedelta(days=template.remind_days if template else REMIND_DAYS)
    late_from = max(duty.due_on, made_on)
    first_up = add_working_days(late_from, template.escalate_days if template else ESCALATE_DAYS)
    found = [(Stage.NEW, min(begins, duty.due_on))]
    if begins < before < duty.due_on:
        found.append((Stage.BEFORE, before))
    if begins < duty.due_on:
        found.append((Stage.DUE, duty.due_on))
    found.append((Stage.LATE, add_working_days(late_from, 1)))
    return [
        *found,
        *((stage, add_working_days(first_up, level * BETWEEN_LEVELS)) for level, stage in enumerate(ESCALATIONS)),
    ]


def remind() -> int:
    """Write the notices whose day has come; answers how many. Any number of times, also two at once. Raises NotReminded
    at the end when a duty could not be read, so that the job counts as failed."""
    written = 0
    failed: set[int] = set()
    due = Duty.objects.open().filter(remind_on__lte=today()).order_by("remind_on", "pk").values_list("pk", flat=True)
    while keys := list(due.exclude(pk__in=failed)[:BATCH]):
        try:
            written += _remind_batch(keys)
        except SoftTimeLimitExceeded:  # not this one's fault: the job has had its time
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the others are told
            written += _remind_each(keys, failed)
    if failed:
        raise NotReminded(f"Duties that nobody could be told of: {sorted(failed)}")
    return written


def _remind_each(keys: list[int], failed: set[int]) -> int:
    """One by one; those that cannot be read go into `failed`."""
    written = 0
    for key in keys:
        try:
            written += _remind_batch([key])
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("Nobody could be told of duty %s", key)
            failed.add(key)
    return written


def _remind_batch(keys: list[int]) -> int:
    with transaction.atomic():
        locked = Duty.objects.open().select_for_update(of=("self",), no_key=True).order_by("pk")
        rows = list(
            locked.filter(pk__in=keys, remind_on__lte=today()).select_related("holder", "holder_unit", "template")
        )
        told = _Recipients(rows)
        notices: list[Notice] = []
        for duty in rows:
            passed, coming = _split(duty)
            for stage in passed:
                notices += told.notices(duty, stage)
            duty.remind_stage, duty.remind_on = coming or ("", None)
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
        # No part of what is audited: only when the portal speaks of the duty next.
        Duty.objects.bulk_update(rows, ["remind_stage", "remind_on"], batch_size=BATCH)
    return len(notices)


def _split(duty: Duty) -> tuple[list[Stage], tuple[Stage, date] | None]:
    """The stages to be told now, and the next one. Of those to the holder only the latest that has come."""
    order = list(Stage)
    begin = order.index(Stage(duty.remind_stage)) if duty.remind_stage else 0
    ahead = [(stage, day) for stage, day in stages(duty) if order.index(stage) >= begin]
    passed = [stage for stage, day in ahead if day <= today()]
    coming = next(((stage, day) for stage, day in ahead if day > today()), None)
    own = [stage for stage in passed if stage not in ESCALATIONS]
    return [*own[-1:], *(stage for stage in passed if stage in ESCALATIONS)], coming


# ── To whom ──────────────────────────────────────────────────────────────────────────────────────


class _Recipients:
    """Who is told of these duties; asks the organisation once for all of them."""

    def __init__(self, duties: list[Duty]) -> None:
        self.kept_from: dict[int, set[int]] = defaultdict(set)
        for duty_id, user_id in Duty.kept_from.through.objects.filter(duty__in=duties).values_list("duty", "user"):
            self.kept_from[duty_id].add(user_id)
        self.places = list(self._places(duties))
        self.away = absences_of(self.places)
        people = {place.person_id for place in self.places} | {duty.holder_id for duty in duties}
        self.settings = {one.person_id: one for one in ReminderSettings.objects.filter(person__in=people - {None})}
        self.asked = people
        self.lines: dict[int | None, list[User]] = {}
        self.by_role: dict[tuple[str, int | None], list[Appointment]] = defaultdict(list)
        for place in self.places:
            self.by_role[place.role, place.unit_id].append(place)
            self.by_role[place.role, None].append(place)

    @staticmethod
    def _places(duties: list[Duty]) -> Iterable[Appointment]:
        """The appointments that give a seat in these duties: of the roles, and of the people who hold by a role."""
        wanted = Q(role=Role.GDPR_UNIT)
        shared = {(duty.holder_role, duty.holder_unit_id) for duty in duties if duty.holder_id is None}
        wanted |= Q(role__in={role for role, unit in shared if unit is None})
        wanted |= Q(role__in={role for role, unit in shared if unit}, unit__in={unit for _, unit in shared if unit})
        for role, path in {(one.holder_role, one.branch.path) for one in duties if one.branch}:
            wanted |= Q(role=role, unit__path__startswith=path)
        wanted |= Q(person__in={duty.holder_id for duty in duties if duty.holder_id})
        return Appointment.objects.in_force().filter(wanted).select_related("person", "unit", "deputy").order_by("pk")

    def notices(self, duty: Duty, stage: Stage) -> Iterator[Notice]:
        people = self.above(duty, stage) if stage in ESCALATIONS else self.holders(duty)
        for person in {one.pk: one for one in people if one.is_active}.values():
            if person.pk not in self.kept_from[duty.pk]:
                send_at = send_time(self.settings_of(person), duty, timezone.now())
                yield Notice(
                    person=person,
                    duty=duty,
                    stage=stage,
                    due_on=duty.due_on,
                    send_at=send_at or timezone.now(),
                    told_at=None if send_at else timezone.now(),
                )

    def holders(self, duty: Duty) -> list[User]:
        """Who has it today; beside one who is away, whoever acts for her in the role."""
        if duty.holder:
            own = [
                place for place in self.places if place.person_id == duty.holder_id and place.role == duty.holder_role
            ]
            return [duty.holder, *self._acting(own, duty)]
        of_role = self.by_role[duty.holder_role, None if duty.branch else duty.holder_unit_id]
        places = [place for place in of_role if duty.is_of(place)]
        return [*(place.person for place in places), *self._acting(places, duty)]

    def _acting(self, places: Iterable[Appointment], duty: Duty) -> list[User]:
        """What is kept from the one who is away is kept from whoever acts for her."""
        away = self.away.keys() - self.kept_from[duty.pk]
        found = (deputy_today(place, self.away) for place in places if place.person_id in away)
        return [deputy for deputy in found if deputy]

    def above(self, duty: Duty, stage: Stage) -> list[User]:
        """One level up the line for each stage; the top again when the line is short. What may tell of a case or a
        draft goes to the GDPR unit, once, and no further: nobody else may know of it."""
        level = ESCALATIONS.index(stage)
        if duty.is_discreet:
            return [place.person for place in self.by_role[Role.GDPR_UNIT, None]] if level == 0 else []
        holding = {person.pk for person in self.holders(duty)}
        line = [person for person in self._line(self._unit_of(duty)) if person.pk not in holding]
        return line[level : level + 1] or line[-1:] or [place.person for place in self.by_role[Role.GDPR_UNIT, None]]

    def _unit_of(self, duty: Duty) -> Unit | None:
        if duty.holder_unit:
            return duty.holder_unit
        places = [place for place in self.places if place.person_id == duty.holder_id]
        if not duty.holder_id:
            places = self.by_role[duty.holder_role, None]
        primary = sorted(places, key=lambda place: not place.is_primary)
        return primary[0].unit if primary else None

    def _line(self, unit: Unit | None) -> list[User]:
        """Those who lead the unit and the units above it, nearest first; for one who is away her deputy. Asked once for
        each unit."""
        key = unit.pk if unit else None
        if key not in self.lines:
            line = unit.line if unit else []
            places = list(
                Appointment.objects.in_force()
                .filter(role__in=LEADING_ROLES, unit__in=line)
                .select_related("person", "unit", "deputy")
            )
            places.sort(key=lambda place: (line.index(place.unit_id), LEADING_ROLES.index(Role(place.role)), place.pk))
            away = absences_of(places)
            acting = [deputy_today(place, away) or place.person if place.person_id in away else place.person
                      for place in places]  # fmt: skip
            self.lines[key] = list({person.pk: person for person in acting}.values())
        return self.lines[key]

    def settings_of(self, person: User) -> ReminderSettings:
        if person.pk not in self.settings:
            found = None if person.pk in self.asked else ReminderSettings.objects.filter(person=person).first()
            self.settings[person.pk] = found or ReminderSettings(person=person)
        return self.settings[person.pk]


# ── When ─────────────────────────────────────────────────────────────────────────────────────────


def send_time(settings: ReminderSettings, duty: Duty, now: datetime) -> datetime | None:
    """When the person is told of the duty; None: she looks in the portal herself. What the law has given a day goes at
    once, whatever she chose."""
    if duty.is_statutory:
        return now
    how = settings.how(duty.kind)
    if how == How.PORTAL:
        return None
    if how == How.AT_ONCE:
        return out_of_quiet(settings, now)
    moment = local(now)
    at = settings.quiet_to if _is_quiet(settings, DIGEST_AT) else DIGEST_AT
    if how == How.DAILY and duty.due_on == moment.date() and moment.time() >= at:
        return out_of_quiet(settings, now)  # tomorrow's mail would come too late
    day = moment.date() if moment.time() < at else moment.date() + timedelta(days=1)
    if how == How.WEEKLY:
        day += timedelta(days=(settings.weekly_on - day.weekday()) % 7)
    while not is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, at, COPENHAGEN)


def out_of_quiet(settings: ReminderSettings, now: datetime) -> datetime:
    """The first moment from `now` on, on a working day and outside the person's quiet hours."""
    moment = local(now)
    while True:
        day, clock = moment.date(), moment.time()
        if is_working_day(day) and not _is_quiet(settings, clock):
            return moment
        if is_working_day(day) and clock < settings.quiet_to:
            return datetime.combine(day, settings.quiet_to, COPENHAGEN)
        moment = datetime.combine(day + timedelta(days=1), time(0), COPENHAGEN)


def _is_quiet(settings: ReminderSettings, clock: time) -> bool:
    start, end = settings.quiet_from, settings.quiet_to
    return start <= clock < end if start <= end else clock >= start or clock < end
