"""What meetings themselves put on agendas: what earlier meetings asked for, and duties that are late."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q, QuerySet

from duties.enums import State
from duties.models import Duty
from glostrup_isms.kit.dates import da_date
from meetings.agenda import Suggestion
from meetings.enums import ItemKind, MeetingState
from meetings.models import Body, FollowUp
from roles.enums import Role, UnitKind
from roles.models import Unit, today

WORST = 10  # lines


def follow_ups(body: Body, held_on: date) -> Iterable[Suggestion]:
    """What the body's earlier meetings asked somebody to do: what is open, and what was done since the last one. That
    of confidential points stands on a confidential point of its own."""
    held = body.meetings.filter(opened_at__isnull=False).order_by("-opened_at")  # type: ignore[attr-defined]
    over = held.filter(state__in=[MeetingState.MINUTES, MeetingState.CLOSED])
    last = over.values_list("opened_at", flat=True).first()
    lately = Q(duty__state=State.OPEN) | (Q(duty__done_at__gte=last) if last else Q(duty__isnull=False))
    rows = FollowUp.objects.filter(lately, item__meeting__body=body, item__meeting__state__in=[
        MeetingState.MINUTES, MeetingState.CLOSED,
    ])  # fmt: skip
    for is_secret in (False, True):
        lines = _lines(rows.filter(item__is_confidential=is_secret))
        if lines:
            yield Suggestion(
                key="follow_up:confidential" if is_secret else "follow_up",
                kind=ItemKind.FOLLOW_UP,
                title=f"Opfølgning på beslutninger{' på fortrolige punkter' if is_secret else ''}",
                text="\n".join(lines),
                proposal=f"{body} tager status til efterretning.",
                is_confidential=is_secret,
                is_status=True,
            )


def _lines(rows: QuerySet[FollowUp]) -> list[str]:
    rows = rows.select_related("item__meeting__body", "duty__holder").order_by("duty__due_on", "pk")
    return [f"- {row.what}: {_state(row.duty)} ({row.item.reference})" for row in rows if row.duty]


def _state(duty: Duty) -> str:
    who = str(duty.holder or duty.get_holder_role_display())
    if duty.state == State.DONE and duty.done_at:
        return f"gjort {da_date(duty.done_at)} af {who}"
    if duty.state != State.OPEN:
        return "bortfaldet"
    late = f"over fristen {da_date(duty.due_on)}" if duty.is_late else f"senest {da_date(duty.due_on)}"
    return f"{who}, {late}"


def late_duties(body: Body, held_on: date) -> Iterable[Suggestion]:
    """Everybody's, counted by centre and role, and the worst of them. The words of one that may tell of a case or a
    draft are left out. Three queries, and one for whom the worst are kept from."""
    if ItemKind.DUTIES not in body.standing:
        return
    late = Duty.objects.late().order_by()
    counts: Counter[tuple[str, str]] = Counter()
    centres = list(Unit.objects.filter(kind=UnitKind.CENTRE).values_list("path", "name"))
    for role, path, count in late.values_list("holder_role", "holder_unit__path").annotate(count=Count("pk")):
        centre = next((name for centre, name in centres if (path or "").startswith(centre)), "")
        counts[centre, _whose(role)] += count
    whole = counts.total()
    if not whole:
        return
    lines = [f"{whole} {'opgave' if whole == 1 else 'opgaver'} er over fristen.", ""]
    lines += [
        f"- {', '.join(filter(None, place))}: {count}"
        for place, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    lines += ["", "Længst over fristen:", ""]
    for duty in late.order_by("due_on", "pk").prefetch_related("kept_from")[:WORST]:
        is_shared = not duty.is_discreet and not duty.kept_from.all()
        days = (today() - duty.due_on).days
        what = duty.title if is_shared else "En opgave, der hører til en sag eller en kladde"
        lines.append(f"- {what}: {_whose(duty.holder_role)}, {days} {'dag' if days == 1 else 'dage'}")
    yield Suggestion(
        key="late_duties",
        kind=ItemKind.DUTIES,
        title="Opgaver over fristen",
        text="\n".join(lines),
        proposal=f"{body} drøfter, om nogen skal have hjælp.",
        url="/opgaver/",
        is_status=True,
    )


def _whose(role: str) -> str:
    return str(Role(role).label) if role else "medarbejdere"
