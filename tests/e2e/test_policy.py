"""A new text goes from a file to everybody: read in, corrected, heard, recommended, decided, published, compared; each
as somebody who is here for the first time, on a phone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest

from tests.e2e.steps import PHONE, scrolls_sideways
from tests.e2e.test_accessibility import check, unfold
from tests.services import Portal

PASTED = """\
 Informationssikkerhedspolitik for Prøvekøbing

Formålet med politikken
Politikken beskytter borgernes oplysninger mod at blive set, ændret eller slettet af uved-
kommende, og den gælder, uanset om de står på papir eller i et it-
system.

Vi lægger vægt på tre ting:

\u2022 Fortrolighed, så oplysninger ikke bliver kendt af andre.
\u2022 Integritet, så oplysninger er rigtige, også når mange arbejder med dem, og når de bliver flyttet
fra ét system til et andet.
\u2022 Tilgængelighed, herunder:
o på telefonen
o på kontoret

Ansvar
\u2022 Kommunaldirektøren godkender retningslinjer og vejledninger.
\u2022 De enkelte systemejere godkender, at brugere får adgang, og at adgangen


\f

bliver lukket igen.
\u2022 Databeskyttelsesrådgiveren (DPO) rådgiver om ”det svære”.

Godkendt d. 29/3-2023.
"""


def go(page: Any, portal: Portal, path: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{portal.url}{path}")


def open_version(page: Any, portal: Portal, document: str, number: int) -> str:
    """From "Min side" by the menu and the list, as somebody new."""
    go(page, portal, "/")
    page.locator(".phone-menu summary").click()
    page.locator(".phone-menu").get_by_role("link", name="Dokumenter", exact=True).click()
    page.get_by_role("link", name=document, exact=True).click()
    page.get_by_role("link", name=re.compile(f"Udgave {number}:")).first.click()
    page.locator("#tekst").wait_for()
    return str(page.url)


def bring_in(page: Any, portal: Portal, name: str, content: bytes) -> None:
    """The file becomes the draft of the policy's next version, after a look at what was read."""
    go(page, portal, "/dokumenter/")
    page.get_by_role("link", name="Hent ind fra en fil").click()
    check(page, "import")
    page.set_viewport_size(PHONE)
    page.get_by_label("Hvad bliver det til?").select_option(label="Ny udgave af POL-001 Informationssikkerhedspolitik")
    page.get_by_label("Fil").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    page.get_by_role("button", name="Læs filen").click()
    page.get_by_role("heading", name="Ret forslaget, og gem").wait_for()
    assert not scrolls_sideways(page)
    check(page, "import, to be corrected")


def hear(page: Any, visit: Any, portal: Portal, url: str) -> None:
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Send i høring").click()
    page.get_by_text("GDPR-enheden", exact=True).click()  # not this time
    page.get_by_label("Svarfrist").fill((datetime.now(UTC) + timedelta(days=14)).date().isoformat())
    check(page, "hearing")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Send i høring").click()
    page.get_by_text("Teksten er sendt i høring.").wait_for()
    for who in ("dpo", "jurist"):
        asked = visit(who)
        go(asked, portal, "/")
        asked.get_by_role("link", name=re.compile("Svar på høring af POL-001")).first.click()
        asked.get_by_text("Nej, ingen bemærkninger").click()
        check(asked, f"hearing, {who}")
        asked.set_viewport_size(PHONE)
        asked.get_by_role("button", name="Send svar").click()
        asked.get_by_text("Tak for svaret.").wait_for()
    page.goto(url)
    page.get_by_role("button", name="Afslut høringen").click()
    page.get_by_role("button", name="Send til behandling").click()
    page.get_by_text("»Til behandling«", exact=False).first.wait_for()


def test_new_policy_goes_from_a_file_to_everybody(visit: Any, portal: Portal, tmp_path: Any) -> None:
    writer = visit("itsikkerhed")
    bring_in(writer, portal, "politik.txt", PASTED.encode())
    text = writer.get_by_label("Tekst", exact=True).input_value()
    assert (
        "- Integritet, så oplysninger er rigtige, også når mange arbejder med dem, og når de bliver flyttet fra ét"
        in text
    )
    assert "at adgangen bliver lukket igen." in text
    writer.set_viewport_size(PHONE)
    writer.get_by_label("Titel").fill("Informationssikkerhedspolitik")
    row = writer.locator(".binding", has_text="Databeskyttelsesrådgiveren (DPO) rådgiver")
    row.get_by_label("Gælder for").fill("Databeskyttelsesrådgiver (DPO), Jurist")
    writer.get_by_role("button", name="Gem som kladde").click()
    writer.get_by_text("Teksten er hentet ind som en kladde.").wait_for()
    writer.get_by_text("Gælder for: Databeskyttelsesrådgiver (DPO), Jurist").wait_for()
    url = str(writer.url)
    hear(writer, visit, portal, url)

    member = visit("udvalg")
    member.goto(url)
    member.get_by_role("link", name="Skriv anbefalingen ind").click()
    check(member, "recommendation")
    member.set_viewport_size(PHONE)
    member.get_by_role("button", name="Gem anbefalingen").click()
    member.get_by_text("Anbefalingen er skrevet ind.").wait_for()

    secretary = visit("sekretariat")
    go(secretary, portal, "/")
    secretary.get_by_role("link", name=re.compile("Beslut: POL-001")).first.click()
    secretary.get_by_role("link", name="Skriv beslutningen ind").click()
    secretary.get_by_role("button", name="Gem beslutningen").click()
    secretary.locator(".error-list").wait_for()  # the council's case is missing
    check(secretary, "decision with an error")
    secretary.set_viewport_size(PHONE)
    secretary.get_by_label("Sagsnummer eller dagsordenspunkt").fill("Sag 2026-0815, punkt 4")
    minutes = {"name": "referat.txt", "mimeType": "text/plain", "buffer": "Godkendt, æøå.".encode()}
    secretary.get_by_label("Referat eller dagsorden").set_input_files(minutes)
    secretary.get_by_role("button", name="Gem beslutningen").click()
    secretary.get_by_text("Beslutningen er skrevet ind.").wait_for()
    unfold(secretary)
    check(secretary, "version in force")

    guest = visit()
    go(guest, portal, "/")
    guest.get_by_role("link", name="Læs politikken").click()
    guest.get_by_text("Godkendt af Kommunalbestyrelsen").wait_for()
    guest.get_by_text("Databeskyttelsesrådgiveren (DPO) rådgiver om ”det svære”.").wait_for()
    assert not scrolls_sideways(guest)
    assert not guest.context.cookies()
    check(guest, "the policy")
    answer = guest.request.get(f"{portal.url}/politik/politik.pdf")
    paper = tmp_path / "politik.pdf"
    paper.write_bytes(answer.body())
    words = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(paper).pages).split())
    assert "rådgiver om ”det svære”." in words
    guest.set_viewport_size(PHONE)
    guest.get_by_role("link", name="Tidligere udgaver").click()
    check(guest, "archive")
    guest.set_viewport_size(PHONE)
    guest.get_by_role("link", name="Fra udgave 1 til udgave 2").click()
    guest.get_by_role("heading", level=1, name="Hvad er ændret fra udgave 1 til udgave 2?").wait_for()
    assert guest.locator("ins").count()
    assert not scrolls_sideways(guest)
    check(guest, "comparison")


