"""A person's own pages, the operators' page, health and errors."""

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.test import Client
from django.utils import timezone

from duties.models import Duty
from glostrup_isms.kit import dates, outbox
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.outbox import Message
from roles.models import Absence, today
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def test_front_offers_a_stranger_to_report_follow_up_and_sign_in(client: Client) -> None:
    page = text_of(client.get("/"))
    for path in ("/brud/meld/", "/brud/opfoelgning/", "/log-ind/"):
        assert f'href="{path}"' in page


def test_employee_has_no_side_menu_and_a_leader_has(town: Town) -> None:
    assert 'href="/brud/"' not in text_of(signed_in(town.employee).get("/"))
    assert 'href="/brud/"' in text_of(signed_in(town.leader).get("/"))


def test_own_page_says_when_more_cases_wait_than_it_shows(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glostrup_isms.home.views.WAITING_MAX", 2)
    more, numbers = "Flere sager venter på", [town.report(by=town.employee).breach.number for _ in range(2)]
    page = text_of(signed_in(town.leader).get("/"))
    assert all(f"Sag {number}: tryk »Modtaget«" in page for number in numbers)
    assert more not in page
    town.report(by=town.employee)
    page = text_of(signed_in(town.leader).get("/"))
    assert page.count("tryk »Modtaget«") == 2
    assert more in page


def test_sign_in_with_password_and_sign_out_by_post(client: Client, town: Town) -> None:
    assert client.post("/log-ind/", {"login": "leder", "password": "forkert"}).status_code == 200
    assert client.post("/log-ind/", {"login": "leader", "password": "demo"}).status_code == 302
    assert client.get("/brud/").status_code == 200
    assert client.get("/log-ud/").status_code == 200  # asks first
    assert client.get("/brud/").status_code == 200
    client.post("/log-ud/")
    assert client.get("/brud/").status_code == 302
    assert AuditEntry.objects.filter(action="login.failed").count() == 1


def test_guessing_a_password_is_stopped_and_the_limit_holds_without_redis(client: Client, town: Town) -> None:
    for _ in range(10):
        client.post("/log-ind/", {"login": "leader", "password": "forkert"})
    response = client.post("/log-ind/", {"login": "leader", "password": "demo"})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_refused_sign_in_says_plainly_what_is_wrong(client: Client, town: Town) -> None:
    wrong = text_of(client.post("/log-ind/", {"login": "leader", "password": "forkert"}))
    assert "Brugernavnet eller adgangskoden er forkert. Prøv igen." in wrong
    assert 'value="leader"' in wrong
    assert "Din tekst er her stadig" not in wrong  # a password is not kept
    empty = text_of(client.post("/log-ind/", {}))
    assert "Udfyld »Brugernavn«." in empty
    assert "Udfyld »Adgangskode«." in empty


def test_password_is_changed_and_each_refusal_names_its_field(town: Town) -> None:
    client, address = signed_in(town.leader), "/min-profil/adgangskode/"
    empty = text_of(client.post(address, {}))
    for label in ("Nuværende adgangskode", "Ny adgangskode", "Ny adgangskode (igen)"):
        assert f"Udfyld »{label}«." in empty
    new = {"password1": "regnvejr-og-kaffe", "password2": "regnvejr-og-kaffe"}
    assert "Den nuværende adgangskode er forkert." in text_of(client.post(address, {"oldpassword": "nej", **new}))
    assert client.post(address, {"oldpassword": "demo", **new}).status_code == 302
    town.leader.refresh_from_db()
    assert town.leader.check_password("regnvejr-og-kaffe")


def test_idle_session_ends(town: Town, time_machine) -> None:
    client = signed_in(town.leader)
    assert client.get("/brud/").status_code == 200
    time_machine.move_to(timezone.now() + timedelta(minutes=31))
    assert client.get("/brud/").status_code == 302


def test_busy_session_ends_after_twelve_hours(town: Town, time_machine) -> None:
    client, start = signed_in(town.leader), timezone.now()
    for step in range(27):
        time_machine.move_to(start + timedelta(minutes=29 * step))
        if client.get("/brud/").status_code == 302:
            break
    assert timezone.now() - start > timedelta(hours=11)
    assert client.get("/brud/").status_code == 302


def test_deactivated_person_is_out_on_the_next_request(town: Town) -> None:
    client = signed_in(town.leader)
    town.leader.is_active = False
    town.leader.save()
    assert client.get("/brud/").status_code == 302


def test_profile_tells_the_nearest_leader_and_why(town: Town) -> None:
    assert "Din nærmeste leder er Lene Leder, fordi" in text_of(signed_in(town.employee).get("/min-profil/"))


def test_absence_is_registered_and_cancelled(town: Town) -> None:
    client = signed_in(town.leader)
    client.post("/min-profil/", {"from_on": today().isoformat(), "to_on": today().isoformat()})
    absence = Absence.objects.get(person=town.leader)
    client.post("/min-profil/", {"cancel": absence.pk})
    assert not Absence.objects.exists()


def test_absence_is_not_deleted_before_the_question_is_answered(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    page = text_of(signed_in(town.leader).get("/min-profil/"))
    question, _, answer = page.partition("<summary>Slet")[2].partition("</summary>")
    assert "fraværet" in question
    assert "Ja, slet fraværet" in answer


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        (
            "leader",
            "Når du er væk, tager din faste stedfortræder over og får de nye sager, der ellers kom til dig: "
            "Stine Stedfortræder.",
        ),
        ("school_leader", "Du har ingen stedfortræder. Når du er væk, går nye sager til den nærmeste leder over dig."),
        ("employee", "Dit fravær ændrer ikke, hvem der får sager"),
        ("gdpr", "Dit fravær ændrer ikke, hvem der får sager"),
    ],
)
def test_each_is_told_truly_what_an_absence_changes(town: Town, who: str, sentence: str) -> None:
    client, day = signed_in(getattr(town, who)), today().isoformat()
    assert sentence in text_of(client.get("/min-profil/"))
    page = text_of(client.post("/min-profil/", {"from_on": day, "to_on": day}, follow=True))
    assert f"Fraværet er noteret. {sentence}" in page


