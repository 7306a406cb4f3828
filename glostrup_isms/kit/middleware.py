"""Headers on every answer, and how long a session lasts."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control

GetResponse = Callable[[HttpRequest], HttpResponse]


class HeadersMiddleware:
    """Pages are nobody's but the reader's: no cache keeps them, unless a view has said otherwise."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        if getattr(response, "is_for_everybody", False):  # the same to all: it neither sets nor depends on a cookie
            response.cookies.clear()
            del response["Vary"]
        return response


class SessionLimitMiddleware:
    """Ends a session that has been idle too long, or that began too long ago (ASVS V7.3.1, V7.3.2)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now()
            started = _time(request, "started_at") or now
            seen = _time(request, "seen_at") or now
            if now - seen > settings.SESSION_IDLE_LIMIT or now - started > timedelta(
                seconds=settings.SESSION_COOKIE_AGE
            ):
                logout(request)
            elif "seen_at" not in request.session or now - seen > timedelta(minutes=1):
                request.session["seen_at"] = now.isoformat()
                request.session.setdefault("started_at", started.isoformat())
        return self.get_response(request)


def _time(request: HttpRequest, key: str) -> datetime | None:
    text = request.session.get(key)
    return datetime.fromisoformat(text) if text else None