def test_text_is_written_with_a_preview_and_kept_as_it_is_typed(visit: Any, portal: Portal) -> None:
    writer = visit("itsikkerhed")
    url = open_version(writer, portal, "SKA-001", 1)
    writer.get_by_role("link", name="Skriv i teksten").click()
    field = writer.get_by_label("Tekst", exact=True)
    field.focus()
    field.press("Control+End")
    field.press_sequentially("\n\n- Et nyt punkt om ")
    field.press("Control+b")
    field.press_sequentially("tilsyn")
    writer.locator("[data-editor-preview] strong", has_text="tilsyn").wait_for()
    writer.locator("[data-editor-saved]", has_text="Din kladde er gemt kl.").wait_for()
    assert not scrolls_sideways(writer)
    check(writer, "editor")

    other = visit("gdpr")  # saves first
    other.goto(f"{url}tekst/")
    theirs = other.get_by_label("Tekst", exact=True)
    theirs.fill(f"{theirs.input_value()}\n\nDen anden skrev dette.")
    other.get_by_role("button", name="Gem teksten").click()
    other.get_by_text("Teksten er gemt.").wait_for()

    writer.set_viewport_size(PHONE)
    writer.get_by_role("button", name="Gem teksten").click()
    writer.get_by_role("heading", name="To tekster på én gang").wait_for()
    writer.locator(".diff", has_text="Den anden skrev dette.").wait_for()
    mine = writer.get_by_label("Tekst", exact=True)
    assert "Et nyt punkt om **tilsyn" in mine.input_value()
    check(writer, "editor, two at once")
    writer.set_viewport_size(PHONE)
    mine.fill(f"{mine.input_value()}\n\nDen anden skrev dette.")
    writer.get_by_role("button", name="Gem teksten").click()
    writer.get_by_text("Teksten er gemt.").wait_for()
    writer.locator("#tekst", has_text="Den anden skrev dette.").wait_for()
    writer.locator("#tekst strong", has_text="tilsyn").wait_for()


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("itsikkerhed", "/dokumenter/"),
        ("itsikkerhed", "/dokumenter/nyt/"),
        ("itsikkerhed", "/dokumenter/han-001/"),
        ("itsikkerhed", "/dokumenter/han-001/udgaver/2/forloeb/"),
        ("itsikkerhed", "/dokumenter/han-001/udgaver/2/rettelser/"),
        ("itsikkerhed", "/dokumenter/ska-001/udgaver/1/punkter/"),
        ("itsikkerhed", "/dokumenter/ret-001/oplysninger/"),
        ("direktoer", "/dokumenter/reg-003/udgaver/1/beslutning/beslut/"),
        ("direktoer", "/dokumenter/godkendelsesveje/"),
        ("direktoer", "/dokumenter/godkendelsesveje/2/"),
        ("udvalg", "/dokumenter/reg-002/udgaver/1/beslutning/godkend-igen/"),
        ("udvalg", "/dokumenter/reg-002/udgaver/1/beslutning/skal-aendres/"),
        ("itsikkerhed", "/dokumenter/reg-002/gennemgang/"),  # with the owner's form
        ("direktoer", "/dokumenter/pol-001/gennemgang/"),
        ("medarbejder", "/dokumenter/"),
        ("medarbejder", "/dokumenter/han-001/udgaver/2/"),
        ("medarbejder", "/moeder/"),
        ("udvalg", "/moeder/informationssikkerhedsudvalget/"),
        ("", "/dokumenter/"),
        ("", "/dokumenter/reg-002/"),
        ("", "/politik/paa-dato/2024-01-01/"),
        ("", "/politik/indlejret/"),
    ],
)
def test_page_fits_a_phone_and_passes_axe(visit: Any, portal: Portal, username: str, path: str) -> None:
    page = visit(username)
    go(page, portal, path)
    assert not scrolls_sideways(page), path
    unfold(page)
    check(page, f"{username} {path}")
    page.set_viewport_size({"width": 320, "height": 800})
    assert not scrolls_sideways(page), f"{path} at 320 px"
