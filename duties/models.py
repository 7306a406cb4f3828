"""What somebody must do by a date. Begins small: a later release makes it the engine of the year."""

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from roles.enums import Role
from roles.models import Unit


class State(models.TextChoices):
    OPEN = "open", "Åben"
    DONE = "done", "Udført"


class DutyQuerySet(models.QuerySet["Duty"]):
    def open(self) -> "DutyQuerySet":
        return self.filter(state=State.OPEN)

    def late(self) -> "DutyQuerySet":
        return self.open().filter(due_on__lt=timezone.localdate())

    def visible_to(self, user: Any) -> "DutyQuerySet":
        """The person's own, and those of the roles she fills (in the unit named, or anywhere when none is).

        Not one that is kept from her, or from the one whose deputy she is.
        """
        mine = Q(holder=user)
        for office in user.offices:
            here = Q(holder_role=office.role) & (Q(holder_unit=None) | Q(holder_unit=office.unit))
            mine |= here & ~Q(kept_from=office.holder_id)
        return self.filter(mine).exclude(kept_from=user)


class Duty(models.Model):
    """A dated duty of one person, or of whoever fills a role."""

    title = models.CharField("opgave", max_length=200)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name="hos"
    )
    holder_role = models.CharField("rolle", max_length=20, choices=Role.choices, blank=True)
    holder_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name="enhed")
    due_on = models.DateField("senest")
    content_type = models.ForeignKey(ContentType, models.PROTECT, null=True, editable=False)
    object_id = models.CharField(max_length=40, blank=True, editable=False)
    concerns = GenericForeignKey("content_type", "object_id")
    url = models.CharField("side", max_length=200, blank=True)
    dedup_key = models.CharField(max_length=200, unique=True)
    by_hand = models.BooleanField(default=True, editable=False)  # else it is done when the work is, never ticked off
    kept_from = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", editable=False)
    state = models.CharField("tilstand", max_length=10, choices=State.choices, default=State.OPEN)
    done_at = models.DateTimeField("udført", null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DutyQuerySet.as_manager()
    _history_user: Any
    history = HistoricalRecords()

    class Meta:
        verbose_name = "opgave"
        verbose_name_plural = "opgaver"
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(holder__isnull=False) ^ ~Q(holder_role=""), name="duty_has_one_holder"),
            models.CheckConstraint(
                condition=Q(state=State.OPEN) ^ Q(done_at__isnull=False), name="duty_done_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_late(self) -> bool:
        return self.state == State.OPEN and self.due_on < timezone.localdate()
