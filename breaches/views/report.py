"""Reporting, phone first, signed in or not; and following up with the receipt code."""

import logging
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from breaches.actions import Receipt, Report, find_by_code, report_breach, who_will_be_told, write_entry
from breaches.enums import ENDED, EntryKind, LeaderChoice, State, Track
from breaches.forms import BreachReportForm, CodeForm, EntryForm, find_units
from breaches.models import Breach
from glostrup_isms.kit import audit, cpr, dates, limits
from glostrup_isms.kit.form_files import NOT_STORED, Uploads
from roles.models import Unit

logger = logging.getLogger(__name__)

AS_WRITTEN = (
    "description",
    "noticed_at",
    "involves_personal_data",
    "kind",
    "where_text",
    "system_text",
    "persons_count_text",
    "ongoing",
    "measures_text",
    "is_anonymous",
    "leader_choice",
    "leader_text",
)
EXPIRED = (
    "Du er blevet logget ud, fordi siden har været åben længe. Din tekst er her stadig. "
    "Log ind i et andet vindue, og send igen, eller send uden at logge ind."
)
TRY_AGAIN = "Vi kunne ikke gemme din melding lige nu. Prøv igen om et øjeblik. Haster det, så ring til din leder."
ALL_KEPT = "Alt, du har skrevet og vedhæftet, er her stadig."


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """`/brud/meld/`."""
    if request.method != "POST":
        return _show(request, BreachReportForm(user=request.user, initial=_start()))
    form = BreachReportForm(request.POST, request.FILES, user=request.user)
    uploads = Uploads(request)
    try:
        return _receive(request, form, uploads)
    except (DatabaseError, OSError) as error:
        # the class only: a database repeats the failing row in its message
        logger.error("A report could not be received: %s", type(error).__name__)
        return _show(request, form, uploads=uploads, notice=f"{TRY_AGAIN} {ALL_KEPT}", status=503)


def _receive(request: HttpRequest, form: BreachReportForm, uploads: Uploads) -> HttpResponse:
    is_valid = form.is_valid()
    for sentence in uploads.refused:
        form.add_error("files", sentence)
    if not is_valid or uploads.refused:
        notice = TRY_AGAIN if NOT_STORED in uploads.refused else ""
        return _show(request, form, uploads=uploads, notice=notice, status=503 if uploads.is_our_fault else 422)
    if (
        request.POST.get("was_signed_in")
        and not request.user.is_authenticated
        and not form.cleaned_data["is_anonymous"]
    ):
        return _show(request, form, uploads=uploads, notice=EXPIRED, status=409)
    if wait := _seconds_to_wait(request, form):
        response = _show(request, form, uploads=uploads, notice=_wait_or(request, form, wait), status=429)
        response["Retry-After"] = str(wait)
        return response
    by = request.user if request.user.is_authenticated else None
    receipt = report_breach(_report(form), by=by, token=form.cleaned_data["token"], uploads=uploads.stored)
    return _show_receipt(request, receipt)


def _start() -> dict[str, Any]:
    now = timezone.localtime()
    return {"noticed_on": now.date(), "noticed_time": now.time(), "token": secrets.token_urlsafe(24)}


def _report(form: BreachReportForm) -> Report:
    data = form.cleaned_data
    return Report(
        **{name: data[name] for name in AS_WRITTEN},
        unit=data["chosen_unit"],
        unit_text="" if data["chosen_unit"] else data.get("unit_search", ""),
        reporter_name=data.get("reporter_name", ""),
        reporter_contact=data.get("reporter_contact", ""),
    )


def _seconds_to_wait(request: HttpRequest, form: BreachReportForm) -> int | None:
    """The limit on reports that no account stands behind. Known people are never held back."""
    if request.user.is_authenticated and not form.cleaned_data["is_anonymous"]:
        return None
    if limits.hit("report-all", "all", (settings.ANONYMOUS_REPORTS_ALARM_PER_HOUR, timedelta(hours=1))):
        logger.error("More than %s reports without an account this hour", settings.ANONYMOUS_REPORTS_ALARM_PER_HOUR)
    wait = limits.hit(
        "report",
        limits.client_address(request),
        (settings.ANONYMOUS_REPORTS_PER_MINUTE, timedelta(minutes=1)),
        (settings.ANONYMOUS_REPORTS_PER_HOUR, timedelta(hours=1)),
    )
    if wait:
        audit.record("breach.held_back")
        logger.warning("A report was held back for %s s by the limit", wait)
    return wait


