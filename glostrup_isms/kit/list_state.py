"""The state of a list: read from the address through the list's white lists, and written back in one order."""

import re
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from glostrup_isms.kit.cells import Column
from glostrup_isms.kit.filters import Filter, Pairs, Unusable

RESET = "?nulstil=1"


class ListState:
    """Which filters, order, columns, page size and page. `notes` are sentences about what made no sense."""

    columns: ClassVar[tuple[Column, ...]] = ()
    filters: ClassVar[tuple[Filter, ...]] = ()
    default_sort = ""  # a column key, with "-" for descending
    page_sizes = (25, 50, 100)

    def __init__(self, request: HttpRequest) -> None:
        data = request.GET
        self.request = request
        self.notes: list[str] = []
        self.values = self._read_filters(data)
        self.sort = self._read_sort(data)
        self.shown = self._read_columns(data)
        self.size = next((size for size in self.page_sizes if data.get("antal") == str(size)), self.page_sizes[0])
        self.wanted_page = _page_number(data.get("side", ""))

    # ── Reading the address ──────────────────────────────────────────────────────────────────────

    def _read_filters(self, data: QueryDict) -> dict[str, Any]:
        values = {}
        for one in self.filters:
            try:
                value = one.read(data, self.request)
            except Unusable as problem:
                self.notes.append(str(problem))
                continue
            if value is not None:
                values[one.key] = value
        return values

    def _read_sort(self, data: QueryDict) -> str:
        sort = data.get("sorter", "")
        return sort if self._sorted_column(sort) else self.default_sort

    def _sorted_column(self, sort: str) -> Column | None:
        key = sort.removeprefix("-")
        return next((column for column in self.columns if column.key == key and column.order_by), None)

    def _read_columns(self, data: QueryDict) -> list[Column]:
        wanted = set(",".join(data.getlist("kolonner")[:100]).split(","))
        if not any(column.key in wanted for column in self.columns):
            return self._default_columns
        return [column for column in self.columns if column.always or column.key in wanted]

    @property
    def _default_columns(self) -> list[Column]:
        return [column for column in self.columns if column.always or column.default]

    # ── Writing the address ──────────────────────────────────────────────────────────────────────

    @cached_property
    def _filter_pairs(self) -> dict[str, Pairs]:
        return {one.key: one.pairs(self.values[one.key]) for one in self.filters if one.key in self.values}

    def _layout_pairs(self, sort: str | None = None) -> Pairs:
        pairs = []
        sort = self.sort if sort is None else sort
        if sort != self.default_sort:
            pairs.append(("sorter", sort))
        if self.shown != self._default_columns:
            pairs.append(("kolonner", ",".join(column.key for column in self.shown)))
        if self.size != self.page_sizes[0]:
            pairs.append(("antal", str(self.size)))
        return pairs

    def pairs(self, *, without: str = "", sort: str | None = None, page: int = 1) -> Pairs:
        """The state as parameters, in one order and without what is anyway so."""
        pairs = [pair for key, some in self._filter_pairs.items() if key != without for pair in some]
        pairs += self._layout_pairs(sort)
        return [*pairs, ("side", str(page))] if page > 1 else pairs

    def address(self, **changes: Any) -> str:
        """A link to this list in another state; relative."""
        pairs = self.pairs(**changes)
        return f"?{urlencode(pairs, safe=',')}" if pairs else RESET

    @property
    def query(self) -> str:
        """The state without the page, as a saved view keeps it."""
        return urlencode(self.pairs(), safe=",")


def _page_number(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text):
        return max(1, int(text))
    return 10**9 if re.fullmatch(r"[0-9]{10,}", text) else 1
