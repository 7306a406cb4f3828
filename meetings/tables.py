"""The lists of a body's meetings and decisions."""

from glostrup_isms.kit.tables import ChoiceFilter, Column, DateRangeFilter, Table, TextFilter
from meetings.enums import MeetingState, Outcome
from meetings.models import Decision


def tone(decision: Decision) -> str:
    return "closed" if decision.voided_at or decision.outcome == Outcome.RETURNED else "done"


def outcome_text(decision: Decision) -> str:
    return f"{decision.get_outcome_display()} (bortfaldet)" if decision.voided_at else decision.get_outcome_display()


class DecisionTable(Table):
    """On the body's own page."""

    key = "beslutninger"
    caption = "Beslutninger"
    noun = ("beslutning", "beslutninger")
    default_sort = "-dato"
    empty_why = "Der er ikke skrevet beslutninger ind endnu."
    empty_what = (
        "Det, et møde beslutter, kommer her selv. Ellers skrives beslutningen ind på siden for det, den handler om."
    )
    columns = (
        Column("om", "Om", "label", order_by=("label",), kind="link", always=True, url="url"),
        Column("udfald", "Udfald", outcome_text, order_by=("outcome",), kind="badge", tone=tone),
        Column("dato", "Besluttet", "decided_on", order_by=("decided_on",), kind="date"),
        Column("sag", "Sag eller dagsordenspunkt", "reference", order_by=("reference",)),
        Column("skrevet", "Skrevet ind af", "recorded_by", default=False),
    )
    filters = (
        TextFilter("q", "Søg", "label", "reference", "text", hint="Dokument eller sag"),
        ChoiceFilter("udfald", "Udfald", Outcome, "outcome"),
        DateRangeFilter("dato", "Besluttet", "decided_on", has_time=False),
    )


class MeetingTable(Table):
    """On a page of its own."""

    key = "moeder"
    caption = "Møder"
    noun = ("møde", "møder")
    default_sort = "-tid"
    empty_why = "Der er ingen møder."
    empty_what = "De, der forbereder møderne, planlægger et på organets side."
    columns = (
        Column("moede", "Møde", lambda meeting: str(meeting), order_by=("starts_at",), kind="link", always=True,
               url="get_absolute_url"),
        Column("tid", "Tid", "starts_at", order_by=("starts_at",), kind="datetime"),
        Column("tilstand", "Tilstand", "state_label", order_by=("state",), kind="badge", tone="tone"),
        Column("sted", "Sted", "place", order_by=("place",), default=False),
    )  # fmt: skip
    filters = (
        TextFilter("q", "Søg", "place", hint="Sted"),
        ChoiceFilter("tilstand", "Tilstand", MeetingState, "state"),
        DateRangeFilter("tid", "Tid", "starts_at"),
    )
