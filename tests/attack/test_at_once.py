"""Many people do the same to a document at the same moment: one of them does it, the others are told so, and what is
decided is exactly what stands there."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from duties.actions import finish_duty
from duties.models import Duty
from glostrup_isms.kit.audit_check import verify
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import body_named
from meetings.effects import Ruling
from meetings.enums import BodyKind, Outcome
from meetings.models import Decision
from policy import actions
from policy.actions import Changed, TextChanged
from policy.enums import Kind, State
from policy.meetings import apply
from policy.models import ApprovalRoute, Contribution, Document, HearingPart, Version
from roles.enums import Role
from roles.models import User, today
from tests.access_objects import adopt, holders_now, write
from tests.factories import WholeTown, appoint, make_user, make_whole_town

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20


@pytest.fixture
def town() -> WholeTown:
    return make_whole_town()


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act answers, or the error that it raises; all begin together."""
    barrier, answers = Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        try:
            barrier.wait(30)
            answers.append(act())
        except Exception as error:  # noqa: BLE001  judged by sorted_out
            answers.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(acts)
    return answers


def people(town: WholeTown, role: Role, count: int) -> list[User]:
    made = [make_user(f"{role}-{number}", f"{role.label} {number}") for number in range(count)]
    for person in made:
        appoint(person, role, town.administration)
    return [User.objects.get(pk=person.pk) for person in made]


def sent_to_the_committee(town: WholeTown) -> Version:
    """A procedure that the committee decides, sent to it."""
    ApprovalRoute.objects.filter(kind=Kind.PROCEDURE).update(
        needs_hearing=False, decided_by=BodyKind.COMMITTEE, needs_statement=False
    )
    who = holders_now(town)
    version = write(who, Kind.PROCEDURE, "Adgang til bygninger")
    return actions.submit(version, by=who["it_coordinator"])


def decided_by(version: Version, person: User) -> Callable[[], Any]:
    return lambda: actions.decide(version, by=person, decided_on=today(), reference=f"{person}", seen=version.seen)


def sorted_out(answers: list[Any], *refusals: type[Exception]) -> tuple[list[Any], list[Any]]:
    """(done, refused); whatever else went wrong fails."""
    done = [one for one in answers if not isinstance(one, Exception)]
    refused = [one for one in answers if isinstance(one, refusals)]
    assert len(done) + len(refused) == len(answers), [repr(one) for one in answers if one not in done + refused]
    return done, refused


def test_twenty_approvals_of_one_text_make_one_decision(town: WholeTown) -> None:
    """Each by a member of the committee who had the page open; one is written in, nineteen learn that it was."""
    version, members = sent_to_the_committee(town), people(town, Role.COMMITTEE, MANY)
    done, refused = sorted_out(at_once([decided_by(version, one) for one in members]), StepNotOpen, Changed)
    assert (len(done), len(refused)) == (1, MANY - 1)
    assert all(str(one) for one in refused)
    (decision,) = Decision.objects.all()
    fresh = Version.objects.get(pk=version.pk)
    assert (fresh.state, fresh.decision, fresh.document.in_force) == (State.IN_FORCE, decision, fresh)
    assert fresh.digest() == fresh.sha256 == decision.sha256 == version.sha256
    sentences = list(fresh.events.values_list("sentence", flat=True))
    assert sum("Besluttet af" in one for one in sentences) == sum("Trådt i kraft" in one for one in sentences) == 1
    assert not Duty.objects.open().filter(object_id=str(version.pk)).exists()
    assert not verify(), "the trail is whole"


def test_text_taken_back_while_it_is_approved_is_either_one(town: WholeTown) -> None:
    """Never a decision that stands on a text that may be written in, and never a text in force that nobody decided."""
    version = sent_to_the_committee(town)
    members, writers = people(town, Role.COMMITTEE, 6), people(town, Role.IT_COORDINATOR, 6)
    approvals = [decided_by(version, one) for one in members]
    takes = [lambda one=one: actions.take_back(version, by=one, note="Ret.", seen=version.seen) for one in writers]
    in_turn = [act for pair in zip(approvals, takes, strict=True) for act in pair]
    done, _ = sorted_out(at_once(in_turn), StepNotOpen, Changed)
    fresh = Version.objects.get(pk=version.pk)
    standing = Decision.objects.standing().count()
    assert len(done) == 1
    assert (fresh.state, standing, fresh.sha256 != "") in ((State.IN_FORCE, 1, True), (State.DRAFT, 0, False))
    assert not verify(), "the trail is whole"


