"""Recurring duties: who, how often, by which clause."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from duties.enums import OnClosed, Recurrence, Share
from duties.recurrence import LAST_DAY, due_day, planned_day, planned_days
from roles.enums import PUBLIC_ROLES, Role
from roles.models import Appointment, Unit

AHEAD = timedelta(days=90)  # a duty stands in calendars and may be worked ahead for so long before its day
LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~æøåÆØÅ]*")  # no backslash, space or control character


class DutyTemplateQuerySet(models.QuerySet["DutyTemplate"]):
    def visible_to(self, user: Any) -> "DutyTemplateQuerySet":
        """The year's fixed duties are general: whoever has a role sees them all, the others those of everybody."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self.all() if user.has_role(*PUBLIC_ROLES) else self.filter(role__in={o.role for o in user.offices})


class DutyTemplate(models.Model):
    """A duty that comes again: the scheduler makes the dated ones, one per holder. The next day counts from the planned
    one, not from when it was done."""

    title = models.CharField("opgave", max_length=150)
    text = models.TextField("hvad skal gøres", blank=True)
    source = models.CharField("hvor står det", max_length=200, blank=True)  # a clause of the policy, an article
    role = models.CharField("hvem", max_length=20, choices=Role.choices)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="kun i enheden og under den"
    )
    share = models.CharField("hvor mange", max_length=10, choices=Share.choices, default=Share.PERSON)
    recurrence = models.CharField("hvor tit", max_length=16, choices=Recurrence.choices, default=Recurrence.YEARLY)
    first_on = models.DateField("første gang")
    by_week = models.BooleanField("samme uge hvert år i stedet for samme dato", default=False)
    until_on = models.DateField("sidste gang", null=True, blank=True)
    on_closed = models.CharField(
        "når dagen er en fridag", max_length=8, choices=OnClosed.choices, default=OnClosed.AFTER
    )
    opens_days = models.PositiveSmallIntegerField(
        "kan begyndes så mange dage før", default=30, validators=[MaxValueValidator(AHEAD.days)]
    )
    works_ahead = models.BooleanField("må gøres før tid", default=True)
    remind_days = models.PositiveSmallIntegerField(
        "påmind så mange dage før", default=14, validators=[MaxValueValidator(AHEAD.days)]
    )
    escalate_days = models.PositiveSmallIntegerField(
        "sig det til lederen efter så mange arbejdsdage",
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(250)],
    )
    needs_result = models.BooleanField("resultat skal vælges", default=False)
    needs_evidence = models.BooleanField("bevis skal vedhæftes", default=False)
    is_statutory = models.BooleanField("fristen står i loven", default=False)
    url = models.CharField("side i portalen", max_length=200, blank=True)
    next_on = models.DateField("næste planlagte dag", null=True, editable=False)  # the first not made yet
    counts_from = models.DateField(null=True, editable=False)  # no planned day of this rule before it
    is_stopped = models.BooleanField("stoppet", default=False, editable=False)
    filled = models.CharField(max_length=200, blank=True, editable=False)  # of whom the last sweep made duties
    # What its open duties have yet to follow; they may be fifty thousand, so that not all of them do at once.
    lapse_why = models.CharField(max_length=100, blank=True, editable=False)
    hands_on_words = models.BooleanField(default=False, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = DutyTemplateQuerySet.as_manager()
    _history_user: Any
    history = HistoricalRecords(excluded_fields=["filled", "lapse_why", "hands_on_words"])

    class Meta:
        verbose_name = "fast opgave"
        verbose_name_plural = "faste opgaver"
        ordering = ["title", "pk"]
        default_permissions = ()
        permissions = [("change_template", "Ændre årets faste opgaver")]
        constraints = [
            models.CheckConstraint(
                condition=Q(by_week=False) | Q(recurrence__in=[one for one in Recurrence if one.is_of_years]),
                name="same_week_is_of_years",
                violation_error_message="Samme uge kan kun vælges, når opgaven kommer hvert år eller sjældnere.",
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=models.F("first_on")),
                name="template_ends_after_it_begins",
                violation_error_message="Sidste gang kan ikke ligge før første gang.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/opgaver/faste/{self.pk}/"

    def clean(self) -> None:
        if self.url and not LOCAL_PATH.fullmatch(self.url):
            raise ValidationError({"url": "Skriv en adresse i portalen, som begynder med /, for eksempel /brud/."})

    @property
    def is_settled(self) -> bool:
        """Whether its open duties are as it says; until then no more are made."""
        return not (self.lapse_why or self.hands_on_words)

    def days(self, start: date) -> Iterator[date]:
        """Its planned days on or after the day."""
        return planned_days(
            self.first_on, Recurrence(self.recurrence), by_week=self.by_week, until_on=self.until_on, start=start
        )

    def begin_with(self, day: date | None) -> None:
        """The first day to be made from now on; None: the rule has no more."""
        self.next_on, self.counts_from = day, day or LAST_DAY

    def due_on(self, planned_on: date) -> date:
        return due_day(planned_on, OnClosed(self.on_closed))

    def opens_on(self, planned_on: date) -> date:
        return self.due_on(planned_on) - timedelta(days=self.opens_days)

    def day_after(self, planned_on: date) -> date | None:
        """The planned day that follows; None after the last."""
        return next(self.days(planned_on + timedelta(days=1)), None)

    def day_after_change(self, last: date) -> date | None:
        """The first day of a changed rule that is not the same occurrence as the one made last: at least half a step
        after it."""
        recurrence = Recurrence(self.recurrence)
        if recurrence == Recurrence.ONCE:
            return self.first_on if self.first_on > last else None
        step = planned_day(last, recurrence, 1) - last
        return next(self.days(last + step / 2), None)

    def holders(self) -> models.QuerySet[Appointment]:
        """The appointments that give its role, in its part of the municipality; none in a unit that is closed."""
        places = Appointment.objects.in_force().filter(role=self.role, unit__in=Unit.objects.open())
        return places.within([self.unit.path]) if self.unit else places
