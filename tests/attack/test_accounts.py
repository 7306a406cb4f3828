"""Signing in, staying in, and what forms may write: attacked."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from breaches.models import Breach
from glostrup_isms.kit import files
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.saved_views import SavedView
from roles.models import Absence, Appointment, User
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    cache.clear()
    return make_town()


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def sign_in(client: Client, name: str, password: str = "demo", **extra: str) -> object:
    return client.post("/log-ind/", {"login": name, "password": password}, **extra)


def plain(body: bytes, name: str) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body.decode())
    return text.replace(name, "NAVN")


def test_known_unknown_and_deactivated_names_get_the_same_answer(town: Town) -> None:
    User.objects.filter(pk=town.teacher.pk).update(is_active=False)
    answers = {}
    for name in ("employee", "teacher", "findesikke"):
        for password in ("forkert-kode", "demo"):
            if (name, password) == ("employee", "demo"):
                continue
            answer = sign_in(Client(), name, password)
            answers[name, password] = (answer.status_code, plain(answer.content, name))
    assert len(set(answers.values())) == 1, {key: value[0] for key, value in answers.items()}


def test_limited_names_get_the_same_answer_known_or_not(town: Town) -> None:
    answers = set()
    for name in ("employee", "findesikke"):
        for n in range(11):
            answer = sign_in(Client(), name, "forkert", REMOTE_ADDR=f"198.51.100.{n}")
        answers.add((answer.status_code, plain(answer.content, name)))
    assert len(answers) == 1


def test_guesses_are_counted_per_name_from_many_addresses(town: Town) -> None:
    for n in range(10):
        sign_in(Client(), "employee", "forkert", REMOTE_ADDR=f"198.51.100.{n}")
    assert sign_in(Client(), "employee", REMOTE_ADDR="198.51.100.200").status_code != 302


@pytest.mark.parametrize("variant", ["EMPLOYEE", " employee ", "employee\x00", "ｅmployee"])
def test_other_spellings_of_a_name_are_no_new_guesses(town: Town, variant: str) -> None:
    """Whatever signs in as the person counts as the person."""
    for n in range(10):
        sign_in(Client(), "employee", "forkert", REMOTE_ADDR=f"198.51.100.{n}")
    assert sign_in(Client(), variant, REMOTE_ADDR="198.51.100.200").status_code != 302


def test_made_up_forwarding_headers_are_no_new_address(town: Town) -> None:
    statuses = []
    for n in range(103):
        statuses.append(
            sign_in(
                Client(), f"navn{n}", "forkert", REMOTE_ADDR="198.51.100.9", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}"
            ).status_code
        )
    assert 429 in statuses[-3:] or sign_in(Client(), "employee", REMOTE_ADDR="198.51.100.9").status_code != 302


def test_one_busy_town_hall_behind_the_proxy_is_not_one_address(town: Town, settings) -> None:
    """Every sign-in comes from the proxy's address; only the forwarded one tells people apart."""
    settings.TRUSTED_PROXIES = 1
    for n in range(40):
        sign_in(Client(), f"navn{n}", "forkert", REMOTE_ADDR="172.18.0.5", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}")
    answer = sign_in(Client(), "employee", REMOTE_ADDR="172.18.0.5", HTTP_X_FORWARDED_FOR="10.0.1.1")
    assert answer.status_code == 302


def test_forty_people_behind_one_address_sign_in_within_a_minute(town: Town) -> None:
    """Eight o'clock, one office, one address on the way out."""
    statuses = [sign_in(Client(), "employee", REMOTE_ADDR="198.51.100.7").status_code for _ in range(40)]
    assert set(statuses) == {302}


