"""Whether the recipient may still have a message is asked again just before it leaves."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from glostrup_isms.kit import outbox
from glostrup_isms.kit.outbox import Message, State
from roles.models import User
from tests.factories import make_town, make_user
from tests.services import SmtpSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return make_user("modtager")


@pytest.fixture
def ask() -> Iterator[Callable[..., None]]:
    """Register a question for the messages of this test alone."""
    before = dict(outbox._rechecks)
    yield outbox.recheck
    outbox._rechecks.clear()
    outbox._rechecks.update(before)


def write(to: User | None, kind: str = "test_one", key: str = "k", **fields: object) -> Message:
    values = {"subject": "Emne", "body": "Se portalen.", "url": "/"} | fields
    with transaction.atomic():
        message = outbox.queue(to=to, kind=kind, dedup_key=key, **values)
    assert message is not None
    return message


def state_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def test_message_that_is_no_longer_wanted_is_withdrawn_and_leaves_the_inbox(smtp: SmtpSink, person, ask) -> None:
    message, other = write(person), write(person, kind="other", key="other")
    ask("test_", lambda message: False)
    assert list(Message.objects.visible_to(person).order_by("kind")) == [other, message]
    assert outbox.deliver_due() == 1
    assert [mail["Message-ID"] for mail in smtp.messages()] == [other.message_id]
    assert state_of(message) == State.WITHDRAWN
    assert list(Message.objects.visible_to(person)) == [other]
    assert outbox.deliver_due() == 0, "it is not tried again"


def test_every_question_of_the_kind_must_be_answered_yes(smtp: SmtpSink, person, ask) -> None:
    message = write(person)
    ask("test_", lambda message: True)
    ask("test_one", lambda message: False)
    assert outbox.deliver_due() == 0
    assert state_of(message) == State.WITHDRAWN


def test_nothing_is_sent_to_a_person_who_has_left(smtp: SmtpSink, person) -> None:
    message = write(person, kind="anything")
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert outbox.deliver_due() == 0
    assert smtp.messages() == []
    assert state_of(message) == State.WITHDRAWN


def test_mailbox_is_asked_nothing(smtp: SmtpSink, ask) -> None:
    ask("test_", lambda message: False)
    message = write(None, address="postkasse@example.invalid")
    assert outbox.deliver_due() == 1
    assert state_of(message) == State.SENT


def test_question_that_fails_loses_nothing_and_is_put_again(smtp: SmtpSink, person, ask, time_machine) -> None:
    def fail(message: Message) -> bool:
        raise LookupError("the table is locked")

    ask("test_", fail)
    message, other = write(person), write(person, kind="other", key="other")
    assert outbox.deliver_due() == 1, "the other one goes out"
    failed = Message.objects.get(pk=message.pk)
    assert (failed.state, failed.attempts, failed.last_error) == (State.QUEUED, 1, "LookupError")
    assert failed.next_try_at > timezone.now()
    ask("test_", lambda message: True)
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    assert outbox.deliver_due() == 1
    assert {mail["Message-ID"] for mail in smtp.messages()} == {message.message_id, other.message_id}


def test_question_is_put_of_the_person_as_she_is_now(smtp: SmtpSink, person, ask) -> None:
    seen = []
    ask("test_", lambda message: bool(seen.append(message.recipient.name)) or True)  # type: ignore[func-returns-value]
    write(person)
    User.objects.filter(pk=person.pk).update(name="Nyt Navn")
    outbox.deliver_due()
    assert seen == ["Nyt Navn"]


def test_slow_worker_does_not_withdraw_what_another_has_taken(smtp: SmtpSink, person, ask) -> None:
    def taken_meanwhile(message: Message) -> bool:
        Message.objects.update(claimed_until=timezone.now() + timedelta(hours=1))
        return False

    ask("test_", taken_meanwhile)
    message = write(person)
    outbox.deliver_due()
    assert state_of(message) == State.QUEUED


def test_withdrawn_message_is_neither_stuck_nor_tried_again_by_operators(smtp: SmtpSink, person, ask, settings) -> None:
    ask("test_", lambda message: False)
    message = write(person)
    outbox.deliver_due()
    Message.objects.update(created_at=timezone.now() - settings.OUTBOX_ALARM_AFTER * 2)
    assert not Message.objects.stuck().exists()
    assert outbox.problem() == ""
    assert outbox.retry(Message.objects.get(pk=message.pk)) == State.WITHDRAWN
    assert state_of(message) == State.WITHDRAWN
    assert not outbox.dismiss(message)


def test_message_given_up_is_asked_again_when_operators_try_it(smtp: SmtpSink, ask) -> None:
    person = make_user("afvist", email="refuse@example.invalid")
    message = write(person)
    outbox.deliver_due()
    assert state_of(message) == State.DEAD
    ask("test_", lambda message: False)
    assert outbox.retry(message) == State.QUEUED
    outbox.deliver_due()
    assert state_of(message) == State.WITHDRAWN
    assert outbox.problem() == ""


def test_operators_see_how_many_were_withdrawn_and_are_told_that_one_was(smtp: SmtpSink, client: Client, ask) -> None:
    town = make_town()
    ask("test_", lambda message: False)
    message = write(town.employee)
    outbox.deliver_due()
    client.force_login(town.administrator)
    page = client.get("/drift/")
    assert ("Trukket tilbage", 1) in page.context["counts"]
    assert "Alt er leveret" in page.content.decode()
    answer = client.post("/drift/", {"id": message.pk}, follow=True)
    assert "Beskeden er trukket tilbage" in answer.content.decode()
    assert state_of(message) == State.WITHDRAWN


def test_asking_costs_at_most_three_queries_a_message(smtp: SmtpSink) -> None:
    town = make_town()

    def queries(kind: str, url: str) -> int:
        write(town.leader, kind=kind, key=kind, url=url)
        with CaptureQueriesContext(
            connection,
        ) as taken:
            assert outbox.deliver_due() == 1
        return len(taken)

    breach = town.report(by=town.employee).breach
    outbox.deliver_due()
    plain = queries("plain", breach.get_absolute_url())
    assert queries("breach_told", breach.get_absolute_url()) - plain <= 3
