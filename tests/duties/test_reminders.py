"""Who is reminded of which duty, when: before, on and after its day, up the line; once each, through any downtime."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from duties.actions import (
    change_reminders,
    create_duty,
    finish,
    hand_on,
    make_year,
    postpone,
    remind,
    send_due_notices,
)
from duties.actions.reminders import out_of_quiet, send_time
from duties.enums import How, Kind, Share, Stage
from duties.models import Duty, Notice, ReminderSettings
from glostrup_isms.home.wheel import ics
from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import COPENHAGEN, is_working_day, local
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from roles.enums import Role
from roles.models import Absence, Appointment, User, today
from tests.factories import Town, appoint

pytestmark = pytest.mark.django_db
DUE = date(2027, 9, 30)  # a Thursday


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def ask(town: Town, **fields: Any) -> Duty:
    values = {
        "due_on": DUE, "dedup_key": "a", "holder": town.leader, "role": Role.LEADER, "unit": town.home_care,
        "kind": Kind.YEAR, "is_discreet": False,
    }  # fmt: skip
    return create_duty("Gennemgå nøglelisten", **(values | fields))


def run(clock: Any, day: date, at: time = time(8)) -> None:
    """The sweep after midnight, and the mails in the morning."""
    for moment in (time(0, 5), at):
        clock.move_to(datetime.combine(day, moment, COPENHAGEN).astimezone(UTC))
        remind()
        send_due_notices()


def run_days(clock: Any, first: date, last: date) -> None:
    while first <= last:
        run(clock, first)
        first += timedelta(days=1)


def told() -> list[tuple[str, str, str]]:
    """Person, why, on which day."""
    rows = Notice.objects.filter(told_at__isnull=False, message__isnull=False).select_related("person")
    return [(row.person.username, row.stage, f"{local(row.told_at):%d-%m}") for row in rows.order_by("told_at", "pk")]


def test_duty_that_nobody_does_is_told_of_before_on_and_after_its_day_and_then_up_the_line(
    town: Town, clock: Any
) -> None:
    ask(town)
    run_days(clock, date(2027, 9, 7), date(2027, 11, 10))
    assert told() == [
        ("leader", "new", "07-09"),  # made at eight on Monday, so Tuesday's mail
        ("leader", "before", "27-09"),  # five days before is a Saturday; the mail waits for Monday
        ("leader", "due", "30-09"),
        ("leader", "late", "01-10"),
        ("health_chief", "up_1", "07-10"),
        ("director", "up_2", "14-10"),
        ("director", "up_3", "21-10"),
    ]


def test_nothing_is_told_twice_however_often_it_runs(town: Town, clock: Any) -> None:
    ask(town)
    for _ in range(3):
        run_days(clock, DUE, DUE + timedelta(days=3))
    assert len(told()) == len(set(told()))
    assert Message.objects.filter(kind__startswith="duty_").count() == len(told())


def test_clock_set_back_tells_nothing_again(town: Town, clock: Any) -> None:
    ask(town)
    run_days(clock, date(2027, 9, 6), date(2027, 10, 2))
    before = told()
    run(clock, date(2027, 9, 29))
    run(clock, date(2027, 10, 2))
    assert told() == before


def test_after_downtime_the_holder_gets_the_latest_and_each_level_its_own(town: Town, clock: Any) -> None:
    ask(town)
    run(clock, date(2027, 10, 19))
    assert sorted(told()) == [
        ("director", "up_2", "19-10"), ("health_chief", "up_1", "19-10"), ("leader", "late", "19-10"),
    ]  # fmt: skip


def test_what_is_done_is_told_of_no_more(town: Town, clock: Any) -> None:
    duty = ask(town)
    run(clock, date(2027, 9, 7))
    finish(duty, by=fresh(town.leader))
    run_days(clock, date(2027, 9, 20), date(2027, 10, 20))
    assert [stage for _, stage, _ in told()] == ["new"]


def test_digest_leaves_out_what_was_done_since_the_notice_was_written(town: Town, clock: Any) -> None:
    first, second = ask(town), ask(town, dedup_key="b")
    Duty.objects.filter(pk=second.pk).update(title="Tøm skabet")
    remind()
    finish(first, by=fresh(town.leader))
    run(clock, date(2027, 9, 7))
    body = Message.objects.get(kind="duty_digest").body
    assert "Tøm skabet" in body
    assert "nøglelisten" not in body


def test_digest_that_waits_for_the_mail_server_is_drawn_anew_or_withdrawn(town: Town, clock: Any) -> None:
    first, second = ask(town), ask(town, dedup_key="b")
    Duty.objects.filter(pk=second.pk).update(title="Tøm skabet")
    run(clock, date(2027, 9, 7))
    finish(first, by=fresh(town.leader))
    outbox.deliver_due()
    assert len(mail.outbox) == 1
    assert "nøglelisten" not in mail.outbox[0].body
    assert mail.outbox[0].subject == "1 opgave venter på dig"
    message = Message.objects.get(kind="duty_digest")
    assert "nøglelisten" not in message.body, "the inbox says the same"
    Duty.objects.filter(pk=second.pk).update(due_on=DUE + timedelta(days=1))
    Message.objects.update(state="queued")
    outbox.deliver_due()
    assert Message.objects.get().state == "withdrawn"
    assert len(mail.outbox) == 1


def test_all_that_waits_for_one_person_is_one_mail(town: Town, clock: Any) -> None:
    for number in range(60):
        ask(town, dedup_key=str(number))
    run(clock, date(2027, 9, 7))
    message = Message.objects.get(kind="duty_digest")
    assert message.subject == "60 opgaver venter på dig"
    assert "Og 20 til" in message.body
    assert message.url == "/opgaver/"


def test_mail_of_one_duty_leads_to_it_and_says_how_to_have_fewer(town: Town, clock: Any) -> None:
    duty = ask(town)
    run(clock, date(2027, 9, 7))
    message = Message.objects.get(kind="duty_digest")
    assert message.url == duty.get_absolute_url()
    assert "/opgaver/paamindelser/" in message.body
    assert "Gennemgå nøglelisten, senest 30. september 2027" in message.body


def test_mail_says_of_a_discreet_duty_only_what_its_maker_let_it(town: Town, clock: Any) -> None:
    ask(town, is_discreet=True, in_mail="Svar på høring af RET-0003")
    ask(town, is_discreet=True, dedup_key="b", kind=Kind.CASE)
    run(clock, date(2027, 9, 7))
    body = Message.objects.get(kind="duty_digest").body
    assert "Svar på høring af RET-0003, senest" in body
    assert "Sager om brud: opgave" in body
    assert "nøglelisten" not in body


def test_late_discreet_duty_goes_to_those_who_may_see_it_and_not_up_the_line(town: Town, clock: Any) -> None:
    ask(town, is_discreet=True, due_on=date(2027, 9, 6), kept_from=[town.gdpr2.pk])
    run_days(clock, date(2027, 9, 7), date(2027, 10, 10))
    up = {(person, stage) for person, stage, _ in told() if stage.startswith("up")}
    assert up == {("gdpr", "up_1")}


def test_late_shared_duty_goes_to_the_leader_of_those_who_have_the_role(town: Town, clock: Any) -> None:
    ask(town, holder=None, role=Role.GDPR_UNIT, unit=None, due_on=date(2027, 9, 6))
    run_days(clock, date(2027, 9, 7), date(2027, 9, 22))
    assert {(person, stage) for person, stage, _ in told()} == {
        ("gdpr", "late"), ("gdpr2", "late"), ("administration_chief", "up_1"), ("director", "up_2"),
    }  # fmt: skip
    assert Duty.objects.visible_to(fresh(town.administration_chief)).count() == 1, "what came up to her she sees"


def test_role_that_nobody_has_is_told_of_to_the_gdpr_unit(town: Town, clock: Any) -> None:
    ask(town, holder=None, role=Role.LAWYER, unit=None, due_on=date(2027, 9, 6))
    run_days(clock, date(2027, 9, 7), date(2027, 9, 15))
    assert {(person, stage) for person, stage, _ in told()} == {("gdpr", "up_1"), ("gdpr2", "up_1")}


def test_deputy_of_one_who_is_away_is_told_too(town: Town, clock: Any) -> None:
    Absence.objects.create(person=town.leader, from_on=date(2027, 9, 1), to_on=date(2027, 9, 20))
    ask(town)
    run(clock, date(2027, 9, 7))
    assert {person for person, _, _ in told()} == {"leader", "deputy"}


def test_one_whose_account_is_closed_is_told_nothing(town: Town, clock: Any) -> None:
    ask(town)
    remind()
    User.objects.filter(pk=town.leader.pk).update(is_active=False)
    run(clock, date(2027, 9, 7))
    assert told() == []


def test_whoever_gets_it_from_a_colleague_is_told_and_reminded_in_her_place(town: Town, clock: Any) -> None:
    duty = ask(town)
    run(clock, date(2027, 9, 7))
    hand_on(duty, town.employee, by=fresh(town.leader))
    run_days(clock, date(2027, 9, 8), DUE)
    assert [(person, stage) for person, stage, _ in told()] == [
        ("leader", "new"), ("employee", "new"), ("employee", "before"), ("employee", "due"),
    ]  # fmt: skip


def test_postponed_duty_is_reminded_of_for_its_new_day(town: Town, clock: Any) -> None:
    duty = ask(town)
    run_days(clock, date(2027, 9, 7), date(2027, 9, 28))
    postpone(duty, date(2027, 10, 28), by=fresh(town.leader), note="Ferie")
    run_days(clock, date(2027, 9, 29), date(2027, 10, 29))
    assert [(stage, day) for _, stage, day in told()] == [
        ("new", "07-09"), ("before", "27-09"), ("before", "25-10"), ("due", "28-10"), ("late", "29-10"),
    ]  # fmt: skip


def test_duty_of_the_year_is_told_of_when_it_opens(town: Town, clock: Any, make_template: Any) -> None:
    make_template(first_on=DUE, opens_days=10, remind_days=4)
    make_year()
    run_days(clock, date(2027, 9, 6), DUE)
    assert [(stage, day) for person, stage, day in told() if person == "leader"] == [
        ("new", "20-09"), ("before", "27-09"), ("due", "30-09"),
    ]  # fmt: skip


def test_duty_of_a_unit_is_told_to_whoever_leads_it(town: Town, clock: Any, make_template: Any) -> None:
    make_template(first_on=DUE, share=Share.UNIT, opens_days=30)
    make_year()
    run(clock, date(2027, 9, 7))
    assert {person for person, _, _ in told()} == {"leader", "school_leader"}


# ── As each person wants it ──────────────────────────────────────────────────────────────────────


def choose(person: User, how: How, **times: Any) -> ReminderSettings:
    values = {"weekly_on": 2, "quiet_from": time(18), "quiet_to": time(7)} | times
    return change_reminders(person, choices={kind.value: how.value for kind in Kind}, seen=1, **values)


def test_at_once_is_at_once_outside_quiet_hours(town: Town, clock: Any) -> None:
    choose(town.leader, How.AT_ONCE)
    ask(town)
    run(clock, date(2027, 9, 6), time(12, 0))
    assert told() == [("leader", "new", "06-09")]
    clock.move_to(datetime(2027, 9, 6, 19, 0, tzinfo=COPENHAGEN).astimezone(UTC))
    ask(town, dedup_key="b")
    remind()
    send_due_notices()
    assert len(told()) == 1
    run(clock, date(2027, 9, 7), time(7, 0))
    assert len(told()) == 2


def test_weekly_waits_for_its_weekday(town: Town, clock: Any) -> None:
    choose(town.leader, How.WEEKLY)
    ask(town)
    run_days(clock, date(2027, 9, 6), date(2027, 9, 20))
    assert told() == [("leader", "new", "08-09")]


def test_without_mail_the_duty_stands_in_the_portal_only(town: Town, clock: Any) -> None:
    choose(town.leader, How.PORTAL)
    duty = ask(town)
    run_days(clock, date(2027, 9, 6), date(2027, 10, 2))
    assert not Message.objects.filter(recipient=town.leader).exists()
    assert duty in Duty.objects.held_by(fresh(town.leader))


@pytest.mark.parametrize("how", list(How))
def test_what_the_law_has_given_a_day_cannot_be_muted(town: Town, clock: Any, how: How) -> None:
    choose(town.leader, how)
    ask(town, is_statutory=True)
    run(clock, date(2027, 9, 11), time(23, 0))  # a Saturday night
    message = Message.objects.get(kind="duty_statutory")
    assert (message.recipient, message.priority) == (town.leader, 5)


def test_change_of_mind_moves_what_waits(town: Town, clock: Any) -> None:
    ask(town)
    remind()
    choose(town.leader, How.AT_ONCE)
    run(clock, date(2027, 9, 6), time(9, 0))
    assert told() == [("leader", "new", "06-09")]


def test_change_in_two_windows_keeps_the_first(town: Town, clock: Any) -> None:
    choose(town.leader, How.AT_ONCE)
    with pytest.raises(StepNotOpen):
        choose(town.leader, How.PORTAL)
    assert ReminderSettings.objects.get().how(Kind.YEAR) == How.AT_ONCE


moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))


@given(moments, st.times(), st.times())
def test_mail_never_comes_in_quiet_hours_nor_on_a_free_day_nor_before_now(
    now: datetime, start: time, end: time
) -> None:
    chosen = ReminderSettings(quiet_from=start, quiet_to=end)
    at = local(out_of_quiet(chosen, now))
    assert at >= now
    assert is_working_day(at.date())
    quiet = start <= at.time() < end if start <= end else at.time() >= start or at.time() < end
    assert not quiet


@given(moments, st.sampled_from([How.DAILY, How.WEEKLY]), st.integers(0, 4))
def test_digest_comes_on_a_working_day_within_reach(now: datetime, how: How, weekly_on: int) -> None:
    chosen = ReminderSettings(choices={"year": how.value}, weekly_on=weekly_on)
    at = send_time(chosen, Duty(kind=Kind.YEAR), now)
    assert at is not None
    assert is_working_day(local(at).date())
    assert timedelta(0) <= at - now <= timedelta(days=16)


def test_stages_come_in_order_for_every_length_of_duty(town: Town, clock: Any) -> None:
    from duties.actions.reminders import stages

    for days in range(-30, 120):
        found = stages(Duty(due_on=today() + timedelta(days=days)))
        assert [day for _, day in found] == sorted(day for _, day in found)
        assert [stage for stage, _ in found] == [stage for stage in Stage if stage in dict(found)]
        assert Stage.LATE in dict(found)


# ── What goes wrong with one ─────────────────────────────────────────────────────────────────────


def test_duty_that_cannot_be_read_stops_nobody_else_and_the_job_counts_as_failed(
    town: Town, clock: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from duties.actions import reminders

    of_duty = reminders.stages
    bad = ask(town)
    for number in range(3):
        ask(town, dedup_key=str(number))

    def stages(duty: Duty) -> Any:
        return of_duty(duty) if duty.pk != bad.pk else 1 / 0

    monkeypatch.setattr(reminders, "stages", stages)
    for _ in range(2):
        with pytest.raises(reminders.NotReminded, match=rf"\[{bad.pk}\]"):
            remind()
        assert Notice.objects.exclude(duty=bad).count() == Notice.objects.count() == 3
    assert f"Nobody could be told of duty {bad.pk}" in caplog.text
    monkeypatch.setattr(reminders, "stages", of_duty)
    assert remind() == 1


def test_duty_of_the_last_day_of_the_calendar_is_made_within_reach(town: Town, clock: Any) -> None:
    duty = ask(town, due_on=date.max)
    assert duty.due_on == date(2199, 12, 31)
    assert remind() == 1
    assert b"DTEND;VALUE=DATE:22000101" in ics.write(ics.lines_of(fresh(town.leader)))
    with pytest.raises(IntegrityError, match="duty_is_due_within_reach"), transaction.atomic():
        Duty.objects.update(due_on=date(2200, 1, 1))


def test_duty_made_after_its_day_is_late_from_when_it_was_made(town: Town, clock: Any, make_template: Any) -> None:
    """A day in July, moved to before it, of a fixed duty that was made in July."""
    clock.move_to(datetime(2027, 7, 12, 8, 0, tzinfo=COPENHAGEN).astimezone(UTC))
    make_template(first_on=date(2027, 7, 26), on_closed="before")
    make_year()
    assert set(Duty.objects.values_list("due_on", flat=True)) == {date(2027, 6, 30)}
    run_days(clock, date(2027, 7, 13), date(2027, 7, 21))
    hers = [(person, stage, day) for person, stage, day in told() if person in ("leader", "health_chief")]
    assert hers == [("leader", "late", "13-07"), ("health_chief", "up_1", "19-07")]


def test_late_duty_is_told_of_to_whoever_leads_her_after_she_moved(town: Town, clock: Any, make_template: Any) -> None:
    make_template(role=Role.EMPLOYEE, first_on=date(2027, 9, 7))
    make_year()
    run_days(clock, date(2027, 9, 7), date(2027, 9, 10))
    Appointment.objects.filter(person=town.employee).update(to_on=date(2027, 9, 10))
    appoint(town.employee, Role.EMPLOYEE, town.school, from_on=date(2027, 9, 11))
    clock.move_to(datetime(2027, 9, 11, 8, 0, tzinfo=COPENHAGEN).astimezone(UTC))
    make_year()
    run_days(clock, date(2027, 9, 11), date(2027, 9, 15))
    up = Notice.objects.filter(stage=Stage.UP_1, duty__holder=town.employee)
    assert [notice.person for notice in up] == [town.school_leader]
