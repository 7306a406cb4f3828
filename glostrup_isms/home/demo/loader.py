"""Loading the demo municipality, in one transaction, through the same actions as the pages use.

Every case is reported and worked through now, act by act; after each act, whatever it wrote is moved back to the time
at which the act is told to have happened. Reminders and escalations that would have been sent in between are sent
(and moved back) too, so that the first sweep finds nothing due. The audit trail is append-only: it keeps the time of
the load.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from breaches import actions
from breaches.enums import EntryKind, StepKind
from breaches.models import Breach, BreachFile, Told
from duties.actions import finish_duty
from duties.models import Duty
from glostrup_isms.home.demo import meetings, policies, year
from glostrup_isms.home.demo.cases import CASES, Case
from glostrup_isms.home.demo.organisation import Organisation
from glostrup_isms.home.demo.papers import paper
from glostrup_isms.home.demo.people import ACCOUNTS
from glostrup_isms.kit import audit, dates, files, outbox
from roles.models import User

FRESH = timedelta(hours=2)  # what was told so recently lies unread
DUTIES_STAY_OPEN = timedelta(days=2)
KINDS = {"ask": EntryKind.QUESTION, "answer": EntryKind.ANSWER, "add": EntryKind.ADDITION, "note": EntryKind.NOTE}


class AlreadyLoaded(Exception):
    """The demo municipality is in the database already."""


class OtherData(Exception):
    """The database holds people who are not the demo's."""


def load() -> tuple[int, int, int]:
    """Load everything or nothing; answers how many units, people and cases. Raises AlreadyLoaded, OtherData."""
    with files.together(), transaction.atomic():
        if User.objects.filter(username=ACCOUNTS[0].username).exists():
            raise AlreadyLoaded
        if User.objects.exists():
            raise OtherData
        organisation = Organisation().make()
        meetings.load_past(organisation)
        policies.load(organisation)
        now = timezone.now()
        for number, case in enumerate(sorted(CASES, key=lambda case: -case.ago), 1):
            CaseLoader(case, number, organisation, now).load()
        policies.look_around()
        year.load(organisation)
        meetings.load_coming(organisation)
        _mark_old_messages_read(now)
        audit.record("demo.load", cases=len(CASES))
    return len(organisation.units), User.objects.count(), len(CASES)


def _mark_old_messages_read(now: datetime) -> None:
    unread = Told.objects.filter(read_at=None, message__isnull=False).values("message")
    outbox.Message.objects.filter(created_at__lt=now - FRESH, read_at=None).exclude(pk__in=unread).update(
        read_at=F("created_at") + timedelta(minutes=20)
    )
    outbox.Message.objects.filter(read_at__lt=F("created_at")).update(read_at=F("created_at") + timedelta(minutes=20))


def _answer_by(told_at: datetime) -> str:
    return dates.da_datetime(told_at + settings.ACKNOWLEDGE_WITHIN)


