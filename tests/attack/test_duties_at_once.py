"""Schedulers and people who do the same to duties at the same moment: each duty, notice and mail once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from duties import actions
from duties.actions import create_duty, make_year, remind, send_due_notices
from duties.enums import Kind, Recurrence, Share
from duties.models import Duty, DutyTemplate, Notice
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
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
