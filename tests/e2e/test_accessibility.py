"""axe finds nothing on any page: every role, phone and desk, light and dark, also where something is wrong."""

from typing import Any

import pytest

from tests.e2e.steps import DESK, PHONE, case_url, fill_report, open_report, receipt_number, report, send
from tests.services import ROOT, Portal

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
RUN = """rules => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then((found) =>
  found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.html.slice(0, 200)}`)))
"""
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # all that a colour scheme changes
VIEWS = ((PHONE, "light", EVERYTHING), (PHONE, "dark", COLOURS), (DESK, "dark", EVERYTHING), (DESK, "light", COLOURS))


def check(page: Any, where: str) -> None:
    page.wait_for_load_state()
    page.evaluate(AXE)
    for size, scheme, rules in VIEWS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = page.evaluate(RUN, rules)
        assert not found, f"{where}, {size['width']} px, {scheme}:\n" + "\n".join(found)


def unfold(page: Any) -> None:
    page.evaluate("for (const fold of document.querySelectorAll('details.fold')) fold.open = true")


def test_guest_pages(visit: Any, portal: Portal) -> None:
    page = visit()
    for path in ("/", "/log-ind/", "/brud/meld/", "/brud/opfoelgning/", "/findes-ikke/"):
        page.goto(f"{portal.url}{path}")
        check(page, path)
    page.goto(f"{portal.url}/log-ind/")
    page.get_by_label("Brugernavn").fill("findes-ikke")
    page.get_by_label("Adgangskode").fill("forkert")
    page.get_by_role("main").get_by_role("button", name="Log ind", exact=True).click()
    page.locator(".error-list").wait_for()
    check(page, "refused sign-in")


def test_report_and_its_answers(visit: Any, portal: Portal) -> None:
    page = visit()
    page.goto(f"{portal.url}/brud/meld/")
    page.locator("#send").click()
    page.locator(".error-list").wait_for()
    check(page, "report with errors")

    fill_report(page, "Et brev til 070761-4285 er væk.")
    page.locator(".cpr-hint").wait_for()
    page.get_by_label("Hvilken enhed hører det til?").press_sequentially("hjemmeplejen", delay=10)
    page.get_by_text("Hjemmeplejen Nord").click()
    unfold(page)
    check(page, "report filled, with the CPR hint")

    page.locator("#send").click()
    page.locator("#cpr-found").wait_for()
    check(page, "report with the CPR question")
    page.get_by_role("button", name="Skjul cifrene og send").click()
    receipt_number(page)
    check(page, "receipt with code")

    code = page.locator("#receipt-code").inner_text()
    page.goto(f"{portal.url}/brud/opfoelgning/")
    page.get_by_role("button", name="Åbn sagen").click()
    page.locator(".error-list").wait_for()
    check(page, "follow-up without a code")
    page.get_by_label("Kode fra din kvittering").fill(code)
    page.get_by_role("button", name="Åbn sagen").click()
    page.get_by_label("Din tekst").wait_for()
    check(page, "follow-up case")
    page.get_by_role("button", name="Send").click()
    page.locator(".error-list").wait_for()
    check(page, "follow-up case with an error")


def test_employee_pages(visit: Any, portal: Portal) -> None:
    page = visit("medarbejder")
    open_report(page, portal, "Kladden hentes igen.")
    page.locator("#saved", has_text="Gemt").wait_for()
    page.reload()
    page.locator("#draft-notice").wait_for()
    check(page, "report with a draft")
    number = send(page)
    check(page, "receipt of an employee")
    for path in ("/", "/indbakke/", "/min-profil/", f"/brud/{number}/", "/brud/"):
        page.goto(f"{portal.url}{path}")
        check(page, f"{path} of an employee")
    refused = page.goto(f"{portal.url}/drift/")
    assert refused.status == 404
    check(page, "404 signed in")


@pytest.mark.parametrize("username", ["leder", "gdpr"])
def test_caseworker_pages(visit: Any, portal: Portal, username: str) -> None:
    number = report(visit("medarbejder"), portal, "Set af sagsbehandleren.")
    page = visit(username)
    for path in ("/", "/indbakke/", "/brud/?nulstil=1", "/brud/?q=findesslet-ikke", f"/brud/{number}/"):
        page.goto(f"{portal.url}{path}")
        check(page, f"{path} of {username}")
    page.set_viewport_size(PHONE)
    page.locator(".phone-menu summary").click()
    page.locator("#skriv").get_by_role("button", name="Gem som intern note").click()
    page.locator(".error-list").wait_for()
    check(page, f"case with an error, of {username}")


def test_list_with_everything_open(visit: Any, portal: Portal) -> None:
    page = visit("gdpr")
    page.goto(f"{portal.url}/brud/?aaben=ja&tilstand=triage")
    page.locator(".list-more summary").click()
    for menu in page.locator(".list-menu > summary").all():
        menu.click()
    check(page, "list, filtered, with its menus")


def test_case_in_the_gdpr_units_hands(visit: Any, portal: Portal) -> None:
    page = visit("gdpr")
    page.goto(case_url(portal, "2026-0012"))
    unfold(page)
    check(page, "case over its time, all open")
    page.get_by_role("link", name="Er det et brud på persondatasikkerheden?").click()
    check(page, "verdict")
    page.get_by_role("button", name="Gem vurderingen").click()
    page.locator(".error-list").wait_for()
    check(page, "verdict with errors")


def test_operators_page(visit: Any, portal: Portal) -> None:
    page = visit("itdrift")
    for path in ("/", "/drift/", "/drift/job/", "/drift/post/"):
        page.goto(f"{portal.url}{path}")
        check(page, f"{path} of an operator")


def test_refused_page(visit: Any, portal: Portal) -> None:
    """403: a step that the leader may see, and not take."""
    number = report(visit("medarbejder"), portal, "Lederen må ikke afgøre.")
    page = visit("leder")
    page.goto(case_url(portal, number))
    page.evaluate(
        """() => { const form = document.querySelector('form[action$="/modtaget/"]');
             form.action = form.action.replace("modtaget", "trin"); form.requestSubmit(); }"""
    )
    page.get_by_role("heading", name="Det har du ikke adgang til").wait_for()
    check(page, "403")
