"""Messages: written with what they tell of, delivered after it, never lost, never multiplied."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from glostrup_isms.kit import outbox
from glostrup_isms.kit.outbox import Message, State
from tests.factories import make_user
from tests.services import SmtpSink

pytestmark = pytest.mark.django_db


def write(address: str = "a@example.invalid", key: str = "k", **fields: object) -> Message | None:
    values = {"kind": "test", "subject": "Sag 2026-0001", "body": "Åbn sagen.", "url": "/brud/2026-0001/"}
    with transaction.atomic():
        return outbox.queue(address=address, dedup_key=key, **(values | fields))


def test_message_outside_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.queue(address="a@example.invalid", kind="t", subject="s", body="b", url="/", dedup_key="x")


def test_same_message_is_written_once() -> None:
    assert write(key="same") is not None
    assert write(key="same") is None
    assert Message.objects.count() == 1


def test_message_arrives_with_its_own_id_and_danish_letters(smtp: SmtpSink) -> None:
    message = write(subject="Sag 2026-0001: kvittér")
    assert outbox.deliver_due() == 1
    mail = smtp.messages()[0]
    assert mail["Message-ID"] == message.message_id
    assert mail["Subject"] == "Sag 2026-0001: kvittér"
    assert "Åbn sagen." in mail.get_content()
    assert Message.objects.get().state == State.SENT


def test_delivery_twice_sends_nothing_more(smtp: SmtpSink) -> None:
    write()
    outbox.deliver_due()
    assert outbox.deliver_due() == 0
    assert len(smtp.messages()) == 1


def test_bad_recipient_stops_no_other_and_is_seen(smtp: SmtpSink) -> None:
    write("refuse@example.invalid", "bad")
    write("good@example.invalid", "good")
    assert outbox.deliver_due() == 1
    bad = Message.objects.get(dedup_key="bad")
    assert bad.state == State.DEAD
    assert bad.last_error == "SMTPRecipientsRefused 550"
    assert outbox.problem() == "1 besked er ikke kommet frem."


def test_temporary_refusal_is_tried_again_later(smtp: SmtpSink, time_machine) -> None:
    write("later@example.invalid")
    assert outbox.deliver_due() == 0
    message = Message.objects.get()
    assert message.state == State.QUEUED
    assert message.next_try_at > timezone.now()
    assert outbox.deliver_due() == 0
    assert Message.objects.get().attempts == 1
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    outbox.deliver_due()
    assert Message.objects.get().attempts == 2


def test_hanging_server_holds_up_one_message_for_its_time_limit_only(smtp: SmtpSink, settings) -> None:
    settings.EMAIL_TIMEOUT = 1
    write("hang@example.invalid", "hang", priority=5)
    for i in range(3):
        write(f"good{i}@example.invalid", f"good{i}")
    assert outbox.deliver_due() == 3
    hung = Message.objects.get(dedup_key="hang")
    assert hung.state == State.QUEUED
    assert hung.attempts == 1


def test_server_that_is_away_loses_nothing(smtp: SmtpSink, time_machine) -> None:
    smtp.stop()
    write()
    assert outbox.deliver_due() == 0
    smtp.start()
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    assert outbox.deliver_due() == 1


def test_worker_that_died_while_sending_leaves_the_message_for_another(smtp: SmtpSink, time_machine) -> None:
    message = write()
    assert outbox.claim() is not None
    assert outbox.deliver_due() == 0  # claimed by the dead worker
    time_machine.move_to(timezone.now() + outbox.CLAIM + timedelta(seconds=1))
    assert outbox.deliver_due() == 1
    assert smtp.messages()[0]["Message-ID"] == message.message_id


def test_recipient_without_address_reads_it_in_the_portal() -> None:
    person = make_user("uden", email="")
    message = write("", to=person)
    assert message.state == State.PORTAL_ONLY
    assert list(Message.objects.visible_to(person)) == [message]


def test_header_cannot_be_injected(smtp: SmtpSink) -> None:
    write(subject="Sag\r\nBcc: evil@example.invalid\x00")
    write("a@example.invalid\r\nBcc: evil@example.invalid", "second", to=make_user("x", email=""))
    outbox.deliver_due()
    mails = smtp.messages()
    assert len(mails) == 1
    assert mails[0]["Bcc"] is None
    assert mails[0]["X-Envelope-To"] == "a@example.invalid"


def test_priority_goes_first(smtp: SmtpSink) -> None:
    write("low@example.invalid", "low")
    write("high@example.invalid", "high", priority=10)
    outbox.deliver_due(most=1)
    assert [mail["To"] for mail in smtp.messages()] == ["high@example.invalid"]


def test_stuck_message_is_seen_without_mail(client: Client, time_machine, settings) -> None:
    write()
    assert client.get("/readyz").status_code == 200
    call_command("check_outbox")
    time_machine.move_to(timezone.now() + settings.OUTBOX_ALARM_AFTER + timedelta(seconds=1))
    assert client.get("/readyz").status_code == 503
    with pytest.raises(SystemExit) as stopped:
        call_command("check_outbox")
    assert stopped.value.code == 1


def test_operators_try_a_dead_message_again(smtp: SmtpSink) -> None:
    message = write("refuse@example.invalid")
    outbox.deliver_due()
    Message.objects.update(address="good@example.invalid")
    outbox.retry(message)
    assert outbox.deliver_due() == 1


def test_message_tried_again_goes_to_the_address_that_the_person_has_now(smtp: SmtpSink) -> None:
    person = make_user("flyttet", email="refuse@example.invalid")
    message = write("", to=person)
    outbox.deliver_due()
    person.email = "good@example.invalid"
    person.save()
    assert outbox.retry(Message.objects.get(pk=message.pk)) == State.QUEUED
    assert outbox.deliver_due() == 1
    assert smtp.messages()[0]["X-Envelope-To"] == "good@example.invalid"


def test_message_tried_again_for_a_person_without_address_stays_in_the_portal(smtp: SmtpSink) -> None:
    person = make_user("uden", email="refuse@example.invalid")
    message = write("", to=person)
    outbox.deliver_due()
    person.email = ""
    person.save()
    assert outbox.retry(Message.objects.get(pk=message.pk)) == State.PORTAL_ONLY
    assert outbox.problem() == ""
    assert list(Message.objects.visible_to(person)) == [message]


def test_only_a_message_that_was_given_up_is_dismissed(smtp: SmtpSink) -> None:
    waiting, refused = write(), write("refuse@example.invalid", "bad")
    assert not outbox.dismiss(waiting)
    outbox.deliver_due()
    assert not outbox.dismiss(waiting), "sent"
    assert outbox.dismiss(refused)
    assert not outbox.dismiss(refused), "a second time"
    assert outbox.problem() == ""
    outbox.retry(refused)
    assert Message.objects.get(pk=refused.pk).dismissed_at is None


@pytest.mark.parametrize(("name", "is_held_up"), [("later", False), ("refuse", False), ("hang", True)])
def test_only_silence_holds_up_other_mail_to_the_address(smtp: SmtpSink, settings, name: str, is_held_up: bool) -> None:
    settings.EMAIL_TIMEOUT = 1
    for key in ("first", "second"):
        write(f"{name}@example.invalid", key)
    outbox.deliver_due()
    tried = list(Message.objects.order_by("-attempts").values_list("attempts", flat=True))
    assert tried == ([1, 0] if is_held_up else [1, 1])


def test_server_that_is_slow_at_every_answer_is_let_go_after_the_limit_of_one_message(smtp: SmtpSink, settings) -> None:
    settings.EMAIL_TIMEOUT, settings.EMAIL_SEND_LIMIT = 3, 1.5  # each answer takes a second
    write("slow@example.invalid", "slow", priority=5)
    write("good@example.invalid", "good")
    started = time.monotonic()
    assert outbox.deliver_due() == 1
    assert time.monotonic() - started < 3
    assert [mail["To"] for mail in smtp.messages()] == ["good@example.invalid"]
    slow = Message.objects.get(dedup_key="slow")
    assert (slow.state, slow.last_error) == (State.QUEUED, "SMTPServerDisconnected")


def test_slow_server_within_the_limit_delivers(smtp: SmtpSink) -> None:
    write("slow@example.invalid")
    assert outbox.deliver_due() == 1


def test_broker_that_is_away_stops_no_transaction(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from glostrup_isms.kit.tasks import deliver_outbox

    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(deliver_outbox, "apply_async", away)
    with transaction.atomic():
        outbox.queue(address="a@example.invalid", kind="t", subject="s", body="b", url="/", dedup_key="x")
        outbox.nudge()
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_message_once(smtp: SmtpSink) -> None:
    for i in range(20):
        write(f"p{i}@example.invalid", f"k{i}")
    sent: list[int] = []

    def work() -> None:
        try:
            sent.append(outbox.deliver_due())
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(sent) == 20
    ids = [mail["Message-ID"] for mail in smtp.messages()]
    assert len(ids) == len(set(ids)) == 20
