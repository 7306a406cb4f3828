"""The mails about duties: everything that waits for one person becomes one, at the moment she wants it.

What was done since is not in it: asked when it is written, and once more just before it leaves.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from duties import notifications
from duties.actions.reminders import send_time
from duties.models import Duty, Notice, ReminderSettings
from glostrup_isms.kit import outbox
from glostrup_isms.kit.workflow import StepNotOpen
from roles.models import User

MOST = 2000  # people per run; the next run comes in a minute


def send_due_notices(most: int = MOST) -> int:
    """Write the mails whose moment has come; answers how many. Any number of times, also two at once."""
    waiting = Notice.objects.filter(told_at=None, send_at__lte=timezone.now())
    people = waiting.order_by("person").values_list("person", flat=True).distinct()
    return sum(_tell(pk) for pk in list(people[:most]))


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
            message = outbox.queue_all([notifications.digest(person, wanted, first=notices[0].pk)])[0]
            outbox.nudge()
        Notice.objects.filter(pk__in=[one.pk for one in notices]).update(told_at=now)
        Notice.objects.filter(pk__in=[one.pk for one in wanted]).update(message=message)
    return message is not None


def still_wanted(person: User, notices: Sequence[Notice]) -> list[Notice]:
    """Of duties that are open, still due that day, and that she may still see; the latest of each."""
    if not person.is_active:
        return []
    keys = [one.duty_id for one in notices]
    seen = set(Duty.objects.visible_to(person).open().filter(pk__in=keys).values_list("pk", flat=True))
    latest = {one.duty_id: one for one in notices if one.duty_id in seen and one.due_on == one.duty.due_on}
    return list(latest.values())


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
        found, _ = ReminderSettings.objects.select_for_update().get_or_create(person=person)
        if found.revision != seen:
            raise StepNotOpen("Du har ændret dine påmindelser i et andet vindue. Se dem, og prøv igen.")
        found.choices = choices
        for name, value in times.items():
            setattr(found, name, value)
        found.revision += 1
        found._history_user = person
        found.save()
        now = timezone.now()
        waiting = list(Notice.objects.filter(person=person, told_at=None).select_related("duty"))
        for notice in waiting:
            at = send_time(found, notice.duty, now)
            notice.send_at, notice.told_at = at or now, None if at else now
        Notice.objects.bulk_update(waiting, ["send_at", "told_at"], batch_size=500)
    return found
