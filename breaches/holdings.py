"""Open cases as things that a person answers for: whoever was told of one and has not been relieved of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from breaches.actions.telling import add_event, may_hear, tell
from breaches.enums import ENDED
from breaches.models import Breach, BreachUserObjectPermission, Told
from breaches.permissions import VIEW, grant_case, holds_office_over
from glostrup_isms.kit import outbox
from roles.enums import Role
from roles.holdings import Holding
from roles.models import User


def held(person: User) -> QuerySet[Breach]:
    """Open cases that the person was told of and that nobody has taken over from her."""
    told = Told.objects.filter(person=person, relieved_at=None).values("breach")
    return Breach.objects.open().filter(pk__in=told)


def move(rows: Sequence[Breach], person: User, to: User, by: User) -> int:
    """Tell `to` of the cases on the tracks on which the person was told, let her see them, and relieve the person: a
    grant of hers on the single case ends. A case stays where it is when `to` must not see it, or `by` does not."""
    moved = 0
    for pk in sorted(row.pk for row in rows):
        breach = Breach.objects.select_for_update(of=("self",)).get(pk=pk)
        standing = list(breach.told.filter(person=person, relieved_at=None))
        if breach.is_ended or to.pk in breach.excluded_ids or not standing or not by.has_perm(VIEW, breach):
            continue
        if not may_hear(to, breach):  # whatever she was told when she could see it is over
            tracks = [told.track for told in standing]
            breach.told.filter(person=to, track__in=tracks, relieved_at=None).update(relieved_at=timezone.now())
        if not holds_office_over(to, breach):  # what she sees as deputy or helper for a time she would lose again
            grant_case(breach, [to])
        tell(breach, *(Told(track=told.track, person=to, level=told.level, reason=f"Overtaget efter {person}.")
                       for told in standing))  # fmt: skip
        for told in standing:
            told.relieved_at = timezone.now()
            told.save(update_fields=["relieved_at"])
        BreachUserObjectPermission.objects.filter(user=person, content_object=breach).delete()
        add_event(breach, f"{by}: {to} har overtaget sagen efter {person}.")
        moved += 1
    outbox.nudge()
    return moved


def owners_who_left() -> Iterable[int]:
    """Those who left with a case for which nobody else stands on their track."""
    standing = Told.objects.filter(relieved_at=None)
    others = standing.filter(breach=OuterRef("breach"), track=OuterRef("track"), person__is_active=True)
    left = standing.filter(~Exists(others), person__is_active=False).exclude(breach__state__in=ENDED)
    return left.values_list("person", flat=True)


def seen(rows: QuerySet[Any], by: User) -> QuerySet[Any]:
    return rows.filter(pk__in=Breach.objects.visible_to(by).values("pk"))


CASES = Holding(
    key="sag",
    noun=("åben sag", "åbne sager"),
    rows=held,
    label=lambda breach: f"Sag {breach.number}",
    url=lambda breach: breach.get_absolute_url(),
    visible=seen,
    move=move,
    owners_who_left=owners_who_left,
    follows_office=True,
    left_to=Role.GDPR_UNIT,
    why="Den nye får besked om sagerne og står for dem fra nu af.",
)
