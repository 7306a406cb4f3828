"""The list of groups."""

from django.db.models import Q

from glostrup_isms.kit.tables import ChoiceFilter, Column, Table, TextFilter
from roles.models import ScimGroup


def gives(group: ScimGroup) -> str:
    return group.gives or "Ingenting"


def tone(group: ScimGroup) -> str:
    return "done" if group.gives else "closed"


class GroupTable(Table):
    """`/organisation/grupper/`. The rows carry `size`."""

    key = "grupper"
    caption = "Grupper fra kommunens log ind-system"
    noun = ("gruppe", "grupper")
    default_sort = "navn"
    empty_why = "Der er ingen grupper her."
    empty_what = "De kommer, når kommunens log ind-system (for eksempel Microsoft Entra ID) sender dem."
    columns = (
        Column("navn", "Gruppe", "display_name", order_by=("display_name",), kind="link", always=True),
        Column("giver", "Giver", gives, order_by=("role", "unit__name"), kind="badge", tone=tone),
        Column("medlemmer", "Medlemmer", "size", order_by=("size",), kind="number"),
        Column("aendret", "Ændret", "updated_at", order_by=("updated_at",), kind="datetime", default=False),
    )
    filters = (
        TextFilter("q", "Søg", "display_name", hint="Gruppens navn"),
        ChoiceFilter(
            "giver", "Giver", [("rolle", "En rolle"), ("ingenting", "Ingenting")],
            lambda rows, which: rows.filter(Q(role="") if which == "ingenting" else ~Q(role="")),
        ),
    )  # fmt: skip
