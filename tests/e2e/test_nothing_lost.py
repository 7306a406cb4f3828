"""Nothing typed is lost, nothing is sent twice: reload, lost connection, ended session, old page, double click."""

import re
from typing import Any

from tests.e2e.steps import (
    PICTURE,
    case_url,
    count_of,
    draft_keys,
    fill_report,
    open_report,
    receipt_number,
    send,
    sign_in,
)
from tests.services import Portal

TEXT = "Hvad er der sket, eller hvad kan ske?"


def text_of(page: Any) -> str:
    return str(page.get_by_label(TEXT).input_value())


def wait_for_draft(page: Any) -> None:
    page.locator("#saved", has_text="Gemt kl.").wait_for()


def lose_cookie(page: Any, name: str) -> None:
    page.context.clear_cookies(name=name)


def test_reload_keeps_the_draft_and_says_so(visit: Any, portal: Portal) -> None:
    page = visit()
    open_report(page, portal, "En halv sætning", data="Nej")
    page.get_by_text("Det var lige ved at ske").click()
    page.get_by_label("Hvilken enhed hører det til?").press_sequentially("hjemmeplejen", delay=10)
    page.get_by_text("Hjemmeplejen Syd").click()
    page.get_by_text("Fortæl mere").click()
    page.get_by_label("Hvor skete det?").fill("På gangen")
    wait_for_draft(page)
    page.wait_for_timeout(500)
    page.reload()
    assert re.search(r"Din kladde fra kl\. \d\d\.\d\d er hentet", page.locator("#draft-notice").inner_text())
    assert text_of(page) == "En halv sætning"
    assert page.get_by_label("Nej", exact=True).first.is_checked()
    assert page.get_by_label("Det var lige ved at ske").is_checked()
    assert page.get_by_label("Hvor skete det?").is_visible(), "the fold with text in it is open"
    assert page.get_by_label("Hvor skete det?").input_value() == "På gangen"
    page.locator("[name=unit_choice]:checked").wait_for(state="attached")
    assert "Hjemmeplejen Syd" in page.locator("label:has(.choice-sub)").nth(1).inner_text()

    page.get_by_role("button", name="Slet kladden").click()
    page.reload()
    assert text_of(page) == ""
    assert draft_keys(page) == []


def test_deleted_draft_can_be_had_back_by_keyboard(visit: Any, portal: Portal) -> None:
    page = visit()
    open_report(page, portal, "Slettet ved et uheld", data="Nej")
    page.get_by_label("Hvilken enhed hører det til?").press_sequentially("hjemmeplejen", delay=10)
    page.get_by_text("Hjemmeplejen Syd").click()
    wait_for_draft(page)
    page.wait_for_timeout(500)
    page.reload()
    page.locator("[name=unit_choice]:checked").wait_for(state="attached")
    page.get_by_label("Billeder eller filer").set_input_files(
        [{"name": "billede.png", "mimeType": "image/png", "buffer": PICTURE}]
    )
    page.get_by_role("button", name="Slet kladden").focus()
    page.keyboard.press("Enter")
    assert page.locator("#draft-notice[role=status]").inner_text().startswith("Kladden er slettet.")
    assert text_of(page) == ""
    assert draft_keys(page) == []
    assert page.locator("[name=unit_choice]").count() == 0
    assert page.locator("#file-list").is_hidden()
    page.locator("#told-preview", has_text="Vælger du en enhed").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Fortryd"

    page.keyboard.press("Enter")
    assert "Din kladde er her igen" in page.locator("#draft-notice").inner_text()
    assert text_of(page) == "Slettet ved et uheld"
    assert page.get_by_label("Nej", exact=True).first.is_checked()
    assert "billede.png" in page.locator("#file-list").inner_text()
    page.locator("#told-preview", has_text="Hjemmeplejen Syd").wait_for()
    assert len(draft_keys(page)) == 1


def test_new_words_after_a_deleted_draft_stay(visit: Any, portal: Portal) -> None:
    page = visit()
    open_report(page, portal, "Det gamle")
    wait_for_draft(page)
    page.reload()
    page.get_by_role("button", name="Slet kladden").click()
    page.get_by_label(TEXT).fill("Det nye")
    assert page.get_by_role("button", name="Fortryd").is_hidden(), "it would write over the new words"
    assert text_of(page) == "Det nye"


def test_draft_of_one_person_is_not_shown_to_another(visit: Any, portal: Portal) -> None:
    page = visit()
    sign_in(page, portal, "medarbejder2")
    open_report(page, portal, "Kun mit eget")
    wait_for_draft(page)
    lose_cookie(page, "sessionid")
    sign_in(page, portal, "leder2")
    page.goto(f"{portal.url}/brud/meld/")
    assert text_of(page) == ""


