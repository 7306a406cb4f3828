"""Scheduled jobs: every run is noted, a missing one is seen, and what downtime missed is caught up once."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from billiard.exceptions import WorkerLostError
from celery.signals import task_failure
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from glostrup_isms.celery import app
from glostrup_isms.kit import audit, jobs, outbox, tasks
from glostrup_isms.kit.jobs import JobRun, Result
from glostrup_isms.kit.scheduler import CatchUpScheduler
from tests.attack.test_at_once import at_once

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAILY = {"check-orphans", "clear-old-sync-lines", "clear-out"}


def run_of(task: Any) -> JobRun:
    return JobRun.objects.get(pk=task.name)


# ── Noting ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["apply", "apply_async"])  # as by the scheduler, and as by a nudge
def test_a_run_is_noted_with_its_times_and_its_end(how: str) -> None:
    before = timezone.now()
    getattr(tasks.deliver_outbox, how)()
    run = run_of(tasks.deliver_outbox)
    assert (run.result, run.runs, run.failures, run.error) == (Result.OK, 1, 0, "")
    assert before <= run.last_started_at <= run.last_finished_at == run.last_ok_at <= timezone.now()
    assert 0 <= run.took_ms < 60_000


def test_a_job_that_runs_is_seen_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(outbox, "deliver_due", lambda: seen.append(run_of(tasks.deliver_outbox).result))
    tasks.deliver_outbox.apply()
    assert seen == [Result.RUNNING]


def test_a_fault_is_noted_by_its_kind_alone_and_the_next_good_run_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("Anna Andersen, 070761-4285")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "write_head", fail)
        tasks.write_audit_head.apply()
    run = run_of(tasks.write_audit_head)
    assert (run.result, run.runs, run.failures, run.error) == (Result.FAILED, 1, 1, "RuntimeError")
    assert run.last_ok_at is None
    assert run.last_finished_at is not None
    assert not [value for value in vars(run).values() if "Anna" in str(value) or "4285" in str(value)]
    tasks.write_audit_head.apply()
    run = run_of(tasks.write_audit_head)
    assert (run.result, run.runs, run.failures) == (Result.OK, 2, 1)


def test_a_process_that_was_killed_is_noted_by_its_parent() -> None:
    JobRun.objects.create(task=tasks.clear_out.name, last_started_at=timezone.now(), runs=1)
    task_failure.send(sender=tasks.clear_out, task_id="of-another-process", exception=WorkerLostError("signal 9"))
    run = run_of(tasks.clear_out)
    assert (run.result, run.error, run.took_ms) == (Result.FAILED, "WorkerLostError", None)


def test_only_tasks_of_the_schedule_are_noted(settings: Any) -> None:
    settings.CELERY_BEAT_SCHEDULE = {}
    tasks.deliver_outbox.apply()
    assert not JobRun.objects.exists()


def test_a_job_fares_the_same_without_a_database_to_note_it_in(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("server closed the connection: Anna Andersen")

    done = []
    monkeypatch.setattr(outbox, "deliver_due", lambda: done.append("delivered"))
    monkeypatch.setattr(JobRun.objects, "filter", away)
    with caplog.at_level(logging.WARNING):
        assert tasks.deliver_outbox.apply().successful()
    assert done == ["delivered"]
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["The run of kit.deliver_outbox could not be noted: OperationalError"] * 2  # beginning and end
    assert not any(record.exc_info for record in caplog.records)


def test_a_run_costs_one_update_at_each_end(django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "deliver_due", lambda: 0)
    tasks.deliver_outbox.apply()
    with django_assert_num_queries(2):
        tasks.deliver_outbox.apply()


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_lose_no_run() -> None:
    def work() -> None:
        for _ in range(5):
            tasks.deliver_outbox.apply()

    assert at_once([work] * 6) == [None] * 6
    run = run_of(tasks.deliver_outbox)
    assert (run.runs, run.failures, run.result) == (30, 0, Result.OK)


# ── Late ─────────────────────────────────────────────────────────────────────────────────────────


def late() -> set[str]:
    return {job.name for job in jobs.all_jobs() if job.is_late}


def all_went_well(at: datetime) -> None:
    for entry in django_settings.CELERY_BEAT_SCHEDULE.values():
        known = {"first_seen_at": at, "last_started_at": at, "last_ok_at": at, "result": Result.OK}
        JobRun.objects.update_or_create(task=entry["task"], defaults=known)


def test_nothing_is_late_before_any_job_was_seen(client: Client) -> None:
    assert late() == set()
    assert jobs.problem() == ""
    assert client.get("/readyz").status_code == 200


def test_a_job_that_never_ran_is_late_after_its_time_from_when_the_first_job_was_seen(time_machine: Any) -> None:
    time_machine.move_to(NOON)
    tasks.deliver_outbox.apply()
    time_machine.move_to(NOON + timedelta(minutes=9))
    assert late() == set()
    time_machine.move_to(NOON + timedelta(minutes=12))
    assert {"put-due-in-force", "take-due-steps"} <= late()
    assert not late() & {"look-at-owners", "ask-for-reviews", *DAILY}
    time_machine.move_to(NOON + timedelta(minutes=21))
    assert "look-at-owners" in late()
    time_machine.move_to(NOON + timedelta(minutes=51))
    assert "ask-for-reviews" in late()
    assert not late() & DAILY
    time_machine.move_to(NOON + timedelta(hours=17))
    assert late() >= DAILY


def test_a_daily_job_is_late_ten_minutes_after_its_hour(time_machine: Any) -> None:
    time_machine.move_to(NOON)
    all_went_well(NOON)
    time_machine.move_to(datetime(2026, 11, 21, 3, 24, tzinfo=UTC))
    assert "check-orphans" not in late()
    time_machine.move_to(datetime(2026, 11, 21, 3, 26, tzinfo=UTC))
    assert "check-orphans" in late()
    tasks.check_orphans.apply()
    assert "check-orphans" not in late()


def test_a_job_that_only_fails_is_late_too(time_machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    time_machine.move_to(NOON)
    all_went_well(NOON)
    monkeypatch.setattr(audit, "write_head", lambda: 1 / 0)
    for minutes in (5, 12):
        time_machine.move_to(NOON + timedelta(minutes=minutes))
        tasks.write_audit_head.apply()
    assert "write-audit-head" in late()


def test_late_jobs_are_seen_from_outside(client: Client, time_machine: Any) -> None:
    time_machine.move_to(NOON)
    all_went_well(NOON)
    assert b"isms_jobs_late 0" in client.get("/metrics").content
    time_machine.move_to(NOON + timedelta(minutes=15))
    count = len(late())
    assert count > 1
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["jobs"] == f"{count} job er ikke kørt, som de skal."
    metrics = client.get("/metrics").content.decode()
    assert f"isms_jobs_late {count}\n" in metrics
    assert 'isms_check_ok{check="jobs"} 0' in metrics


# ── Caught up after downtime ─────────────────────────────────────────────────────────────────────


class Clockwork(CatchUpScheduler):
    """The scheduler with its file and Celery's own reckoning; what it sends is written down."""

    producer = None

    def __init__(self, folder: Path) -> None:
        self.sent: list[str] = []
        super().__init__(app=app, schedule_filename=str(folder / "scheduler"))

    def apply_async(self, entry: Any, **_: Any) -> None:
        self.sent.append(entry.name)

    def run(self) -> list[str]:
        """What is due now."""
        self.sent = []
        while self.tick() == 0:
            pass
        return self.sent


