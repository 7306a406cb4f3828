"""The jobs of the organisation: each calls one action and may run any number of times."""

from celery import shared_task

from roles.sync import keeping


@shared_task(name="roles.clear_kept_sync_files")
def clear_kept_sync_files() -> None:
    """Remove the files that nobody said yes to within a day."""
    keeping.clear_out()
