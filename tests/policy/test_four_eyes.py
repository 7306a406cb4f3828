"""Nobody approves a text that she has written in: not by another role, not as somebody's deputy, not after the fact."""

from datetime import timedelta

import pytest

from glostrup_isms.kit.workflow import StepNotOpen
from meetings.models import Decision
from policy import actions
from policy.enums import State
from policy.models import Contribution, Version
from policy.workflow import VERSION_FLOW
from roles.enums import Role
from roles.models import Absence, Appointment, User, today
from tests.desk import TEXT, Desk, fresh
from tests.factories import appoint

OWN_TEXT = "Du kan ikke godkende en tekst, du selv har skrevet i"
FOR_AN_AUTHOR = "Den, du er stedfortræder for, har skrevet i teksten"


def write(desk: Desk, version: Version, by: User, text: str = TEXT + "\nEn sætning til.\n") -> Version:
    return fresh(actions.save_text(version, text, title=version.title, by=by, revision=version.revision))


def also_writes(desk: Desk, name: str) -> User:
    """The person is It-chef besides, and so may write."""
    appoint(getattr(desk, name), Role.IT_CHIEF, desk.town.administration)
    person: User = getattr(desk, name)
    return person


def deputy_of(desk: Desk, name: str, role: Role, deputy: User) -> User:
    """The deputy, while the holder of the role is away."""
    place = Appointment.objects.get(person=getattr(desk, name), role=role)
    place.deputy = deputy
    place.save()
    Absence.objects.create(person=place.person, from_on=today(), to_on=today() + timedelta(days=3))
    return User.objects.get(pk=deputy.pk)


def takes_over(desk: Desk, person: User) -> User:
    """The person is the municipal director from now on."""
    Appointment.objects.filter(role=Role.DIRECTOR).update(person=person)
    return User.objects.get(pk=person.pk)


def refused_to_decide(desk: Desk, version: Version, by: User, sentence: str) -> None:
    decisions = Decision.objects.count()
    with pytest.raises(StepNotOpen, match=sentence):
        actions.decide(version, by=by, decided_on=today(), statement="Følger afsnit 2.")
    assert fresh(version).state == version.state
    assert Decision.objects.count() == decisions


def test_author_does_not_decide_her_own_text(desk: Desk) -> None:
    director = also_writes(desk, "director")
    version = desk.recommended(write(desk, desk.make(), director))
    refused_to_decide(desk, version, desk.director, OWN_TEXT)
    shown = {step.key: why for step, why in VERSION_FLOW.open_to(desk.director, version)}
    assert OWN_TEXT in str(shown["decide"])


def test_author_does_not_recommend_her_own_text(desk: Desk) -> None:
    committee = also_writes(desk, "committee")
    version = desk.submitted(write(desk, desk.make(), committee))
    with pytest.raises(StepNotOpen, match=OWN_TEXT):
        actions.recommend(version, by=desk.committee, decided_on=today())
    assert not Decision.objects.exists()


def test_author_whose_words_are_gone_again_is_an_author_still(desk: Desk) -> None:
    director = also_writes(desk, "director")
    version = write(desk, desk.make(), director)
    version = write(desk, version, desk.writer, text=TEXT)
    assert version.text == TEXT
    refused_to_decide(desk, desk.recommended(version), desk.director, OWN_TEXT)


def test_approver_who_edits_after_the_hearing_is_an_author(desk: Desk) -> None:
    director = also_writes(desk, "director")
    version = write(desk, desk.heard(desk.make()), director)
    version = fresh(actions.submit(version, by=desk.writer))
    version = fresh(actions.recommend(version, by=desk.committee, decided_on=today()))
    refused_to_decide(desk, version, desk.director, OWN_TEXT)


