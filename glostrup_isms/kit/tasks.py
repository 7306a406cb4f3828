"""The jobs of the kit: each calls one action and may run any number of times."""

from celery import shared_task

from glostrup_isms.kit import audit, files, limits, outbox


@shared_task(name="kit.deliver_outbox")
def deliver_outbox() -> None:
    """Send the messages that are due."""
    outbox.deliver_due()


@shared_task(name="kit.write_audit_head")
def write_audit_head() -> None:
    """Write the audit trail's head outside the database."""
    audit.write_head()


@shared_task(name="kit.check_orphans")
def check_orphans() -> None:
    """Log rows without a file and files without a row."""
    files.report_orphans()


@shared_task(name="kit.clear_out")
def clear_out() -> None:
    """Remove what has served its time: uploads never attached, and rate counters."""
    files.clear_out()
    limits.clear_out()


@shared_task(name="kit.scan_waiting")
def scan_waiting() -> None:
    """Scan the files that came in while the scanner was away."""
    files.scan_waiting()
