"""The list of mails that operators see."""

from typing import Any

from glostrup_isms.kit.filters import danish_slug
from glostrup_isms.kit.outbox import Message, State
from glostrup_isms.kit.tables import ChoiceFilter, Column, DateRangeFilter, Table, TextFilter

OTHER = "Andet"
# What a message is about, for those who may know that it was sent but not whose case it was. The message to whoever
# reported a case has the same words as the others about it: operators do not learn who reported.
KINDS = {
    "breach_told": "Ny sag om et brud",
    "breach_reminder": "Påmindelse om en sag",
    "breach_clock": "Frist i en sag",
    "breach_entry": "Nyt i en sag",
    "breach_ended": "Nyt i en sag",
    "policy_hearing": "Høring",
    "policy_answered": "Alle har svaret i en høring",
    "policy_returned": "Dokument sendt tilbage",
    "policy_decided": "Dokument besluttet",
    "policy_in_force": "Dokument gælder nu",
    "meeting_called": "Indkaldelse til møde",
    "meeting_moved": "Møde flyttet",
    "meeting_cancelled": "Møde aflyst",
    "meeting_minutes": "Referat",
    "meeting_vote": "Skriftlig afstemning",
    "duty_digest": "Opgaver",
    "duty_statutory": "Opgaver med frist i loven",
    "role_appointed": "Udpegning",
    "role_wide_right": "Udpegning, til orientering",
    "role_deputy": "Stedfortræder",
    "role_deputy_changed": "Stedfortræder",
    "role_stands_in": "Stedfortræder",
    "role_delegated": "Overladt opgave",
    "role_handed_over": "Overdragne opgaver",
}
TONES = {State.QUEUED: "waiting", State.SENT: "done", State.DEAD: "late", State.WITHDRAWN: "closed"}
STATES = {danish_slug(state.label): state for state in TONES}  # as they stand in the address
WORDS = {danish_slug(word): word for word in (*sorted({*KINDS.values()}), OTHER)}


def kind_in_words(message: Message) -> str:
    return KINDS.get(message.kind, OTHER)


def of_kind(rows: Any, slug: str) -> Any:
    if WORDS[slug] == OTHER:
        return rows.exclude(kind__in=KINDS)
    return rows.filter(kind__in=[kind for kind, word in KINDS.items() if word == WORDS[slug]])


def in_state(rows: Any, slug: str) -> Any:
    return rows.filter(state=STATES[slug])


def recipient_in_words(message: Message) -> str:
    """The name, never the address."""
    return str(message.recipient or "Fælles postkasse")


class MailTable(Table):
    """`/drift/post/`."""

    key = "post"
    caption = "Mails fra portalen"
    noun = ("mail", "mails")
    default_sort = "-skrevet"
    empty_why = "Portalen har ikke sendt nogen mails endnu."
    columns = (
        Column("slags", "Slags", kind_in_words, always=True),
        Column("til", "Til", recipient_in_words, order_by=("recipient__name",), nulls_last=True),
        Column("tilstand", "Tilstand", "get_state_display", order_by=("state",), kind="badge",
               tone=lambda message: TONES.get(message.state, "closed")),
        Column("skrevet", "Skrevet", "created_at", order_by=("created_at",), kind="datetime"),
        Column("sendt", "Sendt", "sent_at", order_by=("sent_at",), kind="datetime", nulls_last=True),
        Column("forsoeg", "Forsøg", "attempts", order_by=("attempts",), kind="number"),
        Column("fejl", "Seneste fejl", "last_error", default=False),
    )  # fmt: skip
    filters = (
        TextFilter("q", "Søg", "recipient__name", hint="Modtagerens navn"),
        ChoiceFilter("tilstand", "Tilstand", [(slug, state.label) for slug, state in STATES.items()], in_state),
        ChoiceFilter("slags", "Slags", WORDS.items(), of_kind),
        DateRangeFilter("skrevet", "Skrevet", "created_at"),
    )
