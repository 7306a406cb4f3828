"""Appointments: who holds which role where, from when and until when."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from simple_history.models import HistoricalRecords

from roles.enums import LEADING_ROLES, OWNER_ROLES, PUBLIC_ROLES, Role, Source
from roles.models.days import today
from roles.models.people import User
from roles.models.units import Unit, within


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def in_force(self, on: date | None = None) -> "AppointmentQuerySet":
        """Appointments of active people that hold on the day."""
        return self.running(on).filter(person__is_active=True)

    def running(self, on: date | None = None) -> "AppointmentQuerySet":
        """Whose days have come and not gone, whether the person is still here or not."""
        on = on or today()
        return self.filter(from_on__lte=on).filter(Q(to_on=None) | Q(to_on__gte=on))

    def recent(self) -> "AppointmentQuerySet":
        """Those that hold or will hold, and those that ended lately, also of people who have left."""
        return self.filter(Q(to_on=None) | Q(to_on__gte=today() - settings.LEAVER_VISIBLE_FOR))

    def standing(self, *, is_wide: bool = False) -> "AppointmentQuerySet":
        """Those that put a person under the unit's leader: where she stands today; of one who stands nowhere, where she
        stood lately or is about to. Not that she answers for a system there. `is_wide`: asked of very many people, so
        that reading who stands anywhere at once is faster than asking of each."""
        anywhere = Appointment.objects.running().exclude(role__in=OWNER_ROLES)
        stands: Any = Exists(anywhere.filter(person=OuterRef("person")))
        if is_wide:
            stands = Q(person__in=anywhere.values("person"))
        day = today()
        is_running = Q(from_on__lte=day) & (Q(to_on=None) | Q(to_on__gte=day))
        return self.recent().exclude(role__in=OWNER_ROLES).filter(is_running | ~stands)

    def within(self, paths: Iterable[str | None]) -> "AppointmentQuerySet":
        """In one of these branches of the tree."""
        return self.filter(within("unit__path", paths))

    def visible_to(self, user: Any) -> "AppointmentQuerySet":
        """Who holds the roles that the policy names today, to all who may see the unit; ordinary employments, and who
        held or will hold such a role, only to those who may see the person."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        scopes = user.scopes_for("roles.view_user")
        if any(scope.path is None for scope in scopes):
            return self
        day, units = today(), Unit.objects.visible_to(user)
        public = Q(role__in=PUBLIC_ROLES, unit__in=units, from_on__lte=day, person__is_active=True)
        public &= Q(to_on=None) | Q(to_on__gte=day)
        return self.filter(Q(person=user) | within("unit__path", [scope.path for scope in scopes]) | public)

    def leading(self) -> "AppointmentQuerySet":
        return self.filter(role__in=LEADING_ROLES)


class Appointment(models.Model):
    """A person holds a role in a unit from a day to a day (inclusive). The deputy acts while the person is away."""

    person = models.ForeignKey(User, models.PROTECT, related_name="appointments", verbose_name="person")
    role = models.CharField("rolle", max_length=20, choices=Role.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="appointments", verbose_name="enhed")
    from_on = models.DateField("fra", default=today)
    to_on = models.DateField("til og med", null=True, blank=True)
    deputy = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="deputy_for", verbose_name="stedfortræder"
    )
    is_primary = models.BooleanField("primær ansættelse", default=False)
    title = models.CharField("stilling", max_length=200, blank=True)
    source = models.CharField("kilde", max_length=10, choices=Source.choices, default=Source.HAND, editable=False)

    objects = AppointmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "udpegning"
        verbose_name_plural = "udpegninger"
        ordering = ["unit__name", "role", "pk"]
        indexes = [
            models.Index(fields=["unit", "role"], name="appointment_unit_role"),
            models.Index(fields=["role", "unit"], name="appointment_role_unit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on=None) | Q(to_on__gte=F("from_on")), name="appointment_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(deputy=None) | ~Q(deputy=F("person")), name="deputy_is_somebody_else"),
            models.UniqueConstraint(
                fields=["person", "role", "unit"],
                condition=Q(to_on=None),
                name="one_open_appointment_per_role_and_unit",
            ),
            models.UniqueConstraint(
                fields=["unit", "role"],
                condition=Q(to_on=None, role__in=LEADING_ROLES),
                name="one_open_leader_per_unit",
                violation_error_message="Enheden har allerede en leder i den rolle.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()} i {self.unit}"

    def get_absolute_url(self) -> str:
        return f"/organisation/udpegninger/{self.pk}/"

    @property
    def version(self) -> str:
        """Changes whenever something does that its page lets somebody change."""
        return f"{self.from_on}/{self.to_on or ''}/{self.deputy_id or ''}"

    @property
    def held_role(self) -> Role:
        return Role(self.role)

    @property
    def is_in_force(self) -> bool:
        return self.from_on <= today() and (self.to_on is None or self.to_on >= today())
