"""The lists of the synchronisation: the runs, and what one of them changes."""

from glostrup_isms.kit.tables import ChoiceFilter, Column, DateRangeFilter, Table, TextFilter
from roles.enums import ChangeKind, SyncState
from roles.models import SyncRun
from roles.sync import words

SYNC_TONES = {SyncState.LOOKED_AT: "waiting", SyncState.REFUSED: "late", SyncState.APPLIED: "done"}


def what_a_run_did(run: SyncRun) -> str:
    """What it changed or would change, in words."""
    if run.state == SyncState.REFUSED:
        return "1 fejl" if len(run.problems) == 1 else f"{len(run.problems)} fejl"
    return words.sentence(run.counts, is_done=run.state == SyncState.APPLIED)


class SyncTable(Table):
    """`/organisation/synkronisering/`."""

    key = "synkronisering"
    caption = "Filer, som organisationen er hentet fra"
    noun = ("synkronisering", "synkroniseringer")
    default_sort = "-begyndt"
    empty_why = "Organisationen er ikke hentet ind fra en fil endnu."
    empty_what = "Så længe kommer personer og enheder kun til, når nogen skriver dem ind i portalen."
    columns = (
        Column("nummer", "Synkronisering", str, order_by=("pk",), kind="link", always=True),
        Column(
            "tilstand",
            "Tilstand",
            "get_state_display",
            order_by=("state",),
            kind="badge",
            tone=lambda run: SYNC_TONES[SyncState(run.state)],
        ),
        Column("forskel", "Forskel", what_a_run_did),
        Column("begyndt", "Begyndt", "started_at", order_by=("started_at",), kind="datetime"),
        Column("af", "Af", lambda run: run.by or "Driften"),
        Column("fil", "Fil", "file_name", order_by=("file_name",), default=False),
        Column("form", "Form", "get_shape_display", order_by=("shape",), default=False),
        Column("personer", "Personer i filen", "people", order_by=("people",), kind="number", default=False),
        Column("enheder", "Enheder i filen", "units", order_by=("units",), kind="number", default=False),
    )
    filters = (
        ChoiceFilter("tilstand", "Tilstand", SyncState, "state"),
        DateRangeFilter("begyndt", "Begyndt", "started_at"),
    )  # fmt: skip


class ChangeTable(Table):
    """The difference on the page of one synchronisation. It opens whole: what one file was searched for is not what the
    next is."""

    key = "forskel"
    caption = "Forskellen mellem filen og portalen"
    noun = ("ændring", "ændringer")
    empty_why = "Der er ingen forskel mellem filen og portalen."
    columns = (
        Column(
            "slags",
            "Slags",
            "get_kind_display",
            order_by=("kind", "subject"),
            kind="badge",
            tone=lambda change: words.TONES.get(ChangeKind(change.kind), "waiting"),
            always=True,
        ),
        Column("hvem", "Hvem eller hvad", "subject", order_by=("subject",), always=True),
        Column("foer", "Før", "before"),
        Column("efter", "Efter", "after"),
    )
    filters = (
        TextFilter("q", "Søg", "subject", "before", "after", hint="Navn, brugernavn eller enhed"),
        ChoiceFilter("slags", "Slags", ChangeKind, "kind"),
    )  # fmt: skip

    def _remember(self, remembered: str) -> None:
        pass
