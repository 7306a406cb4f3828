"""Units, people and appointments of the demo municipality."""

from datetime import timedelta
from itertools import cycle
from uuid import NAMESPACE_URL, UUID, uuid5

from django.contrib.auth.hashers import make_password
from simple_history.utils import bulk_create_with_history

from duties.actions import create_duty, find_ownerless
from glostrup_isms.home.demo.people import ACCOUNTS, PASSWORD, invented_names
from glostrup_isms.home.demo.units import UNITS
from roles.actions import grant_for
from roles.enums import PersonKind, Role
from roles.models import Absence, Appointment, Unit, User, today

NUMBER_OF_PEOPLE = 250
WITHOUT_MAIL = "leader:bibliotek"
AWAY = "leader:job"

# Invented holders of roles that no account has: key, role, unit, kind.
OTHERS = (
    ("gdpr:2", Role.GDPR_UNIT, "gdpr", PersonKind.EMPLOYEE),
    ("mayor", Role.MAYOR, "raad", PersonKind.COUNCILLOR),
    ("executive:1", Role.EXECUTIVE, "direktion", PersonKind.EMPLOYEE),
    ("executive:2", Role.EXECUTIVE, "direktion", PersonKind.EMPLOYEE),
    ("contract", Role.EMPLOYEE, "visitation", PersonKind.EMPLOYEE),
    ("deputy:job", Role.EMPLOYEE, "job", PersonKind.EMPLOYEE),
)  # fmt: skip


class Organisation:
    """What was made: `people` by user name and by key (`leader:<unit>`, `staff:<unit>`), `units` by key."""

    def __init__(self) -> None:
        self.people: dict[str, User] = {}
        self.units: dict[str, Unit] = {}
        self._places: list[Appointment] = []
        self._users: list[User] = []
        self._names = invented_names()
        self._since = today() - timedelta(days=500)

    def make(self) -> "Organisation":
        self._make_units()
        self._make_people()
        self._make_deputies()
        bulk_create_with_history(self._users, User, batch_size=100)
        bulk_create_with_history(self._places, Appointment, batch_size=100)
        self._make_absences()
        self._make_grant()
        self._make_leaver()
        return self

    def _make_absences(self) -> None:
        """One who is away with a standing deputy, and one who has named somebody for the days."""
        Absence.objects.create(
            person=self.people[AWAY], from_on=today() - timedelta(days=3), to_on=today() + timedelta(days=120)
        )
        Absence.objects.create(
            person=self.people["leader:syd"], deputy=self.people["stedfortraeder"],
            from_on=today() + timedelta(days=40), to_on=today() + timedelta(days=54),
        )  # fmt: skip

    def _make_grant(self) -> None:
        """The centre chief lets a colleague keep the list of system owners."""
        chief = self.people["centerchef"]
        grant_for(
            next(place for place in self._places if place.person is chief), to=self.people["systemejer"],
            permission="roles.maintain_appointments", obj=self.units["sundhed"], to_on=today() + timedelta(days=90),
            by=chief,
        )  # fmt: skip

    def _make_leaver(self) -> None:
        """One who has stopped and left a duty behind: it waits for her leader to give it to somebody."""
        leaver = [place.person for place in self._places if place.unit is self.units["nord"]][-1]
        create_duty(
            "Gennemgå, hvem der har nøgler til kontoret", due_on=today() + timedelta(days=12), holder=leaver,
            dedup_key="demo:keys", is_discreet=False,
        )  # fmt: skip
        leaver.is_active = False
        leaver._change_reason = "Stoppet"  # type: ignore[attr-defined]
        leaver.save()
        find_ownerless()

    def _make_units(self) -> None:
        for plan in UNITS:
            self.units[plan.key] = Unit.objects.create(
                name=plan.name, kind=plan.kind, parent=self.units.get(plan.parent), external_id=_key(plan.key),
                opened_on=self._since - timedelta(days=2000),
                closed_on=self._since + timedelta(days=100) if plan.is_closed else None,
            )  # fmt: skip

    def _make_people(self) -> None:
        password = make_password(PASSWORD)  # once: a good hash is slow
        for account in ACCOUNTS:
            user = self._person(account.username, account.name, account.username, account.kind, password)
            for role, unit in account.places:
                self._appoint(user, role, unit, is_primary=(role, unit) == account.places[0])
        for key, role, unit, kind in OTHERS:
            self._appoint(self._invented(key, kind), role, unit, is_primary=True)
        self._appoint(self.people["contract"], Role.CONTRACT_OWNER, "egebo")
        self._appoint(self.people["executive:1"], Role.DPR, "kommune")
        for plan in UNITS:
            if plan.leader == "*":
                self._appoint(self._invented(f"leader:{plan.key}"), plan.leader_role, plan.key, is_primary=True)
        for number in range(6):
            councillor = self._invented(f"councillor:{number}", PersonKind.COUNCILLOR)
            self._appoint(councillor, Role.COUNCILLOR, "raad", is_primary=True)
        workplaces = cycle([plan.key for turn in range(14) for plan in UNITS if plan.weight > turn])
        while len(self._users) < NUMBER_OF_PEOPLE:
            unit = next(workplaces)
            self._appoint(self._invented(f"staff:{unit}"), Role.EMPLOYEE, unit, is_primary=True)

    def _make_deputies(self) -> None:
        for leader, deputy in (("leder", "stedfortraeder"), (AWAY, "deputy:job"), ("direktoer", "executive:1")):
            for place in self._places:
                if place.person is self.people[leader]:
                    place.deputy = self.people[deputy]

    def _invented(self, key: str, kind: PersonKind = PersonKind.EMPLOYEE) -> User:
        username, name = next(self._names)
        return self._person(username, name, key, kind, make_password(None))

    def _person(self, username: str, name: str, key: str, kind: PersonKind, password: str) -> User:
        mail = "" if key == WITHOUT_MAIL else f"{username}@demo.invalid"
        user = User(username=username, name=name, email=mail, kind=kind, password=password, external_id=_key(username))
        self._users.append(user)
        self.people.setdefault(key, user)
        return user

    def _appoint(self, person: User, role: Role, unit: str, *, is_primary: bool = False) -> None:
        self._places.append(
            Appointment(person=person, role=role, unit=self.units[unit], from_on=self._since, is_primary=is_primary)
        )


def _key(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"demo:{name}")
