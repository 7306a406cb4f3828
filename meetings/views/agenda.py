"""Points of the agenda: written, changed, moved, put off, taken off; their papers, and what was asked on them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from duties.models import Duty
from glostrup_isms.kit import audit, cpr, files
from glostrup_isms.kit.access import find_or_404
from glostrup_isms.kit.form_answers import add_errors, held_against
from glostrup_isms.kit.form_files import Uploads
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import (
    Changed,
    add_item,
    edit_item,
    postpone_item,
    reopen_item,
    shift_item,
    use_new_text,
    withdraw_item,
)
from meetings.actions.agenda import unplaced
from meetings.enums import ItemKind
from meetings.forms import ItemForm, StepForm
from meetings.models import AgendaItem, FollowUp, Meeting
from meetings.views.meetings import show
from meetings.views.shared import find_item, find_meeting, form_page, post_on_item, require_preparer, require_writer

ACTS: dict[str, Any] = {
    "op": lambda item, by, note: shift_item(item, up=True, by=by),
    "ned": lambda item, by, note: shift_item(item, up=False, by=by),
    "withdraw": lambda item, by, note: withdraw_item(item, by=by, note=note),
    "postpone": lambda item, by, note: postpone_item(item, by=by, note=note),
    "reopen": lambda item, by, note: reopen_item(item, by=by),
    "renew": lambda item, by, note: use_new_text(item, by=by),
}
DONE = {
    "op": "Punktet er flyttet op.", "ned": "Punktet er flyttet ned.", "withdraw": "Punktet er trukket.",
    "postpone": "Punktet er udsat til næste møde.", "reopen": "Punktet er taget op igen.",
    "renew": "Den nye tekst gælder på punktet.",
}  # fmt: skip
BY_HAND = (ItemKind.RISKS, ItemKind.SUPERVISION, ItemKind.PROCUREMENT)  # no source fills them


@form_page
def item_new(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`…/punkter/nyt/`."""
    meeting = find_meeting(request, slug, pk)
    require_preparer(request, meeting.body)
    return _write(request, meeting, None)


@form_page
def item_edit(request: HttpRequest, slug: str, pk: int, item: int) -> HttpResponse:
    """`…/punkter/<item>/`."""
    found = find_item(request, slug, pk, item)
    require_preparer(request, found.meeting.body)
    return _write(request, found.meeting, found)


def _write(request: HttpRequest, meeting: Meeting, item: Any) -> HttpResponse:
    about = {} if item else {one.key: one.title for one in unplaced(meeting)}
    kinds = [] if item or meeting.is_written else [kind for kind in meeting.body.standing if kind in BY_HAND]
    choices: dict[str, Any] = {"about": about, "kinds": kinds}
    if request.method != "POST":
        initial = {
            name: getattr(item, name) for name in ("title", "text", "proposal", "is_confidential")
        } | {"seen": item.revision} if item else {}  # fmt: skip
        return _page(request, meeting, item, ItemForm(initial=initial, **choices))
    form, uploads = ItemForm(request.POST, request.FILES, **choices), Uploads(request)
    form.is_valid()
    for sentence in uploads.refused:
        form.add_error("files", sentence)
    if form.errors:
        return _page(request, meeting, item, form, status=422, kept_files=uploads.kept())
    data = form.cleaned_data
    given: dict[str, Any] = {name: cpr.mask(data[name]) for name in ("title", "text", "proposal")}
    given |= {"is_confidential": data["is_confidential"], "uploads": uploads.stored, "by": request.user}
    try:
        if item:
            done = edit_item(item, seen=data["seen"], **given)
        else:
            kind = ItemKind(data.get("kind") or ItemKind.FREE)
            done = add_item(meeting, about=data.get("about", ""), kind=kind, **given)
    except ValidationError as error:
        add_errors(form, error)
        return _page(request, meeting, item, form, status=422, kept_files=uploads.kept())
    except (Changed, StepNotOpen) as error:
        form.add_error(None, str(error))
        theirs = getattr(error, "theirs", None)
        if theirs is not None:
            held_against(form, seen=theirs.revision)
        return _page(request, meeting, item, form, status=409, kept_files=uploads.kept(), theirs=theirs)
    messages.success(request, "Punktet er gemt." if item else "Punktet er sat på dagsordenen.")
    return redirect(done.get_absolute_url())


def _page(
    request: HttpRequest, meeting: Meeting, item: Any, form: ItemForm, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {"meeting": meeting, "item": item, "form": form, **extra}
    return render(request, "meetings/item_form.html", context, status=status)


@post_on_item("meetings:meeting")
def item_step(request: HttpRequest, slug: str, pk: int, item: int) -> HttpResponse:
    """Up, down, withdrawn, put off, taken up again."""
    found = find_item(request, slug, pk, item)
    require_writer(request, found)
    form = StepForm(request.POST)
    form.is_valid()
    key = form.cleaned_data.get("step", "")
    if key not in ACTS:
        form.add_error(None, "Vælg et af trinene på siden.")
    kept = {"step_form": form, "step_key": f"{key}-{found.pk}", "kept_note": request.POST.get("note", "")}
    if form.errors:
        return show(request, found.meeting, status=422, **kept)
    try:
        ACTS[key](found, request.user, cpr.mask(form.cleaned_data["note"]))
    except StepNotOpen as error:
        form.add_error("note", str(error))
        return show(request, find_meeting(request, slug, pk), status=409, **kept)
    messages.success(request, DONE[key])
    return redirect(found.get_absolute_url())


@require_safe
def item_file(request: HttpRequest, slug: str, pk: int, item: int, file_id: UUID) -> HttpResponseBase:
    """A paper of a point, by the point's permission."""
    found = find_item(request, slug, pk, item)
    row = find_or_404(found.files.select_related("stored"), stored=file_id)
    audit.record("agendaitem.file", by=request.user, obj=found, file=str(file_id))
    try:
        return files.response(row.stored)
    except files.NotDeliverable as error:
        raise PermissionDenied(str(error)) from error


@require_safe
def follow_up(request: HttpRequest, slug: str, pk: int, item: int, row: int) -> HttpResponse:
    """`…/opfoelgning/<row>/`: what was asked, for whoever sees the point and whoever is to do it."""
    rows = FollowUp.objects.visible_to(request.user).select_related("item__meeting__body", "duty")
    found: FollowUp = find_or_404(rows, pk=row, item=item, item__meeting=pk, item__meeting__body__slug=slug)
    context = {
        "row": found, "meeting": found.item.meeting,
        "sees_point": AgendaItem.objects.visible_to(request.user).filter(pk=found.item_id).exists(),
        "sees_duty": Duty.objects.visible_to(request.user).filter(follow_up=found).exists(),
    }  # fmt: skip
    return render(request, "meetings/follow_up.html", context)
