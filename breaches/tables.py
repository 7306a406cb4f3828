"""The list of cases."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

from breaches.enums import ENDED, Kind, State, Verdict
from breaches.models import Breach, BreachQuerySet
from glostrup_isms.kit.dates import duration_in_words
from glostrup_isms.kit.tables import BooleanFilter, ChoiceFilter, Column, DateRangeFilter, Table, TextFilter
from roles.models import Unit
from roles.tables.people import branches


def clock_text(breach: Breach) -> str:
    """The clock in words; empty when none runs."""
    if not breach.clock_runs or breach.deadline_at is None:
        return ""
    left = breach.deadline_at - timezone.now()
    words = duration_in_words(abs(left))
    return f"{words} over fristen" if left.total_seconds() < 0 else f"{words} tilbage"


def clock_tone(breach: Breach, now: datetime | None = None) -> str:
    """Red from six hours left, yellow from two days; a stopped clock has no colour."""
    if not breach.clock_runs or breach.deadline_at is None:
        return "closed"
    hours = (breach.deadline_at - (now or timezone.now())).total_seconds() / 3600
    return "late" if hours <= 6 else "due" if hours <= 48 else "waiting"


def by_clock(rows: Any, which: str) -> BreachQuerySet:
    found: BreachQuerySet = rows.overdue() if which == "overskredet" else rows.running()
    return found


def in_unit(rows: Any, unit: int) -> Any:
    """Cases of the unit and the units below it."""
    path = Unit.objects.filter(pk=unit).values_list("path", flat=True).first()
    return rows.filter(unit__path__startswith=path) if path else rows.none()


class BreachTable(Table):
    """`/brud/`."""

    key = "brud"
    caption = "Brud og trusler, som du må se"
    noun = ("brud", "brud")
    default_sort = "-meldt"
    empty_why = "Der er ingen sager, som passer."
    empty_what = "Ryd filtrene, eller meld et brud, hvis noget er gået galt."
    columns = (
        Column("nummer", "Nummer", "number", order_by=("year", "serial"), kind="link", always=True),
        Column("sag", "Sag", "headline"),
        Column("tilstand", "Tilstand", "get_state_display", order_by=("state",), kind="badge", tone="tone"),
        Column("frist", "Frist", clock_text, order_by=("deadline_at",), kind="badge", tone=clock_tone, nulls_last=True),
        Column(
            "enhed",
            "Enhed",
            lambda breach: breach.unit.name if breach.unit else breach.unit_text,
            order_by=("unit__name",),
            nulls_last=True,
        ),
        Column("meldt", "Meldt", "reported_at", order_by=("reported_at",), kind="datetime"),
        Column("opdaget", "Opdaget", "noticed_at", order_by=("noticed_at",), kind="datetime", default=False),
        Column("slags", "Slags", "get_kind_display", order_by=("kind",), default=False),
        Column(
            "persondata",
            "Brud på persondatasikkerheden",
            "get_is_personal_data_breach_display",
            order_by=("is_personal_data_breach",),
            default=False,
        ),
    )
    filters = (
        TextFilter("q", "Søg", "number", "description", "unit__name", hint="Nummer, tekst eller enhed"),
        ChoiceFilter("tilstand", "Tilstand", State, "state"),
        ChoiceFilter("frist", "Frist", [("loeber", "Løber"), ("overskredet", "Overskredet")], by_clock),
        ChoiceFilter("enhed", "Enhed og enhederne under den", branches, in_unit),
        ChoiceFilter("slags", "Slags", Kind, "kind"),
        ChoiceFilter("persondata", "Brud på persondatasikkerheden", Verdict, "is_personal_data_breach"),
        BooleanFilter("aaben", "Kun åbne sager", lambda rows: rows.exclude(state__in=ENDED)),
        DateRangeFilter("meldt", "Meldt", "reported_at"),
    )

    @cached_property
    def _counts(self) -> dict[str, int]:
        return self.rows.counts("all", "overdue")  # type: ignore[attr-defined, no-any-return]

    @cached_property
    def count(self) -> int:
        return self._counts["all"]

    def count_sentence(self) -> str:
        """ "14 brud, 3 over fristen"."""
        sentence, late = super().count_sentence(), self._counts["overdue"]
        return f"{sentence}, {late} over fristen" if late else sentence
