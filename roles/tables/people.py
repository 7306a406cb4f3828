"""The lists of the organisation."""

from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from glostrup_isms.kit.tables import BooleanFilter, ChoiceFilter, Column, Table, TextFilter
from roles.enums import Role, Source
from roles.models import Appointment, Unit


def in_branch(places: Any, unit: Any) -> Any:
    """In the unit or one below it, today or lately."""
    found = Unit.objects.filter(pk=unit).first()
    return places.recent().filter(unit__path__startswith=found.path) if found else places.none()


def in_role(places: Any, role: Any) -> Any:
    """Held today."""
    return places.in_force().filter(role=role)


class PlaceFilter(ChoiceFilter):
    """People with such a place among those that the reader may know of: a filter tells no more than the list does."""

    def apply(self, rows: Any, value: str, request: HttpRequest) -> Any:
        places = super().apply(Appointment.objects.visible_to(request.user), value, request)
        return rows.filter(pk__in=places.values("person"))


def branches(request: HttpRequest) -> list[tuple[int, str]]:
    """The units to choose among: the first two levels, and the one that the address names."""
    units = Unit.objects.visible_to(request.user).open()
    named = request.GET.get("enhed", "")
    wanted = Q(depth__lte=2)
    if named.isascii() and named.isdecimal():
        wanted |= Q(pk=int(named[:15]))
    return [(unit.pk, unit.name) for unit in units.filter(wanted).order_by("depth", "name")[:300]]


def place_in_words(person: Any) -> str:
    """The title, else the role."""
    return person.place_title or (Role(person.place_role).label if person.place_role else "")


class PersonTable(Table):
    """`/organisation/personer/`."""

    key = "personer"
    caption = "Personer, som du må se"
    noun = ("person", "personer")
    default_sort = "navn"
    empty_why = "Der er ingen personer her endnu."
    empty_what = "De kommer ind, når organisationen bliver hentet."
    columns = (
        Column("navn", "Navn", "name", order_by=("name",), kind="link", always=True),
        Column("stilling", "Stilling eller rolle", place_in_words),
        Column("enhed", "Enhed", "place_unit", order_by=("place_unit",), nulls_last=True),
        Column("mail", "Mail", "email", order_by=("email",), default=False),
        Column("brugernavn", "Brugernavn", "username", order_by=("username",), default=False),
        Column("slags", "Slags", "get_kind_display", order_by=("kind",), default=False),
        Column("kilde", "Kilde", "get_source_display", order_by=("source",), default=False),
        Column("aktiv", "Aktiv", "is_active", order_by=("is_active",), kind="boolean", default=False),
    )
    filters = (
        TextFilter("q", "Søg", "name", "username", hint="Navn eller brugernavn"),
        PlaceFilter("enhed", "Enhed og enhederne under den", branches, in_branch),
        PlaceFilter("rolle", "Rolle", Role, in_role),
        ChoiceFilter("kilde", "Kilde", Source, "source"),
        BooleanFilter("lukket", "Kun lukkede konti", lambda rows: rows.filter(is_active=False)),
    )  # fmt: skip

    def __init__(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        places = Appointment.objects.visible_to(request.user).filter(person=OuterRef("pk"))
        first = places.recent().order_by("-is_primary", "-from_on", "pk")
        super().__init__(
            request,
            rows.annotate(
                place_unit=Subquery(first.values("unit__name")[:1]),
                place_title=Subquery(first.values("title")[:1]),
                place_role=Subquery(first.values("role")[:1]),
            ),
        )
