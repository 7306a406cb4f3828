"""Writing decisions in, and letting them fall."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from glostrup_isms.kit import files
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.files import StoredFile
from meetings.enums import BodyKind, Outcome
from meetings.models import Body, Decision, DecisionFile
from meetings.permissions import why_not_record
from roles.models import User, today


class WrongDecision(Exception):
    """The decision cannot be written in so. `field` names what is wrong; the message is a Danish sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def body_named(kind: str) -> Body:
    return Body.objects.get(kind=kind)


def record_decision(
    concerns: models.Model,
    *,
    body: Body,
    outcome: Outcome,
    decided_on: date,
    label: str,
    url: str,
    sha256: str,
    by: User,
    reference: str = "",
    text: str = "",
    statement: str = "",
    not_before: date | None = None,
    uploads: Iterable[StoredFile] = (),
) -> Decision:
    """Write in what the body decided, in the caller's transaction. The council's decision needs its case or agenda item
    (P-81). Raises PermissionDenied, WrongDecision."""
    if sentence := why_not_record(by, body):
        raise PermissionDenied(sentence)
    if decided_on > today():
        raise WrongDecision("decided_on", "Datoen ligger i fremtiden. Skriv beslutningen ind, når den er truffet.")
    if not_before and decided_on < not_before:
        raise WrongDecision(
            "decided_on",
            f"Beslutningen kan ikke være ældre end {da_date(not_before)}. Vælg den dag eller en senere.",
        )
    if body.kind == BodyKind.COUNCIL and outcome != Outcome.RETURNED and not reference.strip():
        raise WrongDecision("reference", "Skriv kommunalbestyrelsens sagsnummer eller dagsordenspunkt.")
    with transaction.atomic():
        decision = Decision.objects.create(
            body=body, outcome=outcome, decided_on=decided_on, reference=reference.strip(), text=text,
            statement=statement, label=label[:300], url=url, sha256=sha256, recorded_by=by, object_id=concerns.pk,
            content_type=ContentType.objects.get_for_model(concerns),
        )  # fmt: skip
        for stored in uploads:
            DecisionFile.objects.create(decision=decision, stored=files.attach(stored))
    return decision


def void_decisions(concerns: models.Model, reason: str, outcomes: Iterable[Outcome]) -> int:
    """Decisions on a thing that has changed since no longer hold; answers how many fell."""
    kind = ContentType.objects.get_for_model(concerns)
    standing = Decision.objects.standing().filter(content_type=kind, object_id=concerns.pk, outcome__in=outcomes)
    return standing.update(voided_at=timezone.now(), void_reason=reason[:500])


def decisions_on(*things: Any) -> models.QuerySet[Decision]:
    """Every decision on these, of one kind, newest first."""
    kind = ContentType.objects.get_for_model(things[0]) if things else None
    rows = Decision.objects.filter(content_type=kind, object_id__in=[thing.pk for thing in things])
    return rows.select_related("body", "recorded_by").prefetch_related("files__stored")
