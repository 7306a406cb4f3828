"""Who is asked in a review, and what becomes of it when owners and roles change."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from duties.models import Duty
from glostrup_isms.kit.dates import add_working_days
from glostrup_isms.kit.outbox import Message
from meetings.enums import BodyKind
from policy import actions
from policy.enums import NeedsChange, ReviewState
from policy.models import ApprovalRoute, Document, Review
from policy.tasks import ask_for_reviews_task
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, days_pass, fresh
from tests.policy.reviewing import DAY, again, answered, asked_to_change, duties_of, open_review, opened, reapproved


def own(document: Document, desk: Desk, role: Role) -> None:
    document.refresh_from_db()
    actions.change_document(document, by=desk.writer, revision=document.revision, owner_role=role)


def asked_of(review: Review) -> dict[str, bool]:
    """{role: whether it answers as the owner}."""
    return dict(review.parts.values_list("role", "is_owner"))


def part_duties(review: Review) -> list[str]:
    return sorted(
        duties_of(review).open().filter(dedup_key__startswith="review-part").values_list("holder_role", flat=True)
    )


@pytest.mark.parametrize("answers_first", [True, False])
def test_owner_who_is_asked_already_is_asked_as_the_owner(desk: Desk, time_machine: Any, answers_first: bool) -> None:
    """One part for each role: what she has answered stands, and who owned it before is asked no more."""
    review = opened(desk, time_machine, desk.in_force(desk.policy()))
    part = review.parts.get(role=Role.GDPR_UNIT)
    if answers_first:
        actions.assess(part, NeedsChange.NO, by=desk.gdpr_unit, text="Intet.")
    own(review.document, desk, Role.GDPR_UNIT)
    for _ in range(2):
        ask_for_reviews_task()
    assert asked_of(review) == {Role.GDPR_UNIT: True, Role.LAWYER: False}
    assert review.parts.get(role=Role.GDPR_UNIT).answered_at is not None or not answers_first
    assert part_duties(review) == [Role.LAWYER] if answers_first else [Role.GDPR_UNIT, Role.LAWYER]
    lapsed = duties_of(review).get(holder_role=Role.IT_COORDINATOR)
    assert (lapsed.state, lapsed.done_by) == ("dropped", None)
    for part in review.parts.filter(answered_at=None):
        actions.assess(part, NeedsChange.NO, by=getattr(desk, part.asked_role), changes="Intet.")
    assert again(review).state == ReviewState.ASSESSED


def test_review_is_assessed_when_the_only_one_who_had_not_answered_is_asked_no_more(
    desk: Desk, time_machine: Any
) -> None:
    review = opened(desk, time_machine, desk.in_force(desk.policy()))
    for role in (Role.GDPR_UNIT, Role.LAWYER):
        actions.assess(review.parts.get(role=role), NeedsChange.NO, by=getattr(desk, role))
    own(review.document, desk, Role.LAWYER)
    ask_for_reviews_task()
    assert again(review).state == ReviewState.ASSESSED
    assert part_duties(review) == []


def test_gdpr_unit_is_asked_of_the_policy_also_when_it_owns_it_no_more(desk: Desk, time_machine: Any) -> None:
    """P-47."""
    review = opened(desk, time_machine, desk.in_force(desk.policy(owner_role=Role.GDPR_UNIT)))
    own(review.document, desk, Role.IT_CHIEF)
    ask_for_reviews_task()
    assert asked_of(review) == {Role.GDPR_UNIT: False, Role.LAWYER: False, Role.IT_CHIEF: True}
    assert part_duties(review) == [Role.GDPR_UNIT, Role.IT_CHIEF, Role.LAWYER]


def test_question_waits_for_the_mail_that_each_has_asked_for(desk: Desk, time_machine: Any) -> None:
    """Nobody is told twice, and who wants no mail gets none: the duty's own notice says it."""
    review = opened(desk, time_machine)
    asked_to_change(desk, review)
    assert not Message.objects.filter(kind__startswith="policy_review").exists()
    assert not Message.objects.filter(url__contains="gennemgang").exists()
    told = {duty.in_mail for duty in duties_of(review)}
    assert told == {"Vurdér, om noget skal ændres: RET-001", "Godkend igen: RET-001", "Skriv en ny udgave: RET-001"}


def test_late_review_is_the_directors_duty_from_the_day_after_until_it_is_decided(
    desk: Desk, time_machine: Any
) -> None:
    review = opened(desk, time_machine)
    days_pass(time_machine, 90)
    assert ask_for_reviews_task() == 1
    assert not again(review).is_late
    assert not duties_of(review).filter(holder_role=Role.DIRECTOR).exists()
    days_pass(time_machine, 1)
    for _ in range(3):
        ask_for_reviews_task()
    duty = duties_of(review).get(holder_role=Role.DIRECTOR)
    assert (duty.title, duty.due_on) == ("Revurdering mangler: RET-001 Mail og beskeder", review.due_on + DAY)
    assert again(review).is_late
    days_pass(time_machine, 40)
    ask_for_reviews_task()
    assert duties_of(review).filter(holder_role=Role.DIRECTOR).count() == 1
    reapproved(desk, review.version, today())
    assert not duties_of(review).open().exists()
    assert Review.objects.filter(document=review.document).count() == 1


