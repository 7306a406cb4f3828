"""Who may see a single case, who is kept out of it, and who has been told."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from breaches.enums import Track
from roles.models import today


class GrantQuerySet(models.QuerySet["BreachUserObjectPermission"]):
    def in_force(self) -> "GrantQuerySet":
        return self.filter(Q(to_on=None) | Q(to_on__gte=today()))


class GrantManager(UserObjectPermissionManager.from_queryset(GrantQuerySet)):  # type: ignore[misc]
    """Guardian's own, that can also tell what is in force."""


class BreachUserObjectPermission(UserObjectPermissionBase):
    """Grants on single cases, with a real foreign key so that a grant dies with its case. It ends when somebody takes
    it away, or where an office of the person's own takes over."""

    content_object = models.ForeignKey("breaches.Breach", on_delete=models.CASCADE)
    to_on = models.DateField("til og med", null=True, editable=False)

    objects: ClassVar[Any] = GrantManager()

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        indexes = [models.Index(fields=["content_object", "user"], name="breach_grant")]


class Exclusion(models.Model):
    """A person who must not see the case by leadership or role, because it is about that person."""

    breach = models.ForeignKey("breaches.Breach", models.CASCADE, related_name="exclusions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["breach", "person"], name="one_exclusion_per_person")]

    def __str__(self) -> str:
        return f"{self.breach}: {self.person}"


class Told(models.Model):
    """Who has been told of the case, in which capacity, and whether they have read and acknowledged it."""

    breach = models.ForeignKey("breaches.Breach", models.CASCADE, related_name="told")
    track = models.CharField("led", max_length=10, choices=Track.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="told_of")
    address = models.CharField("postkasse", max_length=254, blank=True)
    reason = models.CharField("hvorfor", max_length=500, blank=True)
    level = models.PositiveSmallIntegerField(default=0)  # 0 nearest; 1 the first one up the line; …
    told_at = models.DateTimeField("fik besked", default=timezone.now)
    read_at = models.DateTimeField("læst", null=True)
    acknowledged_at = models.DateTimeField("kvitteret", null=True)
    relieved_at = models.DateTimeField("afløst", null=True)  # somebody else has taken over
    message = models.ForeignKey("kit.Message", models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = "underrettet"
        verbose_name_plural = "underrettede"
        ordering = ["told_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) ^ ~Q(address=""), name="told_is_a_person_or_a_mailbox"
            ),
            models.UniqueConstraint(
                fields=["breach", "track", "person"], condition=Q(person__isnull=False), name="told_once_per_track"
            ),
            models.UniqueConstraint(
                fields=["breach", "track", "address"], condition=~Q(address=""), name="mailbox_told_once_per_track"
            ),
        ]

    def __str__(self) -> str:
        return str(self.person or self.address)
