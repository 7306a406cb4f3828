"""Sessions in the database, deaf to cookies that no session key can be.

A quoted cookie may unquote to NUL, which PostgreSQL refuses with an error: such a key is simply no session.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session


class SessionStore(DatabaseSessionStore):
    """Django's own, with a stricter eye on the key."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: Any) -> bool:
        is_plain = isinstance(key, str) and key.isascii() and key.isalnum() and len(key) <= 40
        return is_plain and super()._validate_session_key(key)  # type: ignore[misc]
