"""Bringing the organisation in from a file: look through it, understand the difference, say yes."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from glostrup_isms.kit.access import find_or_404, require
from glostrup_isms.kit.filters import danish_slug
from roles.enums import SyncState
from roles.forms.sync import SyncFileForm, SyncYesForm
from roles.models import SyncRun, User
from roles.permissions import RUN_SYNC, VIEW_SYNC
from roles.sync import keeping, runs, words
from roles.sync.rows import Refused
from roles.tables.sync import SYNC_TONES, ChangeTable, SyncTable

form_page = require_http_methods(["GET", "HEAD", "POST"])
NOT_YOURS = "Kun den tekniske administrator henter organisationen ind. Du kan se, hvad der er hentet."
NOT_OPEN = "Synkroniseringen kan ikke hentes ind mere. Vælg filen igen, hvis den stadig skal bruges."


def _see(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    if not user.has_perm(VIEW_SYNC):
        raise Http404
    return user


def _find(request: HttpRequest, pk: int) -> SyncRun:
    runs_seen = SyncRun.objects.visible_to(request.user).select_related("by")
    found: SyncRun = find_or_404(runs_seen, pk=pk)
    return found


@form_page
def sync_list(request: HttpRequest) -> HttpResponse:
    """`/organisation/synkronisering/`: what was brought in, what was refused, and what waits for a yes."""
    user = _see(request)
    table = SyncTable(request, SyncRun.objects.visible_to(user).select_related("by"))
    context = {"table": table, "can_run": user.has_perm(RUN_SYNC)}
    return table.respond() or render(request, "roles/sync_list.html", context)


@form_page
def sync_new(request: HttpRequest) -> HttpResponse:
    """`/organisation/synkronisering/ny/`: a file is looked through, and nothing is changed."""
    user = _see(request)
    require(user, RUN_SYNC, sentence=NOT_YOURS)
    if request.method != "POST":
        return render(request, "roles/sync_new.html", {"form": SyncFileForm()})
    form = SyncFileForm(request.POST, request.FILES, file_was_lost=getattr(request, "file_was_lost", False))
    if not form.is_valid():
        return render(request, "roles/sync_new.html", {"form": form}, status=422)
    upload = form.cleaned_data["file"]
    return redirect(runs.look_to_keep(upload.read, file_name=upload.name, by=user).run)


@form_page
def sync_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/synkronisering/<pk>/`: what a file changed or would change, and what is wrong with it."""
    run = _find(request, pk)
    table = ChangeTable(request, run.changes.all())
    return table.respond() or render(request, "roles/sync_detail.html", _about(request, run) | {"table": table})


def _about(request: HttpRequest, run: SyncRun) -> dict[str, Any]:
    is_done = run.state == SyncState.APPLIED
    is_cleared = not is_done and bool(run.counts) and not run.changes.exists()
    page = "" if is_cleared else run.get_absolute_url()
    return {
        "run": run,
        "tone": SYNC_TONES[SyncState(run.state)],
        "is_done": is_done,
        "is_refused": run.state == SyncState.REFUSED,
        "cleared_after": settings.SYNC_UNUSED_KEPT_FOR.days if is_cleared else None,
        "lines": [
            {"count": count, "words": told, "url": page and f"{page}?slags={danish_slug(kind.label)}"}
            for kind, count, told in words.lines(run.counts, is_done=is_done)
        ],
        "is_open": _is_open(run),
        "can_run": request.user.has_perm(RUN_SYNC),  # type: ignore[union-attr]
    }


def _is_open(run: SyncRun) -> bool:
    return run.state == SyncState.LOOKED_AT and keeping.is_there(run.kept_as)


@form_page
def sync_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/synkronisering/<pk>/hent-ind/`: the numbers once more, and the yes."""
    run = _find(request, pk)
    user = _see(request)
    require(user, RUN_SYNC, sentence=NOT_YOURS)
    if not _is_open(run):
        messages.warning(request, NOT_OPEN)
        return redirect(run)
    form = SyncYesForm(request.POST if request.method == "POST" else None, is_large_loss=bool(run.loss))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "roles/sync_apply.html", _about(request, run) | {"form": form}, status=status)
    try:
        shown = runs.bring_in_kept(run, by=user, allow_large_loss="allow" in form.cleaned_data)
    except Refused as error:
        messages.error(request, str(error))
        return redirect(run)
    if shown.pk != run.pk:
        messages.warning(request, f"{runs.STALE} Intet er hentet ind. Se den nye forskel igennem her, før du siger ja.")
    else:
        messages.success(request, f"Organisationen er hentet ind. {words.sentence(run.counts, is_done=True)}.")
    return redirect(shown)
