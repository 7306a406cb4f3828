"""The lists of duties and of the year's fixed ones."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from duties.actions import finish
from duties.enums import Kind, Recurrence, State
from duties.models import Duty, DutyTemplate
from glostrup_isms.kit.tables import (
    BooleanFilter,
    BulkAction,
    ChoiceFilter,
    Column,
    DateRangeFilter,
    Table,
    TextFilter,
)
from glostrup_isms.kit.workflow import StepNotOpen
from roles.enums import Role
from roles.models import Unit, today
from roles.tables.people import branches


def by_state(rows: Any, which: str) -> Any:
    """Where they stand, as people ask it."""
    if which == "over-fristen":
        return rows.late()
    if which == "kommer":
        return rows.open().filter(opens_on__gt=today())
    return rows if which == "alle" else rows.filter(state=which)


def in_unit(rows: Any, unit: int) -> Any:
    """Of the unit and the units below it."""
    path = Unit.objects.filter(pk=unit).values_list("path", flat=True).first()
    return rows.filter(holder_unit__path__startswith=path) if path else rows.none()


def finish_chosen(table: Table, rows: QuerySet[Any]) -> str:
    """Those that want nothing more than a tick, and that are hers to do; the others are named."""
    done, left = 0, []
    for duty in rows:
        try:
            if duty.needs_result or duty.needs_evidence:
                raise ValidationError("")
            finish(duty, by=table.user)
            done += 1
        except (PermissionDenied, StepNotOpen, ValidationError):
            left.append(f"»{duty}«")
    if left:
        more = f" og {len(left) - 3} til" if len(left) > 3 else ""
        messages.warning(
            table.request,
            f"Disse kan ikke sættes som udført herfra. Åbn dem hver for sig: {', '.join(left[:3])}{more}.",
        )
    if not done:
        messages.warning(table.request, "Ingen opgaver er sat som udført.")
        return ""
    return f"{done} {'opgave er' if done == 1 else 'opgaver er'} sat som udført. Du kan åbne dem igen i en måned."


class DutyTable(Table):
    """`/opgaver/`. Without a choice of state only the open ones."""

    key = "opgaver"
    caption = "Opgaver"
    noun = ("opgave", "opgaver")
    has_titles = True
    default_sort = "senest"
    empty_why = "Der er ingen opgaver, som passer."
    empty_what = "Ryd filtrene, eller se årshjulet for det, der kommer."
    columns = (
        Column("opgave", "Opgave", "title", order_by=("title",), kind="link", always=True),
        Column("tilstand", "Tilstand", "state_text", order_by=("state",), kind="badge", tone="tone"),
        Column("senest", "Senest", "due_on", order_by=("due_on",), kind="date"),
        Column("hos", "Hos", "whose"),
        Column("slags", "Slags", "get_kind_display", order_by=("kind",), default=False),
        Column("enhed", "Enhed", "holder_unit.name", order_by=("holder_unit__name",), default=False, nulls_last=True),
        Column(
            "kilde", "Hvor står det", "template.source", order_by=("template__source",), default=False, nulls_last=True
        ),
        Column("resultat", "Resultat", "get_result_display", order_by=("result",), default=False),
        Column("udfoert", "Udført", "done_at", order_by=("done_at",), kind="datetime", default=False, nulls_last=True),
    )
    filters = (
        TextFilter("q", "Søg", "title", "holder__name", hint="Opgave eller person"),
        ChoiceFilter(
            "tilstand",
            "Tilstand",
            [
                ("over-fristen", "Over fristen"),
                ("kommer", "Kommer senere"),
                *((state.value, str(state.label)) for state in State if state != State.OPEN),
                ("alle", "Alle, også de udførte"),
            ],
            by_state,
        ),
        ChoiceFilter("slags", "Slags", Kind, "kind"),
        ChoiceFilter("rolle", "Rolle", Role, "holder_role"),
        ChoiceFilter("enhed", "Enhed og enhederne under den", branches, in_unit),
        DateRangeFilter("senest", "Senest", "due_on", has_time=False),
    )
    bulk_actions = (BulkAction("udfoert", "Sæt som udført", finish_chosen),)

    @cached_property
    def rows(self) -> QuerySet[Any]:
        rows = super().rows
        return rows if "tilstand" in self.values else rows.filter(state=State.OPEN)

    @cached_property
    def _counts(self) -> dict[str, int]:
        late = Count("pk", filter=Q(state=State.OPEN, due_on__lt=today()))
        counts: dict[str, int] = self.rows.order_by().aggregate(count=Count("pk"), late=late)
        return counts

    @cached_property
    def count(self) -> int:
        return self._counts["count"]

    def count_sentence(self) -> str:
        """ "14 opgaver, 3 over fristen"."""
        late = self._counts["late"]
        return f"{super().count_sentence()}, {late} over fristen" if late else super().count_sentence()


def next_day(template: DutyTemplate) -> Any:
    """The day on which it is due next, of those that are made (`made_next`) and those to come."""
    ahead = next(template.days(max(today(), template.counts_from or template.first_on)), None)
    days = [day for day in (template.made_next, ahead) if day]  # type: ignore[attr-defined]
    return template.due_on(min(days)) if days and not template.is_stopped else None


class TemplateTable(Table):
    """`/opgaver/faste/`."""

    key = "faste-opgaver"
    caption = "Årets faste opgaver"
    noun = ("fast opgave", "faste opgaver")
    has_titles = True
    default_sort = "opgave"
    empty_why = "Der er ingen faste opgaver, som passer."
    empty_what = "Ryd filtrene. Faste opgaver oprettes af GDPR-enheden og it-sikkerhedskoordinatoren."
    columns = (
        Column("opgave", "Opgave", "title", order_by=("title",), kind="link", always=True),
        Column("hvem", "Hvem", "get_role_display", order_by=("role",)),
        Column("tit", "Hvor tit", "get_recurrence_display", order_by=("recurrence",)),
        Column("naeste", "Næste gang", next_day, kind="date"),
        Column("kilde", "Hvor står det", "source", order_by=("source",)),
        Column(
            "stoppet",
            "Tilstand",
            lambda template: "Stoppet" if template.is_stopped else "I brug",
            order_by=("is_stopped",),
            kind="badge",
            tone=lambda template: "closed" if template.is_stopped else "done",
        ),
        Column("enhed", "Kun i", "unit.name", order_by=("unit__name",), default=False, nulls_last=True),
    )
    filters = (
        TextFilter("q", "Søg", "title", "source", hint="Opgave eller kilde"),
        ChoiceFilter("rolle", "Hvem", Role, "role"),
        ChoiceFilter("tit", "Hvor tit", Recurrence, "recurrence"),
        BooleanFilter("stoppet", "Kun de stoppede", "is_stopped"),
    )

    @cached_property
    def rows(self) -> QuerySet[Any]:
        made = Duty.objects.filter(template=OuterRef("pk"), planned_on__gte=today()).order_by("planned_on")
        return super().rows.annotate(made_next=Subquery(made.values("planned_on")[:1]))


def occurrences(duties: QuerySet[Duty], most: int = 12) -> list[dict[str, Any]]:
    """How the last planned days of these went, newest first. One query."""
    rows = duties.order_by().values("planned_on")
    counted: Any = rows.annotate(
        all=Count("pk", filter=~Q(state=State.DROPPED)),
        done=Count("pk", filter=Q(state=State.DONE)),
        late=Count("pk", filter=Q(state=State.OPEN, due_on__lt=today())),
        in_time=Count("pk", filter=Q(state=State.DONE, done_at__date__lte=F("due_on"))),
    )
    return list(counted.order_by("-planned_on")[:most])
