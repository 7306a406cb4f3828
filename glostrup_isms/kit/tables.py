"""The one list component: filter, sort, columns, saved views, export, bulk steps; all state in the address.

    class BreachTable(Table):
        key = "brud"
        columns = (Column("nummer", "Nummer", "number", order_by=("year", "serial"), kind="link", always=True), …)
        filters = (ChoiceFilter("tilstand", "Tilstand", State, "state"), …)

    table = BreachTable(request, Breach.objects.visible_to(request.user))
    return table.respond() or render(request, "breaches/breach_list.html", {"table": table})

and `{% include "kit/_table.html" %}` in the template. What the request says is only ever looked up among the declared
keys; what is not there is left alone or answered with a sentence in `notes`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import SafeString

from glostrup_isms.kit import audit, exports
from glostrup_isms.kit.cells import Column, draw_rows, reader
from glostrup_isms.kit.filters import (
    BooleanFilter,
    ChoiceFilter,
    DateRangeFilter,
    Filter,
    Pairs,
    TextFilter,
    clean_text,
)
from glostrup_isms.kit.list_state import ListState
from glostrup_isms.kit.saved_views import NAME_MAX, QUERY_MAX, VIEWS_MAX, SavedView
from glostrup_isms.kit.templatetags.danish import da_number

__all__ = [
    "BooleanFilter", "BulkAction", "ChoiceFilter", "Column", "DateRangeFilter", "Filter", "SavedView", "Table",
    "TextFilter",
]  # fmt: skip
FAR_IN = 500  # rows
EXPORT_LIMIT = 10_000  # rows made while the reader waits; settings.EXPORT_ROW_LIMIT


@dataclass(frozen=True)
class BulkAction:
    """A step for the chosen rows. `run(table, rows) -> Danish sentence` gets only rows that the person may see, asks
    the permission for each itself and is called outside a transaction. `is_open(user)`: whether it is offered."""

    key: str
    label: str
    run: Callable[["Table", QuerySet[Any]], str]
    is_open: Callable[[Any], bool] = lambda user: True


class Table(ListState):
    """A list of the rows a person may see. `rows` is where everything starts, so give it `.visible_to(user)`.

    Queries: one count, one page, one for the views; the same for one row and for 100,000.
    """

    key = ""  # names the list in saved views, ids and file names: Danish ASCII
    caption = ""  # what the table shows, for those who hear it
    noun = ("række", "rækker")
    has_titles = False  # the link of a row is a sentence that may wrap, not a number
    bulk_actions: ClassVar[tuple[BulkAction, ...]] = ()
    empty_why = "Her er ikke noget endnu."
    empty_what = ""

    def __init__(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        super().__init__(request)
        self.all_rows = rows
        self.user: Any = request.user
        self.is_fragment = False

    # ── Hooks ────────────────────────────────────────────────────────────────────────────────────

    def count_sentence(self) -> str:
        """ "14 brud". A subclass may add to it: ", 3 over fristen"."""
        one, many = self.noun
        if not self.count:
            return f"Ingen {many}"
        return f"{da_number(self.count)} {one if self.count == 1 else many}"

    def on_export(self, user: Any, rows: int, params: Pairs) -> None:
        """Called before the file leaves: how many rows, and the parameters that chose them."""
        audit.record("list.export", by=user, list=self.key, rows=rows, query=urlencode(params))

    # ── Rows ─────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Filtered and in a stable order."""
        rows = self.all_rows
        for one in self.filters:
            if one.key in self.values:
                rows = one.apply(rows, self.values[one.key], self.request)
        return self._ordered(rows)

    def _ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        column = self._sorted_column(self.sort)
        down = self.sort.startswith("-")
        return rows.order_by(*(column.ordering(down) if column else ()), "-pk" if down else "pk")

    @cached_property
    def count(self) -> int:
        return self.rows.count()

    @cached_property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))

    @cached_property
    def page(self) -> int:
        return min(self.wanted_page, self.pages)

    @cached_property
    def page_rows(self) -> list[Any]:
        """The rows of this page. Past the middle they are sought from the end, so that the last page is as quick, and
        far in only the keys are sorted, not the rows."""
        start, stop = (self.page - 1) * self.size, min(self.page * self.size, self.count)
        if stop <= FAR_IN:
            return list(self.rows[start:stop])
        if start <= self.count // 2:
            keys = self.rows.values("pk")[start:stop]
        else:
            keys = self.rows.reverse().values("pk")[self.count - stop : self.count - start]
        return list(self._ordered(self.all_rows.filter(pk__in=keys)))

    # ── What the templates draw ──────────────────────────────────────────────────────────────────

    @property
    def id(self) -> str:
        return f"liste-{self.key}"

    @cached_property
    def body(self) -> list[SafeString]:
        return draw_rows(self.page_rows, self.shown, with_tick=f"{self.id}-trin" if self.open_actions else "")

    @cached_property
    def open_actions(self) -> list[BulkAction]:
        return [action for action in self.bulk_actions if action.is_open(self.user)]

    @cached_property
    def heads(self) -> list[dict[str, Any]]:
        return [self._head(column) for column in self.shown]

    def _head(self, column: Column) -> dict[str, Any]:
        sorted_by = self.sort.removeprefix("-") == column.key
        down = sorted_by and self.sort.startswith("-")
        turned = column.key if down or not sorted_by else f"-{column.key}"
        return {
            "key": column.key,
            "label": column.label,
            "numeric": column.is_numeric,
            "direction": ("descending" if down else "ascending") if sorted_by else "",
            "url": self.address(sort=turned) if column.order_by else "",
        }

    @property
    def filters_open(self) -> bool:
        """On a phone the filters are folded away, except while the reader is choosing."""
        return self.is_fragment and self.request.htmx.trigger == f"{self.id}-filtre"  # type: ignore[attr-defined]

    @cached_property
    def fields(self) -> list[dict[str, Any]]:
        """The filter row."""
        return [self._field(one, self.values.get(one.key)) for one in self.filters]

    def _field(self, one: Filter, value: Any) -> dict[str, Any]:
        start, end = value if one.kind == "dates" and value else (None, None)
        return {
            "kind": one.kind,
            "key": one.key,
            "label": one.label,
            "value": value or "",
            "options": one.options(self.request),
            "hint": getattr(one, "hint", ""),
            "start": start.isoformat() if start else "",
            "end": end.isoformat() if end else "",
        }

    @property
    def chosen(self) -> list[dict[str, str]]:
        """What is set, in words, and the link that clears it."""
        return [
            {
                "label": one.label,
                "text": one.text(self.values[one.key], self.request),
                "clear_url": self.address(without=one.key),
            }
            for one in self.filters
            if one.key in self.values
        ]

    @property
    def layout_fields(self) -> Pairs:
        """Hidden fields of the filter row: it leaves the layout alone."""
        return self._layout_pairs()

    @property
    def filter_fields(self) -> Pairs:
        """Hidden fields of the layout form: it leaves the filters alone."""
        return [pair for some in self._filter_pairs.values() for pair in some]

    @property
    def column_choices(self) -> list[dict[str, Any]]:
        shown = {column.key for column in self.shown}
        return [
            {"key": column.key, "label": column.label, "always": column.always, "shown": column.key in shown}
            for column in self.columns
        ]

    @property
    def sort_choices(self) -> list[tuple[str, str]]:
        """For phones, where the cards have no head to press."""
        words = (("", "stigende"), ("-", "faldende"))
        return [
            (f"{sign}{column.key}", f"{column.label}, {word}")
            for column in self.columns
            if column.order_by
            for sign, word in words
        ]

    @cached_property
    def pager(self) -> list[dict[str, Any]]:
        """First, last and the nearest pages; a gap is a number of None."""
        near = sorted({1, self.pages, *range(max(1, self.page - 1), min(self.pages, self.page + 1) + 1)})
        links: list[dict[str, Any]] = []
        for number in near:
            if links and number - links[-1]["number"] > 1:
                links.append({"number": number - 1, "is_gap": True})
            links.append({"number": number, "url": self.address(page=number), "current": number == self.page})
        return links

    @property
    def previous_url(self) -> str:
        return self.address(page=self.page - 1) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        return self.address(page=self.page + 1) if self.page < self.pages else ""

    @property
    def here_url(self) -> str:
        return self.address(page=self.page)

    @property
    def range_sentence(self) -> str:
        start, stop = (self.page - 1) * self.size + 1, min(self.page * self.size, self.count)
        return f"Viser {da_number(start)}–{da_number(stop)} af {da_number(self.count)}"

    @cached_property
    def views(self) -> list[SavedView]:
        views = SavedView.objects.visible_to(self.user).filter(table=self.key).prefetch_related("owner")
        return list(views.order_by("name", "pk")[:200])

    # ── Export ───────────────────────────────────────────────────────────────────────────────────

    @property
    def export_limit(self) -> int:
        return getattr(settings, "EXPORT_ROW_LIMIT", EXPORT_LIMIT)

    @property
    def export_links(self) -> list[tuple[str, str]]:
        pairs = self.pairs()
        kinds = (("xlsx", "Excel"), ("csv", "CSV"))
        return [(f"?{urlencode([*pairs, ('eksport', kind)], safe=',')}", label) for kind, label in kinds]

    def _export(self, kind: str) -> HttpResponse:
        if self.count > self.export_limit:
            messages.warning(
                self.request,
                f"Udtrækket ville få {da_number(self.count)} rækker. Det må højst få {da_number(self.export_limit)}. "
                "Vælg et filter, og prøv igen.",
            )
            return self._back()
        self.on_export(self.user, self.count, self.pairs())
        header = [column.label for column in self.shown]
        return exports.file_response(kind, self.key or "udtraek", header, self._export_rows())  # type: ignore[return-value]

    def _export_rows(self) -> Iterator[list[Any]]:
        readers = [reader(column.export or column.accessor or column.key) for column in self.shown]
        for row in self.rows[: self.export_limit].iterator(chunk_size=1000):
            yield [read(row) for read in readers]

    # ── Answers ──────────────────────────────────────────────────────────────────────────────────

    def respond(self) -> HttpResponse | None:
        """The answer when it is not the page: a file, a redirect, the piece HTMX asked for. Else None."""
        request = self.request
        if request.method == "POST":
            return self._post()
        kind = request.GET.get("eksport")
        if kind in exports.WRITERS and request.method == "GET":
            return self._export(kind)
        remembered = request.session.get(self.id, "")
        if not request.GET and remembered:
            return HttpResponseRedirect(f"{request.path}?{remembered}")
        self._remember(remembered)
        htmx = getattr(request, "htmx", None)
        if htmx and htmx.target == self.id and not htmx.history_restore_request:
            self.is_fragment = True
            answer = render(request, "kit/_table_body.html", {"table": self})
            answer["HX-Push-Url"] = f"{request.path}{self.here_url}"
            return answer
        return None

    def _remember(self, remembered: str) -> None:
        """The bare address opens as the list was last left, until the person signs out or clears it."""
        query = urlencode(self.pairs(page=self.wanted_page), safe=",")
        if query != remembered and len(query) <= QUERY_MAX:
            if query:
                self.request.session[self.id] = query
            else:
                self.request.session.pop(self.id, None)

    def _back(self) -> HttpResponse:
        return HttpResponseRedirect(f"{self.request.path}{self.address(page=self.wanted_page)}")

    def _post(self) -> HttpResponse:
        step = self.request.POST.get("handling", "")
        action = next((action for action in self.open_actions if action.key == step), None)
        if action:
            self._run(action)
        elif step == "gem-visning":
            self._save_view()
        elif step == "slet-visning":
            self._delete_view()
        else:
            messages.error(self.request, "Det trin findes ikke i denne liste. Prøv igen herfra.")
        return self._back()

    def _run(self, action: BulkAction) -> None:
        chosen = self._chosen_keys()
        if not chosen:
            messages.warning(self.request, f"Vælg de rækker, du vil bruge »{action.label}« på, og prøv igen.")
            return
        messages.success(self.request, action.run(self, self.all_rows.filter(pk__in=chosen)))

    def _chosen_keys(self) -> set[Any]:
        field, keys = self.all_rows.model._meta.pk, set()
        for text in self.request.POST.getlist("valgt")[: self.page_sizes[-1]]:
            try:
                key = field.to_python(text[:64])
            except ValidationError:
                continue
            if not isinstance(key, int) or 0 <= key < 2**63:
                keys.add(key)
        return keys

    def _save_view(self) -> None:
        request = self.request
        name = clean_text(request.POST.get("navn", ""))
        own = SavedView.objects.filter(owner=self.user, table=self.key)
        if not name:
            messages.error(request, "Giv visningen et navn, så du kan kende den igen.")
        elif len(name) > NAME_MAX:
            messages.error(request, f"Navnet må højst have {NAME_MAX} tegn. Dit har {len(name)}.")
        elif len(self.query) > QUERY_MAX:
            messages.error(request, "Visningen er for lang til at blive gemt. Vælg færre filtre.")
        elif own.count() >= VIEWS_MAX and not own.filter(name=name).exists():
            messages.error(request, f"Du har {VIEWS_MAX} gemte visninger. Slet en, før du gemmer en ny.")
        else:
            values = {"query": self.query, "is_shared": request.POST.get("delt") == "ja"}
            SavedView.objects.update_or_create(owner=self.user, table=self.key, name=name, defaults=values)
            who = "Kolleger, der må se listen, kan også bruge den." if values["is_shared"] else "Kun du kan se den."
            messages.success(request, f"Visningen »{name}« er gemt. {who}")

    def _delete_view(self) -> None:
        text = self.request.POST.get("visning", "")
        pk = int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0
        view = SavedView.objects.filter(owner=self.user, table=self.key, pk=pk).first()
        if view is None:
            messages.error(self.request, "Visningen findes ikke, eller den er ikke din.")
            return
        view.delete()
        messages.success(self.request, f"Visningen »{view.name}« er slettet.")
