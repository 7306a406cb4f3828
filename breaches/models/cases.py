"""The case: what was reported, whose it is, its clock, and who may see it."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from breaches.enums import ENDED, TONES, Answer, Kind, LeaderChoice, State, Verdict
from breaches.models.people import BreachUserObjectPermission, Exclusion
from glostrup_isms.kit import dates
from glostrup_isms.kit.lookups import among
from roles.models import Unit

# A clock that still runs; the condition of its index too, so that counting those few rows reads no others.
RUNNING = Q(deadline_at__isnull=False, notified_at=None) & ~(Q(state__in=ENDED) | Q(is_personal_data_breach=Verdict.NO))


def _kept_from(people: Iterable[int]) -> Q:
    """Cases that one of the people is kept out of. No Exists: the few rows are read once, not once per case."""
    return Q(pk__in=Exclusion.objects.filter(person__in=people).values("breach"))


class BreachQuerySet(models.QuerySet["Breach"]):
    def visible_to(self, user: Any) -> "BreachQuerySet":
        """What the person may see: everything by role, the unit and below by leadership, a single case by grant (those
        who were told), and what she reported herself under her name. Never, by role or grant, a case that she was kept
        out of because it is about her."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        me, scopes = frozenset({user.pk}), user.scopes_for("breaches.view_breach")
        seen = Q(reporter=user)
        if any(scope.path is None and scope.people == me for scope in scopes):
            return self.filter(seen | ~_kept_from(me))  # nothing below could add to it
        grants = BreachUserObjectPermission.objects.in_force().filter(user=user, permission__codename="view_breach")
        granted = grants.values("content_object")
        ways = {me: Q(pk__in=granted)}
        for scope in scopes:
            within = Q(pk__isnull=False) if scope.path is None else Q(unit__in=Unit.objects.in_branches([scope.path]))
            ways[scope.people] = ways.get(scope.people, Q()) | within
        for people, within in ways.items():
            seen |= within & ~_kept_from(people)
        if any(scope.is_wide for scope in scopes):
            return self.filter(seen)
        units = Unit.objects.in_branches(scope.path for scope in scopes)
        found = Q(reporter=user) | among("pk", granted) | among("unit", units)
        if set(ways) == {me}:
            seen = Q(reporter=user) | ~_kept_from(me)  # the same of those found, and cheaper to ask
        return self.filter(found).filter(seen)  # by the indexes first; then which of them she may see

    def reported_by(self, user: Any) -> "BreachQuerySet":
        return self.filter(reporter=user)

    def open(self) -> "BreachQuerySet":
        return self.exclude(state__in=ENDED)

    def running(self) -> "BreachQuerySet":
        """With a clock that still runs."""
        return self.filter(RUNNING)

    def overdue(self) -> "BreachQuerySet":
        """Past the authority's deadline, and neither notified, ended nor found not to be a breach."""
        return self.running().filter(deadline_at__lt=timezone.now())

    def counts(self, *names: str) -> dict[str, int]:
        """How many are `all`, `open`, `running` and `overdue`: those asked for, in one query."""
        conditions = {
            "all": None,
            "open": ~Q(state__in=ENDED),
            "running": RUNNING,
            "overdue": RUNNING & Q(deadline_at__lt=timezone.now()),
        }
        counts = {name: models.Count("pk", filter=conditions[name]) for name in names}
        return self.order_by().aggregate(**counts)


