"""Yearly reviews: what has changed around a document, who was asked, what they said, what the body decided."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from glostrup_isms.kit.dates import add_working_days, da_date
from meetings.enums import BodyKind
from meetings.models import Decision
from policy.enums import REVIEW_TONES, UNDER_REVIEW, FactKind, NeedsChange, ReviewState
from policy.models.documents import DECIDERS, VIEW_DRAFTS, ApprovalRoute, Document
from policy.models.versions import Event, Version
from roles.enums import Role
from roles.models import today

HALF_A_MONTH = timedelta(days=15)
WORKING_DAYS_TO_ANSWER = 10  # at least, when a review opens late


def opens_before(months: int) -> timedelta:
    """How long before its day a review opens; one that comes every few months only when half of its time has passed, so
    that nobody is asked what has changed since yesterday."""
    return min(settings.REVIEW_OPENS_BEFORE, HALF_A_MONTH * months)


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Any) -> "ReviewQuerySet":
        """Those who follow the work: all. The others: what one of their roles is asked in."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.has_perm(VIEW_DRAFTS):
            return self.all()
        parts = ReviewPart.objects.filter(asked_role__in={office.role for office in user.offices})
        return self.filter(pk__in=parts.values("review"), document__in=Document.objects.visible_to(user))

    def open(self) -> "ReviewQuerySet":
        """Not decided yet."""
        return self.filter(state__in=UNDER_REVIEW)

    def late(self) -> "ReviewQuerySet":
        """Not decided, and its day has passed."""
        return self.open().filter(due_on__lt=today())

    def outdated(self) -> "ReviewQuerySet":
        """Open, but of a text that applies no more, or for another day or body than the document's."""
        route = ApprovalRoute.objects.filter(kind=OuterRef("document__kind"), reviewed_by=OuterRef("body_kind"))
        gone = Q(document__in_force=None) | Q(document__next_review_on=None)
        moved = ~Q(document__in_force=F("version")) | ~Q(document__next_review_on=F("due_on"))
        return self.open().filter(gone | moved | ~Exists(route))

    def before(self, kind: str) -> "ReviewQuerySet":
        """What the body may decide now; not what it has sent away to be rewritten."""
        return self.open().filter(body_kind=kind, change_asked=None)


