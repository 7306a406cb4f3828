"""The portal works without JavaScript."""

from typing import Any

from tests.e2e.steps import case_url, open_report, receipt_number, report, send
from tests.services import Portal


def test_guest_reports_and_chooses_the_unit(visit: Any, portal: Portal) -> None:
    page, gdpr = visit(java_script_enabled=False), visit("gdpr")
    open_report(page, portal, "Uden script, lavendel.")
    page.get_by_label("Hvilken enhed hører det til?").fill("hjemmeplejen")
    page.locator("#send").click()
    assert "Flere enheder passer" in page.get_by_role("main").inner_text()
    assert "lavendel" in page.get_by_label("Hvad er der sket, eller hvad kan ske?").input_value()
    page.get_by_text("Hjemmeplejen Nord").click()
    number = send(page)
    assert page.locator("#receipt-code").is_visible()
    assert page.get_by_role("button", name="Kopiér koden").is_hidden(), "what needs a script is not offered"
    gdpr.goto(case_url(portal, number))
    assert "Hjemmeplejen Nord" in gdpr.locator("#fakta").inner_text()


def test_guest_who_typed_one_unit_is_asked_and_may_not_know(visit: Any, portal: Portal) -> None:
    page, gdpr = visit(java_script_enabled=False), visit("gdpr")
    open_report(page, portal, "Uden script, hyldeblomst.")
    page.get_by_label("Hvilken enhed hører det til?").fill("hjemmeplejen syd")
    page.locator("#send").click()
    assert "Er det Hjemmeplejen Syd?" in page.get_by_role("main").inner_text()
    assert "hyldeblomst" in page.get_by_label("Hvad er der sket, eller hvad kan ske?").input_value()
    page.locator("#unit-matches").get_by_text("Ved ikke").click()
    gdpr.goto(case_url(portal, send(page)))
    assert "hjemmeplejen syd" in gdpr.locator("#fakta").inner_text()


def test_cpr_question_is_asked_and_answered(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder", java_script_enabled=False)
    open_report(page, portal, "Brevet til 070761-4285 kom retur.")
    page.locator("#send").click()
    page.get_by_role("button", name="Skjul cifrene og send").click()
    receipt_number(page)


def test_list_is_filtered_and_sorted(visit: Any, portal: Portal) -> None:
    page = visit("gdpr", java_script_enabled=False, viewport={"width": 1440, "height": 900})
    page.goto(f"{portal.url}/brud/")
    page.get_by_role("searchbox", name="Søg").fill("kuvert")
    page.get_by_role("button", name="Vis", exact=True).click()
    assert "q=kuvert" in page.url
    rows = page.locator("[data-list] tbody tr")
    assert 1 <= rows.count() < 10
    assert any("kuvert" in text for text in rows.all_inner_texts())
    page.get_by_role("link", name="Nummer").click()
    assert "q=kuvert" in page.url
    assert "sorter=" in page.url


def test_leader_acknowledges(visit: Any, portal: Portal) -> None:
    reporter, leader = visit("medarbejder"), visit("leder", java_script_enabled=False)
    number = report(reporter, portal, "Kvitteres uden script.")
    leader.goto(case_url(portal, number))
    leader.get_by_role("button", name="Modtaget").click()
    assert "Du har kvitteret" in leader.locator("#nu").inner_text()
