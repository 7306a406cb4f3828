"""Dated duties."""

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from duties.enums import ESCALATIONS, Kind, Result, Share, Stage, State
from duties.models.templates import DutyTemplate
from duties.recurrence import LAST_DAY
from roles.enums import Role
from roles.models import Appointment, Unit, today
from roles.models.people import Office
from roles.models.units import within
from roles.rights import Scope

VIEW = "duties.view_duty"
VIEW_DISCREET = "duties.view_discreet"
HOLDERS_MAY = ("finish_duty", "reopen_duty", "hand_on_duty", "postpone_duty", "write_duty")


class DutyQuerySet(models.QuerySet["Duty"]):
    def open(self) -> "DutyQuerySet":
        return self.filter(state=State.OPEN)

    def late(self) -> "DutyQuerySet":
        return self.open().filter(due_on__lt=today())

    def begun(self) -> "DutyQuerySet":
        """Whose time has come; the others stand in the calendar."""
        return self.filter(Q(opens_on=None) | Q(opens_on__lte=today()))

    def held_by(self, user: Any) -> "DutyQuerySet":
        """The person's own, those of the roles she fills (`Duty.is_of`), and what those whose deputy she is hold by
        that role. Not one that is kept from her, or from the one whose deputy she is."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        mine = Q(holder=user)
        shared = DutyTemplate.objects.filter(share=Share.ROLE).order_by().values("pk")
        for office in user.offices:
            of_branch = Q(template__in=shared, holder_unit__in=office.unit.line)
            its = Q(holder_unit=None) | Q(holder_unit=office.unit) | of_branch
            here = Q(holder=None, holder_role=office.role) & its
            if office.as_deputy:
                here |= Q(holder=office.holder_id, holder_role=office.role)
            mine |= here & ~Q(kept_from=office.holder_id)
        return self.filter(mine).exclude(kept_from=user)

    def visible_to(self, user: Any) -> "DutyQuerySet":
        """What she holds; of the others' what is not discreet: in the units she leads, what came up the line to her, or
        everything by office. Not one that is kept from her, or from the one whose office lets her see it."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        offices = {scope.people for scope in user.scopes_for(VIEW_DISCREET)}
        if {user.pk} in offices:  # her own: what else she may see is among it
            return self.exclude(kept_from=user)
        seen = Q(pk__in=Duty.objects.held_by(user).order_by().values("pk"))
        for people in offices:
            seen |= ~Q(kept_from__in=people)
        for scope in user.scopes_for(VIEW):
            seen |= Q(is_discreet=False) & self._within(scope, user) & ~Q(kept_from__in=scope.people)
        return self.filter(seen)

    def under(self, user: Any) -> "DutyQuerySet":
        """Those of the units that she leads."""
        paths = [scope.path for scope in user.scopes_for(VIEW) if scope.path is not None]
        return self.filter(within("holder_unit__path", paths))

    @staticmethod
    def _within(scope: Scope, user: Any) -> Q:
        """What the scope reaches; as long as she leads a unit also what came up the line to her and is no unit's."""
        from duties.models.reminders import Notice

        if scope.path is None:
            return Q()
        told = Notice.objects.filter(person=user, stage__in=ESCALATIONS).order_by().values("duty")
        return Q(holder_unit__path__startswith=scope.path) | Q(holder_unit=None, pk__in=told)