def test_director_who_reviews_herself_is_told_of_the_late_review_once(desk: Desk, time_machine: Any) -> None:
    """By »Godkend igen«; she is told to see to it from when that is done and nothing is decided."""
    ApprovalRoute.objects.update(reviewed_by=BodyKind.DIRECTOR)
    review = opened(desk, time_machine)
    days_pass(time_machine, 100)
    for _ in range(2):
        ask_for_reviews_task()
    hers = duties_of(review).open().filter(holder_role=Role.DIRECTOR)
    assert again(review).late_at is not None
    assert [duty.title.partition(":")[0] for duty in hers] == ["Godkend igen"]
    asked_to_change(desk, review, by=desk.director)
    assert [duty.title.partition(":")[0] for duty in hers.all()] == ["Revurdering mangler"]


def test_after_two_hundred_days_of_downtime_each_is_asked_once(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make())
    due_on = version.document.next_review_on
    assert due_on is not None
    days_pass(time_machine, (due_on - today()).days + 110)  # it would have opened 200 days ago
    for _ in range(2):
        assert ask_for_reviews_task() == 1
    review = open_review(version.document)
    assert (review.due_on, review.is_late) == (due_on, True)
    found = {duty.holder_role: duty.due_on for duty in duties_of(review)}
    assert found == {
        Role.COMMITTEE: due_on, Role.DIRECTOR: today(), Role.IT_COORDINATOR: add_working_days(today(), 10),
    }  # fmt: skip
    assert duties_of(review).count() == 3


def test_clock_set_back_asks_nobody_again_and_takes_nothing_back(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine)
    before = set(Duty.objects.values_list("pk", "state"))
    days_pass(time_machine, -1)
    assert ask_for_reviews_task() == 1
    assert set(Duty.objects.values_list("pk", "state")) == before
    assert again(review).state == ReviewState.OPENED


def test_review_falls_with_a_document_that_is_withdrawn(desk: Desk, time_machine: Any) -> None:
    review = answered(desk, opened(desk, time_machine))
    actions.withdraw(fresh(review.version), by=desk.director, note="Forældet.", decided_on=today())
    review = again(review)
    assert (review.state, review.void_why) == (ReviewState.VOID, "Dokumentet er trukket tilbage.")
    left = duties_of(review).get(dedup_key__startswith="review:")
    assert (left.state, left.done_by) == ("dropped", None), "she has approved nothing"
    assert not duties_of(review).open().exists()
    assert ask_for_reviews_task() == 0


def test_review_for_another_day_takes_the_place_of_the_open_one(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine)
    document = Document.objects.get(pk=review.document_id)
    document = actions.change_document(document, by=desk.writer, revision=document.revision, review_months=11)
    assert ask_for_reviews_task() == 1
    old, new = again(review), open_review(document)
    assert (old.state, new.due_on) == (ReviewState.VOID, document.next_review_on)
    assert old.void_why.startswith("Dokumentet skal nu godkendes igen senest")
    assert {duty.due_on for duty in duties_of(new).open().filter(holder_role=Role.COMMITTEE)} == {new.due_on}
    actions.change_document(document, by=desk.writer, revision=document.revision, review_months=12)
    assert ask_for_reviews_task() == 1
    assert [one.state for one in document.reviews.order_by("pk")] == [
        ReviewState.VOID, ReviewState.VOID, ReviewState.OPENED,
    ]  # fmt: skip


def test_review_before_another_body_takes_the_place_of_the_open_one(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine)
    ApprovalRoute.objects.filter(kind=review.document.kind).update(reviewed_by=BodyKind.EXECUTIVE)
    assert ask_for_reviews_task() == 1
    assert again(review).void_why == "Dokumentet godkendes nu igen af Direktionen."
    assert open_review(review.document).body_kind == BodyKind.EXECUTIVE


def test_leap_day_is_followed_by_the_last_of_february(desk: Desk, time_machine: Any) -> None:
    time_machine.move_to(datetime(2028, 2, 29, 9, tzinfo=UTC), tick=False)
    version = desk.in_force(desk.make())
    review = opened(desk, time_machine, version)
    assert (review.due_on, today()) == (date(2029, 2, 28), date(2028, 11, 30))
    reapproved(desk, version, today())
    days_pass(time_machine, 366)
    ask_for_reviews_task()
    assert open_review(review.document).due_on == date(2029, 11, 30)
