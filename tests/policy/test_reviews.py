"""The yearly review: opened by itself, asked and answered, decided by the body that reviews, counted from the day it
really was."""

import calendar
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from duties.models import Duty
from glostrup_isms.kit.audit_check import verify
from glostrup_isms.kit.dates import add_working_days
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import SYSTEM, StepNotOpen
from meetings.actions import WrongDecision
from meetings.enums import BodyKind, Outcome
from meetings.models import Decision
from policy import actions
from policy.actions import next_review
from policy.enums import NeedsChange, ReviewState, State
from policy.models import ApprovalRoute, Contribution, Document, Event, Review, ReviewPart, Version
from policy.tasks import ask_for_reviews_task
from policy.workflow import REVIEW_FLOW
from roles.enums import Role
from roles.models import Appointment, today
from tests.desk import Desk, days_pass, fresh
from tests.factories import appoint, make_whole_town

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
    assert duty in Duty.objects.held_by(desk.committee)
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


# ── The review by itself ─────────────────────────────────────────────────────────────────────────
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


def put(desk: Desk, review: Review, state: ReviewState) -> Review:
    """The review in the state."""
    if state == ReviewState.ASSESSED:
        return answered(desk, review)
    if state == ReviewState.CLOSED:
        reapproved(desk, review.version, today())
    if state == ReviewState.VOID:
        actions.withdraw(fresh(review.version), by=desk.director, note="Forældet.", decided_on=today())
    return again(review)


@pytest.mark.parametrize("state", list(ReviewState))
@pytest.mark.parametrize("key", list(REVIEW_FLOW.steps))
def test_each_step_of_a_review_is_open_from_its_own_states_only(
    desk: Desk, time_machine: Any, state: ReviewState, key: str
) -> None:
    review = put(desk, opened(desk, time_machine), state)
    assert review.state == state
    decision, step = review.version.decision, REVIEW_FLOW.steps[key]
    ends = {"closed_at": timezone.now()}
    of_step: dict[str, dict[str, Any]] = {
        "assess": {}, "close": {**ends, "decision": decision}, "void": {**ends, "void_why": "Prøve."},
    }  # fmt: skip
    values = of_step[key]
    ReviewPart.objects.filter(review=review).update(
        answered_at=timezone.now(), answered_by=desk.director, needs_change=NeedsChange.NO
    )
    if state in step.sources:
        assert REVIEW_FLOW.move(review, key, by=SYSTEM, note="Prøve.", values=values).state == step.target
    else:
        with pytest.raises(StepNotOpen, match="gennemgangen er »"):
            REVIEW_FLOW.move(review, key, by=SYSTEM, note="Prøve.", values=values)
    with pytest.raises(PermissionDenied):
        REVIEW_FLOW.move(review, key, by=desk.director, note="Prøve.", values=values)


def test_review_opens_ninety_days_before_its_day_and_asks_the_owner(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make(owner_role=Role.SYSTEM_OWNER))
    due_on = version.document.next_review_on
    assert due_on is not None
    days_pass(time_machine, (due_on - today()).days - 91)
    assert ask_for_reviews_task() == 0
    days_pass(time_machine, 1)
    assert ask_for_reviews_task() == 1
    review = open_review(version.document)
    assert (review.version, review.due_on, review.body_kind) == (version, due_on, BodyKind.COMMITTEE)
    assert review.approved_on == due_on.replace(year=due_on.year - 1)
    (part,) = review.parts.all()
    assert (part.role, part.asked_role, part.is_owner) == (Role.SYSTEM_OWNER, Role.SYSTEM_OWNER, True)
    duty = duties_of(review).get(holder_role=Role.SYSTEM_OWNER)
    assert (duty.due_on, duty.url, duty.by_hand) == (due_on - 45 * DAY, "/dokumenter/ret-001/gennemgang/", False)
    assert duty.in_mail == "Vurdér, om noget skal ændres: RET-001"
    assert "Den årlige gennemgang er åbnet. Systemejer vurderer senest" in version.events.last().sentence  # type: ignore[union-attr]


