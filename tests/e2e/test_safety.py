"""What strangers write never becomes code, nothing is fetched from elsewhere, and the first visit is light."""

import csv
import io
from typing import Any

import pytest

from tests.e2e.steps import PICTURE, case_url, receipt_number, send
from tests.services import Portal

HIT = "window.__hit=1;alert(1)"
PAYLOADS = {
    "description": f"\"><script>{HIT}</script><img src=x onerror='{HIT}'> {{{{7*7}}}} koriander",
    "where_text": f"<svg/onload={HIT}>",
    "system_text": f"' autofocus onfocus={HIT} x='",
    "persons_count_text": '=HYPERLINK("javascript:alert(1)";"2")',
    "measures_text": f"</textarea></script><iframe srcdoc='<script>parent.{HIT}</script>'></iframe>",
    "leader_text": f"<a href='javascript:{HIT}'>klik</a>",
}
FILE_NAME = '"><img src=x onerror=alert(1)>.png'


def assert_harmless(page: Any) -> None:
    page.wait_for_timeout(100)
    assert page.evaluate("window.__hit") is None
    assert page.locator("img[src=x], iframe, [onload], [onerror], [onfocus], a[href^=javascript]").count() == 0


def test_written_code_is_text_everywhere(visit: Any, portal: Portal) -> None:
    reporter, leader, gdpr = visit("medarbejder"), visit("leder"), visit("gdpr")
    reporter.goto(f"{portal.url}/brud/meld/")
    for fold in reporter.locator("details.fold > summary").all():
        fold.click()
    for name, text in PAYLOADS.items():
        reporter.locator(f"[name={name}]").fill(text)
    reporter.locator("[name=involves_personal_data][value=yes] + label").click()
    reporter.get_by_label("Billeder eller filer").set_input_files(
        [{"name": FILE_NAME, "mimeType": "image/png", "buffer": PICTURE}]
    )
    assert_harmless(reporter)
    reporter.locator("#saved", has_text="Gemt").wait_for()
    reporter.reload()  # the draft brings it back
    assert_harmless(reporter)
    reporter.get_by_label("Billeder eller filer").set_input_files(
        [{"name": FILE_NAME, "mimeType": "image/png", "buffer": PICTURE}]
    )
    number = send(reporter)
    assert_harmless(reporter)

    reporter.goto(case_url(portal, number))
    assert_harmless(reporter)
    reporter.get_by_label("Din tekst").fill(PAYLOADS["description"])
    reporter.get_by_role("button", name="Send").click()
    assert_harmless(reporter)
    for page in (leader, gdpr):
        for path in (f"/brud/{number}/", "/", "/indbakke/", "/brud/?q=koriander"):
            page.goto(f"{portal.url}{path}")
            assert_harmless(page)
    assert "onerror" in gdpr.locator("[data-list] tbody").inner_text(), "shown as written"
    gdpr.goto(f"{portal.url}/brud/?q={PAYLOADS['where_text']}")
    assert_harmless(gdpr)
    gdpr.goto(case_url(portal, number))
    assert "onload=" in gdpr.locator("#fakta").inner_text()
    address = gdpr.locator("#filer a").get_attribute("href")
    answer = gdpr.request.get(f"{portal.url}{address}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_exported_cells_are_not_formulas(visit: Any, portal: Portal) -> None:
    reporter, gdpr = visit("medarbejder"), visit("gdpr")
    reporter.goto(f"{portal.url}/brud/meld/")
    reporter.get_by_label("Hvad er der sket, eller hvad kan ske?").fill("=cmd|'/c calc'!A1 merian")
    reporter.locator("[name=involves_personal_data][value=no] + label").click()
    send(reporter)
    gdpr.goto(f"{portal.url}/brud/?q=merian")
    gdpr.get_by_text("Hent som fil").click()
    link = next(a for a in gdpr.locator("a[download]").all() if "csv" in a.get_attribute("href"))
    answer = gdpr.request.get(
        f"{portal.url}{link.get_attribute('href')}"
        if link.get_attribute("href").startswith("/")
        else f"{portal.url}/brud/{link.get_attribute('href')}"
    )
    rows = list(csv.reader(io.StringIO(answer.text().lstrip("\ufeff")), delimiter=";"))
    cells = [cell for row in rows for cell in row if "merian" in cell]
    assert cells
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


def test_guest_fields_are_text_too(visit: Any, portal: Portal) -> None:
    guest, gdpr = visit(), visit("gdpr")
    guest.goto(f"{portal.url}/brud/meld/")
    guest.get_by_label("Hvad er der sket, eller hvad kan ske?").fill(PAYLOADS["description"])
    guest.locator("[name=involves_personal_data][value=unknown] + label").click()
    for name in ("reporter_name", "reporter_contact", "unit_search"):
        guest.locator(f"[name={name}]").fill(f"<img src=x onerror={HIT}>")
    guest.wait_for_timeout(600)  # the unit search has answered
    assert_harmless(guest)
    guest.locator("#send").click()
    gdpr.goto(case_url(portal, receipt_number(guest)))
    assert_harmless(gdpr)


@pytest.mark.parametrize("path", ["/", "/brud/meld/"])
def test_first_visit_is_light(visit: Any, portal: Portal, path: str) -> None:
    page = visit()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{portal.url}{path}", wait_until="networkidle")
    assert len(sizes) > 4
    assert sum(sizes) <= 250_000, f"{sum(sizes):.0f} bytes"


def test_policy_forbids_what_is_not_ours(visit: Any, portal: Portal) -> None:
    page = visit()
    answer = page.goto(f"{portal.url}/brud/meld/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
