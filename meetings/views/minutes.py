"""The minutes and the papers: to read, to print, to remark on."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from glostrup_isms.kit import audit, cpr
from glostrup_isms.kit.access import post_only
from glostrup_isms.kit.form_answers import add_errors
from glostrup_isms.kit.pdf import PdfTooLarge, PdfUnavailable
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import remark
from meetings.enums import MeetingState
from meetings.forms import RemarkForm
from meetings.models import AgendaItem, Meeting
from meetings.pdf import minutes_pdf, pack_pdf
from meetings.permissions import is_inside
from meetings.views.meetings import steps_of
from meetings.views.shared import find_meeting, items_of

WITH_MINUTES = (MeetingState.MINUTES, MeetingState.CLOSED)
View = Callable[..., HttpResponseBase]


def or_no_pdf(view: View) -> View:
    """The sentence, as 503, where the PDF cannot be made."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **parts)
        except (PdfUnavailable, PdfTooLarge) as error:
            return render(request, "meetings/pdf/none.html", {"sentence": str(error)}, status=503)

    return answer


@require_safe
def minutes(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`…/referat/`: a draft until it is approved."""
    return show(request, find_with_minutes(request, slug, pk))


def show(request: HttpRequest, meeting: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    inside = is_inside(request.user, meeting)
    may_remark = inside and meeting.state == MeetingState.MINUTES
    items = items_of(request, meeting)
    context = {
        "meeting": meeting, "body": meeting.body, "items": items, "inside": inside,
        "attendances": meeting.attendances.all(), "may_remark": may_remark,
        "remarks": meeting.remarks.select_related("author") if inside else [],
        "form": RemarkForm() if may_remark else None, "steps": steps_of(request.user, meeting),  # type: ignore[arg-type]
        "seen": meeting.seen, "has_secrets": any(item.is_confidential for item in items),
    }  # fmt: skip
    return render(request, "meetings/minutes.html", context | extra, status=status)


def find_with_minutes(request: HttpRequest, slug: str, pk: int) -> Meeting:
    """404 before the meeting is over; the draft is for the body's own alone."""
    meeting = find_meeting(request, slug, pk)
    is_theirs = meeting.state == MeetingState.CLOSED or is_inside(request.user, meeting)
    if meeting.state not in WITH_MINUTES or not is_theirs:
        raise Http404
    return meeting


@require_safe
@or_no_pdf
def minutes_file(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`…/referat.pdf`: what the reader may see of it; `?del=aaben`: what anybody who follows the work may."""
    meeting = find_with_minutes(request, slug, pk)
    return _file(request, meeting, minutes_pdf, "referat")


@require_safe
@or_no_pdf
def pack_file(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`…/dagsorden.pdf`: the agenda with all papers' texts, as far as the reader may see them."""
    return _file(request, find_meeting(request, slug, pk), pack_pdf, "dagsorden")


def _file(request: HttpRequest, meeting: Meeting, draw: Callable[..., bytes], name: str) -> HttpResponse:
    items: list[AgendaItem] = items_of(request, meeting)
    is_open_part = request.GET.get("del") == "aaben"
    if is_open_part:
        items = [item for item in items if not item.is_confidential]
    content = draw(meeting, items)
    if any(item.is_confidential for item in items):
        audit.record(f"meeting.{name}", by=request.user, obj=meeting)
    response = HttpResponse(content, content_type="application/pdf")
    part = "-aaben" if is_open_part else ""
    response["Content-Disposition"] = f'inline; filename="{name}-{meeting.body.slug}-{meeting.held_on}{part}.pdf"'
    return response


@post_only("meetings:minutes")
def minutes_remark(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What a member says of the draft."""
    meeting = find_with_minutes(request, slug, pk)
    if not is_inside(request.user, meeting):
        raise PermissionDenied(f"Kun medlemmerne af {meeting.body} skriver bemærkninger til referatet.")
    form = RemarkForm(request.POST)
    if form.is_valid():
        try:
            remark(meeting, cpr.mask(form.cleaned_data["text"]), by=request.user)  # type: ignore[arg-type]
            messages.success(request, "Bemærkningen er modtaget.")
            return redirect("meetings:minutes", slug, pk)
        except ValidationError as error:
            add_errors(form, error)
        except StepNotOpen as error:
            form.add_error(None, str(error))
            return show(request, find_with_minutes(request, slug, pk), status=409, form=form)
    return show(request, meeting, status=422, form=form)