class CaseLoader:
    """One case: reported, told of, worked through, and moved back in time."""

    def __init__(self, case: Case, number: int, organisation: Organisation, now: datetime) -> None:
        self.case, self.number, self.organisation, self.now = case, number, organisation, now
        self.reported_at = now - timedelta(hours=case.ago)
        self.steps_taken = 0
        self.breach: Breach

    def load(self) -> None:
        self._report()
        for count, (after, verb, who, *rest) in enumerate(self.case.acts):
            at = self.reported_at + timedelta(hours=after)
            self._take_steps_until(at)
            begun = timezone.now()
            self._act(verb, who, rest, token=f"demo-{self.number}-{count}")
            self._move_back(begun, at)
        self._take_steps_until(self.now)
        if self.now - self.reported_at > FRESH:
            self._be_read()
        if self.now - self.reported_at > DUTIES_STAY_OPEN:
            self._finish_duties()

    def _person(self, key: str) -> User:
        """A fresh person, so that she fills the roles she has by now."""
        return User.objects.get(pk=self.organisation.people[key].pk)

    def _reporter(self, key: str) -> User | None:
        return self._person(key) if key not in ("", "anonymous") else None

    def _report(self) -> None:
        case, begun = self.case, timezone.now()
        report = actions.Report(
            description=case.text, noticed_at=self.reported_at - timedelta(hours=case.noticed), kind=case.kind,
            involves_personal_data=case.data, unit=self.organisation.units[case.unit] if case.unit else None,
            **case.answers,
        )  # fmt: skip
        uploads = [files.store(paper(name, text), keep_for=files.KEEP) for name, text in case.files]
        receipt = actions.report_breach(
            report, by=self._reporter(case.by), token=f"demo-report-{self.number}", uploads=uploads
        )
        self.breach = receipt.breach
        real = self.breach.reported_at
        Breach.objects.filter(pk=self.breach.pk).update(reported_at=self.reported_at)
        self.breach.history.update(reported_at=self.reported_at)
        self.breach.due_steps.exclude(kind=StepKind.CLOCK).update(due_at=F("due_at") + (self.reported_at - real))
        self._move_back(begun, self.reported_at)

    def _act(self, verb: str, who: str, rest: list[str], token: str) -> None:
        self.breach.refresh_from_db()
        if verb in KINDS:
            actions.write_entry(self.breach, KINDS[verb], rest[0], by=self._reporter(who), token=token)
            return
        by = self._person(who)
        if verb == "acknowledge":
            actions.mark_read(self.breach, by=by)
            actions.acknowledge(self.breach, by=by)
        elif verb == "step":
            actions.take_step(self.breach, rest[0], by=by, note="".join(rest[1:]))
        else:
            actions.set_verdict(self.breach, rest[0], by=by, reason=rest[1])

    def _take_steps_until(self, moment: datetime) -> None:
        """The reminders, escalations and warnings that fell due before the moment, each at its own time."""
        while step := self.breach.due_steps.due(moment).first():
            begun = timezone.now()
            actions.take_due_steps(step.due_at)
            self._move_back(begun, step.due_at)
            if step.kind == StepKind.ESCALATE:
                further_up = self.breach.due_steps.filter(kind=step.kind, track=step.track, level=step.level + 1)
                further_up.update(due_at=step.due_at + settings.ACKNOWLEDGE_WITHIN)

    def _be_read(self) -> None:
        """The GDPR unit has opened whatever is not fresh."""
        for key in ("gdpr", "gdpr:2"):
            begun = timezone.now()
            actions.mark_read(self.breach, by=self._person(key))
            self._move_back(begun, self.reported_at + timedelta(hours=1))

    def _finish_duties(self) -> None:
        begun = timezone.now()
        for duty in Duty.objects.open().filter(url=self.breach.get_absolute_url()):
            finish_duty(duty, by=self._person("gdpr"))
        self._move_back(begun, self.reported_at + timedelta(hours=20))

    def _move_back(self, begun: datetime, at: datetime) -> None:
        """Whatever was written since `begun` happened at `at`."""
        breach = self.breach
        stored = files.StoredFile.objects.filter(pk__in=BreachFile.objects.filter(breach=breach).values("stored"))
        duties = Duty.objects.filter(url=breach.get_absolute_url())
        places: tuple[tuple[Any, str], ...] = (
            (breach.events, "at"),
            (breach.entries, "created_at"),
            (breach.due_steps, "taken_at"),
            (breach.due_steps, "cancelled_at"),
            (breach.history, "history_date"),
            (breach.history, "notified_at"),
            (Breach.objects.filter(pk=breach.pk), "notified_at"),
            (stored, "created_at"),
            (duties, "created_at"),
            (duties, "done_at"),
        )
        for rows, name in places:
            rows.filter(**{f"{name}__gte": begun}).update(**{name: at})
        # A warning that was planned anew for a time before this act went out already.
        breach.due_steps.filter(kind=StepKind.CLOCK, taken_at=None, cancelled_at=None, due_at__lte=at).update(
            cancelled_at=at
        )
        self._move_messages_back(begun, at)
        for name in ("told_at", "read_at", "acknowledged_at"):
            breach.told.filter(**{f"{name}__gte": begun}).update(**{name: at})

    def _move_messages_back(self, begun: datetime, at: datetime) -> None:
        """They left at once, and name the times that follow from then."""
        messages = outbox.Message.objects.filter(url=self.breach.get_absolute_url())
        for told in self.breach.told.filter(told_at__gte=begun, message__isnull=False).select_related("message"):
            message, written, meant = told.message, _answer_by(told.told_at), _answer_by(at)
            assert message is not None  # filtered above
            message.subject = message.subject.replace(written, meant)
            message.body = message.body.replace(written, meant)
            message.save(update_fields=["subject", "body"])
        new = messages.filter(created_at__gte=begun)
        new.filter(state=outbox.State.QUEUED).update(
            state=outbox.State.SENT, sent_at=at + timedelta(seconds=4), attempts=1
        )
        new.update(created_at=at, next_try_at=at)
        messages.filter(read_at__gte=begun).update(read_at=at)
