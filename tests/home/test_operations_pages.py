"""The operators' pages: what the portal does by itself, and which mails it has sent."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from celery.schedules import crontab, maybe_schedule
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from glostrup_isms.home.job_words import how_often
from glostrup_isms.kit import outbox, tasks
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.jobs import JobRun, Result
from glostrup_isms.kit.outbox import Message, State
from roles.models import User
from tests.factories import Town, make_town

WINTER, SUMMER = date(2026, 11, 20), date(2026, 7, 20)


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return " ".join(unescape(response.content.decode()).replace("\xa0", " ").split())


def row_of(page: str, job: str) -> str:
    return page.partition(f'<tr id="raekke-{job}"')[2].partition("</tr>")[0]


# ── Jobs ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("schedule", "winter", "summer"),
    [
        (15.0, "hvert 15. sekund", None),
        (60.0, "hvert minut", None),
        (600.0, "hvert 10. minut", None),
        (timedelta(hours=1), "hver time", None),
        (timedelta(days=1), "hver dag", None),
        (crontab(minute="40"), "hver time, 40 minutter over", None),
        (crontab(minute="5,25,45"), "hver time, 5, 25 og 45 minutter over", None),
        (crontab(minute="0"), "hver hele time", None),
        (crontab(hour="3", minute="15"), "hver nat kl. 4.15", "hver nat kl. 5.15"),
        (crontab(hour="6", minute="0"), "hver dag kl. 7.00", "hver dag kl. 8.00"),
        (crontab(hour="22", minute="30"), "hver dag kl. 23.30", "hver nat kl. 0.30"),
        (crontab(hour="7,12", minute="0"), "hver dag kl. 8.00 og 13.00", "hver dag kl. 9.00 og 14.00"),
        (crontab(hour="5", minute="0", day_of_week="1"), "hver mandag kl. 6.00", "hver mandag kl. 7.00"),
        (crontab(hour="5", minute="0", day_of_week="0"), "hver søndag kl. 6.00", "hver søndag kl. 7.00"),
        (crontab(hour="22", minute="30", day_of_week="5"), "hver fredag kl. 23.30", "hver lørdag kl. 0.30"),
        (
            crontab(hour="5", minute="0", day_of_month="1"),
            "den 1. i hver måned kl. 6.00",
            "den 1. i hver måned kl. 7.00",
        ),
        (
            crontab(hour="5", minute="0", day_of_month="1", month_of_year="1,7"),
            "den 1. i januar og juli kl. 6.00",
            "den 1. i januar og juli kl. 7.00",
        ),
    ],
)
def test_how_often_is_told_in_words_and_in_danish_time(schedule: Any, winter: str, summer: str | None) -> None:
    assert how_often(maybe_schedule(schedule), WINTER) == winter
    assert how_often(maybe_schedule(schedule), SUMMER) == (summer or winter)


def test_every_job_stands_there_with_name_and_sentence(town: Town) -> None:
    page = text_of(signed_in(town.administrator).get("/drift/job/"))
    assert page.count("<tr id=") == len(django_settings.CELERY_BEAT_SCHEDULE)
    for name, (title, what) in django_settings.JOBS.items():
        assert title in row_of(page, name)
        assert what in row_of(page, name)
        assert "Ikke kørt endnu" in row_of(page, name)


def test_a_job_without_a_danish_name_still_stands_there(town: Town, settings: Any) -> None:
    settings.JOBS = {}
    page = text_of(signed_in(town.administrator).get("/drift/job/"))
    assert "deliver-outbox" in row_of(page, "deliver-outbox")


def test_last_run_next_run_time_taken_and_result_are_told_in_danish_time(town: Town, time_machine: Any) -> None:
    started = datetime(2026, 11, 20, 3, 15, 20, tzinfo=UTC)
    JobRun.objects.create(
        task="kit.check_orphans", last_started_at=started, last_ok_at=started, took_ms=1240, result=Result.OK, runs=1
    )
    time_machine.move_to(datetime(2026, 11, 20, 12, tzinfo=UTC))
    row = row_of(text_of(signed_in(town.administrator).get("/drift/job/")), "check-orphans")
    for words in ("20. november 2026 kl. 4.15", "21. november 2026 kl. 4.15", "1,24 sekunder", "hver nat kl. 4.15"):
        assert words in row
    assert "tone-done" in row
    assert "Lykkedes" in row


@pytest.mark.parametrize(
    ("took_ms", "words"), [(4, "under 0,01 sekunder"), (12_345, "12 sekunder"), (185_000, "3 minutter")]
)
def test_time_taken_is_told_in_words(town: Town, took_ms: int, words: str) -> None:
    JobRun.objects.create(task="kit.clear_out", last_started_at=timezone.now(), took_ms=took_ms, result=Result.OK)
    assert words in row_of(text_of(signed_in(town.administrator).get("/drift/job/")), "clear-out")


def test_a_job_that_did_not_run_is_marked_here_and_on_the_operators_first_page(town: Town, time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 11, 20, 12, tzinfo=UTC))
    tasks.deliver_outbox.apply()
    client = signed_in(town.administrator)
    assert "Er ikke kørt" not in text_of(client.get("/drift/job/"))
    assert "ikke kørt, som" not in text_of(client.get("/drift/"))
    time_machine.move_to(datetime(2026, 11, 20, 12, 12, tzinfo=UTC))
    page = text_of(client.get("/drift/job/"))
    for name in ("deliver-outbox", "put-due-in-force"):
        assert "Er ikke kørt" in row_of(page, name)
        assert "tone-late" in row_of(page, name)
        assert ">nu<" in row_of(page, name)
    assert "Ikke kørt endnu" in row_of(page, "check-orphans")
    warning = "job er ikke kørt, som de skal."
    assert text_of(client.get("/drift/")).count(warning) == page.count(warning) == 1
    assert warning not in text_of(signed_in(town.gdpr).get("/"))


def test_a_job_that_failed_is_marked_with_the_kind_of_fault(town: Town, time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 11, 20, 12, tzinfo=UTC))
    now = timezone.now()
    fields = {"last_started_at": now, "result": Result.FAILED, "error": "OperationalError", "runs": 1204, "failures": 2}
    run = JobRun.objects.create(task="kit.write_audit_head", last_ok_at=now, **fields)
    client = signed_in(town.administrator)
    row = row_of(text_of(client.get("/drift/job/")), "write-audit-head")
    assert "Fejlede" in row
    assert "tone-due" in row, "it may succeed the next time"
    assert "2 af 1.204 gange, sidst OperationalError" in row
    JobRun.objects.filter(pk=run.pk).update(last_ok_at=now - timedelta(minutes=20))
    row = row_of(text_of(client.get("/drift/job/")), "write-audit-head")
    assert "Fejlede" in row
    assert "tone-late" in row


def test_a_job_that_runs_now_is_shown_as_such(town: Town) -> None:
    JobRun.objects.create(task="kit.deliver_outbox", last_started_at=timezone.now())
    row = row_of(text_of(signed_in(town.administrator).get("/drift/job/")), "deliver-outbox")
    assert "Kører" in row
    assert "tone-waiting" in row


def test_jobs_cost_one_query_more_than_any_page(town: Town, django_assert_max_num_queries: Any) -> None:
    client = signed_in(town.administrator)
    for entry in django_settings.CELERY_BEAT_SCHEDULE.values():
        JobRun.objects.get_or_create(task=entry["task"])
    with django_assert_max_num_queries(14):
        client.get("/drift/job/")


# ── Mails ────────────────────────────────────────────────────────────────────────────────────────


def write(to: User | None, key: str, kind: str = "breach_told", **fields: Any) -> Message:
    given = {"subject": "Sag 2026-0042: kvittér", "body": "Hemmelig tekst", "url": "/brud/2026-0042/"} | fields
    address = "" if to else "faelles@example.invalid"
    with transaction.atomic():
        message = outbox.queue(to=to, address=address, kind=kind, dedup_key=key, **given)
    assert message is not None
    return message


@pytest.fixture
def mails(town: Town) -> Town:
    sent = write(town.leader, "a")
    Message.objects.filter(pk=sent.pk).update(state=State.SENT, sent_at=datetime(2026, 11, 3, 13, 30, tzinfo=UTC))
    dead = write(town.teacher, "b", "policy_hearing")
    Message.objects.filter(pk=dead.pk).update(state=State.DEAD, attempts=7, last_error="SMTPRecipientsRefused 550")
    write(None, "c", "breach_clock")
    write(town.gdpr, "d", "role_deputy", portal_only=True)
    write(town.employee, "e", "breach_ended")
    write(town.dpo, "f", "new_kind")
    return town


def mail_log(town: Town, query: str = "nulstil=1") -> str:
    return text_of(signed_in(town.administrator).get(f"/drift/post/?{query}", follow=True)).partition("<main")[2]


def test_mail_log_tells_who_what_kind_and_how_it_went(mails: Town) -> None:
    page = mail_log(mails)
    for words in ("Lene Leder", "Ny sag om et brud", "3. november 2026 kl. 14.30", "Lars Lærer", "Høring",
                  "Kunne ikke sendes", "Fælles postkasse", "Frist i en sag", "Venter", "Andet"):  # fmt: skip
        assert words in page, words
    assert "5 mails" in page
    assert "Grethe GDPR" not in page, "what stands in the portal alone is no mail"


def test_mail_log_shows_neither_address_nor_subject_nor_text_nor_case(mails: Town) -> None:
    for page in (mail_log(mails), mail_log(mails, "kolonner=slags,til,tilstand,skrevet,sendt,forsoeg,fejl")):
        for secret in ("example.invalid", "2026-0042", "Hemmelig", "kvittér", "/brud/"):
            assert secret not in page.partition("<tbody")[2], secret
    assert "SMTPRecipientsRefused 550" in page


def test_mail_log_does_not_tell_who_reported_a_case(mails: Town) -> None:
    """The words are those that all on the case get."""
    write(mails.gdpr, "g", "breach_entry")
    body = mail_log(mails).partition("<tbody")[2]
    assert body.count("Nyt i en sag") == 2


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("tilstand=sendt", {"Lene Leder"}),
        ("tilstand=kunne-ikke-sendes", {"Lars Lærer"}),
        ("tilstand=venter", {"Fælles postkasse", "Mette Medarbejder", "Dan DPO"}),
        ("tilstand=trukket-tilbage", set()),
        ("slags=hoering", {"Lars Lærer"}),
        ("slags=andet", {"Dan DPO"}),
        ("q=lærer", {"Lars Lærer"}),
        ("q=faelles%40example", set()),
        ("skrevet_til=2020-01-01", set()),
    ],
)
def test_mail_log_is_narrowed(mails: Town, query: str, shown: set[str]) -> None:
    body = mail_log(mails, query).partition("<tbody")[2].partition("</tbody")[0]
    everyone = {"Lene Leder", "Lars Lærer", "Fælles postkasse", "Mette Medarbejder", "Dan DPO"}
    assert {name for name in everyone if name in body} == shown


def test_mail_log_is_exported_with_a_trace_and_without_addresses(mails: Town) -> None:
    answer = signed_in(mails.administrator).get("/drift/post/?eksport=csv&sorter=til")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert header == ["Slags", "Til", "Tilstand", "Skrevet", "Sendt", "Forsøg"]
    assert len(rows) == 5
    assert "example.invalid" not in text
    assert "2026-0042" not in text
    assert AuditEntry.objects.filter(action="list.export", actor_id=mails.administrator.pk).count() == 1


def test_mail_log_costs_the_same_for_one_and_for_many(town: Town, django_assert_num_queries: Any) -> None:
    client = signed_in(town.administrator)
    write(town.leader, "first")
    client.get("/drift/post/")
    with django_assert_num_queries(10) as few:
        client.get("/drift/post/")
    for number in range(30):
        write(town.teacher if number % 2 else None, f"more-{number}")
    with django_assert_num_queries(len(few)):
        client.get("/drift/post/")


@pytest.mark.parametrize("path", ["/drift/job/", "/drift/post/"])
def test_only_operators_see_the_pages(town: Town, path: str) -> None:
    for person in (town.gdpr, town.dpo, town.director, town.leader, town.employee):
        assert signed_in(person).get(path).status_code == 404
    page = text_of(signed_in(town.administrator).get("/drift/"))
    assert f'href="{path}"' in page.partition("<main")[2]
    assert f'href="{path}"' in page.partition("<main")[0], "in the menu"


def test_the_menu_marks_the_page_that_is_open_alone(town: Town) -> None:
    for path in ("/drift/", "/drift/job/", "/drift/post/"):
        menu = text_of(signed_in(town.administrator).get(path)).partition('<nav class="side"')[2].partition("</nav>")[0]
        assert menu.count('aria-current="page"') == 1
        assert f'href="{path}" aria-current="page"' in menu


def test_inbox_tells_whether_and_when_a_mail_was_sent(town: Town) -> None:
    client, message = signed_in(town.leader), write(town.leader, "mine")
    assert "Mailen er på vej" in text_of(client.get("/indbakke/"))
    for state, words in (
        (State.DEAD, "Mailen kunne ikke sendes"), (State.PORTAL_ONLY, "Kun her i indbakken, ikke på mail"),
    ):  # fmt: skip
        Message.objects.filter(pk=message.pk).update(state=state)
        assert words in text_of(client.get("/indbakke/"))
    Message.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=datetime(2026, 11, 3, 13, 30, tzinfo=UTC))
    page = text_of(client.get("/indbakke/"))
    assert "Sendt på mail" in page
    assert "3. november 2026 kl. 14.30" in page


def test_counts_of_messages_leave_out_those_that_were_let_rest(mails: Town) -> None:
    client = signed_in(mails.administrator)

    def figures() -> dict[str, int]:
        found = text_of(client.get("/drift/")).split('<span class="figure-value">')[1:]
        values = (one.partition('</span><span class="figure-label">') for one in found)
        return {label.partition("<")[0]: int(value) for value, _, label in values}

    assert figures() == {
        "Venter": 3, "Sendt": 1, "Kun i indbakken": 1, "Kunne ikke sendes": 1, "Trukket tilbage": 0, "Afskrevet": 0,
    }  # fmt: skip
    outbox.dismiss(Message.objects.get(state=State.DEAD))
    assert figures()["Kunne ikke sendes"] == 0
    assert figures()["Afskrevet"] == 1
