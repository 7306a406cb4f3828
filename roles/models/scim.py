"""Groups that the municipality's identity provider sends by SCIM."""

import uuid

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from roles.enums import Role
from roles.models.people import User
from roles.models.units import Unit


class ScimGroup(models.Model):
    """A group at the identity provider. It gives nothing until somebody here has said which role in which unit its
    members hold: a name chosen elsewhere must never make anybody an administrator."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    external_id = models.CharField("nøgle hos udbyderen", max_length=200, blank=True)
    display_name = models.CharField("navn", max_length=200, unique=True)
    role = models.CharField("rolle", max_length=20, choices=Role.choices, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="enhed")
    members = models.ManyToManyField(User, related_name="scim_groups", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(m2m_fields=[members])

    class Meta:
        verbose_name = "gruppe"
        verbose_name_plural = "grupper"
        ordering = ["display_name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role="", unit=None) | (~Q(role="") & Q(unit__isnull=False)),
                name="scim_group_has_role_and_unit_or_neither",
            )
        ]

    def __str__(self) -> str:
        return self.display_name
