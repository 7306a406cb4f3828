"""A file that waits for somebody's yes, out of the web server's reach, for a day.

What is kept is what was read: the rows in the common form. CPR numbers were dropped before, so none is stored.
"""

import json
import os
import re
import secrets
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from roles.sync.rows import Organisation, PersonRow, PlaceRow, Refused, UnitRow

KEEP = timedelta(hours=24)
GONE = "Filen er slettet, fordi der er gået mere end et døgn, eller fordi den er brugt. Vælg den igen."
_NAME = re.compile("[0-9a-f]{64}")


def folder() -> Path:
    return Path(settings.DATA_DIR) / "sync"


def keep(organisation: Organisation) -> str:
    """The random name that it is kept under."""
    name = secrets.token_hex(32)
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder() / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            leaders = {str(unit): str(person) for unit, person in organisation.leaders.items()}
            json.dump(_plain(organisation) | {"leaders": leaders}, file, default=_plain)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name


def fetch(name: str) -> Organisation:
    """What was kept. Raises Refused when it is gone."""
    path = folder() / name
    try:
        if not is_there(name):
            raise Refused(GONE)
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Refused(GONE) from error
    return Organisation(
        data["shape"],
        [_unit(row) for row in data["units"]],
        [_person(row) for row in data["people"]],
        {UUID(unit): UUID(person) for unit, person in data["leaders"].items()},
    )


def is_there(name: str) -> bool:
    """Whether it can still be fetched."""
    path = folder() / name
    return _NAME.fullmatch(name) is not None and path.exists() and not _is_old(path)


def forget(name: str) -> None:
    if _NAME.fullmatch(name):
        (folder() / name).unlink(missing_ok=True)


def clear_out() -> None:
    """Remove what nobody said yes to within a day."""
    if folder().is_dir():
        for path in folder().iterdir():
            if _is_old(path):
                path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    return timezone.now().timestamp() - path.stat().st_mtime > KEEP.total_seconds()


def _plain(value: Any) -> Any:
    if not is_dataclass(value):
        return str(value)
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _unit(row: dict[str, Any]) -> UnitRow:
    return UnitRow(row["at"], UUID(row["uuid"]), row["name"], _key(row["parent"]), kind=row["kind"])


def _person(row: dict[str, Any]) -> PersonRow:
    places = [
        PlaceRow(place["at"], UUID(place["unit"]), place["title"], _day(place["from_on"]), _day(place["to_on"]))
        for place in row["places"]
    ]
    return PersonRow(row["at"], UUID(row["uuid"]), row["user_id"], row["name"], row["email"], row["is_open"], places)


def _key(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
