"""Locks are taken in one order, so that no two actions wait for each other: the case, its rows, the audit trail last.
And a slow delivery never undoes a quicker one's."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from breaches.actions import (
    acknowledge,
    mark_read,
    set_awareness,
    set_verdict,
    take_due_steps,
    take_step,
    write_entry,
)
from breaches.enums import EntryKind, LeaderChoice
from breaches.models import Breach
from duties.models import Duty
from glostrup_isms.kit import outbox
from glostrup_isms.kit.outbox import Message, State
from policy import actions as policy
from policy.actions import ask_for_reviews
from policy.enums import Kind
from policy.models import ApprovalRoute, Document, HearingPart, Version
from roles.enums import Role
from roles.models import User, today
from tests.access_objects import adopt, holders_now, write
from tests.factories import Town, make_town, make_whole_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def statements(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        act()
    return [query["sql"] for query in queries.captured_queries]


def place(lines: list[str], pattern: str) -> int:
    return next((number for number, line in enumerate(lines) if re.search(pattern, line)), len(lines))


LOCKS_CASE = r'^SELECT .*FROM "breaches_breach" WHERE "breaches_breach"."id" = '
WRITES_STEP = r'^UPDATE "breaches_duestep"'


def test_sweep_takes_the_case_before_its_step(town: Town) -> None:
    """»Modtaget« holds the case and then cancels the steps; a sweep that took the step first would wait for the case,
    and PostgreSQL would shoot one of them."""
    breach = town.report(by=town.employee).breach
    acts = {
        "acknowledge": lambda: acknowledge(breach, by=town.leader),
        "sweep": lambda: take_due_steps(timezone.now() + timedelta(hours=3)),
    }
    for name, act in acts.items():
        lines = statements(act)
        step = place(lines, WRITES_STEP)
        assert step < len(lines)
        assert place(lines, LOCKS_CASE) < step, name


def actions(town: Town) -> dict[str, Callable[[], object]]:
    User.objects.filter(pk__in=[town.leader.pk, town.gdpr.pk, town.health_chief.pk]).update(email="")
    breach = town.report(by=town.employee).breach
    later = timezone.now() + timedelta(hours=5)
    return {
        "report": lambda: town.report(by=town.employee),
        "report without a leader": lambda: town.report(leader_choice=LeaderChoice.WRONG, unit=town.school),
        "read": lambda: mark_read(breach, by=town.gdpr),
        "write": lambda: write_entry(breach, EntryKind.ADDITION, "Mere", by=town.employee, token="t" * 20),
        "sweep": lambda: take_due_steps(later),
        "acknowledge": lambda: acknowledge(breach, by=town.gdpr),
        "triage": lambda: take_step(breach, "triage", by=town.gdpr),
        "verdict": lambda: set_verdict(breach, "yes", by=town.gdpr, reason="Ja"),
        "awareness": lambda: set_awareness(breach, breach.noticed_at, by=town.gdpr, reason="Før"),
        "reject": lambda: take_step(breach, "reject", by=town.gdpr, note="Nej"),
    }


def duties_around_the_audit_lock(lines: list[str]) -> tuple[int, int]:
    """How many duties are written before the trail's lock is taken, and how many after."""
    lock = place(lines, "SELECT seq, hash FROM kit_auditentry")
    writes = [number for number, line in enumerate(lines) if 'INSERT INTO "duties_duty"' in line]
    return sum(number < lock for number in writes), sum(number > lock for number in writes)


@pytest.mark.parametrize("name", ["report", "report without a leader"])
def test_keys_that_others_write_too_are_taken_on_one_side_of_the_audit_lock(town: Town, name: str) -> None:
    """Several people without mail: the first duty's audit entry holds the trail's lock while the second duty's key is
    waited for; a sweep that has written that key waits for the trail. PostgreSQL would shoot one of them."""
    act = actions(town)[name]
    Duty.objects.all().delete()
    User.objects.update(email="")
    before, after = duties_around_the_audit_lock(statements(act))
    assert before + after > 1
    assert not (before and after), f"{before} before and {after} after"


def test_every_action_works_in_turn(town: Town) -> None:
    for name, act in actions(town).items():
        act()
        assert Breach.objects.exists(), name


# ── Documents ────────────────────────────────────────────────────────────────────────────────────
TRAIL = "SELECT seq, hash FROM kit_auditentry"
# What somebody else may hold while she waits for the trail: a duty that she ticks off, the stamp of the public pages.
HELD_BY_OTHERS = ("duties_duty", "policy_publicsite")