def test_policy_is_assessed_by_owner_gdpr_unit_and_lawyers(desk: Desk, time_machine: Any) -> None:
    """P-47; the council answers through its secretariat, as its decisions are written in."""
    review = opened(desk, time_machine, desk.in_force(desk.policy(owner_role=Role.COUNCILLOR)))
    asked = {part.role: part.asked_role for part in review.parts.all()}
    assert asked == {
        Role.COUNCILLOR: Role.SECRETARIAT, Role.GDPR_UNIT: Role.GDPR_UNIT, Role.LAWYER: Role.LAWYER,
    }  # fmt: skip
    parts = list(review.parts.all())
    for number, part in enumerate(parts):
        assert again(review).state == ReviewState.OPENED, number
        actions.assess(part, NeedsChange.NO, by=getattr(desk, part.asked_role), changes="Intet.")
    assert again(review).state == ReviewState.ASSESSED
    assert duties_of(review).open().get().holder_role == Role.COMMITTEE


@pytest.mark.parametrize(("months", "days"), [(1, 15), (2, 30), (3, 45), (6, 90), (11, 90)])
def test_review_that_comes_often_opens_when_half_of_its_time_has_passed(
    desk: Desk, time_machine: Any, months: int, days: int
) -> None:
    document = desk.in_force(desk.make(review_months=months)).document
    assert document.next_review_on is not None
    days_pass(time_machine, (document.next_review_on - today()).days - days - 1)
    assert ask_for_reviews_task() == 0
    days_pass(time_machine, 1)
    assert ask_for_reviews_task() == 1


def test_only_those_asked_answer_and_with_the_words_that_are_needed(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine)
    (part,) = review.parts.all()
    for name in desk.town.holders:
        if name != "it_coordinator":
            with pytest.raises(PermissionDenied, match="Kun »It-sikkerhedskoordinator« svarer her"):
                actions.assess(part, NeedsChange.NO, by=getattr(desk, name), changes="Intet.")
    with pytest.raises(ValidationError, match="Er intet ændret, så skriv det"):
        actions.assess(part, NeedsChange.NO, by=desk.it_coordinator, changes="  ")
    for says in (NeedsChange.YES, NeedsChange.UNDECIDED):
        with pytest.raises(ValidationError, match="Skriv, hvad der skal ændres"):
            actions.assess(part, says, by=desk.it_coordinator, changes="Intet.")
    assert not review.parts.exclude(answered_at=None).exists()
    assert again(review).state == ReviewState.OPENED


def test_answer_is_mended_until_the_body_has_decided_and_a_stale_one_is_refused(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine)
    (part,) = review.parts.all()
    by = desk.it_coordinator
    first = actions.assess(part, NeedsChange.NO, by=by, changes="Intet.", seen="")
    with pytest.raises(actions.Changed, match="En anden har svaret"):
        actions.assess(part, NeedsChange.YES, by=by, changes="Ny lov.", text="Kapitel 2.", seen="")
    actions.assess(part, NeedsChange.YES, by=by, changes="Ny lov.", text="Kapitel 2.", seen=first.seen)
    sentences = " ".join(review.version.events.values_list("sentence", flat=True))
    assert "»Intet.«" in sentences
    assert "»Ny lov.« »Kapitel 2.«" in sentences
    reapproved(desk, review.version, today())
    with pytest.raises(ValidationError, match="Din tekst er her stadig"):
        actions.assess(part, NeedsChange.NO, by=by, changes="Intet.")


