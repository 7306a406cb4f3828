"""Grants on one object that flow from somebody's appointment, and end with it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from roles import rights
from roles.enums import Role
from roles.models.appointments import Appointment
from roles.models.days import today
from roles.models.units import Unit


class DatedGrantQuerySet(models.QuerySet[Any]):
    def in_force(self) -> "DatedGrantQuerySet":
        """Grants whose days have come and not gone, of people who are here, and whose giver still holds the office."""
        day = today()
        return self.filter(
            Q(appointment__to_on=None) | Q(appointment__to_on__gte=day),
            from_on__lte=day,
            to_on__gte=day,
            user__is_active=True,
            appointment__from_on__lte=day,
            appointment__person__is_active=True,
        )


class DatedGrantManager(UserObjectPermissionManager.from_queryset(DatedGrantQuerySet)):  # type: ignore[misc]
    """Guardian's own, that can also tell what is in force."""


class DatedGrant(UserObjectPermissionBase):
    """A permission on one object, given by the holder of an office for a time (decision 0005).

    It names the appointment it flows from: whatever ends that, ends the grant. Subclasses add `content_object`.
    """

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="+", verbose_name="gives af")
    from_on = models.DateField("fra og med", default=today)
    to_on = models.DateField("til og med")
    granted_at = models.DateTimeField("givet", default=timezone.now, editable=False)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="givet af")

    objects: ClassVar[Any] = DatedGrantManager()
    _history_user: Any

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True
        unique_together = [("user", "permission", "content_object", "appointment")]


class UnitGrantQuerySet(DatedGrantQuerySet):
    def in_force(self) -> "UnitGrantQuerySet":
        """Also: the unit still lies within the office that it flows from, wherever either has been moved."""
        found: UnitGrantQuerySet = super().in_force()  # type: ignore[assignment]
        return found.filter(content_object__path__startswith=F("appointment__unit__path"))


class UnitGrantManager(UserObjectPermissionManager.from_queryset(UnitGrantQuerySet)):  # type: ignore[misc]
    """Grants on units."""


class UnitGrant(DatedGrant):
    """What a holder lets another do in a unit and the units below it."""

    content_object = models.ForeignKey(Unit, models.CASCADE, related_name="grants", verbose_name="enhed")

    objects: ClassVar[Any] = UnitGrantManager()
    history = HistoricalRecords()

    class Meta(DatedGrant.Meta):
        abstract = False
        verbose_name = "overladt opgave"
        verbose_name_plural = "overladte opgaver"
        ordering = ["to_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="unit_grant_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.label} i {self.content_object}"

    @property
    def delegable(self) -> rights.Delegable | None:
        return rights.delegable_named(f"roles.{self.permission.codename}")

    @property
    def label(self) -> str:
        return self.delegable.label if self.delegable else self.permission.name

    def gives(self, permission: str) -> bool:
        """Whether it gives this permission: it is what was delegated, and the giver's role still gives it."""
        own = {right.permission for right in rights.of(Role(self.appointment.role))}
        return self.delegable is not None and permission in self.delegable.gives and permission in own
