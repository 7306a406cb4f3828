"""Making duties, and closing them when the work is done where it belongs."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from duties.enums import Kind, Stage, State
from duties.models import Duty, DutyEntry, DutyFile
from duties.recurrence import LAST_DAY
from duties.workflow import DUTY_FLOW
from glostrup_isms.kit import files
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.workflow import SYSTEM
from roles.actions.leaders import primary_unit
from roles.enums import Role
from roles.models import Unit, User, today


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
    kind: Kind = Kind.ROLE,
    text: str = "",
    in_mail: str = "",
    is_discreet: bool = True,
    is_statutory: bool = False,
) -> Duty:
    """Make a duty of a person or of a role; the one already made under the same key is answered unchanged.

    `kept_from` are people who must not see it, because it concerns a case about them. One that is not `by_hand` is
    finished by the work that it asks for, and by nothing else. `is_discreet`: its words may tell of a case or a draft,
    so that those who only lead its holder do not see it; a mail says `in_mail` of it and nothing more. Its history
    tells who made it: no line in the audit trail, whose lock must be taken last.
    """
    if known := Duty.objects.filter(dedup_key=dedup_key).first():
        return known
    if holder and unit is None and not is_discreet:
        unit = primary_unit(holder)  # so that those who lead her see it
    duty = Duty(
        title=title,
        text=text,
        kind=kind,
        due_on=min(due_on, LAST_DAY),
        holder=holder,
        holder_role=role or "",
        holder_unit=unit,
        asked_by=by,
        url=url,
        in_mail=in_mail,
        dedup_key=dedup_key,
        by_hand=by_hand,
        is_discreet=is_discreet,
        is_statutory=is_statutory,
        object_id=str(concerns.pk) if concerns else "",
        content_type=ContentType.objects.get_for_model(concerns) if concerns else None,
        remind_on=today(),
        remind_stage=Stage.NEW,
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
    """Mark the duty done, after the work of `by`; a second time changes nothing. `by` None: no person did it, but its
    cause is gone, so it lapses, and its key is free for when the cause comes back."""
    with transaction.atomic():
        fresh = Duty.objects.select_for_update(of=("self",), no_key=True).get(pk=duty.pk)
        if fresh.state != State.OPEN:
            return fresh
        if by is None:
            return lapse(fresh)
        values = {"done_at": timezone.now(), "done_by": by, "revision": fresh.revision + 1}
        moved: Duty = DUTY_FLOW.move(fresh, "settle", by=SYSTEM.following(by), values=values)
    return moved


def lapse(duty: Duty, note: str = "") -> Duty:
    """Its cause is gone, so nobody need do it; its key is free again. Inside the caller's transaction."""
    values = {"done_at": timezone.now(), "dedup_key": f"{duty.dedup_key}:{duty.pk}", "revision": duty.revision + 1}
    moved: Duty = DUTY_FLOW.move(duty, "lapse", by=SYSTEM, note=note, values=values)
    return moved


def add_entry(duty: Duty, by: Any, sentence: str, text: str = "", uploads: Iterable[StoredFile] = ()) -> DutyEntry:
    """A line of the timeline, with what was written and shown. Inside the caller's transaction."""
    entry = DutyEntry.objects.create(duty=duty, by=by, sentence=sentence[:300], text=text.strip())
    for stored in uploads:
        DutyFile.objects.create(entry=entry, stored=files.attach(stored))
    return entry
