"""People, organisation units, roles and appointments: who answers for what. Owns User."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import cached_property
from simple_history.models import HistoricalRecords

from roles import rights
from roles.enums import LEADING_ROLES, PersonKind, Role, UnitKind

# The appointments in force (`AppointmentQuerySet.in_force`) of a person and of those she is deputy for, each as a unit.
# Written out because every page of every signed-in person asks it: put together by Django it costs four times as much.
UNITS_OF_OFFICES = """
    SELECT unit.*, place.role, place.person_id AS holder_id
    FROM roles_appointment place
    JOIN roles_unit unit ON unit.id = place.unit_id
    JOIN roles_user holder ON holder.id = place.person_id
    WHERE %(person)s IN (place.person_id, place.deputy_id) AND holder.is_active
      AND place.from_on <= %(today)s AND (place.to_on IS NULL OR place.to_on >= %(today)s)
    ORDER BY place.is_primary DESC, place.from_on, place.id
"""


def today() -> date:
    """Today's date in Copenhagen."""
    return timezone.localdate()


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who uses the portal. Never deleted, only deactivated: the log must stay readable."""

    username = models.CharField(
        "brugernavn",
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "Der findes allerede en bruger med det brugernavn."},
    )
    name = models.CharField("navn", max_length=200)
    email = models.EmailField("mailadresse", blank=True)
    kind = models.CharField("slags", max_length=20, choices=PersonKind.choices, default=PersonKind.EMPLOYEE)
    external_id = models.UUIDField("nøgle i organisationssystemet", default=uuid.uuid4, unique=True, editable=False)
    is_active = models.BooleanField("aktiv", default=True)
    date_joined = models.DateTimeField("oprettet", default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    history = HistoricalRecords(excluded_fields=["password", "last_login"], inherit=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    is_staff = False
    is_superuser = False  # nobody stands above the rights: the database has no such column

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "personer"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @cached_property
    def offices(self) -> list["Office"]:
        """The roles this person fills today: own appointments, and those of absent holders she is deputy for.

        Read once per request (the user object is made anew for each), so an appointment that ends bites on the next.
        """
        if not self.is_active:
            return []
        asked = {"person": self.pk, "today": today().isoformat()}
        units: list[Any] = list(Unit.objects.raw(UNITS_OF_OFFICES, asked))
        away: set[int] = set()
        if any(unit.holder_id != self.pk for unit in units):
            away = set(Absence.objects.on().values_list("person_id", flat=True))
        return [
            Office(Role(unit.role), unit, unit.holder_id, unit.holder_id != self.pk)
            for unit in units
            if unit.holder_id == self.pk or unit.holder_id in away
        ]

    def has_role(self, *roles: Role) -> bool:
        """Whether the person fills one of the roles today."""
        return any(office.role in roles for office in self.offices)

    def scopes_for(self, permission: str) -> list[rights.Scope]:
        """Where the person holds this permission today by appointment."""
        found = []
        for office in self.offices:
            for right in rights.of(office.role):
                if right.permission == permission:
                    path = office.unit.path if right.reach == rights.UNIT_AND_BELOW else None
                    found.append(rights.Scope(path, frozenset({self.pk, office.holder_id})))
        return found


class UnitQuerySet(models.QuerySet["Unit"]):
    def open(self, on: date | None = None) -> "UnitQuerySet":
        """Units that exist on the day."""
        on = on or today()
        return self.filter(Q(opened_on=None) | Q(opened_on__lte=on)).filter(Q(closed_on=None) | Q(closed_on__gt=on))

    def below(self, unit: "Unit") -> "UnitQuerySet":
        """The unit and every unit under it."""
        return self.filter(path__startswith=unit.path)


class Unit(models.Model):
    """A unit of the municipality. Closed softly with a date, never deleted."""

    name = models.CharField("navn", max_length=200)
    kind = models.CharField("slags", max_length=20, choices=UnitKind.choices, default=UnitKind.DEPARTMENT)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="hører under"
    )
    path = models.CharField(max_length=250, editable=False, db_index=True, default="")
    depth = models.PositiveSmallIntegerField(editable=False, default=0)
    opened_on = models.DateField("oprettet", null=True, blank=True)
    closed_on = models.DateField("nedlagt", null=True, blank=True)
    external_id = models.UUIDField("nøgle i organisationssystemet", default=uuid.uuid4, unique=True, editable=False)

    objects = UnitQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["path", "depth"])

    class Meta:
        verbose_name = "enhed"
        verbose_name_plural = "enheder"
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["path"], name="unit_path_prefix", opclasses=["varchar_pattern_ops"])]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="unit_is_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(opened_on=None) | Q(closed_on=None) | Q(closed_on__gte=F("opened_on")),
                name="unit_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the path true: `/1/4/` for unit 4 under unit 1. Units below follow when a unit is moved."""
        old_path = self.path
        super().save(*args, **kwargs)
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path == old_path:
            return
        self.path, self.depth = path, path.count("/") - 1
        Unit.objects.filter(pk=self.pk).update(path=self.path, depth=self.depth)
        for child in self.children.all() if old_path else ():
            child.save_without_historical_record()  # type: ignore[attr-defined]

    @property
    def line(self) -> list[int]:
        """Keys of the unit and of the units above it, nearest first."""
        return [int(part) for part in reversed(self.path.strip("/").split("/")) if part]

    @property
    def is_open(self) -> bool:
        return self.closed_on is None or self.closed_on > today()

    def clean(self) -> None:
        if self.pk and self.parent and self.parent.path.startswith(self.path):
            raise ValidationError(
                {"parent": "En enhed kan ikke høre under sig selv eller en af sine egne underenheder."}
            )


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def in_force(self, on: date | None = None) -> "AppointmentQuerySet":
        """Appointments of active people that hold on the day."""
        on = on or today()
        return self.filter(from_on__lte=on, person__is_active=True).filter(Q(to_on=None) | Q(to_on__gte=on))

    def leading(self) -> "AppointmentQuerySet":
        return self.filter(role__in=LEADING_ROLES)


