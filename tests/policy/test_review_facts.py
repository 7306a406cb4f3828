"""What the body has before it in a yearly review: what has changed since the document was approved last, counted from
the rows, day by day, and kept as it was once the review is over."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from breaches.enums import Kind as BreachKind
from breaches.enums import State as BreachState
from breaches.enums import Verdict
from breaches.facts import of_breaches
from breaches.models import Breach
from policy import actions, facts
from policy.actions import ask_for_reviews, review_sweep
from policy.enums import FactKind
from policy.facts import Fact, gather, of_policy, of_text
from policy.models import Document, Review
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, days_pass, fresh

DAY = timedelta(days=1)


@pytest.fixture
def known() -> Iterator[list[Fact]]:
    """What one more app would answer."""
    found: list[Fact] = []
    facts.register("prøve", lambda document, since: list(found))
    yield found
    del facts._sources["prøve"]


def sentences(review: Review) -> list[str]:
    return [fact.sentence for fact in review.facts.all()]


def reviewed(desk: Desk, time_machine: Any, days: int = 300) -> Review:
    """The open review of a document that was approved so many days ago."""
    version = desk.in_force(desk.make())
    days_pass(time_machine, days)
    ask_for_reviews()
    return Review.objects.open().select_related("document").get(document=version.document_id)


def test_every_open_review_asks_all_sources_from_the_last_approval_on(
    desk: Desk, time_machine: Any, known: list[Fact]
) -> None:
    known.append(Fact(FactKind.LAW, "Loven om net er ændret.", "/lov/"))
    review = reviewed(desk, time_machine)
    assert review.approved_on == today() - 300 * DAY
    fact = review.facts.get(kind=FactKind.LAW)
    assert (fact.sentence, fact.url) == ("Loven om net er ændret.", "/lov/")
    assert FactKind.BREACHES in {fact.kind for fact in review.facts.all()}


def test_facts_follow_the_days_until_the_review_is_over_and_stay_then(
    desk: Desk, time_machine: Any, known: list[Fact]
) -> None:
    known.append(Fact(FactKind.RISKS, "2 risici er over grænsen."))
    review = reviewed(desk, time_machine)
    first = review.facts.get(kind=FactKind.RISKS)
    known.append(Fact(FactKind.FINDINGS, "1 fund er ikke rettet."))
    ask_for_reviews()
    assert "1 fund er ikke rettet." not in sentences(review), "once a day"
    days_pass(time_machine, 1)
    ask_for_reviews()
    assert sentences(review)[-2:] == ["2 risici er over grænsen.", "1 fund er ikke rettet."]
    assert review.facts.get(kind=FactKind.RISKS).at == first.at, "found when it was found"
    actions.reapprove(fresh(review.version), by=desk.committee, decided_on=today())
    before = sentences(review)
    known.clear()
    days_pass(time_machine, 1)
    ask_for_reviews()
    assert sentences(review) == before


def test_long_fact_is_cut_and_hurts_nothing(desk: Desk, time_machine: Any, known: list[Fact]) -> None:
    known.append(Fact(FactKind.LAW, "x" * 900, f"/{'y' * 900}"))
    review = reviewed(desk, time_machine)
    assert len(review.facts.get(kind=FactKind.LAW).sentence) == 500
    days_pass(time_machine, 1)
    ask_for_reviews()
    assert review.facts.filter(kind=FactKind.LAW).count() == 1


def test_source_that_fails_for_one_document_holds_back_no_other(
    desk: Desk, time_machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the job is seen to have failed, each hour until the source answers."""
    documents = [desk.in_force(desk.make(title=title)).document for title in "abc"]

    def failing(document: Document, since: Any) -> list[Fact]:
        if document == documents[1]:
            raise RuntimeError("Kilden er væk.")
        return [Fact(FactKind.LAW, "Ny lov.")]

    monkeypatch.setitem(facts._sources, "prøve", failing)
    days_pass(time_machine, 300)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="Kilden er væk"):
            ask_for_reviews()
    found = {one.document_id: one.facts_on for one in Review.objects.open()}
    assert found == {documents[0].pk: today(), documents[1].pk: None, documents[2].pk: today()}
    monkeypatch.delitem(facts._sources, "prøve")
    ask_for_reviews()
    assert not Review.objects.filter(facts_on=None).exists()


