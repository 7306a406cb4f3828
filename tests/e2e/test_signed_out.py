"""A session that ends while somebody writes in a case costs no words, in a real browser."""

from typing import Any

from tests.e2e.steps import case_url, report, sign_in, visitor
from tests.e2e.test_accessibility import check
from tests.services import Portal


def test_entry_is_sent_again_after_signing_in_in_another_tab(visit: Any, browser: Any, portal: Portal) -> None:
    number = report(visit("medarbejder"), portal, "Logget ud undervejs.")
    with visitor(browser) as page:
        sign_in(page, portal, "medarbejder")
        page.goto(case_url(portal, number))
        page.get_by_label("Din tekst").fill("Et langt svar om lavendel.")
        page.context.clear_cookies(name="sessionid")
        page.get_by_role("button", name="Send").click()
        page.get_by_role("heading", name="Du er blevet logget ud").wait_for()
        assert "Et langt svar om lavendel." in page.get_by_role("main").inner_text()
        check(page, "signed out while writing")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Log ind i en ny fane").click()
        sign_in(opened.value, portal, "medarbejder")
        page.get_by_role("button", name="Send igen").click()
        page.get_by_role(
            "heading", name="Siden havde været åben for længe"
        ).wait_for()  # its seal ended with the session
        page.get_by_role("button", name="Send igen").click()
        page.wait_for_url(case_url(portal, number))
        assert "Et langt svar om lavendel." in page.get_by_role("main").inner_text()


def test_absence_is_deleted_only_after_a_second_answer(visit: Any, portal: Portal) -> None:
    page = visit("leder2")
    page.goto(f"{portal.url}/min-profil/")
    page.get_by_label("Til og med").fill("2027-01-05")
    page.get_by_label("Fra og med").fill("2027-01-04")
    page.get_by_role("button", name="Gem fravær").click()
    page.get_by_text("Fraværet er noteret.").wait_for()
    page.locator("summary", has_text="Slet").click()
    check(page, "profile with the question")
    page.get_by_role("button", name="Ja, slet fraværet").click()
    page.get_by_text("Fraværet er slettet.").wait_for()
