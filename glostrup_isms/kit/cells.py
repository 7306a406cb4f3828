"""Columns of a list, and their cells as HTML. Built in Python: a template per cell would cost more than the rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.utils.safestring import SafeString, mark_safe

from glostrup_isms.kit import dates
from glostrup_isms.kit.templatetags.danish import da_number
from glostrup_isms.kit.templatetags.pieces import badge, escape

Accessor = str | Callable[[Any], Any]
KINDS = ("text", "number", "date", "datetime", "boolean", "badge", "link")


@dataclass(frozen=True)
class Column:
    """One column. `key` stands in the address, so it is Danish ASCII.

    `accessor` is a dotted path ("unit.name", "get_state_display") or a function of the row; it defaults to the key.
    `order_by` are the fields it sorts by; without them it does not sort. `tone` (badge: done, waiting, due, late,
    closed) and `url` (link) are accessors too. `export` gives another value for files than for the eye.
    """

    key: str
    label: str
    accessor: Accessor = ""
    order_by: tuple[str, ...] = ()
    kind: str = "text"
    default: bool = True  # shown until the reader chooses
    always: bool = False  # cannot be left out
    nulls_last: bool = False  # empty values stay at the end both ways; no plain index serves that
    tone: Accessor = ""
    url: Accessor = "get_absolute_url"
    export: Accessor = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column {self.key}: unknown kind {self.kind}")

    @property
    def is_numeric(self) -> bool:
        return self.kind == "number"

    def ordering(self, descending: bool) -> list[Any]:
        return [self._order(field, descending) for field in self.order_by]

    def _order(self, field: str, descending: bool) -> Any:
        name, down = field.lstrip("-"), field.startswith("-") != descending
        if self.nulls_last:
            return F(name).desc(nulls_last=True) if down else F(name).asc(nulls_last=True)
        return f"-{name}" if down else name


def reader(accessor: Accessor) -> Callable[[Any], Any]:
    """A function of the row. A path stops at the first None and calls what can be called."""
    if not isinstance(accessor, str):
        return accessor
    parts = accessor.split(".")

    def read(row: Any) -> Any:
        value = row
        for part in parts:
            if value is None:
                return None
            value = getattr(value, part)
            if callable(value):
                value = value()
        return value

    return read


class CellWriter:
    """Draws the cells of one column; made once per page, so that its fixed parts are too."""

    def __init__(self, column: Column, *, is_header: bool, badges: dict[tuple[str, str], str]) -> None:
        self.column, self._badges = column, badges
        self._value = reader(column.accessor or column.key)
        self._tone, self._url = reader(column.tone or (lambda row: "closed")), reader(column.url)
        classes = f"cell-{column.kind}" + (" number" if column.is_numeric else "")
        tag = 'th scope="row" role="rowheader"' if is_header else 'td role="cell"'
        end, title = ("</th>" if is_header else "</td>"), f'data-title="{escape(column.label)}"'
        self._open, self._close = f'<{tag} class="{classes}" {title}>', end
        self._empty = f'<{tag} class="{classes} is-empty" {title}><span class="soft">–</span>{end}'
        self._draw: Callable[[Any, Any], str] = getattr(self, f"_{column.kind}")

    def cell(self, row: Any) -> str:
        value = self._value(row)
        return self._empty if value is None or value == "" else f"{self._open}{self._draw(row, value)}{self._close}"

    def name(self, row: Any) -> str:
        """The row in one word, for the label of its tick box."""
        return escape(self._value(row))

    def _text(self, row: Any, value: Any) -> str:
        return escape(value)

    def _number(self, row: Any, value: Any) -> str:
        return escape(da_number(value))

    def _date(self, row: Any, value: date) -> str:
        return f'<time datetime="{value.isoformat()[:10]}">{dates.da_date(value)}</time>'

    def _datetime(self, row: Any, value: datetime) -> str:
        words = dates.da_datetime(value).replace(" kl. ", " kl.&nbsp;")
        return f'<time datetime="{value.isoformat(timespec="seconds")}">{words}</time>'

    def _boolean(self, row: Any, value: Any) -> str:
        return "Ja" if value else "Nej"

    def _badge(self, row: Any, value: Any) -> str:
        look = str(self._tone(row)), str(value)
        if look not in self._badges:
            self._badges[look] = badge(*look)
        return self._badges[look]

    def _link(self, row: Any, value: Any) -> str:
        url = str(self._url(row) or "")
        if not url.startswith("/") or url.startswith("//"):
            return escape(value)
        return f'<a href="{escape(url)}">{escape(value)}</a>'


def draw_rows(rows: list[Any], columns: list[Column], *, with_tick: str = "") -> list[SafeString]:
    """`<tr>` per row, with `#raekke-<pk>` to come back to. `with_tick` is the id of the form that ticks belong to."""
    badges: dict[tuple[str, str], str] = {}
    header = next((column for column in columns if column.kind == "link"), columns[0])
    writers = [CellWriter(column, is_header=column is header, badges=badges) for column in columns]
    named = writers[columns.index(header)]
    drawn = []
    for row in rows:
        pk = escape(row.pk)
        tick = (
            f'<td role="cell" class="cell-tick"><div class="form-group-checkbox"><input class="form-checkbox" '
            f'type="checkbox" name="valgt" value="{pk}" id="valgt-{pk}" form="{with_tick}">'
            f'<label for="valgt-{pk}"><span class="visually-hidden">Vælg {named.name(row)}</span></label></div></td>'
            if with_tick
            else ""
        )
        cells = "".join(writer.cell(row) for writer in writers)
        drawn.append(mark_safe(f'<tr id="raekke-{pk}" role="row">{tick}{cells}</tr>'))  # nosec B308 B703
    return drawn
