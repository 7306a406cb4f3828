"""Bodies that decide, and who sits in them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from meetings.enums import BodyKind, ItemKind
from roles.enums import Role
from roles.models import Absence, Appointment, User, today


def kinds_inside(user: Any) -> list[BodyKind]:
    """The bodies whose members, or whose meetings' preparers, the person is among today: she sees all of them."""
    return [kind for kind in BodyKind if user.has_role(*kind.members, *kind.preparers)]


class BodyQuerySet(models.QuerySet["Body"]):
    def visible_to(self, user: Any) -> "BodyQuerySet":
        """Which bodies there are, and who sits in them, is open to every colleague."""
        known = user.is_authenticated and user.is_active and user.has_perm("meetings.view_body")
        return self.all() if known else self.none()


@dataclass(frozen=True)
class Seat:
    """A person who sits in a body, in which role, and who may sit there in her stead."""

    person: User
    role: Role
    is_chair: bool
    deputies: tuple[User, ...]
    is_away: bool


class Body(models.Model):
    """A body that decides. Who sits in it follows from the appointments, and ends with them."""

    kind = models.CharField("slags", max_length=12, choices=BodyKind.choices, unique=True)
    slug = models.SlugField("adresse", max_length=60, unique=True)
    name = models.CharField("navn", max_length=100)
    quorum = models.PositiveSmallIntegerField(
        "mindste antal til stede for at beslutte", null=True, blank=True, validators=[MinValueValidator(1)]
    )  # empty: more than half
    meets_every_months = models.PositiveSmallIntegerField(
        "måneder mellem møder", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    standing_items = models.JSONField("faste punkter", default=list, blank=True)  # values of ItemKind
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = BodyQuerySet.as_manager()
    _history_user: Any
    history = HistoricalRecords()

    class Meta:
        verbose_name = "organ"
        verbose_name_plural = "organer"
        ordering = ["pk"]
        default_permissions = ()
        permissions = [
            ("view_body", "Se, hvem der sidder i et organ"),
            ("change_body", "Ændre, hvornår et organ er beslutningsdygtigt, og hvor tit det mødes"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quorum=None) | Q(quorum__gte=1), name="quorum_is_somebody"),
            models.CheckConstraint(
                condition=Q(meets_every_months=None) | Q(meets_every_months__range=(1, 12)),
                name="body_meets_within_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/moeder/{self.slug}/"

    @property
    def body_kind(self) -> BodyKind:
        return BodyKind(self.kind)

    @property
    def members(self) -> models.QuerySet[Appointment]:
        """The appointments that give a seat today."""
        return Appointment.objects.in_force().filter(role__in=self.body_kind.members)

    def has_member(self, user: User) -> bool:
        return user.has_role(*self.body_kind.members)

    @property
    def standing(self) -> list[ItemKind]:
        return [kind for kind in ItemKind if kind.value in self.standing_items]

    def seats(self, on: date | None = None) -> list[Seat]:
        """Who sits there that day, the chair first. Whoever has several seats sits once. A deputy named for the days
        away comes before the standing ones. Two queries."""
        on, chair = on or today(), self.body_kind.chair
        places: dict[int, list[Appointment]] = {}
        rows = Appointment.objects.in_force(on).filter(role__in=self.body_kind.members)
        for place in rows.select_related("person", "deputy").order_by("person__name", "pk"):
            places.setdefault(place.person_id, []).append(place)
        away = {one.person_id: one for one in Absence.objects.on(on).filter(person__in=places).select_related("deputy")}
        seats = []
        for key, held in places.items():
            named = away[key].deputy if key in away else None
            deputies = {one.pk: one for one in [named or place.deputy for place in held] if one and one.is_active}
            role = chair if chair in {place.role for place in held} else held[0].role
            seats.append(Seat(held[0].person, Role(role), role == chair, tuple(deputies.values()), key in away))
        return sorted(seats, key=lambda seat: not seat.is_chair)

    def needed(self, seats: int) -> int:
        """How many must be there to decide: as written down, else more than half of the seats."""
        return self.quorum or seats // 2 + 1
