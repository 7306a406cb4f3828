"""Three years of the whole portal: every job of the schedule runs, and people do only what their own list asks of them.
Nobody looks anything up, moves a date by hand or remembers a meeting."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from duties.actions import create_template, finish
from duties.enums import ESCALATIONS, Recurrence, Share
from duties.models import Duty, DutyTemplate, Notice
from glostrup_isms.celery import app
from glostrup_isms.kit.audit_check import verify
from glostrup_isms.kit.dates import local_date
from glostrup_isms.kit.jobs import JobRun, Result
from glostrup_isms.kit.outbox import Message
from meetings import actions as meetings
from meetings.actions.holding import outcomes_of
from meetings.enums import ENDED, ItemState, MeetingState, Outcome
from meetings.models import AgendaItem, Body, Meeting
from policy import actions as policy
from policy.enums import UNDER_REVIEW, Kind, NeedsChange, ReviewState
from policy.models import Document, Review, ReviewPart
from roles.enums import Role
from roles.models import User, today
from tests.desk import Desk
from tests.factories import make_whole_town

DAY = timedelta(days=1)
BEGINS = datetime(2027, 3, 1, 9, tzinfo=UTC)
YEARS = 3
STEP = 4  # days between two looks of the portal: a run missed is caught up by the next
TASKS = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]


@dataclass
class Staff:
    """They do what stands in their list a day before it is due, and the meeting on its day."""

    desk: Desk
    forgetful: User = field(init=False)  # never does what the year asks of her

    def __post_init__(self) -> None:
        desk = self.desk
        desk.in_force(desk.policy())
        desk.in_force(desk.make(Kind.RULE, "Adgange"))
        desk.in_force(desk.make(Kind.CONTINGENCY_PLAN, "Nedbrud"))
        desk.in_force(desk.make(Kind.GUIDELINE, "Nøgler", review_months=6, owner_role=Role.GDPR_UNIT))
        self.forgetful = desk.other_leader
        for title, role, recurrence in (
            ("Gennemgå adgangene", Role.LEADER, Recurrence.QUARTERLY),
            ("Afprøv nødplanen", Role.IT_OPERATIONS, Recurrence.YEARLY),
        ):
            create_template(
                by=desk.gdpr_unit, title=title, role=role, share=Share.PERSON, first_on=today(), recurrence=recurrence,
                source="Politikken, P-65",
            )  # fmt: skip

    def day(self) -> None:
        for meeting in Meeting.objects.filter(state=MeetingState.CALLED, starts_at__date__lte=today()):
            self.hold(meeting)
        due = Duty.objects.open().filter(due_on__lte=today() + STEP * DAY).exclude(holder=self.forgetful)
        for duty in due.order_by("due_on", "pk"):
            if duty.by_hand:
                finish(duty, by=self.who_has(duty))
            else:
                self.work_on(duty.concerns, duty)

    def who_has(self, duty: Duty) -> User:
        if duty.holder_id:
            return User.objects.get(pk=duty.holder_id)
        found: User = getattr(self.desk, duty.holder_role)
        return found

    def work_on(self, thing: Any, duty: Duty) -> None:
        by = self.who_has(duty)
        if isinstance(thing, Body):
            starts_at = timezone.now() + 30 * DAY
            meetings.plan_meeting(thing, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), by=by)
        elif isinstance(thing, Meeting) and thing.state == MeetingState.PLANNED:
            meetings.call_meeting(thing, by=by)
        elif isinstance(thing, Meeting) and thing.minutes_sent_at is None:
            meetings.send_minutes(thing, by=by)
        elif isinstance(thing, Meeting):
            meetings.approve_minutes(thing, by=by)
        else:
            parts = ReviewPart.objects.filter(review__in=Review.objects.open(), answered_at=None)
            for part in parts.filter(review__version=thing, asked_role=duty.holder_role):
                policy.assess(part, NeedsChange.NO, changes="Intet er ændret.", by=by)

    def hold(self, meeting: Meeting) -> None:
        """All are there; what may be approved again is, the rest is taken note of."""
        writer, chair = self.desk.gdpr_unit, self.desk.director
        sheet = {seat.person.pk: "present" for seat in meeting.body.seats()}
        meeting = meetings.open_meeting(meeting, sheet, by=writer)
        for item in meeting.items.open():
            outcome = Outcome.REAPPROVED if Outcome.REAPPROVED in outcomes_of(item) else ""
            meetings.conclude(
                item, words="Godkendt." if outcome else "Taget til efterretning.", outcome=outcome, by=chair
            )
        meetings.close_meeting(meeting, by=writer)


def run(staff: Staff, time_machine: Any) -> None:
    app.loader.import_default_modules()
    for number in range(0, 365 * YEARS, STEP):
        time_machine.move_to(BEGINS + number * DAY, tick=False)
        for name in TASKS:
            app.tasks[name].apply(throw=True)
        staff.day()


@pytest.mark.django_db
def test_the_year_runs_by_what_people_are_asked(time_machine: Any) -> None:
    time_machine.move_to(BEGINS, tick=False)
    staff = Staff(Desk(make_whole_town()))
    run(staff, time_machine)

    assert not JobRun.objects.exclude(result=Result.OK).exists()
    assert set(JobRun.objects.values_list("task", flat=True)) == set(TASKS)
    the_committee_met_and_finished_its_minutes()
    every_document_was_approved_again_at_a_meeting()
    each_fixed_duty_came_on_each_of_its_days()
    nobody_was_late_but_the_forgetful(staff)
    nobody_got_two_mails_of_duties_on_a_day()
    assert not verify(), "the trail is whole"


def the_committee_met_and_finished_its_minutes() -> None:
    rows = Meeting.objects.order_by("starts_at")
    held = [local_date(meeting.starts_at) for meeting in rows.filter(state=MeetingState.CLOSED)]
    assert len(held) >= YEARS * 4 - 1, "every three months"
    assert all(later - sooner <= 100 * DAY for sooner, later in pairs(held))
    assert rows.exclude(state__in=ENDED).count() <= 1, "the next one alone is open"


def every_document_was_approved_again_at_a_meeting() -> None:
    for document in Document.objects.all():
        closed = document.reviews.exclude(state__in=UNDER_REVIEW)
        months = document.review_months
        assert closed.count() >= YEARS * 12 // months - 1, document
        for review in closed:
            assert review.state == ReviewState.CLOSED, document
            assert review.decision is not None
            assert review.decision.decided_on <= review.due_on, document
            item = AgendaItem.objects.get(decision=review.decision)
            assert item.state == ItemState.DECIDED
            assert item.meeting.state == MeetingState.CLOSED
    assert not Review.objects.open().filter(due_on__lt=today()).exists()


def each_fixed_duty_came_on_each_of_its_days() -> None:
    for template in DutyTemplate.objects.all():
        holders = template.holders().values("person").distinct().count()
        planned = Counter(Duty.objects.filter(template=template).values_list("planned_on", flat=True))
        expected = list(days_until(template, today()))
        assert [planned[day] for day in expected] == [holders] * len(expected), template


def nobody_was_late_but_the_forgetful(staff: Staff) -> None:
    late = Duty.objects.late()
    assert set(late.values_list("holder", flat=True)) == {staff.forgetful.pk}
    told = Notice.objects.filter(stage__in=ESCALATIONS)
    assert set(told.values_list("duty__holder", flat=True)) == {staff.forgetful.pk}


def nobody_got_two_mails_of_duties_on_a_day() -> None:
    rows = Message.objects.filter(kind__startswith="duty").values_list("recipient", "created_at")
    mails = Counter((person, local_date(at)) for person, at in rows)
    assert mails
    assert max(mails.values()) == 1


def days_until(template: DutyTemplate, last: date) -> Iterator[date]:
    for day in template.days(template.first_on):
        if day > last:
            return
        yield day


def pairs(days: list[date]) -> Iterator[tuple[date, date]]:
    return zip(days, days[1:], strict=False)
