"""What every test of the yearly review does."""

from datetime import date, timedelta
from typing import Any

from duties.models import Duty
from meetings.models import Decision
from policy import actions
from policy.enums import NeedsChange
from policy.models import Document, Review, Version
from policy.tasks import ask_for_reviews_task
from roles.models import today
from tests.desk import Desk, days_pass, fresh

DAY = timedelta(days=1)


def reapproved(desk: Desk, version: Version, day: date, **fields: Any) -> Decision:
    return actions.reapprove(fresh(version), **{"by": desk.committee, "decided_on": day, **fields})


def opened(desk: Desk, time_machine: Any, version: Version | None = None, days_before: int = 90) -> Review:
    """The open review of a document in force, so many days before its day."""
    document = (version or desk.in_force(desk.make())).document
    document.refresh_from_db()
    assert document.next_review_on is not None
    days_pass(time_machine, (document.next_review_on - today()).days - days_before)
    ask_for_reviews_task()
    return open_review(document)


def open_review(document: Document) -> Review:
    return Review.objects.open().select_related("document", "version__document").get(document=document)


def again(review: Review) -> Review:
    return Review.objects.select_related("document", "version__document").get(pk=review.pk)


def answered(desk: Desk, review: Review, says: NeedsChange = NeedsChange.NO) -> Review:
    for part in review.parts.filter(answered_at=None):
        by = getattr(desk, part.asked_role)
        actions.assess(part, says, by=by, changes="Ingen ny lov.", text="Kapitel 2.")
    return again(review)


def duties_of(review: Review) -> Any:
    return Duty.objects.filter(object_id=str(review.version_id), dedup_key__startswith="review")


# ── To be changed ────────────────────────────────────────────────────────────────────────────────
def asked_to_change(desk: Desk, review: Review, **fields: Any) -> Decision:
    given = {"by": desk.committee, "decided_on": today(), "text": "Skriv kapitel 2 om.", **fields}
    return actions.ask_for_change(fresh(review.version), **given)