def test_twelve_who_save_at_once_save_one_text_and_lose_none(town: WholeTown) -> None:
    version = write(holders_now(town), Kind.PROCEDURE, "Nøgler")
    writers = people(town, Role.IT_COORDINATOR, 12)
    texts = [f"## Nøgler\n\nTekst nummer {number}.\n" for number in range(12)]
    answers = at_once([
        lambda one=one, text=text: actions.save_text(version, text, title="Nøgler", by=one, revision=version.revision)
        for one, text in zip(writers, texts, strict=True)
    ])  # fmt: skip
    done, refused = sorted_out(answers, TextChanged)
    fresh = Version.objects.get(pk=version.pk)
    assert (len(done), len(refused), fresh.revision) == (1, 11, version.revision + 1)
    assert fresh.text in texts
    assert all(one.theirs.text == fresh.text for one in refused), "shown what stands there now"
    assert [clause.text for clause in fresh.clauses.all() if clause.is_clause] == [fresh.text.splitlines()[-1]]
    assert Contribution.objects.filter(version=version, person__in=writers).count() == 1


def test_twelve_who_begin_the_next_version_begin_one(town: WholeTown) -> None:
    who = holders_now(town)
    version = adopt(who, write(who, Kind.PROCEDURE, "Nøgler"))
    writers = people(town, Role.GDPR_UNIT, 12)
    answers = at_once([lambda one=one: actions.start_version(version.document, by=one) for one in writers])
    done, refused = sorted_out(answers, ValidationError)
    assert (len(done), len(refused)) == (1, 11)
    assert [one.number for one in version.document.versions.order_by("number")] == [1, 2]


def test_documents_made_at_once_have_numbers_without_gaps(town: WholeTown) -> None:
    who = holders_now(town)
    answers = at_once([lambda n=n: write(who, Kind.RULE, f"Regel {n}", category="technical") for n in range(12)])
    done, _ = sorted_out(answers)
    assert sorted(one.document.number for one in done) == [f"REG-{number:03}" for number in range(1, 13)]


def test_review_on_several_agendas_is_decided_once(town: WholeTown) -> None:
    """What the body can decide is asked again once nobody else can change it."""
    who = holders_now(town)
    version = adopt(who, write(who, Kind.PROCEDURE, "Adgang til bygninger"))
    Document.objects.filter(pk=version.document_id).update(next_review_on=today())
    actions.ask_for_reviews()
    body = body_named(BodyKind.COMMITTEE)

    def ruled(person: User, number: int) -> Decision:
        reference = f"Punkt {number}"
        ruling = Ruling(body, Outcome.REAPPROVED, today(), reference, "", person)
        with transaction.atomic():
            return apply(Version.objects.get(pk=version.pk), ruling)

    members = people(town, Role.COMMITTEE, 8)
    acts = [lambda one=one, number=number: ruled(one, number) for number, one in enumerate(members)]
    done, refused = sorted_out(at_once(acts), StepNotOpen)
    assert (len(done), len(refused)) == (1, 7)
    assert Decision.objects.filter(outcome=Outcome.REAPPROVED).count() == 1


@pytest.mark.parametrize("round_number", range(4))
def test_nobody_waits_for_one_who_waits_for_her(town: WholeTown, round_number: int) -> None:
    """Texts come into force while others are changed, answered, taken back, and duties are ticked off: each act takes
    what it needs in the same order, the trail's lock last, so PostgreSQL never has to stop one of them."""
    who = holders_now(town)
    writer = who["it_coordinator"]
    ApprovalRoute.objects.filter(kind=Kind.PROCEDURE).update(needs_hearing=False, needs_statement=False)
    public = [adopt(who, write(who, Kind.PROCEDURE, f"Gælder {n}", confidentiality="public")) for n in range(6)]
    following = [actions.submit(actions.start_version(one.document, by=writer), by=writer) for one in public[:3]]
    Document.objects.filter(pk__in=[one.document_id for one in public]).update(next_review_on=today())
    actions.ask_for_reviews()
    heard = [write(who, Kind.PROCEDURE, f"Høring {n}") for n in range(3)]
    for one in heard:
        actions.open_hearing(one, [Role.LAWYER, Role.DPO], today() + timedelta(days=9), by=writer)
    parts = list(HearingPart.objects.all())
    acts = [
        *(lambda one=one: actions.decide(one, by=who["director"], decided_on=today()) for one in following),
        *(lambda one=one: actions.change_document(one.document, by=writer, revision=one.document.revision,
                                                  journal_number="26/1") for one in public[3:]),
        *(lambda one=one: actions.record_posting(one, "https://www.example.invalid/", today(), by=writer)
          for one in public[3:]),
        *(lambda one=one: actions.take_back(one, by=writer, note="Ret.") for one in heard),
        *(lambda part=part: actions.answer_hearing(part, "", has_remarks=False, by=who[part.role]) for part in parts),
        *(lambda duty=duty: finish_duty(duty, by=writer) for duty in Duty.objects.open()),
    ]  # fmt: skip
    sorted_out(at_once(acts), ValidationError, StepNotOpen, Changed)
    assert not verify()