def lived(folder: Path) -> list[str]:
    """One life of the scheduler, from its start to its end: what it sent."""
    clockwork = Clockwork(folder)
    try:
        return clockwork.run()
    finally:
        clockwork.close()


@pytest.fixture
def folder(tmp_path: Path, time_machine: Any) -> Iterator[Path]:
    """A scheduler ran at noon, and its file is here."""
    time_machine.move_to(NOON, tick=False)
    lived(tmp_path)
    return tmp_path


def lose(folder: Path) -> None:
    for path in folder.glob("scheduler*"):
        path.unlink()


def cut(folder: Path) -> None:
    """A power cut or a full disk in the middle of writing what stands in it; the register beside it is whole."""
    for path in folder.glob("scheduler*"):
        if path.suffix not in (".dir", ".bak"):
            path.write_bytes(path.read_bytes()[:60])


def garble(folder: Path) -> None:
    for path in folder.glob("scheduler*"):
        path.write_bytes(b"\x80\x05garbage" * 300)


def test_first_start_has_nothing_to_catch_up(tmp_path: Path) -> None:
    assert not DAILY & set(lived(tmp_path))


def test_what_three_days_of_downtime_missed_is_sent_once(folder: Path, time_machine: Any) -> None:
    """By the scheduler's own file: the database knows of no run."""
    for day, hour, times in ((23, 10, 1), (23, 11, 0), (24, 3, 0), (24, 8, 1)):
        time_machine.move_to(datetime(2026, 11, day, hour, tzinfo=UTC), tick=False)
        sent = lived(folder)
        assert [sent.count(name) for name in sorted(DAILY)] == [times] * 3, f"on {day} November at {hour}"


