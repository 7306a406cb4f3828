"""A new leader and a leaving leader find every step without help; every page passes axe and is used by keyboard."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.steps import PHONE, scrolls_sideways
from tests.e2e.test_accessibility import check
from tests.services import Portal

LATER = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


def pick_person(page: Any, words: str) -> str:
    """Type a part of a name and pick the first who matches; her name."""
    page.locator("#id_person_search").fill(words)
    first = page.locator("#person-matches label").first
    first.wait_for()
    name = str(first.evaluate("label => label.firstChild.textContent"))
    first.click()
    return name


def open_unit(page: Any, portal: Portal, name: str) -> None:
    """From "Min side", by the menu and the search, as somebody who is here for the first time."""
    page.goto(f"{portal.url}/")
    page.locator(".phone-menu summary").click()
    page.locator(".phone-menu").get_by_role("link", name="Enheder", exact=True).click()
    page.get_by_label("Find en enhed eller en person").fill(name)
    page.get_by_role("button", name="Find").click()
    page.locator("main").get_by_role("link", name=name).first.click()
    page.get_by_role("heading", level=1, name=name).wait_for()


def test_level_above_names_a_new_leader_who_finds_what_to_do(visit: Any, portal: Portal) -> None:
    chief = visit("centerchef2")
    open_unit(chief, portal, "Sundhedsplejen")
    chief.locator("#leder a").first.click()
    chief.get_by_role("link", name="Giv videre til en anden").click()
    chief.locator("#id_person_search").wait_for()
    assert not scrolls_sideways(chief)
    check(chief, "hand-over")
    chief.set_viewport_size(PHONE)
    pick_person(chief, "Søren Hasselbo")
    chief.get_by_role("button", name="Se, hvad der flyttes").click()
    chief.get_by_role("heading", name="Er det rigtigt?").wait_for()
    check(chief, "hand-over, confirming")
    chief.get_by_role("button", name="Ja, giv videre").click()
    chief.get_by_text("Givet videre til Søren Hasselbo: Leder, Sundhedsplejen").wait_for()
    check(chief, "person, handed over")

    new = visit("systemejer2")
    new.goto(f"{portal.url}/")
    new.get_by_role("link", name="Ny rolle: Leder i Sundhedsplejen").click()
    new.get_by_role("heading", level=1, name="Leder").wait_for()
    new.locator("#P-63", has_text="Laver de risikovurderinger").wait_for()
    check(new, "role page of a new leader")
    new.goto(f"{portal.url}/indbakke/")
    new.get_by_role("link", name="Du er Leder: Sundhedsplejen").wait_for()


def test_leader_chooses_deputy_for_the_holiday_and_helper(visit: Any, portal: Portal) -> None:
    page = visit("leder2")
    page.goto(f"{portal.url}/min-profil/")
    page.get_by_label("Fra og med").fill("2027-07-05")
    page.get_by_label("Til og med").fill("2027-07-16")
    pick_person(page, "Malik")
    check(page, "profile with a deputy picked")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Gem fravær").click()
    page.get_by_text("Stedfortræder imens: Malik Rosenlund").wait_for()
    page.locator("summary", has_text="Slet fraværet 5. juli 2027").click()
    page.get_by_role("button", name="Ja, slet fraværet").click()
    page.get_by_text("Fraværet er slettet.").wait_for()

    open_unit(page, portal, "Skovskolen")
    check(page, "unit of a leader")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Overlad en opgave").click()
    page.get_by_role("button", name="Overlad opgaven").click()
    page.locator(".error-list").wait_for()
    check(page, "delegation with errors")
    page.set_viewport_size(PHONE)
    page.get_by_text("Følge enhedens brud og trusler").click()
    pick_person(page, "Malik")
    page.get_by_role("button", name="Overlad opgaven").click()
    page.get_by_text("Malik har fået besked").wait_for()
    helper = visit("medarbejder2")
    helper.goto(f"{portal.url}/min-profil/")
    helper.get_by_text("Du har fået overladt").wait_for()
    check(helper, "profile of a helper")
    helper.set_viewport_size(PHONE)
    helper.get_by_text("Giv tilbage").first.click()
    helper.get_by_role("button", name="Ja, giv tilbage").click()
    helper.get_by_text("er stoppet. Det gælder fra nu.").wait_for()


def test_leaving_leader_gives_away_what_is_hers_and_learns_who_does_the_rest(visit: Any, portal: Portal) -> None:
    page = visit("leder")
    page.goto(f"{portal.url}/min-profil/")
    page.get_by_role("link", name="Stopper du? Giv videre").click()
    page.get_by_text("Din efterfølger udpeges af en anden").wait_for()
    check(page, "hand-over of oneself")
    page.set_viewport_size(PHONE)
    page.get_by_label("Din sidste dag").fill(LATER)
    page.get_by_role("button", name="Jeg stopper den dag").click()
    page.get_by_text("nu en opgave for den, der udpeger").wait_for()
    chief = visit("centerchef")
    chief.goto(f"{portal.url}/")
    chief.get_by_role("link", name="Find en efterfølger: Leder i Hjemmeplejen Nord").click()
    assert chief.get_by_label("Sidste dag i rollen").input_value() == LATER
    check(chief, "handing over to a successor")


def test_wrong_person_is_stopped_at_once(visit: Any, portal: Portal) -> None:
    page = visit("gdpr")
    open_unit(page, portal, "Skovskolen")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Udpeg en person").click()
    page.get_by_label("Rolle").select_option("contract_owner")
    pick_person(page, "Malik")
    page.get_by_role("button", name="Udpeg").click()
    page.get_by_text("har fået besked").wait_for()
    page.get_by_role("link", name="Se udpegningen af Malik Rosenlund som aftaleansvarlig").click()
    page.locator("summary", has_text="Stop med det samme").click()
    check(page, "appointment about to be stopped")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Ja, stop nu").click()
    page.get_by_text("er ikke længere aftaleansvarlig").wait_for()


def test_what_a_leaver_left_waits_for_the_leader(visit: Any, portal: Portal) -> None:
    page = visit("leder")
    page.goto(f"{portal.url}/")
    page.get_by_role("link", name="Fordel opgaver, som").click()
    page.get_by_text("Gennemgå, hvem der har nøgler til kontoret").wait_for()
    check(page, "what a leaver left")


@pytest.mark.parametrize(
    ("username", "paths"),
    [
        ("medarbejder", ("/organisation/", "/organisation/roller/", "/organisation/roller/medarbejder/")),
        ("gdpr", ("/organisation/personer/?nulstil=1", "/organisation/?q=hjemme", "/organisation/?q=findesikke",
                  "/organisation/roller/systemejer/", "/organisation/synkronisering/", "/organisation/hvorfor/")),
        ("administrator", ("/organisation/synkronisering/", "/organisation/synkronisering/ny/",
                           "/organisation/grupper/", "/organisation/hvorfor/")),
        ("ekstern", ("/organisation/",)),
    ],
)  # fmt: skip
def test_pages_of_the_organisation_are_for_everyone(
    visit: Any, portal: Portal, username: str, paths: tuple[str, ...]
) -> None:
    page = visit(username)
    for path in paths:
        page.set_viewport_size({"width": 320, "height": 800})
        page.goto(f"{portal.url}{path}")
        assert not scrolls_sideways(page), path
        check(page, f"{path} of {username}")


def test_tree_is_used_by_keyboard(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder")
    page.goto(f"{portal.url}/organisation/")
    branch = page.locator("summary", has_text="Center for Kultur")
    branch.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Musikskolen").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Biblioteket"
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Biblioteket").wait_for()


def test_person_is_picked_without_script(visit: Any, portal: Portal) -> None:
    page = visit("leder2", java_script_enabled=False)
    page.goto(f"{portal.url}/organisation/?q=skovskolen")
    page.locator("main").get_by_role("link", name="Skovskolen").first.click()
    page.get_by_role("link", name="Udpeg en person").click()
    page.get_by_label("Rolle").select_option("system_owner")
    page.get_by_label("Person", exact=True).fill("malik")
    page.get_by_role("button", name="Udpeg", exact=True).click()
    page.get_by_text("Vælg den rigtige person på listen.").first.wait_for()
    page.get_by_role("radio", name="Malik Rosenlund").check()
    page.get_by_role("button", name="Udpeg", exact=True).click()
    page.get_by_text("er systemejer i Skovskolen").wait_for()