def test_sign_in_gives_a_new_session_and_takes_nothing_along(town: Town) -> None:
    client = Client()
    client.cookies["sessionid"] = "a" * 32
    sign_in(client, "employee")
    assert client.cookies["sessionid"].value != "a" * 32
    first = client.session.session_key
    client.get("/brud/?q=hemmeligt")
    client.post("/log-ud/")
    assert not Session.objects.filter(session_key=first).exists()
    sign_in(client, "teacher")
    assert client.session.session_key != first
    assert "hemmeligt" not in client.get("/brud/", follow=True).content.decode()


def test_other_sessions_end_when_the_password_is_changed(town: Town) -> None:
    here, there = signed_in(town.employee), signed_in(town.employee)
    new = "en-ganske-lang-adgangskode-9"
    answer = here.post("/min-profil/adgangskode/", {"oldpassword": "demo", "password1": new, "password2": new})
    assert answer.status_code == 302
    assert here.get("/indbakke/").status_code == 200
    assert there.get("/indbakke/").status_code == 302


@pytest.mark.parametrize(("after", "busy"), [(timedelta(minutes=31), False), (timedelta(hours=12, minutes=5), True)])
def test_session_ends_idle_and_at_last(town: Town, time_machine, after: timedelta, busy: bool) -> None:
    client = Client()
    start = timezone.now()
    time_machine.move_to(start)
    sign_in(client, "employee")
    assert client.get("/indbakke/").status_code == 200
    if busy:
        for minutes in range(20, int(after.total_seconds() // 60), 20):
            time_machine.move_to(start + timedelta(minutes=minutes))
            client.get("/indbakke/")
    time_machine.move_to(start + after)
    assert client.get("/indbakke/").status_code == 302


def test_sign_out_is_no_link(town: Town) -> None:
    client = signed_in(town.employee)
    client.get("/log-ud/")
    assert client.get("/indbakke/").status_code == 200


def test_odd_cookies_break_nothing(town: Town) -> None:
    for value in ('"\\000aaaaaaaaaa"', "\x00" * 12, "a" * 4000, "æøå" * 9, '"\\377\\377aaaaaaaa"', "';--aaaaaaaa"):
        for name in ("sessionid", "csrftoken", "messages"):
            with CaptureQueriesContext(connection) as queries:
                answer = Client(raise_request_exception=False, HTTP_COOKIE=f"{name}={value}").get("/")
            assert answer.status_code < 500, f"{name}={value!r}"
            # PostgreSQL's client refuses NUL with a ValueError, on whatever page; SQLite takes it.
            assert not [query["sql"] for query in queries.captured_queries if "\0" in query["sql"]], f"{name}={value!r}"


EVERYTHING = {
    name: "1"
    for model in (Breach, User, Absence, SavedView, Appointment)
    for field in model._meta.get_fields()
    for name in {field.name, getattr(field, "attname", field.name)}
} | {
    "state": "closed", "number": "2026-9999", "is_anonymous": "", "is_active": "", "is_superuser": "1", "is_staff": "1",
    "role": "gdpr_unit", "kind": "threat", "username": "ny", "name": "Ny", "email": "ny@example.invalid",
    "reporter": "1",
    "handler": "1", "aware_at": "2020-01-01", "deadline_at": "2099-01-01", "version": "999", "person": "1",
    "owner": "1",
}  # fmt: skip


def test_report_form_writes_only_what_it_asks(town: Town) -> None:
    data = EVERYTHING | {
        "description": "En mail", "noticed_on": "2026-01-05", "noticed_time": "08:00", "involves_personal_data": "yes",
        "kind": "happened", "leader_choice": "normal", "unit": str(town.home_care.pk), "unit_choice": "",
        "ongoing": "", "token": "t" * 24, "reporter": str(town.gdpr.pk), "reporter_name": "En anden",
        "reporter_contact": "x", "website": "", "noticed_fold": "",
    }  # fmt: skip
    answer = signed_in(town.employee).post("/brud/meld/", data)
    assert answer.status_code == 200, answer.content.decode()
    breach = Breach.objects.get()
    assert (breach.state, breach.reporter, breach.version) == ("reported", town.employee, 1)
    assert breach.number != "2026-9999"
    assert (breach.reporter_name, breach.reporter_contact) == ("", "")
    assert breach.is_personal_data_breach == "undecided"
    assert breach.deadline_at.year < 2099
    assert breach.leader_reason != "1"


@pytest.mark.parametrize("role", ["employee", "leader", "gdpr", "dpo"])
def test_no_form_of_a_case_writes_a_foreign_field(town: Town, role: str) -> None:
    breach = town.report(by=town.employee).breach
    before = Breach.objects.values().get()
    people, posts = list(User.objects.values()), list(Appointment.objects.values())
    client = signed_in(getattr(town, role))
    for end in ("", "modtaget/", "trin/", "bekendt/", "vurdering/", "skriv/", "enhed/"):
        client.post(breach.get_absolute_url() + end, EVERYTHING | {"unit": "", "unit_choice": "", "text": "Ord"})
    assert Breach.objects.values().get() == before
    client.post("/min-profil/", EVERYTHING)
    client.post("/brud/", EVERYTHING | {"handling": "gem-visning", "navn": "Min", "owner": str(town.gdpr2.pk)})
    assert list(Appointment.objects.values()) == posts
    for row in (*people, *User.objects.values()):
        row.pop("last_login")
    assert list(User.objects.values("username", "name", "email", "is_active", "kind")) == [
        {key: row[key] for key in ("username", "name", "email", "is_active", "kind")} for row in people
    ]
    assert not SavedView.objects.exclude(owner=getattr(town, role)).exists()


def test_nobody_ends_another_persons_absence_or_view(town: Town) -> None:
    absence = Absence.objects.create(person=town.leader, to_on=timezone.localdate() + timedelta(days=2))
    view = SavedView.objects.create(owner=town.leader, table="brud", name="Min", is_shared=True)
    client = signed_in(town.employee)
    assert client.post("/min-profil/", {"cancel": absence.pk}).status_code == 404
    client.post("/brud/", {"handling": "slet-visning", "visning": view.pk})
    assert Absence.objects.exists()
    assert SavedView.objects.exists()


@pytest.mark.parametrize(
    ("who", "end", "status"),
    [("gdpr", "", 200), ("gdpr", "file", 200), ("teacher", "", 404), ("teacher", "file", 404), ("dpo", "step", 403)],
)
def test_reading_and_being_refused_leave_a_trace(town: Town, who: str, end: str, status: int) -> None:
    """Who read what, and who tried."""
    stored = files.store(SimpleUploadedFile("a.txt", b"abc", "text/plain"), keep_for=files.KEEP)
    address = town.report(by=town.employee, uploads=[stored]).breach.get_absolute_url()
    client = signed_in(getattr(town, who))
    before = AuditEntry.objects.count()
    if end == "step":
        answer = client.post(f"{address}trin/", {"step": "triage"})
    else:
        answer = client.get(address + (f"filer/{stored.pk}/" if end else ""))
    assert answer.status_code == status
    assert AuditEntry.objects.count() == before + 1
    assert AuditEntry.objects.order_by("seq").last().actor_id == getattr(town, who).pk


def test_demo_sign_in_is_gone_without_the_demo(town: Town, settings) -> None:
    settings.DEMO = False
    assert Client().post("/demo/log-ind-som/", {"username": "employee"}).status_code == 404


@pytest.mark.parametrize("forwarded", ["127.0.0.1", "::1", "127.0.0.1, 127.0.0.1"])
def test_metrics_are_not_for_one_who_claims_to_be_here(town: Town, settings, forwarded: str) -> None:
    for trusted, remote in ((0, "203.0.113.9"), (1, "203.0.113.9")):
        settings.TRUSTED_PROXIES = trusted
        header = forwarded if not trusted else f"{forwarded}, 203.0.113.9"  # as a proxy that appends would send it
        assert Client(REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=header).get("/metrics").status_code == 403
