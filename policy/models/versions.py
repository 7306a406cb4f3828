"""Versions of documents: the text, where it stands, what was decided of exactly which words."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.utils import timezone
from simple_history.models import HistoricalRecords

from meetings.models import Decision
from policy.enums import FROZEN, OPEN, PUBLISHED, TONES, Confidentiality, State
from policy.models.documents import VIEW_DRAFTS, ApprovalRoute, Document


class VersionQuerySet(models.QuerySet["Version"]):
    def visible_to(self, user: Any) -> "VersionQuerySet":
        """Whoever works with the documents: all. The others: what has applied of the documents they may read, and what
        their role has been asked about. Strangers: what was public."""
        if not (user.is_authenticated and user.is_active):
            return self.public()
        if user.has_perm(VIEW_DRAFTS):
            return self.all()
        from policy.models.hearings import HearingPart

        asked = HearingPart.objects.asked_of(user).values("hearing__version")
        applied = Q(state__in=PUBLISHED, document__in=Document.objects.visible_to(user).filter(has_applied=True))
        return self.filter(applied | Q(pk__in=asked))

    def public(self) -> "VersionQuerySet":
        """What the public may read: versions of public documents that apply or have applied."""
        return self.filter(state__in=PUBLISHED, document__confidentiality=Confidentiality.PUBLIC)

    def open(self) -> "VersionQuerySet":
        """On their way."""
        return self.filter(state__in=OPEN)

    def before(self, kind: str) -> "VersionQuerySet":
        """Which the body takes up now, as `before_body` says of each; `is_to_be_recommended`: it recommends, and
        another one decides."""
        route = ApprovalRoute.objects.filter(kind=OuterRef("document__kind"))
        rows = self.filter(state__in=[State.SUBMITTED, State.RECOMMENDED]).annotate(
            recommender=Subquery(route.values("recommended_by")[:1]), decider=Subquery(route.values("decided_by")[:1])
        )
        is_recommended = Q(recommendation__body__kind=F("recommender"))
        rows = rows.annotate(
            is_to_be_recommended=Case(When(Q(recommender="") | is_recommended, then=False), default=True)
        )
        return rows.filter(Q(is_to_be_recommended=True, recommender=kind) | Q(is_to_be_recommended=False, decider=kind))


class Version(models.Model):
    """One version of a document. While it is a draft its text may change; from the moment it is sent to be decided,
    `sha256` names exactly the text that is decided, published and kept (GDPR-free: it holds no personal data).

    It applies from `effective_on` up to, but not on, `ended_on`.
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="versions", verbose_name="dokument")
    number = models.PositiveIntegerField("udgave", editable=False)
    title = models.CharField("titel", max_length=200)
    text = models.TextField("tekst", blank=True)  # Markdown, see policy.text
    change_note = models.CharField("hvad er nyt", max_length=500, blank=True)
    state = models.CharField("tilstand", max_length=12, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1, editable=False)  # counts saves of the text, for two at once
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField("oprettet", default=timezone.now, editable=False)
    submitted_at = models.DateTimeField("sendt til behandling", null=True, editable=False)
    sha256 = models.CharField("kontrolsum", max_length=64, blank=True, editable=False)
    recommendation = models.ForeignKey(Decision, models.PROTECT, null=True, editable=False, related_name="+")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, editable=False, related_name="+")
    consistent_with = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")  # P-78
    effective_on = models.DateField("gælder fra", null=True, blank=True)
    ended_on = models.DateField("gjaldt til", null=True, editable=False)  # the first day it no longer applies
    published_at = models.DateTimeField("offentliggjort", null=True, editable=False)
    told_at = models.DateTimeField("alle har fået besked", null=True, editable=False)
    withdrawn_why = models.CharField("hvorfor trukket tilbage", max_length=500, blank=True)

    objects = VersionQuerySet.as_manager()
    _history_user: Any
    _change_reason: str
    history = HistoricalRecords()

    class Meta:
        verbose_name = "udgave"
        verbose_name_plural = "udgaver"
        ordering = ["document", "-number"]
        default_permissions = ()
        permissions = [
            ("view_drafts", "Se kladder og deres vej"),
            ("change_version", "Skrive i dokumenter"),
            ("recommend_version", "Anbefale en tekst"),
            ("decide_version", "Skrive en beslutning om en tekst ind"),
            ("return_version", "Sende en tekst tilbage"),
            ("post_version", "Skrive ind, hvor en tekst er offentliggjort"),
            ("run_version", "Sætte en besluttet tekst i kraft"),  # the portal alone
        ]
        indexes = [models.Index(fields=["state", "effective_on"], name="version_state")]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(state=State.IN_FORCE), name="one_version_in_force"
            ),
            models.UniqueConstraint(fields=["document"], condition=Q(state__in=OPEN), name="one_version_on_its_way"),
            models.UniqueConstraint(
                fields=["document", "effective_on"],
                condition=Q(state__in=FROZEN) & ~Q(state=State.WITHDRAWN),
                name="one_version_from_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=FROZEN)
                | Q(decision__isnull=False, effective_on__isnull=False) & ~Q(sha256="") & ~Q(text=""),
                name="what_applies_was_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.SUBMITTED, State.RECOMMENDED]) | ~Q(sha256=""),
                name="what_is_decided_on_is_frozen",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("effective_on")), name="version_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.SUPERSEDED, State.WITHDRAWN]) ^ Q(ended_on=None),
                name="only_what_has_ended_has_an_end",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.document.number} udgave {self.number}"

    def get_absolute_url(self) -> str:
        return f"{self.document.get_absolute_url()}udgaver/{self.number}/"

    @property
    def tone(self) -> str:
        return TONES[State(self.state)]

    @property
    def seen(self) -> str:
        """What a page was drawn from: a form sent from an older one is refused."""
        return f"{self.state}-{self.revision}-{self.document.revision}-{self.sha256[:12]}"

    @property
    def is_editable(self) -> bool:
        return self.state in (State.DRAFT, State.HEARD)

    @property
    def is_frozen(self) -> bool:
        return self.state in FROZEN

    @property
    def is_published(self) -> bool:
        return self.state in PUBLISHED

    @property
    def is_public(self) -> bool:
        return self.is_published and self.document.confidentiality == Confidentiality.PUBLIC

    @property
    def label(self) -> str:
        return f"{self.document.number} {self.title}, udgave {self.number}"

    def canonical(self) -> bytes:
        """Exactly what is decided, as bytes: number, title, text, and whom each clause binds. One query."""
        clauses = [
            {"number": clause.number, "roles": clause.roles, "evidence": clause.evidence}
            for clause in self.clauses.all()
            if clause.number
        ]
        whole = {
            "document": self.document.number,
            "version": self.number,
            "title": self.title,
            "text": self.text,
            "clauses": clauses,
        }
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def digest(self) -> str:
        """SHA-256 of `canonical`."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @property
    def before_body(self) -> str:
        """The kind of the body that takes it up now: one that recommends, until just that one has."""
        route = self.document.route
        return route.recommended_by if self.needs_recommendation else route.decided_by

    @property
    def needs_recommendation(self) -> bool:
        """The body that the route names has yet to recommend it."""
        wanted, said = self.document.route.recommended_by, self.recommendation
        return bool(wanted) and (said is None or said.body.kind != wanted)

    @property
    def is_seen_by_reviewer(self) -> bool:
        """The body that approves the document every year has recommended or decided this text."""
        said = (self.recommendation, self.decision)
        return self.document.route.reviewed_by in {one.body.kind for one in said if one}

    def edits(self) -> list[Any]:
        """Every save of the text or of whom it binds, newest first, without the texts; each knows the save before it
        (`before`, a revision, None of the first). One query."""
        saves: dict[int, Any] = {}
        for row in self.history.select_related("history_user").order_by("history_id").defer("text"):
            if row.revision not in saves:  # steps write rows too, and change no word
                row.before = max(saves, default=None)
                saves[row.revision] = row
        return list(saves.values())[::-1]

    @property
    def author_ids(self) -> set[int]:
        """Everyone who has written in this version. One query, then kept."""
        if not hasattr(self, "_author_ids"):
            self._author_ids = set(self.contributions.values_list("person_id", flat=True))
        return self._author_ids


class Event(models.Model):
    """A line of the version's timeline, in Danish, written in the transaction of what it tells of."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    sentence = models.TextField()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.sentence


class Posting(models.Model):
    """Where a version was published outside the portal, and when (P-83: www.glostrup.dk)."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="postings")
    url = models.URLField("adresse", max_length=300)
    published_on = models.DateField("offentliggjort")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "offentliggørelse"
        verbose_name_plural = "offentliggørelser"
        ordering = ["published_on", "pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["version", "url"], name="one_posting_per_address")]

    def __str__(self) -> str:
        return self.url


class PublicSite(models.Model):
    """One row: its stamp is new whenever anything changes that the public may see."""

    stamp = models.CharField(max_length=32, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.stamp
