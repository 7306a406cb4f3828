"""The jobs of the organisation: each calls one action and may run any number of times."""

from celery import shared_task

from roles.scim import places
from roles.sync import keeping, runs


@shared_task(name="roles.clear_kept_sync_files")
def clear_kept_sync_files() -> None:
    """Remove the files that nobody said yes to within a day."""
    keeping.clear_out()


@shared_task(name="roles.clear_old_sync_lines")
def clear_old_sync_lines() -> None:
    """Remove what files that were never brought in would have changed."""
    runs.clear_out()


@shared_task(name="roles.settle_scim_groups")
def settle_scim_groups() -> None:
    """Let what the mapped groups give follow the calendar."""
    places.settle_all()