def _wait_or(request: HttpRequest, form: BreachReportForm, wait: int) -> str:
    """How long until the report can be sent, and what else would send it, for the one who reads it."""
    minutes = max(1, round(wait / 60))
    sentence = (
        f"Der kommer usædvanligt mange meldinger herfra lige nu. {ALL_KEPT} "
        f"Prøv igen om {minutes} {'minut' if minutes == 1 else 'minutter'}"
    )
    if request.user.is_authenticated:
        return f"{sentence}, eller send straks med dit navn: fjern krydset ved »Jeg vil være anonym«."
    if form.cleaned_data["is_anonymous"]:
        return f"{sentence}."
    return f"{sentence}, eller log ind i et andet vindue, og send straks."


def _show(
    request: HttpRequest, form: BreachReportForm, *, uploads: Uploads | None = None, notice: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "notice": notice,
        "cpr_found": form.is_bound and form.cpr_found,
        "kept_files": uploads.kept() if uploads else [],
        "told_preview": _preview(request, form),
        "unit_matches": form.matches,
    }
    return render(request, "breaches/breach_report.html", context, status=status)


def show_with_text_kept(request: HttpRequest, notice: str, status: int) -> HttpResponse:
    """The report form with all that was posted, unsaved: for refusals that come before the view (CSRF)."""
    form = BreachReportForm(request.POST, request.FILES, user=request.user)
    form.is_valid()
    return _show(request, form, uploads=Uploads(request), notice=notice, status=status)


def _preview(request: HttpRequest, form: BreachReportForm) -> dict[str, str]:
    data = getattr(form, "cleaned_data", {}) if form.is_bound else {}
    unit = data.get("chosen_unit") or (form.own_units[0] if form.own_units else None)
    return _told_preview(request, unit, data.get("leader_choice", LeaderChoice.NORMAL), bool(data.get("is_anonymous")))


def _told_preview(request: HttpRequest, unit: Unit | None, choice: str, is_anonymous: bool) -> dict[str, str]:
    reporter = request.user if request.user.is_authenticated and not is_anonymous else None
    return {
        "leader_sentence": who_will_be_told(reporter, unit, choice),
        "gdpr_sentence": "GDPR-enheden får altid besked.",
    }


@login_not_required
@require_safe
def told_preview(request: HttpRequest) -> HttpResponse:
    """`/brud/meld/hvem/`: the fragment that says who will be told, as unit and leader are chosen."""
    form = BreachReportForm(request.GET, user=request.user)
    form.is_valid()
    return render(request, "breaches/_told_preview.html", {"told_preview": _preview(request, form), "form": form})


@login_not_required
@require_safe
def unit_search(request: HttpRequest) -> HttpResponse:
    """`/brud/meld/enheder/?q=`: the open units that match. Names of units are public."""
    words = request.GET.get("unit_search") or request.GET.get("q") or ""
    return render(request, "breaches/_unit_matches.html", {"unit_matches": find_units(words), "words": words[:100]})


