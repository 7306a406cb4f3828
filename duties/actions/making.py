"""Making and finishing duties."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from duties.models import Duty, State
from glostrup_isms.kit import audit
from roles.enums import Role
from roles.models import Unit, User


def create_duty(
    title: str,
    *,
    due_on: date,
    dedup_key: str,
    holder: User | None = None,
    role: Role | None = None,
    unit: Unit | None = None,
    concerns: models.Model | None = None,
    url: str = "",
    by: User | None = None,
    kept_from: Iterable[int] = (),
    by_hand: bool = True,
) -> Duty:
    """Make a duty of a person or of a role; the one already made under the same key is answered unchanged.

    `kept_from` are people who must not see it, because it concerns a case about them. One that is not `by_hand` is
    finished by the work that it asks for, and by nothing else. Its history tells who made it:
    no line in the audit trail, whose lock must be taken last.
    """
    if known := Duty.objects.filter(dedup_key=dedup_key).first():
        return known
    duty = Duty(
        title=title,
        due_on=due_on,
        holder=holder,
        holder_role=role or "",
        holder_unit=unit,
        url=url,
        dedup_key=dedup_key,
        by_hand=by_hand,
        object_id=str(concerns.pk) if concerns else "",
        content_type=ContentType.objects.get_for_model(concerns) if concerns else None,
    )
    duty._history_user = by  # said aloud: what follows from an anonymous report must not carry the browser's person
    try:
        with transaction.atomic():
            duty.save(force_insert=True)
            duty.kept_from.set(kept_from)
    except IntegrityError:
        if known := Duty.objects.filter(dedup_key=dedup_key).first():
            return known
        raise
    return duty


def finish_duties(dedup_key: str, *, by: Any) -> None:
    """The work was done where it belongs: the duty made under this key is done too."""
    for duty in Duty.objects.open().filter(dedup_key=dedup_key):
        finish_duty(duty, by=by)


def finish_duty(duty: Duty, *, by: Any) -> Duty:
    """Mark the duty done; a second time changes nothing. `by` None: no person did it, but its cause is gone, so its key
    is free for when the cause comes back."""
    with transaction.atomic():
        duty = Duty.objects.select_for_update(of=("self",), no_key=True).get(pk=duty.pk)
        if duty.state == State.OPEN:
            duty.state, duty.done_at = State.DONE, timezone.now()
            if by is None:
                duty.dedup_key += f":{duty.pk}"
            duty._history_user = by
            duty.save()
            audit.record("duty.finish", by=by, obj=duty)
    return duty