@pytest.mark.parametrize("harm", [lose, cut, garble])
def test_what_was_missed_is_sent_once_also_when_the_file_is_gone(harm: Any, folder: Path, time_machine: Any) -> None:
    all_went_well(datetime(2026, 11, 20, 3, 50, tzinfo=UTC))
    time_machine.move_to(datetime(2026, 11, 23, 10, tzinfo=UTC), tick=False)
    harm(folder)
    assert sorted(set(lived(folder)) & DAILY) == sorted(DAILY)
    all_went_well(timezone.now())
    time_machine.move_to(datetime(2026, 11, 23, 11, tzinfo=UTC), tick=False)
    harm(folder)
    assert not DAILY & set(lived(folder))


def test_daily_jobs_run_in_a_portal_that_is_stopped_each_evening_and_loses_its_file(
    tmp_path: Path, time_machine: Any
) -> None:
    """Started at eight, never up at night: from the second day they are sent each morning, though none ever ran."""
    sent = []
    for day in (20, 21, 22):
        time_machine.move_to(datetime(2026, 11, day, 8, tzinfo=UTC), tick=False)
        sent.append(DAILY & set(lived(tmp_path)))
        tasks.deliver_outbox.apply()
        lose(tmp_path)
    assert sent == [set(), DAILY, DAILY]


def test_what_was_sent_and_never_run_is_sent_again(folder: Path, time_machine: Any) -> None:
    """The broker lost it, or the worker was away: the database says what was run."""
    all_went_well(datetime(2026, 11, 20, 4, tzinfo=UTC))
    time_machine.move_to(datetime(2026, 11, 21, 8, tzinfo=UTC), tick=False)
    assert set(lived(folder)) >= DAILY
    time_machine.move_to(datetime(2026, 11, 21, 9, tzinfo=UTC), tick=False)
    assert set(lived(folder)) >= DAILY
    all_went_well(timezone.now())
    assert not DAILY & set(lived(folder))


def test_a_clock_that_was_ahead_does_not_stop_the_jobs(folder: Path, time_machine: Any) -> None:
    time_machine.move_to(NOON + timedelta(days=2), tick=False)
    lived(folder)
    time_machine.move_to(NOON + timedelta(minutes=5), tick=False)
    lived(folder)
    time_machine.move_to(NOON + timedelta(minutes=6), tick=False)
    assert {"deliver-outbox", "take-due-steps", "put-due-in-force"} <= set(lived(folder))


def test_the_scheduler_starts_while_the_database_is_away(
    folder: Path, time_machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("no")

    monkeypatch.setattr(JobRun.objects, "all", away)
    time_machine.move_to(NOON + timedelta(days=3), tick=False)
    assert set(lived(folder)) >= DAILY


def test_two_schedulers_send_everything_twice_and_no_more(tmp_path: Path, time_machine: Any) -> None:
    """Each with its own file; that nothing is done twice by it: tests/home/test_jobs_sent_twice.py."""
    time_machine.move_to(NOON, tick=False)
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    both = [Clockwork(folder) for folder in folders]
    time_machine.move_to(NOON + timedelta(days=1), tick=False)
    every = sorted(django_settings.CELERY_BEAT_SCHEDULE)
    assert [sorted(clockwork.run()) for clockwork in both] == [every, every]
    assert [clockwork.run() for clockwork in both] == [[], []]


def test_the_scheduler_that_runs_is_this_one() -> None:
    assert app.conf.beat_scheduler == f"{CatchUpScheduler.__module__}:{CatchUpScheduler.__name__}"
    assert app.Beat().scheduler_cls == app.conf.beat_scheduler


# ── Names ────────────────────────────────────────────────────────────────────────────────────────


def test_every_entry_of_the_schedule_has_a_task_a_danish_name_and_a_sentence() -> None:
    assert set(django_settings.JOBS) == set(django_settings.CELERY_BEAT_SCHEDULE)
    app.autodiscover_tasks(force=True)
    assert {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
    names = [name for name, _ in django_settings.JOBS.values()]
    assert len(set(names)) == len(names)
    assert all(name and what.endswith(".") for name, what in django_settings.JOBS.values())
