"""Every error page is Danish and says what to do next; none needs the database."""

import logging
import sys

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from glostrup_isms.kit import audit, files

logger = logging.getLogger(__name__)

TEXTS = (
    "description", "measures_text", "text", "note", "reason", "person_search", "title", "message", "left_out_why",
    "answer", "statement", "reference", "change_note", "changes", "words",
    "open_words", "proposal", "what",
)  # fmt: skip
ROWS = "roles-"  # whom a clause binds: a page of them is an hour's work
WITHOUT_PASSWORDS = ("/brud/", "/organisation/", "/dokumenter/", "/moeder/", "/opgaver/")
TEXT_KEPT = "Siden havde været åben for længe. Din tekst er her stadig. Tryk på Send nu."


def _answer(template: str, status: int, **context: object) -> HttpResponse:
    context |= {"municipality": settings.MUNICIPALITY}
    return HttpResponse(render_to_string(template, context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _answer("413.html", 413)
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
    """A fault of ours; 503, with what was typed, when the database or the disk does not take it for the moment."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError) or (
        isinstance(error, OSError) and error.errno in files.FULL
    ):
        return _answer("503.html", 503, **_written(request))
    return _answer("500.html", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old comes back with its text, to be sent again with a fresh token; a foreign one does not."""
    if request.path == reverse("breaches:report") and _came_from_here(request):
        from breaches.views.report import show_with_text_kept

        return show_with_text_kept(request, TEXT_KEPT, 403)
    if written := _written(request):
        return render(request, "send_again.html", written, status=403)
    return _answer("403_csrf.html", 403)


def sign_in_to_send(request: HttpRequest) -> HttpResponse | None:
    """For a form in a case sent after the session ended: what was typed, to be sent again after signing in. None when
    no words are in it."""
    written = _written(request) if request.method == "POST" else {}
    if not written.get("texts"):
        return None
    return render(request, "send_again.html", written | {"is_signed_out": True}, status=403)


def method_not_allowed(response: HttpResponse) -> None:
    """Django's own answer to a method that a page does not take is empty."""
    response.content = render_to_string("405.html", {"municipality": settings.MUNICIPALITY})


def _came_from_here(request: HttpRequest) -> bool:
    """A page elsewhere must not be able to put words in front of somebody who then sends them from here."""
    origin = request.headers.get("Origin", "")
    return not origin or origin == f"{request.scheme}://{request.get_host()}"


def _written(request: HttpRequest) -> dict[str, object]:
    """What `_send_again_form.html` shows; nothing of forms that hold passwords, or that another page has sent."""
    if not request.path.startswith(WITHOUT_PASSWORDS) or not _came_from_here(request):
        return {}
    try:
        fields = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    except (OSError, SuspiciousOperation, MultiPartParserError):  # a form that did not arrive whole
        return {}
    fields = [pair for pair in fields if pair[0] != "csrfmiddlewaretoken"]
    texts = [value for name, value in fields if (name in TEXTS or name.startswith(ROWS)) and value.strip()]
    return {"fields": fields, "texts": texts, "path": request.path, "csrf_token": get_token(request)}
