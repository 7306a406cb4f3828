"""The pages of duties: lists by whose they are, a duty's page and its forms, the fixed ones, one's own reminders."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from duties.actions import create_duty, finish_duty, make_year
from duties.enums import Kind
from duties.models import Duty, DutyTemplate, ReminderSettings
from roles.enums import Role
from roles.models import User, today
from tests.factories import Town

pytestmark = pytest.mark.django_db


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def read(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.content, "lxml").get_text(" ").split())


@pytest.fixture
def duty(town: Town) -> Duty:
    return ask(town)


def ask(town: Town, **fields: Any) -> Duty:
    values = {
        "due_on": today() + timedelta(days=10), "dedup_key": "a", "holder": town.leader, "kind": Kind.YEAR,
        "unit": town.home_care, "is_discreet": False, "text": "Gå rundt, og tæl dem.",
    }  # fmt: skip
    return create_duty("Gennemgå nøglelisten", **(values | fields))


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────


def test_list_is_ones_own_the_units_and_all(town: Town, duty: Duty) -> None:
    ask(town, dedup_key="b", holder=town.school_leader, unit=town.school)
    assert "1 opgave" in read(as_(town.leader).get("/opgaver/"))
    assert "1 opgave" in read(as_(town.health_chief).get("/opgaver/enhed/"))
    assert "2 opgaver" in read(as_(town.gdpr).get("/opgaver/alle/"))
    assert "Ingen opgaver" in read(as_(town.gdpr).get("/opgaver/"))


def test_list_shows_what_is_open_until_asked_for_more(town: Town, duty: Duty) -> None:
    finish_duty(duty, by=town.leader)
    client = as_(town.leader)
    assert "Ingen opgaver" in read(client.get("/opgaver/"))
    for state in ("done", "alle"):
        assert "Gennemgå nøglelisten" in read(client.get(f"/opgaver/?tilstand={state}"))
    assert "Gennemgå nøglelisten" not in read(client.get("/opgaver/?tilstand=over-fristen"))


def test_count_says_how_many_are_late(town: Town, duty: Duty) -> None:
    ask(town, dedup_key="b", due_on=today() - timedelta(days=1))
    assert "2 opgaver, 1 over fristen" in read(as_(town.leader).get("/opgaver/"))


def test_those_without_office_have_no_other_lists(town: Town, duty: Duty) -> None:
    for path in ("/opgaver/enhed/", "/opgaver/alle/"):
        assert as_(town.employee).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/opgaver/", "/opgaver/enhed/", "/opgaver/alle/", "/opgaver/faste/"])
def test_list_asks_no_more_for_many_rows(town: Town, path: str, django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        ask(town, dedup_key=str(number))
        DutyTemplate.objects.create(title=f"Fast {number}", role=Role.LEADER, first_on=today())
    client = as_(town.leader)
    with django_assert_max_num_queries(12):
        assert client.get(f"{path}?kolonner=opgave,hos,enhed,kilde,slags,kilde,stoppet").status_code == 200


def test_chosen_duties_are_done_at_once_and_those_that_want_more_are_named(town: Town, duty: Duty) -> None:
    other = ask(town, dedup_key="b")
    Duty.objects.filter(pk=other.pk).update(needs_result=True, title="Prøv nødstrømmen")
    answer = as_(town.leader).post("/opgaver/", {"handling": "udfoert", "valgt": [duty.pk, other.pk]}, follow=True)
    assert "1 opgave er sat som udført" in read(answer)
    assert "»Prøv nødstrømmen«" in read(answer)
    assert set(Duty.objects.open()) == {other}


def test_nobody_finishes_another_s_from_the_list(town: Town, duty: Duty) -> None:
    as_(town.gdpr).post("/opgaver/alle/", {"handling": "udfoert", "valgt": [duty.pk]})
    assert Duty.objects.open().count() == 1


# ── A duty ───────────────────────────────────────────────────────────────────────────────────────


def test_page_says_what_when_and_whose(town: Town, duty: Duty) -> None:
    page = read(as_(town.leader).get(duty.get_absolute_url()))
    for words in ("Gennemgå nøglelisten", "Gå rundt, og tæl dem.", "Lene Leder", "Senest"):
        assert words in page


def test_stranger_to_it_gets_404(town: Town, duty: Duty) -> None:
    for person in (town.employee, town.school_leader, town.administrator):
        assert as_(person).get(duty.get_absolute_url()).status_code == 404
        assert as_(person).post(f"{duty.get_absolute_url()}udfoert/").status_code == 404


def test_one_who_may_see_and_not_act_gets_403_and_no_form(town: Town, duty: Duty) -> None:
    client = as_(town.dpo)
    page = BeautifulSoup(client.get(duty.get_absolute_url()).content, "lxml")
    assert not page.select("main form")
    for what in ("udfoert", "giv-videre", "udskyd", "bortfald", "skriv"):
        answer = client.post(f"{duty.get_absolute_url()}{what}/")
        assert (answer.status_code, "kan se opgaven" in read(answer)) == (403, True)


def test_done_with_result_words_and_file(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(needs_result=True, needs_evidence=True)
    client, url = as_(town.leader), f"{duty.get_absolute_url()}udfoert/"
    refused = client.post(url, {"text": "Alle nøgler er her."})
    assert refused.status_code == 422
    assert "Vælg, hvad kontrollen viste." in read(refused)
    assert "Alle nøgler er her." in refused.content.decode()
    proof = SimpleUploadedFile("liste.txt", b"12 noegler", "text/plain")
    without = client.post(url, {"result": "minor", "text": "x"})
    assert "Vedhæft det, der viser" in read(without)
    assert client.post(url, {"result": "minor", "text": "Én mangler.", "files": proof}).status_code == 302
    page = read(client.get(duty.get_absolute_url()))
    assert "Ingen kritiske fejl" in page
    assert "liste.txt" in page


def test_file_that_came_with_a_refused_form_is_kept(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(needs_result=True)
    proof = SimpleUploadedFile("liste.txt", b"12 noegler", "text/plain")
    answer = as_(town.leader).post(f"{duty.get_absolute_url()}udfoert/", {"files": proof})
    page = BeautifulSoup(answer.content, "lxml")
    token = page.select_one("input[name=kept_files]")
    assert token is not None
    done = {"kept_files": token["value"], "result": "clean"}
    assert as_(town.leader).post(f"{duty.get_absolute_url()}udfoert/", done).status_code == 302
    assert Duty.objects.get(pk=duty.pk).entries.get().files.count() == 1


def test_evidence_is_read_by_those_who_see_the_duty(town: Town, duty: Duty) -> None:
    proof = SimpleUploadedFile("liste.txt", b"12 noegler", "text/plain")
    as_(town.leader).post(f"{duty.get_absolute_url()}skriv/", {"text": "Se den.", "files": proof})
    url = f"{duty.get_absolute_url()}filer/{duty.entries.get().files.get().stored_id}/"
    assert b"".join(as_(town.health_chief).get(url)) == b"12 noegler"
    assert as_(town.school_leader).get(url).status_code == 404


def test_handing_on_asks_which_person(town: Town, duty: Duty) -> None:
    client, url = as_(town.leader), f"{duty.get_absolute_url()}giv-videre/"
    assert "Skriv navnet" in read(client.post(url, {"seen": duty.revision}))
    picked = {"person_search": "Mette", "person_choice": town.employee.pk, "text": "Tak", "seen": duty.revision}
    assert client.post(url, picked).status_code == 302
    assert Duty.objects.get(pk=duty.pk).holder == town.employee


def test_postponing_keeps_the_words_of_a_refused_day(town: Town, duty: Duty) -> None:
    client, url = as_(town.leader), f"{duty.get_absolute_url()}udskyd/"
    answer = client.post(url, {"due_on": today().isoformat(), "note": "Systemet er nede."})
    assert answer.status_code == 422
    assert "Systemet er nede." in answer.content.decode()
    assert "eller en senere dag" in read(answer)


def test_stale_page_is_refused_with_the_words_kept(town: Town, duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(revision=7)
    day = (duty.due_on + timedelta(days=3)).isoformat()
    url = f"{duty.get_absolute_url()}udskyd/"
    answer = as_(town.leader).post(url, {"due_on": day, "note": "Systemet er nede.", "seen": 1})
    assert answer.status_code == 409
    assert "er ændret, mens du skrev" in read(answer)
    assert "Systemet er nede." in answer.content.decode()
    page = BeautifulSoup(answer.content, "lxml")
    seen = {field["value"] for field in page.select(f'form[action="{url}"] input[name=seen]')}
    assert seen == {"7"}, "what is sent next is held against what stands there now"


def test_tick_is_undone_from_the_page(town: Town, duty: Duty) -> None:
    client = as_(town.leader)
    client.post(f"{duty.get_absolute_url()}udfoert/")
    assert "Åbn igen" in read(client.get(duty.get_absolute_url()))
    client.post(f"{duty.get_absolute_url()}aabn-igen/")
    assert Duty.objects.open().count() == 1


def test_coming_back_by_address_shows_the_duty(town: Town, duty: Duty) -> None:
    answer = as_(town.leader).get(f"{duty.get_absolute_url()}udskyd/")
    assert answer["Location"] == duty.get_absolute_url()
    assert as_(town.leader).get(f"{duty.get_absolute_url()}findes-ikke/").status_code == 404


def test_cpr_number_is_masked(town: Town, duty: Duty) -> None:
    as_(town.leader).post(f"{duty.get_absolute_url()}skriv/", {"text": "Det gælder 010190-1234."})
    assert "010190-1234" not in duty.entries.get().text


# ── The fixed ones ───────────────────────────────────────────────────────────────────────────────

FILLED = {
    "title": "Gennemgå adgangene", "text": "", "source": "Politikken, P-65", "url": "", "role": "leader", "unit": "",
    "share": "person", "recurrence": "yearly", "first_on": "2027-07-10", "until_on": "", "on_closed": "after",
    "opens_days": "30", "works_ahead": "on", "remind_days": "14", "escalate_days": "5",
}  # fmt: skip


def test_fixed_duty_is_made_and_its_page_shows_the_days_and_how_they_went(town: Town) -> None:
    client = as_(town.gdpr)
    answer = client.post("/opgaver/faste/ny/", FILLED | {"first_on": today().isoformat(), "on_closed": "keep"})
    template = DutyTemplate.objects.get()
    assert answer["Location"] == template.get_absolute_url()
    make_year()
    finish_duty(Duty.objects.get(holder=town.leader), by=town.leader)
    page = read(client.get(template.get_absolute_url()))
    assert "1 af 2" in page
    assert "Politikken, P-65" in page


def test_day_in_the_closed_july_says_why_it_is_moved(town: Town) -> None:
    as_(town.gdpr).post("/opgaver/faste/ny/", FILLED)
    page = read(as_(town.leader).get(DutyTemplate.objects.get().get_absolute_url()))
    assert "2. august 2027 (planlagt 10. juli 2027, som er en fridag)" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", "", "Udfyld feltet"), ("url", "//ond.example", "begynder med /"),
        ("by_week", "on", "Samme uge"), ("until_on", "2020-01-01", "før første gang"),
        ("first_on", "29-02-2027x", "Skriv datoen"), ("opens_days", "4000", "90"),
    ],
)  # fmt: skip
def test_senseless_fixed_duty_comes_back_with_a_sentence(town: Town, field: str, value: str, says: str) -> None:
    answer = as_(town.gdpr).post("/opgaver/faste/ny/", FILLED | {"recurrence": "monthly", field: value})
    assert answer.status_code == 422
    assert says in read(answer)
    assert not DutyTemplate.objects.exists()


def test_duty_shared_by_all_employees_is_nobodys(town: Town) -> None:
    answer = as_(town.gdpr).post("/opgaver/faste/ny/", FILLED | {"role": "employee", "share": "role"})
    assert "er ingens" in read(answer)


def test_role_without_holders_is_said_on_the_page(town: Town) -> None:
    as_(town.gdpr).post("/opgaver/faste/ny/", FILLED | {"role": "lawyer"})
    assert "Ingen har rollen lige nu" in read(as_(town.gdpr).get(DutyTemplate.objects.get().get_absolute_url()))


def test_stale_change_of_a_fixed_duty_keeps_what_was_typed(town: Town) -> None:
    as_(town.gdpr).post("/opgaver/faste/ny/", FILLED)
    template = DutyTemplate.objects.get()
    url = f"{template.get_absolute_url()}ret/"
    assert as_(town.gdpr).post(url, FILLED | {"title": "Først", "seen": 1}).status_code == 302
    answer = as_(town.gdpr2).post(url, FILLED | {"title": "Sidst", "seen": 1})
    assert answer.status_code == 409
    assert 'value="Sidst"' in answer.content.decode()
    assert DutyTemplate.objects.get().title == "Først"


def test_fixed_duty_is_stopped_and_taken_up_again(town: Town) -> None:
    client = as_(town.gdpr)
    client.post("/opgaver/faste/ny/", FILLED)
    url = f"{DutyTemplate.objects.get().get_absolute_url()}stop/"
    for stopped in (True, False):
        client.post(url, {"seen": DutyTemplate.objects.get().revision})
        assert DutyTemplate.objects.get().is_stopped is stopped


# ── Reminders ────────────────────────────────────────────────────────────────────────────────────


def chosen(**fields: Any) -> dict[str, Any]:
    ways = {f"how_{kind}": "weekly" for kind in Kind}
    return {**ways, "weekly_on": "3", "quiet_from": "16:00", "quiet_to": "08:30", "seen": "1", **fields}


def test_person_chooses_how_to_be_reminded(town: Town) -> None:
    assert as_(town.leader).post("/opgaver/paamindelser/", chosen(how_case="portal")).status_code == 302
    mine = ReminderSettings.objects.get(person=town.leader)
    assert (mine.how(Kind.CASE), mine.how(Kind.YEAR), mine.weekly_on) == ("portal", "weekly", 3)


@pytest.mark.parametrize(("field", "value"), [("how_year", "aldrig"), ("weekly_on", "6"), ("quiet_from", "25:99")])
def test_senseless_choice_is_refused(town: Town, field: str, value: str) -> None:
    assert as_(town.leader).post("/opgaver/paamindelser/", chosen(**{field: value})).status_code == 422
    assert not ReminderSettings.objects.exists()


def test_choice_in_two_windows_keeps_the_first(town: Town) -> None:
    client = as_(town.leader)
    client.post("/opgaver/paamindelser/", chosen())
    assert client.post("/opgaver/paamindelser/", chosen(weekly_on="1")).status_code == 409
    assert ReminderSettings.objects.get().weekly_on == 3


def test_own_page_shows_what_has_begun_and_finishes_the_simple_ones(town: Town, duty: Duty) -> None:
    ask(town, dedup_key="b")
    Duty.objects.filter(dedup_key="b").update(title="Senere", opens_on=today() + timedelta(days=5))
    client = as_(town.leader)
    page = read(client.get("/"))
    assert "Gennemgå nøglelisten" in page
    assert "Senere" not in page
    answer = client.post(f"{duty.get_absolute_url()}udfoert/", {"fra": "min-side", "seen": duty.revision})
    assert answer["Location"] == "/"
