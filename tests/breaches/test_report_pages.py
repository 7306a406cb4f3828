"""The report page: nothing typed is ever lost, and every refusal is a Danish sentence."""

import errno
import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from breaches.actions.reports import _digest
from breaches.enums import Track
from breaches.models import Breach, Entry
from glostrup_isms.kit import dates
from glostrup_isms.kit.files import StoredFile
from tests.factories import Town, make_town, make_unit

pytestmark = pytest.mark.django_db
URL = "/brud/meld/"
TEXT = "Jeg kom til at sende en mail til den forkerte borger."
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360000002000001 0005fe02fe"
    "a75f81 0000000049454e44ae426082".replace(" ", "")
)


@pytest.fixture
def town() -> Town:
    return make_town()


def answers(**changes: object) -> dict[str, object]:
    now = timezone.localtime() - timedelta(minutes=5)
    values = {
        "description": TEXT,
        "noticed_on": now.date().isoformat(),
        "noticed_time": f"{now:%H:%M}",
        "involves_personal_data": "yes",
        "token": "token-of-this-one-form-01",
    }
    return values | changes


def text_of(response: object) -> str:
    return unescape(response.content.decode())  # type: ignore[attr-defined]


def kept_token(response: object) -> str:
    found = re.search(r'name="kept_files" value="([^"]+)"', text_of(response))
    assert found
    return found.group(1)


def sign_in(client: Client, user: object) -> Client:
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_stranger_and_employee_see_the_page(client: Client, town: Town) -> None:
    assert client.get(URL).status_code == 200
    page = text_of(sign_in(client, town.employee).get(URL))
    assert "Din nærmeste leder er Lene Leder" in page
    assert "GDPR-enheden" in page


def test_three_answers_are_enough(client: Client, town: Town) -> None:
    response = sign_in(client, town.employee).post(URL, answers())
    assert response.status_code == 200
    breach = Breach.objects.get()
    assert breach.reporter == town.employee
    assert breach.unit == town.home_care
    assert breach.number in text_of(response)


def test_guest_gets_a_code_that_opens_the_follow_up(client: Client, town: Town) -> None:
    response = client.post(URL, answers(unit_choice=town.school.pk, reporter_name="Ida", reporter_contact="12345678"))
    code = re.search(r">((?:[A-Z2-7]{4}-){6}[A-Z2-7]{2})<", text_of(response))
    assert code
    opened = client.post("/brud/opfoelgning/", {"code": code.group(1)})
    assert Breach.objects.get().number in text_of(opened)
    assert Breach.objects.get().unit == town.school


@pytest.mark.parametrize("missing", ["description", "noticed_on", "noticed_time", "involves_personal_data"])
def test_missing_answer_comes_back_with_the_rest_kept(client: Client, town: Town, missing: str) -> None:
    response = client.post(URL, answers(where_text="Køkkenet", **{missing: ""}))
    assert response.status_code == 422
    page = text_of(response)
    assert "Køkkenet" in page
    assert missing == "description" or TEXT in page
    assert not Breach.objects.exists()


@pytest.mark.parametrize(
    ("day", "clock", "sentence"),
    [
        ("2999-01-01", "12:00", "fremtiden"),
        ("1950-01-01", "12:00", "20 år"),
        ("2026-03-29", "02:30", "fandtes ikke den nat"),
        ("2026-10-25", "02:30", "to gange"),
        ("i går", "12:00", "Skriv datoen"),
        ("2026-11-01", "25:99", "Skriv klokkeslættet"),
        ("9" * 400, "12:00", "Skriv datoen"),
        ("2026-11-01", "\x00", "Skriv klokkeslættet"),
    ],
)
def test_odd_times_are_explained(client: Client, town: Town, time_machine, day: str, clock: str, sentence: str) -> None:
    time_machine.move_to("2026-11-24T12:00:00+00:00")
    response = client.post(URL, answers(noticed_on=day, noticed_time=clock))
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert TEXT in text_of(response)


def test_hour_that_came_twice_is_received_once_chosen(client: Client, town: Town, time_machine) -> None:
    time_machine.move_to("2026-11-24T12:00:00+00:00")
    client.post(URL, answers(noticed_on="2026-10-25", noticed_time="02:30", noticed_fold="1"))
    assert Breach.objects.get().noticed_at == dates.parse_local(
        timezone.datetime(2026, 10, 25).date(), timezone.datetime(2026, 10, 25, 2, 30).time(), 1
    )


