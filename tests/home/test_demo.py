"""The demo municipality."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from breaches.actions import take_due_steps
from breaches.enums import Kind, State, Verdict
from breaches.models import Breach, DueStep, Entry, Event, Told
from glostrup_isms.home import demo
from glostrup_isms.home.demo.cases import CASES
from glostrup_isms.kit import audit, audit_check, cpr, dates, files, outbox
from glostrup_isms.kit.numbers import NumberSeries
from roles.actions import nearest_leader
from roles.enums import Role
from roles.models import Absence, Appointment, Unit, User


def command(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def loaded(ground: Path) -> None:
    demo.load()


@pytest.fixture
def municipality(loaded: None, db: None) -> None:
    """The demo, loaded once for this file."""


def person(username: str) -> User:
    return User.objects.get(username=username)


def test_accounts_are_those_promised() -> None:
    promised = (
        "medarbejder leder centerchef medarbejder2 leder2 centerchef2 stedfortraeder gdpr dpo jurist itsikkerhed "
        "itchef itdrift systemejer systemejer2 udvalg direktoer dpr sekretariat kommunalbestyrelse ekstern "
        "administrator"
    )
    assert [username for username, _, _ in demo.PEOPLE] == promised.split()


def test_cases_are_told_in_order_and_without_cpr_numbers() -> None:
    for case in CASES:
        hours = [act[0] for act in case.acts]
        assert hours == sorted(hours), case.text
        assert not hours or hours[-1] <= case.ago, case.text
        assert not cpr.contains(repr(case))


def test_demo_loads_units_people_and_cases(municipality: None) -> None:
    assert 38 <= Unit.objects.count() <= 45
    assert User.objects.count() == 250
    assert Breach.objects.count() == 25
    assert set(Breach.objects.values_list("state", flat=True)) == set(State.values)
    assert set(Breach.objects.values_list("kind", flat=True)) == set(Kind.values)
    assert set(Breach.objects.values_list("is_personal_data_breach", flat=True)) == set(Verdict.values)
    assert set(Entry.objects.values_list("kind", flat=True)) == {
        "question",
        "answer",
        "addition",
        "note",
        "decision",
    }
    assert set(Role.values) == set(Appointment.objects.in_force().values_list("role", flat=True))


def test_second_load_changes_nothing_and_says_so(municipality: None) -> None:
    entries = audit.AuditEntry.objects.count()
    assert "Intet er ændret" in command("demo")
    assert audit.AuditEntry.objects.count() == entries
    assert Breach.objects.count() == 25


def test_only_the_accounts_can_sign_in(municipality: None) -> None:
    accounts = {username for username, _, _ in demo.PEOPLE}
    for username in accounts:
        assert authenticate(username=username, password=demo.PASSWORD) == person(username)
    others = User.objects.exclude(username__in=accounts)
    assert others.count() == 228
    assert not any(user.has_usable_password() for user in others)


def test_mail_goes_nowhere(municipality: None) -> None:
    assert not User.objects.exclude(email="").exclude(email__endswith="@demo.invalid").exists()
    assert User.objects.filter(email="").count() == 1


def test_nearest_leader_of_the_demo_people(municipality: None) -> None:
    def of(username: str) -> str:
        leader = nearest_leader(person(username)).person
        assert leader is not None
        return leader.username

    assert of("medarbejder") == "leder"
    assert of("leder") == "centerchef"
    assert of("centerchef") == "direktoer"
    assert of("medarbejder2") == "leder2"
    assert of("leder2") == "centerchef2"
    assert of("systemejer") == "centerchef"  # her unit has no leader
    assert person(of("kommunalbestyrelse")).has_role(Role.MAYOR)
    assert person(of("ekstern")).has_role(Role.CONTRACT_OWNER)
    assert Appointment.objects.get(person__username="leder").deputy == person("stedfortraeder")


def test_odd_places_exist(municipality: None) -> None:
    assert Unit.objects.exclude(pk__in=Unit.objects.open()).count() == 1
    away = Absence.objects.on().get().person
    unit = away.appointments.get().unit
    found = nearest_leader(None, unit)
    assert found.is_deputy
    assert found.holder == away


def test_clocks_are_alive(municipality: None) -> None:
    now = timezone.now()
    left = [(breach.deadline_at - now) / timedelta(hours=1) for breach in Breach.objects.running()]
    assert any(hours > 48 for hours in left)
    assert any(24 < hours <= 48 for hours in left)
    assert any(6 < hours <= 24 for hours in left)
    assert any(0 < hours <= 6 for hours in left)
    assert any(hours < 0 for hours in left)
    assert Breach.objects.filter(deadline_at__isnull=False).exclude(pk__in=Breach.objects.running()).exists()


def test_every_sort_of_report_is_there(municipality: None) -> None:
    assert Breach.objects.filter(is_anonymous=True, reporter=None).exists()
    assert Breach.objects.filter(is_anonymous=False, reporter=None).exclude(reporter_name="").exists()
    about = Breach.objects.get(leader_choice="about_leader")
    assert about.exclusions.count() == 1
    assert not Breach.objects.filter(pk=about.pk).visible_to(about.exclusions.get().person).exists()
    assert Breach.objects.get(leader_choice="wrong").unit is None
    assert Told.objects.filter(acknowledged_at=None, level__gt=0).exists()


def test_what_happened_lies_in_the_past_and_in_order(municipality: None) -> None:
    loaded_at = timezone.now() - timedelta(seconds=1)
    numbers = list(Breach.objects.order_by("reported_at").values_list("serial", flat=True))
    assert numbers == list(range(1, 26))
    assert not Event.objects.filter(at__gt=loaded_at - timedelta(minutes=10)).exists()
    assert not Told.objects.filter(told_at__gt=loaded_at - timedelta(minutes=10)).exists()
    for breach in Breach.objects.prefetch_related("events", "told"):
        assert breach.events.all()[0].at == breach.reported_at
        assert all(told.told_at >= breach.reported_at for told in breach.told.all())
        assert all(row.history_date >= breach.reported_at for row in breach.history.all())
        assert all(not told.read_at or told.read_at >= told.told_at for told in breach.told.all())


def test_nothing_is_stuck_and_the_first_sweep_finds_nothing(municipality: None) -> None:
    assert outbox.problem() == ""
    assert not outbox.Message.objects.filter(state=outbox.State.QUEUED).exists()
    assert not DueStep.objects.due().exists()
    before = outbox.Message.objects.count()
    assert take_due_steps() == 0
    assert outbox.Message.objects.count() == before
    assert not outbox.Message.objects.filter(read_at__lt=F("created_at")).exists()


def test_fresh_cases_wait_unread(municipality: None) -> None:
    for username in ("leder", "gdpr"):
        unread = outbox.Message.objects.visible_to(person(username)).filter(read_at=None)
        assert 2 <= unread.count() <= 3
        assert not unread.filter(created_at__lt=timezone.now() - timedelta(hours=2)).exists()


def test_messages_name_the_times_of_the_case(municipality: None) -> None:
    for told in Told.objects.filter(message__isnull=False).select_related("message"):
        assert dates.da_datetime(told.told_at + timedelta(hours=2)) in told.message.body


def test_files_are_real_and_on_disk(municipality: None) -> None:
    stored = files.StoredFile.objects.all()
    assert {one.content_type for one in stored} == {"image/png", "application/pdf", "text/plain"}
    assert all(one.path.stat().st_size == one.size for one in stored)
    assert not stored.filter(kept_until__isnull=False).exists()


def test_audit_trail_is_whole_and_the_next_number_follows(municipality: None) -> None:
    assert audit.AuditEntry.objects.filter(action="breach.report").count() == 25
    assert audit_check.verify() == []
    assert NumberSeries.objects.get(name="breach").last == 25


def test_administrator_and_councillor_see_no_cases_of_others(municipality: None) -> None:
    assert not Breach.objects.visible_to(person("administrator")).exists()
    seen = Breach.objects.visible_to(person("kommunalbestyrelse"))
    assert [breach.reporter for breach in seen] == [person("kommunalbestyrelse")]


@pytest.mark.parametrize("username", ["gdpr", "leder", "centerchef", "dpo"])
def test_figures_of_my_page_are_those_of_the_lists_they_lead_to(municipality: None, username: str) -> None:
    client = Client()
    client.force_login(person(username))
    figures = client.get("/").context["figures"]
    assert len(figures) == 3 + (username in ("gdpr", "dpo"))  # who works with the documents
    assert any(figure["value"] for figure in figures)
    for figure in figures:
        assert client.get(figure["url"]).context["table"].count == figure["value"], figure
