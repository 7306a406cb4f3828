"""Two schedulers send every job twice. The second time finds nothing to do, and two at the same moment do no more than
one: no second message, duty, step or entry in the audit trail."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from breaches.models import DueStep
from duties.models import Duty
from glostrup_isms.celery import app
from glostrup_isms.kit import files
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.jobs import JobRun, Result
from glostrup_isms.kit.limits import RateCount
from glostrup_isms.kit.outbox import Message, State
from policy.enums import State as VersionState
from policy.models import Version
from roles.enums import ChangeKind, Role
from roles.models import ScimGroup, SyncChange, SyncRun
from tests.asked import CODE
from tests.attack.test_at_once import at_once
from tests.desk import Desk
from tests.factories import make_unit, make_user, make_whole_town

LATER = timedelta(days=6)


def something_for_every_job() -> None:
    """Six days before the jobs run: cases, documents on their way, empty places, files nobody sent."""
    town = make_whole_town()
    desk = Desk(town)
    for unit in (town.home_care, town.school):
        town.report(by=town.employee, unit=unit)
    desk.decided(desk.make(title="Mail"))
    desk.adopted(desk.make(title="Adgang"), days_ago=500)
    make_unit("Uden leder", town.health)
    files.store(SimpleUploadedFile("a.txt", b"Ord", "text/plain"), keep_for=timedelta(hours=1))
    RateCount.objects.create(key_digest="a" * 64, window_start=1, count=1)
    run = SyncRun.objects.create(file_name="organisation.json", sha256="ab" * 32)
    SyncRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(days=400))
    SyncChange.objects.create(run=run, kind=ChangeKind.UNIT_NEW, subject="Enhed")
    group = ScimGroup.objects.create(
        display_name="Ejere", external_id="g", role=Role.SYSTEM_OWNER, unit=town.school, mapped_by=town.gdpr
    )
    group.members.add(make_user("medlem"))


def names() -> list[str]:
    """Of the tasks, in the order of the schedule; then once more what sends messages, as a moment later."""
    app.autodiscover_tasks(force=True)
    return [*(entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()), "kit.deliver_outbox"]


def run(name: str) -> None:
    app.tasks[name].apply(throw=True)


def run_every_job() -> None:
    for name in names():
        run(name)


def our_models() -> list[Any]:
    own = [config for config in apps.get_app_configs() if config.name.split(".")[0] in CODE]
    return [model for config in own for model in config.get_models(include_auto_created=True) if model is not JobRun]


def rows() -> dict[str, list[Any]]:
    return {model._meta.label: sorted(map(repr, model._base_manager.order_by("pk").values())) for model in our_models()}


def counts() -> Counter[str]:
    """Messages by kind. A digest gathers what there is at the moment, so how many there are says nothing; what they
    gather is rows of their own."""
    found = Counter({model._meta.label: model._base_manager.count() for model in our_models() if model is not Message})
    kinds = Message.objects.exclude(kind__startswith="duty_").values_list("kind", flat=True)
    return found + Counter(kinds)


def check_there_was_work() -> None:
    assert Message.objects.filter(state=State.SENT).count() == len(mail.outbox) > 5
    assert not Message.objects.filter(state=State.QUEUED).exists()
    assert DueStep.objects.exclude(taken_at=None).exists()
    assert Version.objects.filter(state=VersionState.IN_FORCE, title="Mail").exists()
    assert Duty.objects.count() > 3
    assert not StoredFile.objects.exists()
    assert not RateCount.objects.exists()
    assert not SyncChange.objects.exists()


@pytest.mark.django_db
def test_every_job_sent_again_finds_nothing_to_do(time_machine: Any) -> None:
    something_for_every_job()
    time_machine.move_to(timezone.now() + LATER, tick=False)
    for name in names() * 2:  # what one job leaves may be work for another
        run(name)
        once, mails = rows(), len(mail.outbox)
        run(name)
        again = rows()
        assert {model: again[model] for model in again if again[model] != once[model]} == {}, name
        assert len(mail.outbox) == mails, name
    check_there_was_work()
    assert set(JobRun.objects.values_list("result", flat=True)) == {Result.OK}


@pytest.mark.django_db(transaction=True)
def test_every_job_sent_twice_at_the_same_moment_does_no_more_than_one(time_machine: Any) -> None:
    now = timezone.now()
    with transaction.atomic():
        something_for_every_job()
        time_machine.move_to(now + LATER, tick=False)
        for _ in range(3):
            run_every_job()
        check_there_was_work()
        alone = counts()
        transaction.set_rollback(True)
    mail.outbox.clear()
    time_machine.move_to(now, tick=False)
    something_for_every_job()
    time_machine.move_to(now + LATER, tick=False)
    assert at_once([run_every_job] * 3) == [None] * 3
    for _ in range(2):
        run_every_job()
    check_there_was_work()
    assert counts() == alone
    failed = JobRun.objects.exclude(failures=0).values_list("task", "error")
    assert list(failed) == []
