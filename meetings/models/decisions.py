"""What bodies have decided, of which thing, on which day."""

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone

from glostrup_isms.kit.files import StoredFile
from meetings.enums import Outcome
from meetings.models.bodies import Body


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: Any) -> "DecisionQuerySet":
        """Those who follow the work see every decision; the others read the outcome where it was published."""
        follows = user.is_authenticated and user.is_active and user.has_perm("meetings.view_decision")
        return self.all() if follows else self.none()

    def standing(self) -> "DecisionQuerySet":
        return self.filter(voided_at=None)


class Decision(models.Model):
    """What a body decided of one thing, on which day, by which case. Never changed; one that no longer holds, because
    the text was taken back, is voided with its reason."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="decisions", verbose_name="organ")
    outcome = models.CharField("udfald", max_length=12, choices=Outcome.choices)
    decided_on = models.DateField("besluttet")
    reference = models.CharField("sag eller dagsordenspunkt", max_length=200, blank=True)
    text = models.TextField("beslutning", blank=True)
    statement = models.TextField("erklæring om, at teksten stemmer med politikken", blank=True)  # P-78
    content_type = models.ForeignKey(ContentType, models.PROTECT, editable=False)
    object_id = models.PositiveBigIntegerField(editable=False)
    concerns = GenericForeignKey("content_type", "object_id")
    label = models.CharField("om", max_length=300, editable=False)  # as it was called that day
    url = models.CharField("side", max_length=200, editable=False)
    sha256 = models.CharField("kontrolsum", max_length=64, editable=False)  # of exactly what was decided
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="skrevet af"
    )
    recorded_at = models.DateTimeField("skrevet", default=timezone.now, editable=False)
    voided_at = models.DateTimeField("bortfaldet", null=True, editable=False)
    void_reason = models.CharField("hvorfor bortfaldet", max_length=500, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = "beslutning"
        verbose_name_plural = "beslutninger"
        ordering = ["-decided_on", "-pk"]
        default_permissions = ()
        permissions = [("view_decision", "Se beslutninger"), ("record_decision", "Skrive en beslutning ind")]
        indexes = [
            models.Index(fields=["content_type", "object_id"], name="decision_concerns"),
            models.Index(fields=["body", "-decided_on", "-id"], name="decision_body"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="") | Q(voided_at__isnull=False),
                name="voided_decision_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.get_outcome_display()} {self.decided_on:%d-%m-%Y}"


class DecisionFile(models.Model):
    """Minutes or an agenda, attached to a decision; served through the decision's permission."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="files")
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="decision_file")

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.stored.original_name