class Breach(models.Model):
    """One report and its case: incident, threat, near miss or personal data breach in one record."""

    year = models.PositiveSmallIntegerField("år", editable=False)
    serial = models.PositiveIntegerField("løbenummer", editable=False)
    number = models.CharField("nummer", max_length=12, unique=True, editable=False)
    kind = models.CharField("slags", max_length=10, choices=Kind.choices, default=Kind.HAPPENED)
    state = models.CharField("tilstand", max_length=20, choices=State.choices, default=State.REPORTED)
    description = models.TextField("hvad er der sket, eller hvad kan ske")
    involves_personal_data = models.CharField(
        "handler om oplysninger om mennesker", max_length=8, choices=Answer.choices
    )
    is_personal_data_breach = models.CharField(
        "brud på persondatasikkerheden", max_length=10, choices=Verdict.choices, default=Verdict.UNDECIDED
    )
    noticed_at = models.DateTimeField("opdaget")
    reported_at = models.DateTimeField("meldt", default=timezone.now)
    aware_at = models.DateTimeField("kommunen blev bekendt", null=True, blank=True)
    notified_at = models.DateTimeField("anmeldt til Datatilsynet", null=True, blank=True, editable=False)
    deadline_at = models.DateTimeField("frist", null=True, blank=True, editable=False)
    where_text = models.CharField("hvor", max_length=300, blank=True)
    system_text = models.CharField("hvilket system", max_length=300, blank=True)
    persons_count_text = models.CharField("hvor mange mennesker", max_length=200, blank=True)
    ongoing = models.CharField("er det stadig i gang", max_length=8, choices=Answer.choices, blank=True)
    measures_text = models.TextField("gjort indtil nu", blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name="enhed")
    unit_text = models.CharField("enhed, som melderen skrev den", max_length=200, blank=True)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reported_breaches",
        verbose_name="melder",
    )
    reporter_name = models.CharField("melders navn", max_length=200, blank=True)
    reporter_contact = models.CharField("melders telefon eller mail", max_length=200, blank=True)
    is_anonymous = models.BooleanField("anonym", default=False)
    leader_choice = models.CharField(max_length=12, choices=LeaderChoice.choices, default=LeaderChoice.NORMAL)
    leader_text = models.CharField("hvem melderen mener er leder", max_length=200, blank=True)
    leader_reason = models.CharField("hvorfor denne leder", max_length=500, blank=True)
    submission_digest = models.CharField(max_length=64, unique=True, editable=False)
    follow_up_digest = models.CharField(max_length=64, unique=True, editable=False)
    plan = models.ForeignKey(  # the action plan in force when it was reported (P-74)
        "policy.Version", models.PROTECT, null=True, editable=False, related_name="+", verbose_name="handlingsplan"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = BreachQuerySet.as_manager()
    _history_user: Any
    _change_reason: str
    history = HistoricalRecords(excluded_fields=["submission_digest", "follow_up_digest"])

    class Meta:
        verbose_name = "brud"
        verbose_name_plural = "brud"
        ordering = ["-year", "-serial"]
        default_permissions = ()
        permissions = [
            ("view_breach", "Se en sag"),
            ("handle_breach", "Behandle en sag"),
            ("acknowledge_breach", "Kvittere for en sag"),
        ]
        indexes = [
            models.Index(fields=["-reported_at", "-id"], name="breach_newest"),
            models.Index(fields=["deadline_at", "id"], name="breach_deadline"),
            models.Index(fields=["deadline_at"], name="breach_running", condition=RUNNING),
            models.Index(fields=["state", "-reported_at"], name="breach_state"),
            models.Index(fields=["unit", "-reported_at"], name="breach_unit"),
            models.Index(fields=["unit", "reporter", "id"], name="breach_seen"),  # all that `visible_to` asks of a row
        ]
        constraints = [
            models.UniqueConstraint(fields=["year", "serial"], name="one_breach_per_number"),
            models.CheckConstraint(
                condition=Q(is_anonymous=False) | Q(reporter=None, reporter_name="", reporter_contact=""),
                name="anonymous_breach_names_nobody",
            ),
            models.CheckConstraint(
                condition=Q(aware_at=None, deadline_at=None) | Q(aware_at__isnull=False, deadline_at__isnull=False),
                name="breach_clock_has_both_ends",
            ),
            models.CheckConstraint(
                condition=Q(aware_at=None) | Q(deadline_at__gt=F("aware_at")), name="deadline_follows_awareness"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.NOTIFIED) | Q(notified_at__isnull=False), name="notified_breach_says_when"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The deadline follows the awareness time (art. 33(1)); a case notified for the first time keeps when, also if
        it is reopened; the version counts every save."""
        self.deadline_at = dates.deadline(self.aware_at) if self.aware_at else None
        if self.state == State.NOTIFIED and self.notified_at is None:
            self.notified_at = timezone.now()
        if not self._state.adding:
            self.version += 1
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"/brud/{self.number}/"

    @property
    def headline(self) -> str:
        """The first line of the report, short enough for a heading."""
        first = next((line.strip() for line in self.description.splitlines() if line.strip()), "")
        return first if len(first) <= 90 else f"{first[:89].rstrip()}…"

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return TONES[State(self.state)]

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    @property
    def clock_runs(self) -> bool:
        answered = self.is_ended or self.is_personal_data_breach == Verdict.NO or self.notified_at
        return self.deadline_at is not None and not answered

    @property
    def is_overdue(self) -> bool:
        return self.clock_runs and self.deadline_at is not None and self.deadline_at < timezone.now()

    @property
    def excluded_ids(self) -> set[int]:
        """People kept out because the case is about them."""
        if not hasattr(self, "_excluded_ids"):
            self._excluded_ids = set(self.exclusions.values_list("person_id", flat=True))
        return self._excluded_ids

    @property
    def reporter_label(self) -> str:
        """Who reported it, as caseworkers see it."""
        if self.is_anonymous:
            return "Anonym"
        if self.reporter:
            return str(self.reporter)
        return self.reporter_name or "Uden navn"
