"""Every error page is Danish and says what to do next; none needs the database."""

import sys

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from glostrup_isms.kit import audit, files

TEXT_KEPT = "Siden havde været åben for længe. Din tekst er her stadig. Tryk på Send igen."


def _answer(template: str, status: int, **context: object) -> HttpResponse:
    context |= {"municipality": settings.MUNICIPALITY}
    return HttpResponse(render_to_string(template, context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer("400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What a colleague may see but not do; each refusal leaves a line in the audit trail."""
    sentence = str(exception) if isinstance(exception, PermissionDenied) else ""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        audit.record("access.denied", by=user, path=request.path[:200], method=request.method)
    return _answer("403.html", 403, sentence=sentence)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer("404.html", 404)


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
    return _answer("403_csrf.html", 403)
