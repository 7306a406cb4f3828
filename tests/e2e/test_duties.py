"""Duties in a real browser: made by the year, done with a result and a file, handed on, postponed; read by all."""

from typing import Any

import pytest

from tests.e2e.steps import DESK, scrolls_sideways
from tests.e2e.test_accessibility import check, unfold
from tests.e2e.test_reach import DOUBLE_TEXT
from tests.services import Portal

TITLE = "Prøv nødstrømmen i kælderen, og skriv op, hvor længe den holdt"


@pytest.fixture(scope="module")
def fixed(portal: Portal, browser: Any) -> str:
    """A fixed duty of IT operations, with result and evidence. The scheduler makes it in ten minutes; here now."""
    from tests.e2e.steps import sign_in, visitor

    with visitor(browser) as page:
        sign_in(page, portal, "gdpr")
        page.goto(f"{portal.url}/opgaver/faste/ny/")
        page.get_by_label("Opgave", exact=True).fill(TITLE)
        page.get_by_label("Hvad skal gøres?").fill("Sluk for strømmen, og vent.")
        page.get_by_label("Hvor står det?").fill("Politikken, P-13")
        page.get_by_label("Hvem har opgaven?").select_option("It-drift")
        page.get_by_label("Første gang").fill("2027-01-11")
        page.get_by_text("Resultat skal vælges").click()
        page.get_by_text("Bevis skal vedhæftes").click()
        page.get_by_role("button", name="Opret").click()
        page.get_by_role("heading", name=TITLE).wait_for()
        made = str(page.url)
    portal.manage("shell", "-v", "0", "-c", "from duties.actions import make_year; make_year()")
    return made


def test_fixed_duty_is_done_on_a_phone_with_result_and_file(visit: Any, portal: Portal, fixed: str) -> None:
    page = visit("itdrift")
    page.goto(f"{portal.url}/opgaver/?tilstand=kommer")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("button", name="Udført", exact=True).click()
    page.get_by_text("Vælg, hvad kontrollen viste.").first.wait_for()
    check(page, "a duty with an error")
    page.get_by_text("Ingen kritiske fejl").click()
    page.get_by_label("Kommentar", exact=False).first.fill("Lampen i hjørnet blinkede.")
    page.get_by_label("Filer, der viser, at det er gjort").set_input_files(
        {"name": "maaling.txt", "mimeType": "text/plain", "buffer": b"40 minutter"}
    )
    page.get_by_role("button", name="Udført", exact=True).click()
    page.get_by_text("er udført.").wait_for()
    page.goto(f"{portal.url}/opgaver/?tilstand=done&sorter=-senest")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_text("maaling.txt").wait_for()
    check(page, "a duty that is done")
    page.get_by_role("button", name="Åbn igen").click()
    page.get_by_text("er åben igen").wait_for()


def test_duty_is_handed_on_and_postponed(visit: Any, portal: Portal, fixed: str) -> None:
    page = visit("itdrift")
    page.goto(f"{portal.url}/opgaver/?tilstand=kommer")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_text("Udskyd", exact=True).first.click()
    page.get_by_label("Ny dag").fill("2027-02-01")
    page.get_by_label("Hvorfor?").first.fill("Kælderen bliver malet.")
    page.get_by_role("button", name="Udskyd").click()
    page.get_by_text("er udskudt").wait_for()
    page.get_by_text("Giv videre", exact=True).first.click()
    page.get_by_role("searchbox", name="Person").press_sequentially("Ivan Kærholt", delay=10)
    page.locator("#person-matches").get_by_text("Ivan Kærholt").click()
    page.get_by_role("button", name="Giv videre").click()
    page.get_by_text("er givet videre").wait_for()
    colleague = visit("itchef")
    colleague.goto(f"{portal.url}/opgaver/?tilstand=kommer")
    colleague.get_by_role("link", name=TITLE).click()
    colleague.get_by_text("Kælderen bliver malet.").wait_for()


PAGES = {
    "gdpr": ("/opgaver/", "/opgaver/alle/", "/opgaver/faste/", "/opgaver/faste/1/", "/opgaver/faste/1/ret/"),
    "leder": ("/opgaver/enhed/", "/opgaver/paamindelser/", "/opgaver/?q=intetpasser"),
}


@pytest.mark.parametrize("username", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(visit: Any, portal: Portal, fixed: str, username: str) -> None:
    page = visit(username)
    for path in PAGES[username]:
        page.set_viewport_size(DESK)
        page.goto(f"{portal.url}{path}")
        unfold(page)
        check(page, path)
        page.set_viewport_size({"width": 320, "height": 640})
        assert not scrolls_sideways(page), path
        page.set_viewport_size({"width": 390, "height": 844})
        page.evaluate(DOUBLE_TEXT)
        assert not scrolls_sideways(page), f"{path} with text at 200 %"
