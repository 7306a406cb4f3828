"""Hearings: who was asked about a text, by when, and what they said."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from policy.enums import OPEN
from policy.models.versions import Version
from roles.enums import Role
from roles.models import today


class Hearing(models.Model):
    """A text is laid before some roles until a day. The lawyers and the DPO are asked; leaving one out needs a reason
    (P-26, P-27, P-47)."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="hearings")
    revision = models.PositiveIntegerField()  # of the text that was heard
    text = models.TextField("teksten, som den blev hørt")
    due_on = models.DateField("svarfrist")
    message = models.TextField("til dem, der bliver spurgt", blank=True)
    left_out_why = models.CharField("hvorfor jurister eller DPO ikke er spurgt", max_length=500, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("begyndt", default=timezone.now)
    closed_at = models.DateTimeField("afsluttet", null=True)
    is_void = models.BooleanField("taget tilbage", default=False, editable=False)  # ended before its time: heard nobody

    class Meta:
        verbose_name = "høring"
        verbose_name_plural = "høringer"
        ordering = ["opened_at", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["version"], condition=Q(closed_at=None), name="one_open_hearing")
        ]

    def __str__(self) -> str:
        return f"Høring af {self.version}"

    @property
    def is_over(self) -> bool:
        """Everybody has answered, or the day has passed."""
        return self.due_on < today() or all(part.answered_at for part in self.parts.all())


class HearingPartQuerySet(models.QuerySet["HearingPart"]):
    def open(self) -> "HearingPartQuerySet":
        """Of hearings that are not over."""
        return self.filter(hearing__closed_at=None)

    def of_roles(self, user: Any) -> "HearingPartQuerySet":
        """Of the roles that the person fills."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self.filter(role__in={office.role for office in user.offices})

    def asked_of(self, user: Any) -> "HearingPartQuerySet":
        """Of the roles that the person fills, as long as the text is on its way."""
        return self.of_roles(user).filter(hearing__is_void=False, hearing__version__state__in=OPEN)


class HearingPart(models.Model):
    """One role asked in a hearing, and its answer."""

    hearing = models.ForeignKey(Hearing, models.CASCADE, related_name="parts")
    role = models.CharField("rolle", max_length=20, choices=Role.choices)
    has_remarks = models.BooleanField("har bemærkninger", default=False)
    text = models.TextField("svar", blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField("svaret", null=True)

    objects = HearingPartQuerySet.as_manager()

    class Meta:
        verbose_name = "høringssvar"
        verbose_name_plural = "høringssvar"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["hearing", "role"], name="one_part_per_role"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="answered_part_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_role_display())
