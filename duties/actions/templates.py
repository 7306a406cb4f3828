"""The year's fixed duties: made, changed while dated ones are open, stopped, started again."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max

from duties.actions.making import add_entry, lapse
from duties.actions.steps import Changed
from duties.models import Duty, DutyTemplate
from duties.permissions import CHANGE_TEMPLATE
from glostrup_isms.kit import audit
from roles.models import User, today

WORDS = ("title", "text", "url")  # what an open duty may take over; its day and its holder stand
RULE = ("recurrence", "first_on", "by_week", "until_on", "on_closed")
NOT_YOURS = "Kun GDPR-enheden og it-sikkerhedskoordinatoren ændrer årets faste opgaver."


def create_template(*, by: User, **values: Any) -> DutyTemplate:
    """A new fixed duty, from its first planned day that is not over. Raises PermissionDenied, ValidationError."""
    _require(by)
    template = DutyTemplate(**values)
    template.full_clean()
    template.next_on = template.counts_from = _first_ahead(template)
    with transaction.atomic():
        template._history_user = by
        template.save()
        audit.record("template.create", by=by, obj=template)
    return template


def change_template(
    template: DutyTemplate, *, by: User, seen: int | None, open_too: bool = False, **values: Any
) -> DutyTemplate:
    """Change it. Open duties keep their day and holder, and take over the words only when `open_too`. A changed rule
    begins with the first day that is not the occurrence made last. Raises PermissionDenied, ValidationError,
    Changed."""
    _require(by)
    with transaction.atomic():
        fresh = _lock(template, seen)
        before = {name: getattr(fresh, name) for name in RULE}
        who = (fresh.role, fresh.unit_id, fresh.share)
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.full_clean()
        rows = Duty.objects.filter(template=fresh)
        if (fresh.role, fresh.unit_id, fresh.share) != who and rows.open().exists():
            _lapse_open(fresh, by, "Den faste opgave gælder nu for andre.")
        if {name: getattr(fresh, name) for name in RULE} != before:
            last = rows.aggregate(last=Max("planned_on"))["last"]
            fresh.next_on = fresh.counts_from = fresh.day_after_change(last) if last else _first_ahead(fresh)
        fresh.revision += 1
        fresh.filled = ""
        fresh._history_user = by
        fresh.save()
        if open_too:
            for duty in rows.open().select_for_update(of=("self",), no_key=True).order_by("pk"):
                for name in WORDS:
                    setattr(duty, name, getattr(fresh, name))
                duty.in_mail = fresh.title[:100]
                duty.revision += 1
                duty._history_user = by
                duty.save()
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
        if fresh.is_stopped and not is_stopped:
            last = Duty.objects.filter(template=fresh).aggregate(last=Max("planned_on"))["last"]
            days = (day for day in fresh.days(today()) if last is None or day > last)
            fresh.next_on = fresh.counts_from = next(days, None)
        fresh.is_stopped = is_stopped
        fresh.revision += 1
        fresh.filled = ""
        fresh._history_user = by
        fresh.save()
        if is_stopped and open_too:
            _lapse_open(fresh, by, "Den faste opgave er stoppet.")
        audit.record("template.stop" if is_stopped else "template.start", by=by, obj=fresh, open_too=open_too)
    return fresh


def _lapse_open(template: DutyTemplate, by: User, why: str) -> None:
    rows = Duty.objects.open().filter(template=template).select_for_update(of=("self",), no_key=True).order_by("pk")
    for duty in rows:
        lapse(duty, why)
        add_entry(duty, by, f"{by}: Bortfaldet. {why}")


def _first_ahead(template: DutyTemplate) -> date | None:
    return next(template.days(max(today(), template.first_on)), None)


def _lock(template: DutyTemplate, seen: int | None) -> DutyTemplate:
    fresh = DutyTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=template.pk)
    if seen is not None and fresh.revision != seen:
        raise Changed("Den faste opgave er ændret, mens du skrev. Se det nye, og prøv igen. Din tekst er her stadig.")
    return fresh


def _require(by: User) -> None:
    if not by.has_perm(CHANGE_TEMPLATE):
        raise PermissionDenied(NOT_YOURS)
