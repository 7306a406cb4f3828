"""What came from the organisation system, and what it changed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from roles.enums import ChangeKind, SyncShape, SyncState


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    def visible_to(self, user: Any) -> "SyncRunQuerySet":
        """To those who look after the organisation's data: all or nothing."""
        return self if user.is_authenticated and user.has_perm("roles.view_syncrun") else self.none()


class SyncRun(models.Model):
    """One file held against the organisation: looked at, refused or brought in."""

    shape = models.CharField("form", max_length=20, choices=SyncShape.choices, blank=True)  # empty: nobody could tell
    state = models.CharField("tilstand", max_length=10, choices=SyncState.choices, default=SyncState.LOOKED_AT)
    file_name = models.CharField("fil", max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="af")
    started_at = models.DateTimeField("begyndt", default=timezone.now)
    finished_at = models.DateTimeField("færdig", null=True)
    units = models.PositiveIntegerField("enheder i filen", default=0)
    people = models.PositiveIntegerField("personer i filen", default=0)
    counts = models.JSONField("ændringer", default=dict)  # {ChangeKind: how many}
    problems = models.JSONField("fejl", default=list)  # [{"row", "reason"}]; any one refuses the file
    notes = models.JSONField("bemærkninger", default=list)  # sentences: what was left out, and why
    loss = models.TextField("stort tab", blank=True)  # a sentence when it takes away more than settings.SYNC_MOST_LOST
    kept_as = models.CharField(max_length=64, blank=True)  # name in DATA_DIR/sync while somebody may say yes to it
    digest = models.CharField(max_length=64, blank=True)  # of the difference: the same yes, the same change

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        verbose_name = "synkronisering"
        verbose_name_plural = "synkroniseringer"
        ordering = ["-started_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("run_sync", "Hente organisationen ind")]
        indexes = [models.Index(fields=["-started_at"], name="sync_run_newest")]

    def __str__(self) -> str:
        return f"Synkronisering {self.pk}"

    def get_absolute_url(self) -> str:
        return f"/organisation/synkronisering/{self.pk}/"


class SyncChange(models.Model):
    """One difference: what was, and what is (or would be) instead."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="changes")
    kind = models.CharField("slags", max_length=20, choices=ChangeKind.choices)
    subject = models.CharField("hvem eller hvad", max_length=300)
    before = models.TextField("før", blank=True)
    after = models.TextField("efter", blank=True)

    class Meta:
        verbose_name = "ændring"
        verbose_name_plural = "ændringer"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=~Q(subject=""), name="sync_change_names_its_subject")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"
