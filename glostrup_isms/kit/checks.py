"""Start-up checks of what the promise "acknowledged means durable" leans on."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@checks.register(checks.Tags.database)
def database_is_durable(databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """PostgreSQL must flush what it has acknowledged. `migrate` runs this, so production does not start without."""
    if not settings.REQUIRE_DURABLE_DATABASE:
        return []
    found: list[checks.CheckMessage] = []
    for alias in databases or []:
        if connections[alias].vendor != "postgresql":
            continue
        with connections[alias].cursor() as cursor:
            for name in DURABLE:
                cursor.execute(f"SHOW {name}")  # noqa: S608 - names from the tuple above
                value = cursor.fetchone()[0]
                if value == "off" or (name == "synchronous_commit" and value == "local"):
                    found.append(
                        checks.Error(f"PostgreSQL runs with {name} = {value}: a report could be lost.", id="kit.E002")
                    )
    return found
