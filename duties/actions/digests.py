"""The mails about duties: everything that waits for one person becomes one, at the moment she wants it.

What was done since is not in it: asked when it is written, and once more just before it leaves.
"""

import logging
from collections.abc import Sequence
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone

from duties import notifications
from duties.actions.reminders import send_time
from duties.enums import ESCALATIONS, Stage
from duties.models import Duty, Notice, ReminderSettings
from glostrup_isms.kit import outbox
from glostrup_isms.kit.workflow import StepNotOpen
from roles.models import User

logger = logging.getLogger(__name__)

MOST = 2000  # people per run; the next run comes in a minute


class NotTold(Exception):
    """Some people's mail could not be written; those of all others are."""


def send_due_notices(most: int = MOST) -> int:
    """Write the mails whose moment has come; answers how many. Any number of times, also two at once. Raises NotTold at
    the end when somebody's could not be written, so that the job counts as failed: hers go on waiting."""
    waiting = Notice.objects.filter(told_at=None, send_at__lte=timezone.now())
    people = list(waiting.order_by("person").values_list("person", flat=True).distinct()[:most])
    written, failed = 0, 0
    for pk in people:
        try:
            written += _tell(pk)
        except SoftTimeLimitExceeded:  # not this one's fault: the job has had its time
            raise
        except Exception:  # whatever it is, it is hers alone
            logger.exception("The duties of person %s could not be told.", pk)
            failed += 1
    if failed:
        raise NotTold(f"{failed} of {len(people)} people could not be told of their duties.")
    return written


def _tell(person_id: int) -> bool:
    with transaction.atomic():
        now = timezone.now()
        mine = Notice.objects.filter(person=person_id, told_at=None, send_at__lte=now)
        notices = list(
            mine.select_for_update(of=("self",), no_key=True)
            .select_related("duty__holder", "duty__holder_unit")
            .order_by("pk")
        )
        if not notices:
            return False
        person = User.objects.get(pk=person_id)
        wanted = still_wanted(person, notices)
        message = None
        if wanted:
            key = f"{notices[0].pk}:{now.timestamp()}"  # of this moment: what has been moved since is told anew
            message = outbox.queue_all([notifications.digest(person, wanted, key=key)])[0]
            Notice.objects.filter(pk__in=[one.pk for one in wanted]).update(message=message)
            outbox.nudge()
        Notice.objects.filter(pk__in=[one.pk for one in notices]).update(told_at=now)
    return message is not None


def still_wanted(person: User, notices: Sequence[Notice]) -> list[Notice]:
    """Of duties that are open, still due that day, and still hers; those that came up the line as long as she may see
    them. The latest of each."""
    if not person.is_active:
        return []
    rows = Duty.objects.open().filter(pk__in=[one.duty_id for one in notices])
    hers = set(rows.held_by(person).values_list("pk", flat=True))
    seen = set(rows.visible_to(person).values_list("pk", flat=True))
    latest = {
        one.duty_id: one
        for one in notices
        if one.duty_id in (seen if one.stage in ESCALATIONS else hers) and one.due_on == one.duty.due_on
    }
    return list(latest.values())


def tell_new(duty: Duty, person: User) -> None:
    """She has got it, so she is told, also when she has had it before or its day to begin has not come. Inside the
    caller's transaction."""
    forget(duty, person=person)
    now = timezone.now()
    at = send_time(ReminderSettings.objects.filter(person=person).first() or ReminderSettings(person=person), duty, now)
    Notice.objects.create(
        person=person, duty=duty, stage=Stage.NEW, due_on=duty.due_on, send_at=at or now, told_at=None if at else now
    )


def forget(duty: Duty, **whose: Any) -> None:
    """What its holders were told of it they are told anew. Inside the caller's transaction."""
    duty.notices.filter(due_on=duty.due_on, **whose).exclude(stage__in=ESCALATIONS).delete()


def redraw(message: outbox.Message) -> bool:
    """Just before it leaves: what was done since is taken out; with nothing left it is withdrawn."""
    told = Notice.objects.filter(message=message).select_related("duty__holder", "duty__holder_unit").order_by("pk")
    notices = list(told)
    assert message.recipient is not None  # no mailbox is reminded of duties
    wanted = still_wanted(message.recipient, notices)
    if not wanted:
        return False
    if len(wanted) < len({one.duty_id for one in notices}):
        message.subject, message.body = notifications.words(message.recipient, wanted)
        message.save(update_fields=["subject", "body"])
    return True


def change_reminders(person: User, *, choices: dict[str, str], seen: int, **times: object) -> ReminderSettings:
    """How she wants to be reminded from now on; what waits is moved to the moment she wants. Raises StepNotOpen when
    she has changed it meanwhile in another window."""
    with transaction.atomic():
        found, _ = ReminderSettings.objects.select_for_update(no_key=True).get_or_create(person=person)
        if found.revision != seen:
            raise StepNotOpen("Du har ændret dine påmindelser i et andet vindue. Se dem, og prøv igen.")
        found.choices = choices
        for name, value in times.items():
            setattr(found, name, value)
        found.revision += 1
        found._history_user = person
        found.save()
        now = timezone.now()
        rows = Notice.objects.filter(person=person, told_at=None).select_related("duty")
        waiting = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
        for notice in waiting:
            at = send_time(found, notice.duty, now)
            notice.send_at, notice.told_at = at or now, None if at else now
        Notice.objects.bulk_update(waiting, ["send_at", "told_at"], batch_size=500)
    return found
