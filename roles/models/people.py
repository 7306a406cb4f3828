"""People, and the offices they fill today."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from simple_history.models import HistoricalRecords

from glostrup_isms.kit.lookups import among
from roles import rights
from roles.enums import PUBLIC_ROLES, PersonKind, Role, Source
from roles.models.days import today
from roles.models.units import Unit

if TYPE_CHECKING:
    from roles.models.grants import UnitGrant

# The appointments in force (`AppointmentQuerySet.in_force`) of a person, and of those who are away and whose deputy she
# is: the one named for the absence, else the standing one. Each as a unit, and beside it whether she has been given any
# grants. Written out because every page of every signed-in person asks it: put together by Django it costs four times
# as much. Each part has its own index.
UNITS_OF_OFFICES = """
    SELECT unit.*, place.role, place.person_id AS holder_id,
           EXISTS (SELECT 1 FROM roles_unitgrant WHERE user_id = %(person)s) AS has_grants
    FROM (
        SELECT own.* FROM roles_appointment own WHERE own.person_id = %(person)s
        UNION
        SELECT named.* FROM roles_appointment named JOIN roles_absence away ON away.person_id = named.person_id
        WHERE away.deputy_id = %(person)s AND away.from_on <= %(today)s AND away.to_on >= %(today)s
        UNION
        SELECT standing.* FROM roles_appointment standing JOIN roles_absence away ON away.person_id = standing.person_id
        WHERE standing.deputy_id = %(person)s AND away.deputy_id IS NULL
          AND away.from_on <= %(today)s AND away.to_on >= %(today)s
    ) place
    JOIN roles_unit unit ON unit.id = place.unit_id
    JOIN roles_user holder ON holder.id = place.person_id
    WHERE holder.is_active AND place.from_on <= %(today)s AND (place.to_on IS NULL OR place.to_on >= %(today)s)
    ORDER BY place.is_primary DESC, (place.source = 'sync') DESC, place.from_on, place.id
"""


def lately_here() -> Q:
    """Those who are here, and those whose account was closed lately: after that only the offices know of them."""
    return Q(is_active=True) | Q(closed_at=None) | Q(closed_at__gte=timezone.now() - settings.LEAVER_VISIBLE_FOR)


def _places_under(scopes: list[rights.Scope]) -> tuple[Any, bool]:
    """The keys of the people who stand in these branches, and whether they are a whole municipality."""
    from roles.models.appointments import Appointment

    is_wide = any(scope.is_wide for scope in scopes)
    standing = Appointment.objects.standing(is_wide=is_wide)
    return standing.within([scope.path for scope in scopes]).values("person"), is_wide


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user: Any) -> "UserQuerySet":
        """Those whom she knows; and, to all who may see the organisation, who holds a role that the policy names."""
        from roles.models.appointments import Appointment

        if not (user.is_authenticated and user.is_active):
            return self.none()
        scopes = user.scopes_for("roles.view_user")
        if any(scope.path is None for scope in scopes):
            return self
        places, is_wide = _places_under(scopes)
        offices = Appointment.objects.running().filter(role__in=PUBLIC_ROLES, unit__in=Unit.objects.visible_to(user))
        is_here = Q(is_active=True) | (lately_here() & Q(pk__in=places))  # of who has left only her own leaders know
        if is_wide:
            return self.filter(Q(pk=user.pk) | Q(pk__in=places) | Q(pk__in=offices.values("person"))).filter(is_here)
        return self.filter(Q(pk=user.pk) | among("pk", places) | among("pk", offices.values("person"))).filter(is_here)

    def known_to(self, user: Any) -> "UserQuerySet":
        """Of whom she may read all: herself; those of the units she leads, also for a while after they left; everyone
        by office."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        scopes = user.scopes_for("roles.view_user")
        if any(scope.path is None for scope in scopes):
            return self
        places, is_wide = _places_under(scopes)
        return self.filter(lately_here(), Q(pk=user.pk) | (Q(pk__in=places) if is_wide else among("pk", places)))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
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
    source = models.CharField("kilde", max_length=10, choices=Source.choices, default=Source.HAND, editable=False)
    is_active = models.BooleanField("aktiv", default=True)
    closed_at = models.DateTimeField("senest lukket", null=True, editable=False)
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
        indexes = [models.Index(fields=["name", "id"], name="user_by_name")]
        permissions = [
            ("hand_over", "Give en persons opgaver videre"),
            ("explain_rights", "Se, hvorfor en person kan eller ikke kan se noget"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session from before the account was last closed is dead, also when the account is opened again."""
        closed = self.closed_at.isoformat() if self.closed_at else ""
        return salted_hmac("roles.session", self.password + closed, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    def get_absolute_url(self) -> str:
        return f"/organisation/personer/{self.pk}/"

    @cached_property
    def offices(self) -> list["Office"]:
        """The roles this person fills today: own appointments, and those of absent holders she is deputy for.

        Read once per request (the user object is made anew for each), so an appointment that ends bites on the next.
        """
        return [
            Office(Role(unit.role), unit, unit.holder_id, unit.holder_id != self.pk) for unit in self._units_of_offices
        ]

    @cached_property
    def _units_of_offices(self) -> list[Any]:
        if not self.is_active:
            return []
        return list(Unit.objects.raw(UNITS_OF_OFFICES, {"person": self.pk, "today": today().isoformat()}))

    @cached_property
    def delegations(self) -> list["UnitGrant"]:
        """What others have let this person do in a unit, in force today. Read once per request, like the offices."""
        from roles.models.grants import UnitGrant

        units = self._units_of_offices
        if not self.is_active or (units and not units[0].has_grants):  # few have any, and every page asks
            return []
        grants = UnitGrant.objects.in_force().filter(user=self)
        return list(grants.select_related("content_object", "appointment", "permission"))

    def has_role(self, *roles: Role) -> bool:
        """Whether the person fills one of the roles today."""
        return any(office.role in roles for office in self.offices)

    def scopes_for(self, permission: str) -> list[rights.Scope]:
        """Where the person holds this permission today: by appointment, or because a holder has let her."""
        found = []
        for office in self.offices:
            for right in rights.of(office.role):
                if right.permission == permission:
                    path = office.unit.path if right.reach == rights.UNIT_AND_BELOW else None
                    found.append(rights.Scope(path, frozenset({self.pk, office.holder_id}), office))
        if permission in rights.delegable():
            for grant in self.delegations:
                if grant.gives(permission):
                    people = frozenset({self.pk, grant.appointment.person_id})
                    found.append(rights.Scope(grant.content_object.path, people, grant))
        return found

    @property
    def paths(self) -> Iterator[str]:
        """Where the person stands: what a leader's right over people is held against."""
        from roles.models.appointments import Appointment

        is_gone = self.closed_at and self.closed_at < timezone.now() - settings.LEAVER_VISIBLE_FOR
        if is_gone and not self.is_active:
            return iter(())
        return iter(Appointment.objects.standing().filter(person=self).values_list("unit__path", flat=True))


@dataclass(frozen=True)
class Office:
    """A role filled today, by the holder or by the deputy of an absent holder."""

    role: Role
    unit: Unit
    holder_id: int
    as_deputy: bool
