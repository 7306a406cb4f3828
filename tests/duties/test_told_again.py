"""Whoever gets a duty is told of it, also a second time; no fault of one person's mail is another's; what mails say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from duties.actions import create_duty, digests, finish, hand_on, remind, reopen, send_due_notices
from duties.enums import Kind, Stage
from duties.models import Duty, Notice
from glostrup_isms.kit.dates import COPENHAGEN
from glostrup_isms.kit.outbox import Message
from roles.enums import Role
from roles.models import Absence, User, today
from tests.duties.conftest import MONDAY
from tests.factories import Town

pytestmark = pytest.mark.django_db
DUE = date(2027, 9, 30)
TIMES = {"weekly_on": 0, "quiet_from": datetime(2027, 1, 1, 18).time(), "quiet_to": datetime(2027, 1, 1, 7).time()}


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def ask(town: Town, **fields: Any) -> Duty:
    values = {"due_on": DUE, "dedup_key": "a", "holder": town.leader, "kind": Kind.YEAR, "is_discreet": False}
    return create_duty("Gennemgå nøglelisten", **(values | fields))


def mails_of(person: User, clock: Any, day: date) -> list[str]:
    """Written in the sweep and the morning of the day."""
    before = set(Message.objects.values_list("pk", flat=True))
    for hour in (0, 8):
        clock.move_to(datetime(day.year, day.month, day.day, hour, 5, tzinfo=COPENHAGEN).astimezone(UTC))
        remind()
        send_due_notices()
    return list(Message.objects.filter(recipient=person).exclude(pk__in=before).values_list("subject", flat=True))


def test_colleague_who_gets_it_a_second_time_is_told_again(town: Town, clock: Any) -> None:
    duty = ask(town)
    day = date(2027, 9, 7)
    for _ in range(2):
        hand_on(duty, fresh(town.employee), by=fresh(town.leader))
        assert mails_of(town.employee, clock, day) == ["1 opgave venter på dig"]
        hand_on(duty, fresh(town.leader), by=fresh(town.employee))
        assert mails_of(town.leader, clock, day + timedelta(days=1)) == ["1 opgave venter på dig"]
        day += timedelta(days=2)


def test_colleague_who_gets_what_has_not_begun_is_told_at_once(town: Town, clock: Any) -> None:
    duty = ask(town)
    Duty.objects.filter(pk=duty.pk).update(opens_on=date(2027, 9, 20), remind_on=date(2027, 9, 20))
    hand_on(duty, fresh(town.employee), by=fresh(town.leader))
    assert mails_of(town.employee, clock, date(2027, 9, 7)) == ["1 opgave venter på dig"]
    assert mails_of(town.employee, clock, date(2027, 9, 20)) == [], "told once"


def test_late_duty_opened_again_is_told_of_again(town: Town, clock: Any) -> None:
    duty = ask(town, due_on=date(2027, 9, 6))
    late = ["1 opgave venter på dig, den er over fristen"]
    assert mails_of(town.leader, clock, date(2027, 9, 7)) == late
    reopen(finish(duty, by=fresh(town.leader)), by=fresh(town.leader))
    assert mails_of(town.leader, clock, date(2027, 9, 8)) == late


def test_who_hands_it_on_is_not_reminded_of_what_waited_for_her(town: Town, clock: Any) -> None:
    duty = ask(town)
    remind()
    hand_on(duty, fresh(town.employee), by=fresh(town.leader))
    assert mails_of(town.leader, clock, date(2027, 9, 7)) == []


def test_acting_deputy_who_was_told_gets_the_mail(town: Town, clock: Any) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=date(2027, 9, 20))
    ask(town, role=Role.LEADER)
    assert len(mails_of(town.deputy, clock, date(2027, 9, 7))) == 1


def test_mail_that_fails_stops_nobody_elses_and_the_job_says_so(town: Town, clock: Any, monkeypatch: Any) -> None:
    ask(town)
    ask(town, holder=town.teacher, dedup_key="b")
    remind()
    clock.move_to((MONDAY + timedelta(days=1)).astimezone(UTC))
    real = digests._tell
    first = min(town.leader.pk, town.teacher.pk)

    def tell(person_id: int) -> bool:
        if person_id == first:
            raise ValueError("broken")
        return real(person_id)

    monkeypatch.setattr(digests, "_tell", tell)
    with pytest.raises(digests.NotTold, match="1 of 2"):
        send_due_notices()
    assert Message.objects.get(kind="duty_digest").recipient_id == max(town.leader.pk, town.teacher.pk)
    monkeypatch.undo()
    assert send_due_notices() == 1, "hers waited"


def test_reminder_told_anew_loses_no_mail(town: Town, clock: Any) -> None:
    """Its notice waits again, as when she chose another way while it was being told."""
    ask(town)
    mails_of(town.leader, clock, date(2027, 9, 7))
    told = Notice.objects.get()
    Notice.objects.update(told_at=None)
    clock.move_to(datetime(2027, 9, 7, 9, tzinfo=COPENHAGEN).astimezone(UTC))
    assert send_due_notices() == 1
    again = Notice.objects.get()
    assert again.message_id not in (None, told.message_id)


# ── What mails say ───────────────────────────────────────────────────────────────────────────────


def escalate(town: Town, *people: User, **fields: Any) -> None:
    duty = ask(town, due_on=date(2027, 9, 1), **fields)
    Duty.objects.update(remind_on=None)
    for person in people:
        Notice.objects.create(person=person, duty=duty, stage=Stage.UP_1, due_on=duty.due_on)


def test_leader_reads_that_it_is_with_those_she_leads(town: Town, clock: Any) -> None:
    escalate(town, town.health_chief)
    send_due_notices()
    mail = Message.objects.get(recipient=town.health_chief)
    assert mail.subject == "1 opgave er over fristen hos dem, du leder"
    assert "Over fristen hos dem, du leder\n" in mail.body
    assert "opgaverne er dine" not in mail.body
    assert "venter på dig" not in mail.subject


def test_gdpr_unit_does_not_read_that_it_leads_them(town: Town, clock: Any) -> None:
    escalate(town, town.gdpr)
    send_due_notices()
    mail = Message.objects.get(recipient=town.gdpr)
    assert mail.subject == "1 opgave er over fristen hos andre"
    assert "du leder" not in mail.body


def test_own_and_others_are_told_apart_in_one_mail(town: Town, clock: Any) -> None:
    escalate(town, town.health_chief)
    own = ask(town, holder=town.health_chief, dedup_key="b")
    Notice.objects.create(person=town.health_chief, duty=own, stage=Stage.NEW, due_on=own.due_on)
    send_due_notices()
    subject = Message.objects.get(recipient=town.health_chief).subject
    assert subject == "1 opgave venter på dig, og 1 er over fristen hos dem, du leder"
