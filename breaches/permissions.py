"""Who may do what with a breach, by role. Single cases are granted besides (those who were told)."""

from guardian.shortcuts import assign_perm

from breaches.models import Breach
from roles.enums import Role
from roles.models import User
from roles.rights import EVERYWHERE, UNIT_AND_BELOW, Right

VIEW = "breaches.view_breach"
HANDLE = "breaches.handle_breach"
ACKNOWLEDGE = "breaches.acknowledge_breach"

RIGHTS = (
    Right(VIEW, Role.GDPR_UNIT, EVERYWHERE),
    Right(HANDLE, Role.GDPR_UNIT, EVERYWHERE),
    Right(ACKNOWLEDGE, Role.GDPR_UNIT, EVERYWHERE),
    Right(VIEW, Role.DPO, EVERYWHERE),  # art. 39(1)(b): monitors; never decides (domain 1.8)
    *(
        Right(permission, role, UNIT_AND_BELOW)
        for role in (Role.LEADER, Role.CENTRE_CHIEF, Role.DIRECTOR)
        for permission in (VIEW, ACKNOWLEDGE)
    ),
)


def grant_case(breach: Breach, person: User) -> None:
    """Whoever is told of a case may see it and acknowledge it."""
    for codename in ("view_breach", "acknowledge_breach"):
        assign_perm(codename, person, breach)
