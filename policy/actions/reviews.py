"""What is decided in the yearly review of what is in force (P-56, P-80): approved again, or to be changed. And what
ends a review: that decision, that of a new version, or that there is nothing to review any more."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from duties.actions import create_duty, finish_duty
from duties.enums import Kind
from duties.models import Duty, DutyQuerySet
from glostrup_isms.kit import audit, outbox
from glostrup_isms.kit.dates import add_working_days, da_date
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.workflow import SYSTEM, StepNotOpen
from meetings.actions import WrongDecision, body_named, record_decision
from meetings.enums import BodyKind, Outcome
from meetings.models import Body, Decision
from meetings.permissions import why_not_record
from policy.actions.shared import (
    WORKING_DAYS,
    add_event,
    case_in_words,
    lock,
    public_site_changed,
    settle_duties,
)
from policy.enums import BEFORE_A_BODY, PUBLISHED, Confidentiality, State
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


def reviews(*versions: Version) -> Any:
    """The yearly approvals of the versions, newest first."""
    kind = ContentType.objects.get_for_model(Version)
    keys = [version.pk for version in versions]
    rows = Decision.objects.standing().filter(content_type=kind, object_id__in=keys, outcome=Outcome.REAPPROVED)
    return rows.order_by("-decided_on", "-pk")


def last_approval(document: Document) -> date:
    """The last day on which the body that approves it every year did, or a text that this body had recommended or
    decided was decided. Where it never has: the day of the first decision. Nothing from before a withdrawal counts."""
    texts: list[Version] = []
    rows = document.versions.filter(state__in=(State.DECIDED, *PUBLISHED)).order_by("number")
    for version in rows.select_related("decision__body", "recommendation__body"):
        texts = [] if version.state == State.WITHDRAWN else [*texts, version]
    seen = [text.decision.decided_on for text in texts if text.decision and text.is_seen_by_reviewer]
    if last := reviews(*texts).first():
        seen.append(last.decided_on)
    return max(seen) if seen else min(text.decision.decided_on for text in texts if text.decision)


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
        ask_for_new_version(fresh.document, by)
        case = case_in_words(reference)
        add_event(fresh, f"{by}: {body} bad {da_date(decided_on)} om en ny udgave.{case} {text.strip()}")
        _finish(fresh, by, BODY, PART)
        if review.late_at:
            ask_director(review)
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


def ask(
    review: Review, what: str, *, role: Role, due_on: date, key: str, by: User | None = None, text: str = ""
) -> None:
    """A duty of the review, of whoever fills the role; it ends with the work, or with the review. What is done may be
    asked for again; what is open is not."""
    asked, document = asked_under(key), review.document
    if asked.open().exists():
        return
    create_duty(
        f"{what}: {document.number} {document.title}"[:200], due_on=due_on, role=role, text=text,
        dedup_key=f"{key}:{timezone.now().isoformat()}" if asked.exists() else key,
        concerns=review.version, url=review.get_absolute_url(), by=by, by_hand=False, kind=Kind.DOCUMENT,
        in_mail=f"{what}: {document.number}",
        is_discreet=document.confidentiality not in (Confidentiality.PUBLIC, Confidentiality.INTERNAL),
    )  # fmt: skip


def asked_under(key: str) -> DutyQuerySet:
    """Every duty that was made under the key of one thing that is asked in a review."""
    return Duty.objects.filter(Q(dedup_key=key) | Q(dedup_key__startswith=f"{key}:"))


def finish_asked(key: str, by: Any) -> None:
    for duty in asked_under(key).open():
        finish_duty(duty, by=by)


def ask_to_review(review: Review) -> None:
    """Those who write the decisions of the reviewing body in."""
    role = BodyKind(review.body_kind).recorders[-1]
    ask(review, "Godkend igen", role=role, due_on=review.due_on, key=f"{BODY}{review.pk}")


def ask_director(review: Review) -> None:
    """»Revurdering mangler«, unless the municipal director is already asked to approve it (P-79, P-80)."""
    if not asked_under(f"{BODY}{review.pk}").open().filter(holder_role=Role.DIRECTOR).exists():
        due_on = max(review.due_on + timedelta(days=1), today())
        ask(review, "Revurdering mangler", role=Role.DIRECTOR, due_on=due_on, key=f"{LATE}{review.pk}")


def ask_for_new_version(document: Document, by: User) -> None:
    """Whoever writes the document, while the open review has asked for a new version and none is before a body."""
    review = document.reviews.open().exclude(change_asked=None).first()
    if review and not document.versions.filter(state__in=BEFORE_A_BODY).exists():
        due_on = add_working_days(today(), WORKING_DAYS)
        ask(review, "Skriv en ny udgave", role=who_writes(document), due_on=due_on, key=f"{CHANGE}{review.pk}", by=by)


# ── What ends a review ───────────────────────────────────────────────────────────────────────────
def close_review(document: Document, decision: Decision, by: Any) -> None:
    """The body has decided: who has not answered need not, and nobody is told any more that it is late."""
    if review := document.reviews.open().first():
        settle_duties(review.version, by)
        REVIEW_FLOW.move(review, "close", by=SYSTEM, values={"decision": decision, "closed_at": timezone.now()})


def void_review(review: Review, why: str) -> None:
    """There is nothing to decide in it any more. In the caller's transaction, with the rows locked."""
    add_event(review.version, f"Den årlige gennemgang er bortfaldet. {why}")
    _finish(review.version, None)
    REVIEW_FLOW.move(review, "void", by=SYSTEM, note=why, values={"void_why": why, "closed_at": timezone.now()})


def new_version_is_sent(document: Document, by: User) -> None:
    """What the body asked for in the review is written."""
    for review in document.reviews.open():
        finish_asked(f"{CHANGE}{review.pk}", by)


def open_duties(version: Version, *prefixes: str) -> list[Duty]:
    """What its review asks, and is not done: all of it, or what has one of these keys."""
    kind = ContentType.objects.get_for_model(Version)
    about = Duty.objects.open().filter(content_type=kind, object_id=str(version.pk))
    return [duty for duty in about if duty.dedup_key.startswith(prefixes or (BODY, PART, LATE, CHANGE))]


def _finish(version: Version, by: Any, *prefixes: str) -> None:
    for duty in open_duties(version, *prefixes):
        finish_duty(duty, by=by)
