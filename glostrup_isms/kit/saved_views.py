"""A view of a list that a person has given a name: its address, never its rows."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

NAME_MAX = 60  # characters
QUERY_MAX = 2000  # characters
VIEWS_MAX = 50  # of one person in one list


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Any) -> "SavedViewQuerySet":
        """Own views and those that colleagues share. A shared view shows each only the rows that each may see."""
        return self.filter(Q(owner=user) | Q(is_shared=True)) if user.is_authenticated else self.none()


class SavedView(models.Model):
    """A name for a query string of the list `table`. Read again through the list's white list when it is opened."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="ejer")
    table = models.CharField("liste", max_length=60)
    name = models.CharField("navn", max_length=NAME_MAX)
    query = models.CharField("visning", max_length=QUERY_MAX, blank=True)
    is_shared = models.BooleanField("delt", default=False)
    created_at = models.DateTimeField("gemt", default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        app_label = "kit"
        verbose_name = "gemt visning"
        verbose_name_plural = "gemte visninger"
        ordering = ["name", "pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["owner", "table", "name"], name="one_saved_view_per_name")]
        indexes = [models.Index(fields=["table", "name"], name="saved_view_of_table")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Relative to the list's own address."""
        return f"?{self.query}" if self.query else "?nulstil=1"
