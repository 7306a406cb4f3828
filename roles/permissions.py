"""Who may see and change what in the organisation, by role.

The administrator keeps people, units and roles in order and sees no case; whoever appoints never appoints herself.
"""

from django.db.models import Q

from roles.enums import EMPLOYMENTS, LEADING_ROLES, OWNER_ROLES, PUBLIC_ROLES, Role
from roles.models import Absence, Unit, UnitGrant, User, today
from roles.rights import EVERYWHERE, UNIT_AND_BELOW, Delegable, Right

VIEW_UNIT = "roles.view_unit"
VIEW_PERSON = "roles.view_user"
APPOINT = "roles.appoint"
HAND_OVER = "roles.hand_over"
CLOSE = "roles.change_user"
VIEW_SYNC = "roles.view_syncrun"
RUN_SYNC = "roles.run_sync"
EXPLAIN = "roles.explain_rights"

RIGHTS = (
    *(Right(VIEW_UNIT, role, UNIT_AND_BELOW if role == Role.EXTERNAL else EVERYWHERE) for role in Role),
    *(
        Right(permission, role, UNIT_AND_BELOW)
        for role in LEADING_ROLES
        for permission in (VIEW_PERSON, APPOINT, HAND_OVER)
    ),
    *(
        Right(VIEW_PERSON, role, EVERYWHERE)
        for role in (Role.GDPR_UNIT, Role.DPO, Role.IT_COORDINATOR, Role.ADMINISTRATOR)
    ),
    Right(APPOINT, Role.GDPR_UNIT, EVERYWHERE),
    Right(APPOINT, Role.ADMINISTRATOR, EVERYWHERE),
    Right(HAND_OVER, Role.GDPR_UNIT, EVERYWHERE),
    *(Right(VIEW_SYNC, role, EVERYWHERE) for role in (Role.ADMINISTRATOR, Role.IT_COORDINATOR, Role.GDPR_UNIT)),
    Right(CLOSE, Role.ADMINISTRATOR, EVERYWHERE),
    Right(RUN_SYNC, Role.ADMINISTRATOR, EVERYWHERE),
    Right(EXPLAIN, Role.ADMINISTRATOR, EVERYWHERE),
    Right(EXPLAIN, Role.GDPR_UNIT, EVERYWHERE),  # in full, for the cases that it sees
)
DELEGABLE = (
    Delegable("roles.maintain_appointments", "Vedligeholde, hvem der er systemejer og aftaleansvarlig", (APPOINT,)),
)

# What a leader fills in her own units. Who leads a unit is said by whoever leads one above it.
LOCAL_ROLES = (*EMPLOYMENTS, *OWNER_ROLES)


def why_not_appoint(by: User, person: User | None, role: Role, unit: Unit) -> str | None:
    """Why `by` cannot say who holds the role in the unit, as a Danish sentence; None when she can."""
    if person is not None and (person.pk == by.pk or acts_for(by, person)):
        whom = "dig selv" if person.pk == by.pk else f"{person}, så længe du er stedfortræder"
        return f"Du kan ikke udpege {whom}. Bed lederen over dig, GDPR-enheden eller administratoren om det."
    scopes = [scope for scope in by.scopes_for(APPOINT) if scope.covers(unit)]
    if not scopes:
        return "Du kan kun udpege i de enheder, du leder."
    if role not in OWNER_ROLES and all(isinstance(scope.source, UnitGrant) for scope in scopes):
        return "Du har kun fået overladt at udpege systemejere og aftaleansvarlige her. Bed lederen om resten."
    if any(scope.path is None for scope in scopes) or role in LOCAL_ROLES:
        return None
    leads_above = any(office.role in LEADING_ROLES and _is_above(office.unit, unit) for office in by.offices)
    if role in LEADING_ROLES and role != Role.DIRECTOR and leads_above:
        return None
    if role in LEADING_ROLES:
        return "En leder udpeges af lederen over enheden, GDPR-enheden eller administratoren."
    return f"Rollen »{role.label}« udpeges af GDPR-enheden eller administratoren."


def acted_for_by(by: User) -> Q:
    """The people whose places `by` fills while they are away, now or in an absence that is planned: what is given to
    the one is given to the other."""
    now = [office.holder_id for office in by.offices if office.as_deputy]
    return Q(pk__in=now) | Q(pk__in=Absence.objects.filter(deputy=by, to_on__gte=today()).values("person"))


def acts_for(by: User, person: User) -> bool:
    return User.objects.filter(acted_for_by(by), pk=person.pk).exists()


def why_not_employ(by: User, person: User, role: Role, unit: Unit) -> str | None:
    """Why `by` cannot put the person in the unit with the role, as a Danish sentence; None when she can. A leader takes
    nobody from another's units by herself: she would see and move what the person answers for there. A colleague from
    elsewhere may become a leader, unless she holds a role that the policy names already."""
    scopes = [scope for scope in by.scopes_for(APPOINT) if scope.covers(unit)]
    standing = person.appointments.recent().exclude(role__in=OWNER_ROLES).exclude(to_on__lt=today())
    if role in LEADING_ROLES:
        standing = standing.filter(role__in=PUBLIC_ROLES)
    paths = list(standing.values_list("unit__path", flat=True))  # also where she is about to stand
    if not paths or any(scope.path is None or path.startswith(scope.path) for scope in scopes for path in paths):
        return None
    return f"{person} hører til i en anden enhed. Bed GDPR-enheden eller administratoren om at flytte {person}."


def _is_above(upper: Unit, lower: Unit) -> bool:
    return lower.path != upper.path and lower.path.startswith(upper.path)


def roles_to_fill(by: User, unit: Unit) -> list[Role]:
    """The roles that `by` can fill in the unit."""
    return [role for role in Role if why_not_appoint(by, None, role, unit) is None]