@pytest.mark.parametrize("day", ["24.11.2026", "24/11-2026", "2026-11-24"])
def test_danish_dates_are_understood(client: Client, town: Town, time_machine, day: str) -> None:
    time_machine.move_to("2026-11-24T12:00:00+00:00")
    assert client.post(URL, answers(noticed_on=day, noticed_time="9.30")).status_code == 200


def test_cpr_number_is_pointed_out_and_masked_on_request(client: Client, town: Town) -> None:
    number = "01" + "0190" + "-" + "12" + "34"
    response = client.post(URL, answers(description=f"Borger {number} fik brevet"))
    assert response.status_code == 422
    assert number in text_of(response)
    assert "Skjul cifrene" in text_of(response)
    client.post(URL, answers(description=f"Borger {number} fik brevet", cpr_choice="mask"))
    assert Breach.objects.get().description == "Borger 010190-xxxx fik brevet"


def test_cpr_number_may_be_kept(client: Client, town: Town) -> None:
    number = "01" + "0190" + "-" + "12" + "34"
    client.post(URL, answers(description=f"Borger {number} fik brevet", cpr_choice="keep"))
    assert number in Breach.objects.get().description


def test_too_long_text_comes_back_whole(client: Client, town: Town) -> None:
    long = "Æ" * 25_000 + "SLUT"
    response = client.post(URL, answers(description=long))
    assert response.status_code == 422
    assert "5.004 tegn for lang" in text_of(response)
    assert long in text_of(response)


def test_ten_megabytes_of_text_are_refused_kindly(client: Client, town: Town) -> None:
    response = client.post(URL, answers(description="x" * 10_000_000))
    assert response.status_code == 422
    assert "tegn for lang" in text_of(response)


@pytest.mark.parametrize("odd", ["a\x00b", "a\ud800b", "a\x1bb", "\u202eabc", "🙂", "a\r\nb"])
def test_odd_characters_never_break_a_report(client: Client, town: Town, odd: str) -> None:
    body = odd.encode("utf-8", "surrogatepass").decode("latin-1")
    assert client.post(URL, answers(description=f"Sket {body}")).status_code == 200
    assert Breach.objects.get().description.startswith("Sket a") or Breach.objects.exists()


def test_double_click_is_one_report(client: Client, town: Town) -> None:
    first, second = client.post(URL, answers()), client.post(URL, answers())
    assert first.status_code == second.status_code == 200
    assert Breach.objects.count() == 1


def test_back_button_and_more_text_is_an_addition(client: Client, town: Town) -> None:
    client.post(URL, answers())
    client.post(URL, answers(description=TEXT + " Og en til."))
    assert Breach.objects.count() == 1
    assert Entry.objects.get().text.endswith("Og en til.")


def test_expired_session_keeps_the_text_and_asks(client: Client, town: Town) -> None:
    response = client.post(URL, answers(was_signed_in="1"))
    assert response.status_code == 409
    assert "logget ud" in text_of(response)
    assert TEXT in text_of(response)
    assert not Breach.objects.exists()


def test_foreign_csrf_token_keeps_the_text(town: Town) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(URL, answers())
    assert response.status_code == 403
    assert TEXT in text_of(response)
    assert "Tryk på Send nu" in text_of(response)
    assert not Breach.objects.exists()


def test_filled_trap_asks_and_drops_nothing(client: Client, town: Town) -> None:
    response = client.post(URL, answers(website="https://example.invalid"))
    assert response.status_code == 422
    assert TEXT in text_of(response)
    assert client.post(URL, answers(website="https://example.invalid", is_human="on")).status_code == 200
    assert Breach.objects.count() == 1


def test_sixth_anonymous_report_a_minute_waits_with_its_text(client: Client, town: Town) -> None:
    for i in range(5):
        assert client.post(URL, answers(token=f"token-of-form-number-{i}")).status_code == 200
    response = client.post(URL, answers(token="token-of-form-number-6"))
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert TEXT in text_of(response)
    assert Breach.objects.count() == 5


