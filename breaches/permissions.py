"""Who may do what with a breach, by role. Single cases are granted besides (those who were told)."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission

from breaches.models import Breach, BreachUserObjectPermission
from roles.enums import Role
from roles.models import User
from roles.rights import EVERYWHERE, UNIT_AND_BELOW, Delegable, Right

VIEW = "breaches.view_breach"
HANDLE = "breaches.handle_breach"
ACKNOWLEDGE = "breaches.acknowledge_breach"

RIGHTS = (
    Right(VIEW, Role.GDPR_UNIT, EVERYWHERE),
    Right(HANDLE, Role.GDPR_UNIT, EVERYWHERE),
    Right(ACKNOWLEDGE, Role.GDPR_UNIT, EVERYWHERE),
    Right(VIEW, Role.DPO, EVERYWHERE),  # art. 39(1)(b): monitors; never decides
    *(
        Right(permission, role, UNIT_AND_BELOW)
        for role in (Role.LEADER, Role.CENTRE_CHIEF, Role.DIRECTOR)
        for permission in (VIEW, ACKNOWLEDGE)
    ),
)
DELEGABLE = (Delegable("roles.follow_cases", "Følge enhedens brud og trusler", (VIEW, ACKNOWLEDGE)),)


def grant_case(breach: Breach, people: Iterable[User]) -> None:
    """People told of a case outside their own line (a mayor, a contract owner, the leader above the GDPR unit) may see
    it and acknowledge it. Two queries."""
    people = list(people)
    if not people:
        return
    names = ("view_breach", "acknowledge_breach")
    permissions = list(Permission.objects.filter(content_type__app_label="breaches", codename__in=names))
    BreachUserObjectPermission.objects.bulk_create(
        [
            BreachUserObjectPermission(user=person, permission=permission, content_object=breach)
            for person in people
            for permission in permissions
        ],
        ignore_conflicts=True,
    )