@pytest.mark.parametrize("step", ["last_approval", "void_review", "ask_again", "ask_director"])
def test_document_that_fails_in_any_step_holds_back_no_other(
    desk: Desk, time_machine: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """What the sweep does of the others is done, and told as a failure at the end."""
    documents = [desk.in_force(desk.make(title=title)).document for title in "abc"]
    days_pass(time_machine, 300)
    if step != "last_approval":
        ask_for_reviews()
    if step == "void_review":
        Document.objects.update(next_review_on=today() + 20 * DAY)
    if step == "ask_again":
        Document.objects.update(owner_role=Role.IT_CHIEF)
    if step == "ask_director":
        days_pass(time_machine, 100)
    real, done = getattr(review_sweep, step), []

    def failing(thing: Any, *rest: Any) -> Any:
        document = thing if isinstance(thing, Document) else thing.document
        if document == documents[1]:
            raise RuntimeError("Den kan ikke.")
        done.append(document)
        return real(thing, *rest)

    monkeypatch.setattr(review_sweep, step, failing)
    with pytest.raises(RuntimeError, match="Den kan ikke"):
        ask_for_reviews()
    assert {documents[0], documents[2]} <= set(done)
    assert Review.objects.open().filter(document=documents[2], facts_on=today()).exists()


# ── What this app and the one of breaches know ───────────────────────────────────────────────────
def test_new_policy_is_told_to_what_lies_below_it(desk: Desk, time_machine: Any) -> None:
    """P-78: it must be consistent with the policy that applies."""
    policy = desk.in_force(desk.policy())
    below = desk.in_force(desk.make()).document
    assert list(of_policy(below, today())) == []
    days_pass(time_machine, 30)
    since = today() - 30 * DAY
    newer = desk.in_force(actions.start_version(policy.document, by=desk.writer))
    (fact,) = of_policy(below, since)
    assert fact.kind == FactKind.POLICY
    assert f"udgave {newer.number} gælder fra" in fact.sentence
    assert list(of_policy(newer.document, since)) == []
    assert list(of_policy(below, today())) == [], "approved after it"


def test_text_on_its_way_its_hearing_and_open_comments_are_told(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    document = version.document
    assert list(of_text(document, today())) == []
    actions.comment(version, "Hvad med tablets?", by=desk.dpo)
    closed = actions.comment(version, "Stavefejl.", by=desk.dpo)
    actions.close_comment(closed, "Rettet.", by=desk.writer)
    draft = desk.hear(actions.start_version(document, by=desk.writer))
    lawyer, dpo = draft.hearings.get().parts.order_by("role").reverse()
    assert (lawyer.role, dpo.role) == (Role.LAWYER, Role.DPO)
    actions.answer_hearing(lawyer, "Uklart.", has_remarks=True, by=desk.lawyer)
    actions.answer_hearing(dpo, "", has_remarks=False, by=desk.dpo)
    found = [(fact.sentence, fact.url) for fact in of_text(document, today())]
    assert found == [
        ("Udgave 2 er på vej og er »I høring«.", "/dokumenter/ret-001/udgaver/2/"),
        ("1 svar på høringen har bemærkninger.", "/dokumenter/ret-001/udgaver/2/#hoering"),
        ("1 kommentar til teksten er ikke besvaret.", "/dokumenter/ret-001/"),
    ]


def test_breaches_are_counted_and_no_case_is_named(desk: Desk, django_assert_num_queries: Any) -> None:
    document = desk.in_force(desk.make()).document
    since = today() - 30 * DAY
    (none,) = of_breaches(document, since)
    assert none.sentence.startswith("Der er ikke meldt brud eller trusler siden ")
    now = timezone.now()

    def reported(days_ago: int, **fields: Any) -> None:
        breach = desk.town.report(by=desk.employee).breach
        Breach.objects.filter(pk=breach.pk).update(reported_at=now - days_ago * DAY, **fields)

    reported(31)  # before
    reported(1, state=BreachState.REJECTED)  # was none
    reported(1)
    reported(2, kind=BreachKind.THREAT, is_personal_data_breach=Verdict.NO)
    told = {"is_personal_data_breach": Verdict.YES, "aware_at": now - 9 * DAY, "deadline_at": now - 6 * DAY}
    reported(9, **told, state=BreachState.NOTIFIED, notified_at=now - 7 * DAY)  # in time
    reported(9, **told, state=BreachState.NOTIFIED, notified_at=now - 5 * DAY)  # late
    reported(9, **told)  # not yet, and past it
    with django_assert_num_queries(1):
        (fact,) = of_breaches(document, since)
    assert "5 brud og trusler, heraf 1 trusler." in fact.sentence
    assert "Brud på persondatasikkerheden: 3. Over fristen for at anmelde: 2." in fact.sentence
    assert fact.url == ""
    assert not any(number in fact.sentence for number in Breach.objects.values_list("number", flat=True))


def test_day_of_the_last_approval_is_within(desk: Desk) -> None:
    document = desk.in_force(desk.make()).document
    desk.town.report(by=desk.employee)
    (fact,) = of_breaches(document, today())
    assert "1 brud og trusler" in fact.sentence
    assert gather(document, today())[-1] == fact