@pytest.fixture
def steps() -> dict[str, Callable[[], object]]:
    """A guideline's whole way, in turn; beside it one that applies and is replaced."""
    town = make_whole_town()
    who = holders_now(town)
    writer, director = who["it_coordinator"], who["director"]
    version = adopt(who, write(who, Kind.GUIDELINE, "Mail og beskeder"))
    Document.objects.filter(pk=version.document_id).update(next_review_on=today(), confidentiality="public")
    ask_for_reviews()
    new = policy.start_version(version.document, by=writer)
    asked = {"roles": [Role.LAWYER, Role.DPO], "due_on": today() + timedelta(days=9), "by": writer}

    def answer(role: str) -> None:
        part = HearingPart.objects.get(hearing__version=new, hearing__closed_at=None, role=role)
        policy.answer_hearing(part, "Ja", has_remarks=True, by=who[role])

    return {
        "create": lambda: write(who, Kind.GUIDELINE, "En til"),
        "save": lambda: policy.save_text(new, "## Et\n\nTo.\n", title="Mail", by=writer, revision=1),
        "open hearing": lambda: policy.open_hearing(new, **asked),
        "take back": lambda: policy.take_back(new, by=writer, note="Ret."),
        "open hearing again": lambda: policy.open_hearing(new, **asked),
        "answer": lambda: answer("lawyer"),
        "answer too": lambda: answer("dpo"),
        "end hearing": lambda: policy.end_hearing(new, by=writer),
        "submit": lambda: policy.submit(new, by=writer),
        "recommend": lambda: policy.recommend(new, by=who["committee"], decided_on=today()),
        "send back": lambda: policy.send_back(new, by=director, note="Ret."),
        "route": lambda: ApprovalRoute.objects.update(needs_hearing=False),
        "submit again": lambda: policy.submit(new, by=writer),
        "recommend again": lambda: policy.recommend(new, by=who["committee"], decided_on=today()),
        "decide": lambda: policy.decide(new, by=director, decided_on=today(), statement="Stemmer."),
        "approve again": lambda: policy.reapprove(new, by=who["committee"], decided_on=today()),
        "post": lambda: policy.record_posting(
            Version.objects.get(pk=new.pk), "https://www.example.invalid/", today(), by=writer),
        "change": lambda: policy.change_document(
            Document.objects.get(pk=version.document_id), by=writer, journal_number="26/1",
            revision=Document.objects.get(pk=version.document_id).revision),
        "withdraw": lambda: policy.withdraw(new, by=director, note="Forkert.", decided_on=today()),
    }  # fmt: skip


def test_what_others_hold_is_taken_before_the_trail(steps: dict[str, Callable[[], object]]) -> None:
    """One who ticks her duty off, or changes a public document, holds that and waits for the trail; were it asked for
    after the trail, PostgreSQL would shoot one of the two."""
    wrong, tried = [], set()
    for name, act in steps.items():
        lines = statements(act)
        trail = place(lines, TRAIL)
        for table in HELD_BY_OTHERS:
            taken = place(lines, rf'^(SELECT .* FROM|UPDATE) "{table}"')
            written = [number for number, line in enumerate(lines) if line.startswith(f'UPDATE "{table}"')]
            tried |= {table for number in written if number > trail}
            if written and taken > trail:
                wrong.append(f"{name}: {table} only after the trail")
    assert not wrong, "\n".join(wrong)
    assert tried == set(HELD_BY_OTHERS), "none is written after the trail: the test proves nothing"


# ── Delivery ─────────────────────────────────────────────────────────────────────────────────────


def queued(town: Town) -> Message:
    town.report(by=town.employee)
    message = Message.objects.filter(recipient=town.gdpr).get()
    Message.objects.exclude(pk=message.pk).delete()
    return message


def overtaken(monkeypatch: pytest.MonkeyPatch, town: Town, error: Exception | None) -> Message:
    """A worker sends so slowly that its claim runs out and another takes the message while it still sends."""
    message = queued(town)

    def slow(self: outbox.Line, mail: EmailMessage) -> None:
        Message.objects.filter(pk=message.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
        monkeypatch.setattr(outbox.Line, "send", lambda self, mail: None)
        assert outbox.claim() is not None  # the other worker holds it now
        if error:
            raise error

    monkeypatch.setattr(outbox.Line, "send", slow)
    first = outbox.claim()
    assert first is not None
    outbox._deliver(first, outbox.Line())
    message.refresh_from_db()
    return message


def test_slow_failing_worker_does_not_take_the_message_from_the_quicker(
    monkeypatch: pytest.MonkeyPatch, town: Town
) -> None:
    message = overtaken(monkeypatch, town, TimeoutError())
    assert message.claimed_until is not None, "free again, so a third worker would send it too"
    assert message.state == State.QUEUED


def test_operators_retry_leaves_a_message_alone_that_is_being_sent(town: Town) -> None:
    queued(town)
    message = outbox.claim()
    assert message is not None
    outbox.retry(message)
    assert outbox.claim() is None, "sent twice at the same time"


def test_claim_outlasts_the_slowest_polite_server(settings) -> None:
    """Connect, greeting, EHLO, STARTTLS, TLS, EHLO, AUTH (3), MAIL, RCPT, DATA, text: each answer may take the whole
    time-out, and an answer of several lines one time-out per line."""
    assert outbox.CLAIM.total_seconds() > 13 * settings.EMAIL_TIMEOUT