class Appointment(models.Model):
    """A person holds a role in a unit from a day to a day (inclusive). The deputy acts while the person is away."""

    person = models.ForeignKey(User, models.PROTECT, related_name="appointments", verbose_name="person")
    role = models.CharField("rolle", max_length=20, choices=Role.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="appointments", verbose_name="enhed")
    from_on = models.DateField("fra", default=today)
    to_on = models.DateField("til og med", null=True, blank=True)
    deputy = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="deputy_for", verbose_name="stedfortræder"
    )
    is_primary = models.BooleanField("primær ansættelse", default=False)

    objects = AppointmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "udpegning"
        verbose_name_plural = "udpegninger"
        ordering = ["unit__name", "role", "pk"]
        indexes = [models.Index(fields=["unit", "role"], name="appointment_unit_role")]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on=None) | Q(to_on__gte=F("from_on")), name="appointment_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(deputy=None) | ~Q(deputy=F("person")), name="deputy_is_somebody_else"),
            models.UniqueConstraint(
                fields=["person", "role", "unit"],
                condition=Q(to_on=None),
                name="one_open_appointment_per_role_and_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()} i {self.unit}"

    @property
    def is_in_force(self) -> bool:
        return self.from_on <= today() and (self.to_on is None or self.to_on >= today())


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date | None = None) -> "AbsenceQuerySet":
        """Who is away that day; today when none is given."""
        day = day or today()
        return self.filter(from_on__lte=day, to_on__gte=day)


class Absence(models.Model):
    """A person is away from a day to a day (inclusive): the deputies act, and reports go to them."""

    person = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name="person")
    from_on = models.DateField("fra og med", default=today)
    to_on = models.DateField("til og med")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AbsenceQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "fravær"
        verbose_name_plural = "fravær"
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="absence_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.person} er væk {self.from_on}–{self.to_on}"


@dataclass(frozen=True)
class Office:
    """A role filled today, by the holder or by the deputy of an absent holder."""

    role: Role
    unit: Unit
    holder_id: int
    as_deputy: bool