@pytest.mark.parametrize(
    ("username", "anonymous", "said", "unsaid"),
    [
        ("employee", "on", "fjern krydset ved »Jeg vil være anonym«", "log ind"),
        ("", "on", "Prøv igen om", ", eller"),
        ("", "", "eller log ind i et andet vindue", "fjern krydset"),
    ],
)
def test_whoever_waits_is_told_what_fits_her(
    client: Client, town: Town, settings, username: str, anonymous: str, said: str, unsaid: str
) -> None:
    settings.ANONYMOUS_REPORTS_PER_MINUTE = 0
    if username:
        sign_in(client, getattr(town, username))
    response = client.post(URL, answers(is_anonymous=anonymous))
    assert response.status_code == 429
    notice = re.search(r"data-focus>.*?<p>(.*?)</p>", text_of(response), re.DOTALL)
    assert notice
    assert said in notice.group(1)
    assert unsaid not in notice.group(1)
    if username:
        assert client.post(URL, answers()).status_code == 200


def test_known_person_is_never_held_back(client: Client, town: Town) -> None:
    sign_in(client, town.employee)
    for i in range(8):
        assert client.post(URL, answers(token=f"token-of-form-number-{i}")).status_code == 200


def test_spoofed_forwarding_header_does_not_help(client: Client, town: Town) -> None:
    codes = [
        client.post(
            URL, answers(token=f"token-of-form-number-{i}"), headers={"X-Forwarded-For": f"10.0.0.{i}"}
        ).status_code
        for i in range(6)
    ]
    assert codes[-1] == 429


