"""The yearly approval: by the body that reviews, counted from the day it really was, and asked for once."""

import calendar
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from duties.models import Duty
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import WrongDecision
from meetings.enums import BodyKind, Outcome
from meetings.models import Decision
from policy import actions
from policy.actions import next_review
from policy.enums import State
from policy.models import ApprovalRoute, Document, Version
from policy.tasks import ask_for_reviews_task
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, days_pass, fresh

DAY = timedelta(days=1)


@given(
    last=st.dates(date(1990, 1, 1), date(2200, 12, 31)) | st.sampled_from([date(2024, 2, 29), date(2023, 12, 31)]),
    months=st.integers(1, 12),
)
def test_next_review_is_so_many_months_later(last: date, months: int) -> None:
    due = next_review(Document(review_months=months), last)
    assert (due.year * 12 + due.month) - (last.year * 12 + last.month) == months
    assert due.day == min(last.day, calendar.monthrange(due.year, due.month)[1])
    assert last < due <= last + timedelta(days=366)


@pytest.mark.parametrize(
    ("last", "months", "due"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2022, 8, 31), 6, date(2023, 2, 28)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 12, 1), 1, date(2026, 1, 1)),
        (date(2025, 11, 30), 12, date(2026, 11, 30)),
    ],
)
def test_next_review_minds_short_months_and_leap_days(last: date, months: int, due: date) -> None:
    assert next_review(Document(review_months=months), last) == due


def reapproved(desk: Desk, version: Version, day: date, **fields: Any) -> Decision:
    return actions.reapprove(fresh(version), **{"by": desk.committee, "decided_on": day, **fields})


def test_document_is_due_when_its_year_has_passed(desk: Desk, time_machine: Any) -> None:
    document = desk.in_force(desk.make()).document
    assert document.next_review_on is not None
    days_pass(time_machine, (document.next_review_on - today()).days)
    assert not Document.objects.due().exists()
    assert not Document.objects.get().is_due
    days_pass(time_machine, 1)
    assert Document.objects.due().get() == document
    assert Document.objects.get().is_due


def test_approved_again_it_is_due_a_year_from_that_day(desk: Desk) -> None:
    version = desk.adopted(desk.make())
    assert version.document.is_due
    day = today() - 5 * DAY
    decision = reapproved(desk, version, day, reference="Punkt 4")
    document = fresh(version).document
    assert document.next_review_on == next_review(document, day)
    assert not document.is_due
    assert (decision.outcome, decision.sha256, decision.reference) == (Outcome.REAPPROVED, version.sha256, "Punkt 4")
    assert fresh(version).state == State.IN_FORCE
    assert fresh(version).revision == version.revision


def test_only_the_reviewing_body_approves_again(desk: Desk) -> None:
    version = desk.in_force(desk.policy())
    for name in desk.town.holders:
        if name in ("committee", "director"):  # the director chairs the committee (P-46)
            continue
        with pytest.raises(PermissionDenied, match="Informationssikkerhedsudvalget"):
            reapproved(desk, version, today(), by=getattr(desk, name))
    assert not actions.reviews(version).exists()
    for person in (desk.committee, desk.director):
        reapproved(desk, version, today(), by=person)
    assert actions.reviews(version).count() == 2


@pytest.mark.parametrize("state", [state for state in State if state != State.IN_FORCE])
def test_only_what_applies_is_approved_again(desk: Desk, state: State) -> None:
    version = desk.at(state)
    with pytest.raises(StepNotOpen, match="Kun det, der gælder, kan godkendes igen"):
        reapproved(desk, version, today())
    assert not actions.reviews(version).exists()


def test_approval_is_not_older_than_the_text_or_the_last_one_nor_in_the_future(desk: Desk) -> None:
    version = desk.adopted(desk.make(), days_ago=100)
    for day in (today() - 101 * DAY, today() + DAY):
        with pytest.raises(WrongDecision):
            reapproved(desk, version, day)
    reapproved(desk, version, today() - 10 * DAY)
    with pytest.raises(WrongDecision, match="kan ikke være ældre end"):
        reapproved(desk, version, today() - 11 * DAY)
    assert actions.reviews(version).count() == 1
    document = fresh(version).document
    assert document.next_review_on == next_review(document, today() - 10 * DAY)


def test_stale_page_approves_nothing_again(desk: Desk) -> None:
    version = desk.adopted(desk.make())
    desk.in_force(actions.start_version(version.document, by=desk.writer))
    with pytest.raises(actions.Changed):
        reapproved(desk, version, today(), seen=version.seen)


def test_review_is_asked_for_once_and_settled_by_the_approval(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make())
    about = Duty.objects.filter(dedup_key__startswith="review:")
    assert ask_for_reviews_task() == 0
    assert not about.exists()
    days_pass(time_machine, 310)
    for _ in range(3):
        assert ask_for_reviews_task() == 1
    duty = about.get()
    assert (duty.holder_role, duty.due_on, duty.concerns) == (
        Role.COMMITTEE,
        version.document.next_review_on,
        version,
    )
    assert duty in Duty.objects.visible_to(desk.committee)
    reapproved(desk, version, today())
    assert not about.open().exists()
    assert ask_for_reviews_task() == 0
    days_pass(time_machine, 310)
    assert ask_for_reviews_task() == 1
    assert about.open().count() == 1


def test_yearly_approval_sent_twice_is_one(desk: Desk) -> None:
    version = desk.adopted(desk.make())
    seen = version.seen
    reapproved(desk, version, today(), seen=seen)
    with pytest.raises(actions.Changed):
        reapproved(desk, version, today(), seen=seen)
    assert Decision.objects.filter(outcome=Outcome.REAPPROVED).count() == 1


def test_review_is_asked_of_the_body_and_for_the_day_of_now(desk: Desk) -> None:
    document = desk.adopted(desk.make()).document
    about = Duty.objects.open().filter(dedup_key__startswith="review:")
    assert ask_for_reviews_task() == 1
    ApprovalRoute.objects.filter(kind=document.kind).update(reviewed_by=BodyKind.DIRECTOR)
    assert ask_for_reviews_task() == 1
    assert about.get().holder_role == Role.DIRECTOR
    Document.objects.filter(pk=document.pk).update(next_review_on=today() + timedelta(days=30))
    assert ask_for_reviews_task() == 1
    assert about.get().due_on == today() + timedelta(days=30)
    Document.objects.filter(pk=document.pk).update(next_review_on=today() + timedelta(days=300))
    assert ask_for_reviews_task() == 0
    assert not about.exists()


@pytest.mark.parametrize("ending", ["superseded", "withdrawn"])
def test_review_of_a_text_that_has_ended_is_asked_of_nobody(desk: Desk, ending: str) -> None:
    version = desk.adopted(desk.make())
    assert ask_for_reviews_task() == 1
    if ending == "superseded":
        desk.in_force(actions.start_version(version.document, by=desk.writer))
    else:
        actions.withdraw(version, by=desk.director, note="Forældet.", decided_on=today())
    assert not Duty.objects.open().filter(dedup_key__startswith="review:").exists()
    assert ask_for_reviews_task() == 0
