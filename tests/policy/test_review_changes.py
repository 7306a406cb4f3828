"""A review that ends in a new version, and which body's decision ends it."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import WrongDecision
from meetings.enums import BodyKind, Outcome
from policy import actions
from policy.actions import next_review
from policy.enums import NeedsChange, ReviewState
from policy.models import ApprovalRoute, Contribution, Document, Review, Version
from policy.tasks import ask_for_reviews_task
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, days_pass, fresh
from tests.policy.reviewing import DAY, again, answered, asked_to_change, duties_of, open_review, opened, reapproved


def test_body_asks_for_a_new_version_and_the_review_stays_open_until_it_is_decided(
    desk: Desk, time_machine: Any
) -> None:
    review = answered(desk, opened(desk, time_machine), NeedsChange.YES)
    decision = asked_to_change(desk, review)
    assert (decision.outcome, decision.text) == (Outcome.CHANGE_ASKED, "Skriv kapitel 2 om.")
    review = again(review)
    assert (review.state, review.change_asked) == (ReviewState.ASSESSED, decision)
    assert review.document.next_review_on == review.due_on, "it was not approved"
    duty = duties_of(review).open().get()
    assert (duty.holder_role, duty.title) == (Role.IT_COORDINATOR, "Skriv en ny udgave: RET-001 Mail og beskeder")
    ask_for_reviews_task()
    assert duties_of(review).open().get() == duty
    days_pass(time_machine, 91)
    ask_for_reviews_task()
    assert {one.holder_role for one in duties_of(review).open()} == {Role.IT_COORDINATOR, Role.DIRECTOR}
    following = desk.recommended(actions.start_version(review.document, by=desk.writer))
    assert not duties_of(review).open().filter(holder_role=Role.IT_COORDINATOR).exists(), "it is written"
    following = desk.decide(following)
    review = again(review)
    assert (review.state, review.decision) == (ReviewState.CLOSED, following.decision)
    assert not duties_of(review).open().exists()
    assert review.document.next_review_on == next_review(review.document, today())


def test_who_has_written_in_the_text_may_ask_for_a_new_one_but_others_only_by_the_body(
    desk: Desk, time_machine: Any
) -> None:
    version = desk.in_force(desk.make())
    Contribution.objects.create(version=version, person=desk.committee)
    review = opened(desk, time_machine, version)
    for name in desk.town.holders:
        if name not in ("committee", "director"):
            with pytest.raises(PermissionDenied):
                asked_to_change(desk, review, by=getattr(desk, name))
    with pytest.raises(StepNotOpen, match="selv har skrevet i"):
        reapproved(desk, version, today())
    with pytest.raises(WrongDecision, match="Skriv, hvad der skal ændres"):
        asked_to_change(desk, review, text=" ")
    asked_to_change(desk, review)
    with pytest.raises(StepNotOpen, match="allerede bedt om en ny udgave"):
        asked_to_change(desk, review)


def test_without_an_open_review_nobody_asks_for_a_new_version(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    with pytest.raises(StepNotOpen, match="ingen åben gennemgang"):
        actions.ask_for_change(version, by=desk.committee, decided_on=today(), text="Om.")


def to_write(review: Review) -> Any:
    return duties_of(review).open().filter(dedup_key__startswith="review-change")


@pytest.mark.parametrize("way", ["sent back", "taken back", "deleted"])
def test_new_version_that_does_not_stand_is_asked_for_again(desk: Desk, time_machine: Any, way: str) -> None:
    review = opened(desk, time_machine)
    asked_to_change(desk, review)
    following = desk.submitted(actions.start_version(review.document, by=desk.writer))
    assert not to_write(review).exists()
    if way == "sent back":
        actions.send_back(following, by=desk.committee, note="Kapitel 3 mangler.")
    else:
        actions.take_back(following, by=desk.writer, note="En fejl.")
    if way == "deleted":
        actions.discard(fresh(following), by=desk.writer)
        following = actions.start_version(review.document, by=desk.writer)
    assert to_write(review).get().holder_role == Role.IT_COORDINATOR
    assert Review.objects.before(BodyKind.COMMITTEE).count() == 0, "it waits for the text"
    desk.in_force(fresh(following))
    assert not duties_of(review).open().exists()
    assert again(review).state == ReviewState.CLOSED


def test_hearing_taken_back_asks_for_the_new_version_once(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine)
    asked_to_change(desk, review)
    actions.take_back(desk.hear(actions.start_version(review.document, by=desk.writer)), by=desk.writer, note="Fejl.")
    assert to_write(review).count() == 1


def test_new_version_that_is_before_a_body_is_not_asked_for(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine)
    following = desk.submitted(actions.start_version(review.document, by=desk.writer))
    asked_to_change(desk, review)
    assert not to_write(review).exists()
    actions.send_back(following, by=desk.committee, note="Kapitel 3 mangler.")
    assert to_write(review).exists()


# ── Only the body that reviews ends it ───────────────────────────────────────────────────────────
def decided_without_the_committee(desk: Desk, document: Document, **fields: Any) -> Version:
    """A route that leaves the committee out, except of the yearly review."""
    ApprovalRoute.objects.filter(kind=document.kind).update(recommended_by="")
    return desk.decide(desk.submitted(actions.start_version(document, by=desk.writer)), **fields)


@pytest.mark.parametrize("later", [0, 20])
def test_decision_of_another_body_ends_no_review(desk: Desk, time_machine: Any, later: int) -> None:
    """It goes on with the new text, and all that was asked and answered with it."""
    review = opened(desk, time_machine, desk.in_force(desk.policy()), days_before=80)
    actions.assess(review.parts.get(role=Role.LAWYER), NeedsChange.NO, by=desk.lawyer)
    following = decided_without_the_committee(desk, review.document, effective_on=today() + later * DAY)
    review = again(review)
    assert (review.is_open, review.document.next_review_on) == (True, review.due_on)
    days_pass(time_machine, later)
    actions.put_due_in_force()
    ask_for_reviews_task()
    review = again(review)
    assert (review.is_open, review.version, review.document.next_review_on) == (True, following, review.due_on)
    assert [duty.holder_role for duty in duties_of(review).open().order_by("holder_role")] == sorted(
        [Role.COMMITTEE, Role.GDPR_UNIT, Role.IT_COORDINATOR]
    )
    assert review.parts.get(role=Role.LAWYER).answered_at is not None
    assert "mangler at se på den" in " ".join(following.events.values_list("sentence", flat=True))
    (fact,) = [one.sentence for one in review.facts.all() if "hverken" in one.sentence]
    assert fact == "Udgave 2 gælder nu. Informationssikkerhedsudvalget har hverken anbefalet eller besluttet den."
    decision = reapproved(desk, following, today())
    assert (again(review).decision, again(review).state) == (decision, ReviewState.CLOSED)
    assert not duties_of(review).open().exists()
    assert fresh(following).document.next_review_on == next_review(review.document, today())


def test_body_that_asked_for_a_new_version_takes_up_one_that_was_decided_without_it(
    desk: Desk, time_machine: Any
) -> None:
    review = opened(desk, time_machine)
    asked_to_change(desk, review)
    following = decided_without_the_committee(desk, review.document)
    assert Review.objects.before(BodyKind.COMMITTEE).get() == review
    assert {duty.holder_role for duty in duties_of(again(review)).open()} == {Role.COMMITTEE, Role.IT_COORDINATOR}
    reapproved(desk, following, today())
    assert again(review).state == ReviewState.CLOSED


def test_approval_counts_from_the_body_that_reviews_through_many_versions(desk: Desk, time_machine: Any) -> None:
    """What others decide in between moves no day, also when what was approved applies no more."""
    version = desk.in_force(desk.make())
    days_pass(time_machine, 30)
    reapproved(desk, version, today())
    day = next_review(version.document, today())
    for _ in range(2):
        days_pass(time_machine, 30)
        version = decided_without_the_committee(desk, version.document)
        assert version.document.next_review_on == day


def test_review_opened_while_a_decided_text_waits_is_not_ended_by_it(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make(review_months=2))
    following = actions.start_version(version.document, by=desk.writer)
    following = desk.decide(desk.recommended(following), effective_on=today() + 50 * DAY)
    days_pass(time_machine, 45)
    ask_for_reviews_task()
    review = open_review(version.document)
    days_pass(time_machine, 5)
    actions.put_due_in_force()
    for _ in range(2):
        ask_for_reviews_task()
    assert (again(review).is_open, again(review).version) == (True, following)
    assert Review.objects.count() == 1


@pytest.mark.parametrize("owner", [Role.SYSTEM_OWNER, Role.COUNCILLOR])
def test_new_version_is_written_by_one_who_writes_documents(desk: Desk, time_machine: Any, owner: Role) -> None:
    """P-55: whoever else owns it, the it-sikkerhedskoordinator writes."""
    review = opened(desk, time_machine, desk.in_force(desk.make(owner_role=owner)))
    asked_to_change(desk, review)
    assert duties_of(review).open().get().holder_role == Role.IT_COORDINATOR


def test_version_decided_for_a_later_day_ends_the_review_at_once(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine, days_before=3)
    following = actions.start_version(review.document, by=desk.writer)
    following = desk.decide(desk.recommended(following), effective_on=today() + 30 * DAY)
    decided_on = today()
    assert again(review).state == ReviewState.CLOSED
    days_pass(time_machine, 10)
    assert ask_for_reviews_task() == 0
    assert not Document.objects.due().exists(), "the body has looked at it"
    days_pass(time_machine, 20)
    actions.put_due_in_force()
    document = Document.objects.get(pk=review.document_id)
    assert (document.in_force, document.next_review_on) == (following, next_review(document, decided_on))
    assert ask_for_reviews_task() == 0


def test_decision_that_falls_leaves_the_document_to_be_reviewed_again(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine, days_before=3)
    following = actions.start_version(review.document, by=desk.writer)
    following = desk.decide(desk.recommended(following), effective_on=today() + 30 * DAY)
    days_pass(time_machine, 10)
    actions.send_back(following, by=desk.director, note="Alligevel ikke.")
    assert Document.objects.due().get() == review.document
    assert ask_for_reviews_task() == 1
    new = open_review(review.document)
    assert (new.due_on, new.is_late) == (review.due_on, True)
    assert again(review).state == ReviewState.CLOSED


def test_dates_cannot_be_moved_by_hand(desk: Desk, time_machine: Any) -> None:
    """Whatever is changed of the document, its day follows from the last decision."""
    review = opened(desk, time_machine)
    document = Document.objects.get(pk=review.document_id)
    Document.objects.filter(pk=document.pk).update(next_review_on=today() + 500 * DAY)
    document = actions.change_document(document, by=desk.writer, revision=document.revision, journal_number="26/1")
    assert document.next_review_on == review.due_on
