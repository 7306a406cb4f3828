"""Pages for operators: messages that have not arrived, scheduled jobs, every mail. No address, no text of a case."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from glostrup_isms.home.context import is_operator
from glostrup_isms.home.job_words import how_often
from glostrup_isms.home.tables import MailTable, kind_in_words
from glostrup_isms.kit import audit, dates, jobs, outbox
from glostrup_isms.kit.access import find_or_404
from glostrup_isms.kit.templatetags.danish import da_number


def _require_operator(user: Any) -> None:
    if not is_operator(user):
        raise Http404


# ── Messages ─────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """`/drift/`: messages that have not arrived, and what is wrong."""
    _require_operator(request.user)
    if request.method == "POST":
        step = _dismiss if "dismiss" in request.POST else _retry
        pk = request.POST.get("dismiss") or request.POST.get("id", "")
        step(request, find_or_404(outbox.Message.objects.all(), pk=pk))
        return redirect("home:operations")
    stuck = list(outbox.Message.objects.stuck().order_by("created_at")[:100])
    context = {
        "counts": _counts(),
        "stuck": [(message, kind_in_words(message)) for message in stuck],
        "problems": list(filter(None, (audit.head_problem(), jobs.problem()))),
    }
    return render(request, "home/operations.html", context)


def _counts() -> list[tuple[str, int]]:
    """How many messages are in each state; those that were let rest stand by themselves."""
    rows = outbox.Message.objects
    found = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    dismissed = rows.filter(state=outbox.State.DEAD).exclude(dismissed_at=None).count()
    found[outbox.State.DEAD] = found.get(outbox.State.DEAD, 0) - dismissed
    return [*((state.label, found.get(state, 0)) for state in outbox.State), ("Afskrevet", dismissed)]


@transaction.atomic
def _retry(request: HttpRequest, message: outbox.Message) -> None:
    state = outbox.retry(message)
    outbox.nudge()
    audit.record("outbox.retry", by=request.user, obj=message)
    if state == outbox.State.PORTAL_ONLY:
        messages.warning(request, "Personen har ingen mailadresse. Beskeden ligger i indbakken, men kan ikke sendes.")
    elif state == outbox.State.WITHDRAWN:
        messages.warning(request, "Beskeden er trukket tilbage, fordi personen ikke længere må få den.")
    else:
        messages.success(request, "Beskeden prøves igen nu.")


@transaction.atomic
def _dismiss(request: HttpRequest, message: outbox.Message) -> None:
    if outbox.dismiss(message):
        audit.record("outbox.dismiss", by=request.user, obj=message)
        messages.success(request, "Beskeden er afskrevet.")
    else:
        messages.warning(request, "Kun en besked, der er opgivet, kan afskrives. Denne bliver stadig prøvet.")


@require_http_methods(["GET", "HEAD", "POST"])
def mail_log(request: HttpRequest) -> HttpResponse:
    """`/drift/post/`: every mail, by kind and recipient. Neither subject nor page: with the recipient's name beside it,
    the number of a case would tell who reported it."""
    _require_operator(request.user)
    mails = outbox.Message.objects.mailed().select_related("recipient").defer("subject", "body")
    table = MailTable(request, mails)
    return table.respond() or render(request, "home/mail_log.html", {"table": table})


# ── Jobs ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class JobRow:
    """One job as the page shows it."""

    key: str
    name: str
    what: str
    often: str
    last_at: datetime | None
    next_at: datetime | None  # None: now
    took: str
    state: str
    tone: str
    faults: str


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """`/drift/job/`: every entry of the schedule, when it ran and how that went."""
    _require_operator(request.user)
    rows = [_row(job) for job in jobs.all_jobs()]
    context = {"rows": rows, "has_faults": any(row.faults for row in rows), "problem": jobs.problem()}
    return render(request, "home/job_list.html", context)


def _row(job: jobs.Job) -> JobRow:
    name, what = settings.JOBS.get(job.name, (job.name, ""))
    state, tone = _state(job)
    return JobRow(
        key=job.name,
        name=name,
        what=what,
        often=how_often(job.schedule, dates.today()),
        last_at=job.last_at,
        next_at=job.next_at if job.next_at > timezone.now() else None,
        took=_took(job.run.took_ms) if job.run and job.run.took_ms is not None else "",
        state=state,
        tone=tone,
        faults=_faults(job.run) if job.run else "",
    )


def _state(job: jobs.Job) -> tuple[str, str]:
    """In a word, and its tone."""
    result = job.run.result if job.run else None
    if result == jobs.Result.FAILED:
        return jobs.Result.FAILED.label, "late" if job.is_late else "due"
    if job.is_late:
        return "Er ikke kørt", "late"
    if result is None:
        return "Ikke kørt endnu", "closed"
    return (jobs.Result.OK.label, "done") if result == jobs.Result.OK else (jobs.Result.RUNNING.label, "waiting")


def _took(milliseconds: int) -> str:
    if milliseconds >= 60_000:
        return dates.duration_in_words(timedelta(milliseconds=milliseconds))
    if milliseconds < 10:
        return "under 0,01 sekunder"
    return f"{milliseconds / 1000:.{2 if milliseconds < 10_000 else 0}f} sekunder".replace(".", ",")


def _faults(run: jobs.JobRun) -> str:
    if not run.failures:
        return ""
    return f"{da_number(run.failures)} af {da_number(run.runs)} gange, sidst {run.error}"