def test_my_page_leads_to_all_own_reports_and_to_the_anonymous_ones(town: Town) -> None:
    client = signed_in(town.employee)
    assert 'href="/brud/opfoelgning/"' in text_of(client.get("/"))
    first, *others = [town.report(by=town.employee).breach for _ in range(6)]
    page = text_of(client.get("/"))
    assert first.get_absolute_url() not in page
    assert 'href="/brud/"' in page
    shown = text_of(client.get("/brud/"))
    assert all(breach.get_absolute_url() in shown for breach in (first, *others))


@pytest.mark.parametrize(("closed", "due_on"), [((), date(2026, 11, 30)), ((date(2026, 11, 30),), date(2026, 12, 1))])
def test_duty_that_follows_from_a_report_on_a_friday_is_due_the_next_working_day(
    town: Town, time_machine, settings, closed: tuple[date, ...], due_on: date
) -> None:
    settings.CLOSED_DAYS = closed
    town.leader.email = ""
    town.leader.save()
    time_machine.move_to(datetime(2026, 11, 27, 10, tzinfo=UTC))
    town.report(by=town.employee)
    assert Duty.objects.get().due_on == due_on
    assert f"Senest {dates.da_date(due_on)}" in text_of(signed_in(town.administrator).get("/"))


def test_nobody_cancels_the_absence_of_another(town: Town) -> None:
    absence = Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert signed_in(town.employee).post("/min-profil/", {"cancel": absence.pk}).status_code == 404
    assert signed_in(town.employee).post("/min-profil/", {"cancel": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("days", "sentence"),
    [((0, -1), "før den første"), ((-9, -5), "allerede slut"), ((0, 500), "højst vare et år")],
)
def test_senseless_absence_is_explained(town: Town, days: tuple[int, int], sentence: str) -> None:
    start, end = (today() + timedelta(days=day) for day in days)
    response = signed_in(town.leader).post("/min-profil/", {"from_on": start.isoformat(), "to_on": end.isoformat()})
    assert response.status_code == 422
    assert sentence in text_of(response)


def test_inbox_marks_all_as_read(town: Town) -> None:
    town.report(by=town.employee)
    client = signed_in(town.leader)
    client.post("/indbakke/")
    assert not Message.objects.filter(recipient=town.leader, read_at=None).exists()
    assert Message.objects.filter(recipient=town.gdpr, read_at=None).exists()


def make_dead() -> Message:
    with transaction.atomic():
        message = outbox.queue(
            address="secret@example.invalid", kind="t", subject="Sag 1", body="Hemmelig tekst", url="/", dedup_key="d"
        )
    assert message is not None
    Message.objects.update(state=outbox.State.DEAD, last_error="SMTPRecipientsRefused 550")
    return message


def test_operator_sees_what_is_stuck_without_address_or_text_and_tries_again(town: Town) -> None:
    message = make_dead()
    client = signed_in(town.administrator)
    page = text_of(client.get("/drift/"))
    assert "SMTPRecipientsRefused 550" in page
    assert "secret@example.invalid" not in page
    assert "Hemmelig tekst" not in page
    assert "ikke kommet frem" in text_of(client.get("/"))  # the banner
    client.post("/drift/", {"id": str(message.pk)})
    message.refresh_from_db()
    assert message.state == outbox.State.QUEUED


def test_dismissed_message_warns_no_more_and_leaves_a_trace(town: Town) -> None:
    message = make_dead()
    client = signed_in(town.administrator)
    assert "Ja, afskriv beskeden" in text_of(client.get("/drift/"))
    assert client.get("/readyz").status_code == 503
    page = text_of(client.post("/drift/", {"dismiss": str(message.pk)}, follow=True))
    assert "Beskeden er afskrevet." in page
    assert "ikke kommet frem" not in text_of(client.get("/"))
    assert client.get("/readyz").status_code == 200
    assert b"isms_outbox_dead 0" in client.get("/metrics").content
    call_command("check_outbox")
    entry = AuditEntry.objects.get(action="outbox.dismiss")
    assert (entry.actor_id, entry.object_id) == (town.administrator.pk, str(message.pk))


def test_message_that_is_still_tried_is_not_dismissed(town: Town) -> None:
    message = make_dead()
    outbox.retry(message)
    page = text_of(signed_in(town.administrator).post("/drift/", {"dismiss": str(message.pk)}, follow=True))
    assert "Kun en besked, der er opgivet, kan afskrives." in page
    message.refresh_from_db()
    assert (message.state, message.dismissed_at) == (outbox.State.QUEUED, None)
    assert not AuditEntry.objects.filter(action="outbox.dismiss").exists()


def test_only_operators_dismiss(town: Town) -> None:
    message = make_dead()
    for person in (town.gdpr, town.leader, town.employee):
        assert signed_in(person).post("/drift/", {"dismiss": str(message.pk)}).status_code == 404
    message.refresh_from_db()
    assert message.dismissed_at is None


def test_operator_learns_that_the_person_still_has_no_address(town: Town) -> None:
    message = make_dead()
    town.teacher.email = ""
    town.teacher.save()
    Message.objects.update(recipient=town.teacher)
    page = text_of(signed_in(town.administrator).post("/drift/", {"id": str(message.pk)}, follow=True))
    assert "Personen har ingen mailadresse." in page
    message.refresh_from_db()
    assert message.state == outbox.State.PORTAL_ONLY


def test_others_do_not_see_the_operators_page_or_banner(town: Town) -> None:
    make_dead()
    assert signed_in(town.gdpr).get("/drift/").status_code == 404
    assert "ikke kommet frem" not in text_of(signed_in(town.gdpr).get("/"))


def test_health_pages(client: Client, town: Town) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ok"
    metrics = client.get("/metrics").content.decode()
    assert "isms_outbox_queued 0" in metrics
    for check in client.get("/readyz").json()["checks"]:
        assert f'isms_check_ok{{check="{check}"}} 1' in metrics


def test_metrics_tell_what_readyz_tells_also_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise OperationalError("no")

    for name in ("_database", "_figures"):
        monkeypatch.setattr(f"glostrup_isms.home.health.{name}", away)
    metrics = client.get("/metrics").content.decode()
    assert 'isms_check_ok{check="database"} 0' in metrics
    assert 'isms_check_ok{check="disk"} 1' in metrics


def test_metrics_need_the_token_when_one_is_set(client: Client, settings) -> None:
    settings.METRICS_TOKEN = "x" * 20
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer " + "x" * 20}).status_code == 200


def test_metrics_are_not_for_callers_elsewhere(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403


def test_disk_that_is_nearly_full_is_seen(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glostrup_isms.home.health.DISK_MINIMUM", 2**60)
    assert client.get("/readyz").status_code == 503


def test_broker_that_is_away_is_seen_and_stops_nothing(client: Client, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/readyz").status_code in (200, 503)
    assert client.get("/brud/meld/").status_code == 200


def test_refusal_is_a_sentence_and_leaves_a_trace(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    response = signed_in(town.leader).post(f"{breach.get_absolute_url()}trin/", {"step": "triage"})
    assert response.status_code == 403
    assert "Kun GDPR-enheden behandler sagen" in text_of(response)
    assert AuditEntry.objects.filter(action="access.denied", actor_id=town.leader.pk).count() == 1


def test_unknown_page_is_danish_and_the_same_as_a_foreign_case(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client = signed_in(town.school_leader)
    foreign, missing = client.get(breach.get_absolute_url()), client.get("/findes/ikke/")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert 'lang="da"' in text_of(missing)


def test_signed_in_pages_are_nobody_elses_to_keep(town: Town) -> None:
    response = signed_in(town.leader).get("/brud/")
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


def test_demo_sign_in_exists_only_for_demo_people(client: Client, town: Town) -> None:
    assert client.post("/demo/log-ind-som/", {"username": "leader"}).status_code == 404  # not a demo account
