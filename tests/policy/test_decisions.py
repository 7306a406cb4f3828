"""Decisions: dated as they were taken, by the right body, of exactly the text that was sent."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import WrongDecision
from meetings.enums import BodyKind, Outcome
from meetings.models import Decision
from policy import actions
from policy.enums import Kind, State
from policy.models import ApprovalRoute, Version
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, days_pass, fresh

DAY = timedelta(days=1)
STATEMENT = "Følger afsnit 2."


def refused(act: Callable[[], Any], field: str, sentence: str) -> None:
    """The decision is not written in, and says at which field why."""
    before = (Decision.objects.count(), AuditEntry.objects.count())
    with pytest.raises(WrongDecision, match=sentence) as caught:
        act()
    assert caught.value.field == field
    assert (Decision.objects.count(), AuditEntry.objects.count()) == before


# ── Days ─────────────────────────────────────────────────────────────────────────────────────────
def test_decision_is_not_dated_in_the_future(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    tomorrow = today() + DAY
    refused(
        lambda: actions.recommend(version, by=desk.committee, decided_on=tomorrow), "decided_on", "ligger i fremtiden"
    )
    version = actions.recommend(version, by=desk.committee, decided_on=today())
    refused(lambda: desk.decide(version, decided_on=tomorrow), "decided_on", "ligger i fremtiden")
    adopted = desk.make(title="Noget andet")
    refused(
        lambda: actions.decide(adopted, by=desk.director, decided_on=tomorrow, step="adopt"),
        "decided_on",
        "ligger i fremtiden",
    )


def test_decision_is_not_older_than_the_text_that_was_sent(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    refused(
        lambda: actions.recommend(version, by=desk.committee, decided_on=today() - DAY),
        "decided_on",
        "kan ikke være ældre end",
    )
    version = desk.submitted(desk.make("procedure", "En procedure"))
    refused(lambda: desk.decide(version, decided_on=today() - DAY), "decided_on", "kan ikke være ældre end")


def test_decision_is_not_older_than_the_recommendation(desk: Desk, time_machine: Any) -> None:
    version = desk.submitted(desk.make())
    days_pass(time_machine, 3)
    version = actions.recommend(version, by=desk.committee, decided_on=today())
    refused(lambda: desk.decide(version, decided_on=today() - DAY), "decided_on", "først anbefalet")
    assert desk.decide(version).state == State.IN_FORCE


def test_text_does_not_apply_before_it_was_decided(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    refused(lambda: desk.decide(version, effective_on=today() - DAY), "effective_on", "før den dag, den blev besluttet")


def test_text_applies_after_the_one_in_force(desk: Desk) -> None:
    first = desk.in_force(desk.make())
    second = desk.recommended(actions.start_version(first.document, by=desk.writer))
    refused(lambda: desk.decide(second), "effective_on", "gælder allerede en udgave fra")
    assert desk.decide(second, effective_on=today() + DAY).state == State.DECIDED


def test_second_policy_in_force_from_the_same_day_is_refused(desk: Desk) -> None:
    first = desk.in_force(desk.policy())
    second = desk.recommended(actions.start_version(first.document, by=desk.writer))
    refused(lambda: desk.decide(second), "effective_on", "gælder allerede en udgave fra")
    assert fresh(second).state == State.RECOMMENDED
    assert fresh(first).state == State.IN_FORCE


def test_text_does_not_apply_within_a_time_that_another_has_had(desk: Desk, time_machine: Any) -> None:
    first = desk.in_force(desk.make())
    second = actions.start_version(first.document, by=desk.writer)
    second = desk.recommended(second)
    days_pass(time_machine, 10)
    actions.withdraw(fresh(first), by=desk.director, note="Fejl.", decided_on=today())
    refused(
        lambda: desk.decide(second, decided_on=today() - 4 * DAY, effective_on=today() - 4 * DAY),
        "effective_on",
        "eller senere",
    )
    assert desk.decide(second, decided_on=today() - 4 * DAY, effective_on=today()).state == State.IN_FORCE


# ── Bodies ───────────────────────────────────────────────────────────────────────────────────────
def test_only_the_council_decides_the_policy_and_the_secretariat_writes_it_in(desk: Desk) -> None:
    version = desk.recommended(desk.policy())
    for person in (desk.director, desk.committee, desk.executive):
        with pytest.raises(StepNotOpen, match="Beslutningen træffes af Kommunalbestyrelsen og skrives ind af: sekreta"):
            actions.decide(version, by=person, decided_on=today(), reference="Punkt 1")
    for person in (desk.mayor, desk.councillor, desk.writer, desk.administrator):
        with pytest.raises(PermissionDenied):
            actions.decide(version, by=person, decided_on=today(), reference="Punkt 1")
    decided = desk.decide(version)
    assert decided.decision is not None
    assert (decided.decision.body.kind, decided.decision.outcome) == (BodyKind.COUNCIL, Outcome.APPROVED)


def test_secretariat_decides_no_guideline_and_recommends_nothing(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    with pytest.raises(StepNotOpen, match="Informationssikkerhedsudvalget"):
        actions.recommend(version, by=desk.secretariat, decided_on=today())
    version = actions.recommend(version, by=desk.committee, decided_on=today())
    with pytest.raises(StepNotOpen, match="Beslutningen træffes af Kommunaldirektøren"):
        actions.decide(version, by=desk.secretariat, decided_on=today(), statement=STATEMENT)


def test_councils_decision_names_its_case(desk: Desk) -> None:
    version = desk.recommended(desk.policy())
    for empty in ("", "  "):
        refused(lambda empty=empty: desk.decide(version, reference=empty), "reference", "sagsnummer")  # type: ignore[misc]
    assert fresh(version).state == State.RECOMMENDED


def test_guideline_says_how_it_agrees_with_the_policy(desk: Desk) -> None:
    """P-78: the executives may only set guidelines that agree with the policy."""
    version = desk.recommended(desk.make())
    refused(lambda: desk.decide(version, statement=" "), "statement", "stemmer med informationssikkerhedspolitikken")


def test_guideline_is_held_against_the_policy_in_force(desk: Desk) -> None:
    policy = desk.in_force(desk.policy())
    decided = desk.in_force(desk.make())
    assert decided.consistent_with == policy
    assert decided.decision is not None
    assert decided.decision.statement == STATEMENT
    assert policy.consistent_with is None


# ── The page that was seen ───────────────────────────────────────────────────────────────────────
def test_stale_page_decides_nothing(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    stale = version.seen
    actions.take_back(version, by=desk.writer, note="Ret afsnit 2.")
    actions.save_text(fresh(version), "Noget helt andet.", title="Andet", by=desk.writer, revision=version.revision)
    again = desk.submitted(fresh(version))
    assert again.state == State.SUBMITTED
    assert again.seen != stale
    before = Decision.objects.count()
    with pytest.raises(actions.Changed, match="Udgaven er ændret, mens du skrev"):
        actions.recommend(again, by=desk.committee, decided_on=today(), seen=stale)
    again = fresh(actions.recommend(again, by=desk.committee, decided_on=today(), seen=again.seen))
    with pytest.raises(actions.Changed):
        desk.decide(again, seen=stale)
    with pytest.raises(actions.Changed):
        actions.send_back(again, by=desk.director, note="Nej.", seen=stale)
    assert Decision.objects.count() == before + 1
    assert fresh(again).state == State.RECOMMENDED


# ── Exactly that text ────────────────────────────────────────────────────────────────────────────
def test_decision_names_the_checksum_of_the_text(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    assert version.decision is not None
    assert version.recommendation is not None
    digest = version.digest()
    assert {version.sha256, version.decision.sha256, version.recommendation.sha256} == {digest}
    assert len(digest) == 64


def change_text(version: Version) -> None:
    Version.objects.filter(pk=version.pk).update(text=version.text + " Og mere.")


def change_title(version: Version) -> None:
    Version.objects.filter(pk=version.pk).update(title="Et andet navn")


def change_binding(version: Version) -> None:
    version.clauses.filter(number="2.1").update(roles=[Role.EMPLOYEE])


@pytest.mark.parametrize("change", [change_text, change_title, change_binding])
def test_text_changed_behind_the_portals_back_is_not_approved(desk: Desk, change: Callable[[Version], None]) -> None:
    version = desk.submitted(desk.make())
    change(version)
    with pytest.raises(StepNotOpen, match="svarer ikke til den, der blev sendt"):
        actions.recommend(fresh(version), by=desk.committee, decided_on=today())
    assert not Decision.objects.exists()


@pytest.mark.parametrize("change", [change_text, change_title, change_binding])
def test_text_changed_after_the_recommendation_is_not_decided(desk: Desk, change: Callable[[Version], None]) -> None:
    version = desk.recommended(desk.make())
    change(version)
    with pytest.raises(StepNotOpen, match="svarer ikke til den, der blev sendt"):
        desk.decide(fresh(version))
    assert not Decision.objects.filter(outcome=Outcome.APPROVED).exists()


@pytest.mark.parametrize("change", [change_text, change_title, change_binding])
def test_text_changed_after_the_decision_never_comes_into_force(
    desk: Desk, change: Callable[[Version], None], time_machine: Any
) -> None:
    version = desk.decided(desk.make())
    change(version)
    days_pass(time_machine, 6)
    with pytest.raises(StepNotOpen, match="svarer ikke til den, der blev sendt"):
        actions.put_in_force(fresh(version))
    assert actions.put_due_in_force() == 0
    assert fresh(version).state == State.DECIDED


@pytest.mark.parametrize("state", [State.SUBMITTED, State.RECOMMENDED])
def test_taking_back_voids_the_approvals_begun(desk: Desk, state: State) -> None:
    version = desk.at(state)
    begun = Decision.objects.count()
    back = fresh(actions.take_back(version, by=desk.writer, note="Afsnit 2 er uklart."))
    assert (back.state, back.sha256, back.submitted_at, back.recommendation) == (State.DRAFT, "", None, None)
    assert Decision.objects.count() == begun
    assert not Decision.objects.standing().exists()
    for decision in Decision.objects.all():
        assert decision.void_reason == "Afsnit 2 er uklart."
    assert not Duty.objects.open().filter(object_id=str(version.pk)).exists()
    with pytest.raises(StepNotOpen):
        desk.decide(back)


def test_decided_text_that_is_sent_back_is_decided_no_more(desk: Desk, time_machine: Any) -> None:
    version = desk.decided(desk.make())
    back = fresh(actions.send_back(version, by=desk.director, note="Vent."))
    assert (back.state, back.decision, back.effective_on, back.sha256) == (State.DRAFT, None, None, "")
    assert [decision.outcome for decision in Decision.objects.standing()] == [Outcome.RETURNED]
    days_pass(time_machine, 30)
    assert actions.put_due_in_force() == 0


def test_only_the_body_that_decided_sends_a_decided_text_back(desk: Desk) -> None:
    version = desk.decided(desk.make())
    with pytest.raises(StepNotOpen, match="Beslutningen træffes af Kommunaldirektøren"):
        actions.send_back(version, by=desk.committee, note="Nej.")
    assert fresh(version).state == State.DECIDED


def test_authors_learn_that_the_text_came_back_and_that_it_was_decided(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    actions.send_back(version, by=desk.director, note="Hemmelig begrundelse.")
    told = Message.objects.get(kind="policy_returned")
    assert told.recipient == desk.writer
    assert told.subject == "Sendt tilbage: RET-001 udgave 1"
    assert "Hemmelig" not in told.body
    desk.in_force(fresh(version))
    assert Message.objects.get(kind="policy_decided").recipient == desk.writer


def test_authors_learn_of_a_second_decision_of_the_same_words(desk: Desk) -> None:
    version = desk.decided(desk.make())
    version = fresh(actions.send_back(version, by=desk.director, note="En anden dag."))
    desk.decided(version)
    assert Message.objects.filter(kind="policy_decided").count() == 2


def test_body_has_a_duty_while_the_text_lies_before_it(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    about = Duty.objects.filter(object_id=str(version.pk)).open()
    assert about.get().holder_role == Role.COMMITTEE
    version = fresh(actions.recommend(version, by=desk.committee, decided_on=today()))
    assert about.get().holder_role == Role.DIRECTOR
    desk.decide(version)
    assert not about.exists()


def test_policys_duty_lies_with_the_secretariat(desk: Desk) -> None:
    version = desk.recommended(desk.policy())
    assert Duty.objects.filter(object_id=str(version.pk)).open().get().holder_role == Role.SECRETARIAT


# ── Decided before the portal ────────────────────────────────────────────────────────────────────
def test_text_decided_before_the_portal_is_in_force_since_then(desk: Desk) -> None:
    since = date(2023, 6, 14)
    version = actions.decide(desk.policy(), by=desk.secretariat, decided_on=since, reference="Sag 23/114", step="adopt")
    document = version.document
    assert (version.state, version.effective_on, version.sha256) == (State.IN_FORCE, since, version.digest())
    assert document.in_force == version
    assert document.applied_on(since) == version
    assert document.applied_on(since - DAY) is None
    assert (document.next_review_on, document.is_due) == (date(2024, 6, 14), True)


def test_text_decided_before_the_portal_still_names_the_councils_case(desk: Desk) -> None:
    version = desk.policy()
    refused(
        lambda: actions.decide(version, by=desk.secretariat, decided_on=date(2023, 6, 14), step="adopt"),
        "reference",
        "sagsnummer",
    )


def test_text_decided_before_the_portal_does_not_begin_later(desk: Desk) -> None:
    version = desk.make()
    days = {"decided_on": today() - DAY, "effective_on": today() + DAY}
    refused(
        lambda: actions.decide(version, by=desk.director, **days, step="adopt"), "effective_on", "begyndte at gælde"
    )


def test_only_what_was_decided_before_it_came_here_goes_round_the_hearing(desk: Desk) -> None:
    version = desk.make()
    refused(
        lambda: actions.decide(version, by=desk.director, decided_on=today(), step="adopt"),
        "decided_on",
        "Ellers skal teksten gå hele vejen",
    )
    assert fresh(version).state == State.DRAFT


@pytest.mark.parametrize("state", [State.IN_FORCE, State.WITHDRAWN])
def test_only_the_first_text_can_be_older_than_the_portal(desk: Desk, state: State) -> None:
    first = desk.at(state)
    second = actions.start_version(first.document, by=desk.writer)
    with pytest.raises(StepNotOpen, match="En ny skal gå hele vejen"):
        actions.decide(second, by=desk.director, decided_on=today() - DAY, step="adopt")
    assert fresh(second).state == State.DRAFT


def test_others_than_the_deciding_body_do_not_say_it_was_decided(desk: Desk) -> None:
    version = desk.policy()
    with pytest.raises(StepNotOpen, match="Kommunalbestyrelsen"):
        actions.decide(version, by=desk.director, decided_on=date(2023, 6, 14), reference="Sag 1", step="adopt")
    with pytest.raises(PermissionDenied):
        actions.decide(version, by=desk.writer, decided_on=date(2023, 6, 14), reference="Sag 1", step="adopt")


def test_whoever_decides_follows_the_route_of_this_moment(desk: Desk) -> None:
    version = desk.recommended(desk.make(Kind.GUIDELINE))
    ApprovalRoute.objects.filter(kind=Kind.GUIDELINE).update(decided_by=BodyKind.EXECUTIVE)
    decided = actions.decide(fresh(version), by=desk.executive, decided_on=today(), statement=STATEMENT)
    assert decided.decision is not None
    assert decided.decision.body.kind == BodyKind.EXECUTIVE