def _show_receipt(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    breach = receipt.breach
    told = [
        {"label": f"{row.person} ({Track.LEADER.label.lower()})", "when": row.told_at}
        for row in breach.told.filter(track=Track.LEADER, person__isnull=False).select_related("person")
    ]
    told.append({"label": "GDPR-enheden", "when": breach.reported_at})
    context = {
        "breach": breach,
        "code": _grouped(receipt.code),
        "told": told,
        "is_new": receipt.is_new,
        "can_open": request.user.is_authenticated and breach.reporter_id == request.user.pk,
    }
    return render(request, "breaches/report_receipt.html", context)


def _grouped(code: str) -> str:
    """In fours, so that it can be copied by hand."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


STATE_SENTENCES = {
    State.REPORTED: "Din melding er modtaget og venter på at blive vurderet.",
    State.TRIAGE: "GDPR-enheden er ved at vurdere sagen.",
    State.CONTAINED: "Skaden er standset. GDPR-enheden arbejder videre med sagen.",
    State.DECIDED: "Sagen er vurderet, og der er truffet en afgørelse.",
    State.NOTIFIED: "Sagen er anmeldt til Datatilsynet.",
    State.SUBJECTS_INFORMED: "De berørte mennesker har fået besked.",
    State.FOLLOW_UP: "Der bliver fulgt op på sagen.",
    State.CLOSED: "Sagen er afsluttet. Du kan stadig tilføje noget.",
    State.REJECTED: "Sagen er afsluttet uden mere. Du kan stadig tilføje noget.",
}


def entries_for_reporter(breach: Breach) -> list[dict[str, Any]]:
    """Questions, answers and additions, as the reporter sees them: caseworkers speak as the municipality."""
    entries = breach.entries.exclude(kind=EntryKind.NOTE)
    return [
        {
            "author_label": "Dig" if entry.kind in (EntryKind.ADDITION, EntryKind.ANSWER) else "Sagsbehandleren",
            "text": entry.text,
            "created_at": entry.created_at,
            "kind": entry.kind,
        }
        for entry in entries
    ]


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest) -> HttpResponse:
    """`/brud/opfoelgning/`: the code travels in the form's body only, never in an address, a session or a log."""
    if request.method != "POST":
        return render(request, "breaches/follow_up.html", {"form": CodeForm()})
    form = CodeForm(request.POST)
    breach = find_by_code(form.cleaned_data["code"]) if form.is_valid() else None
    # Only wrong codes count: whoever has the right one is not locked out by others who guess.
    wait = None if breach else _too_many_guesses(request)
    if wait:
        form.add_error("code", "Der er prøvet for mange gange herfra. Vent lidt, og prøv igen.")
        response = render(request, "breaches/follow_up.html", {"form": form}, status=429)
        response["Retry-After"] = str(wait)
        return response
    if breach is None:
        if form.is_valid():
            form.add_error("code", "Vi kender ikke koden. Se efter, om alle 26 tegn er med.")
        return render(request, "breaches/follow_up.html", {"form": form}, status=422)
    return _follow_up_case(request, form, breach)


def _too_many_guesses(request: HttpRequest) -> int | None:
    rule = (settings.FOLLOW_UP_TRIES_PER_HOUR, timedelta(hours=1))
    return limits.hit("follow-up", limits.client_address(request), rule)


def _follow_up_case(request: HttpRequest, form: CodeForm, breach: Breach) -> HttpResponse:
    is_writing = request.POST.get("action") == "write"
    entry_form = EntryForm(request.POST if is_writing else None, request.FILES if is_writing else None)
    status, notice = 200, ""
    uploads = Uploads(request) if is_writing else None
    if is_writing and uploads is not None:
        is_valid = entry_form.is_valid()
        for sentence in uploads.refused:
            entry_form.add_error("files", sentence)
        if is_valid and not uploads.refused:
            write_entry(
                breach,
                answer_kind(breach),
                entry_form.cleaned_data["text"],
                by=None,
                token=entry_form.cleaned_data["token"],
                uploads=uploads.stored,
            )
            notice = "Tak. Det er føjet til sagen, og de, der behandler den, har fået besked."
            if cpr.contains(request.POST.get("text", "")):
                notice += " Vi har skjult de sidste fire cifre i et CPR-nummer."
            entry_form, uploads = EntryForm(initial={"token": secrets.token_urlsafe(24)}), None
        else:
            status = 422
    elif not is_writing:
        entry_form = EntryForm(initial={"token": secrets.token_urlsafe(24)})
        with transaction.atomic():
            audit.record("breach.follow_up", obj=breach)
    context = {
        "form": form,
        "breach": breach,
        "code": form.cleaned_data["code"],
        "entries": entries_for_reporter(breach),
        "entry_form": entry_form,
        "state_sentence": STATE_SENTENCES[State(breach.state)],
        "notice": notice,
        "kept_files": uploads.kept() if uploads else [],
        "is_ended": breach.state in ENDED,
        "reported_at_text": dates.da_datetime(breach.reported_at),
    }
    return render(request, "breaches/follow_up.html", context, status=status)


def answer_kind(breach: Breach) -> EntryKind:
    """An answer when the last word was a question, else an addition."""
    last = breach.entries.exclude(kind=EntryKind.NOTE).order_by("created_at", "pk").last()
    return EntryKind.ANSWER if last and last.kind == EntryKind.QUESTION else EntryKind.ADDITION
