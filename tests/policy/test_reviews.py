"""The yearly review of what is in force: approved again, counted from the last real approval, opened by itself."""

import calendar
import threading
from datetime import date, timedelta
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
from glostrup_isms.kit.workflow import SYSTEM, StepNotOpen
from meetings.actions import WrongDecision
from meetings.enums import BodyKind, Outcome
from meetings.models import Decision
from policy import actions
from policy.actions import next_review
from policy.enums import NeedsChange, ReviewState, State
from policy.models import ApprovalRoute, Document, Event, Review, ReviewPart
from policy.tasks import ask_for_reviews_task
from policy.workflow import REVIEW_FLOW
from roles.enums import Role
from roles.models import Appointment, today
from tests.desk import Desk, days_pass, fresh
from tests.factories import appoint, make_whole_town
from tests.policy.reviewing import DAY, again, answered, duties_of, open_review, opened, reapproved


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
