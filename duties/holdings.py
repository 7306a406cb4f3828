"""Duties as things that a person answers for and may hand over."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from duties.models import Duty
from glostrup_isms.kit.dates import da_date
from roles.holdings import Holding
from roles.models import User


def held(person: User) -> QuerySet[Duty]:
    """Her own open duties; those of a role go with the role."""
    return Duty.objects.open().filter(holder=person)


def move(rows: Sequence[Duty], person: User, to: User, by: User) -> int:
    """Give the duties to somebody else; one that is done meanwhile, or kept from her, stays where it is."""
    fresh = held(person).filter(pk__in=[row.pk for row in rows]).exclude(kept_from=to).select_for_update(of=("self",))
    moved = 0
    for duty in fresh:
        duty.holder = to
        duty._history_user = by
        duty.save()
        moved += 1
    return moved


def seen(rows: QuerySet[Any], by: User) -> QuerySet[Any]:
    """The words of a duty may tell of a case: they are for its holder, and for those who lead her."""
    return rows.exclude(kept_from=by)


DUTIES = Holding(
    key="opgave",
    noun=("opgave", "opgaver"),
    rows=held,
    label=lambda duty: f"{duty.title} (senest {da_date(duty.due_on)})",
    url=lambda duty: duty.url,
    visible=seen,
    move=move,
    owners_who_left=lambda: Duty.objects.open().filter(holder__is_active=False).values_list("holder", flat=True),
)
