"""What an agenda fills itself with: each app registers a source, and every meeting's preparation asks them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from meetings.enums import ItemKind
from meetings.models import Body


@dataclass(frozen=True)
class Suggestion:
    """A point that belongs on a body's agenda. `key` tells it from every other and stays the same from day to day:
    while it stands on the agenda of a meeting to come it is not put on another. `concerns` is what is decided on.
    `is_status`: it tells how things stand, and every meeting has its own."""

    key: str
    kind: ItemKind
    title: str
    text: str = ""  # the case, in plain words
    proposal: str = ""  # what the body is asked to decide
    url: str = ""
    concerns: Any = None
    is_confidential: bool = False
    is_status: bool = False


Source = Callable[[Body, date], Iterable[Suggestion]]
_sources: dict[str, Source] = {}


def register_source(key: str, source: Source) -> None:
    """`source(body, held_on)` answers what the body should take up when it meets that day."""
    _sources[key] = source


def suggestions(body: Body, held_on: date) -> list[Suggestion]:
    """Of all sources, in the order of registration."""
    return [one for source in _sources.values() for one in source(body, held_on)]