def test_draft_older_than_a_day_is_gone(visit: Any, portal: Portal) -> None:
    page = visit()
    open_report(page, portal, "For gammelt")
    wait_for_draft(page)
    page.evaluate(
        """hours => { for (const key of Object.keys(localStorage)) {
             const draft = JSON.parse(localStorage.getItem(key));
             localStorage.setItem(key, JSON.stringify({ ...draft, at: draft.at - hours * 3600e3 })); } }""",
        23,
    )
    page.goto(f"{portal.url}/")  # away first: leaving the report page saves it anew
    page.goto(f"{portal.url}/brud/meld/")
    assert text_of(page) == "For gammelt"
    page.goto(f"{portal.url}/")
    page.evaluate(
        """() => { for (const key of Object.keys(localStorage)) {
             const draft = JSON.parse(localStorage.getItem(key));
             localStorage.setItem(key, JSON.stringify({ ...draft, at: Date.now() - 25 * 3600e3 })); } }"""
    )
    page.goto(f"{portal.url}/brud/meld/")
    assert text_of(page) == ""
    assert page.locator("#draft-notice").is_hidden()
    assert draft_keys(page) == []


def test_receipt_clears_the_draft(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder")
    open_report(page, portal, "Sendt og væk")
    wait_for_draft(page)
    assert draft_keys(page)
    send(page)
    assert draft_keys(page) == []
    page.goto(f"{portal.url}/brud/meld/")
    assert text_of(page) == ""


def test_lost_connection_keeps_the_text_and_sends_once(visit: Any, portal: Portal) -> None:
    page, gdpr = visit("medarbejder"), visit("gdpr")
    open_report(page, portal, "Toget kørte i tunnel, safran.")
    page.get_by_label("Billeder eller filer").set_input_files(
        [{"name": "billede.png", "mimeType": "image/png", "buffer": PICTURE}]
    )
    page.context.set_offline(True)
    page.locator("#send").click()
    page.locator("#send-trouble", has_text="Ingen forbindelse").wait_for()
    assert page.evaluate("document.activeElement.id") == "send-trouble"
    assert "safran" in text_of(page)
    assert draft_keys(page)
    page.context.set_offline(False)
    assert page.locator("#send").inner_text() == "Prøv igen"
    number = send(page)
    assert count_of(gdpr, portal, "safran") == 1
    gdpr.goto(case_url(portal, number))
    assert "billede.png" in gdpr.locator("#filer").inner_text()


def test_lost_answer_leads_to_the_same_report(visit: Any, portal: Portal) -> None:
    """The report arrived, the receipt did not: sending again finds the one that is there."""
    page, gdpr = visit("medarbejder"), visit("gdpr")
    open_report(page, portal, "Svaret blev væk, paprika.")

    def lose_the_answer(route: Any) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/brud/meld/", lose_the_answer)
    page.locator("#send").click()
    page.locator("#send-trouble", has_text="Ingen forbindelse").wait_for()
    page.unroute("**/brud/meld/")
    send(page)
    assert "Vi havde allerede din melding" in page.get_by_role("heading", level=1).inner_text()
    assert count_of(gdpr, portal, "paprika") == 1


def test_double_click_gives_one_report(visit: Any, portal: Portal) -> None:
    page, gdpr = visit("medarbejder"), visit("gdpr")
    open_report(page, portal, "Klik klik, kardemomme.")
    page.locator("#send").dblclick()
    receipt_number(page)
    assert count_of(gdpr, portal, "kardemomme") == 1


def test_back_button_after_the_receipt_does_not_bring_the_text_back(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder")
    page.goto(f"{portal.url}/")
    page.get_by_role("main").get_by_role("link", name="Meld et brud").click()
    fill_report(page, "Tilbage efter kvitteringen")
    send(page)
    page.go_back()
    page.get_by_role("main").get_by_role("link", name="Meld et brud").click()
    assert text_of(page) == ""


def test_session_that_ends_while_writing_keeps_the_text(visit: Any, portal: Portal) -> None:
    page, gdpr = visit(), visit("gdpr")
    sign_in(page, portal, "medarbejder")
    open_report(page, portal, "Jeg blev logget ud, muskat.")
    lose_cookie(page, "sessionid")
    page.locator("#send").click()
    notice = page.locator(".alert[role=alert]", has_text="logget ud")
    notice.wait_for()
    assert page.evaluate("document.activeElement.matches('[data-focus]')")
    assert "muskat" in text_of(page)
    assert count_of(gdpr, portal, "muskat") == 0, "not sent without a name behind the person's back"

    other = page.context.new_page()  # "log ind i et andet vindue og send igen"
    sign_in(other, portal, "medarbejder")
    number = send(page)
    assert count_of(gdpr, portal, "muskat") == 1
    gdpr.goto(case_url(portal, number))
    assert "Mette Engmose" in gdpr.locator("#fakta").inner_text()
    assert draft_keys(page) == []


def test_page_that_is_too_old_sends_all_the_same(visit: Any, portal: Portal) -> None:
    page, gdpr = visit(), visit("gdpr")
    sign_in(page, portal, "medarbejder")
    open_report(page, portal, "Siden stod åben natten over, ingefær.")
    lose_cookie(page, "csrftoken")
    send(page)
    assert count_of(gdpr, portal, "ingefær") == 1


def test_page_that_is_too_old_keeps_the_text_without_script(visit: Any, portal: Portal) -> None:
    page, gdpr = visit("medarbejder", java_script_enabled=False), visit("gdpr")
    open_report(page, portal, "Siden var for gammel, timian.")
    lose_cookie(page, "csrftoken")
    page.locator("#send").click()
    assert "timian" in text_of(page)
    send(page)
    assert count_of(gdpr, portal, "timian") == 1


def test_errors_come_first_and_keep_the_text(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder")
    page.goto(f"{portal.url}/brud/meld/")
    page.get_by_label(TEXT).fill("Kun teksten er skrevet")
    page.locator("#send").click()
    link = page.get_by_role("link", name="Vælg ja, nej eller ved ikke.")
    link.wait_for()
    assert page.evaluate("document.activeElement.contains(document.querySelector('.error-list'))"), "on the summary"
    assert page.title().startswith("Fejl: ")
    assert text_of(page) == "Kun teksten er skrevet"
    link.click()
    assert page.evaluate("document.activeElement.name") == "involves_personal_data"
    page.keyboard.press("Space")
    send(page)


def test_cpr_number_is_pointed_out_while_writing_and_masked(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder")
    open_report(page, portal, "Borgeren er født ")
    hint = page.locator(".cpr-hint")
    assert hint.is_hidden()
    page.get_by_label(TEXT).press_sequentially("070761-4285", delay=5)
    hint.wait_for()
    hint.get_by_role("button").click()
    assert hint.is_hidden()
    assert "4285" not in text_of(page)
    assert "070761-xxxx" in text_of(page)


def test_cpr_number_is_held_back_until_the_person_chooses(visit: Any, portal: Portal) -> None:
    page, gdpr = visit("medarbejder"), visit("gdpr")
    open_report(page, portal, "Kuverten til 070761-4285 er åbnet, basilikum.")
    page.locator("#send").click()
    warning = page.locator("#cpr-found")
    warning.wait_for()
    assert page.evaluate("document.activeElement.id") == "cpr-found"
    assert count_of(gdpr, portal, "basilikum") == 0
    warning.get_by_role("button", name="Skjul cifrene og send").click()
    number = receipt_number(page)
    gdpr.goto(case_url(portal, number))
    words = gdpr.get_by_role("main").inner_text()
    assert "070761-xxxx" in words
    assert "4285" not in words


def test_chosen_unit_survives_the_cpr_question(visit: Any, portal: Portal) -> None:
    page, gdpr = visit(), visit("gdpr")
    open_report(page, portal, "Listen med 070761-4285 hang på døren, oregano.")
    page.get_by_label("Hvilken enhed hører det til?").press_sequentially("hjemmeplejen", delay=10)
    page.get_by_text("Hjemmeplejen Nord").click()
    page.locator("#send").click()
    page.get_by_role("button", name="Skjul cifrene og send").click()
    gdpr.goto(case_url(portal, receipt_number(page)))
    assert "Hjemmeplejen Nord" in gdpr.locator("#fakta").inner_text()


def test_files_are_kept_through_an_error(visit: Any, portal: Portal) -> None:
    page, gdpr = visit("medarbejder"), visit("gdpr")
    page.goto(f"{portal.url}/brud/meld/")
    page.get_by_label("Billeder eller filer").set_input_files(
        [{"name": "beviset.png", "mimeType": "image/png", "buffer": PICTURE}]
    )
    page.locator("#send").click()
    page.locator(".error-list").wait_for()
    assert "beviset.png" in page.get_by_role("main").inner_text()
    fill_report(page, "Nu med tekst.")
    gdpr.goto(case_url(portal, send(page)))
    assert gdpr.locator("#filer").get_by_role("link", name="beviset.png").count() == 1


def test_leaving_words_unsent_in_a_case_asks_first(visit: Any, portal: Portal) -> None:
    page = visit("gdpr")
    page.goto(case_url(portal, "2026-0018"))
    asks = "!window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    assert not page.evaluate(asks)
    page.locator("#skriv").get_by_label("Din tekst").fill("Et halvt notat")
    assert page.evaluate(asks)
    page.get_by_role("button", name="Gem som intern note").click()
    assert "Et halvt notat" in page.locator("#noter").inner_text()
    assert not page.evaluate(asks)
