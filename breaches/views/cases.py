"""The case list, the case page and what is done there."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from breaches.actions import acknowledge, mark_read, take_step, write_entry
from breaches.actions.cases import Changed, tracks_of
from breaches.enums import ENDED, EntryKind, State, Track, Verdict
from breaches.forms import EntryForm, StepForm
from breaches.models import Breach, BreachFileQuerySet
from breaches.permissions import HANDLE, VIEW
from breaches.tables import BreachTable, clock_tone
from breaches.views.report import STATE_SENTENCES, answer_kind, entries_for_reporter
from breaches.workflow import BREACH_FLOW
from glostrup_isms.kit import audit, cpr, dates, files
from glostrup_isms.kit.access import find_or_404, post_only, require
from glostrup_isms.kit.fields import clean_text
from glostrup_isms.kit.form_files import Uploads
from glostrup_isms.kit.workflow import StepNotOpen
from policy.models import Version
from roles.models import User

NO_HANDLING = "Kun GDPR-enheden behandler sagen. Skriv i sagen, hvis noget skal ændres."


@require_http_methods(["GET", "HEAD", "POST"])
def breach_list(request: HttpRequest) -> HttpResponse:
    """`/brud/`: the cases that the person may see."""
    table = BreachTable(request, Breach.objects.visible_to(request.user).select_related("unit"))
    answer = table.respond()
    return answer or render(request, "breaches/breach_list.html", {"table": table})


def find_case(request: HttpRequest, number: str) -> Breach:
    breaches = Breach.objects.visible_to(request.user).select_related("unit", "reporter")
    found: Breach = find_or_404(breaches, number=number)
    return found


@require_safe
def breach_detail(request: HttpRequest, number: str) -> HttpResponse:
    """`/brud/<number>/`: the case; for the one who only reported it, its answer side."""
    return _show(request, find_case(request, number), read=request.method == "GET")


def _show(request: HttpRequest, breach: Breach, *, status: int = 200, read: bool = False, **extra: Any) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    if not user.has_perm(VIEW, breach):
        return _show_to_reporter(request, breach, status=status, **extra)
    told = list(breach.told.select_related("person", "message"))
    if read:
        mark_read(breach, by=user, told=told)
    can_handle = user.has_perm(HANDLE, breach)
    mine = tracks_of(breach, user, told)
    entries = list(breach.entries.select_related("author"))
    context: dict[str, Any] = {
        "breach": breach,
        "clock": clock(breach),
        "facts": _facts(breach),
        "told": [_told_row(row) for row in told],
        "files": _files(breach.files.all(), breach),
        "entries": [_entry_row(entry) for entry in entries if entry.kind != EntryKind.NOTE],
        "notes": [_entry_row(entry) for entry in entries if entry.kind == EntryKind.NOTE],
        "timeline": breach.events.all(),
        "steps": [
            {
                "key": step.key,
                "label": step.label,
                "sentence": step.sentence,
                "open": why_not is None,
                "why_not": why_not,
                "needs_note": step.needs_note,
            }
            for step, why_not in BREACH_FLOW.open_to(user, breach)
        ],
        "acknowledge": _acknowledgement(told, mine, user),
        "can_handle": can_handle,
        "can_write_notes": bool(mine),
        "is_reporter": breach.reporter_id == user.pk,
        "version": breach.version,
        "plan": plan(breach, user),
        "entry_form": EntryForm(initial={"token": secrets.token_urlsafe(24)}, auto_id="id_entry_%s"),
    }
    if "step_form" in extra:
        context["kept_note"] = _kept_note(extra["step_form"], extra["step_key"], context["steps"])
    return render(request, "breaches/breach_detail.html", context | extra, status=status)


def _kept_note(form: StepForm, key: str, steps: list[dict[str, Any]]) -> str:
    """What was written for a step that the page shows no field for any more, so that it is not lost."""
    has_field = any(step["key"] == key and step["open"] and step["needs_note"] for step in steps)
    return "" if has_field else form["note"].value() or ""


def _show_to_reporter(request: HttpRequest, breach: Breach, *, status: int = 200, **extra: Any) -> HttpResponse:
    context = {
        "breach": breach,
        "state_sentence": STATE_SENTENCES[State(breach.state)],
        "entries": entries_for_reporter(breach),
        "files": _files(breach.files.for_reporter(), breach),
        "facts": [(label, value) for label, value in _facts(breach) if label in REPORTERS_OWN],
        "entry_form": EntryForm(initial={"token": secrets.token_urlsafe(24)}, auto_id="id_entry_%s"),
        "is_ended": breach.state in ENDED,
        "plan": plan(breach, request.user),
    }
    return render(request, "breaches/breach_reporter.html", context | extra, status=status)


def plan(breach: Breach, user: Any) -> Version | None:
    """The action plan that applied when the case was reported (P-74), for those who may read it."""
    if breach.plan_id is None:
        return None
    return Version.objects.visible_to(user).select_related("document").filter(pk=breach.plan_id).first()


def clock(breach: Breach, now: datetime | None = None) -> dict[str, Any] | None:
    """What the 72-hour clock shows, or None when no clock was started."""
    if breach.deadline_at is None or breach.aware_at is None:
        return None
    now = now or timezone.now()
    if not breach.clock_runs:
        return {
            "running": False,
            "deadline_at": breach.deadline_at if breach.notified_at else None,
            "tone": clock_tone(breach),
            "stopped_why": _why_stopped(breach),
        }
    left = breach.deadline_at - now
    whole = breach.deadline_at - breach.aware_at
    passed = left.total_seconds() < 0
    words = dates.duration_in_words(abs(left))
    return {
        "running": True,
        "passed": passed,
        "deadline_at": breach.deadline_at,
        "hours_left_text": f"Fristen er overskredet med {words}" if passed else f"{words} tilbage",
        "fraction": 100 if passed else max(0, min(100, round(100 * (1 - left / whole)))),
        "tone": clock_tone(breach, now),
        "why": f"{round(whole.total_seconds() / 3600)} timer fra kommunen blev bekendt med bruddet "
        f"{dates.da_datetime(breach.aware_at)} (databeskyttelsesforordningens artikel 33). "
        "Weekender og helligdage tæller med.",
    }


def _why_stopped(breach: Breach) -> str:
    """What stopped the clock, the notification before all else."""
    if breach.notified_at and breach.deadline_at:
        when = "inden fristen" if breach.notified_at <= breach.deadline_at else "efter fristen"
        return f"Anmeldt {dates.da_datetime(breach.notified_at)}, {when}."
    if breach.is_personal_data_breach == Verdict.NO:
        return "Det er ikke et brud på persondatasikkerheden."
    if breach.state == State.REJECTED:
        return "Sagen er lukket, fordi det ikke er en hændelse."
    return "Sagen er lukket uden anmeldelse til Datatilsynet."


# What the reporter wrote, and may read again; not what others have found since.
REPORTERS_OWN = (
    "Slags", "Hvad er der sket", "Handler om oplysninger om mennesker", "Opdaget", "Meldt", "Enhed", "Hvor",
    "System eller papirer", "Hvor mange mennesker", "Stadig i gang", "Gjort indtil nu",
)  # fmt: skip


def _facts(breach: Breach) -> list[tuple[str, Any]]:
    unit = str(breach.unit) if breach.unit else breach.unit_text or "Ikke oplyst"
    rows = [
        ("Slags", breach.get_kind_display()),
        ("Hvad er der sket", breach.description),
        ("Handler om oplysninger om mennesker", breach.get_involves_personal_data_display()),
        ("Brud på persondatasikkerheden", breach.get_is_personal_data_breach_display()),
        ("Opdaget", dates.da_datetime(breach.noticed_at)),
        ("Meldt", dates.da_datetime(breach.reported_at)),
        ("Kommunen blev bekendt", dates.da_datetime(breach.aware_at) if breach.aware_at else ""),
        ("Enhed", unit),
        ("Meldt af", breach.reporter_label),
        ("Telefon eller mail", breach.reporter_contact),
        ("Hvor", breach.where_text),
        ("System eller papirer", breach.system_text),
        ("Hvor mange mennesker", breach.persons_count_text),
        ("Stadig i gang", breach.get_ongoing_display() if breach.ongoing else ""),
        ("Gjort indtil nu", breach.measures_text),
        (
            "Melderens bemærkning om lederen",
            breach.get_leader_choice_display() if breach.leader_choice != "normal" else "",
        ),
        ("Melderen nævner som leder", breach.leader_text),
        ("Hvorfor denne leder", breach.leader_reason),
    ]
    return [(label, value) for label, value in rows if value]


def _told_row(row: Any) -> dict[str, Any]:
    return {
        "label": str(row),
        "track": Track(row.track).label,
        "reason": row.reason,
        "told_at": row.told_at,
        "read_at": row.read_at,
        "acknowledged_at": row.acknowledged_at,
        "delivery": row.message.get_state_display() if row.message else "",
        "is_mailbox": row.person_id is None,
    }


def _entry_row(entry: Any) -> dict[str, Any]:
    author = str(entry.author) if entry.author else "Melderen"
    return {
        "author_label": f"{author} · {entry.get_kind_display()}",
        "text": entry.text,
        "created_at": entry.created_at,
        "kind": entry.kind,
    }


def _files(rows: BreachFileQuerySet, breach: Breach) -> list[dict[str, Any]]:
    return [
        {
            "name": row.stored.original_name,
            "size": row.stored.size,
            "state_sentence": row.stored.refusal,
            "url": f"{breach.get_absolute_url()}filer/{row.stored.pk}/",
        }
        for row in rows.select_related("stored")
    ]


def _acknowledgement(told: list[Any], tracks: list[Track], user: User) -> dict[str, Any]:
    mine = [row for row in told if row.person_id == user.pk and row.acknowledged_at]
    done = {row.track for row in mine}
    return {
        "can": any(track not in done for track in tracks),
        "done_at": min((row.acknowledged_at for row in mine), default=None),
    }


@post_only("breaches:detail")
def breach_acknowledge(request: HttpRequest, number: str) -> HttpResponse:
    """»Modtaget«."""
    breach = find_case(request, number)
    if acknowledge(breach, by=request.user):  # type: ignore[arg-type]
        messages.success(request, "Tak. Det er noteret, at du har modtaget sagen.")
    return redirect(breach)


@post_only("breaches:detail")
def breach_step(request: HttpRequest, number: str) -> HttpResponse:
    """One step of the workflow."""
    breach = find_case(request, number)
    require(request.user, HANDLE, breach, sentence=NO_HANDLING)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _show(request, breach, status=422, step_form=form, step_key=request.POST.get("step", ""))
    key, note, version = (form.cleaned_data[name] for name in ("step", "note", "version"))
    try:
        moved = take_step(breach, key, by=request.user, note=cpr.mask(note), version=version)  # type: ignore[arg-type]
    except (Changed, StepNotOpen) as error:
        form.add_error("note", str(error))
        breach.refresh_from_db()
        return _show(request, breach, status=409, step_form=form, step_key=key)
    say_what_was_hidden(request, note)
    messages.success(request, f"Sagen er nu »{moved.get_state_display()}«.")
    return redirect(breach)


def say_what_was_hidden(request: HttpRequest, text: str) -> None:
    """The text was masked before it was stored: its writer must know."""
    if cpr.contains(text):
        messages.info(request, "Vi har skjult de sidste fire cifre i et CPR-nummer.")


@post_only("breaches:detail")
def breach_write(request: HttpRequest, number: str) -> HttpResponse:
    """Words and files added to the case, by a caseworker or the reporter."""
    breach = find_case(request, number)
    user: User = request.user  # type: ignore[assignment]
    form = EntryForm(request.POST, request.FILES, auto_id="id_entry_%s")
    kind = _kind_of_entry(request, breach)
    uploads = Uploads(request)
    is_valid = form.is_valid()
    for sentence in uploads.refused:
        form.add_error("files", sentence)
    if not is_valid or uploads.refused:
        return _show(request, breach, status=422, entry_form=form, kept_files=uploads.kept())
    data = form.cleaned_data
    write_entry(breach, kind, data["text"], by=user, token=data["token"], uploads=uploads.stored)
    say_what_was_hidden(request, clean_text(request.POST.get("text", "")))
    messages.success(request, "Det er føjet til sagen.")
    return redirect(breach)


def _kind_of_entry(request: HttpRequest, breach: Breach) -> EntryKind:
    user: User = request.user  # type: ignore[assignment]
    kind = request.POST.get("kind")
    can_write_notes = user.has_perm(VIEW, breach) and bool(tracks_of(breach, user))
    if breach.reporter_id == user.pk and (kind == EntryKind.ANSWER or not can_write_notes):
        return answer_kind(breach)
    if not can_write_notes:
        raise PermissionDenied("Du kan læse sagen, men ikke skrive i den.")
    return EntryKind.QUESTION if kind == EntryKind.QUESTION else EntryKind.NOTE


@require_safe
def breach_file(request: HttpRequest, number: str, file_id: str) -> HttpResponseBase:
    """A file of the case, by the case's permission."""
    breach = find_case(request, number)
    rows = breach.files if request.user.has_perm(VIEW, breach) else breach.files.for_reporter()
    row = find_or_404(rows.select_related("stored"), stored=file_id)
    audit.record("breach.file", by=request.user, obj=breach, file=file_id)
    try:
        return files.response(row.stored)
    except files.NotDeliverable as error:
        raise PermissionDenied(str(error)) from error
