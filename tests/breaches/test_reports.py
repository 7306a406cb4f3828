"""Receiving a report: who is told, what is written, and that nothing is lost or doubled."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from breaches.actions import find_by_code, report_breach, take_due_steps, write_entry
from breaches.actions.reports import Report, follow_up_code
from breaches.enums import EntryKind, StepKind, Track
from breaches.models import Breach, DueStep, Entry, Told
from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry, AuditPayload
from glostrup_isms.kit.outbox import Message, State
from roles.enums import PersonKind, Role
from roles.models import Absence, Appointment, Unit, User, today
from tests.factories import Town, appoint, make_town, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def told_people(breach: Breach, track: Track) -> set[str]:
    return {row.person.username for row in Told.objects.filter(breach=breach, track=track, person__isnull=False)}


def test_leader_gdpr_people_and_mailbox_are_told_at_once(town: Town, settings) -> None:
    breach = town.report(by=town.employee).breach
    assert told_people(breach, Track.LEADER) == {"leader"}
    assert told_people(breach, Track.GDPR) == {"gdpr", "gdpr2"}
    addresses = set(Message.objects.values_list("address", flat=True))
    assert addresses == {
        "leader@example.invalid",
        "gdpr@example.invalid",
        "gdpr2@example.invalid",
        settings.GDPR_MAILBOX,
    }


def test_mail_carries_number_and_link_and_nothing_of_the_report(town: Town) -> None:
    breach = town.report(by=town.employee, description="Hemmeligt om Jens Olsen", where_text="Køkkenet").breach
    for message in Message.objects.all():
        assert breach.number in message.subject
        assert breach.get_absolute_url() in message.body
        for secret in ("Hemmeligt", "Jens", "Køkkenet", "Mette Medarbejder"):
            assert secret not in message.subject + message.body


@pytest.mark.parametrize("is_away", [False, True])
@pytest.mark.parametrize("who", ["guest", "employee", "external", "councillor", "director"])
def test_no_mail_names_a_person_or_a_unit(town: Town, time_machine, who: str, is_away: bool) -> None:
    """Neither who is away nor for whom a deputy acts: from the first mail through reminders, escalation and the
    clock to a new entry and the end."""
    external, owner = make_user("ekstern", "Ekstra Ekstern", kind=PersonKind.EXTERNAL), make_user("ejer", "Ejnar Ejer")
    councillor = make_user("raad", "Rosa Råd", kind=PersonKind.COUNCILLOR)
    appoint(external, Role.EXTERNAL, town.school)
    appoint(owner, Role.CONTRACT_OWNER, town.school, deputy=town.teacher)
    appoint(councillor, Role.COUNCILLOR, town.municipality)
    Appointment.objects.filter(person__in=[town.mayor, town.gdpr]).update(deputy=town.deputy)
    if is_away:
        for person in (town.leader, owner, town.mayor, town.gdpr):
            Absence.objects.create(person=person, from_on=today(), to_on=today() + timedelta(days=9))
    reporters = {"employee": town.employee, "external": external, "councillor": councillor, "director": town.director}
    reporter = reporters.get(who)
    breach = town.report(by=reporter, unit=None if reporter else town.home_care).breach
    for hours in (3, 3, 3, 3, 36, 30):
        time_machine.move_to(timezone.now() + timedelta(hours=hours))
        take_due_steps()
    write_entry(breach, EntryKind.ADDITION, "Mere", by=reporter, token="t" * 24)
    write_entry(breach, EntryKind.QUESTION, "Hvornår?", by=town.gdpr2, token="u" * 24)
    names = {*User.objects.values_list("name", flat=True), *Unit.objects.values_list("name", flat=True)}
    names |= {name.split()[0] for name in User.objects.values_list("name", flat=True)}
    kinds = set()
    for message in Message.objects.filter(kind__startswith="breach_"):
        kinds.add(message.kind)
        for name in names:
            assert not re.search(rf"\b{re.escape(name)}\b", f"{message.subject}\n{message.body}"), message.body
        assert "er væk" not in message.body
    assert kinds >= {"breach_told", "breach_reminder", "breach_clock", "breach_entry"}
    assert Told.objects.filter(breach=breach, level__gt=0).exists()
    deputy_mails = Message.objects.filter(
        kind="breach_told", body__contains="Du er stedfortræder for den nærmeste leder."
    )
    assert deputy_mails.exists() is is_away


def test_case_page_says_for_whom_the_deputy_acts(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    told = Told.objects.get(breach=town.report(by=town.employee).breach, track=Track.LEADER)
    assert told.reason == "Du er stedfortræder for den nærmeste leder. Lene Leder (Hjemmeplejen Nord) er væk."


def test_mail_points_the_wrong_person_to_the_button_of_the_case_page(town: Town, client) -> None:
    breach = town.report(by=town.employee).breach
    client.force_login(town.leader)
    page = client.get(breach.get_absolute_url()).content.decode()
    body = Message.objects.get(recipient=town.leader).body
    for words in ("Skriv i sagen", "Gem som intern note"):
        assert words in page
        assert f"»{words}«" in body


def test_deputy_is_told_while_the_leader_is_away(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert told_people(town.report(by=town.employee).breach, Track.LEADER) == {"deputy"}


def test_report_about_the_leader_goes_above_and_is_hidden_from_the_leader(town: Town) -> None:
    breach = town.report(by=town.employee, leader_choice="about_leader").breach
    assert told_people(breach, Track.LEADER) == {"health_chief"}
    assert not Breach.objects.visible_to(town.leader).exists()
    assert not town.leader.has_perm("breaches.view_breach", breach)
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert not Breach.objects.visible_to(town.deputy).exists()
    assert Breach.objects.visible_to(town.health_chief).exists()


def test_report_about_a_leader_who_is_away_without_deputy_is_hidden_from_her_too(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(deputy=None)
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    town.report(by=town.employee, leader_choice="about_leader")
    Absence.objects.all().delete()
    assert not Breach.objects.visible_to(town.leader).exists()
    assert not Breach.objects.visible_to(town.health_chief).exists()


def test_wrong_leader_is_not_told_and_the_gdpr_unit_gets_a_duty(town: Town) -> None:
    breach = town.report(by=town.employee, leader_choice="wrong", leader_text="Bodil").breach
    assert told_people(breach, Track.LEADER) == set()
    assert not Breach.objects.visible_to(town.leader).exists()
    assert Duty.objects.held_by(town.gdpr).filter(title__contains=breach.number).exists()


def test_missing_leader_never_blocks_a_report(town: Town) -> None:
    Appointment.objects.leading().delete()
    breach = town.report(by=town.employee).breach
    assert told_people(breach, Track.GDPR) == {"gdpr", "gdpr2"}
    assert Duty.objects.filter(holder_role=Role.GDPR_UNIT).count() == 1


def test_leader_without_mail_address_is_told_in_the_portal_and_stops_no_other(town: Town) -> None:
    town.leader.email = ""
    town.leader.save()
    breach = town.report(by=town.employee).breach
    assert Message.objects.get(recipient=town.leader).state == State.PORTAL_ONLY
    assert Message.objects.filter(state=State.QUEUED).count() == 3
    assert Duty.objects.filter(holder_role=Role.ADMINISTRATOR, title__contains="mangler en mailadresse").exists()
    assert breach.number not in Duty.objects.get(holder_role=Role.ADMINISTRATOR).title


def test_same_form_sent_twice_is_one_report_with_one_code(town: Town) -> None:
    first = town.report(by=town.employee, token="t" * 24)
    again = town.report(by=town.employee, token="t" * 24)
    assert first.is_new
    assert not again.is_new
    assert (first.breach, first.code) == (again.breach, again.code)
    assert Breach.objects.count() == 1
    assert Message.objects.count() == 4


def test_same_form_sent_again_with_new_text_loses_no_text(town: Town) -> None:
    town.report(by=town.employee, token="t" * 24)
    for _ in range(2):
        town.report(by=town.employee, token="t" * 24, description="Der var også en vedhæftet fil.")
    assert Breach.objects.count() == 1
    assert [entry.text for entry in Entry.objects.all()] == ["Der var også en vedhæftet fil."]


def test_code_opens_the_case_and_only_its_digest_is_stored(town: Town) -> None:
    receipt = town.report(unit=town.school)
    assert len(receipt.code) == 26  # 130 bits
    spaced = "-".join([receipt.code[i : i + 4].lower() for i in range(0, 26, 4)])
    assert find_by_code(spaced) == receipt.breach
    assert find_by_code(receipt.code[:-1]) is None
    assert find_by_code("") is None
    row = Breach.objects.filter(pk=receipt.breach.pk).values().get()
    assert not any(receipt.code in str(value) for value in row.values())


def test_codes_of_different_forms_differ() -> None:
    assert len({follow_up_code(str(i)) for i in range(500)}) == 500


def test_anonymous_report_from_a_signed_in_person_points_to_nobody(town: Town) -> None:
    breach = town.report(
        by=town.employee, unit=town.home_care, is_anonymous=True, reporter_name="X", reporter_contact="Y"
    ).breach
    assert breach.reporter is None
    assert (breach.reporter_name, breach.reporter_contact) == ("", "")
    assert breach.history.get().history_user is None
    assert not AuditEntry.objects.filter(actor_id=town.employee.pk).exists()
    assert not any("Mette" in payload.text for payload in AuditPayload.objects.all())
    assert told_people(breach, Track.LEADER) == {"leader"}
    assert not Breach.objects.visible_to(town.employee).exists()


def test_report_leaves_one_audit_entry(town: Town) -> None:
    town.report(by=town.employee)
    assert AuditEntry.objects.filter(action="breach.report").count() == 1


@pytest.mark.parametrize(
    ("kind", "personal", "runs"),
    [
        ("happened", "yes", True),
        ("happened", "unknown", True),
        ("happened", "no", False),
        ("near_miss", "yes", False),
        ("threat", "yes", False),
        ("threat", "unknown", False),
    ],
)
def test_clock_starts_when_something_happened_to_peoples_data(town: Town, kind: str, personal: str, runs: bool) -> None:
    breach = town.report(by=town.employee, kind=kind, involves_personal_data=personal).breach
    assert breach.clock_runs is runs
    assert DueStep.objects.filter(kind=StepKind.CLOCK).exists() is runs


def test_awareness_is_the_earlier_of_noticed_and_reported(town: Town) -> None:
    noticed = timezone.now() - timedelta(hours=30)
    breach = town.report(by=town.employee, noticed_at=noticed).breach
    assert breach.aware_at == noticed
    assert breach.deadline_at == noticed + timedelta(hours=72)


def test_numbers_of_a_year_follow_each_other(town: Town) -> None:
    first, second = (town.report(by=town.employee).breach for _ in range(2))
    assert second.serial == first.serial + 1
    assert first.number == f"{timezone.localdate().year}-{first.serial:04d}"


def test_half_a_report_is_no_report(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the outbox is full")

    monkeypatch.setattr("breaches.actions.reports.plan_clock", fail)
    with pytest.raises(RuntimeError):
        town.report(by=town.employee)
    assert not Breach.objects.exists()
    assert not Message.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_reports_get_distinct_numbers_and_one_form_stays_one_report() -> None:
    """Barrier-started reporters, half of them resending one form."""
    town = make_town()
    barrier = threading.Barrier(8)
    failures: list[BaseException] = []

    def send(i: int) -> None:
        report = Report("Sket", timezone.now(), "yes", unit=town.school)
        try:
            barrier.wait(20)
            report_breach(report, by=None, token="same-form-sent-often" if i % 2 else f"form-number-{i:>012}")
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    numbers = list(Breach.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == 5


def test_person_who_leaves_the_gdpr_unit_or_the_line_loses_sight_of_its_cases(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    for person in (town.gdpr, town.leader):
        assert Breach.objects.visible_to(person).exists()
        Appointment.objects.filter(person=person).update(to_on=today() - timedelta(days=1))
        person = User.objects.get(pk=person.pk)
        assert not Breach.objects.visible_to(person).exists()
        assert not person.has_perm("breaches.view_breach", breach)


def test_leader_outside_the_line_sees_the_single_case_by_grant(town: Town) -> None:
    councillor = make_user("raad", kind=PersonKind.COUNCILLOR)
    appoint(councillor, Role.COUNCILLOR, town.municipality)
    breach = town.report(by=councillor).breach
    town.report(by=town.employee)
    assert told_people(breach, Track.LEADER) == {"mayor"}
    assert list(Breach.objects.visible_to(town.mayor)) == [breach]
