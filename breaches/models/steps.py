"""The dated steps that follow a report."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from breaches.enums import StepKind, Track
from breaches.models.cases import Breach


class DueStepQuerySet(models.QuerySet["DueStep"]):
    def due(self, now: datetime | None = None) -> "DueStepQuerySet":
        return self.filter(taken_at=None, cancelled_at=None, due_at__lte=now or timezone.now()).order_by("due_at", "pk")


class DueStep(models.Model):
    """A reminder, an escalation or a warning of the clock as a row: taken exactly once, whoever sweeps and whenever."""

    breach = models.ForeignKey(Breach, models.CASCADE, related_name="due_steps")
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    track = models.CharField(max_length=10, choices=Track.choices)
    level = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = DueStepQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(fields=["due_at"], name="due_step_queue", condition=Q(taken_at=None, cancelled_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["breach", "kind", "track", "level"],
                condition=Q(cancelled_at=None),
                name="one_live_step_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.breach}: {self.get_kind_display()} {self.due_at:%Y-%m-%d %H:%M}"
