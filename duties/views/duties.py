"""The list of duties, a duty's page, and what is done there."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from duties import actions
from duties.enums import State
from duties.forms import DropForm, FinishForm, HandOnForm, PostponeForm, SeenForm, WriteForm
from duties.models import Duty, DutyFile
from duties.models.duties import VIEW
from duties.permissions import CHANGE_TEMPLATE, WRITE
from duties.tables import DutyTable
from duties.workflow import DUTY_FLOW
from glostrup_isms.kit import audit, files
from glostrup_isms.kit.access import find_or_404
from glostrup_isms.kit.fields import clean_text
from glostrup_isms.kit.form_answers import add_errors, held_against
from glostrup_isms.kit.form_files import Uploads
from glostrup_isms.kit.workflow import StepNotOpen
from roles.models import User

form_page = require_http_methods(["GET", "HEAD", "POST"])
THANKS = {
    "udfoert": "»{}« er udført.",
    "giv-videre": "»{}« er givet videre. Kollegaen får besked.",
    "tag": "Du har taget »{}«.",
    "udskyd": "»{}« er udskudt.",
    "aabn-igen": "»{}« er åben igen.",
    "bortfald": "»{}« er bortfaldet.",
    "skriv": "Det er gemt.",
}
NOT_HERS = "Du kan se opgaven, men ikke gøre det. Det kan den, der har den, og hendes leder."
STEPS = {"udfoert": "finish", "giv-videre": "hand_on", "tag": "hand_on", "udskyd": "postpone", "aabn-igen": "reopen",
         "bortfald": "drop"}  # fmt: skip


@form_page
def duty_list(request: HttpRequest, whose: str = "mine") -> HttpResponseBase:
    """`/opgaver/` one's own, `/opgaver/enhed/` of the units one leads, `/opgaver/alle/` all that one may see."""
    user: Any = request.user
    scopes = user.scopes_for(VIEW)
    tabs = [("mine", "Mine", "duties:list")]
    if any(scope.path is not None for scope in scopes):
        tabs.append(("enhed", "Min enheds", "duties:of_unit"))
    if scopes:
        tabs.append(("alle", "Alle", "duties:all"))
    if whose not in [key for key, _, _ in tabs]:
        raise Http404
    rows = Duty.objects.held_by(user) if whose == "mine" else Duty.objects.visible_to(user)
    if whose == "enhed":
        rows = rows.under(user)
    table = DutyTable(request, rows.select_related("holder", "holder_unit", "template"))
    context = {"table": table, "tabs": tabs, "whose": whose, "can_change": user.has_perm(CHANGE_TEMPLATE)}
    return table.respond() or render(request, "duties/duty_list.html", context)


def _find(request: HttpRequest, pk: int) -> Duty:
    rows = Duty.objects.visible_to(request.user).select_related(
        "holder", "holder_unit", "template", "asked_by", "done_by"
    )
    found: Duty = find_or_404(rows, pk=pk)
    return found


@require_safe
def duty_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """`/opgaver/<pk>/`."""
    return _show(request, _find(request, pk))


