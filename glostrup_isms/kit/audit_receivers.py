"""Sign-in and sign-out to audit entries. Connected in the app's `ready()` by `connect()`."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from glostrup_isms.kit import audit, limits


def login_succeeded(sender: Any, user: Any, **kwargs: Any) -> None:
    audit.record("login", by=user, obj=user)


def login_failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Only a keyed digest of the tried name: people type passwords and CPR numbers into that field."""
    tried = str(credentials.get("username") or credentials.get("login") or credentials.get("email") or "")
    audit.record("login.failed", tried=limits.keyed_digest("login", tried.strip().lower()))


def logged_out(sender: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        audit.record("logout", by=user, obj=user)


def connect() -> None:
    user_logged_in.connect(login_succeeded, dispatch_uid="audit-login")
    user_login_failed.connect(login_failed, dispatch_uid="audit-login-failed")
    user_logged_out.connect(logged_out, dispatch_uid="audit-logout")
