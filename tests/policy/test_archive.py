"""The archive: every version that applies or has applied, what applied on a day, and what was withdrawn and why."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from glostrup_isms.kit.dates import da_date
from policy import actions
from policy.models import Version
from roles.models import today
from tests.desk import Desk, fresh
from tests.policy.pages import text_of

WHY = "Der er en fejl i punkt 2.1."


@pytest.fixture
def archive(desk: Desk) -> list[Version]:
    """One superseded, one that applies."""
    first = desk.adopted(desk.policy(), days_ago=400)
    second = desk.in_force(fresh(actions.start_version(first.document, by=desk.writer)))
    return [fresh(first), second]


@pytest.fixture
def withdrawn(desk: Desk, archive: list[Version]) -> Version:
    return fresh(
        actions.withdraw(archive[1], by=desk.secretariat, note=WHY, reference="Sag 14", decided_on=today())
    )  # fmt: skip


def day_page(client: Client, day: date) -> str:
    return text_of(client.get(f"/politik/paa-dato/{day}/"))


def test_archive_names_every_version_and_its_time(archive: list[Version], client: Client) -> None:
    page = BeautifulSoup(client.get("/politik/versioner/").content, "html.parser")
    rows = [" ".join(row.get_text(" ").split()) for row in page.select(".things li")]
    first, second = archive
    assert second.effective_on is not None
    assert f"Udgave 2: {second.title} Gælder fra {da_date(second.effective_on)}" in rows[0]
    assert rows[0].endswith("Gældende")
    assert first.effective_on is not None
    assert f"Gjaldt fra {da_date(first.effective_on)} til {da_date(second.effective_on)}" in rows[1]
    assert rows[1].endswith("Afløst")
    assert page.find("a", href="/politik/sammenlign/1/2/")


def test_superseded_version_says_that_it_is(archive: list[Version], client: Client) -> None:
    text = text_of(client.get("/politik/versioner/1/"))
    assert "Afløst" in text
    assert "Gjaldt fra" in text
    assert 'href="/politik/"' in text


def test_withdrawn_policy_applies_no_more_and_stays_with_its_reason(withdrawn: Version, client: Client) -> None:
    assert "gælder ingen" in text_of(client.get("/politik/"))
    assert client.get("/politik/politik.pdf").status_code == 404
    assert client.get("/dokumenter/pol-001/").status_code == 404
    assert "gælder ingen" in text_of(client.get("/politik/indlejret/"))
    data = client.get("/politik/politik.json").json()
    assert data["in_force"] is None
    states = [(one["version"], one["state"], one["withdrawn_because"]) for one in data["versions"]]
    assert states == [(2, "withdrawn", WHY), (1, "superseded", None)]
    for path in ("/politik/versioner/2/", "/politik/versioner/"):
        text = text_of(client.get(path))
        assert WHY in text
        assert "Trukket tilbage" in text or "trukket tilbage" in text
    assert client.get("/politik/versioner/2/politik.pdf").status_code == 200


def test_superseded_withdrawn_and_applying_stand_side_by_side(desk: Desk, withdrawn: Version, client: Client) -> None:
    draft = actions.start_version(withdrawn.document, by=desk.writer)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        desk.in_force(fresh(draft))
    text = text_of(client.get("/politik/versioner/"))
    assert [word in text for word in ("Gældende", "Trukket tilbage", "Afløst")] == [True] * 3
    assert [one["state"] for one in client.get("/politik/politik.json").json()["versions"]] == [
        "in_force", "withdrawn", "superseded",
    ]  # fmt: skip
    assert "udgave 3" in text_of(client.get("/politik/"))


# ── What applied on a day ────────────────────────────────────────────────────────────────────────
def test_day_shows_what_applied_then(archive: list[Version], client: Client) -> None:
    first, second = archive
    assert first.effective_on is not None
    assert first.ended_on == second.effective_on == today()
    before = first.effective_on - timedelta(days=1)
    assert "gjaldt der ingen politik" in day_page(client, before)
    for day in (first.effective_on, today() - timedelta(days=1)):
        text = day_page(client, day)
        assert "udgave 1<" in text
        assert f"Denne udgave gjaldt {da_date(day)}." in text
    text = day_page(client, today())
    assert "udgave 2<" in text
    assert f"Denne udgave gælder i dag, {da_date(today())}." in text


def test_nobody_knows_what_applies_on_a_day_to_come(archive: list[Version], client: Client) -> None:
    for day in (today() + timedelta(days=1), date.max):
        text = day_page(client, day)
        assert "ikke kommet endnu" in text
        assert "udgave 2" not in text


def test_day_before_everything_has_a_page(archive: list[Version], client: Client) -> None:
    assert "1. januar 1" in day_page(client, date.min)
    assert "gjaldt der ingen politik" in day_page(client, date.min)


def test_withdrawn_policy_did_not_apply_from_that_day(withdrawn: Version, client: Client) -> None:
    assert "gjaldt der ingen politik" in day_page(client, today())
    assert "udgave 1<" in day_page(client, today() - timedelta(days=1))


def test_decided_later_is_not_shown_early(desk: Desk, archive: list[Version], client: Client) -> None:
    """It was decided, and has a day to come: until then the older one is what applies."""
    draft = actions.start_version(archive[0].document, by=desk.writer)
    desk.decided(fresh(draft))
    for path in ("/politik/", f"/politik/paa-dato/{today()}/", "/politik/versioner/", "/politik/politik.json"):
        assert "udgave 3" not in text_of(client.get(path)).lower()
    assert client.get("/politik/versioner/3/").status_code == 404


@pytest.mark.parametrize("asked", ["2026-01-31", "31-01-2026", "31.01.2026", "31/01/2026"])
def test_day_is_asked_for_in_the_archive(archive: list[Version], client: Client, asked: str) -> None:
    answer = client.get("/politik/paa-dato/", {"dato": asked})
    assert answer.status_code == 302
    assert answer["Location"] == "/politik/paa-dato/2026-01-31/"


@pytest.mark.parametrize("asked", ["", "i går", "2026-02-30", "31-02-2026", "\x00", "<script>", "9" * 5000])
def test_what_is_no_day_comes_back_with_a_sentence(archive: list[Version], client: Client, asked: Any) -> None:
    answer = client.get("/politik/paa-dato/", {"dato": asked})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.find(id="dato")["aria-describedby"] == page.find(class_="form-error-message")["id"]
    assert page.find(class_="form-error-message").get_text(strip=True).endswith(".")
    assert "<script>" not in answer.content.decode()
    assert page.title.get_text().startswith("Fejl: ")
    assert page.find(id="dato").get("value", "") == asked  # what was typed is there still
    assert page.find(id="dato")["type"] == ("text" if asked else "date")  # and is shown
    assert page.find(id="error-summary").find("a")["href"] == "#dato"


def test_pages_that_ask_say_what_every_public_page_says(archive: list[Version], client: Client, settings: Any) -> None:
    settings.ACCESSIBILITY_URL = "https://www.eksempel.dk/tilgaengelighed"
    for path in ("/politik/versioner/", "/politik/paa-dato/", "/politik/paa-dato/?dato=x", "/politik/sammenlign/",
                 "/politik/sammenlign/?fra=x"):  # fmt: skip
        assert f'href="{settings.ACCESSIBILITY_URL}"' in text_of(client.get(path)), path


# ── Any two versions ─────────────────────────────────────────────────────────────────────────────
def test_any_two_versions_are_chosen_in_the_archive(archive: list[Version], client: Client) -> None:
    for path in ("/politik/versioner/", "/politik/sammenlign/"):
        form = BeautifulSoup(client.get(path).content, "html.parser").find(id="fra").find_parent("form")
        assert form["action"] == "http://testserver/politik/sammenlign/"
        for name, chosen in (("fra", "1"), ("til", "2")):
            select = form.find("select", attrs={"name": name})
            assert form.find("label", attrs={"for": name})
            assert [option["value"] for option in select.find_all("option")] == ["2", "1"]
            assert select.find("option", selected=True)["value"] == chosen
    for old, new in ((1, 2), (2, 1)):
        answer = client.get("/politik/sammenlign/", {"fra": old, "til": new})
        assert answer.status_code == 302
        assert answer["Location"] == f"/politik/sammenlign/{old}/{new}/"
        assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize(
    "asked", [{"fra": "1", "til": "1"}, {"fra": "1"}, {"til": "2"}, {"fra": "", "til": ""}, {"fra": "1", "til": "3"},
              {"fra": "01", "til": "2"}, {"fra": "<script>", "til": "\x00"}, {"fra": "-1", "til": "9" * 5000}],
)  # fmt: skip
def test_what_is_no_pair_comes_back_with_a_sentence(
    desk: Desk, archive: list[Version], client: Client, asked: dict[str, str]
) -> None:
    """A draft is no choice either."""
    assert actions.start_version(archive[0].document, by=desk.writer).number == 3
    answer = client.get("/politik/sammenlign/", asked)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.title.get_text().startswith("Fejl: ")
    for link in page.find(id="error-summary").find_all("a"):
        field = page.find(id=link["href"][1:])
        assert page.find(id=field["aria-describedby"]).get_text(strip=True).endswith(f"{link.get_text()}")
        assert link.get_text().endswith(".")
    if asked.get("fra") == "1":
        assert page.find(id="fra").find("option", selected=True)["value"] == "1"  # what was chosen is there still
    assert "<script>" not in answer.content.decode()


def test_one_version_is_not_compared(desk: Desk, client: Client) -> None:
    desk.in_force(desk.policy())
    assert 'id="fra"' not in text_of(client.get("/politik/versioner/"))
    for asked, status in (({}, 200), ({"fra": "1", "til": "1"}, 422), ({"fra": "1", "til": "2"}, 422)):
        answer = client.get("/politik/sammenlign/", asked)
        assert answer.status_code == status
        assert "ikke to udgaver at sammenligne endnu" in text_of(answer)


def test_archive_is_empty_before_the_first_policy(desk: Desk, client: Client) -> None:
    desk.policy()
    assert "ingen udgaver endnu" in text_of(client.get("/politik/versioner/"))
    assert "ingen offentlige dokumenter" in text_of(client.get("/dokumenter/"))


def test_documents_are_listed_in_the_order_of_their_kinds(desk: Desk, client: Client) -> None:
    desk.in_force(desk.make(title="En retningslinje"))
    desk.in_force(desk.policy())
    page = BeautifulSoup(client.get("/dokumenter/").content, "html.parser")
    links = [(link["href"], link.find(class_="thing-title").get_text()) for link in page.select("a.thing")]
    assert links == [("/politik/", "Informationssikkerhedspolitik"), ("/dokumenter/ret-001/", "En retningslinje")]
