"""Units of the municipality, as a tree by path."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from roles.enums import Source, UnitKind
from roles.models.days import today


def within(field: str, paths: Iterable[str | None]) -> Q:
    """In one of these branches of the tree; in none when there are none."""
    found = Q(pk__in=[])
    for path in set(paths):
        if path is not None:
            found |= Q(**{f"{field}__startswith": path})
    return found


class UnitQuerySet(models.QuerySet["Unit"]):
    def open(self, on: date | None = None) -> "UnitQuerySet":
        """Units that exist on the day."""
        on = on or today()
        return self.filter(Q(opened_on=None) | Q(opened_on__lte=on)).filter(Q(closed_on=None) | Q(closed_on__gt=on))

    def visible_to(self, user: Any) -> "UnitQuerySet":
        """All of them to those who work for the municipality; to an external partner the units of the agreement."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        scopes = user.scopes_for("roles.view_unit")
        if any(scope.path is None for scope in scopes):
            return self
        return self.in_branches(scope.path for scope in scopes)

    def in_branches(self, paths: Iterable[str | None]) -> "UnitQuerySet":
        """The units at the head of these branches of the tree, and all under them."""
        return self.filter(within("path", paths))

    def below(self, unit: "Unit") -> "UnitQuerySet":
        """The unit and every unit under it."""
        return self.filter(path__startswith=unit.path)


class Unit(models.Model):
    """A unit of the municipality. Closed softly with a date, never deleted."""

    name = models.CharField("navn", max_length=200)
    kind = models.CharField("slags", max_length=20, choices=UnitKind.choices, default=UnitKind.DEPARTMENT)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="hører under"
    )
    path = models.CharField(max_length=250, editable=False, db_index=True, default="")
    depth = models.PositiveSmallIntegerField(editable=False, default=0)
    opened_on = models.DateField("oprettet", null=True, blank=True)
    closed_on = models.DateField("nedlagt", null=True, blank=True)
    external_id = models.UUIDField("nøgle i organisationssystemet", default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField("kilde", max_length=10, choices=Source.choices, default=Source.HAND, editable=False)

    objects = UnitQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["path", "depth"])

    class Meta:
        verbose_name = "enhed"
        verbose_name_plural = "enheder"
        ordering = ["name", "pk"]
        permissions = [
            ("appoint", "Udpege personer til roller i en enhed"),
            ("follow_cases", "Følge enhedens brud og trusler"),
            ("maintain_appointments", "Vedligeholde enhedens udpegninger"),
        ]
        indexes = [models.Index(fields=["path"], name="unit_path_prefix", opclasses=["varchar_pattern_ops"])]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="unit_is_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(opened_on=None) | Q(closed_on=None) | Q(closed_on__gte=F("opened_on")),
                name="unit_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the path true: `/1/4/` for unit 4 under unit 1. Units below follow when a unit is moved."""
        old_path = self.path
        super().save(*args, **kwargs)
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path == old_path:
            return
        self.path, self.depth = path, path.count("/") - 1
        Unit.objects.filter(pk=self.pk).update(path=self.path, depth=self.depth)
        for child in self.children.all() if old_path else ():
            child.save_without_historical_record()  # type: ignore[attr-defined]

    def get_absolute_url(self) -> str:
        return f"/organisation/enheder/{self.pk}/"

    @property
    def line(self) -> list[int]:
        """Keys of the unit and of the units above it, nearest first."""
        return [int(part) for part in reversed(self.path.strip("/").split("/")) if part]

    @property
    def is_open(self) -> bool:
        return self.closed_on is None or self.closed_on > today()

    def clean(self) -> None:
        if self.pk and self.parent and self.parent.path.startswith(self.path):
            raise ValidationError(
                {"parent": "En enhed kan ikke høre under sig selv eller en af sine egne underenheder."}
            )