class Review(models.Model):
    """A document in force is looked at again: opened by the portal in good time before its day, answered by the owner,
    and for the policy by the GDPR unit and the lawyers too (P-47), decided by the body of its route (P-56, P-80)."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="reviews", verbose_name="dokument")
    version = models.ForeignKey(Version, models.PROTECT, related_name="reviews", verbose_name="udgave")
    approved_on = models.DateField("sidst godkendt")  # what has changed since then is told
    due_on = models.DateField("besluttes senest")
    body_kind = models.CharField("besluttes af", max_length=12, choices=DECIDERS)
    state = models.CharField("tilstand", max_length=12, choices=ReviewState.choices, default=ReviewState.OPENED)
    opened_at = models.DateTimeField("åbnet", default=timezone.now)
    closed_at = models.DateTimeField("afsluttet", null=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="+", verbose_name="beslutning")
    change_asked = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="+")  # a new version is to come
    void_why = models.CharField("hvorfor bortfaldet", max_length=300, blank=True)
    facts_on = models.DateField(null=True, editable=False)  # when what has changed was gathered last
    late_at = models.DateTimeField(null=True, editable=False)  # when the municipal director was told that it is late

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = "årlig gennemgang"
        verbose_name_plural = "årlige gennemgange"
        ordering = ["-opened_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["due_on"], name="review_open", condition=Q(state__in=UNDER_REVIEW))]
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=Q(state__in=UNDER_REVIEW), name="one_open_review_per_document"
            ),
            models.CheckConstraint(
                condition=Q(state=ReviewState.CLOSED) ^ Q(decision=None), name="closed_review_has_its_decision"
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNDER_REVIEW) ^ Q(closed_at__isnull=False), name="review_ended_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state=ReviewState.VOID) ^ Q(void_why=""), name="void_review_says_why"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Årlig gennemgang af {self.version}"

    def get_absolute_url(self) -> str:
        return f"{self.document.get_absolute_url()}gennemgang/"

    @property
    def is_open(self) -> bool:
        return self.state in UNDER_REVIEW

    @property
    def is_late(self) -> bool:
        return self.is_open and self.due_on < today()

    @property
    def events(self) -> Any:
        """The timeline since it was opened, also of the versions before, from which it has gone on."""
        events = Event.objects.filter(version__document=self.document_id, version__number__lte=self.version.number)
        return events.filter(at__gte=self.opened_at)

    @property
    def tone(self) -> str:
        return REVIEW_TONES[ReviewState(self.state)]

    @property
    def answers_due_on(self) -> date:
        """When those who are asked have answered at the latest: half-way to its day, or some working days after it was
        opened late."""
        wanted = self.due_on - opens_before(self.document.review_months) / 2
        return max(wanted, add_working_days(timezone.localdate(self.opened_at), WORKING_DAYS_TO_ANSWER))

    @property
    def until(self) -> str:
        """Until when it is open, in words."""
        day = da_date(self.due_on)
        return f"Skulle være besluttet senest {day}" if self.is_late else f"Gennemgang åben til {day}"

    @property
    def takes_answers(self) -> bool:
        """Until the body has decided."""
        return self.is_open and self.change_asked_id is None

    @property
    def body_label(self) -> str:
        return str(BodyKind(self.body_kind).label)


class ReviewPartQuerySet(models.QuerySet["ReviewPart"]):
    def visible_to(self, user: Any) -> "ReviewPartQuerySet":
        """Whoever sees the review sees who is asked and what was answered."""
        return self.filter(review__in=Review.objects.visible_to(user))

    def of_roles(self, user: Any) -> "ReviewPartQuerySet":
        """What the person is asked, by her roles."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self.filter(asked_role__in={office.role for office in user.offices})

    def waiting(self) -> "ReviewPartQuerySet":
        """Of open reviews, not answered."""
        return self.filter(answered_at=None, review__state__in=UNDER_REVIEW)


class ReviewPart(models.Model):
    """One role asked in a review, and its answer: must the text change? `asked_role` answers in its place while nobody
    holds it."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="parts")
    role = models.CharField("rolle", max_length=20, choices=Role.choices)
    asked_role = models.CharField("bliver spurgt", max_length=20, choices=Role.choices)
    is_owner = models.BooleanField("dokumentets ejer", default=False)
    needs_change = models.CharField("skal teksten ændres", max_length=12, choices=NeedsChange.choices, blank=True)
    changes = models.TextField("hvad er ændret: lov, risici, fund", blank=True)
    text = models.TextField("begrundelse", blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField("svaret", null=True)

    objects = ReviewPartQuerySet.as_manager()

    class Meta:
        verbose_name = "vurdering"
        verbose_name_plural = "vurderinger"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["review", "role"], name="one_review_part_per_role"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, needs_change="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(needs_change=""),
                name="answered_review_part_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_role_display())

    @property
    def asked_in_words(self) -> str:
        asked = self.get_asked_role_display()
        return asked if self.asked_role == self.role else f"{asked} (i stedet for {self.get_role_display()})"

    @property
    def seen(self) -> str:
        """What a form was drawn from: one sent from an older answer is refused."""
        return self.answered_at.isoformat() if self.answered_at else ""


class ReviewFact(models.Model):
    """Something that has changed since the document was approved last, as a sentence. Gathered until the review is
    closed, and kept as what the body had before it."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="facts")
    kind = models.CharField("slags", max_length=12, choices=FactKind.choices)
    sentence = models.CharField("hvad", max_length=500)
    url = models.CharField("side", max_length=200, blank=True)
    at = models.DateTimeField("fundet", default=timezone.now)

    class Meta:
        verbose_name = "ændring siden sidst"
        verbose_name_plural = "ændringer siden sidst"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.sentence

    @property
    def said(self) -> tuple[str, str, str]:
        return (self.kind, self.sentence, self.url)