def test_author_who_is_given_the_deciding_role_later_does_not_decide(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    refused_to_decide(desk, version, takes_over(desk, desk.writer), OWN_TEXT)


def test_author_who_has_left_the_writing_role_is_an_author_still(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    Appointment.objects.filter(person=desk.writer, role=Role.IT_COORDINATOR).update(to_on=today() - timedelta(days=1))
    takes_over(desk, desk.writer)
    assert not desk.writer.has_role(Role.IT_COORDINATOR)
    refused_to_decide(desk, version, desk.writer, OWN_TEXT)


def test_whoever_begins_a_version_has_written_in_it(desk: Desk) -> None:
    director = also_writes(desk, "director")
    first = desk.adopted(desk.make())
    second = actions.start_version(first.document, by=director)
    assert Contribution.objects.filter(version=second, person=director).exists()
    refused_to_decide(desk, desk.recommended(second), desk.director, OWN_TEXT)


def test_whoever_says_whom_a_clause_binds_has_written_in_it(desk: Desk) -> None:
    director = also_writes(desk, "director")
    version = desk.make()
    key = version.clauses.get(number="2.1").key
    actions.bind_clauses(version, {key: ([Role.DIRECTOR], [])}, by=director, revision=version.revision)
    refused_to_decide(desk, desk.recommended(fresh(version)), desk.director, OWN_TEXT)


def test_words_that_were_never_saved_make_nobody_an_author(desk: Desk) -> None:
    director = also_writes(desk, "director")
    version = desk.make()
    actions.keep_draft(version, "Kun en tanke.", by=director, revision=version.revision)
    assert desk.decide(desk.recommended(version)).state == State.IN_FORCE


def test_deputy_does_not_decide_for_an_absent_author(desk: Desk) -> None:
    director = also_writes(desk, "director")
    version = desk.recommended(write(desk, desk.make(), director))
    deputy = deputy_of(desk, "director", Role.DIRECTOR, desk.colleague)
    refused_to_decide(desk, version, deputy, FOR_AN_AUTHOR)


def test_deputy_decides_for_an_absent_director_who_has_not_written(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    deputy = deputy_of(desk, "director", Role.DIRECTOR, desk.colleague)
    decided = actions.decide(version, by=deputy, decided_on=today(), statement="Følger afsnit 2.")
    assert decided.decision is not None
    assert decided.decision.recorded_by == deputy


def test_deputy_who_has_written_does_not_decide(desk: Desk) -> None:
    version = desk.recommended(write(desk, desk.make(), desk.it_chief))
    deputy = deputy_of(desk, "director", Role.DIRECTOR, desk.it_chief)
    refused_to_decide(desk, version, deputy, OWN_TEXT)


def test_member_with_a_seat_of_her_own_recommends_though_she_is_an_authors_deputy_too(desk: Desk) -> None:
    """She acts for herself; the absent author's hands are not in it."""
    director = also_writes(desk, "director")
    version = desk.submitted(write(desk, desk.make(), director))
    member = deputy_of(desk, "director", Role.DIRECTOR, desk.committee)
    assert actions.recommend(version, by=member, decided_on=today()).state == State.RECOMMENDED


def test_author_does_not_write_in_that_it_was_decided_before_the_portal(desk: Desk) -> None:
    director = also_writes(desk, "director")
    version = write(desk, desk.make(), director)
    with pytest.raises(StepNotOpen, match=OWN_TEXT):
        actions.decide(version, by=desk.director, decided_on=today() - timedelta(days=500), step="adopt")
    assert not Decision.objects.exists()


def test_author_does_not_approve_her_own_text_again(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    appoint(desk.writer, Role.COMMITTEE, desk.town.administration)
    with pytest.raises(StepNotOpen, match=OWN_TEXT):
        actions.reapprove(version, by=desk.writer, decided_on=today())
    assert not actions.reviews(version).exists()


def test_author_of_an_older_version_may_decide_the_next(desk: Desk) -> None:
    """Those words were approved by others, then."""
    version = desk.adopted(write(desk, desk.make(), desk.it_chief))
    second = desk.recommended(actions.start_version(version.document, by=desk.writer))
    takes_over(desk, desk.it_chief)
    decided = actions.decide(second, by=desk.it_chief, decided_on=today(), statement="Følger afsnit 2.")
    assert decided.state == State.IN_FORCE
