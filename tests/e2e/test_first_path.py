"""The whole first path on a phone, as a newcomer walks it: reported, told, read, acknowledged, asked, answered."""

from typing import Any

import pytest

from tests.e2e.steps import PICTURE, case_url, fill_report, send, sign_in
from tests.services import Portal, wait_until


def mails_about(portal: Portal, number: str) -> list[str]:
    """The mails that were written to files; one file holds all of a connection, each ended by a line of dashes."""
    files = (portal.data_dir / "mail").glob("*")
    return [mail for path in files for mail in path.read_text().split("-" * 79) if number in mail]


def test_newcomer_reports_and_the_leader_and_the_gdpr_unit_act(visit: Any, portal: Portal) -> None:
    reporter, leader, gdpr = visit(), visit("leder"), visit("gdpr")

    # From the front, signed in by the demo's button, to the receipt.
    reporter.goto(f"{portal.url}/")
    reporter.get_by_role("main").get_by_role("link", name="Log ind").click()
    reporter.locator("button[name=username][value=medarbejder]").click()
    reporter.get_by_role("main").get_by_role("link", name="Meld et brud").click()
    fill_report(reporter, "En nøgle med borgernes adresser blev væk, vandmærke.")
    reporter.get_by_label("Billeder eller filer").set_input_files(
        [{"name": "nøglen.png", "mimeType": "image/png", "buffer": PICTURE}]
    )
    assert "Lone Birkeager" in reporter.locator("#told-preview").inner_text()
    number = send(reporter)
    receipt = reporter.locator("[data-receipt]").inner_text()
    assert "Lone Birkeager" in receipt
    assert "GDPR-enheden" in receipt

    # A mail with number and link, and not a word of the case.
    wait_until(lambda: len(mails_about(portal, number)) >= 3, 60, "the mails to leader, GDPR unit and mailbox")
    for mail in mails_about(portal, number):
        assert f"{portal.url}/brud/{number}/" in mail
        assert not any(word in mail for word in ("vandmærke", "nøgle", "Mette", "Engmose"))

    # The leader finds it on the own page and in the inbox, sees the clock, and acknowledges.
    leader.goto(f"{portal.url}/")
    assert leader.get_by_role("link", name=f"Sag {number}").count() == 1
    leader.get_by_role("link", name="Indbakke").first.click()
    leader.get_by_role("link", name=f"Sag {number}").first.click()
    assert "tilbage" in leader.locator(".clock").inner_text()
    assert "artikel 33" in leader.locator(".clock").inner_text()
    assert leader.get_by_role("button", name="Modtaget").bounding_box()["y"] < 844, "in reach without scrolling"
    leader.get_by_role("button", name="Modtaget").click()
    assert "Du har kvitteret" in leader.locator("#nu").inner_text()

    # The GDPR unit sees who has read and acknowledged, acknowledges, and asks.
    gdpr.goto(case_url(portal, number))
    row = gdpr.locator("#besked li").filter(has_text="Lone Birkeager")
    assert "Har kvitteret" in row.inner_text()
    assert "Ikke læst endnu" in gdpr.locator("#besked").inner_text()
    assert "vandmærke" in gdpr.locator("#fakta").inner_text()
    with gdpr.expect_download() as download:
        gdpr.locator("#filer").get_by_role("link", name="nøglen.png").click()
    assert download.value.suggested_filename == "nøglen.png"
    gdpr.get_by_role("button", name="Modtaget").click()
    gdpr.locator("#skriv").get_by_label("Din tekst").fill("Hvor så du den sidst?")
    gdpr.get_by_role("button", name="Send til den, der meldte").click()

    # The reporter sees the status, the question, and answers; then adds something.
    reporter.get_by_role("link", name="Se sagen").click()
    assert "modtaget" in reporter.get_by_role("main").inner_text()
    assert "Hvor så du den sidst?" in reporter.locator(".entries").inner_text()
    assert "vandmærke" in reporter.get_by_role("main").inner_text(), "one's own words can be read again"
    for text in ("I bilen.", "Den er fundet."):
        reporter.get_by_label("Din tekst").fill(text)
        reporter.get_by_role("button", name="Send").click()
        assert text in reporter.locator(".entries").inner_text()

    gdpr.goto(case_url(portal, number))
    dialog = gdpr.locator("#dialog").inner_text()
    assert "Svar fra melderen" in dialog
    assert "Den er fundet." in dialog
    timeline = gdpr.locator("#forloeb").inner_text()
    assert "Meldt af Mette Engmose" in timeline


