"""What a unit's page shows of the apps above: each registers its own panel, and shows only what the reader may see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from roles.models import Unit


@dataclass(frozen=True)
class Line:
    """One row of a panel."""

    text: str
    url: str = ""
    tone: str = ""
    badge: str = ""


@dataclass(frozen=True)
class Panel:
    """A section of the unit's page. `more_url` leads to the whole list when there are more than are shown."""

    key: str
    title: str
    lines: list[Line] = field(default_factory=list)
    count: int = 0
    more_url: str = ""
    empty: str = ""


PanelMaker = Callable[[Unit, Any], Panel | None]
_makers: dict[str, PanelMaker] = {}


def register(key: str, maker: PanelMaker) -> None:
    """`maker(unit, user)` answers the panel, or None when it is not for this reader."""
    _makers[key] = maker


def panels(unit: Unit, user: Any) -> Iterable[Panel]:
    """Those for this reader, in the order of registration."""
    made = (maker(unit, user) for maker in _makers.values())
    return [panel for panel in made if panel is not None]
