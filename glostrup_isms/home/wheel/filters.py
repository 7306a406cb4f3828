"""What of the year the address asks for, and the addresses of the same with something else."""

from typing import Any

from django.http import HttpRequest
from django.utils.http import urlencode

from glostrup_isms.home.wheel.entries import Asked, Ring
from glostrup_isms.kit.filters import BooleanFilter, ChoiceFilter, Filter, Unusable, danish_slug
from roles.models import Unit, User, today
from roles.tables.people import branches

YEARS_BACK, YEARS_AHEAD = 10, 5


def years(request: HttpRequest) -> list[tuple[int, str]]:
    this = today().year
    return [(year, str(year)) for year in range(this - YEARS_BACK, this + YEARS_AHEAD + 1)]


class WheelFilters:
    """`aar`, `rolle`, `enhed` and `mine`, each read from a white list; what makes no sense is put aside and said so."""

    year = ChoiceFilter("aar", "År", years, "due_on__year")
    ring = ChoiceFilter("rolle", "Hvem", Ring, "holder_role")
    unit = ChoiceFilter("enhed", "Enhed og enhederne under den", branches, "holder_unit")
    mine = BooleanFilter("mine", "Kun mine", "holder")
    all: tuple[Filter, ...] = (year, ring, unit, mine)

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.values: dict[str, Any] = {}
        self.notes: list[str] = []
        for one in self.all:
            try:
                value = one.read(request.GET, request)
            except Unusable as error:
                self.notes.append(str(error))
            else:
                if value is not None:
                    self.values[one.key] = value

    def asked(self) -> Asked:
        user: User = self.request.user  # type: ignore[assignment]
        ring, unit = self.values.get("rolle"), self.values.get("enhed")
        return Asked(
            user,
            int(self.values.get("aar", today().year)),
            ring=Ring(self.ring.known(self.request)[ring][0]) if ring else None,
            unit=Unit.objects.visible_to(user).get(pk=unit) if unit else None,
            is_mine="mine" in self.values,
        )

    def address(self, **other: Any) -> str:
        """The query of the same wheel with these values instead; None clears one."""
        values = {**self.values, **other}
        return f"?{urlencode([(one.key, values[one.key]) for one in self.all if values.get(one.key) is not None])}"

    def of_ring(self, ring: Ring) -> str:
        """The address of the ring alone."""
        return self.address(rolle=danish_slug(str(ring.label)))

    @property
    def ring_options(self) -> list[tuple[str, str]]:
        return self.ring.options(self.request)

    @property
    def unit_options(self) -> list[tuple[str, str]]:
        return self.unit.options(self.request)

    @property
    def chosen(self) -> list[dict[str, str]]:
        """What is set besides the year, in words, and the address that clears it."""
        return [
            {
                "label": one.label,
                "text": one.text(self.values[one.key], self.request),
                "clear_url": self.address(**{one.key: None}),
            }
            for one in self.all[1:]
            if one.key in self.values
        ]

    @property
    def words(self) -> str:
        """What is set, for the head of a printed wheel."""
        return ". ".join(f"{one['label']}: {one['text']}" for one in self.chosen)
