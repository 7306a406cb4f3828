"""Every message to the world: written in the same transaction as what it tells of, delivered after it.

A row is both the mail and the item in the portal's inbox. Delivery claims one row at a time by a conditional update
(so it works alike on SQLite and PostgreSQL, and with any number of workers), sends it, and marks it sent. A worker
that dies in between leaves a claim that runs out: the message is then sent once more with the same Message-ID.
Whether the recipient may still have it is asked anew just before it leaves (`recheck`).
"""

import logging
import smtplib
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from glostrup_isms.kit.mail_line import Line, ServerAway

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=150)  # longer than opening a line (some ten answers of 8 s) and sending one message
BACK_OFF = tuple(timedelta(seconds=s) for s in (20, 60, 180, 600, 1800, 3600))
REST = timedelta(seconds=30)  # for an address on which the server hung
MOST_TRIES = 30  # with the last wait repeated: a little over a day


class State(models.TextChoices):
    QUEUED = "queued", "Venter"
    SENT = "sent", "Sendt"
    PORTAL_ONLY = "portal_only", "Kun i indbakken"
    DEAD = "dead", "Kunne ikke sendes"
    WITHDRAWN = "withdrawn", "Trukket tilbage"


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self) -> "MessageQuerySet":
        """Messages that may be sent now, the most pressing and least tried first."""
        now = timezone.now()
        free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        return self.filter(free, state=State.QUEUED, next_try_at__lte=now).order_by(
            "-priority", "attempts", "next_try_at"
        )

    def stuck(self) -> "MessageQuerySet":
        """Undelivered for longer than operators may leave it, and those given up."""
        return self.filter(
            Q(state=State.DEAD, dismissed_at=None)
            | Q(state=State.QUEUED, created_at__lt=timezone.now() - settings.OUTBOX_ALARM_AFTER)
        )

    def mailed(self) -> "MessageQuerySet":
        """What has been a mail, or is to be one."""
        return self.exclude(state=State.PORTAL_ONLY)

    def visible_to(self, user: Any) -> "MessageQuerySet":
        """A person's own inbox, less what she lost the right to before it was sent."""
        return self.filter(recipient=user).exclude(state=State.WITHDRAWN)


class Message(models.Model):
    """One message to one recipient. Subject and body carry a case number and a link, never the narrative."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="inbox")
    address = models.CharField("mailadresse", max_length=254, blank=True)
    kind = models.CharField("slags", max_length=50)
    subject = models.CharField("emne", max_length=200)
    body = models.TextField("tekst")
    url = models.CharField("side", max_length=200)
    dedup_key = models.CharField(max_length=200, unique=True)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField("tilstand", max_length=12, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField("skrevet", default=timezone.now, editable=False)
    next_try_at = models.DateTimeField("næste forsøg", default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField("forsøg", default=0)
    sent_at = models.DateTimeField("sendt", null=True)
    last_error = models.CharField("seneste fejl", max_length=300, blank=True)
    read_at = models.DateTimeField("læst", null=True)
    dismissed_at = models.DateTimeField("afskrevet", null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "besked"
        verbose_name_plural = "beskeder"
        ordering = ["-created_at", "pk"]
        indexes = [
            models.Index(
                F("priority").desc(), "attempts", "next_try_at", name="message_queue", condition=Q(state="queued")
            ),
            models.Index(fields=["state", "created_at", "id"], name="message_by_state"),
            models.Index(fields=["created_at", "id"], name="message_by_time"),
            models.Index(fields=["recipient", "-created_at"], name="message_inbox"),
            models.Index(fields=["recipient"], name="message_unread", condition=Q(read_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient__isnull=False) | ~Q(address=""), name="message_has_a_recipient"
            )
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def message_id(self) -> str:
        """The same at every try, so that a mail program shows a message sent twice once."""
        host = settings.BASE_URL.split("://", 1)[-1].split("/")[0].split(":")[0]
        return f"<{self.pk}@{host}>"

    @property
    def is_given_up(self) -> bool:
        return self.state == State.DEAD and self.dismissed_at is None

    def mail(self) -> EmailMessage:
        return EmailMessage(
            subject=self.subject, body=self.body, to=[self.address], headers={"Message-ID": self.message_id}
        )


def one_line(text: str) -> str:
    """Text that is safe in a header: no line breaks, no control characters, at most 200 characters."""
    return "".join(c if c.isprintable() else " " for c in text)[:200].strip()


def is_address(text: str) -> bool:
    """Whether a mail can be sent there at all."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def queue(**fields: Any) -> Message | None:
    """Write one message (see `draft`) in the caller's transaction; None when it was written before."""
    return queue_all([draft(**fields)])[0]


