"""The filters of a list. Each reads its own white-listed parameters and nothing else: what the request says never
becomes a field name or a lookup."""

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Choices, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware

from glostrup_isms.kit import dates

Rows = QuerySet[Any]
Pairs = list[tuple[str, str]]
TEXT_MAX = 200  # characters
WORDS_MAX = 8
YEARS = range(1900, 2200)


class Unusable(ValueError):
    """The parameter makes no sense. The message is a Danish sentence."""


def clean_text(text: str) -> str:
    """One line without control characters, surrogates and directions; at most TEXT_MAX characters."""
    kept = (" " if char.isspace() else char for char in text[: TEXT_MAX * 4])
    plain = "".join(char for char in kept if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Co"))
    return " ".join(plain.split())[:TEXT_MAX].strip()


def danish_slug(label: str) -> str:
    """»Under vurdering« → under-vurdering; æ, ø, å → ae, oe, aa."""
    text = label.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    return "-".join("".join(char if char.isascii() and char.isalnum() else " " for char in text).split())


class Filter:
    """`read` takes the value from the address (None: not set; raises Unusable), `pairs` writes it back, `apply` narrows
    the rows and `text` says in Danish what is set."""

    kind = ""  # how templates/kit/_table_filters.html draws it

    def __init__(self, key: str, label: str) -> None:
        self.key, self.label = key, label

    def read(self, data: QueryDict, request: HttpRequest) -> Any:
        raise NotImplementedError

    def pairs(self, value: Any) -> Pairs:
        return [(self.key, str(value))]

    def apply(self, rows: Rows, value: Any, request: HttpRequest) -> Rows:
        raise NotImplementedError

    def text(self, value: Any, request: HttpRequest) -> str:
        return str(value)

    def options(self, request: HttpRequest) -> list[tuple[str, str]]:
        return []


class ChoiceFilter(Filter):
    """One of several. `choices` is a Django Choices class (the address then shows the Danish label as a slug), pairs
    of value and label, or a function of the request that gives such pairs. `lookup` is a field or
    `(rows, value) -> rows`."""

    kind = "choice"

    def __init__(
        self,
        key: str,
        label: str,
        choices: type[Choices] | Iterable[tuple[Any, str]] | Callable[[HttpRequest], Iterable[tuple[Any, str]]],
        lookup: str | Callable[[Rows, Any], Rows],
    ) -> None:
        super().__init__(key, label)
        self.lookup = lookup
        self._ask: Callable[[HttpRequest], Iterable[tuple[Any, str]]] | None = None
        self._fixed: dict[str, tuple[Any, str]] = {}
        if isinstance(choices, type):
            self._fixed = {danish_slug(text): (value, text) for value, text in choices.choices}  # type: ignore[attr-defined]
        elif callable(choices):
            self._ask = choices
        else:
            self._fixed = {str(value): (value, text) for value, text in choices}

    def known(self, request: HttpRequest) -> dict[str, tuple[Any, str]]:
        """Text in the address → (value, label). A function is asked once per request."""
        if self._ask is None:
            return self._fixed
        asked = request.__dict__.setdefault("_table_choices", {})
        if id(self) not in asked:
            asked[id(self)] = {str(value): (value, str(text)) for value, text in self._ask(request)}
        known: dict[str, tuple[Any, str]] = asked[id(self)]
        return known

    def read(self, data: QueryDict, request: HttpRequest) -> str | None:
        text = data.get(self.key, "")
        if not text:
            return None
        if text not in self.known(request):
            raise Unusable(f"Vi kender ikke den værdi af »{self.label}«, som står i adressen, og ser bort fra den.")
        return text

    def apply(self, rows: Rows, value: str, request: HttpRequest) -> Rows:
        wanted = self.known(request)[value][0]
        return self.lookup(rows, wanted) if callable(self.lookup) else rows.filter(**{self.lookup: wanted})

    def text(self, value: str, request: HttpRequest) -> str:
        return self.known(request)[value][1]

    def options(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(key, text) for key, (_, text) in self.known(request).items()]


class TextFilter(Filter):
    """Every word must be found in one of the fields."""

    kind = "text"

    def __init__(self, key: str, label: str, *fields: str, hint: str = "") -> None:
        super().__init__(key, label)
        self.fields, self.hint = fields, hint

    def read(self, data: QueryDict, request: HttpRequest) -> str | None:
        return clean_text(data.get(self.key, "")) or None

    def apply(self, rows: Rows, value: str, request: HttpRequest) -> Rows:
        found = (
            reduce(or_, (Q(**{f"{field}__icontains": form}) for field in self.fields for form in _forms(word)))
            for word in value.split()[:WORDS_MAX]
        )
        return rows.filter(reduce(and_, found))

    def text(self, value: str, request: HttpRequest) -> str:
        return f"»{value}«"


def _forms(word: str) -> set[str]:
    """SQLite compares æøå by case, so a word that has them is sought in each case it may stand in."""
    return {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}


class BooleanFilter(Filter):
    """A tick; `=ja` in the address. `lookup` is a boolean field or `(rows) -> rows`."""

    kind = "boolean"

    def __init__(self, key: str, label: str, lookup: str | Callable[[Rows], Rows]) -> None:
        super().__init__(key, label)
        self.lookup = lookup

    def read(self, data: QueryDict, request: HttpRequest) -> str | None:
        text = data.get(self.key, "")
        if text not in ("", "ja", "nej"):
            raise Unusable(f"»{self.label}« kan kun være ja eller nej, så vi ser bort fra det, der står i adressen.")
        return "ja" if text == "ja" else None

    def apply(self, rows: Rows, value: str, request: HttpRequest) -> Rows:
        return self.lookup(rows) if callable(self.lookup) else rows.filter(**{self.lookup: True})

    def text(self, value: str, request: HttpRequest) -> str:
        return "ja"


class DateRangeFilter(Filter):
    """From and to, both days included: `<key>_fra` and `<key>_til`. `has_time`: the field holds moments, and a day is a
    Copenhagen day."""

    kind = "dates"

    def __init__(self, key: str, label: str, field: str, *, has_time: bool = True) -> None:
        super().__init__(key, label)
        self.field, self.has_time = field, has_time

    def read(self, data: QueryDict, request: HttpRequest) -> tuple[date | None, date | None] | None:
        start, end = self._day(data, "fra"), self._day(data, "til")
        if start and end and end < start:
            raise Unusable(f"»{self.label}« slutter, før den begynder, så vi ser bort fra datoerne.")
        return (start, end) if start or end else None

    def _day(self, data: QueryDict, end: str) -> date | None:
        text = data.get(f"{self.key}_{end}", "")
        if not text:
            return None
        try:
            day = parse_date(text[:30])
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            raise Unusable(f"Vi kan ikke læse datoen i »{self.label}« og ser bort fra den. Skriv den som 2026-11-03.")
        return day

    def pairs(self, value: tuple[date | None, date | None]) -> Pairs:
        ends = zip(("fra", "til"), value, strict=True)
        return [(f"{self.key}_{end}", day.isoformat()) for end, day in ends if day]

    def apply(self, rows: Rows, value: tuple[date | None, date | None], request: HttpRequest) -> Rows:
        start, end = value
        if start:
            rows = rows.filter(**{f"{self.field}__gte": self._edge(start)})
        if end:
            rows = rows.filter(**{f"{self.field}__lt": self._edge(end + timedelta(days=1))})
        return rows

    def _edge(self, day: date) -> date | datetime:
        return make_aware(datetime.combine(day, time.min), dates.COPENHAGEN) if self.has_time else day

    def text(self, value: tuple[date | None, date | None], request: HttpRequest) -> str:
        start, end = value
        words = (f"fra {dates.da_date(start)}" if start else "", f"til {dates.da_date(end)}" if end else "")
        return " ".join(filter(None, words))
