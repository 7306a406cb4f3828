"""Duties as things that a person answers for and may hand over. What is about a case or a draft is a kind of its own:
nobody but its holder and the GDPR unit knows of it, so the GDPR unit distributes what somebody left."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from duties.actions.digests import tell_new
from duties.actions.making import add_entry
from duties.enums import Stage
from duties.models import Duty
from glostrup_isms.kit.dates import da_date
from roles.enums import Role
from roles.holdings import Holding
from roles.models import User, today


def held(person: User) -> QuerySet[Duty]:
    """Her own open duties; those of a role go with the role."""
    return Duty.objects.open().filter(holder=person)


def owners_who_left(*, is_discreet: bool) -> Iterable[int]:
    left = Duty.objects.open().filter(is_discreet=is_discreet, holder__is_active=False)
    return left.values_list("holder", flat=True)


def seen(rows: QuerySet[Any], by: User) -> QuerySet[Any]:
    """Her own, and of others' those that she may read."""
    return rows.filter(pk__in=Duty.objects.visible_to(by).order_by().values("pk"))


def move(rows: Sequence[Duty], person: User, to: User, by: User) -> int:
    """Give the duties to somebody else, who is told; one that is done meanwhile, that is kept from her or that she
    cannot do, or that `by` may not see stays where it is."""
    hers = seen(held(person), by).filter(pk__in=[row.pk for row in rows]).exclude(kept_from=to)
    moved = 0
    for duty in hers.select_for_update(of=("self",), no_key=True).order_by("pk"):
        if not duty.can_be_done_by(to):
            continue
        duty.holder = to
        duty.remind_on, duty.remind_stage = today(), Stage.NEW
        duty.revision += 1
        duty._history_user = by
        duty.save()
        add_entry(duty, by, f"{by}: Givet videre fra {person} til {to}.")
        tell_new(duty, to)
        moved += 1
    return moved


def label(duty: Duty) -> str:
    return f"{duty.title} (senest {da_date(duty.due_on)})"


DUTIES = Holding(
    key="opgave",
    noun=("opgave", "opgaver"),
    rows=lambda person: held(person).filter(is_discreet=False),
    label=label,
    url=lambda duty: duty.url,
    visible=seen,
    move=move,
    owners_who_left=lambda: owners_who_left(is_discreet=False),
)
DISCREET = Holding(
    key="fortrolig",
    noun=("opgave om en sag eller en kladde", "opgaver om sager eller kladder"),
    rows=lambda person: held(person).filter(is_discreet=True),
    label=label,
    url=lambda duty: duty.url,
    visible=seen,
    move=move,
    owners_who_left=lambda: owners_who_left(is_discreet=True),
    left_to=Role.GDPR_UNIT,
    why="Dem ser kun den, der har dem, og GDPR-enheden.",
)
