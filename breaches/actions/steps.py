"""Taking the dated steps whose time has come. Any number of schedulers may sweep at once, and after any downtime."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from breaches import notifications
from breaches.actions.telling import add_event, gdpr_people, may_hear, next_up_the_line, tell
from breaches.enums import StepKind, Track
from breaches.models import Breach, DueStep, Told
from duties.actions import create_duty
from duties.enums import Kind
from glostrup_isms.kit import audit, outbox
from roles.enums import Role
from roles.models import today

logger = logging.getLogger(__name__)


def take_due_steps(now: datetime | None = None) -> int:
    """Take every due step exactly once; answers how many were taken here. A step that fails stops no other: its
    transaction rolls back, and the next sweep tries it again."""
    taken = 0
    failed: set[int] = set()
    while True:
        due = DueStep.objects.due(now).exclude(pk__in=failed).values_list("pk", flat=True)[:100]
        batch = list(due)
        if not batch:
            break
        for pk in batch:
            try:
                taken += _take(pk)
            except Exception:
                failed.add(pk)
                logger.exception("Due step %s failed; the next sweep tries it again", pk)
    return taken


def _take(pk: int) -> bool:
    with transaction.atomic():
        step = DueStep.objects.get(pk=pk)
        breach = Breach.objects.select_for_update(of=("self",), no_key=True).get(
            pk=step.breach_id
        )  # the case first: one order of locks
        # The row decides: of any number of sweeps, one finds it untaken.
        if not DueStep.objects.filter(pk=pk, taken_at=None, cancelled_at=None).update(taken_at=timezone.now()):
            return False
        if breach.is_ended:
            return False
        {StepKind.REMIND: _remind, StepKind.ESCALATE: _escalate, StepKind.CLOCK: _warn}[StepKind(step.kind)](
            breach, step
        )
        audit.record("breach.step", obj=breach, kind=step.kind, track=step.track, level=step.level)
        outbox.nudge()
    return True


def _remind(breach: Breach, step: DueStep) -> None:
    waiting = breach.told.filter(track=step.track, acknowledged_at=None, relieved_at=None).select_related("person")
    reached = [told for told in waiting if told.person is None or may_hear(told.person, breach)]
    for told in reached:
        told.breach = breach
        notifications.remind(told, step)
    what = "Påmindelse sendt." if reached else "Ingen kunne få en påmindelse."
    add_event(breach, f"{Track(step.track).label} har ikke kvitteret. {what}")


def _escalate(breach: Breach, step: DueStep) -> None:
    found = next_up_the_line(breach, Track(step.track))
    label = Track(step.track).label
    if found.person is None:
        add_event(breach, f"{label} har ikke kvitteret, og linjen har ikke flere ledere.")
        create_duty(
            f"Sag {breach.number} er ikke kvitteret, og linjen har ikke flere ledere",
            in_mail=f"Sag {breach.number} er ikke kvitteret",
            kind=Kind.CASE,
            due_on=today(),
            role=Role.GDPR_UNIT,
            dedup_key=f"line-ends:{breach.pk}:{step.track}",
            kept_from=breach.excluded_ids,
            concerns=breach,
            url=breach.get_absolute_url(),
        )
        return
    told = Told(track=step.track, person=found.person, level=step.level)
    told.reason = f"{label} har ikke kvitteret, og du er den næste i linjen ({found.unit})."
    tell(breach, told)
    add_event(breach, f"{label} har ikke kvitteret. {found.person} har fået besked.")
    DueStep.objects.create(
        breach=breach,
        kind=StepKind.ESCALATE,
        track=step.track,
        level=step.level + 1,
        due_at=max(step.due_at, timezone.now() - timedelta(minutes=1)) + settings.ACKNOWLEDGE_WITHIN,
    )


def _warn(breach: Breach, step: DueStep) -> None:
    if not breach.clock_runs:
        return
    told = {row.person_id: row for row in breach.told.filter(track=Track.GDPR, person__isnull=False)}
    people = gdpr_people(breach)
    for person in people:
        row = told.get(person.pk) or Told.objects.create(
            breach=breach, track=Track.GDPR, person=person, reason=notifications.GDPR_UNIT
        )
        row.breach = breach
        notifications.warn_of_deadline(row, step)
    assert breach.deadline_at is not None
    passed = step.due_at >= breach.deadline_at
    what = "Fristen for anmeldelse er overskredet." if passed else "Fristen for anmeldelse nærmer sig."
    add_event(breach, f"{what} {'GDPR-enheden' if people else 'Ingen i GDPR-enheden'} er mindet om den.")
