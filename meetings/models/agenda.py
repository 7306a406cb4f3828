"""The agenda: points, what was concluded, who was kept out or voted, and what somebody was asked to do."""

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from duties.models import Duty
from glostrup_isms.kit.files import StoredFile
from meetings.enums import ITEM_TONES, Choice, ItemKind, ItemState, MeetingState, Outcome
from meetings.models.bodies import kinds_inside
from meetings.models.decisions import Decision
from meetings.models.meetings import Meeting, attended_by


class AgendaItemQuerySet(models.QuerySet["AgendaItem"]):
    def visible_to(self, user: Any) -> "AgendaItemQuerySet":
        """Open points: whoever sees the meeting. Confidential ones: the body's members and preparers, and whoever was
        there, alone."""
        seen = self.filter(meeting__in=Meeting.objects.visible_to(user))
        if not (user.is_authenticated and user.is_active):
            return seen
        theirs = Q(meeting__body__kind__in=kinds_inside(user)) | Q(meeting__in=attended_by(user))
        return seen.filter(Q(is_confidential=False) | theirs)

    def open(self) -> "AgendaItemQuerySet":
        return self.filter(state=ItemState.OPEN)

    def waiting(self) -> "AgendaItemQuerySet":
        """Not dealt with, at a meeting that is to come or goes on, or in a vote that has begun. A meeting whose time
        went by holds nothing."""
        voted = Q(meeting__is_written=True, meeting__state__in=[MeetingState.CALLED, MeetingState.MINUTES])
        return self.open().filter(Q(meeting__in=Meeting.objects.current()) | voted)

    def left_over(self) -> "AgendaItemQuerySet":
        """Postponed, or put by hand on a meeting that was cancelled; and not on a later agenda yet."""
        by_hand = Q(is_touched=True) | Q(source_key="") | Q(carried_from__isnull=False)
        freed = Q(state=ItemState.OPEN, meeting__state=MeetingState.CANCELLED) & by_hand
        return self.filter(Q(state=ItemState.POSTPONED) | freed, carried_to=None)

    def left_to(self, meeting: Meeting) -> "AgendaItemQuerySet":
        """Those left over for which it is the body's next meeting: none comes between."""
        rows = self.left_over().filter(meeting__body=meeting.body).exclude(meeting=meeting)
        between = Meeting.objects.ahead().filter(
            body=meeting.body, is_written=False, starts_at__lt=meeting.starts_at
        ).last()  # fmt: skip
        was_held = Q(meeting__is_written=False) & ~Q(meeting__state=MeetingState.CANCELLED)
        if between is None:
            return rows.filter(~was_held | Q(meeting__starts_at__lt=meeting.starts_at))
        times = (between.starts_at, meeting.starts_at)
        return rows.filter(was_held, meeting__starts_at__range=times)


