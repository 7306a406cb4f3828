"""Who may do what with a breach, by role. Single cases are granted besides (those who were told)."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.auth.models import Permission
from django.db.models import F, Q

from breaches.models import Breach, BreachUserObjectPermission
from roles.enums import Role
from roles.models import User, today
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
    it and acknowledge it, until somebody takes the case from them. Two queries."""
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
        update_conflicts=True,  # one that has ended holds again
        unique_fields=["user", "permission", "content_object"],
        update_fields=["to_on"],
    )


def give_way_to_offices(**whose: object) -> None:
    """Grants end where an appointment of the person's own covers the case (decision 0001): the day before it begins, at
    once when it has begun. One that was to end so stands again when the appointment is gone."""
    wide, local = (
        [right.role for right in RIGHTS if (right.permission, right.reach) == (VIEW, reach)]
        for reach in (EVERYWHERE, UNIT_AND_BELOW)
    )
    covers = Q(user__appointments__role__in=wide) | Q(
        user__appointments__role__in=local,
        content_object__unit__path__startswith=F("user__appointments__unit__path"),
    )
    covers &= Q(user__appointments__to_on=None) | Q(user__appointments__to_on__gte=today())
    grants = BreachUserObjectPermission.objects.in_force().filter(**whose)
    grants.filter(covers, user__appointments__from_on__lte=today()).delete()
    ends: dict[int, date | None] = dict.fromkeys(grants.exclude(to_on=None).values_list("pk", flat=True))
    coming = grants.filter(covers).order_by("-user__appointments__from_on")  # the first of several is written last
    for pk, begins in coming.values_list("pk", "user__appointments__from_on"):
        ends[pk] = begins - timedelta(days=1)
    for to_on in set(ends.values()):
        theirs = [pk for pk, day in ends.items() if day == to_on]
        BreachUserObjectPermission.objects.filter(pk__in=theirs).update(to_on=to_on)
