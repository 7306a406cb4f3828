"""Nothing typed is lost and no report is blocked, whatever the settings, the times and the order of clicks."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import BaseForm, Textarea
from django.test import Client
from django.utils import timezone

import duties.forms
import meetings.forms
import policy.forms
from breaches.actions import set_verdict, take_due_steps, take_step
from breaches.enums import LeaderChoice
from breaches.models import Breach, DueStep
from glostrup_isms.home import errors
from glostrup_isms.kit.outbox import Message
from roles.models import User
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db
REPORT = {
    "description": "En mail blev sendt til den forkerte.",
    "noticed_on": "2026-01-05",
    "noticed_time": "08:00",
    "involves_personal_data": "yes",
    "token": "t" * 24,
}


@pytest.fixture
def town() -> Town:
    return make_town()


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.parametrize("day", ["2018-05-24", "2015-03-01", "2007-06-01"])
def test_something_noticed_before_the_regulation_is_received(town: Town, day: str) -> None:
    answer = signed_in(town.employee).post("/brud/meld/", REPORT | {"noticed_on": day})
    assert answer.status_code == 200
    assert Breach.objects.get().deadline_at


def test_awareness_before_the_regulation_is_answered_with_a_page(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    data = {"noticed_on": "2016-01-01", "noticed_time": "10:00", "reason": "Gammel sag", "version": breach.version}
    assert signed_in(town.gdpr).post(f"{breach.get_absolute_url()}bekendt/", data).status_code in (302, 422)


@pytest.mark.parametrize("mailbox", ["", "gdpr@rådhus", "gdpr", "gdpr@localhost"])
def test_bad_shared_mailbox_never_blocks_a_report(town: Town, settings, mailbox: str) -> None:
    settings.GDPR_MAILBOX = mailbox
    answer = signed_in(town.employee).post("/brud/meld/", REPORT)
    assert answer.status_code == 200
    assert Breach.objects.get().told.filter(person=town.gdpr).exists()


def test_report_with_nobody_in_the_organisation_at_all_is_received(settings) -> None:
    assert Client(raise_request_exception=False).post("/brud/meld/", REPORT).status_code == 200
    assert Breach.objects.count() == 1


def everything_written(breach: Breach) -> str:
    entries = " ".join(entry.text for entry in breach.entries.all())
    names = ("description", "where_text", "system_text", "persons_count_text", "measures_text", "leader_text")
    return " ".join([entries, *(getattr(breach, name) for name in names)])


@pytest.mark.parametrize("name", ["measures_text", "where_text", "system_text", "persons_count_text", "leader_text"])
def test_report_sent_again_keeps_what_was_added_in_any_field(town: Town, name: str) -> None:
    client = signed_in(town.employee)
    client.post("/brud/meld/", REPORT)
    client.post("/brud/meld/", REPORT | {name: "Nyt, som ikke må tabes"})
    breach = Breach.objects.get()
    assert "Nyt, som ikke må tabes" in everything_written(breach)


def test_entry_changed_and_sent_again_is_not_dropped(town: Town) -> None:
    """Back button, one more sentence, send: the page says thank you, so the words must be there."""
    breach = town.report(by=town.employee).breach
    client, address = signed_in(town.employee), f"{breach.get_absolute_url()}skriv/"
    client.post(address, {"text": "Først dette.", "token": "e" * 24})
    client.post(address, {"text": "Først dette. Og navnet var Karl.", "token": "e" * 24})
    texts = list(breach.entries.values_list("text", flat=True))
    assert any("Karl" in text for text in texts)


def test_entry_with_the_token_of_another_case_is_not_dropped(town: Town) -> None:
    first, second = town.report(by=town.employee).breach, town.report(by=town.employee).breach
    client = signed_in(town.employee)
    for breach in (first, second):
        client.post(f"{breach.get_absolute_url()}skriv/", {"text": f"Til {breach}", "token": "e" * 24})
    assert second.entries.filter(text=f"Til {second}").exists()


def test_file_added_to_an_entry_sent_again_is_not_dropped(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client, address = signed_in(town.employee), f"{breach.get_absolute_url()}skriv/"
    client.post(address, {"text": "Se filen.", "token": "e" * 24})
    file = SimpleUploadedFile("glemt.txt", b"abc", "text/plain")
    client.post(address, {"text": "Se filen.", "token": "e" * 24, "files": file})
    assert breach.files.filter(stored__original_name="glemt.txt").exists()


def test_reply_by_code_is_kept_when_the_limit_is_reached(town: Town, settings) -> None:
    settings.FOLLOW_UP_TRIES_PER_HOUR = 2
    receipt = town.report(is_anonymous=True, unit=town.home_care)
    client = Client()
    for _ in range(3):
        client.post("/brud/opfoelgning/", {"code": "A" * 26})
    answer = client.post(
        "/brud/opfoelgning/", {"code": receipt.code, "action": "write", "text": "Et langt svar", "token": "e" * 24}
    )
    kept = "Et langt svar" in answer.content.decode()
    assert kept or receipt.breach.entries.filter(text="Et langt svar").exists()


def test_whoever_has_the_code_is_not_locked_out_by_others_guessing(town: Town, settings) -> None:
    settings.FOLLOW_UP_TRIES_PER_HOUR = 2
    receipt = town.report(is_anonymous=True, unit=town.home_care)
    client = Client()
    for _ in range(5):
        assert client.post("/brud/opfoelgning/", {"code": receipt.code}).status_code == 200


@pytest.mark.parametrize("where", ["follow_up", "case"])
def test_stale_seal_keeps_the_text_of_an_entry(town: Town, where: str) -> None:
    receipt = town.report(by=town.employee)
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.employee)
    address = f"{receipt.breach.get_absolute_url()}skriv/" if where == "case" else "/brud/opfoelgning/"
    data = {"code": receipt.code, "action": "write", "text": "Et langt svar", "token": "e" * 24}
    answer = client.post(address, data)
    assert answer.status_code == 403
    assert "Et langt svar" in answer.content.decode()


def hidden_fields(answer: Any) -> dict[str, str]:
    """What the browser sends again when it presses »Send igen«."""
    form = answer.content.decode().partition('<div class="panel">')[2]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


def sign_in(client: Client, user: User) -> None:
    seal = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/log-ind/").content.decode())
    assert seal is not None
    data = {"login": user.username, "password": "demo", "csrfmiddlewaretoken": seal[1]}
    assert client.post("/log-ind/", data).status_code == 302


def test_entry_sent_after_the_session_ended_arrives_once_its_writer_has_signed_in(town: Town, time_machine) -> None:
    address = f"{town.report(by=town.employee).breach.get_absolute_url()}skriv/"
    client = Client(enforce_csrf_checks=True)
    sign_in(client, town.employee)
    client.get("/indbakke/")
    seal = client.cookies["csrftoken"].value
    time_machine.move_to(timezone.now() + timedelta(minutes=31))
    data = {"text": "Et langt svar, »æøå«", "token": "e" * 24, "csrfmiddlewaretoken": seal}
    ended = client.post(address, data)
    page = unescape(ended.content.decode())
    assert ended.status_code == 403
    assert "Du er blevet logget ud" in page
    assert "Et langt svar, »æøå«" in page
    assert 'href="/log-ind/" target="_blank"' in page
    again = client.post(address, hidden_fields(ended))
    assert (again.status_code, hidden_fields(again)["text"]) == (403, data["text"]), "not signed in yet"
    sign_in(client, town.employee)  # in another tab; the seal of the old page is no longer good
    stale = client.post(address, hidden_fields(again))
    assert (stale.status_code, hidden_fields(stale)["text"]) == (403, data["text"])
    assert client.post(address, hidden_fields(stale)).status_code == 302
    assert [entry.text for entry in Breach.objects.get().entries.all()] == [data["text"]]


@pytest.mark.parametrize(("end", "name"), [("trin/", "note"), ("vurdering/", "reason"), ("bekendt/", "reason")])
def test_reason_sent_after_the_session_ended_stands_on_the_page(town: Town, end: str, name: str) -> None:
    breach = town.report(by=town.employee).breach
    answer = Client().post(breach.get_absolute_url() + end, {name: "En lang begrundelse", "version": "1"})
    assert answer.status_code == 403
    assert "En lang begrundelse" in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/dokumenter/ret-001/gennemgang/svar/", "changes"),
        ("/moeder/udvalget/moede/1/punkter/1/referat/", "words"),
        ("/moeder/udvalget/moede/1/punkter/1/beslut/", "open_words"),
        ("/moeder/udvalget/moede/1/punkter/nyt/", "proposal"),
        ("/moeder/udvalget/moede/1/punkter/1/opfoelgning/", "what"),
        ("/moeder/udvalget/moede/1/referat/bemaerkning/", "text"),
        ("/moeder/udvalget/moede/1/trin/", "note"),
        ("/opgaver/1/skriv/", "text"),
        ("/opgaver/1/udskyd/", "note"),
    ],
)
def test_words_of_every_work_sent_after_the_session_ended_stand_on_the_page(town: Town, path: str, name: str) -> None:
    """In a review, in the minutes, in a duty: to be sent again once she has signed in."""
    answer = Client().post(path, {name: "Et langt referat, æøå", "seen": "3"})
    assert answer.status_code == 403
    assert "Du er blevet logget ud" in answer.content.decode()
    assert hidden_fields(answer).items() >= {name: "Et langt referat, æøå", "seen": "3"}.items()


@pytest.mark.parametrize("path", ["/moeder/", "/opgaver/", "/dokumenter/"])
def test_every_long_field_of_these_works_is_kept(path: str) -> None:
    """A new one must be named in `TEXTS`, or its words are lost at the end of a session."""
    modules = {"/moeder/": meetings.forms, "/opgaver/": duties.forms, "/dokumenter/": policy.forms}
    forms_of = [one for one in vars(modules[path]).values() if isinstance(one, type) and issubclass(one, BaseForm)]
    long = {name for form in forms_of for name, field in form.base_fields.items() if isinstance(field.widget, Textarea)}
    assert long
    assert long <= set(errors.TEXTS)
    assert path in errors.WITHOUT_PASSWORDS


def test_button_without_words_pressed_after_the_session_ended_leads_to_the_case(town: Town) -> None:
    address = town.report(by=town.employee).breach.get_absolute_url()
    for end, data in (("modtaget/", {}), ("trin/", {"step": "triage", "version": "1"})):
        answer = Client().post(address + end, data)
        assert (answer.status_code, answer["Location"]) == (302, f"/log-ind/?next={address}{end}")
    client = signed_in(town.leader)
    for end in ("modtaget/", "trin/", "skriv/"):
        answer = client.get(address + end)
        assert (answer.status_code, answer["Location"]) == (302, address)
    assert client.get("/opgaver/1/udfoert/")["Location"] == "/opgaver/1/"


@pytest.mark.parametrize("path", ["/min-profil/adgangskode/", "/min-profil/adgangskode/ny/", "/min-profil/bekraeft/"])
def test_password_sent_after_the_session_ended_stands_on_no_page(town: Town, path: str) -> None:
    answer = Client().post(path, {"oldpassword": "demo", "password": "demo", "password1": "regnvejr-og-kaffe"})
    assert answer.status_code == 302
    assert not answer.content
    assert "regnvejr" not in answer["Location"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
@pytest.mark.parametrize("path", ["/brud/meld/", "/brud/opfoelgning/", "/brud/2026-0001/skriv/"])
def test_page_elsewhere_puts_no_words_in_front_of_anybody(town: Town, tmp_path, origin: str, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    file = SimpleUploadedFile("fremmed.txt", b"abc", "text/plain")
    words = REPORT | {"description": "Fremmede ord", "text": "Fremmede ord", "files": file}
    answer = client.post(path, words, headers={"origin": origin})
    assert answer.status_code == 403
    assert "Fremmede ord" not in answer.content.decode()
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_form_that_is_too_big_is_told_so(town: Town, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    answer = Client().post("/brud/meld/", REPORT | {"description": "x" * 200_000})
    page = answer.content.decode()
    assert answer.status_code == 413
    assert "Det fylder for meget" in page
    assert "din tekst gemt i browseren" in page
    assert not Breach.objects.exists()


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("GET", "/demo/log-ind-som/"), ("DELETE", "/brud/")])
def test_method_that_a_page_does_not_take_is_answered_in_danish(town: Town, method: str, path: str) -> None:
    answer = signed_in(town.employee).generic(method, path)
    assert answer.status_code == 405
    assert answer["Allow"]
    assert "Der er ikke ændret noget." in answer.content.decode()


@pytest.mark.parametrize("long", ["note", "verdict"])
def test_long_reason_stands_whole_in_the_case(town: Town, long: str) -> None:
    breach = town.report(by=town.employee).breach
    text = "Fordi " + "meget " * 150 + "SLUT"
    if long == "note":
        take_step(breach, "reject", by=town.gdpr, note=text)
    else:
        set_verdict(breach, "no", by=town.gdpr, reason=text)
    assert "SLUT" in signed_in(town.gdpr).get(breach.get_absolute_url()).content.decode()


def test_reporter_sees_why_the_case_was_rejected(town: Town) -> None:
    """The step promises: »Melderen kan se begrundelsen«."""
    receipt = town.report(by=town.employee)
    take_step(receipt.breach, "reject", by=town.gdpr, note="Mailen nåede aldrig frem.")
    assert (
        "Mailen nåede aldrig frem." in signed_in(town.employee).get(receipt.breach.get_absolute_url()).content.decode()
    )
    answer = Client().post("/brud/opfoelgning/", {"code": receipt.code})
    assert "Mailen nåede aldrig frem." in answer.content.decode()


def test_reopened_case_that_nobody_answered_reminds_again(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    take_step(breach, "reject", by=town.gdpr, note="Nej")
    take_step(breach, "reopen", by=town.gdpr, note="Jo")
    before = Message.objects.filter(recipient=town.leader).count()
    time_machine.move_to(timezone.now() + timedelta(hours=3))
    take_due_steps()
    assert Message.objects.filter(recipient=town.leader).count() > before


def test_rejecting_and_reopening_after_escalation_breaks_no_constraint(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    for round_number in range(3):
        time_machine.move_to(timezone.now() + timedelta(hours=5))
        take_due_steps()
        assert not DueStep.objects.due().exists()
        take_step(breach, "reject", by=town.gdpr, note=f"Nej {round_number}")
        take_step(breach, "reopen", by=town.gdpr, note=f"Jo {round_number}")


def test_guest_is_not_told_who_is_away(town: Town) -> None:
    """Whether a named person is at work is nobody's business outside."""
    from roles.models import Absence, today

    Absence.objects.create(person=town.leader, from_on=today(), to_on=today() + timedelta(days=9))
    text = Client().get(f"/brud/meld/hvem/?unit_choice={town.home_care.pk}").content.decode()
    assert "er væk" not in text


def test_guests_cannot_fill_the_disk_with_files_of_no_report(town: Town, tmp_path) -> None:
    """The limit on reports comes after the form is valid; files are stored before. They need a limit of their own."""
    client = Client()
    for n in range(30):
        files = [SimpleUploadedFile(f"{n}-{k}.txt", b"abc", "text/plain") for k in range(10)]
        assert client.post("/brud/meld/", {"description": "", "files": files}).status_code in (422, 429)
    stored = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(stored) <= 150, f"{len(stored)} files of up to 25 MB kept for a day, from one address in a moment"


def test_about_leader_sentence_names_nobody_it_should_not(town: Town) -> None:
    text = signed_in(town.employee).get(f"/brud/meld/hvem/?leader_choice={LeaderChoice.ABOUT_LEADER}").content.decode()
    assert re.search("Lene Leder får ikke besked", text)
