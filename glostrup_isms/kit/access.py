"""Page guards: strangers are sent to sign in, colleagues get 404 for what they may not see and 403 for what they may
see but not do."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST


def find_or_404(visible: QuerySet[Any], **lookup: Any) -> Any:
    """The one visible row, or 404: the same answer for a foreign, a missing and a senseless id."""
    try:
        return visible.get(**lookup)
    except (visible.model.DoesNotExist, ValidationError, ValueError, OverflowError) as error:
        raise Http404 from error


def require(user: Any, permission: str, obj: Any = None, *, sentence: str) -> None:
    """Raise 403 with a Danish sentence unless the user has the permission."""
    if not user.has_perm(permission, obj):
        raise PermissionDenied(sentence)


def post_only(where: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Whoever comes by GET, as after signing in again, is sent to the page `where`, which takes the same arguments."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in ("GET", "HEAD"):
                return redirect(where, *args, **kwargs)
            return require_POST(view)(request, *args, **kwargs)

        return guarded

    return decorate
