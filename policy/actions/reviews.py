"""The yearly approval of what is in force (P-56, P-80)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction

from duties.actions import create_duty, finish_duty
from duties.models import Duty
from glostrup_isms.kit import audit
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import body_named, record_decision
from meetings.enums import BodyKind, Outcome
from meetings.models import Decision
from meetings.permissions import why_not_record
from policy.actions.shared import add_event, case_in_words, lock, public_site_changed, settle_duties
from policy.enums import State
from policy.models import Document, Version
from policy.permissions import DECIDE
from policy.workflow import not_by_author
from roles.models import User, today

SOON = timedelta(days=60)  # before its day, the yearly approval becomes a duty


def next_review(document: Document, last: date) -> date:
    """When the document is approved again at the latest: so many months after it really was last time (P-56, P-80)."""
    months = last.month - 1 + document.review_months
    year, month = last.year + months // 12, months % 12 + 1
    day = last.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:  # the month is shorter
            day -= 1


def reapprove(
    version: Version, *, by: User, decided_on: date, reference: str = "", text: str = "", seen: str | None = None,
    uploads: Iterable[StoredFile] = (),
) -> Decision:  # fmt: skip
    """The yearly approval of what is in force, unchanged (P-56, P-80). The next one counts from this day.
    Raises PermissionDenied, StepNotOpen, WrongDecision, Changed."""
    with transaction.atomic():
        fresh = lock(version, seen, publishes=True)
        document = fresh.document
        body = body_named(document.route.reviewed_by)
        if not by.has_perm(DECIDE, fresh) or why_not_record(by, body):
            raise PermissionDenied(why_not_record(by, body) or "Du kan ikke skrive udvalgets beslutninger ind.")
        if fresh.state != State.IN_FORCE:
            raise StepNotOpen(f"Kun det, der gælder, kan godkendes igen. Udgaven er »{fresh.get_state_display()}«.")
        if sentence := not_by_author(by, fresh, document.route.reviewed_by):
            raise StepNotOpen(sentence)
        last = reviews(fresh).first()
        decision = record_decision(
            fresh, body=body, outcome=Outcome.REAPPROVED, decided_on=decided_on, label=fresh.label,
            url=fresh.get_absolute_url(), sha256=fresh.sha256, by=by, reference=reference, text=text,
            not_before=last.decided_on if last else fresh.effective_on, uploads=uploads,
        )  # fmt: skip
        document.next_review_on = next_review(document, decided_on)
        document.revision += 1  # so that a page from before approves nothing again
        document._history_user = by
        document.save()
        case = case_in_words(reference)
        add_event(fresh, f"{by}: Godkendt igen af {body} {da_date(decided_on)} uden ændringer.{case}")
        public_site_changed()
        audit.record("version.reapprove", by=by, obj=fresh, decided_on=decided_on, reference=reference)
        settle_duties(fresh, by)
    return decision


def reviews(version: Version) -> Any:
    """The yearly approvals of the version, newest first."""
    kind = ContentType.objects.get_for_model(Version)
    rows = Decision.objects.standing().filter(content_type=kind, object_id=version.pk, outcome=Outcome.REAPPROVED)
    return rows.order_by("-decided_on", "-pk")


def last_approval(version: Version) -> date:
    """The day on which the version in force was decided, or approved again."""
    last = reviews(version).first() or version.decision
    return last.decided_on  # type: ignore[no-any-return, union-attr]


def ask_for_reviews() -> int:
    """A duty for each document in force whose yearly approval is near or late; answers how many stand. What was asked
    of another body, or for another day, since the route or the interval was changed, is asked no more."""
    keys = set()
    near = Document.objects.filter(in_force__isnull=False, next_review_on__lte=today() + SOON)
    for document in near.select_related("in_force"):
        version, due_on = document.in_force, document.next_review_on
        assert version is not None  # as asked for
        assert due_on is not None
        body = document.route.reviewed_by
        key = f"review:{document.pk}:{due_on}:{body}"
        create_duty(
            f"Godkend igen: {document.number} {document.title}"[:200],
            due_on=due_on,
            role=BodyKind(body).recorders[-1],
            dedup_key=key,
            concerns=version,
            url=version.get_absolute_url(),
            by_hand=False,
        )
        keys.add(key)
    for duty in Duty.objects.open().filter(dedup_key__startswith="review:").exclude(dedup_key__in=keys):
        finish_duty(duty, by=None)
    return len(keys)
