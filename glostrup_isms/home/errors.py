"""Every error page is Danish and says what to do next; none needs the database."""

import logging
import sys

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from glostrup_isms.kit import audit, files

logger = logging.getLogger(__name__)

TEXT_KEPT = "Siden havde været åben for længe. Din tekst er her stadig. Tryk på Send igen."


def _answer(template: str, status: int, **context: object) -> HttpResponse:
    context |= {"municipality": settings.MUNICIPALITY}
    return HttpResponse(render_to_string(template, context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer("400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What a colleague may see but not do; each refusal leaves a line in the audit trail."""
    sentence = str(exception) if isinstance(exception, PermissionDenied) else ""
    _note_refusal(request)
    return _answer("403.html", 403, sentence=sentence)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Missing and foreign alike; a known address that is refused to a colleague leaves a line in the audit trail."""
    if request.resolver_match is not None:
        _note_refusal(request)
    return _answer("404.html", 404)


def _note_refusal(request: HttpRequest) -> None:
    try:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            audit.record("access.denied", by=user, path=request.path[:200], method=request.method)
    except DatabaseError as error:
        logger.error("A refusal could not be noted: %s", type(error).__name__)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours; 503 when the disk is full while a form with files arrives."""
    error = sys.exc_info()[1]
    if isinstance(error, OSError) and error.errno in files.FULL:
        return _answer("503.html", 503)
    return _answer("500.html", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old, or foreign. A report comes back with its text, to be sent again with a fresh token."""
    if request.path == reverse("breaches:report"):
        from breaches.views.report import show_with_text_kept

        return show_with_text_kept(request, TEXT_KEPT, 403)
    if request.path.startswith("/brud/") and _came_from_here(request):
        return _offer_again(request)
    return _answer("403_csrf.html", 403)


def _came_from_here(request: HttpRequest) -> bool:
    """A page elsewhere must not be able to put words in front of somebody who then sends them from here."""
    origin = request.headers.get("Origin", "")
    return not origin or origin == f"{request.scheme}://{request.get_host()}"


def _offer_again(request: HttpRequest) -> HttpResponse:
    """All that was typed, to be read, copied, or sent once more with a fresh token."""
    fields = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    fields = [pair for pair in fields if pair[0] != "csrfmiddlewaretoken"]
    texts = [value for name, value in fields if name in ("text", "note", "reason") and value.strip()]
    context = {"fields": fields, "texts": texts, "path": request.path}
    return render(request, "send_again.html", context, status=403)
