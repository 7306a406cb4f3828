"""A job whose time is up ends, whatever faults it would otherwise pass over."""

from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from duties.actions import create_duty, remind, send_due_notices
from duties.models import Notice
from policy.actions.shared import one_by_one
from roles.models import today
from tests.factories import make_town


def time_is_up(*args: Any, **kwargs: Any) -> None:
    raise SoftTimeLimitExceeded


@pytest.mark.django_db
def test_reminders_end_with_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    create_duty("Gennemgå adgangene", due_on=today(), dedup_key="a", holder=make_town().leader)
    with monkeypatch.context() as patched:
        patched.setattr("duties.actions.reminders._remind_batch", time_is_up)
        with pytest.raises(SoftTimeLimitExceeded):
            remind()
    assert remind() == 1, "nothing is lost by it"
    Notice.objects.update(send_at=timezone.now())
    with monkeypatch.context() as patched:
        patched.setattr("duties.actions.digests._tell", time_is_up)
        with pytest.raises(SoftTimeLimitExceeded):
            send_due_notices()
    assert send_due_notices() == 1


def test_sweep_of_documents_ends_with_its_time() -> None:
    reached = []

    def look(thing: int) -> None:
        reached.append(thing)
        time_is_up()

    with pytest.raises(SoftTimeLimitExceeded):
        one_by_one([1, 2], look)
    assert reached == [1]
