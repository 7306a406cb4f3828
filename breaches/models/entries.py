"""What is said in a case: files, entries, the timeline."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from breaches.enums import EntryKind
from breaches.models.cases import Breach
from glostrup_isms.kit.files import StoredFile


class BreachFileQuerySet(models.QuerySet["BreachFile"]):
    def for_reporter(self) -> "BreachFileQuerySet":
        """Without those of internal notes."""
        return self.exclude(entry__kind=EntryKind.NOTE)


class BreachFile(models.Model):
    """A file that belongs to a case; served through the case's permission."""

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="files")
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="breach_file")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entry = models.ForeignKey("Entry", models.PROTECT, null=True, related_name="files")

    objects = BreachFileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.stored.original_name


class Entry(models.Model):
    """What is written in a case after the report. Never changed, never deleted; a note is not shown to the reporter."""

    breach = models.ForeignKey(Breach, models.CASCADE, related_name="entries")
    kind = models.CharField("slags", max_length=10, choices=EntryKind.choices)
    text = models.TextField("tekst")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField("skrevet", default=timezone.now)
    token = models.CharField(max_length=64, unique=True)  # a form sent twice writes once

    class Meta:
        verbose_name = "indlæg"
        verbose_name_plural = "indlæg"
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.breach}: {self.get_kind_display()}"

    @property
    def is_for_reporter(self) -> bool:
        return self.kind != EntryKind.NOTE


class Event(models.Model):
    """A line of the case's timeline, in Danish, written in the transaction of what it tells of."""

    breach = models.ForeignKey(Breach, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    sentence = models.TextField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.sentence