class Duty(models.Model):
    """A dated duty of one person, or of whoever fills a role. A person who holds it by a role has her deputy in that
    role beside her. It is discreet when its words may tell of what only its holder may know."""

    title = models.CharField("opgave", max_length=200)
    text = models.TextField("hvad skal gøres", blank=True)
    kind = models.CharField("slags", max_length=10, choices=Kind.choices, default=Kind.ROLE)
    template = models.ForeignKey(
        DutyTemplate, models.PROTECT, null=True, editable=False, related_name="duties", verbose_name="fast opgave"
    )
    planned_on = models.DateField("planlagt", null=True, editable=False)
    made_for = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name="hos"
    )
    holder_role = models.CharField("rolle", max_length=20, choices=Role.choices, blank=True)
    holder_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name="enhed")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="bedt af"
    )
    opens_on = models.DateField("kan begyndes", null=True, editable=False)
    due_on = models.DateField("senest")
    content_type = models.ForeignKey(ContentType, models.PROTECT, null=True, editable=False)
    object_id = models.CharField(max_length=40, blank=True, editable=False)
    concerns = GenericForeignKey("content_type", "object_id")
    url = models.CharField("side", max_length=200, blank=True)
    in_mail = models.CharField(max_length=100, blank=True, editable=False)  # what a mail may say of it
    dedup_key = models.CharField(max_length=200, unique=True)
    by_hand = models.BooleanField(default=True, editable=False)  # else it is done when the work is, never ticked off
    works_ahead = models.BooleanField(default=True, editable=False)
    needs_result = models.BooleanField(default=False, editable=False)
    needs_evidence = models.BooleanField(default=False, editable=False)
    is_statutory = models.BooleanField("fristen står i loven", default=False, editable=False)
    is_discreet = models.BooleanField(default=True, editable=False)
    kept_from = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", editable=False)
    state = models.CharField("tilstand", max_length=10, choices=State.choices, default=State.OPEN)
    result = models.CharField("resultat", max_length=10, choices=Result.choices, blank=True)
    done_at = models.DateTimeField("udført", null=True, editable=False)  # or dropped
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    # The next reminder: a deadline is a row. Written by the sweep, and no part of the duty's history.
    remind_on = models.DateField(null=True, editable=False)
    remind_stage = models.CharField(max_length=8, choices=Stage.choices, blank=True, editable=False)

    objects = DutyQuerySet.as_manager()
    _history_user: Any
    _change_reason: str
    history = HistoricalRecords(excluded_fields=["remind_on", "remind_stage"])

    class Meta:
        verbose_name = "opgave"
        verbose_name_plural = "opgaver"
        ordering = ["due_on", "pk"]
        default_permissions = ()
        permissions = [
            ("view_duty", "Se andres opgaver"),
            ("view_discreet", "Se alle opgaver, også dem om sager og kladder"),
            ("finish_duty", "Udføre en opgave"),
            ("reopen_duty", "Åbne en udført opgave igen"),
            ("hand_on_duty", "Give en opgave videre"),
            ("postpone_duty", "Udskyde en opgave"),
            ("write_duty", "Skrive i en opgave"),
            ("drop_duty", "Lade en opgave bortfalde"),
            ("run_duty", "Lukke en opgave, når arbejdet er gjort"),  # the portal alone
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="duty_open", condition=Q(state=State.OPEN)),
            models.Index(fields=["remind_on", "id"], name="duty_remind", condition=Q(state=State.OPEN)),
            models.Index(fields=["template", "planned_on", "state"], name="duty_occurrence"),
            models.Index(fields=["holder_role", "holder_unit"], name="duty_of_role", condition=Q(holder=None)),
            models.Index(fields=["content_type", "object_id"], name="duty_concerns"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(holder__isnull=False) | ~Q(holder_role=""), name="duty_has_a_holder"),
            models.CheckConstraint(
                condition=Q(state=State.OPEN) ^ Q(done_at__isnull=False), name="duty_done_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(template=None, planned_on=None) | Q(template__isnull=False, planned_on__isnull=False),
                name="duty_of_a_template_is_planned",
            ),
            models.CheckConstraint(condition=Q(result="") | Q(state=State.DONE), name="only_what_is_done_has_a_result"),
            models.CheckConstraint(condition=Q(due_on__lte=LAST_DAY), name="duty_is_due_within_reach"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/opgaver/{self.pk}/"

    @property
    def is_late(self) -> bool:
        return self.state == State.OPEN and self.due_on < today()

    @property
    def has_opened(self) -> bool:
        """Whether it may be done today."""
        return self.works_ahead or self.opens_on is None or self.opens_on <= today()

    @property
    def is_coming(self) -> bool:
        """Not to be done yet, though it may be worked ahead."""
        return self.state == State.OPEN and self.opens_on is not None and self.opens_on > today()

    @property
    def tone(self) -> str:
        if self.state != State.OPEN:
            return "done" if self.state == State.DONE else "closed"
        if self.is_late:
            return "late"
        return "due" if self.due_on <= today() + timedelta(days=7) else "waiting"

    @property
    def state_text(self) -> str:
        if self.is_late:
            return "Over fristen"
        return "Kommer" if self.is_coming else str(State(self.state).label)

    @property
    def whose(self) -> str:
        """Who holds it, in words."""
        if self.holder:
            return str(self.holder)
        role = str(Role(self.holder_role).label)
        return f"{role} i {self.holder_unit}" if self.holder_unit else role

    @property
    def unit(self) -> Unit | None:
        """What a right within a unit is held against."""
        return self.holder_unit

    @cached_property
    def excluded_ids(self) -> frozenset[int]:
        """Who must not see it."""
        return frozenset(self.kept_from.values_list("pk", flat=True)) if self.pk else frozenset()

    def is_held_by(self, user: Any) -> bool:
        """As `held_by`, of the one row."""
        if user.pk in self.excluded_ids:
            return False
        if self.holder_id == user.pk:
            return True
        return any(
            office.holder_id not in self.excluded_ids
            and (
                office.as_deputy and office.holder_id == self.holder_id and office.role == self.holder_role
                if self.holder_id
                else self.is_of(office)
            )
            for office in user.offices
        )

    def is_of(self, office: Office | Appointment) -> bool:
        """Whether it is a duty of this role: in the unit named, or anywhere when none is. A fixed duty that the role
        shares is for the unit named and those under it; where each unit has its own, it is that unit's alone."""
        if office.role != self.holder_role:
            return False
        return self.holder_unit_id in (office.unit.line if self.branch else (None, office.unit.pk))

    def can_be_done_by(self, person: Any) -> bool:
        """What only the work closes is done by those who have its role. Not by a deputy, who would be left with it."""
        if self.by_hand or not self.holder_role:
            return True
        return any(self.is_of(office) for office in person.offices if not office.as_deputy)

    @property
    def branch(self) -> Unit | None:
        """The unit for which, and under which, all who have the role share it."""
        is_shared = self.holder_unit_id and self.template and self.template.share == Share.ROLE
        return self.holder_unit if is_shared else None

    def gives(self, user: Any, codename: str) -> bool:
        """What its holder may do with it (kit.auth)."""
        return codename in HOLDERS_MAY and self.is_held_by(user)
