"""Reminders and escalation: rows that are taken exactly once, after any downtime and by any number of schedulers."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.utils import timezone

from breaches.actions import acknowledge, report_breach, set_awareness, set_verdict, take_due_steps, take_step
from breaches.actions.reports import Report
from breaches.enums import StepKind, Track
from breaches.models import Breach, DueStep, Told
from duties.models import Duty
from glostrup_isms.kit.outbox import Message
from roles.models import Absence, Appointment, today
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def town() -> Town:
    return make_town()


def sweep_at(time_machine, hours: float) -> int:
    time_machine.move_to(timezone.now() + hours * HOUR, tick=False)
    return take_due_steps()


def reminders(kind: str = "breach_reminder") -> set[str]:
    return {message.address for message in Message.objects.filter(kind=kind)}


def test_nothing_is_due_before_two_hours(town: Town, time_machine) -> None:
    town.report(by=town.employee)
    assert sweep_at(time_machine, 1.9) == 0


def test_unacknowledged_case_reminds_both_tracks_once(town: Town, time_machine) -> None:
    town.report(by=town.employee)
    assert sweep_at(time_machine, 2.1) == 2
    assert take_due_steps() == 0
    assert {"leader@example.invalid", "gdpr@example.invalid"} < reminders()
    assert Message.objects.filter(kind="breach_reminder").count() == 4


def test_acknowledging_stops_the_reminders_of_that_track_only(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    assert acknowledge(breach, by=town.leader)
    sweep_at(time_machine, 2.1)
    assert "leader@example.invalid" not in reminders()
    assert "gdpr@example.invalid" in reminders()


def test_second_press_on_received_changes_nothing(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    assert acknowledge(breach, by=town.leader)
    at = Told.objects.get(person=town.leader).acknowledged_at
    assert not acknowledge(breach, by=town.leader)
    assert Told.objects.get(person=town.leader).acknowledged_at == at


def test_stranger_to_the_case_cannot_acknowledge(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    for person in (town.teacher, town.school_leader, town.dpo, town.administrator, town.employee):
        with pytest.raises(PermissionDenied):
            acknowledge(breach, by=person)


def test_escalation_goes_up_the_line_step_by_step(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    start = timezone.now()
    for hours, expected in ((4.1, town.health_chief), (6.2, town.director)):
        time_machine.move_to(start + hours * HOUR, tick=False)
        take_due_steps()
        assert Told.objects.filter(breach=breach, track=Track.LEADER, person=expected).exists()
    assert Breach.objects.visible_to(town.director).exists()


def test_line_that_ends_becomes_a_duty(town: Town, time_machine) -> None:
    town.report(by=town.employee)
    start = timezone.now()
    for hours in (4.1, 6.2, 8.3, 10.4, 12.5):
        time_machine.move_to(start + hours * HOUR, tick=False)
        take_due_steps()
    assert Duty.objects.filter(title__contains="linjen har ikke flere ledere").exists()


def test_gdpr_track_escalates_to_the_leader_above_the_gdpr_unit(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    sweep_at(time_machine, 4.1)
    assert Told.objects.filter(breach=breach, track=Track.GDPR, person=town.administration_chief, level=1).exists()


def test_downtime_takes_every_overdue_step_once(town: Town, time_machine) -> None:
    town.report(by=town.employee, involves_personal_data="no")
    time_machine.move_to(timezone.now() + 30 * HOUR, tick=False)
    take_due_steps()
    assert not DueStep.objects.due().exists()
    assert Message.objects.filter(kind="breach_reminder").count() == 4


def test_clock_warns_the_gdpr_unit_at_24_and_6_hours_and_when_passed(town: Town, time_machine) -> None:
    town.report(by=town.employee, noticed_at=timezone.now())
    start = timezone.now()
    for hours, count in ((47.9, 0), (48.1, 2), (66.1, 4), (72.1, 6), (90, 6)):
        time_machine.move_to(start + hours * HOUR, tick=False)
        take_due_steps()
        assert Message.objects.filter(kind="breach_clock").count() == count


def test_report_of_something_long_known_warns_once_not_thrice(town: Town) -> None:
    town.report(by=town.employee, noticed_at=timezone.now() - 100 * HOUR)
    take_due_steps()
    assert Message.objects.filter(kind="breach_clock").count() == 2  # two people, one warning each


def test_moving_awareness_recomputes_the_deadline_and_its_warnings(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee, noticed_at=timezone.now() - 10 * HOUR).breach
    later = timezone.now()
    breach = set_awareness(breach, later, by=town.gdpr, reason="Først da var vi sikre.")
    assert breach.deadline_at == later + 72 * HOUR
    live = DueStep.objects.filter(kind=StepKind.CLOCK, cancelled_at=None)
    assert sorted(step.due_at - later for step in live) == [48 * HOUR, 66 * HOUR, 72 * HOUR]


def test_only_the_gdpr_unit_moves_awareness(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    for person in (town.leader, town.dpo, town.employee, town.director):
        with pytest.raises(PermissionDenied):
            set_awareness(breach, timezone.now(), by=person, reason="x")


def test_closed_case_reminds_nobody_and_reopening_starts_the_clock_again(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    breach = take_step(breach, "reject", by=town.gdpr, note="Øvelse.")
    assert sweep_at(time_machine, 80) == 0
    assert not Message.objects.filter(kind__in=["breach_reminder", "breach_clock"]).exists()
    take_step(breach, "reopen", by=town.gdpr, note="Det var ikke en øvelse.")
    assert DueStep.objects.due().filter(kind=StepKind.CLOCK).count() == 1


def test_verdict_no_stops_the_clock_and_yes_starts_it(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    breach = set_verdict(breach, "no", by=town.gdpr, reason="Ingen oplysninger om mennesker.")
    assert not breach.clock_runs
    assert not DueStep.objects.filter(kind=StepKind.CLOCK, cancelled_at=None).exists()
    breach = set_verdict(breach, "yes", by=town.gdpr, reason="Alligevel.")
    assert breach.clock_runs


def test_failing_step_stops_no_other(town: Town, time_machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from breaches.actions import steps

    town.report(by=town.employee)
    real = steps._remind
    monkeypatch.setattr(
        steps, "_remind", lambda breach, step: 1 / 0 if step.track == Track.LEADER else real(breach, step)
    )
    assert sweep_at(time_machine, 2.1) == 1
    monkeypatch.undo()
    assert take_due_steps() == 1


def test_leader_gone_since_is_not_escalated_to(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    Appointment.objects.filter(person=town.health_chief).delete()
    sweep_at(time_machine, 4.1)
    assert Told.objects.filter(breach=breach, track=Track.LEADER, person=town.director).exists()


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_take_each_step_once() -> None:
    town = make_town()
    for i in range(3):
        report_breach(Report("Sket", timezone.now(), "no", unit=town.school), by=None, token=f"form-{i:>020}")
    DueStep.objects.filter(kind=StepKind.REMIND).update(due_at=timezone.now() - HOUR)
    taken: list[int] = []
    barrier = threading.Barrier(3)

    def sweep() -> None:
        try:
            barrier.wait(20)
            taken.append(take_due_steps())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(taken) == 6
    assert Message.objects.filter(kind="breach_reminder").count() == 3 * 4


def test_same_deadline_is_warned_of_once_however_often_the_case_moves(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee, noticed_at=timezone.now() - 50 * HOUR).breach
    take_due_steps()
    assert Message.objects.filter(kind="breach_clock").count() == 2
    breach = take_step(breach, "triage", by=town.gdpr)
    breach = take_step(breach, "contain", by=town.gdpr)
    set_verdict(breach, "yes", by=town.gdpr, reason="Ja.")
    take_due_steps()
    assert Message.objects.filter(kind="breach_clock").count() == 2


def test_notified_case_reopened_has_no_running_clock(town: Town) -> None:
    breach = town.report(by=town.employee, noticed_at=timezone.now() - 80 * HOUR).breach
    breach = take_step(breach, "triage", by=town.gdpr)
    breach = set_verdict(breach, "yes", by=town.gdpr, reason="Ja.")
    for key in ("decide", "notify", "close", "reopen"):
        breach = take_step(breach, key, by=town.gdpr, note="Begrundelse.")
    assert not breach.clock_runs
    assert not Breach.objects.running().exists()


@pytest.mark.parametrize("keys", [("inform",), ("follow_up",), ("inform", "follow_up")])
def test_only_notifying_answers_the_deadline(town: Town, time_machine, keys: tuple[str, ...]) -> None:
    """Telling the affected (art. 34) is another duty than notifying Datatilsynet (art. 33)."""
    breach = town.report(by=town.employee, noticed_at=timezone.now()).breach
    breach = take_step(breach, "triage", by=town.gdpr)
    breach = set_verdict(breach, "yes", by=town.gdpr, reason="Ja.")
    for key in ("decide", *keys):
        breach = take_step(breach, key, by=town.gdpr, note="Begrundelse.")
    sweep_at(time_machine, 49)
    assert Message.objects.filter(kind="breach_clock").count() == 2
    assert Breach.objects.running().get() == breach
    take_step(breach, "notify", by=town.gdpr, note="Reference 1.")
    sweep_at(time_machine, 30)
    assert Message.objects.filter(kind="breach_clock").count() == 2
    assert not Breach.objects.running().exists()


def test_reminder_that_reached_nobody_is_not_said_to_be_sent(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee, involves_personal_data="no").breach
    Appointment.objects.filter(person=town.leader).update(to_on=today() - 10 * HOUR * 24)
    sweep_at(time_machine, 2.1)
    sentences = set(breach.events.values_list("sentence", flat=True))
    assert "Nærmeste leder har ikke kvitteret. Ingen kunne få en påmindelse." in sentences
    assert "GDPR-enheden har ikke kvitteret. Påmindelse sendt." in sentences


def test_warning_that_reached_nobody_says_so(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee, noticed_at=timezone.now()).breach
    Appointment.objects.filter(person__in=[town.gdpr, town.gdpr2]).delete()
    sweep_at(time_machine, 48.1)
    assert breach.events.filter(sentence__contains="Ingen i GDPR-enheden er mindet").exists()


def test_deputy_of_an_absent_gdpr_person_is_told(town: Town) -> None:
    Appointment.objects.filter(person=town.gdpr).update(deputy=town.administration_chief)
    Absence.objects.create(person=town.gdpr, from_on=today(), to_on=today())
    breach = town.report(by=town.employee).breach
    assert Told.objects.filter(breach=breach, track=Track.GDPR, person=town.administration_chief).exists()


def test_case_taken_up_again_reminds_those_who_never_answered(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee, involves_personal_data="no").breach
    acknowledge(breach, by=town.gdpr)
    breach = take_step(breach, "reject", by=town.gdpr, note="Øvelse.")
    take_step(breach, "reopen", by=town.gdpr, note="Alligevel ikke.")
    sweep_at(time_machine, 2.1)
    assert reminders() == {"leader@example.invalid"}
