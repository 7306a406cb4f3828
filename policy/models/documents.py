"""Governed documents, and the route by which each kind is approved."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from meetings.enums import BodyKind
from policy.enums import OPEN, PUBLISHED, Audience, Confidentiality, Kind, RuleCategory, State
from roles.enums import Role
from roles.models import today

VIEW_DRAFTS = "policy.view_drafts"
MOST_MONTHS = 12  # between two approvals (P-56)
DECIDERS = [kind for kind in BodyKind.choices if kind[0] != BodyKind.DPR]


class ApprovalRouteQuerySet(models.QuerySet["ApprovalRoute"]):
    def visible_to(self, user: Any) -> "ApprovalRouteQuerySet":
        """How documents are approved is open to whoever sees drafts."""
        return self.all() if user.is_authenticated and user.has_perm(VIEW_DRAFTS) else self.none()


class ApprovalRoute(models.Model):
    """How documents of a kind are approved. The policy itself only by the council (P-81)."""

    kind = models.CharField("slags", max_length=20, choices=Kind.choices, unique=True)
    needs_hearing = models.BooleanField("skal i høring først", default=True)
    recommended_by = models.CharField("anbefales af", max_length=12, choices=DECIDERS, blank=True)
    decided_by = models.CharField("besluttes af", max_length=12, choices=DECIDERS)
    needs_statement = models.BooleanField("kræver en erklæring om, at teksten stemmer med politikken", default=True)
    reviewed_by = models.CharField("godkendes igen af", max_length=12, choices=DECIDERS)

    objects = ApprovalRouteQuerySet.as_manager()
    _history_user: Any
    history = HistoricalRecords()

    class Meta:
        verbose_name = "godkendelsesvej"
        verbose_name_plural = "godkendelsesveje"
        ordering = ["pk"]
        default_permissions = ()
        permissions = [("change_route", "Ændre, hvem der godkender hvad")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=Kind.POLICY) | Q(decided_by=BodyKind.COUNCIL),
                name="only_the_council_decides_the_policy",
                violation_error_message="Kun kommunalbestyrelsen kan godkende informationssikkerhedspolitikken.",
            )
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    def get_absolute_url(self) -> str:
        return f"/dokumenter/godkendelsesveje/{self.pk}/"


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: Any) -> "DocumentQuerySet":
        """Whoever works with the documents: all. The others: what has applied and is not confidential, what binds them
        in particular, and what their role has been asked about. Strangers: what is public."""
        if not (user.is_authenticated and user.is_active):
            return self.public()
        if user.has_perm(VIEW_DRAFTS):
            return self.all()
        roles = {office.role for office in user.offices}
        seen = Q(confidentiality=Confidentiality.PUBLIC)
        if roles - {Role.EXTERNAL}:
            seen |= Q(confidentiality=Confidentiality.INTERNAL)
        seen |= Q(owner_role__in=roles)
        seen |= Q(audience__in=[one for one in Audience if one != Audience.EVERYBODY and roles & set(one.roles)])
        return self.filter(Q(has_applied=True) & seen | Q(pk__in=self._asked(user)))

    @staticmethod
    def _asked(user: Any) -> Any:
        from policy.models.hearings import HearingPart

        return HearingPart.objects.asked_of(user).values("hearing__version__document")

    def public(self) -> "DocumentQuerySet":
        """What the public may read: public documents that apply or have applied."""
        return self.filter(has_applied=True, confidentiality=Confidentiality.PUBLIC)

    def due(self) -> "DocumentQuerySet":
        """In force, and the day for approving again has passed (P-56, P-80)."""
        return self.filter(in_force__isnull=False, next_review_on__lt=today())

    def under_review(self) -> "DocumentQuerySet":
        """The yearly review is open."""
        return self.filter(models.Exists(self._open_reviews()))

    def to_review(self) -> "DocumentQuerySet":
        """In force, near the day for approving again, and the review is not open."""
        from policy.models.reviews import opens_before

        near = Q(pk__in=[])
        for months in range(1, MOST_MONTHS + 1):
            near |= Q(review_months=months, next_review_on__lte=today() + opens_before(months))
        return self.filter(near, ~models.Exists(self._open_reviews()), in_force__isnull=False)

    @staticmethod
    def _open_reviews() -> Any:
        from policy.models.reviews import Review

        return Review.objects.open().filter(document=models.OuterRef("pk"))


class Document(models.Model):
    """A document that the policy governs: the policy itself, a rule, a guideline, a plan. Its text is in versions."""

    number = models.CharField("nummer", max_length=12, unique=True, editable=False)
    kind = models.CharField("slags", max_length=20, choices=Kind.choices)
    title = models.CharField("titel", max_length=200)
    category = models.CharField("slags regel", max_length=16, choices=RuleCategory.choices, blank=True)
    owner_role = models.CharField("ejer", max_length=20, choices=Role.choices)
    audience = models.CharField("gælder for", max_length=16, choices=Audience.choices, default=Audience.EVERYBODY)
    confidentiality = models.CharField(
        "fortrolighed", max_length=16, choices=Confidentiality.choices, default=Confidentiality.INTERNAL
    )
    review_months = models.PositiveSmallIntegerField(
        "måneder mellem godkendelser", default=12, validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)]
    )
    journal_number = models.CharField("journalnummer", max_length=60, blank=True)
    policy_section = models.CharField("udfylder i politikken", max_length=200, blank=True)
    is_breach_plan = models.BooleanField("handlingsplan for brud", default=False)
    in_force = models.ForeignKey("policy.Version", models.PROTECT, null=True, editable=False, related_name="+")
    has_applied = models.BooleanField(default=False, editable=False)  # some version is or was in force
    next_review_on = models.DateField("godkendes igen senest", null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField("oprettet", default=timezone.now, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = DocumentQuerySet.as_manager()
    _history_user: Any
    history = HistoricalRecords()

    class Meta:
        verbose_name = "dokument"
        verbose_name_plural = "dokumenter"
        ordering = ["number"]
        default_permissions = ()
        permissions = [("add_document", "Oprette dokumenter")]
        indexes = [
            models.Index(fields=["title", "id"], name="document_title"),
            models.Index(fields=["next_review_on", "id"], name="document_review"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind=Kind.POLICY), name="one_policy",
                violation_error_message="Der er allerede en informationssikkerhedspolitik. Skriv en ny udgave af den.",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.POLICY) | Q(confidentiality=Confidentiality.PUBLIC), name="policy_is_public",
                violation_error_message="Politikken skal være offentlig.",
            ),
            models.UniqueConstraint(
                fields=["is_breach_plan"], condition=Q(is_breach_plan=True), name="one_breach_plan",
                violation_error_message="Der er allerede en handlingsplan for brud.",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.RULE) ^ Q(category=""), name="only_rules_have_a_category",
                violation_error_message="Vælg, om sikkerhedsreglen er organisatorisk, fysisk eller teknisk.",
            ),
            models.CheckConstraint(
                condition=~Q(is_breach_plan=True) | Q(kind=Kind.ACTION_PLAN), name="breach_plan_is_an_action_plan",
                violation_error_message="Kun en handlingsplan kan være handlingsplanen for brud.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return f"/dokumenter/{self.number.lower()}/"

    @property
    def is_policy(self) -> bool:
        return self.kind == Kind.POLICY

    @property
    def is_public(self) -> bool:
        return self.has_applied and self.confidentiality == Confidentiality.PUBLIC

    @property
    def is_due(self) -> bool:
        return bool(self.in_force_id and self.next_review_on and self.next_review_on < today())

    @property
    def route(self) -> ApprovalRoute:
        """How documents of its kind are approved. One query, then kept."""
        if not hasattr(self, "_route"):
            self._route = ApprovalRoute.objects.get(kind=self.kind)
        return self._route

    def applied_on(self, day: date) -> Any:
        """The version that applied on the day, or None. One query."""
        rows = self.versions.filter(state__in=PUBLISHED, effective_on__lte=day)
        return rows.filter(Q(ended_on=None) | Q(ended_on__gt=day)).order_by("-effective_on").first()

    def open_version(self) -> Any:
        """The version on its way, or None. One query."""
        return self.versions.filter(state__in=OPEN).first()


def newest_state(user: Any) -> Any:
    """The state of a document's newest version that the user may see, for lists."""
    from policy.models.versions import Version

    rows = Version.objects.visible_to(user).filter(document=models.OuterRef("pk")).exclude(state=State.DISCARDED)
    return models.Subquery(rows.order_by("-number").values("state")[:1])
