"""The documents of the demo municipality: in our own words, each at another place on its way, none approved in vain."""

from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from duties.models import Duty
from glostrup_isms.home.demo.library import DOCUMENTS
from meetings.enums import Outcome
from meetings.models import Decision
from policy.enums import FactKind, Kind, ReviewState, State
from policy.models import Document, Event, HearingPart, Review, Version
from policy.text.blocks import parse
from roles.enums import Role
from roles.models import today
from tests.home.test_demo import loaded, municipality, person  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("municipality")


def test_eight_documents_of_several_kinds_stand_below_the_policy() -> None:
    below = Document.objects.exclude(kind=Kind.POLICY)
    assert below.count() == 8
    assert len(set(below.values_list("kind", flat=True))) >= 5
    states = {document.versions.order_by("-number")[0].state for document in below}
    assert {State.DRAFT, State.HEARING, State.RECOMMENDED, State.DECIDED, State.IN_FORCE} <= states


def test_policy_applies_since_2023_and_nobody_has_looked_at_it_since() -> None:
    policy = Document.objects.get(kind=Kind.POLICY)
    assert policy.in_force is not None
    assert policy.in_force.effective_on == date(2023, 3, 29)
    assert policy.is_due
    assert policy.next_review_on == date(2024, 3, 29), "a year after the council decided"
    decisions = Decision.objects.filter(object_id__in=policy.versions.values("pk"))
    assert [decision.outcome for decision in decisions] == [Outcome.APPROVED]


def test_yearly_reviews_stand_at_several_places() -> None:
    reviews = {review.document.kind: review for review in Review.objects.select_related("document")}
    policy, plan = reviews[Kind.POLICY], reviews[Kind.CONTINGENCY_PLAN]
    assert (policy.state, policy.is_late) == (ReviewState.OPENED, True)
    assert {part.role for part in policy.parts.exclude(answered_at=None)} == {Role.GDPR_UNIT, Role.LAWYER}
    assert (plan.state, plan.is_late) == (ReviewState.ASSESSED, False)
    assert any(review.is_late and not review.parts.exclude(answered_at=None) for review in reviews.values())
    assert "Meldt siden 29. marts 2023: " in policy.facts.get(kind=FactKind.BREACHES).sentence
    for review in reviews.values():
        assert review.facts.exists()
        assert review.opened_at.date() < today()
        moments = review.parts.exclude(answered_at=None).values_list("answered_at", flat=True)
        assert all(review.opened_at < at < timezone.now() for at in moments)
    late = Duty.objects.open().filter(title__startswith="Revurdering mangler")
    assert {duty.holder_role for duty in late} == {Role.DIRECTOR}
    assert late.count() == sum(review.is_late for review in reviews.values())


def test_every_text_says_that_it_is_a_demo() -> None:
    for plan in DOCUMENTS:
        for version in plan.versions:
            assert "demo" in parse(version.text)[0].plain.lower(), version.file


def test_what_was_decided_is_the_text_that_stands_there() -> None:
    frozen = list(Version.objects.exclude(sha256="").select_related("document"))
    assert len(frozen) >= 8
    for version in frozen:
        assert version.digest() == version.sha256, version


def test_nobody_has_approved_a_text_of_her_own() -> None:
    for version in Version.objects.exclude(decision=None).select_related("decision", "recommendation"):
        assert version.decision is not None
        assert version.decision.recorded_by_id not in version.author_ids
        assert version.recommendation is None or version.recommendation.recorded_by_id not in version.author_ids


def test_what_happened_to_documents_lies_in_the_past_and_in_order() -> None:
    assert not Event.objects.filter(at__gt=timezone.now()).exists()
    for version in Version.objects.all():
        times = [version.created_at, version.submitted_at, version.published_at]
        known = [moment for moment in times if moment]
        assert known == sorted(known), version
        if version.decision and version.effective_on:
            assert version.decision.decided_on <= version.effective_on


def test_hearing_still_waits_for_some() -> None:
    parts = HearingPart.objects.filter(hearing__version__state=State.HEARING)
    assert parts.filter(answered_at=None).exists()
    assert parts.exclude(answered_at=None).exists()


def test_clauses_of_the_policy_bind_every_role_that_it_names() -> None:
    policy = Document.objects.get(kind=Kind.POLICY)
    assert policy.in_force is not None
    bound = {role for clause in policy.in_force.clauses.all() for role in clause.roles}
    named = {"director", "committee", "dpr", "it_coordinator", "it_chief", "lawyer", "dpo", "centre_chief", "leader"}
    assert {*named, "system_owner", "employee", "councillor"} <= bound


def test_texts_are_files_beside_the_data() -> None:
    folder = Path(__file__).resolve().parents[2] / "glostrup_isms/home/demo/documents"
    used = {version.file for plan in DOCUMENTS for version in plan.versions}
    assert used == {path.name for path in folder.glob("*.md")}
