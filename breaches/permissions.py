"""Who may do what with a breach, by role. Single cases are granted besides (those who were told)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.auth.models import Permission
from django.db.models import F, Q

from breaches.models import Breach, BreachUserObjectPermission
from roles.enums import Role
from roles.models import User, today
from roles.models.people import Office
from roles.rights import EVERYWHERE, UNIT_AND_BELOW, Delegable, Right

VIEW = "breaches.view_breach"
HANDLE = "breaches.handle_breach"
ACKNOWLEDGE = "breaches.acknowledge_breach"

DAY = timedelta(days=1)
TAKEN_BACK_WITHIN = timedelta(days=7)  # a mistake is found soon

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


def holds_office_over(person: User, breach: Breach) -> bool:
    """Whether the person sees the case by an office of her own."""
    offices = [scope for scope in person.scopes_for(VIEW) if isinstance(scope.source, Office) and scope.covers(breach)]
    return any(not scope.source.as_deputy for scope in offices)


def give_way_to_offices(**whose: object) -> None:
    """Grants end the day before an appointment of the person's own begins to cover the case for good (decision 0001);
    one that was made by mistake and taken back at once leaves them standing. One for a time takes nothing away."""
    wide, local = (
        [right.role for right in RIGHTS if (right.permission, right.reach) == (ACKNOWLEDGE, reach)]  # all a grant gives
        for reach in (EVERYWHERE, UNIT_AND_BELOW)
    )
    covers = Q(user__appointments__role__in=wide) | Q(
        user__appointments__role__in=local,
        content_object__unit__path__startswith=F("user__appointments__unit__path"),
    )
    lately = Q(to_on=None) | Q(to_on__gte=today() - TAKEN_BACK_WITHIN)
    grants = BreachUserObjectPermission.objects.filter(lately, **whose)
    ended = dict(grants.exclude(to_on=None).values_list("pk", "to_on"))
    ends: dict[int, date | None] = dict.fromkeys(ended)
    begun = grants.exclude(to_on=None).filter(covers).values_list("pk", "user__appointments__from_on")
    ends |= {pk: ended[pk] for pk, begins in begun if begins - DAY == ended[pk]}
    coming = grants.filter(covers, user__appointments__to_on=None).order_by("-user__appointments__from_on")
    for pk, begins in coming.values_list("pk", "user__appointments__from_on"):  # the first of several comes last
        ends[pk] = begins - DAY
    by_day: dict[date | None, list[int]] = defaultdict(list)
    for pk, day in ends.items():
        if day != ended.get(pk):
            by_day[day].append(pk)
    for day, keys in by_day.items():
        BreachUserObjectPermission.objects.filter(pk__in=keys).update(to_on=day)
