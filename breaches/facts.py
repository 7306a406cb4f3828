"""What the yearly review of a document is told of breaches: numbers alone, no case."""

from collections.abc import Iterable
from datetime import date, datetime, time

from django.db.models import Count, F, Q
from django.utils import timezone

from breaches.enums import Kind, State, Verdict
from breaches.models import Breach
from breaches.models.cases import RUNNING
from glostrup_isms.kit.dates import COPENHAGEN, da_date
from policy.enums import FactKind
from policy.facts import Fact
from policy.models import Document


def of_breaches(document: Document, since: date) -> Iterable[Fact]:
    """How many were reported on the day and since, how many of them were personal data breaches, and how many were
    notified to Datatilsynet after the deadline, or are past it (GDPR art. 33(1)). One query."""
    begins = datetime.combine(since, time.min, COPENHAGEN)
    counts = (
        Breach.objects.filter(reported_at__gte=begins)
        .exclude(state=State.REJECTED)
        .order_by()
        .aggregate(
            all=Count("pk"),
            threats=Count("pk", filter=Q(kind=Kind.THREAT)),
            personal=Count("pk", filter=Q(is_personal_data_breach=Verdict.YES)),
            late=Count("pk", filter=Q(notified_at__gt=F("deadline_at")) | RUNNING & Q(deadline_at__lt=timezone.now())),
        )
    )
    if not counts["all"]:
        yield Fact(FactKind.BREACHES, f"Der er ikke meldt brud eller trusler siden {da_date(since)}.")
        return
    yield Fact(
        FactKind.BREACHES,
        f"Meldt siden {da_date(since)}: {counts['all']} brud og trusler, heraf {counts['threats']} trusler. "
        f"Brud på persondatasikkerheden: {counts['personal']}. Over fristen for at anmelde: {counts['late']}.",
    )
