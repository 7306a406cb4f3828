"""Three years by themselves: the scheduler runs every day, people answer and decide most of what they are asked, and
one document is looked at by nobody."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from duties.models import Duty
from glostrup_isms.kit.audit_check import verify
from meetings.enums import Outcome
from meetings.models import Decision
from policy import actions
from policy.actions import next_review
from policy.enums import UNDER_REVIEW, Kind, NeedsChange, ReviewState, State
from policy.models import Document, Review, ReviewPart, Version
from policy.tasks import ask_for_reviews_task, put_due_in_force_task
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, fresh
from tests.factories import make_whole_town

DAY = timedelta(days=1)
BEGINS = datetime(2027, 2, 28, 9, tzinfo=UTC)  # so that 29 February 2028 is one of the days
YEARS = 3


@dataclass
class Years:
    """The town's documents, and what its people do each day."""

    desk: Desk
    forgotten: Document = field(init=False)
    rewritten: Document = field(init=False)

    def __post_init__(self) -> None:
        desk = self.desk
        desk.in_force(desk.policy())
        desk.in_force(desk.make(Kind.RULE, "Adgange"))
        desk.in_force(desk.make(Kind.GUIDELINE, "Nøgler", review_months=6, owner_role=Role.GDPR_UNIT))
        desk.in_force(desk.make(Kind.ACTION_PLAN, "Ved brud", is_breach_plan=True, owner_role=Role.GDPR_UNIT))
        self.rewritten = desk.in_force(desk.make(Kind.GUIDELINE, "Mail")).document
        self.forgotten = desk.in_force(desk.make(Kind.CONTINGENCY_PLAN, "Nedbrud")).document

    def day(self) -> None:
        """What people do: answer three weeks after they are asked, decide a month before the day."""
        reviews = Review.objects.open().exclude(document=self.forgotten).select_related("version__document")
        for review in reviews:
            is_to_change = review.document == self.rewritten
            if today() >= review.due_on - 69 * DAY:
                self._answer(review, NeedsChange.YES if is_to_change else NeedsChange.NO)
            if today() >= review.due_on - 30 * DAY:
                self._decide(review, is_to_change=is_to_change)

    def _answer(self, review: Review, needs_change: NeedsChange) -> None:
        for part in review.parts.filter(answered_at=None):
            actions.assess(
                part, needs_change, changes="Ingen ny lov.", text="Kapitel 2 er gammelt.",
                by=getattr(self.desk, part.asked_role),
            )  # fmt: skip

    def _decide(self, review: Review, *, is_to_change: bool) -> None:
        version, by = fresh(review.version), self.desk.committee
        if not is_to_change:
            actions.reapprove(version, by=by, decided_on=today(), reference="Punkt 4")
        elif review.change_asked is None:
            actions.ask_for_change(version, by=by, decided_on=today(), text="Skriv kapitel 2 om.")
        elif today() >= review.due_on - 15 * DAY:
            following = actions.start_version(version.document, by=self.desk.writer)
            later = today() + 10 * DAY
            self.desk.decide(self.desk.recommended(following), effective_on=later)


def run(years: Years, time_machine: Any, *, step: int = 1, asleep: range = range(0), behind: int | None = None) -> None:
    """Every day, or every so many. `asleep`: days on which neither the portal nor anybody does anything; `behind`: the
    day on which the machine's clock is a day behind for a while."""
    for number in range(0, 365 * YEARS, step):
        if number in asleep:
            continue
        now = BEGINS + number * DAY
        if number == behind:
            time_machine.move_to(now - DAY, tick=False)
            ask_for_reviews_task()
        time_machine.move_to(now, tick=False)
        put_due_in_force_task()
        ask_for_reviews_task()
        years.day()


def decisions_of(document: Document) -> list[Decision]:
    """What the bodies decided of the whole document, in order: approved, or approved again."""
    rows = Decision.objects.standing().filter(
        object_id__in=Version.objects.filter(document=document).values("pk"),
        outcome__in=(Outcome.APPROVED, Outcome.REAPPROVED),
    )
    return list(rows.order_by("decided_on", "pk"))


