"""What is decided in the yearly review of what is in force (P-56, P-80): approved again, or to be changed. And what
ends a review: that decision, that of a new version, or that there is nothing to review any more."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from duties.actions import create_duty, finish_duties, finish_duty
from duties.enums import Kind
from duties.models import Duty
from glostrup_isms.kit import audit, outbox
from glostrup_isms.kit.dates import add_working_days, da_date
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.workflow import SYSTEM, StepNotOpen
from meetings.actions import WrongDecision, body_named, record_decision
from meetings.enums import Outcome
from meetings.models import Body, Decision
from meetings.permissions import why_not_record
from policy import notifications
from policy.actions.shared import (
    WORKING_DAYS,
    add_event,
    case_in_words,
    lock,
    public_site_changed,
    settle_duties,
)
from policy.enums import Confidentiality, State
from policy.models import Document, Review, Version
from policy.permissions import DECIDE, WRITERS
from policy.workflow import REVIEW_FLOW, not_by_author
from roles.enums import Role
from roles.models import User, today

# The keys of the duties of a review; each is about its version, and ends with the review at the latest.
BODY, PART, LATE, CHANGE = "review:", "review-part:", "review-late:", "review-change:"


# ── The day ──────────────────────────────────────────────────────────────────────────────────────
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


def reviews(version: Version) -> Any:
    """The yearly approvals of the version, newest first."""
    kind = ContentType.objects.get_for_model(Version)
    rows = Decision.objects.standing().filter(content_type=kind, object_id=version.pk, outcome=Outcome.REAPPROVED)
    return rows.order_by("-decided_on", "-pk")


def last_approval(document: Document) -> date:
    """The day on which what applies was decided or approved again, or on which what will replace it was decided."""
    decided = document.versions.filter(state__in=(State.DECIDED, State.IN_FORCE)).select_related("decision")
    days = [version.decision.decided_on for version in decided if version.decision]
    last = reviews(document.in_force).first() if document.in_force else None
    return max([*days, last.decided_on] if last else days)


def count_anew(document: Document) -> None:
    """The day follows from the last real decision, and from nothing else. The caller saves."""
    document.next_review_on = next_review(document, last_approval(document)) if document.in_force else None


# ── What the body decides ────────────────────────────────────────────────────────────────────────
def reapprove(
    version: Version, *, by: User, decided_on: date, reference: str = "", text: str = "", seen: str | None = None,
    uploads: Iterable[StoredFile] = (),
) -> Decision:  # fmt: skip
    """The yearly approval of what is in force, unchanged (P-56, P-80). The next one counts from this day.
    Raises PermissionDenied, StepNotOpen, WrongDecision, Changed."""
    with transaction.atomic():
        fresh = lock(version, seen, publishes=True)
        document = fresh.document
        body = _reviewing_body(fresh, by)
        if sentence := not_by_author(by, fresh, document.route.reviewed_by):
            raise StepNotOpen(sentence)
        decision = _record(fresh, body, Outcome.REAPPROVED, by, decided_on, reference, text, uploads)
        count_anew(document)
        document.revision += 1  # so that a page from before approves nothing again
        document._history_user = by
        document.save()
        case = case_in_words(reference)
        add_event(fresh, f"{by}: Godkendt igen af {body} {da_date(decided_on)} uden ændringer.{case}")
        public_site_changed()
        close_review(document, decision, by)
        settle_duties(fresh, by)
        audit.record("version.reapprove", by=by, obj=fresh, decided_on=decided_on, reference=reference)
    return decision


def ask_for_change(
    version: Version, *, by: User, decided_on: date, text: str, reference: str = "", seen: str | None = None,
    uploads: Iterable[StoredFile] = (),
) -> Decision:  # fmt: skip
    """The body has looked at the text and wants a new version. Whoever writes it gets the duty; the review stays open,
    and becomes late, until the new version is decided. Raises PermissionDenied, StepNotOpen, WrongDecision, Changed."""
    with transaction.atomic():
        fresh = lock(version, seen)
        body = _reviewing_body(fresh, by)
        review = fresh.document.reviews.open().filter(version=fresh).first()
        if review is None:
            raise StepNotOpen("Der er ingen åben gennemgang af teksten. Begynd på en ny udgave, hvis den skal ændres.")
        if review.change_asked:
            raise StepNotOpen(f"Der er allerede bedt om en ny udgave {da_date(review.change_asked.decided_on)}.")
        if not text.strip():
            raise WrongDecision("text", "Skriv, hvad der skal ændres.")
        decision = _record(fresh, body, Outcome.CHANGE_ASKED, by, decided_on, reference, text, uploads)
        review.change_asked = decision
        review.save(update_fields=["change_asked"])
        writer = who_writes(fresh.document)
        due_on = add_working_days(today(), WORKING_DAYS)
        ask(review, "Skriv en ny udgave", role=writer, due_on=due_on, key=f"{CHANGE}{review.pk}", by=by)
        notifications.ask_for_new_version(review, writer)
        case = case_in_words(reference)
        add_event(fresh, f"{by}: {body} bad {da_date(decided_on)} om en ny udgave.{case} {text.strip()}")
        _finish(fresh, by, BODY, PART)
        audit.record("review.change_asked", by=by, obj=review, decided_on=decided_on, reference=reference)
        outbox.nudge()
    return decision


def _reviewing_body(version: Version, by: User) -> Body:
    """The body that approves it every year. Raises PermissionDenied unless `by` writes its decisions in, StepNotOpen
    when the text does not apply."""
    body = body_named(version.document.route.reviewed_by)
    if not by.has_perm(DECIDE, version) or why_not_record(by, body):
        raise PermissionDenied(why_not_record(by, body) or "Du kan ikke skrive udvalgets beslutninger ind.")
    if version.state != State.IN_FORCE:
        raise StepNotOpen(f"Kun det, der gælder, kan godkendes igen. Udgaven er »{version.get_state_display()}«.")
    return body


def _record(
    version: Version, body: Body, outcome: Outcome, by: User, decided_on: date, reference: str, text: str,
    uploads: Iterable[StoredFile],
) -> Decision:  # fmt: skip
    last = reviews(version).first()
    return record_decision(
        version, body=body, outcome=outcome, decided_on=decided_on, label=version.label, url=version.get_absolute_url(),
        sha256=version.sha256, by=by, reference=reference, text=text,
        not_before=last.decided_on if last else version.effective_on, uploads=uploads,
    )  # fmt: skip


def who_writes(document: Document) -> Role:
    """The owner, when she is one who writes documents; else the it-sikkerhedskoordinator (P-55)."""
    return Role(document.owner_role) if document.owner_role in WRITERS else Role.IT_COORDINATOR


def ask(review: Review, what: str, *, role: Role, due_on: date, key: str, by: User | None = None) -> None:
    """A duty of the review, of whoever fills the role; it ends with the work, or with the review."""
    document = review.document
    create_duty(
        f"{what}: {document.number} {document.title}"[:200], due_on=due_on, role=role, dedup_key=key,
        concerns=review.version, url=review.get_absolute_url(), by=by, by_hand=False, kind=Kind.DOCUMENT,
        in_mail=f"Årlig gennemgang af {document.number}",
        is_discreet=document.confidentiality not in (Confidentiality.PUBLIC, Confidentiality.INTERNAL),
    )  # fmt: skip


# ── What ends a review ───────────────────────────────────────────────────────────────────────────
def close_review(document: Document, decision: Decision, by: Any) -> None:
    """The body has decided: who has not answered need not, and nobody is told any more that it is late."""
    if review := document.reviews.open().first():
        settle_duties(review.version, by)
        REVIEW_FLOW.move(review, "close", by=SYSTEM, values={"decision": decision, "closed_at": timezone.now()})


def void_review(review: Review, why: str) -> None:
    """There is nothing to decide in it any more. In the caller's transaction, with the rows locked."""
    add_event(review.version, f"Den årlige gennemgang er bortfaldet. {why}")
    _finish(review.version, None, BODY, PART, LATE, CHANGE)
    REVIEW_FLOW.move(review, "void", by=SYSTEM, note=why, values={"void_why": why, "closed_at": timezone.now()})


def new_version_is_sent(document: Document, by: User) -> None:
    """What the body asked for in the review is written."""
    for review in document.reviews.open():
        finish_duties(f"{CHANGE}{review.pk}", by=by)


def _finish(version: Version, by: Any, *prefixes: str) -> None:
    kind = ContentType.objects.get_for_model(Version)
    for duty in Duty.objects.open().filter(content_type=kind, object_id=str(version.pk)):
        if duty.dedup_key.startswith(prefixes):
            finish_duty(duty, by=by)
