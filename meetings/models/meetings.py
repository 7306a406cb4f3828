"""Meetings: when, where, who was there, and what was remarked on the minutes."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from glostrup_isms.kit.dates import da_date, local_date
from meetings.enums import AHEAD, MEETING_TONES, MeetingState, Presence
from meetings.models.bodies import Body, Seat, kinds_inside
from roles.enums import Role


def attended_by(user: Any) -> models.QuerySet[Any]:
    """The keys of the meetings where the person was there, also in another's stead: she has heard all of them."""
    return Attendance.objects.filter(person=user, presence=Presence.PRESENT).values("meeting")


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: Any) -> "MeetingQuerySet":
        """Whoever follows the work: every meeting. The members of a body and those who prepare its meetings: those.
        Whoever was there: that one."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.has_perm("meetings.view_meeting"):
            return self.all()
        return self.filter(Q(body__kind__in=kinds_inside(user)) | Q(pk__in=attended_by(user)))

    def ahead(self) -> "MeetingQuerySet":
        """Not held yet, the next one first. One whose time went by is held no more, whatever its state says."""
        return self.filter(state__in=AHEAD, ends_at__gt=timezone.now()).order_by("starts_at", "pk")

    def current(self) -> "MeetingQuerySet":
        """Ahead, or being held now; not one that was opened and left so."""
        now = timezone.now()
        goes_on = Q(state=MeetingState.OPEN, opened_at__gt=now - timedelta(days=1))
        return self.filter(Q(state__in=AHEAD, ends_at__gt=now) | goes_on)

    def standing(self) -> "MeetingQuerySet":
        return self.exclude(state=MeetingState.CANCELLED)


class Meeting(models.Model):
    """A meeting of a body, or a written procedure between meetings (`is_written`): then the members vote until
    `ends_at`. Moments in UTC."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="meetings", verbose_name="organ")
    is_written = models.BooleanField("skriftlig behandling", default=False)
    starts_at = models.DateTimeField("begynder")
    ends_at = models.DateTimeField("slutter")
    place = models.CharField("sted", max_length=200, blank=True)
    state = models.CharField("tilstand", max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED)
    revision = models.PositiveIntegerField(default=1, editable=False)  # counts changes of the meeting, for two at once
    called_at = models.DateTimeField("indkaldt", null=True, editable=False)
    opened_at = models.DateTimeField("åbnet", null=True, editable=False)
    ended_at = models.DateTimeField("sluttet", null=True, editable=False)
    cancelled_why = models.CharField("hvorfor aflyst", max_length=500, blank=True)
    minutes_sent_at = models.DateTimeField("udkast sendt", null=True, editable=False)
    approved_at = models.DateTimeField("referat godkendt", null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField("oprettet", default=timezone.now, editable=False)

    objects = MeetingQuerySet.as_manager()
    _history_user: Any
    _change_reason: str
    history = HistoricalRecords()

    class Meta:
        verbose_name = "møde"
        verbose_name_plural = "møder"
        ordering = ["-starts_at", "-pk"]
        default_permissions = ()
        permissions = [
            ("view_meeting", "Se alle organers møder og åbne punkter"),
            ("prepare_meeting", "Forberede møder og skrive referat"),
            ("take_part", "Deltage i et organs møder, stemme og beslutte"),
            ("conclude_item", "Skrive ind, hvad et organ nåede frem til"),
        ]
        indexes = [models.Index(fields=["body", "-starts_at"], name="meeting_body")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(state=MeetingState.CANCELLED) ^ Q(cancelled_why=""), name="cancelled_meeting_says_why"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[MeetingState.PLANNED, MeetingState.CANCELLED]) | Q(called_at__isnull=False),
                name="held_meeting_was_called",
            ),
            models.CheckConstraint(
                condition=Q(state=MeetingState.CLOSED, approved_at__isnull=False, approved_by__isnull=False)
                | ~Q(state=MeetingState.CLOSED) & Q(approved_at=None, approved_by=None),
                name="closed_meeting_says_who_approved",
            ),
            models.CheckConstraint(
                condition=~Q(is_written=True, state=MeetingState.OPEN), name="nobody_opens_a_written_procedure"
            ),
            models.UniqueConstraint(
                fields=["body", "starts_at"],
                condition=Q(is_written=False) & ~Q(state=MeetingState.CANCELLED),
                name="one_meeting_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        what = "Skriftlig behandling" if self.is_written else "Møde"
        return f"{what} i {self.body} {da_date(self.held_on)}"

    def get_absolute_url(self) -> str:
        return f"{self.body.get_absolute_url()}moede/{self.pk}/"

    @property
    def held_on(self) -> date:
        """The day in Copenhagen: of a written procedure, the last to vote on."""
        return local_date(self.ends_at if self.is_written else self.starts_at)

    @property
    def decided_on(self) -> date:
        """The day of its decisions: when it was really opened, or the vote closed."""
        at = self.ended_at if self.is_written else self.opened_at
        return local_date(at) if at else self.held_on

    def seats(self) -> list[Seat]:
        """Whose seats count: those of the day when it was opened or the vote closed; until then today's."""
        at = self.ended_at if self.is_written else self.opened_at
        return self.body.seats(local_date(at) if at else None)

    @property
    def votes_by(self) -> datetime | None:
        return self.ends_at if self.is_written else None

    @property
    def tone(self) -> str:
        return MEETING_TONES[MeetingState(self.state)]

    @property
    def state_label(self) -> str:
        is_vote = self.is_written and self.state == MeetingState.CALLED
        return "Til afstemning" if is_vote else str(self.get_state_display())

    @property
    def seen(self) -> str:
        """What a page was drawn from: a form sent from an older one is refused."""
        return f"{self.state}-{self.revision}"

    @property
    def is_called(self) -> bool:
        """The papers are out."""
        return self.called_at is not None

    @property
    def is_ahead(self) -> bool:
        return self.state in AHEAD

    @property
    def is_voted_on(self) -> bool:
        return self.is_written and self.state == MeetingState.CALLED


class Attendance(models.Model):
    """Who was there: on an own seat (`role`), or in an absent member's stead (`acts_for`), or both."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField("plads som", max_length=20, choices=Role.choices, blank=True)
    presence = models.CharField("fremmøde", max_length=8, choices=Presence.choices)
    acts_for = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    is_chairing = models.BooleanField("leder mødet", default=False)

    class Meta:
        verbose_name = "fremmøde"
        verbose_name_plural = "fremmøder"
        ordering = ["-is_chairing", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person"], name="one_attendance_per_person"),
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(is_chairing=True), name="one_person_chairs_a_meeting"
            ),
            models.CheckConstraint(
                condition=~Q(role="") | Q(acts_for__isnull=False), name="attendance_has_a_seat_or_acts_for_one"
            ),
            models.CheckConstraint(
                condition=Q(presence=Presence.PRESENT) | Q(is_chairing=False, acts_for=None),
                name="only_who_is_there_chairs_or_acts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_presence_display()}"


class MeetingEvent(models.Model):
    """A line of the meeting's timeline, in Danish, written in the transaction of what it tells of. Names points by
    number, never by title: some of its readers do not see the confidential ones."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    sentence = models.TextField()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.sentence


class Remark(models.Model):
    """What a member says of the draft minutes."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="remarks")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField("bemærkning")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "bemærkning til referatet"
        verbose_name_plural = "bemærkninger til referatet"
        ordering = ["at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.author}: {self.meeting}"
