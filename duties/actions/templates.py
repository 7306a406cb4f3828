"""The year's fixed duties: made, changed while dated ones are open, stopped, started again."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from simple_history.utils import bulk_update_with_history

from duties.actions.making import add_entry, lapse
from duties.actions.steps import Changed
from duties.models import Duty, DutyTemplate
from duties.permissions import CHANGE_TEMPLATE
from glostrup_isms.kit import audit
from roles.models import User, today

WORDS = (  # what an open duty may take over; its day and its holder stand
    "title", "text", "url", "works_ahead", "needs_result", "needs_evidence", "is_statutory",
)  # fmt: skip
RULE = ("recurrence", "first_on", "by_week", "until_on", "on_closed")
BATCH = 100  # open duties settled at a time
NOT_YOURS = "Kun GDPR-enheden og it-sikkerhedskoordinatoren ændrer årets faste opgaver."


def create_template(*, by: User, **values: Any) -> DutyTemplate:
    """A new fixed duty, from its first planned day that is not over. Raises PermissionDenied, ValidationError."""
    _require(by)
    template = DutyTemplate(**values)
    template.full_clean()
    template.begin_with(_first_ahead(template))
    with transaction.atomic():
        template._history_user = by
        template.save()
        audit.record("template.create", by=by, obj=template)
    return template


def change_template(
    template: DutyTemplate, *, by: User, seen: int | None, open_too: bool = False, **values: Any
) -> DutyTemplate:
    """Change it. Open duties keep their day and holder, and take over what it says and asks only when `open_too`; with
    another role or share they lapse. A changed rule begins with the first day that is not the occurrence made last.
    Raises PermissionDenied, ValidationError, Changed."""
    _require(by)
    with transaction.atomic():
        fresh = _lock(template, seen)
        before = {name: getattr(fresh, name) for name in RULE}
        who = (fresh.role, fresh.share)  # of another unit the scheduler lets go of those outside it
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.full_clean()
        if (fresh.role, fresh.share) != who:
            fresh.lapse_why = "Den faste opgave gælder nu for andre."
        if {name: getattr(fresh, name) for name in RULE} != before:
            last = Duty.objects.filter(template=fresh).aggregate(last=Max("planned_on"))["last"]
            fresh.begin_with(fresh.day_after_change(last) if last else _first_ahead(fresh))
        fresh.revision += 1
        fresh.filled = ""
        fresh.hands_on_words = fresh.hands_on_words or open_too
        fresh._history_user = by
        fresh.save()
        settle_open(fresh)
        audit.record("template.change", by=by, obj=fresh, open_too=open_too)
    return fresh


def stop_template(template: DutyTemplate, *, by: User, seen: int | None, open_too: bool) -> DutyTemplate:
    """No more are made; the open ones lapse when `open_too`, else they stand. Raises PermissionDenied, Changed."""
    return _set_stopped(template, True, by=by, seen=seen, open_too=open_too)


def start_template(template: DutyTemplate, *, by: User, seen: int | None) -> DutyTemplate:
    """It makes duties again, from the next planned day; what fell while it was stopped is not made. Raises
    PermissionDenied, Changed."""
    return _set_stopped(template, False, by=by, seen=seen)


def _set_stopped(
    template: DutyTemplate, is_stopped: bool, *, by: User, seen: int | None, open_too: bool = False
) -> DutyTemplate:
    _require(by)
    with transaction.atomic():
        fresh = _lock(template, seen)
        if fresh.is_stopped and not is_stopped and fresh.next_on and fresh.next_on < today():
            fresh.begin_with(_first_ahead(fresh))
        fresh.is_stopped = is_stopped
        fresh.revision += 1
        fresh.filled = ""
        if is_stopped and open_too:
            fresh.lapse_why = "Den faste opgave er stoppet."
        fresh._history_user = by
        fresh.save()
        settle_open(fresh)
        audit.record("template.stop" if is_stopped else "template.start", by=by, obj=fresh, open_too=open_too)
    return fresh


def settle_open(template: DutyTemplate) -> int:
    """Let the next of its open duties lapse, or take over its words, as was decided of it; answers how many. A few at
    a time: the audit trail's lock is held meanwhile, and reports wait for it. The scheduler takes the rest."""
    with transaction.atomic():
        fresh = _lock(template, None)
        if fresh.is_settled:
            return 0
        by = fresh.history.latest().history_user
        rows = Duty.objects.open().filter(template=fresh).select_for_update(of=("self",), no_key=True).order_by("pk")
        if fresh.lapse_why:
            batch = list(rows[:BATCH])
            for duty in batch:
                lapse(duty, fresh.lapse_why)
                add_entry(duty, by, f"{by}: Bortfaldet. {fresh.lapse_why}")
        else:
            words = {name: getattr(fresh, name) for name in WORDS}
            batch = list(rows.exclude(**words)[:BATCH])
            for duty in batch:
                for name, value in words.items():
                    setattr(duty, name, value)
                duty.in_mail = fresh.title[:100]
                duty.revision += 1
            bulk_update_with_history(batch, Duty, [*WORDS, "in_mail", "revision"], default_user=by)
        if len(batch) < BATCH:
            DutyTemplate.objects.filter(pk=fresh.pk).update(lapse_why="", hands_on_words=False)
    return len(batch)


def _first_ahead(template: DutyTemplate) -> date | None:
    return next(template.days(today()), None)


def _lock(template: DutyTemplate, seen: int | None) -> DutyTemplate:
    fresh = DutyTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=template.pk)
    if seen is not None and fresh.revision != seen:
        raise Changed("Den faste opgave er ændret, mens du skrev. Se det nye, og prøv igen. Din tekst er her stadig.")
    return fresh


def _require(by: User) -> None:
    if not by.has_perm(CHANGE_TEMPLATE):
        raise PermissionDenied(NOT_YOURS)
