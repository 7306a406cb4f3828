"""The address by which a person's calendar program reads her duties and meetings."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def visible_to(self, user: Any) -> "CalendarFeedQuerySet":
        """Her own."""
        return self.filter(person=user) if user.is_authenticated else self.none()

    def standing(self) -> "CalendarFeedQuerySet":
        return self.filter(revoked_at=None)

    def of_token(self, token: str) -> "CalendarFeedQuerySet":
        """The one whose address it is, while it stands and its person is here."""
        return self.standing().filter(token_hash=digest(token), person__is_active=True)


class CalendarFeed(models.Model):
    """A secret address (256 bits; only its digest is kept). One at a time per person; a new one ends the old."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField("lavet", default=timezone.now, editable=False)
    read_at = models.DateTimeField("senest hentet", null=True, editable=False)
    revoked_at = models.DateTimeField("lukket", null=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(revoked_at=None), name="one_calendar_address")
        ]

    def __str__(self) -> str:
        return f"{self.person}"


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """A random token needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