class AgendaItem(models.Model):
    """A point. Its number is its place. What a source suggested is kept fresh until a person has touched it; what is
    decided of `concerns` lands there (`meetings.effects`)."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items", verbose_name="møde")
    position = models.PositiveIntegerField("nummer", editable=False)
    kind = models.CharField("slags", max_length=14, choices=ItemKind.choices, default=ItemKind.FREE)
    title = models.CharField("titel", max_length=200)
    text = models.TextField("sagsfremstilling", blank=True)
    proposal = models.TextField("indstilling", blank=True)
    source_key = models.CharField(max_length=200, blank=True, editable=False)
    content_type = models.ForeignKey(ContentType, models.PROTECT, null=True, editable=False)
    object_id = models.PositiveBigIntegerField(null=True, editable=False)
    concerns = GenericForeignKey("content_type", "object_id")
    url = models.CharField("side", max_length=200, blank=True, editable=False)
    is_confidential = models.BooleanField("fortroligt", default=False)
    is_added_late = models.BooleanField("tilføjet efter udsendelsen", default=False, editable=False)
    is_touched = models.BooleanField(default=False, editable=False)  # by a person: no source changes it any more
    stamp = models.CharField("kontrolsum", max_length=64, blank=True, editable=False)  # of the text in the papers
    renewed_at = models.DateTimeField("ny tekst siden udsendelsen", null=True, editable=False)
    state = models.CharField("tilstand", max_length=10, choices=ItemState.choices, default=ItemState.OPEN)
    note = models.CharField("hvorfor udsat eller trukket", max_length=500, blank=True)
    conclusion = models.TextField("referat", blank=True)
    outcome = models.CharField("udfald", max_length=12, choices=Outcome.choices, blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, editable=False, related_name="items")
    counted = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", editable=False)  # when it was decided
    carried_from = models.OneToOneField("self", models.PROTECT, null=True, editable=False, related_name="carried_to")
    revision = models.PositiveIntegerField(default=1, editable=False)  # counts saves, for two who write minutes
    created_at = models.DateTimeField("oprettet", default=timezone.now, editable=False)

    objects = AgendaItemQuerySet.as_manager()
    _history_user: Any
    _change_reason: str
    history = HistoricalRecords()

    class Meta:
        verbose_name = "punkt"
        verbose_name_plural = "punkter"
        ordering = ["position", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "source_key"], condition=~Q(source_key=""), name="one_point_per_source_and_meeting"
            ),
            models.CheckConstraint(
                condition=~Q(state=ItemState.WITHDRAWN) | ~Q(note=""), name="withdrawn_point_says_why"
            ),
            models.CheckConstraint(
                condition=Q(state=ItemState.DECIDED) | Q(outcome="", decision=None),
                name="only_a_point_dealt_with_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(content_type=None, object_id=None)
                | Q(content_type__isnull=False, object_id__isnull=False),
                name="point_concerns_one_thing_or_none",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.meeting}, punkt {self.position}"  # never the title: it may be confidential

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#punkt-{self.pk}"

    @property
    def page(self) -> str:
        return f"{self.meeting.get_absolute_url()}punkter/{self.pk}/"

    @property
    def tone(self) -> str:
        return ITEM_TONES[ItemState(self.state)]

    @property
    def reference(self) -> str:
        """What a decision is found by."""
        what = "Skriftlig behandling" if self.meeting.is_written else "Møde"
        return f"{what} i {self.meeting.body} {self.meeting.decided_on:%d-%m-%Y}, punkt {self.position}"

    @property
    def is_open(self) -> bool:
        return self.state == ItemState.OPEN


class AgendaFile(models.Model):
    """A paper of a point; served through the point's permission."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="files")
    stored = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="agenda_files"
    )  # a point that is carried on too

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["item", "stored"], name="one_paper_once_per_point")]

    def __str__(self) -> str:
        return self.stored.original_name


class Recusal(models.Model):
    """A conflict of interest: the person is not counted on the point, does not vote, and writes nothing of it in."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="recusals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="person")
    reason = models.CharField("hvorfor", max_length=500)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "inhabilitet"
        verbose_name_plural = "inhabiliteter"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["item", "person"], name="one_recusal_per_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.item}"


class Vote(models.Model):
    """One person's vote in a written procedure; `acts_for`: given in an absent member's stead."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="votes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    acts_for = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    choice = models.CharField("stemme", max_length=8, choices=Choice.choices)
    words = models.TextField("ord til stemmen", blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "stemme"
        verbose_name_plural = "stemmer"
        ordering = ["at", "pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["item", "person"], name="one_vote_per_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_choice_display()}"


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, user: Any) -> "FollowUpQuerySet":
        """Whoever is to do it; and whoever sees the confidential point, or the minutes once they are approved."""
        told = Q(item__is_confidential=True) | Q(item__meeting__state=MeetingState.CLOSED)
        seen = told & Q(item__in=AgendaItem.objects.visible_to(user))
        return self.filter(seen | Q(duty__in=Duty.objects.held_by(user).order_by()))


class FollowUp(models.Model):
    """What the body asked, of whom and by when, as the minutes tell it for ever; the duty says how it stands now."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="follow_ups")
    what = models.CharField("hvad", max_length=180)
    whom = models.CharField("hvem", max_length=200, editable=False)  # a name or a role, as it was called that day
    due_on = models.DateField("senest", editable=False)
    duty = models.OneToOneField(Duty, models.PROTECT, null=True, editable=False, related_name="follow_up")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "opfølgning"
        verbose_name_plural = "opfølgninger"
        ordering = ["at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"Opfølgning på {self.item}"

    @property
    def page(self) -> str:
        return f"{self.item.page}opfoelgning/{self.pk}/"
