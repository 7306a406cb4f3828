"""What became of every scheduled job: when it last ran, how long that took, how it ended, and whether one is missing.

Celery tells when a task begins and ends, however it was asked for (scheduler, nudge); one row per task is updated then.
A job is late when the schedule has called it and it has not come to a good end since.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import states
from celery.schedules import BaseSchedule, maybe_schedule
from celery.signals import task_failure, task_postrun, task_prerun
from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone

logger = logging.getLogger(__name__)

SLACK = timedelta(minutes=10)  # as long as a message may wait: a start takes seconds, one run at most ten minutes


class Result(models.TextChoices):
    RUNNING = "running", "Kører"
    OK = "ok", "Lykkedes"
    FAILED = "failed", "Fejlede"


class JobRun(models.Model):
    """One row per task of the schedule. `error` is the kind of the last fault; its words may name people."""

    task = models.CharField("opgave", max_length=100, primary_key=True)
    first_seen_at = models.DateTimeField("set første gang", default=timezone.now)
    last_started_at = models.DateTimeField("begyndte sidst", null=True)
    last_finished_at = models.DateTimeField("sluttede sidst", null=True)
    last_ok_at = models.DateTimeField("lykkedes sidst", null=True)
    took_ms = models.PositiveBigIntegerField("varede, millisekunder", null=True)
    result = models.CharField("resultat", max_length=7, choices=Result.choices, default=Result.RUNNING)
    error = models.CharField("slags fejl", max_length=100, blank=True)
    runs = models.PositiveBigIntegerField("kørsler", default=0)
    failures = models.PositiveBigIntegerField("kørsler, der fejlede", default=0)

    class Meta:
        app_label = "kit"
        default_permissions = ()
        verbose_name = "kørsel af et job"
        verbose_name_plural = "kørsler af job"
        constraints = [
            models.CheckConstraint(
                condition=~Q(result=Result.FAILED) | ~Q(error=""), name="failed_job_says_what_kind_of_fault"
            )
        ]

    def __str__(self) -> str:
        return self.task


# ── Written by Celery's signals ──────────────────────────────────────────────────────────────────

_clocks: dict[str, float] = {}  # of the tasks that this process is running


@task_prerun.connect
def _note_start(sender: Any, task_id: str, **_: Any) -> None:
    _clocks[task_id] = time.monotonic()
    _write(sender.name, last_started_at=timezone.now(), result=Result.RUNNING, runs=F("runs") + 1)


@task_postrun.connect
def _note_end(sender: Any, task_id: str, state: str, **_: Any) -> None:
    took_ms = _took(task_id)
    if state == states.SUCCESS:
        now = timezone.now()
        _write(sender.name, last_finished_at=now, last_ok_at=now, took_ms=took_ms, result=Result.OK)


@task_failure.connect
def _note_failure(sender: Any, task_id: str, exception: BaseException, **_: Any) -> None:
    """Also of a process that was killed: its parent says so."""
    fault = type(exception).__name__[:100]
    end = {"last_finished_at": timezone.now(), "took_ms": _took(task_id), "failures": F("failures") + 1}
    _write(sender.name, result=Result.FAILED, error=fault, **end)


def _took(task_id: str) -> int | None:
    """Milliseconds since this process began the task; None for one that another process ran."""
    started = _clocks.pop(task_id, None)
    return None if started is None else round((time.monotonic() - started) * 1000)


def _write(task: str, **fields: Any) -> None:
    """One update by key; a job fares the same when there is no database to note it in."""
    if task not in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}:
        return
    try:
        row = JobRun.objects.filter(pk=task)
        if not row.update(**fields):
            JobRun.objects.bulk_create([JobRun(task=task)], ignore_conflicts=True)  # two workers may be first
            row.update(**fields)
    except Exception as error:  # noqa: BLE001 - whatever it is, the job itself matters more
        logger.warning("The run of %s could not be noted: %s", task, type(error).__name__)
        if not connection.in_atomic_block:
            connection.close()  # or the job would meet what is left of it


# ── Asked by operators and by the scheduler ──────────────────────────────────────────────────────


@dataclass(frozen=True)
class Job:
    """An entry of the schedule. `counts_from`: when the first of all jobs was seen, None before that."""

    name: str
    schedule: BaseSchedule
    run: JobRun | None
    counts_from: datetime | None

    def called_after(self, moment: datetime) -> datetime:
        """The first time after `moment` that the schedule calls the job."""
        at: datetime = self.schedule.now() + self.schedule.remaining_estimate(moment) + timedelta(seconds=0.5)
        return at.replace(microsecond=0)  # to the nearest second: the two ask the clock one after the other

    @property
    def last_at(self) -> datetime | None:
        return self.run.last_started_at if self.run else None

    @property
    def next_at(self) -> datetime:
        """In the past when the job should have run by now."""
        return self.called_after(self.last_at or self.counts_from or timezone.now())

    @property
    def is_late(self) -> bool:
        since = (self.run and self.run.last_ok_at) or self.counts_from
        return since is not None and timezone.now() > self.called_after(since) + SLACK


def all_jobs() -> list[Job]:
    """Every entry of the schedule, in its order. One query."""
    runs = {run.task: run for run in JobRun.objects.all()}
    first = min((run.first_seen_at for run in runs.values()), default=None)
    return [
        Job(name, maybe_schedule(entry["schedule"]), runs.get(entry["task"]), first)
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
    ]


def late_count() -> int:
    return sum(job.is_late for job in all_jobs())


def problem() -> str:
    """One Danish sentence when jobs have not run as they should, else an empty text."""
    count = late_count()
    return f"{count} job er ikke kørt, som {'det' if count == 1 else 'de'} skal." if count else ""
