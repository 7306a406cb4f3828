"""The scheduler: Celery's own, which asks the database what has been run (docs/decisions/0012-jobs.md)."""

import logging
from contextlib import suppress
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DatabaseError, connection

from glostrup_isms.kit.jobs import Job, all_jobs

logger = logging.getLogger(__name__)


class CatchUpScheduler(PersistentScheduler):
    """Goes on from what was run, as the database knows it; its own file says only what was sent, and may be lost.

    Of an entry that is not in its file Celery says that it was done just now. A daily job would then wait until the
    next day at every loss, and in a portal that is stopped each evening it would never be done.
    """

    def setup_schedule(self) -> None:
        try:
            super().setup_schedule()
        except Exception as error:  # noqa: BLE001 - half a file breaks in more ways than Celery knows
            logger.warning("The scheduler's file could not be read and is made anew: %s", type(error).__name__)
            with suppress(Exception):
                self._store.close()
            self._remove_db()
            super().setup_schedule()

    def merge_inplace(self, entries: dict[str, Any]) -> None:
        """Called once, at the start, with what the schedule says."""
        super().merge_inplace(entries)
        jobs = _jobs()
        for name, entry in self.schedule.items():
            last_at = (jobs[name].last_at or jobs[name].counts_from) if name in jobs else None
            # Never later than now: the clock may have been ahead, and a job would wait until it is there again.
            entry.last_run_at = min(last_at or entry.last_run_at, entry.default_now())


def _jobs() -> dict[str, Job]:
    """By their names in the schedule; none while the database is away."""
    try:
        return {job.name: job for job in all_jobs()}
    except DatabaseError as error:
        logger.warning("The scheduler cannot ask when the jobs last ran: %s", type(error).__name__)
        return {}
    finally:
        if not connection.in_atomic_block:
            connection.close()  # it is not asked again