def test_owner_role_that_nobody_holds_is_answered_by_the_gdpr_unit(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make(owner_role=Role.SYSTEM_OWNER))
    Appointment.objects.filter(role=Role.SYSTEM_OWNER).update(to_on=today() - DAY)
    review = opened(desk, time_machine, version)
    (part,) = review.parts.all()
    assert part.asked_role == Role.GDPR_UNIT
    assert "GDPR-enheden (i stedet for Systemejer) vurderer" in version.events.last().sentence  # type: ignore[union-attr]
    duty = duties_of(review).open().get(holder_role=Role.GDPR_UNIT)
    assert duty.title == "Vurdér, om noget skal ændres: RET-001 Mail og beskeder"
    assert duty.text == "I svarer i stedet for »Systemejer«."
    appoint(desk.employee, Role.SYSTEM_OWNER, desk.town.home_care)  # the holder is another by now
    for _ in range(2):
        ask_for_reviews_task()
    part.refresh_from_db()
    assert part.asked_role == Role.SYSTEM_OWNER
    assert [one.holder_role for one in duties_of(review).open().filter(dedup_key__startswith="review-part")] == [
        Role.SYSTEM_OWNER
    ]
    with pytest.raises(PermissionDenied):
        actions.assess(part, NeedsChange.NO, by=desk.gdpr_unit, changes="Intet.")
    actions.assess(part, NeedsChange.NO, by=desk.employee, changes="Intet.")
    assert again(review).state == ReviewState.ASSESSED


def test_role_that_is_a_workplace_is_answered_by_the_gdpr_unit(desk: Desk, time_machine: Any) -> None:
    """All who are employed cannot be asked."""
    review = opened(desk, time_machine, desk.in_force(desk.make(owner_role=Role.EMPLOYEE)))
    assert review.parts.get().asked_role == Role.GDPR_UNIT
    assert duties_of(review).get(dedup_key__startswith="review-part").holder_role == Role.GDPR_UNIT


def test_new_owner_is_asked_in_place_of_the_one_before(desk: Desk, time_machine: Any) -> None:
    review = opened(desk, time_machine)
    document = Document.objects.get(pk=review.document_id)
    actions.change_document(document, by=desk.writer, revision=document.revision, owner_role=Role.IT_CHIEF)
    ask_for_reviews_task()
    part = review.parts.get()
    assert (part.role, part.asked_role, part.is_owner) == (Role.IT_CHIEF, Role.IT_CHIEF, True)
    assert {duty.holder_role for duty in duties_of(review).open()} == {Role.COMMITTEE, Role.IT_CHIEF}


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


# ── To be changed ────────────────────────────────────────────────────────────────────────────────
def asked_to_change(desk: Desk, review: Review, **fields: Any) -> Decision:
    given = {"by": desk.committee, "decided_on": today(), "text": "Skriv kapitel 2 om.", **fields}
    return actions.ask_for_change(fresh(review.version), **given)


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


# ── Cost ─────────────────────────────────────────────────────────────────────────────────────────
def test_sweep_with_nothing_to_do_asks_the_same_however_many_documents(
    desk: Desk, django_assert_num_queries: Any, time_machine: Any
) -> None:
    desk.in_force(desk.make())
    with CaptureQueriesContext(connection) as few:
        assert ask_for_reviews_task() == 0
    copies = Document.objects.get()
    Document.objects.bulk_create(
        Document(number=f"RET-{number:06}", kind=copies.kind, title="Kopi", owner_role=copies.owner_role,
                 in_force=copies.in_force, next_review_on=today() + 300 * DAY)
        for number in range(2, 1000)
    )  # fmt: skip
    with django_assert_num_queries(len(few)):
        assert ask_for_reviews_task() == 0
    assert len(few) < 10


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_open_one_review_and_ask_once(time_machine: Any) -> None:
    desk = Desk(make_whole_town())
    for number in range(4):
        desk.in_force(desk.make(title=f"Dokument {number}"))
    days_pass(time_machine, 366)  # near, and late
    gate, errors = threading.Barrier(4), []

    def sweep() -> None:
        gate.wait(30)
        try:
            actions.ask_for_reviews()
        except Exception as error:  # noqa: BLE001  told below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert Review.objects.count() == 4
    assert ReviewPart.objects.count() == 4
    assert Duty.objects.filter(dedup_key__startswith="review").count() == 12
    assert sum("Revurdering mangler" in one.sentence for one in Event.objects.all()) == 4
    assert not verify(), "the trail is whole"
