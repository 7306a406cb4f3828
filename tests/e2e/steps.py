"""What a person does in the portal, in a few words, for the browser tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.services import Portal

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
PICTURE = bytes.fromhex(  # a PNG of one pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
    "789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@contextmanager
def visitor(browser: Any, **choices: Any) -> Iterator[Any]:
    """A page of its own cookies and storage; phone-sized and Danish if nothing else is said."""
    settings = {"viewport": PHONE, "locale": "da-DK", "timezone_id": "Europe/Copenhagen", **choices}
    context = browser.new_context(**settings)
    context.set_default_timeout(15_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def sign_in(page: Any, portal: Portal, username: str) -> None:
    """By the demo's button, as anyone who tries the portal does."""
    page.goto(f"{portal.url}/log-ind/")
    page.locator(f"button[name=username][value={username}]").click()
    page.wait_for_url(f"{portal.url}/")


def open_report(page: Any, portal: Portal, text: str, *, data: str = "Ja") -> None:
    """The report page with the required answers given (the moment stands as it is: now)."""
    page.goto(f"{portal.url}/brud/meld/")
    fill_report(page, text, data=data)


def fill_report(page: Any, text: str, *, data: str = "Ja") -> None:
    page.get_by_label("Hvad er der sket, eller hvad kan ske?").fill(text)
    question = page.get_by_role("group", name="Handler det om oplysninger om mennesker?")
    question.get_by_text(data, exact=True).click()


def send(page: Any) -> str:
    """Press the button; the number of the case on the receipt."""
    page.locator("#send").click()
    return receipt_number(page)


def receipt_number(page: Any) -> str:
    return str(page.locator("[data-receipt] .lead .number").inner_text())


def report(page: Any, portal: Portal, text: str, *, data: str = "Ja") -> str:
    open_report(page, portal, text, data=data)
    return send(page)


def case_url(portal: Portal, number: str) -> str:
    return f"{portal.url}/brud/{number}/"


def count_of(caseworker: Any, portal: Portal, word: str) -> int:
    """How many cases hold this word, by the list of someone who sees them all."""
    caseworker.goto(f"{portal.url}/brud/?q={word}")
    return int(caseworker.locator("[data-list] tbody tr").count())


def draft_keys(page: Any) -> list[str]:
    return list(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('brud-kladde-'))"))


def scrolls_sideways(page: Any) -> str:
    """What sticks out at the right edge; nothing when the page fits."""
    page.wait_for_load_state()
    return str(
        page.evaluate(
            """() => {
              const wide = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= wide) return "";
              const out = [...document.querySelectorAll("body *")]
                .filter((e) => e.getBoundingClientRect().right > wide + 1);
              return `${document.documentElement.scrollWidth} of ${wide} px: ` +
                out.slice(-3).map((e) => e.outerHTML.slice(0, 120)).join(" | ");
            }"""
        )
    )
