"""People, units and reports for tests: the fewest rows that make a municipality."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone

from breaches.actions import Receipt, Report, report_breach
from roles.enums import PersonKind, Role, UnitKind
from roles.models import Absence, Appointment, Unit, UnitGrant, User, today


def make_user(username: str, name: str = "", **fields: Any) -> User:
    fields.setdefault("email", f"{username}@example.invalid")
    return User.objects.create_user(username, password="demo", name=name or username.capitalize(), **fields)


def make_unit(name: str, parent: Unit | None = None, **fields: Any) -> Unit:
    return Unit.objects.create(name=name, parent=parent, **fields)


def appoint(person: User, role: Role, unit: Unit, **fields: Any) -> Appointment:
    fields.setdefault("from_on", today() - timedelta(days=400))
    return Appointment.objects.create(person=person, role=role, unit=unit, **fields)


@dataclass
class Town:
    """A municipality with two centres, a home-care unit with leader and deputy, and a GDPR unit of two."""

    municipality: Unit
    health: Unit
    home_care: Unit
    children: Unit
    school: Unit
    administration: Unit
    director: User
    mayor: User
    health_chief: User
    children_chief: User
    administration_chief: User
    leader: User
    deputy: User
    school_leader: User
    employee: User
    teacher: User
    gdpr: User
    gdpr2: User
    dpo: User
    administrator: User

    def report(self, by: User | None = None, token: str = "", uploads: Any = (), **fields: Any) -> Receipt:
        """A report by the employee, unless `by` or `unit` says otherwise."""
        values = {
            "description": "En mail med oplysninger blev sendt til den forkerte.",
            "noticed_at": timezone.now() - timedelta(minutes=10),
            "involves_personal_data": "yes",
        }
        return report_breach(
            Report(**(values | fields)), by=by, token=token or secrets.token_urlsafe(24), uploads=uploads
        )


def make_town() -> Town:
    municipality = make_unit("Prøvekøbing Kommune", kind=UnitKind.MUNICIPALITY)
    health = make_unit("Center for Sundhed", municipality, kind=UnitKind.CENTRE)
    home_care = make_unit("Hjemmeplejen Nord", health)
    children = make_unit("Center for Børn", municipality, kind=UnitKind.CENTRE)
    school = make_unit("Skovskolen", children, kind=UnitKind.INSTITUTION)
    administration = make_unit("Center for Organisation", municipality, kind=UnitKind.CENTRE)
    people = {
        "director": ("Dorte Direktør", Role.DIRECTOR, municipality),
        "mayor": ("Mogens Mayor", Role.MAYOR, municipality),
        "health_chief": ("Hanne Chef", Role.CENTRE_CHIEF, health),
        "children_chief": ("Børge Chef", Role.CENTRE_CHIEF, children),
        "administration_chief": ("Åse Chef", Role.CENTRE_CHIEF, administration),
        "leader": ("Lene Leder", Role.LEADER, home_care),
        "deputy": ("Stine Stedfortræder", Role.EMPLOYEE, home_care),
        "school_leader": ("Svend Skoleleder", Role.LEADER, school),
        "employee": ("Mette Medarbejder", Role.EMPLOYEE, home_care),
        "teacher": ("Lars Lærer", Role.EMPLOYEE, school),
        "gdpr": ("Grethe GDPR", Role.GDPR_UNIT, administration),
        "gdpr2": ("Gorm GDPR", Role.GDPR_UNIT, administration),
        "dpo": ("Dan DPO", Role.DPO, administration),
        "administrator": ("Anna Administrator", Role.ADMINISTRATOR, administration),
    }
    users = {key: make_user(key, name) for key, (name, _, _) in people.items()}
    users["mayor"].kind = PersonKind.COUNCILLOR
    users["mayor"].save()
    for key, (_, role, unit) in people.items():
        deputy = users["deputy"] if key == "leader" else None
        appoint(users[key], role, unit, is_primary=True, deputy=deputy)
    return Town(municipality, health, home_care, children, school, administration, **users)


@dataclass
class WholeTown(Town):
    """The town with somebody in every role, and with work let to others by the two leaders.

    `holders` names them as the access matrix does. Roles that stand in no line are in the administration; what may be
    held in a unit is held in Hjemmeplejen Nord.
    """

    holders: dict[str, User]
    own_grant: UnitGrant  # by the leader of Hjemmeplejen Nord
    foreign_grant: UnitGrant  # by the leader of Skovskolen

    def leader_goes_away(self) -> None:
        """From today, so that her deputy acts."""
        Absence.objects.create(person=self.leader, from_on=today(), to_on=today() + timedelta(days=3))


IN_HOME_CARE = (Role.SYSTEM_OWNER, Role.CONTRACT_OWNER, Role.EXTERNAL)
IN_MUNICIPALITY = (Role.EXECUTIVE, Role.COUNCILLOR)


def make_whole_town() -> WholeTown:
    town = make_town()
    holders = {
        "employee": town.employee, "leader": town.leader, "centre_chief": town.health_chief, "director": town.director,
        "mayor": town.mayor, "gdpr_unit": town.gdpr, "dpo": town.dpo, "administrator": town.administrator,
        "deputy": town.deputy, "other_leader": town.school_leader,
    }  # fmt: skip
    for role in Role:
        if role.value not in holders:
            in_line = town.home_care if role in IN_HOME_CARE else town.administration
            holders[role.value] = make_user(f"r-{role.value.replace('_', '-')}", f"Rolle {role.label}")
            unit = town.municipality if role in IN_MUNICIPALITY else in_line
            appoint(holders[role.value], role, unit, is_primary=True)
    for name in ("colleague", "follows_cases", "maintains_appointments"):
        holders[name] = make_user(f"r-{name.replace('_', '-')}", f"Kollega {name}")
        appoint(holders[name], Role.EMPLOYEE, town.home_care, is_primary=True)
    holders["without_role"] = make_user("r-without", "Uden Udpegning")
    for role, kind in ((Role.COUNCILLOR, PersonKind.COUNCILLOR), (Role.EXTERNAL, PersonKind.EXTERNAL)):
        User.objects.filter(pk=holders[role.value].pk).update(kind=kind)
    own_grant = let(town.leader, "follow_cases", town.home_care, to=holders["follows_cases"])
    let(town.leader, "maintain_appointments", town.home_care, to=holders["maintains_appointments"])
    foreign_grant = let(town.school_leader, "follow_cases", town.school, to=town.teacher)
    return WholeTown(**vars(town), holders=holders, own_grant=own_grant, foreign_grant=foreign_grant)


def let(holder: User, codename: str, unit: Unit, *, to: User) -> UnitGrant:
    """The holder of an office in the unit lets somebody do a part of her work there."""
    grant: UnitGrant = UnitGrant.objects.create(
        user=to,
        permission=Permission.objects.get(content_type__app_label="roles", codename=codename),
        content_object=unit,
        appointment=holder.appointments.get(unit=unit),
        to_on=today() + timedelta(days=30),
        granted_by=holder,
    )
    return grant