def test_database_that_fails_keeps_the_text(client: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr("breaches.views.report.report_breach", fail)
    response = client.post(URL, answers())
    assert response.status_code == 503
    assert TEXT in text_of(response)


@pytest.mark.parametrize("kept", [False, True])
def test_database_that_fails_keeps_the_files_and_says_so(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("disk full")

    file: dict[str, object] = {"files": [SimpleUploadedFile("skærm.png", PNG, "image/png")]}
    if kept:
        file = {"kept_files": [kept_token(client.post(URL, answers(description="", **file)))]}
    with monkeypatch.context() as broken:
        broken.setattr("breaches.views.report.report_breach", fail)
        response = client.post(URL, answers(**file))
    assert response.status_code == 503
    assert "Alt, du har skrevet og vedhæftet, er her stadig." in text_of(response)
    client.post(URL, answers(kept_files=[kept_token(response)]))
    assert Breach.objects.get().files.get().stored.original_name == "skærm.png"


def test_file_that_the_database_refuses_takes_no_other_with_it(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = StoredFile.save

    def fail(stored: StoredFile, *args: object, **kwargs: object) -> None:
        if stored.original_name == "b.png":
            raise OperationalError("disk full")
        save(stored, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(StoredFile, "save", fail)
    files = [SimpleUploadedFile(f"{name}.png", PNG, "image/png") for name in "abc"]
    response = client.post(URL, answers(files=files))
    assert response.status_code == 503
    page = text_of(response)
    assert page.count('name="kept_files"') == 2
    assert "Vi kunne ikke gemme en af filerne" in page
    assert "Alt, du har skrevet og vedhæftet" not in page
    assert TEXT in page
    assert not Breach.objects.exists()


def test_file_is_stored_with_the_report(client: Client, town: Town) -> None:
    client.post(URL, answers(files=[SimpleUploadedFile("skærm.png", PNG, "image/png")]))
    stored = Breach.objects.get().files.get().stored
    assert stored.original_name == "skærm.png"
    assert stored.path.read_bytes() == PNG
    assert stored.kept_until is None


def test_good_file_is_kept_when_the_form_comes_back(client: Client, town: Town) -> None:
    response = client.post(URL, answers(description="", files=[SimpleUploadedFile("a.png", PNG, "image/png")]))
    client.post(URL, answers(kept_files=[kept_token(response)]))
    assert Breach.objects.get().files.get().stored.original_name == "a.png"


def test_refused_file_says_why_and_keeps_the_text(client: Client, town: Town) -> None:
    response = client.post(URL, answers(files=[SimpleUploadedFile("virus.exe", b"MZ" * 20, "application/pdf")]))
    assert response.status_code == 422
    assert "virus.exe" in text_of(response)
    assert TEXT in text_of(response)
    assert not Breach.objects.exists()


def test_eleventh_file_is_refused_and_the_ten_are_kept(client: Client, town: Town) -> None:
    files = [SimpleUploadedFile(f"{i}.png", PNG, "image/png") for i in range(11)]
    response = client.post(URL, answers(files=files))
    assert response.status_code == 422
    assert StoredFile.objects.filter(kept_until__isnull=False).count() == 10
    assert text_of(response).count('name="kept_files"') == 10


def test_foreign_or_forged_file_token_attaches_nothing(client: Client, town: Town) -> None:
    assert client.post(URL, answers(kept_files=["x:y:z", "\x00", "a" * 5000])).status_code == 200
    assert not Breach.objects.get().files.exists()


@pytest.mark.parametrize("words", ["hjemmepleje", "skovsk", "Skovskolen"])
def test_words_alone_tell_no_leader_and_the_form_asks_with_its_text(client: Client, town: Town, words: str) -> None:
    """Also with one match: the page had not named its leader."""
    make_unit("Hjemmeplejen Syd", town.health)
    response = client.post(URL, answers(unit_search=words))
    assert response.status_code == 422
    page = text_of(response)
    assert TEXT in page
    assert "Flere enheder passer" in page if words == "hjemmepleje" else "Er det Skovskolen?" in page
    assert not Breach.objects.exists()
    unit = make_unit("Hjemmeplejen Øst", town.health) if words == "hjemmepleje" else town.school
    assert client.post(URL, answers(unit_search=words, unit_choice=unit.pk)).status_code == 200
    assert Breach.objects.get().unit == unit


@pytest.mark.parametrize("words", ["hjemmepleje", "skovsk"])
@pytest.mark.parametrize("ticked", [False, True])
def test_unit_said_to_be_unknown_tells_no_leader_and_never_blocks(
    client: Client, town: Town, words: str, ticked: bool
) -> None:
    choice = {"unit_choice": town.school.pk} if ticked else {}
    assert client.post(URL, answers(unit_search=words, unit_unknown="1", **choice)).status_code == 200
    breach = Breach.objects.get()
    assert (breach.unit, breach.unit_text) == (None, words)
    assert not breach.told.filter(track=Track.LEADER).exists()


def test_choice_among_other_words_is_asked_again(client: Client, town: Town) -> None:
    response = client.post(URL, answers(unit_search="hjemmepleje", unit_choice=town.school.pk))
    assert response.status_code == 422
    assert "Er det Hjemmeplejen Nord?" in text_of(response)


@pytest.mark.parametrize("choice", ["normal", "wrong", "about_leader"])
@pytest.mark.parametrize("unknown", ["", "1"])
def test_nobody_is_told_whom_the_page_did_not_name(client: Client, town: Town, choice: str, unknown: str) -> None:
    """Whatever is typed and chosen, the words before the button and those who are told are the same."""
    for n, unit in enumerate(("", town.school.pk, town.home_care.pk)):
        given = {"unit_search": "skovsk", "unit_choice": unit, "unit_unknown": unknown, "leader_choice": choice}
        preview = text_of(client.get("/brud/meld/hvem/", given))
        client.post(URL, answers(token=f"token-of-form-number-{n}", **given))
        breach = Breach.objects.filter(submission_digest=_digest(f"token-of-form-number-{n}")).first()
        told = breach.told.filter(track=Track.LEADER) if breach else []
        assert all(str(row.person) in preview for row in told)
        assert told or not re.search("nærmeste leder er", preview)


def test_page_says_what_a_unit_is_for_before_one_is_chosen(client: Client, town: Town) -> None:
    assert "Vælger du en enhed, får dens nærmeste leder besked" in text_of(client.get(URL))
    about = text_of(client.get("/brud/meld/hvem/", {"leader_choice": "about_leader"}))
    assert "så holder vi dens leder ude af sagen" in about


@pytest.mark.parametrize("anonymous", [{}, {"is_anonymous": "on"}])
def test_wrong_leader_keeps_the_unit_as_words_for_the_gdpr_unit(
    client: Client, town: Town, anonymous: dict[str, str]
) -> None:
    client.post(URL, answers(unit_search="skovsk", unit_choice=town.school.pk, leader_choice="wrong", **anonymous))
    breach = Breach.objects.get()
    assert (breach.unit, breach.unit_text) == (None, "Skovskolen")
    assert not breach.told.filter(track=Track.LEADER).exists()
    page = text_of(sign_in(client, town.gdpr).get(breach.get_absolute_url()))
    assert "Skovskolen" in page


def test_unknown_unit_never_blocks_and_is_kept_as_written(client: Client, town: Town) -> None:
    assert client.post(URL, answers(unit_search="Findes Ikke")).status_code == 200
    breach = Breach.objects.get()
    assert (breach.unit, breach.unit_text) == (None, "Findes Ikke")


def test_closed_unit_is_not_offered_and_not_accepted(client: Client, town: Town) -> None:
    closed = make_unit("Nedlagt Skole", town.children, closed_on=timezone.localdate() - timedelta(days=1))
    assert "Nedlagt" not in text_of(client.get("/brud/meld/enheder/", {"unit_search": "skole"}))
    response = client.post(URL, answers(unit_choice=closed.pk))
    assert response.status_code == 422
    assert TEXT in text_of(response)


def test_threat_needs_nothing_to_have_happened(client: Client, town: Town) -> None:
    client.post(URL, answers(kind="threat", involves_personal_data="unknown"))
    assert Breach.objects.get().clock_runs is False


def test_preview_follows_the_choice_about_the_leader(client: Client, town: Town) -> None:
    sign_in(client, town.employee)
    assert "Lene Leder får ikke besked" in text_of(client.get("/brud/meld/hvem/", {"leader_choice": "about_leader"}))
    assert "finder den rigtige leder" in text_of(client.get("/brud/meld/hvem/", {"leader_choice": "wrong"}))


def test_report_page_takes_few_queries(client: Client, town: Town, django_assert_max_num_queries) -> None:
    sign_in(client, town.employee)
    client.get(URL)
    with django_assert_max_num_queries(8):
        client.get(URL)


def test_wrong_code_opens_nothing_and_guessing_is_limited(client: Client, town: Town, settings) -> None:
    settings.FOLLOW_UP_TRIES_PER_HOUR = 3
    for code in ("A" * 26, "forkert", "\x00"):
        assert client.post("/brud/opfoelgning/", {"code": code}).status_code == 422
    assert client.post("/brud/opfoelgning/", {"code": "B" * 26}).status_code == 429


def test_reporter_without_account_adds_to_the_case(client: Client, town: Town) -> None:
    receipt = town.report(unit=town.school)
    response = client.post(
        "/brud/opfoelgning/",
        {
            "code": receipt.code,
            "action": "write",
            "text": "Jeg glemte noget.",
            "token": "entry-token-number-0001",
        },
    )
    assert response.status_code == 200
    assert "Jeg glemte noget." in text_of(response)
    assert Entry.objects.get().text == "Jeg glemte noget."


def test_full_disk_keeps_the_text_and_the_report_goes_without_the_file(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("glostrup_isms.kit.files._write", full)
    response = client.post(URL, answers(files=[SimpleUploadedFile("a.png", PNG, "image/png")]))
    assert response.status_code == 503
    assert "mangler plads" in text_of(response)
    assert TEXT in text_of(response)
    assert not StoredFile.objects.exists()
    assert client.post(URL, answers()).status_code == 200


def test_temp_folder_that_takes_nothing_keeps_the_text(client: Client, town: Town, settings, tmp_path) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0  # every file passes through the temp folder
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "gone"
    response = client.post(URL, answers(files=[SimpleUploadedFile("a.png", PNG, "image/png")]))
    assert response.status_code == 503
    assert "mangler plads" in text_of(response)
    assert TEXT in text_of(response)
    assert client.post(URL, answers()).status_code == 200


def test_database_that_is_away_shows_the_text_to_be_sent_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("away")

    client = Client(raise_request_exception=False)
    for name in ("report_breach", "who_will_be_told"):
        monkeypatch.setattr(f"breaches.views.report.{name}", fail)
    response = client.post(URL, answers())
    assert response.status_code == 503
    assert f'<blockquote class="written">{TEXT}' in text_of(response)
    assert 'name="token" value="token-of-this-one-form-01"' in text_of(response)
    elsewhere = client.post(URL, answers(), headers={"Origin": "https://evil.example"})
    assert (elsewhere.status_code, TEXT in text_of(elsewhere)) == (503, False)
    assert client.get(URL).status_code == 503