def test_guest_reports_anonymously_and_follows_with_the_code(visit: Any, portal: Portal) -> None:
    guest, gdpr = visit(), visit("gdpr")
    guest.goto(f"{portal.url}/")
    guest.get_by_role("main").get_by_role("link", name="Meld et brud").click()
    fill_report(guest, "Der ligger papirer i gården, kastanje.", data="Ved ikke")
    guest.get_by_label("Hvilken enhed hører det til?").press_sequentially("hjemmeplejen", delay=10)
    guest.get_by_text("Hjemmeplejen Syd").click()
    guest.get_by_text("Jeg vil være anonym").click()
    assert guest.get_by_label("Dit navn").is_hidden()
    guest.locator("#told-preview", has_text="Hjemmeplejen Syd").wait_for()
    number = send(guest)
    code = guest.locator("#receipt-code").inner_text()
    assert len(code.replace("-", "")) == 26

    gdpr.goto(case_url(portal, number))
    assert "Hjemmeplejen Syd" in gdpr.locator("#fakta").inner_text()
    gdpr.locator("#skriv").get_by_label("Din tekst").fill("Ligger de der endnu?")
    gdpr.get_by_role("button", name="Send til den, der meldte").click()

    guest.goto(f"{portal.url}/")
    guest.get_by_role("link", name="Følg op på din melding").click()
    guest.get_by_label("Kode fra din kvittering").fill(code.lower().replace("-", " "))
    guest.get_by_role("button", name="Åbn sagen").click()
    assert "Ligger de der endnu?" in guest.locator(".entries").inner_text()
    assert code not in guest.url
    guest.get_by_label("Din tekst").fill("Nej, de er hentet.")
    guest.get_by_role("button", name="Send").click()
    assert "Nej, de er hentet." in guest.locator(".entries").inner_text()

    gdpr.reload()
    assert "Nej, de er hentet." in gdpr.locator("#dialog").inner_text()


def test_page_names_the_leader_before_a_guest_sends(visit: Any, portal: Portal) -> None:
    """Typing is not choosing; what is chosen is named, and a new search or »Ved ikke« takes it back."""
    guest, gdpr = visit(), visit("gdpr")
    guest.goto(f"{portal.url}/brud/meld/")
    fill_report(guest, "En mappe blev væk, bøgeblad.", data="Ved ikke")
    told = guest.locator("#told-preview")
    units = guest.locator("#unit-matches")
    guest.get_by_label("Hvilken enhed hører det til?").press_sequentially("hjemmeplejen syd", delay=10)
    guest.locator("[name=unit_choice]").wait_for()
    assert "Vælger du en enhed" in told.inner_text()
    guest.locator("#send").click()
    guest.get_by_role("link", name="Er det Hjemmeplejen Syd?").wait_for()

    units.get_by_text("Hjemmeplejen Syd").click()
    told.filter(has_text="Enhedens nærmeste leder er").wait_for()
    units.get_by_text("Ved ikke").click()
    told.filter(has_text="Vælger du en enhed").wait_for()
    assert guest.locator("[name=unit_choice]:checked").count() == 0
    units.get_by_text("Hjemmeplejen Syd").click()
    told.filter(has_text="Enhedens nærmeste leder er").wait_for()
    assert not guest.get_by_label("Ved ikke").last.is_checked()
    guest.get_by_label("Hvilken enhed hører det til?").fill("hjemmeplejen sydx")
    told.filter(has_text="Vælger du en enhed").wait_for()
    assert "Ingen enhed passer" in units.inner_text()
    number = send(guest)
    gdpr.goto(case_url(portal, number))
    assert "hjemmeplejen sydx" in gdpr.locator("#fakta").inner_text()


def test_wrong_code_is_refused_in_a_sentence(visit: Any, portal: Portal) -> None:
    guest = visit()
    guest.goto(f"{portal.url}/brud/opfoelgning/")
    guest.get_by_label("Kode fra din kvittering").fill("ABCD-EFGH")
    guest.get_by_role("button", name="Åbn sagen").click()
    assert "Vi kender ikke koden" in guest.get_by_role("main").inner_text()


@pytest.mark.parametrize("username", ["medarbejder", "medarbejder2", "leder2"])
def test_case_of_others_does_not_exist(visit: Any, portal: Portal, username: str) -> None:
    page = visit(username)
    answer = page.goto(case_url(portal, "2026-0020"))
    assert answer.status == 404
    assert "findes ikke" in page.get_by_role("heading", level=1).inner_text()


def test_signing_out_leaves_nothing_open(visit: Any, portal: Portal) -> None:
    page = visit()
    sign_in(page, portal, "leder2")
    page.locator(".phone-menu summary").click()
    page.locator(".phone-menu").get_by_role("button", name="Log ud").click()
    page.goto(f"{portal.url}/brud/")
    assert "/log-ind/" in page.url
