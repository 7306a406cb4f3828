"""Who is to be reminded of which duty, why and when; and how each person wants it."""

from datetime import time
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from duties.enums import How, Kind, Stage
from duties.models.duties import Duty
from glostrup_isms.kit.outbox import Message

WEEKDAYS = ((0, "Mandag"), (1, "Tirsdag"), (2, "Onsdag"), (3, "Torsdag"), (4, "Fredag"))


class Notice(models.Model):
    """A person is to be told of a duty, for one reason, for the day it was due by then. Told once."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="duty_notices")
    duty = models.ForeignKey(Duty, models.CASCADE, related_name="notices")
    stage = models.CharField(max_length=8, choices=Stage.choices)
    due_on = models.DateField()
    send_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["send_at", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["person", "duty", "stage", "due_on"], name="one_notice_of_a_kind")
        ]
        indexes = [models.Index(fields=["send_at"], name="notice_waiting", condition=Q(told_at=None))]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.duty}"


class ReminderSettings(models.Model):
    """How a person wants to be reminded. Without a row: the defaults here."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminder_settings")
    choices = models.JSONField(default=dict)  # Kind -> How
    weekly_on = models.PositiveSmallIntegerField(
        "ugens dag", choices=WEEKDAYS, default=0, validators=[MaxValueValidator(4)]
    )
    quiet_from = models.TimeField("ingen mail fra", default=time(18))
    quiet_to = models.TimeField("ingen mail til", default=time(7))
    revision = models.PositiveIntegerField(default=1, editable=False)

    _history_user: Any
    history = HistoricalRecords()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.person}"

    def how(self, kind: str) -> How:
        """One mail a day of all that is new, unless she chose otherwise."""
        return How(self.choices.get(Kind(kind), How.DAILY))
