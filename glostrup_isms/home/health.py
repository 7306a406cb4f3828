"""`/healthz`, `/readyz` and `/metrics` for operators and their tools."""

import hmac
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from glostrup_isms.celery import app
from glostrup_isms.kit import audit, files, jobs, limits, outbox

DISK_MINIMUM = 200 * 1024 * 1024


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, broker, outbox, audit head, jobs and disk; 503 when reports could be lost or nobody would be told."""
    faults = _faults()
    ready = not any(faults.values())
    body = {"status": "ok" if ready else "not ready", "checks": {name: fault or "ok" for name, fault in faults.items()}}
    return JsonResponse(body, status=200 if ready else 503, json_dumps_params={"ensure_ascii": False})


def _faults() -> dict[str, str]:
    """What is wrong with each part; an empty text when nothing is."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "broker": _broker,
        "outbox": outbox.problem,
        "files": files.problem,
        "audit": lambda: audit.head_problem() or "",
        "jobs": jobs.problem,
        "disk": _disk,
    }
    return {name: _fault(check) for name, check in checks.items()}


def _fault(check: Callable[[], str]) -> str:
    try:
        return check()
    except DatabaseError:
        return "database unavailable"
    except OSError as error:  # also when no folder for temporary files can be written
        return f"disk unavailable: {error.strerror}"


def _database() -> str:
    """PostgreSQL also has to write a megabyte to its own disk, which may be full while it still answers."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL work_mem = '64kB'")
            cursor.execute("SELECT count(*) FROM generate_series(1, 50000)")
        else:
            cursor.execute("SELECT 1")
    return ""


def _broker() -> str:
    if not settings.REDIS_URL:
        return ""
    try:
        with app.connection_for_write(connect_timeout=1, transport_options={"socket_connect_timeout": 1}) as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
    except Exception:  # noqa: BLE001 - whatever the client says, the broker does not answer
        return "broker unavailable; messages are delivered when it is back"
    return ""


def _disk() -> str:
    return "" if _free_bytes() > DISK_MINIMUM else "less than 200 MB free for files"


def _free_bytes() -> int:
    """On the fullest of the disks that a report passes through."""
    folders = (settings.DATA_DIR, settings.UPLOAD_DIR, audit.heads_folder(), Path(tempfile.gettempdir()))
    return min(shutil.disk_usage(folder).free for folder in folders if folder.is_dir())


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text; for callers on this machine, or with the token. While the database is away, the checks alone."""
    if not _may_read_metrics(request):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain; charset=utf-8")
    started = time.perf_counter()
    text = "# TYPE isms_check_ok gauge\n"
    text += "".join(f'isms_check_ok{{check="{name}"}} {int(not fault)}\n' for name, fault in _faults().items())
    values: dict[str, float] = {}
    with suppress(DatabaseError, OSError):  # the checks say so
        values = _figures()
    values["isms_metrics_seconds"] = round(time.perf_counter() - started, 4)
    text += "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in values.items())
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _figures() -> dict[str, float]:
    messages = outbox.Message.objects
    oldest = (
        messages.filter(state=outbox.State.QUEUED).order_by("created_at").values_list("created_at", flat=True).first()
    )
    return {
        "isms_outbox_queued": messages.filter(state=outbox.State.QUEUED).count(),
        "isms_outbox_dead": messages.filter(state=outbox.State.DEAD, dismissed_at=None).count(),
        "isms_outbox_oldest_seconds": (timezone.now() - oldest).total_seconds() if oldest else 0,
        "isms_audit_head": audit.AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0,
        "isms_jobs_late": jobs.late_count(),
        "isms_disk_free_bytes": _free_bytes(),
    }


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    return limits.client_address(request) in ("127.0.0.1", "::1")
