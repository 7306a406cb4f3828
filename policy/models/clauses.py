"""The clauses of a version, who wrote what, what was said of it, and words not saved yet."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from policy.enums import Evidence
from policy.models.versions import Version
from roles.enums import Role


class Clause(models.Model):
    """One block of the text: a heading, or a numbered clause that names whom it binds and what shows that it is kept.

    Derived from `Version.text` at every save. `key` follows the clause through changes and into later versions.
    """

    version = models.ForeignKey(Version, models.CASCADE, related_name="clauses")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)  # policy.text.blocks.Block.kind
    level = models.PositiveSmallIntegerField(default=0)
    number = models.CharField("punkt", max_length=30, blank=True)
    text = models.TextField("tekst", blank=True)
    roles = models.JSONField("binder", default=list)  # values of roles.enums.Role
    evidence = models.JSONField("vises af", default=list)  # values of policy.enums.Evidence
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "punkt"
        verbose_name_plural = "punkter"
        ordering = ["version", "position"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_clause_per_key")]
        indexes = [models.Index(fields=["version", "position"], name="clause_position")]

    def __str__(self) -> str:
        return self.number or self.text[:60]

    @property
    def is_clause(self) -> bool:
        return self.kind not in ("section", "subsection")

    @property
    def role_labels(self) -> list[str]:
        return [str(Role(role).label) for role in self.roles]

    @property
    def evidence_labels(self) -> list[str]:
        return [str(Evidence(kind).label) for kind in self.evidence]


class Contribution(models.Model):
    """Somebody has written in the version: whoever has may not approve it, also if the words are gone again."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="contributions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["first_at", "pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["version", "person"], name="one_contribution_per_person")]

    def __str__(self) -> str:
        return f"{self.version}: {self.person}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def open(self) -> "CommentQuerySet":
        return self.filter(closed_at=None)


class Comment(models.Model):
    """Something said of a clause, or of the whole text, and the answer to it. Never changed, never deleted."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="comments")
    clause_key = models.UUIDField(null=True, editable=False)  # None: the whole text
    clause_number = models.CharField("punkt", max_length=30, blank=True)  # as it was numbered then
    quote = models.TextField("punktets tekst dengang", blank=True)
    text = models.TextField("kommentar")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("skrevet", default=timezone.now)
    answer = models.TextField("svar", blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField("afsluttet", null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = "kommentar"
        verbose_name_plural = "kommentarer"
        ordering = ["created_at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, answer="")
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="closed_comment_says_by_whom",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.text[:40]}"


class EditDraftQuerySet(models.QuerySet["EditDraft"]):
    def visible_to(self, user: Any) -> "EditDraftQuerySet":
        """A person's own words."""
        return self.filter(author=user) if user.is_authenticated else self.none()


class EditDraft(models.Model):
    """Words of a person's that are not saved in the version yet, kept as she types."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="edit_drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    text = models.TextField("tekst")
    revision = models.PositiveIntegerField()  # of the text that she began from
    saved_at = models.DateTimeField("gemt", default=timezone.now)

    objects = EditDraftQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["version", "author"], name="one_edit_draft_per_person")]

    def __str__(self) -> str:
        return f"{self.version}: {self.author}"
