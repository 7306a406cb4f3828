"""What the municipality's identity provider sends by SCIM: accounts of people, and groups."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from roles.enums import Role
from roles.models.people import User
from roles.models.units import Unit


class ScimAccount(models.Model):
    """Ties a person to her account at the identity provider. Whoever has none does not exist as SCIM sees it."""

    person = models.OneToOneField(User, models.CASCADE, related_name="scim_account", verbose_name="person")
    external_id = models.CharField("nøgle hos udbyderen", max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "konto hos udbyderen"
        verbose_name_plural = "konti hos udbyderen"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="scim_account_external_id_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}s konto"


class ScimGroupQuerySet(models.QuerySet["ScimGroup"]):
    def visible_to(self, user: Any) -> "ScimGroupQuerySet":
        """To those who may appoint anybody anywhere: all or nothing."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self if any(scope.path is None for scope in user.scopes_for("roles.appoint")) else self.none()


class ScimGroup(models.Model):
    """A group at the identity provider. It gives nothing until somebody here has said which role in which unit its
    members hold: a name chosen elsewhere must never make anybody an administrator.

    Whoever said so (`mapped_by`) never gets the role by the group herself, even when she is put into it later: nobody
    appoints herself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    external_id = models.CharField("nøgle hos udbyderen", max_length=200, blank=True)
    display_name = models.CharField("navn", max_length=200, unique=True)
    role = models.CharField("rolle", max_length=20, choices=Role.choices, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="enhed")
    mapped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="knyttet af"
    )
    members = models.ManyToManyField(User, related_name="scim_groups", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScimGroupQuerySet.as_manager()
    history = (
        HistoricalRecords()
    )  # who came and went stands in the audit trail: a copy of every member each time is much

    class Meta:
        verbose_name = "gruppe"
        verbose_name_plural = "grupper"
        ordering = ["display_name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role="", unit=None) | (~Q(role="") & Q(unit__isnull=False)),
                name="scim_group_has_role_and_unit_or_neither",
            ),
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="scim_group_external_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        return f"/organisation/grupper/{self.pk}/"

    @property
    def version(self) -> str:
        """Changes whenever the group or its members do."""
        return self.updated_at.isoformat()

    @property
    def gives(self) -> str:
        """ "GDPR-enheden i Center for Organisation", or an empty text."""
        return f"{self.get_role_display()} i {self.unit}" if self.unit_id else ""
