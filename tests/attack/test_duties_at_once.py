"""Schedulers and people who do the same to duties at the same moment: each duty, notice and mail once."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from duties import actions
from duties.actions import create_duty, make_year, remind, send_due_notices
from duties.actions.calendars import make_address
from duties.enums import How, Kind, Recurrence, Share
from duties.holdings import move
from duties.models import CalendarFeed, Duty, DutyTemplate, Notice
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from roles.actions import deactivate
from roles.enums import Role
from roles.models import User, today
from tests.attack.test_at_once import at_once, people, sorted_out
from tests.factories import WholeTown, make_whole_town

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 8


@pytest.fixture
def town() -> WholeTown:
    return make_whole_town()


def make_templates(town: WholeTown) -> None:
    for number, share in enumerate((Share.PERSON, Share.UNIT, Share.ROLE)):
        actions.create_template(
            by=User.objects.get(pk=town.gdpr.pk), title=f"Fast {number}", role=Role.LEADER, share=share,
            recurrence=Recurrence.WEEKLY, first_on=today(),
        )  # fmt: skip


def test_many_schedulers_make_each_duty_once(town: WholeTown) -> None:
    make_templates(town)
    answers, _ = sorted_out(at_once([make_year] * MANY))
    keys = list(
        Duty.objects.filter(template__isnull=False).values_list("template", "planned_on", "made_for", "holder_unit")
    )
    assert len(keys) == len(set(keys)) == sum(answers) > 30
    assert make_year() == 0
    assert not DutyTemplate.objects.filter(next_on__lte=today() + timedelta(days=89)).exists()


def test_many_sweeps_write_each_notice_and_mail_once(town: WholeTown) -> None:
    make_templates(town)
    make_year()
    sorted_out(at_once([remind] * MANY))
    notices = list(Notice.objects.values_list("person", "duty", "stage", "due_on"))
    assert len(notices) == len(set(notices)) > 0
    Notice.objects.update(send_at=timezone.now())
    sorted_out(at_once([send_due_notices] * MANY))
    mails = list(Message.objects.filter(kind__startswith="duty_").values_list("recipient", flat=True))
    assert len(mails) == len(set(mails)) == Notice.objects.values("person").distinct().count()
    assert not Notice.objects.filter(told_at=None).exists()


def test_what_is_done_while_the_sweep_runs_stays_done(town: WholeTown) -> None:
    leader = User.objects.get(pk=town.leader.pk)
    for number in range(10):
        create_duty("Ret det", due_on=today(), holder=leader, dedup_key=str(number), kind=Kind.YEAR, is_discreet=False)
    finishing = [lambda duty=duty: actions.finish(duty, by=leader) for duty in Duty.objects.all()]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        sorted_out(at_once([*finishing, remind, remind, send_due_notices]))
    assert not Duty.objects.open().exists()
    assert Duty.history.filter(state="done").count() == 10


def test_shared_duty_is_taken_by_one_of_many(town: WholeTown) -> None:
    duty = create_duty("Ret det", due_on=today(), role=Role.LAWYER, dedup_key="a", kind=Kind.YEAR, is_discreet=False)
    lawyers = people(town, Role.LAWYER, MANY)
    took = [lambda one=one: actions.hand_on(duty, one, by=one, seen=duty.revision) for one in lawyers]
    done, refused = sorted_out(at_once(took), actions.Changed, StepNotOpen)
    assert (len(done), len(refused)) == (1, MANY - 1)
    assert Duty.objects.get().holder_id == done[0].holder_id


def test_no_mail_is_lost_while_its_reader_chooses_how_to_be_reminded(town: WholeTown) -> None:
    leader = User.objects.get(pk=town.leader.pk)
    for number in range(5):
        create_duty("Ret det", due_on=today(), holder=leader, dedup_key=str(number), is_discreet=False)
    remind()
    Notice.objects.update(send_at=timezone.now())
    at_any_hour = {"weekly_on": 0, "quiet_from": time(0), "quiet_to": time(0)}

    def choose(seen: int) -> None:
        choices = {kind.value: How.AT_ONCE.value for kind in Kind}
        actions.change_reminders(leader, choices=choices, seen=seen, **at_any_hour)

    choosing = [lambda seen=seen: choose(seen) for seen in (1, 2, 3)]
    sorted_out(at_once([*choosing, *[send_due_notices] * MANY]), StepNotOpen)
    Notice.objects.filter(told_at=None).update(send_at=timezone.now())
    send_due_notices()
    assert not Notice.objects.filter(person=leader, told_at=None).exists()
    assert not Notice.objects.filter(person=leader, message=None).exists()


def test_comment_sent_many_times_at_once_is_one(town: WholeTown) -> None:
    leader = User.objects.get(pk=town.leader.pk)
    duty = create_duty("Ret det", due_on=today(), holder=leader, dedup_key="a", is_discreet=False)
    sorted_out(at_once([lambda: actions.write(duty, by=leader, text="Se her.")] * MANY))
    assert duty.entries.count() == 1


def test_duties_moved_by_many_have_one_new_holder_and_one_line(town: WholeTown) -> None:
    duties = [
        create_duty("Ret det", due_on=today(), holder=town.leader, dedup_key=str(number), is_discreet=False)
        for number in range(4)
    ]
    gdpr = User.objects.get(pk=town.gdpr.pk)
    to = [User.objects.get(pk=one.pk) for one in (town.teacher, town.employee)] * (MANY // 2)
    moving = [lambda one=one: _move(duties, town.leader, one, gdpr) for one in to]
    moved, _ = sorted_out(at_once([*moving, remind, send_due_notices]))
    assert sum(moved[: len(to)]) >= len(duties)
    for duty in Duty.objects.filter(pk__in=[one.pk for one in duties]):
        assert duty.entries.count() == 1
        assert Notice.objects.filter(duty=duty, person=duty.holder, stage="new").count() == 1


def _move(duties: list[Duty], person: User, to: User, by: User) -> int:
    with transaction.atomic():
        return move(duties, person, to, by)


def test_account_is_closed_while_its_person_makes_a_calendar_address(town: WholeTown) -> None:
    person, by = User.objects.get(pk=town.teacher.pk), User.objects.get(pk=town.administrator.pk)
    feed, _ = make_address(by=person, seen=None)
    making = [lambda: make_address(by=person, seen=feed.pk)] * 3
    sorted_out(at_once([*making, lambda: deactivate(person, by=by)]), ValidationError)
    assert CalendarFeed.objects.filter(person=person).count() <= 2
    assert not User.objects.get(pk=person.pk).is_active
