"""What is said and shown in a duty."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from duties.models.duties import Duty
from glostrup_isms.kit.files import StoredFile


class DutyEntry(models.Model):
    """A line of a duty's timeline: what happened, and what somebody wrote. Never changed, never deleted."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="entries")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    sentence = models.CharField(max_length=300)
    text = models.TextField("tekst", blank=True)

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.sentence


class DutyFile(models.Model):
    """Evidence; served through the duty's permission."""

    entry = models.ForeignKey(DutyEntry, models.PROTECT, related_name="files")
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="duty_file")

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.stored.original_name
