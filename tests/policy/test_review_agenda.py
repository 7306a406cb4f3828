"""What reaches a body's agenda by itself; what its decisions do is done by the actions of the pages, with their
refusals."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import WrongDecision, body_named
from meetings.agenda import Suggestion
from meetings.effects import Ruling, effect_on
from meetings.enums import BodyKind, ItemKind, Outcome
from meetings.models import Decision
from policy import actions
from policy.actions import ask_for_reviews
from policy.enums import Confidentiality, FactKind, Kind, NeedsChange, ReviewState, State
from policy.meetings import AGAIN, CHANGE, EITHER, brief, case_of, suggest
from policy.models import ApprovalRoute, Contribution, Review, Version
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, days_pass, fresh, minutes

DAY = timedelta(days=1)


def suggested(kind: BodyKind = BodyKind.COMMITTEE, in_days: int = 10) -> list[Suggestion]:
    return list(suggest(body_named(kind), today() + in_days * DAY))


def reviewed(desk: Desk, time_machine: Any, version: Version) -> Review:
    days_pass(time_machine, 300)
    ask_for_reviews()
    return Review.objects.open().get(document=version.document_id)


def answer(desk: Desk, review: Review, says: NeedsChange, role: str = "") -> None:
    for part in review.parts.filter(answered_at=None, **{"role": role} if role else {}):
        by = getattr(desk, part.asked_role)
        actions.assess(part, says, by=by, changes="Ny lov om net.", text="Kapitel 2 er gammelt.")


# ── The agenda ───────────────────────────────────────────────────────────────────────────────────
def test_open_review_is_suggested_to_the_body_that_decides_it_and_to_no_other(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make())
    assert suggested() == []
    review = reviewed(desk, time_machine, version)
    (one,) = suggested()
    assert (one.kind, one.title) == (ItemKind.REVIEW, "Årlig gennemgang: RET-001 Mail og beskeder")
    assert (one.key, one.url, one.concerns) == (
        f"policy-review:{review.pk}", "/dokumenter/ret-001/gennemgang/", version,
    )  # fmt: skip
    assert (one.proposal, one.is_confidential) == (EITHER, False)
    assert "It-sikkerhedskoordinator har ikke svaret." in one.text
    assert "Der er ikke meldt brud eller trusler siden" in one.text
    assert all(suggested(kind) == [] for kind in BodyKind if kind != BodyKind.COMMITTEE)


def test_policy_is_reassessed_with_what_each_says(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine, desk.in_force(desk.policy()))
    answer(desk, review, NeedsChange.NO, Role.IT_COORDINATOR)
    answer(desk, review, NeedsChange.UNDECIDED, Role.LAWYER)
    (one,) = suggested()
    assert (one.kind, one.proposal) == (ItemKind.POLICY_REVIEW, EITHER)
    assert one.title.startswith("Årlig revurdering: POL-001")
    assert "Jurist: Jeg er i tvivl. Hvad er ændret: Ny lov om net. Kapitel 2 er gammelt." in one.text
    assert "GDPR-enheden har ikke svaret." in one.text


@pytest.mark.parametrize(
    ("says", "proposal"), [(NeedsChange.NO, AGAIN), (NeedsChange.YES, CHANGE), (NeedsChange.UNDECIDED, EITHER)]
)
def test_proposal_follows_the_answers(desk: Desk, time_machine: Any, says: NeedsChange, proposal: str) -> None:
    review = reviewed(desk, time_machine, desk.in_force(desk.make()))
    answer(desk, review, says)
    assert suggested()[0].proposal == proposal


def test_late_review_says_so_and_keeps_its_key(desk: Desk, time_machine: Any) -> None:
    reviewed(desk, time_machine, desk.in_force(desk.make()))
    before = suggested()[0]
    assert before.text.startswith("Den skal være besluttet senest")
    days_pass(time_machine, 100)
    ask_for_reviews()
    (late,) = suggested()
    assert late.text.startswith("Revurderingen mangler: den skulle have været besluttet senest")
    assert late.key == before.key


def test_review_whose_day_comes_before_the_meeting_is_not_missing_yet(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine, desk.in_force(desk.make()))
    (one,) = suggested(in_days=(review.due_on - today()).days + 1)
    assert one.text.startswith("Dagen er gået, når mødet holdes: den skal være besluttet senest")


def test_body_whose_members_see_no_drafts_is_told_of_none(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine, desk.in_force(desk.make()))
    review.facts.create(kind=FactKind.TEXT, sentence="Udgave 2 er på vej.")
    assert "på vej" in case_of(review, today())
    review.body_kind = BodyKind.COUNCIL
    assert "på vej" not in case_of(review, today())
    assert "Der er ikke meldt brud" in case_of(review, today())


def test_only_a_text_in_force_that_is_as_it_was_decided_may_be_left_out_of_the_papers(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    assert version.sha256 in brief(version)
    assert f'{version.get_absolute_url()}">{version.label}</a>' in brief(version)
    assert not brief(desk.submitted(desk.make()))
    Version.objects.filter(pk=version.pk).update(text="Noget helt andet.")
    assert not brief(fresh(version))


def test_review_that_has_been_sent_away_to_be_rewritten_waits_for_the_text(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make())
    reviewed(desk, time_machine, version)
    actions.ask_for_change(fresh(version), by=desk.committee, decided_on=today(), text="Om.")
    assert suggested() == []
    following = desk.submitted(actions.start_version(version.document, by=desk.writer))
    (one,) = suggested()
    assert (one.kind, one.key, one.concerns) == (ItemKind.VERSION, f"policy-version:{following.pk}", following)


def test_text_is_suggested_to_the_body_that_has_it_before_it(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    (one,) = suggested()
    assert (one.title, one.proposal[:7]) == ("RET-001 Mail og beskeder, udgave 1", "Anbefal")
    assert suggested(BodyKind.DIRECTOR) == []
    actions.recommend(version, by=desk.committee, decided_on=today())
    assert suggested() == []
    (one,) = suggested(BodyKind.DIRECTOR)
    assert one.proposal.startswith("Godkend")


@pytest.mark.parametrize("recommended_by", ["", BodyKind.COMMITTEE, BodyKind.EXECUTIVE])
@pytest.mark.parametrize("state", [State.SUBMITTED, State.RECOMMENDED])
def test_rows_before_a_body_are_those_of_before_body(desk: Desk, recommended_by: str, state: State) -> None:
    """The question to the database and the one to the row are the same."""
    version = desk.at(state)
    ApprovalRoute.objects.filter(kind=version.document.kind).update(recommended_by=recommended_by)
    version = fresh(version)
    assert [kind for kind in BodyKind if Version.objects.before(kind)] == [version.before_body]
    (row,) = Version.objects.before(version.before_body)
    assert row.is_to_be_recommended == version.needs_recommendation


@pytest.mark.parametrize("secrecy", list(Confidentiality))
def test_only_what_is_closed_is_a_closed_point(desk: Desk, time_machine: Any, secrecy: Confidentiality) -> None:
    version = desk.in_force(desk.make(confidentiality=secrecy))
    reviewed(desk, time_machine, version)
    desk.submitted(desk.make(Kind.RULE, "Nøgler", confidentiality=secrecy))
    is_closed = secrecy in (Confidentiality.CONFIDENTIAL, Confidentiality.MAY_BE_EXEMPT)
    assert [one.is_confidential for one in suggested()] == [is_closed, is_closed]


def test_agenda_asks_the_same_however_many_points(desk: Desk, time_machine: Any) -> None:
    counts = []
    for number in range(2):
        for title in "ab"[: number + 1]:
            desk.in_force(desk.make(title=title))
            desk.submitted(desk.make(Kind.RULE, title))
        days_pass(time_machine, 300)
        ask_for_reviews()
        body = body_named(BodyKind.COMMITTEE)
        with CaptureQueriesContext(connection) as queries:
            points = list(suggest(body, today()))
        counts.append((len(points), len(queries)))
    assert counts[0][0] < counts[1][0]
    assert counts[0][1] == counts[1][1]


# ── What is decided ──────────────────────────────────────────────────────────────────────────────
def outcomes(version: Version, kind: BodyKind) -> list[Outcome]:
    effect = effect_on(version)
    assert effect is not None
    return list(effect.outcomes(fresh(version), body_named(kind)))


def rule(version: Version, outcome: Outcome, by: Any, kind: BodyKind = BodyKind.COMMITTEE, **fields: Any) -> Decision:
    effect = effect_on(version)
    assert effect is not None
    given = {"decided_on": today(), "reference": "Punkt 4", "text": "Sådan.", **fields}
    return effect.apply(fresh(version), Ruling(body=body_named(kind), outcome=outcome, by=by, **given))


def test_outcomes_are_those_of_the_place_where_the_text_stands(desk: Desk, time_machine: Any) -> None:
    everywhere = {state: desk.at(state) for state in State}
    for state, version in everywhere.items():
        found = {kind: outcomes(version, kind) for kind in BodyKind if outcomes(version, kind)}
        wanted = {
            State.SUBMITTED: {BodyKind.COMMITTEE: [Outcome.RECOMMENDED, Outcome.RETURNED]},
            State.RECOMMENDED: {BodyKind.DIRECTOR: [Outcome.APPROVED, Outcome.RETURNED]},
        }.get(state, {})
        assert found == wanted, state
    version = everywhere[State.IN_FORCE]
    reviewed(desk, time_machine, version)
    assert {kind: outcomes(version, kind) for kind in BodyKind if outcomes(version, kind)} == {
        BodyKind.COMMITTEE: [Outcome.REAPPROVED, Outcome.CHANGE_ASKED]
    }
    rule(version, Outcome.CHANGE_ASKED, desk.committee)
    assert outcomes(version, BodyKind.COMMITTEE) == [Outcome.REAPPROVED]


def test_whole_way_is_decided_in_meetings(desk: Desk, time_machine: Any) -> None:
    version = desk.submitted(desk.make())
    assert rule(version, Outcome.RETURNED, desk.director).outcome == Outcome.RETURNED
    version = fresh(version)
    assert version.state == State.DRAFT
    version = desk.submitted(version)
    assert rule(version, Outcome.RECOMMENDED, desk.committee) == fresh(version).recommendation
    with pytest.raises(WrongDecision, match="P-78"):
        rule(version, Outcome.APPROVED, desk.director, BodyKind.DIRECTOR)
    decision = rule(version, Outcome.APPROVED, desk.director, BodyKind.DIRECTOR, statement="Følger afsnit 2.")
    assert (fresh(version).decision, fresh(version).state) == (decision, State.IN_FORCE)
    review = reviewed(desk, time_machine, version)
    decision = rule(version, Outcome.REAPPROVED, desk.committee)
    review.refresh_from_db()
    assert (review.state, review.decision) == (ReviewState.CLOSED, decision)
    assert outcomes(version, BodyKind.COMMITTEE) == []


def test_body_that_sends_back_is_the_one_that_met(desk: Desk) -> None:
    """The municipal director writes for both: as the director's own decision it is hers, not the committee's."""
    version = desk.recommended(desk.make())
    decision = rule(version, Outcome.RETURNED, desk.director, BodyKind.DIRECTOR, decided_on=today())
    assert (decision.body.kind, decision.reference, decision.text) == (BodyKind.DIRECTOR, "Punkt 4", "Sådan.")


def test_nothing_of_what_policy_refuses_goes_through_a_meeting(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make())
    with pytest.raises(StepNotOpen, match="kan ikke beslutte"):
        rule(version, Outcome.REAPPROVED, desk.committee)  # no review
    reviewed(desk, time_machine, version)
    with pytest.raises(StepNotOpen, match="kan ikke beslutte"):
        rule(version, Outcome.REAPPROVED, desk.director, BodyKind.DIRECTOR)  # not before that body
    with pytest.raises(StepNotOpen, match="kan ikke beslutte"):
        rule(version, Outcome.APPROVED, desk.committee)
    with pytest.raises(PermissionDenied):
        rule(version, Outcome.REAPPROVED, desk.secretariat)
    with pytest.raises(WrongDecision):
        rule(version, Outcome.REAPPROVED, desk.committee, decided_on=today() + DAY)
    with pytest.raises(WrongDecision, match="Skriv, hvad der skal ændres"):
        rule(version, Outcome.CHANGE_ASKED, desk.committee, text="")
    Contribution.objects.create(version=version, person=desk.committee)
    with pytest.raises(StepNotOpen, match="selv har skrevet i"):
        rule(version, Outcome.REAPPROVED, desk.committee)
    with pytest.raises(StepNotOpen, match="begrundelse"):
        rule(desk.submitted(desk.make()), Outcome.RETURNED, desk.committee, text="")
    assert not actions.reviews(version).exists()


def test_council_decides_the_policy_with_its_minutes(desk: Desk) -> None:
    version = desk.recommended(desk.policy())
    effect = effect_on(version)
    assert effect is not None
    assert list(effect.asks(version, Outcome.APPROVED)) == ["effective_on", "files"]
    assert list(effect.asks(version, Outcome.RETURNED)) == []
    assert list(effect.asks(desk.recommended(desk.make()), Outcome.APPROVED)) == ["effective_on", "statement"]
    with pytest.raises(WrongDecision, match="Vedhæft referatet"):
        rule(version, Outcome.APPROVED, desk.secretariat, BodyKind.COUNCIL)
    rule(version, Outcome.APPROVED, desk.secretariat, BodyKind.COUNCIL, uploads=[minutes()], reference="Sag 9")
    assert fresh(version).state == State.IN_FORCE
