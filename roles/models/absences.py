"""Absences: who is away, and who acts meanwhile."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from simple_history.models import HistoricalRecords

from roles.models.days import today
from roles.models.people import User


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date | None = None) -> "AbsenceQuerySet":
        """Who is away that day; today when none is given."""
        day = day or today()
        return self.filter(from_on__lte=day, to_on__gte=day)


class Absence(models.Model):
    """A person is away from a day to a day (inclusive): the deputy named here acts, else the standing ones of her
    appointments, and reports go to them."""

    person = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name="person")
    from_on = models.DateField("fra og med", default=today)
    to_on = models.DateField("til og med")
    deputy = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="stands_in_for", verbose_name="stedfortræder imens"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AbsenceQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "fravær"
        verbose_name_plural = "fravær"
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="absence_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=F("person")), name="absence_deputy_is_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} er væk {self.from_on}–{self.to_on}"

    @property
    def is_now(self) -> bool:
        return self.from_on <= today() <= self.to_on
