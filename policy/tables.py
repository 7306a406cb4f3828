"""The list of documents."""

from functools import cached_property
from typing import Any, ClassVar

from glostrup_isms.kit.filters import Filter
from glostrup_isms.kit.tables import BooleanFilter, ChoiceFilter, Column, Table, TextFilter
from policy.enums import TONES, Audience, Kind, State
from policy.models import Document
from roles.enums import Role


def state_text(document: Any) -> str:
    """Where the newest version stands; what applies beside it is told by the date."""
    return str(State(document.newest).label) if document.newest else ""


def state_tone(document: Any) -> str:
    return TONES[State(document.newest)] if document.newest else "closed"


def review_tone(document: Document) -> str:
    return "late" if document.is_due else "closed"


def review_text(document: Document) -> str:
    """The day for approving again, and that it has passed."""
    if not document.in_force_id or not document.next_review_on:
        return ""
    day = f"{document.next_review_on:%d-%m-%Y}"
    return f"Mangler siden {day}" if document.is_due else day


def late_only(rows: Any) -> Any:
    return rows.due()


def under_review_only(rows: Any) -> Any:
    return rows.under_review()


class DocumentTable(Table):
    """`/dokumenter/`."""

    key = "dokumenter"
    caption = "Dokumenter, som du må se"
    noun = ("dokument", "dokumenter")
    default_sort = "nummer"
    empty_why = "Der er ingen dokumenter, som passer."
    empty_what = "Ryd filtrene. De første dokumenter oprettes af it-sikkerhedskoordinatoren eller GDPR-enheden."
    columns = (
        Column("nummer", "Nummer", "number", order_by=("number",), kind="link", always=True),
        Column("titel", "Titel", "title", order_by=("title",)),
        Column("slags", "Slags", "get_kind_display", order_by=("kind",)),
        Column(
            "tilstand",
            "Nyeste udgave",
            state_text,
            order_by=("newest",),
            kind="badge",
            tone=state_tone,
            nulls_last=True,
        ),
        Column(
            "gaelder",
            "Gælder fra",
            "in_force.effective_on",
            order_by=("in_force__effective_on",),
            kind="date",
            nulls_last=True,
        ),
        Column(
            "godkendes",
            "Godkendes igen",
            review_text,
            order_by=("next_review_on",),
            kind="badge",
            tone=review_tone,
            nulls_last=True,
        ),
        Column("ejer", "Ejer", "get_owner_role_display", order_by=("owner_role",), default=False),
        Column("maalgruppe", "Gælder for", "get_audience_display", order_by=("audience",), default=False),
        Column(
            "fortrolighed", "Fortrolighed", "get_confidentiality_display", order_by=("confidentiality",), default=False
        ),
        Column("journal", "Journalnummer", "journal_number", default=False),
    )
    filters: ClassVar[tuple[Filter, ...]] = (
        TextFilter("q", "Søg", "number", "title", "journal_number", hint="Nummer eller titel"),
        ChoiceFilter("slags", "Slags", Kind, "kind"),
        ChoiceFilter("tilstand", "Nyeste udgave", State, "newest"),
        ChoiceFilter("ejer", "Ejer", Role, "owner_role"),
        ChoiceFilter("maalgruppe", "Gælder for", Audience, "audience"),
        BooleanFilter("mangler", "Mangler årlig godkendelse", late_only),
        BooleanFilter("gennemgang", "Har en åben gennemgang", under_review_only),
    )

    @cached_property
    def late(self) -> int:
        return self.rows.due().count()  # type: ignore[attr-defined, no-any-return]

    def count_sentence(self) -> str:
        """ "14 dokumenter, 3 mangler årlig godkendelse"."""
        sentence = super().count_sentence()
        return f"{sentence}, {self.late} mangler årlig godkendelse" if self.late else sentence


class ReaderTable(DocumentTable):
    """For those who do not follow the work: what is under review is not told."""

    filters = DocumentTable.filters[:-1]