def follows_the_last_decision(document: Document) -> None:
    """One review for each decision, due so long after it as the document says, ended by the next decision."""
    document.refresh_from_db()
    reviews = list(document.reviews.order_by("opened_at", "pk"))
    decided = decisions_of(document)
    assert [review.due_on for review in reviews] == [
        next_review(document, one.decided_on) for one in decided[: len(reviews)]
    ], document
    closed, last = reviews[:-1] if reviews[-1].is_open else reviews, reviews[-1]
    assert [review.decision for review in closed] == decided[1 : len(closed) + 1], document
    assert all(review.state == ReviewState.CLOSED for review in closed)
    assert last.is_open == (len(decided) == len(reviews)), "no decision without its review"
    assert document.next_review_on == next_review(document, decided[-1].decided_on)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({}, id="every day"),
        pytest.param(
            {"step": 3, "asleep": range(270, 291), "behind": 657}, id="three weeks asleep, and a clock set back"
        ),
    ],
)
@pytest.mark.django_db
def test_three_years_run_by_themselves(time_machine: Any, trouble: dict[str, Any]) -> None:
    time_machine.move_to(BEGINS, tick=False)
    years = Years(Desk(make_whole_town()))
    run(years, time_machine, **trouble)

    for document in Document.objects.all():
        follows_the_last_decision(document)
    counts = {document.title: document.reviews.count() for document in Document.objects.all()}
    by_year = YEARS + 1  # the fourth is open or about to be: each is decided a month before its day
    assert counts["Nedbrud"] == 1
    for title in ("Informationssikkerhedspolitik", "Adgange", "Ved brud", "Mail"):
        assert counts[title] in (YEARS, by_year), title
    assert counts["Nøgler"] in (7, 8)
    assert not Review.objects.filter(state=ReviewState.VOID).exists()

    nobody_is_asked_for_nothing()
    the_policy_is_assessed_by_gdpr_unit_and_lawyers()
    the_forgotten_one_is_escalated(years.forgotten)
    assert (
        Version.objects.filter(document=years.rewritten).count()
        == years.rewritten.reviews.filter(state=ReviewState.CLOSED).count() + 1
    )
    assert not verify(), "the trail is whole"


def nobody_is_asked_for_nothing() -> None:
    """Of each open review what is missing is asked for once; of the closed ones nothing."""
    standing = list(Duty.objects.open().filter(dedup_key__startswith="review"))
    versions = set(Review.objects.open().values_list("version", flat=True))
    assert {int(duty.object_id) for duty in standing} <= versions
    for review in Review.objects.open():
        keys = [duty.dedup_key.split(":")[0] for duty in standing if int(duty.object_id) == review.version_id]
        waiting = review.parts.filter(answered_at=None).count() if review.takes_answers else 0
        assert keys.count("review-part") == waiting
        assert keys.count("review") == (1 if review.takes_answers else 0)
        assert keys.count("review-late") == (1 if review.is_late else 0)


def the_policy_is_assessed_by_gdpr_unit_and_lawyers() -> None:
    for review in Review.objects.filter(document__kind=Kind.POLICY):
        assert set(review.parts.values_list("role", flat=True)) == {Role.IT_COORDINATOR, Role.GDPR_UNIT, Role.LAWYER}
        if not review.is_open:
            assert not review.parts.filter(answered_at=None).exists()
    others = ReviewPart.objects.exclude(review__document__kind=Kind.POLICY)
    assert not others.filter(is_owner=False).exists()


def the_forgotten_one_is_escalated(document: Document) -> None:
    """Asked once, late once, with the municipal director for as long as nobody decides."""
    (review,) = document.reviews.all()
    assert review.state in UNDER_REVIEW
    assert review.is_late
    about = Duty.objects.open().filter(object_id=str(review.version_id))
    assert sorted(duty.holder_role for duty in about) == sorted(
        [Role.COMMITTEE, Role.DIRECTOR, Role.IT_COORDINATOR]
    )  # to decide, to see to it, to assess
    late = about.get(holder_role=Role.DIRECTOR)
    assert late.title.startswith("Revurdering mangler")
    assert review.due_on < late.due_on <= review.due_on + timedelta(days=22)
    assert document.in_force is not None
    assert document.in_force.state == State.IN_FORCE, "it applies all the same"
