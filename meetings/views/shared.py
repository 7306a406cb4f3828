"""What the pages of meetings have in common: finding, refusing, answering a form that came back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from glostrup_isms.kit.access import find_or_404
from meetings.effects import text_is_changed
from meetings.models import AgendaItem, Body, Meeting
from meetings.permissions import PREPARE, why_not_prepare
from meetings.rules import decided_by_others
from meetings.workflow import writes_minutes

View = Callable[..., HttpResponseBase]
form_page = require_http_methods(["GET", "HEAD", "POST"])


def find_body(request: HttpRequest, slug: str) -> Body:
    """A body whose meetings the reader may see: else 404, for the meetings of others are nobody's business."""
    body: Body = find_or_404(Body.objects.visible_to(request.user), slug=slug)
    return body


def find_meeting(request: HttpRequest, slug: str, pk: int) -> Meeting:
    rows = Meeting.objects.visible_to(request.user).select_related("body", "approved_by")
    found: Meeting = find_or_404(rows, body__slug=slug, pk=pk)
    return found


def find_item(request: HttpRequest, slug: str, pk: int, item: int) -> AgendaItem:
    meeting = find_meeting(request, slug, pk)
    rows = AgendaItem.objects.visible_to(request.user).filter(meeting=meeting).select_related("decision")
    found: AgendaItem = find_or_404(rows, pk=item)
    found.meeting = meeting
    return found


def items_of(request: HttpRequest, meeting: Meeting) -> list[AgendaItem]:
    """The points that the reader may see, with all that is shown of them. A constant number of queries."""
    prefetch_related_objects([meeting], "attendances__person", "attendances__acts_for")
    rows = AgendaItem.objects.visible_to(request.user).filter(meeting=meeting)
    rows = rows.select_related("decision", "carried_from__meeting__body").prefetch_related(
        "files__stored", "recusals__person", "votes__person", "follow_ups__duty__holder", "counted", "concerns"
    )
    items = list(rows)
    for item in items:
        item.meeting = meeting
        item.has_other_text = text_is_changed(item)  # type: ignore[attr-defined]
        item.decided_by = decided_by_others(item)  # type: ignore[attr-defined]
    return items


def require_preparer(request: HttpRequest, body: Body) -> None:
    """403 with the sentence unless the reader prepares the body's meetings."""
    if sentence := why_not_prepare(request.user, body):
        raise PermissionDenied(sentence)
    if not request.user.has_perm(PREPARE):
        raise PermissionDenied("Du kan ikke forberede møder.")


def require_writer(request: HttpRequest, item: AgendaItem) -> None:
    if sentence := writes_minutes(request.user, item):  # type: ignore[arg-type]
        raise PermissionDenied(sentence)


def post_on_item(where: str) -> Callable[[View], View]:
    """As `kit.access.post_only`, where the page with the form is the meeting's: it knows no point."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, pk: int, item: int, **parts: Any) -> HttpResponseBase:
            if request.method in ("GET", "HEAD"):
                return redirect(where, slug, pk)
            return require_POST(view)(request, slug, pk, item, **parts)

        return guarded

    return decorate