def queue_all(drafts: Iterable[Message]) -> list[Message | None]:
    """Write messages in the caller's transaction, None for each one written before (`dedup_key`). Two queries."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A message is written in the transaction of what it tells of.")
    drafts = list(drafts)
    Message.objects.bulk_create(drafts, ignore_conflicts=True)
    written = set(Message.objects.filter(pk__in=[one.pk for one in drafts]).order_by().values_list("pk", flat=True))
    return [message if message.pk in written else None for message in drafts]


def draft(
    *,
    to: Any = None,
    address: str = "",
    kind: str,
    subject: str,
    body: str,
    url: str,
    dedup_key: str,
    priority: int = 0,
    portal_only: bool = False,
) -> Message:
    """A message not yet written. `dedup_key` tells the same message from another one. `portal_only`: no mail of it.

    A recipient without a valid address gets the message in the portal only: a bad address stops no other.
    """
    address, state = _destination("" if portal_only else address or getattr(to, "email", ""))
    return Message(
        recipient=to,
        address=address,
        kind=kind,
        subject=one_line(subject),
        body=body,
        url=url,
        dedup_key=dedup_key,
        priority=priority,
        state=state,
    )


def _destination(address: str) -> tuple[str, State]:
    address = address.strip()
    return (address, State.QUEUED) if is_address(address) else ("", State.PORTAL_ONLY)


_rechecks: dict[str, Callable[[Message], bool]] = {}


def recheck(kind_prefix: str, still_wanted: Callable[[Message], bool]) -> None:
    """Ask this of every message to a person whose kind begins so, just before it leaves: at a no it is withdrawn.

    `message.recipient` is fresh. An error counts as a try that failed, so the question is put again later.
    """
    _rechecks[kind_prefix] = still_wanted


def _is_wanted(message: Message) -> bool:
    """Whether the recipient is still here and may still have the message; a mailbox always may."""
    if message.recipient is None:
        return True
    asked = (ask for prefix, ask in _rechecks.items() if message.kind.startswith(prefix))
    return message.recipient.is_active and all(ask(message) for ask in asked)


def nudge() -> None:
    """Ask a worker to deliver after this transaction, once however often this is called in it. A broker that is away
    loses nothing: the sweep comes anyway."""
    waiting = transaction.get_connection().run_on_commit
    if not any(function is _send_nudge for _, function, *_ in waiting):
        transaction.on_commit(_send_nudge, robust=True)


def _send_nudge() -> None:
    from glostrup_isms.kit.tasks import deliver_outbox

    try:
        deliver_outbox.apply_async(retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever the broker says, the report is safe and the sweep delivers
        logger.warning("The broker did not take the nudge: %s", type(error).__name__)


def claim() -> Message | None:
    """Take the most pressing due message for this worker alone, or None."""
    while True:
        first = list(Message.objects.due().select_related("recipient")[:4])
        if not first:
            return None
        for message in first:  # a row that another worker took first is passed over
            now = timezone.now()
            taken = Message.objects.filter(
                Q(claimed_until=None) | Q(claimed_until__lt=now),
                pk=message.pk,
                state=State.QUEUED,
                attempts=message.attempts,
            ).update(claimed_until=now + CLAIM, attempts=F("attempts") + 1)
            if taken:
                message.attempts, message.claimed_until = message.attempts + 1, now + CLAIM
                return message


def deliver_due(most: int = 2000) -> int:
    """Send what is due, at most so many; answers how many were sent. Safe to run any number of times at once. Stops
    when the mail server is away; the next sweep asks again."""
    sent = 0
    with closing(Line()) as line:
        for _ in range(most):
            message = claim()
            if message is None:
                break
            try:
                sent += _deliver(message, line)
            except ServerAway as away:
                _give_back(message, away)
                break
    return sent


def _give_back(message: Message, away: ServerAway) -> None:
    """The server took no message: no try counts, however long it is away."""
    fault = _fault(away.__cause__ or away)
    Message.objects.filter(pk=message.pk, state=State.QUEUED).update(
        claimed_until=None, attempts=F("attempts") - 1, last_error=fault
    )
    logger.warning("The mail server is away: %s", fault)


def _deliver(message: Message, line: Line) -> bool:
    mine = Message.objects.filter(pk=message.pk, state=State.QUEUED)
    try:
        if not _is_wanted(message):
            # only while this worker holds it, as below
            mine.filter(claimed_until=message.claimed_until).update(
                state=State.WITHDRAWN, claimed_until=None, last_error=""
            )
            logger.info("Message %s was withdrawn: its recipient may no longer have it", message.pk)
            return False
        line.send(message.mail())
    except ServerAway:
        raise
    except Exception as error:  # noqa: BLE001 - one bad recipient, or a server that hangs, stops no other
        now = timezone.now()
        final = _is_final(error) or message.attempts >= MOST_TRIES
        wait = BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
        # only while this worker holds it: a slow one must not free what another is sending
        mine.filter(claimed_until=message.claimed_until).update(
            state=State.DEAD if final else State.QUEUED,
            next_try_at=now + wait,
            claimed_until=None,
            last_error=_fault(error),
        )
        logger.warning("Message %s was not delivered (try %s): %s", message.pk, message.attempts, _fault(error))
        if _is_hanging(error):
            _let_rest(message.address, now)
        return False
    _insist(partial(mine.update, state=State.SENT, sent_at=timezone.now(), claimed_until=None, last_error=""))
    return True


def _let_rest(address: str, now: datetime) -> None:
    """Where the server hung on one recipient, that one's other messages wait, so that they hold up nobody else's."""
    Message.objects.filter(address=address, state=State.QUEUED, claimed_until=None, next_try_at__lt=now + REST).update(
        next_try_at=now + REST
    )


def _insist(write: Callable[[], Any]) -> None:
    """The mail has left: a database that is being started again must learn of it, or it would leave once more."""
    give_up = time.monotonic() + CLAIM.total_seconds() / 2
    while True:
        try:
            write()
            return
        except (OperationalError, InterfaceError):
            if time.monotonic() > give_up or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(0.5)


def _is_final(error: Exception) -> bool:
    """A server that says 5xx of the recipient or the message will say so again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _is_hanging(error: Exception) -> bool:
    """The server gave no answer. A refusal is one, though smtplib calls it an OSError too."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, smtplib.SMTPServerDisconnected)
    return isinstance(error, OSError)


def _fault(error: BaseException) -> str:
    """What operators see: the kind of fault and the server's code, never an address."""
    code = getattr(error, "smtp_code", "")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    return f"{type(error).__name__} {code}".strip()


def retry(message: Message) -> State:
    """Operators try a message again at once, at the address that the person has now; one being sent is left alone.

    Answers what becomes of it: `PORTAL_ONLY` when the person has no address, `WITHDRAWN` when that came first.
    """
    message.refresh_from_db()
    if message.state == State.WITHDRAWN:
        return State.WITHDRAWN
    address, state = _destination(message.recipient.email if message.recipient else message.address)
    free = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    Message.objects.filter(free, pk=message.pk, state__in=[State.DEAD, State.QUEUED]).update(
        state=state, address=address, attempts=0, next_try_at=timezone.now(), claimed_until=None, dismissed_at=None
    )
    return state


def dismiss(message: Message) -> bool:
    """Operators let a message rest that was given up: it is no longer sent, nor warned of. False for any other."""
    given_up = Message.objects.filter(pk=message.pk, state=State.DEAD, dismissed_at=None)
    return bool(given_up.update(dismissed_at=timezone.now()))


def problem() -> str:
    """One Danish sentence when messages are stuck, else an empty text."""
    count = Message.objects.stuck().count()
    if not count:
        return ""
    return f"{count} {'besked er' if count == 1 else 'beskeder er'} ikke kommet frem."
