"""Small screens, large text, keyboard alone, no motion, paper."""

from typing import Any

import pytest

from tests.e2e.steps import DESK, case_url, receipt_number, report, scrolls_sideways, sign_in, visitor
from tests.services import Portal

LONG = "Uafbrudt" + "langt" * 60
DOUBLE_TEXT = """() => { const root = document.documentElement;
  root.style.fontSize = `${2 * parseFloat(getComputedStyle(root).fontSize)}px`; }"""
FOCUS = """() => {
  const at = document.activeElement;
  const shown = [at, at.nextElementSibling].filter(Boolean).some((e) => {
    const style = getComputedStyle(e);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  return { id: at.id, name: at.name || "", tag: at.tagName, text: (at.textContent || "").trim().slice(0, 60), shown,
           visible: at === document.body || at.getClientRects().length > 0 };
}"""


def tab(page: Any, keys: str = "Tab") -> dict[str, Any]:
    page.keyboard.press(keys)
    return dict(page.evaluate(FOCUS))


def tab_to(page: Any, is_there: Any, most: int = 60) -> dict[str, Any]:
    """Press Tab until it is there; every stop on the way shows where one is."""
    for _ in range(most):
        at = tab(page)
        assert at["shown"], f"focus cannot be seen on {at}"
        assert at["visible"], f"focus is on something hidden: {at}"
        if is_there(at):
            return at
    raise AssertionError("never reached by Tab")


@pytest.fixture(scope="module")
def hard_case(browser: Any, portal: Portal) -> str:
    """A case with a title of 200 characters and words that never break."""
    with visitor(browser) as page:
        sign_in(page, portal, "medarbejder")
        return report(page, portal, f"{'Meget lang overskrift om en mail ' * 6}{LONG}\n{LONG}")


PAGES = {
    "": ("/", "/log-ind/", "/brud/meld/", "/brud/opfoelgning/", "/findes-ikke/"),
    "medarbejder": ("/", "/brud/meld/", "/min-profil/", "CASE"),
    "gdpr": ("/", "/indbakke/", "/brud/?nulstil=1", "CASE", "/brud/?q=intetpasser"),
    "itdrift": ("/drift/", "/drift/job/", "/drift/post/"),
}


@pytest.mark.parametrize("username", PAGES)
def test_nothing_sticks_out(visit: Any, portal: Portal, hard_case: str, username: str) -> None:
    """WCAG 1.4.10 at 320 px, and 1.4.4: text at 200 % on a phone and on a small desk."""
    page = visit(username)
    for path in PAGES[username]:
        page.goto(case_url(portal, hard_case) if path == "CASE" else f"{portal.url}{path}")
        for width in (320, 768):
            page.set_viewport_size({"width": width, "height": 900})
            assert scrolls_sideways(page) == "", f"{path} at {width} px"
        page.set_viewport_size({"width": 640, "height": 900})  # 1280 px at 200 %, and then twice the text as well
        page.evaluate(DOUBLE_TEXT)
        assert scrolls_sideways(page) == "", f"{path} with text at 200 %"


def test_skip_link_leads_past_the_menu(visit: Any, portal: Portal) -> None:
    page = visit("gdpr", viewport=DESK)
    page.goto(f"{portal.url}/brud/")
    assert tab(page)["text"] == "Gå til indhold"
    assert page.locator(".skip").bounding_box()["y"] >= 0, "seen when it has the focus"
    page.keyboard.press("Enter")
    at = tab(page)
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)"), at


def test_report_by_keyboard_alone(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder", viewport=DESK)
    page.goto(f"{portal.url}/")
    tab_to(page, lambda at: at["text"] == "Meld et brud")
    page.keyboard.press("Enter")
    page.wait_for_url("**/brud/meld/")
    tab_to(page, lambda at: at["name"] == "kind")
    page.keyboard.press("ArrowDown")
    tab_to(page, lambda at: at["name"] == "description")
    page.keyboard.type("Skrevet uden mus.")
    tab_to(page, lambda at: at["name"] == "noticed_on")
    tab_to(page, lambda at: at["name"] == "noticed_time")
    tab_to(page, lambda at: at["name"] == "involves_personal_data")
    page.keyboard.press("Space")
    tab_to(page, lambda at: at["name"] == "files")
    tab_to(page, lambda at: at["text"].startswith("Fortæl mere"))
    page.keyboard.press("Enter")
    assert tab(page)["name"] == "where_text"
    tab_to(page, lambda at: at["name"] == "is_anonymous")
    tab_to(page, lambda at: at["id"] == "send")
    page.keyboard.press("Enter")
    receipt_number(page)
    assert page.evaluate("document.activeElement.tagName") == "H1", "the receipt is read out first"


def test_return_in_a_short_field_does_not_send(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder")
    page.goto(f"{portal.url}/brud/meld/")
    page.get_by_text("Fortæl mere").click()
    page.get_by_label("Hvor skete det?").fill("Gangen")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.locator(".error-list").count() == 0
    assert page.get_by_label("Hvor skete det?").input_value() == "Gangen"


def test_menu_opens_and_closes_by_keyboard(visit: Any, portal: Portal) -> None:
    page = visit("leder")
    page.goto(f"{portal.url}/")
    tab_to(page, lambda at: at["text"] == "Menu")
    page.keyboard.press("Enter")
    assert page.locator(".phone-menu .menu-panel").is_visible()
    tab_to(page, lambda at: at["text"] == "Min side")
    page.keyboard.press("Escape")
    assert page.locator(".phone-menu .menu-panel").is_hidden()
    assert page.evaluate("document.activeElement.textContent.trim()") == "Menu"


def test_nothing_moves_for_those_who_ask(visit: Any, portal: Portal) -> None:
    page = visit("gdpr", reduced_motion="reduce")
    for path in ("/brud/", "/brud/meld/"):
        page.goto(f"{portal.url}{path}")
        moving = page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((e) => { const s = getComputedStyle(e);
                 return parseFloat(s.transitionDuration) > 0 || parseFloat(s.animationDuration) > 0; }).length"""
        )
        assert moving == 0


def test_paper_holds_the_case_and_not_the_buttons(visit: Any, portal: Portal, hard_case: str) -> None:
    page = visit("gdpr", viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    page.goto(case_url(portal, hard_case))
    for hidden in (".topbar-actions", ".side", ".phone-menu", ".page-foot", ".in-page", "#skriv", ".skip"):
        assert page.locator(hidden).first.is_hidden(), hidden
    assert page.get_by_role("button").locator("visible=true").count() == 0
    assert page.locator(".clock").is_visible()
    assert page.locator("#fakta").is_visible()
    assert page.locator("#forloeb").is_visible()
    assert scrolls_sideways(page) == ""


def test_targets_are_large_enough_for_a_finger(visit: Any, portal: Portal) -> None:
    """44 px, but for links in running text."""
    page = visit("leder")
    for path in ("/", "/brud/?nulstil=1", "/brud/meld/", "/indbakke/"):
        page.goto(f"{portal.url}{path}")
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")]
              .filter((e) => e.checkVisibility() && !e.closest("p, .skip, .trap, .trail, .why, .error-list"))
              .map((e) => e.matches("[type=radio], [type=checkbox]") ? e.nextElementSibling : e)
              .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 120))"""
        )
        assert small == [], path
