"""What applies: from its day, once, and one text at a time; what is withdrawn stays in the archive."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connections, transaction

from duties.models import Duty
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import WrongDecision
from meetings.enums import Outcome
from meetings.models import Decision
from policy import actions
from policy.enums import State
from policy.models import Event, PublicSite, Version
from policy.signals import published
from policy.tasks import put_due_in_force_task
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, days_pass, fresh
from tests.factories import make_whole_town

DAY = timedelta(days=1)


def test_decided_text_waits_for_its_day(desk: Desk, time_machine: Any) -> None:
    version = desk.decided(desk.make())
    document = version.document
    assert (version.state, document.in_force, document.has_applied) == (State.DECIDED, None, False)
    with pytest.raises(StepNotOpen, match="Dagen er ikke kommet endnu"):
        actions.put_in_force(version)
    assert actions.put_due_in_force() == 0
    days_pass(time_machine, 4)
    assert actions.put_due_in_force() == 0
    days_pass(time_machine, 1)
    assert put_due_in_force_task() == 1
    assert put_due_in_force_task() == 0
    version = fresh(version)
    assert (version.state, version.document.in_force, version.effective_on) == (State.IN_FORCE, version, today())
    assert Event.objects.filter(version=version, sentence__startswith="Trådt i kraft").count() == 1


def test_newer_text_takes_over_on_its_day(desk: Desk, time_machine: Any) -> None:
    first = desk.in_force(desk.make())
    second = desk.decided(actions.start_version(first.document, by=desk.writer))
    assert fresh(first).state == State.IN_FORCE
    days_pass(time_machine, 7)  # the scheduler was away for two days
    assert actions.put_due_in_force() == 1
    first, second = fresh(first), fresh(second)
    assert (first.state, first.ended_on) == (State.SUPERSEDED, second.effective_on)
    assert second.document.in_force == second
    day = second.effective_on
    assert day is not None
    assert second.document.applied_on(day) == second
    assert second.document.applied_on(day - DAY) == first
    assert second.document.applied_on(today() - 8 * DAY) is None


def test_title_follows_the_text_that_applies(desk: Desk) -> None:
    first = desk.adopted(desk.make(title="Gammelt navn"))
    second = actions.start_version(first.document, by=desk.writer)
    second = actions.save_text(second, "Ny tekst.", title="Nyt navn", by=desk.writer, revision=1)
    assert fresh(first).document.title == "Gammelt navn"
    assert desk.in_force(fresh(second)).document.title == "Nyt navn"


def test_apps_above_and_the_public_pages_learn_of_it_once(desk: Desk) -> None:
    heard: list[Version] = []

    def hear(sender: Any, version: Version, **more: Any) -> None:
        heard.append(version)

    published.connect(hear)
    try:
        recommended = desk.recommended(desk.make())
        stamp = PublicSite.objects.values_list("stamp", flat=True).first()
        version = desk.decide(recommended)
        actions.put_due_in_force()
    finally:
        published.disconnect(hear)
    assert heard == [version]
    assert PublicSite.objects.get().stamp != stamp


def test_one_failing_text_holds_up_no_other(desk: Desk, time_machine: Any) -> None:
    changed = desk.decided(desk.make())
    good = desk.decided(desk.make(title="Den gode"))
    Version.objects.filter(pk=changed.pk).update(text="Ændret bag om portalen.")
    days_pass(time_machine, 5)
    assert actions.put_due_in_force() == 1
    assert (fresh(changed).state, fresh(good).state) == (State.DECIDED, State.IN_FORCE)


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_put_a_text_in_force_once(time_machine: Any) -> None:
    desk = Desk(make_whole_town())
    version = desk.decided(desk.make())
    days_pass(time_machine, 5)
    done: list[int] = []
    barrier = threading.Barrier(3)

    def run() -> None:
        try:
            barrier.wait(20)
            done.append(actions.put_due_in_force())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == [0, 0, 1]
    assert Event.objects.filter(version=version, sentence__startswith="Trådt i kraft").count() == 1


# ── Withdrawn ────────────────────────────────────────────────────────────────────────────────────
def test_withdrawn_text_applies_no_more_and_stays_with_its_reason(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.make())
    days_pass(time_machine, 3)
    version = fresh(actions.withdraw(version, by=desk.director, note="Teksten er forældet.", decided_on=today()))
    document = version.document
    assert (version.state, version.ended_on, version.withdrawn_why) == (
        State.WITHDRAWN,
        today(),
        "Teksten er forældet.",
    )
    assert (document.in_force, document.next_review_on, document.has_applied) == (None, None, True)
    assert document.applied_on(today() - DAY) == version
    assert document.applied_on(today()) is None
    decision = Decision.objects.get(outcome=Outcome.WITHDRAWN)
    assert (decision.text, decision.sha256) == ("Teksten er forældet.", version.sha256)


def test_only_the_body_that_decides_withdraws(desk: Desk) -> None:
    version = desk.in_force(desk.policy())
    for person in (desk.director, desk.committee):
        with pytest.raises(StepNotOpen, match="Kommunalbestyrelsen"):
            actions.withdraw(version, by=person, note="Fejl.", decided_on=today(), reference="Sag 1")
    with pytest.raises(PermissionDenied):
        actions.withdraw(version, by=desk.writer, note="Fejl.", decided_on=today(), reference="Sag 1")
    with pytest.raises(WrongDecision, match="sagsnummer"):
        actions.withdraw(version, by=desk.secretariat, note="Fejl.", decided_on=today())
    assert fresh(version).state == State.IN_FORCE
    assert not Decision.objects.filter(outcome=Outcome.WITHDRAWN).exists()


def test_text_is_not_withdrawn_before_it_applied_nor_in_the_future(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    for day, sentence in ((today() - DAY, "kan ikke være ældre end"), (today() + DAY, "ligger i fremtiden")):
        with pytest.raises(WrongDecision, match=sentence):
            actions.withdraw(version, by=desk.director, note="Fejl.", decided_on=day)
    assert fresh(version).state == State.IN_FORCE


def test_new_version_of_a_withdrawn_text_begins_with_its_words(desk: Desk) -> None:
    version = desk.at(State.WITHDRAWN)
    second = actions.start_version(version.document, by=desk.writer)
    assert (second.number, second.text) == (2, version.text)


# ── What the database holds by itself ────────────────────────────────────────────────────────────
def breaks(name: str, **values: Any) -> Any:
    """The rule of this name forbids the values, whoever writes them."""

    def write(version: Version) -> None:
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            Version.objects.filter(pk=version.pk).update(**values)
        said = str(caught.value)
        assert name in said or ("UNIQUE" in said and name.startswith("one_")), said

    return write


def test_database_holds_one_version_in_force(desk: Desk) -> None:
    first = desk.adopted(desk.make())
    second = desk.decided(actions.start_version(first.document, by=desk.writer))
    breaks("one_version_in_force", state=State.IN_FORCE)(second)


def test_database_holds_one_version_on_its_way(desk: Desk) -> None:
    first = desk.at(State.DISCARDED)
    actions.start_version(first.document, by=desk.writer)
    breaks("one_version_on_its_way", state=State.DRAFT)(first)


def test_database_holds_one_version_from_a_day(desk: Desk) -> None:
    first = desk.adopted(desk.make())
    second = desk.decided(actions.start_version(first.document, by=desk.writer))
    breaks("one_version_from_a_day", effective_on=first.effective_on)(second)


@pytest.mark.parametrize("state", [State.DECIDED, State.IN_FORCE])
def test_database_holds_nothing_that_applies_undecided(desk: Desk, state: State) -> None:
    version = desk.at(state)
    for values in ({"decision": None}, {"effective_on": None}, {"sha256": ""}, {"text": ""}):
        breaks("what_applies_was_decided", **values)(version)
    breaks("what_applies_was_decided", state=state)(desk.make(title="Kun en kladde"))


@pytest.mark.parametrize("state", [State.SUBMITTED, State.RECOMMENDED])
def test_database_holds_nothing_to_be_decided_without_its_checksum(desk: Desk, state: State) -> None:
    breaks("what_is_decided_on_is_frozen", sha256="")(desk.at(state))


def test_database_holds_an_end_of_what_has_ended_only(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    breaks("only_what_has_ended_has_an_end", ended_on=today())(version)
    breaks("only_what_has_ended_has_an_end", state=State.WITHDRAWN)(version)
    breaks("version_ends_after_it_begins", state=State.WITHDRAWN, ended_on=today() - DAY)(version)


def test_text_that_is_not_the_decided_one_becomes_somebodys_duty(desk: Desk, time_machine: Any) -> None:
    version = desk.decided(desk.make())
    Version.objects.filter(pk=version.pk).update(text="## Noget andet\n\nIkke besluttet.")
    days_pass(time_machine, 6)
    for _ in range(2):
        assert actions.put_due_in_force() == 0
    duty = Duty.objects.get(dedup_key__startswith="stuck:")
    assert duty.holder_role == Role.IT_COORDINATOR
    assert "kan ikke træde i kraft" in duty.title
    Version.objects.filter(pk=version.pk).update(text=version.text)
    assert actions.put_due_in_force() == 1
    duty.refresh_from_db()
    assert duty.done_at


def test_text_withdrawn_on_its_first_day_gives_way_the_same_day(desk: Desk) -> None:
    first = desk.in_force(desk.make())
    actions.withdraw(first, by=desk.director, note="Forkert bilag.", decided_on=today())
    second = desk.in_force(actions.start_version(first.document, by=desk.writer))
    assert second.effective_on == today()
    assert second.document.applied_on(today()) == second


def test_recommendation_counts_only_from_the_body_that_is_asked_now(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    route = version.document.route
    fields = {name: getattr(route, name) for name in ("needs_hearing", "decided_by", "needs_statement", "reviewed_by")}
    actions.change_route(route, by=desk.director, recommended_by="executive", **fields)
    with pytest.raises(StepNotOpen, match="Direktionen skal anbefale teksten først"):
        desk.decide(version)