@form_page
def duty_step(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """`/opgaver/<pk>/<what>/`: one step, or a comment. By GET, as after signing in again, the duty itself."""
    if what not in THANKS:
        raise Http404
    if request.method != "POST":
        return redirect("duties:detail", pk)
    try:
        return _take(request, pk, what)
    except Http404:  # no longer hers, or never was: the same answer, with what she wrote
        if not (texts := _written(request)):
            raise
        _note_refusal(request)
        return render(request, "duties/duty_gone.html", {"texts": texts}, status=404)


def _take(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    duty = _find(request, pk)
    user: User = request.user  # type: ignore[assignment]
    form = _forms(duty, user, request)[what]
    form.is_valid()
    uploads, status = None, 422
    try:
        _refuse_early(user, duty, what)
        uploads = Uploads(request) if "files" in form.fields else None
        for sentence in uploads.refused if uploads else ():
            form.add_error("files", sentence)
        if not form.errors:
            _act(what, duty, form.cleaned_data, user, uploads.stored if uploads else [])
            messages.success(request, THANKS[what].format(duty))
            return redirect(_where_next(request, duty, what))
    except ValidationError as error:
        add_errors(form, error)
    except files.UploadRefused as error:  # it lay here for too long, or was used in another window
        form.add_error("files", str(error))
    except (actions.Changed, StepNotOpen, PermissionDenied) as error:
        if isinstance(error, PermissionDenied):
            if not _written(request):
                raise
            _note_refusal(request)
        form.add_error(None, str(error))
        status = 409
        duty = _find(request, pk)
        held_against(form, seen=duty.revision)
    kept = [one for one in uploads.kept() if files.unsign(one["token"])] if uploads else []
    return _show(request, duty, status=status, bound={what: form}, kept_files=kept)


def _written(request: HttpRequest) -> list[str]:
    """The words that came with the form."""
    return [text for name in ("text", "note") if (text := clean_text(request.POST.get(name, "")))]


def _note_refusal(request: HttpRequest) -> None:
    """As every refused page leaves a line; here it comes with her words."""
    audit.record("access.denied", by=request.user, path=request.path[:200], method=request.method)


def _where_next(request: HttpRequest, duty: Duty, what: str) -> str:
    """Back to where she came from; what is no longer hers is not shown again."""
    if request.POST.get("fra") == "min-side":
        return "/"
    stays = what in ("tag", "udskyd", "skriv", "aabn-igen")
    return duty.get_absolute_url() if stays else reverse("duties:list")


def _refuse_early(user: User, duty: Duty, what: str) -> None:
    """Before any file is stored."""
    permission = DUTY_FLOW.steps[STEPS[what]].permission if what in STEPS else WRITE
    if not user.has_perm(permission, duty):
        raise PermissionDenied(NOT_HERS)


def _forms(duty: Duty, user: User, request: HttpRequest | None = None) -> dict[str, forms.Form]:
    """The form of each step; bound to what was sent when a request is given."""
    data, uploads = (request.POST, request.FILES) if request else (None, None)
    common: dict[str, Any] = {"initial": {"seen": duty.revision}}
    needs = {"needs_result": duty.needs_result, "needs_evidence": duty.needs_evidence}
    return {
        "udfoert": FinishForm(data, uploads, auto_id="id_done_%s", **needs, **common),
        "giv-videre": HandOnForm(data, by=user, **common),
        "tag": SeenForm(data, auto_id="id_take_%s", **common),
        "udskyd": PostponeForm(data, auto_id="id_later_%s", **common),
        "aabn-igen": SeenForm(data, auto_id="id_again_%s", **common),
        "bortfald": DropForm(data, auto_id="id_drop_%s", **common),
        "skriv": WriteForm(data, uploads, auto_id="id_write_%s"),
    }


def _act(what: str, duty: Duty, data: dict[str, Any], by: User, uploads: list[Any]) -> None:
    seen = data.get("seen")
    if what == "udfoert":
        actions.finish(duty, by=by, result=data.get("result", ""), text=data["text"], uploads=uploads, seen=seen)
    elif what == "giv-videre":
        actions.hand_on(duty, data["person"], by=by, text=data["text"], seen=seen)
    elif what == "tag":
        actions.hand_on(duty, by, by=by, seen=seen)
    elif what == "udskyd":
        actions.postpone(duty, data["due_on"], by=by, note=data["note"], seen=seen)
    elif what == "aabn-igen":
        actions.reopen(duty, by=by, seen=seen)
    elif what == "bortfald":
        actions.drop(duty, by=by, note=data["note"], seen=seen)
    else:
        actions.write(duty, by=by, text=data["text"], uploads=uploads)


def _show(
    request: HttpRequest, duty: Duty, *, status: int = 200, bound: dict[str, forms.Form] | None = None, **extra: Any
) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    open_steps = {step.key: why_not for step, why_not in DUTY_FLOW.open_to(user, duty)}
    shown = _forms(duty, user) | (bound or {})
    can = {key for key, why_not in open_steps.items() if why_not is None}
    can_write = user.has_perm(WRITE, duty) and duty.state != State.DROPPED
    closed = next((what for what in bound or {} if not (STEPS[what] in can if what in STEPS else can_write)), None)
    is_mine = duty.is_held_by(user)
    entries = list(duty.entries.select_related("by").prefetch_related("files__stored"))
    context = {
        "duty": duty,
        "is_mine": is_mine,
        "facts": _facts(duty),
        "steps": open_steps,
        "can": can,
        "forms": {key.replace("-", "_"): form for key, form in shown.items()},
        "errors": None if closed else next(iter((bound or {}).values()), None),
        "closed": _why_closed(user, duty, closed, shown[closed]) if closed else "",
        "texts": _written(request) if closed else [],
        "is_shared": duty.holder_id is None and is_mine and not duty.is_discreet,
        "can_write": can_write,
        "entries": entries,
        "files": [_file_row(duty, row) for entry in entries for row in entry.files.all()],
        "sees_template": duty.template_id is not None and user.scopes_for(VIEW),
    }
    return render(request, "duties/duty_detail.html", context | extra, status=status)


def _why_closed(user: User, duty: Duty, what: str, form: forms.Form) -> str:
    """Why a step that she has sent a form for is not on the page any more."""
    why_not = DUTY_FLOW.why_not(user, duty, DUTY_FLOW.steps[STEPS[what]]) if what in STEPS else None
    return why_not or str(next(iter(form.non_field_errors()), NOT_HERS))


def _facts(duty: Duty) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [("Hos", duty.whose), ("Slags", duty.get_kind_display())]
    if duty.template:
        facts.append(("Kommer", duty.template.get_recurrence_display()))
        if duty.template.source:
            facts.append(("Hvor står det", duty.template.source))
    if duty.asked_by:
        facts.append(("Bedt af", duty.asked_by))
    if duty.is_statutory:
        facts.append(("Frist", "Fristen står i loven og kan ikke udskydes."))
    if duty.get_result_display():
        facts.append(("Resultat", duty.get_result_display()))
    return facts


def _file_row(duty: Duty, row: Any) -> dict[str, Any]:
    stored = row.stored
    url = "" if stored.refusal else f"{duty.get_absolute_url()}filer/{stored.pk}/"
    return {"name": stored.original_name, "size": stored.size, "url": url, "state_sentence": stored.refusal or ""}


@require_safe
def duty_file(request: HttpRequest, pk: int, file_id: UUID) -> HttpResponseBase:
    """Evidence, by the duty's permission."""
    duty = _find(request, pk)
    row = find_or_404(DutyFile.objects.filter(entry__duty=duty).select_related("stored"), stored=file_id)
    audit.record("duty.file", by=request.user, obj=duty, file=str(file_id))
    try:
        return files.response(row.stored)
    except files.NotDeliverable as error:
        raise PermissionDenied(str(error)) from error
