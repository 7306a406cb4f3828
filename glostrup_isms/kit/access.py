"""Page guards: strangers are sent to sign in, colleagues get 404 for what they may not see and 403 for what they may
see but not do."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404


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
