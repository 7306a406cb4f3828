"""Making and finishing duties."""

from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
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
) -> Duty:
    """Make a duty of a person or of a role; the one already made under the same key is answered unchanged."""
    with transaction.atomic():
        duty, created = Duty.objects.get_or_create(
            dedup_key=dedup_key,
            defaults={
                "title": title,
                "due_on": due_on,
                "holder": holder,
                "holder_role": role or "",
                "holder_unit": unit,
                "url": url,
                "object_id": str(concerns.pk) if concerns else "",
                "content_type": ContentType.objects.get_for_model(concerns) if concerns else None,
            },
        )
        if created:
            audit.record("duty.create", by=by, obj=duty, title=title)
    return duty


def finish_duties(dedup_key: str, *, by: Any) -> None:
    """The work was done where it belongs: the duty made under this key is done too."""
    for duty in Duty.objects.open().filter(dedup_key=dedup_key):
        finish_duty(duty, by=by)


def finish_duty(duty: Duty, *, by: Any) -> Duty:
    """Mark the duty done; a second time changes nothing."""
    with transaction.atomic():
        duty = Duty.objects.select_for_update(of=("self",)).get(pk=duty.pk)
        if duty.state == State.OPEN:
            duty.state, duty.done_at = State.DONE, timezone.now()
            duty._history_user = by
            duty.save()
            audit.record("duty.finish", by=by, obj=duty)
    return duty
