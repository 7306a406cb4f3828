"""What a body's meeting is told of breaches: numbers and how they move, no case."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from breaches.enums import ENDED, State, Verdict
from breaches.models import Breach
from breaches.models.cases import RUNNING
from glostrup_isms.kit.dates import COPENHAGEN, da_date
from meetings.agenda import Suggestion
from meetings.enums import ItemKind
from meetings.models import Body
from roles.enums import UnitKind
from roles.models import Unit, today

PERIOD = timedelta(days=90)  # where the body has not met before


def of_breaches(body: Body, held_on: date) -> Iterable[Suggestion]:
    """For bodies that always look at breaches: since they last met, against as long a time before that. Six
    queries."""
    if ItemKind.BREACHES not in body.standing:
        return
    met = body.meetings.filter(opened_at__isnull=False).order_by("-opened_at")  # type: ignore[attr-defined]
    last = met.values_list("opened_at", flat=True).first()
    since = timezone.localdate(last) if last else today() - PERIOD
    before = since - max(today() - since, timedelta(days=1))
    now, then = _counts(since, today() + timedelta(days=1)), _counts(before, since)
    lines = [
        f"- Meldt siden {da_date(since)}: {now['all']}. I den lige så lange tid før: {then['all']}.",
        f"- Brud på persondatasikkerheden: {now['personal']} mod {then['personal']}.",
        f"- Anmeldt for sent eller over fristen: {now['late']} mod {then['late']}.",
        f"- Åbne sager i dag: {Breach.objects.exclude(state__in=ENDED).count()}.",
        *_by_centre(since),
    ]
    yield Suggestion(
        key="breaches",
        kind=ItemKind.BREACHES,
        title="Brud og udvikling",
        text="\n".join(lines),
        proposal=f"{body} drøfter udviklingen og tager den til efterretning.",
        is_status=True,
    )


def _within(first: date, end: date) -> Q:
    starts, ends = (datetime.combine(day, time.min, COPENHAGEN) for day in (first, end))
    return Q(reported_at__gte=starts, reported_at__lt=ends) & ~Q(state=State.REJECTED)


def _counts(first: date, end: date) -> dict[str, int]:
    late = Q(notified_at__gt=F("deadline_at")) | RUNNING & Q(deadline_at__lt=timezone.now())
    counts: dict[str, int] = (
        Breach.objects.filter(_within(first, end))
        .order_by()
        .aggregate(
            all=Count("pk"),
            personal=Count("pk", filter=Q(is_personal_data_breach=Verdict.YES)),
            late=Count("pk", filter=late),
        )
    )
    return counts


def _by_centre(since: date) -> list[str]:
    """Where they were reported; a centre with fewer than three is not named, so that no case can be told from it."""
    centres = Unit.objects.filter(kind=UnitKind.CENTRE).values_list("path", "name")
    paths = Breach.objects.filter(_within(since, today() + timedelta(days=1)), unit__isnull=False)
    found = list(paths.values_list("unit__path", flat=True))
    counts = {name: sum(path.startswith(centre) for path in found) for centre, name in centres}
    return [f"- {name}: {count}." for name, count in sorted(counts.items(), key=lambda one: -one[1]) if count >= 3]
