"""The committee's yearly meeting from an empty list of meetings: planned, filled, called, opened, a text approved that
comes into force, another approved again, somebody asked, closed, minuted and approved; each on a phone."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest

from tests.e2e.steps import PHONE, scrolls_sideways
from tests.e2e.test_accessibility import check, unfold
from tests.services import Portal

COMMITTEE = "/moeder/informationssikkerhedsudvalget/"
PROCEDURE = "Sådan låner vi bærbare ud"


def go(page: Any, portal: Portal, path: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(path if path.startswith("http") else f"{portal.url}{path}")


def press(page: Any, name: str | re.Pattern[str], said: str) -> None:
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name=name).first.click()
    page.get_by_text(said).first.wait_for()


def look(page: Any, where: str) -> None:
    """It fits, and axe finds nothing."""
    page.set_viewport_size(PHONE)
    assert not scrolls_sideways(page), where
    check(page, where)
    page.set_viewport_size(PHONE)


def send_text_to_the_committee(visit: Any, portal: Portal) -> None:
    """Procedures are decided by the committee alone; the writer sends one to it."""
    director = visit("direktoer")
    go(director, portal, "/dokumenter/godkendelsesveje/")
    director.get_by_role("link", name="Procedure").click()
    director.get_by_label("skal i høring først", exact=False).uncheck(force=True)
    director.get_by_label("anbefales af", exact=False).select_option("")
    director.get_by_label("besluttes af", exact=False).select_option("committee")
    director.get_by_label("kræver en erklæring", exact=False).uncheck(force=True)
    director.locator("form button[type=submit].button-primary").click()
    writer = visit("gdpr")
    go(writer, portal, "/dokumenter/nyt/")
    writer.get_by_label("Slags", exact=True).select_option("procedure")
    writer.get_by_label("Titel").fill(PROCEDURE)
    writer.get_by_label("Ejer").select_option("it_chief")
    writer.get_by_role("button", name="Opret dokumentet").click()
    if not writer.url.endswith("/tekst/"):
        writer.get_by_role("link", name="Skriv i teksten").click()
    writer.get_by_label("Tekst", exact=True).fill("## Formål\n\n- Den, der låner, skriver under.\n")
    writer.get_by_role("button", name="Gem teksten").click()
    press(writer, "Send til behandling", "»Til behandling«")


def empty_the_list(page: Any, portal: Portal) -> None:
    """The demo's own meetings to come are called off, with a reason."""
    go(page, portal, COMMITTEE)
    urls = page.locator("section[aria-labelledby=meetings-title] > ul a.thing").evaluate_all(
        "links => links.map((link) => link.href)"
    )
    for url in urls[: len(urls)]:
        go(page, portal, url)
        if page.locator(".status", has_text=re.compile("Under forberedelse|Til afstemning")).count():
            page.locator("summary", has_text=re.compile("Aflys|Stop behandlingen")).click()
            page.get_by_label("Begrundelse").first.fill("Vi begynder forfra.")
            press(page, re.compile("^Ja, (aflys mødet|stop behandlingen)$"), "Vi begynder forfra.")
    look(page, "cancelled meeting")
    go(page, portal, COMMITTEE)
    page.get_by_text("Der er ikke planlagt et møde.").wait_for()


def test_yearly_meeting_is_prepared_held_and_takes_effect(visit: Any, portal: Portal, tmp_path: Any) -> None:
    send_text_to_the_committee(visit, portal)
    secretary = visit("gdpr")
    empty_the_list(secretary, portal)
    look(secretary, "body without meetings")

    secretary.get_by_role("link", name="Planlæg et møde").click()
    secretary.get_by_role("button", name="Planlæg mødet").click()
    secretary.locator(".error-list").wait_for()
    look(secretary, "plan with errors")
    start = datetime.now(ZoneInfo("Europe/Copenhagen")) + timedelta(minutes=3)
    secretary.get_by_label("Dag").fill(start.date().isoformat())
    secretary.get_by_label("Begynder klokken").fill(start.strftime("%H:%M"))
    secretary.get_by_label("Slutter klokken").fill("23:59")
    secretary.get_by_label("Sted").fill("Rådhuset")
    press(secretary, "Planlæg mødet", "Mødet er planlagt, og dagsordenen er fyldt.")
    url = secretary.url.split("#")[0]
    points = secretary.locator(".points > li")
    assert points.filter(has_text=PROCEDURE).count() == 1
    assert points.filter(has_text="Årlig gennemgang").count() >= 1
    unfold(secretary)
    look(secretary, "agenda")

    secretary.get_by_role("link", name="Tilføj et punkt").click()
    secretary.get_by_label("Titel", exact=True).fill("Årets temadag")
    look(secretary, "new point")
    press(secretary, "Sæt på dagsordenen", "Punktet er sat på dagsordenen.")
    press(secretary, re.compile(r"^Op\b.*punkt 3$"), "Punktet er flyttet op.")
    press(secretary, "Indkald og send dagsordenen", "Medlemmerne har fået besked.")
    answer = secretary.request.get(f"{url}dagsorden.pdf")
    assert answer.status == 200
    (tmp_path / "pack.pdf").write_bytes(answer.body())
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "pack.pdf").pages)
    assert PROCEDURE in " ".join(words.split())
    assert "Den, der låner, skriver under." in " ".join(words.split())

    secretary.get_by_role("link", name="Åbn mødet").click()
    secretary.get_by_label(re.compile("Ivan Kærholt")).select_option("excused")
    look(secretary, "attendance")
    press(secretary, "Åbn mødet", "Mødet er i gang.")
    unfold(secretary)
    look(secretary, "minutes being written")

    chair = visit("direktoer")
    go(chair, portal, f"{url}hold/")
    decide(chair, PROCEDURE, "Godkendt", "Godkendt, som den er.")
    chair.locator(".points > li", has_text=PROCEDURE).get_by_role("link", name="Se det, punktet handler om").click()
    chair.get_by_text("Gældende").first.wait_for()  # it applies
    go(chair, portal, f"{url}hold/")
    due = chair.locator(".points > li", has_text="Årlig gennemgang: REG").first
    title = due.locator("h2").inner_text()
    decide(chair, title.partition(".")[2].strip(), "Godkendt igen uden ændringer", "Stadig rigtig.")

    go(secretary, portal, f"{url}hold/")
    day_out = secretary.locator(".points > li", has_text="Årets temadag")
    day_out.get_by_role("link", name=re.compile("Bed om en opfølgning")).click()
    secretary.get_by_label("Hvad skal der gøres?").fill("Lav et program til temadagen")
    secretary.locator("#id_person_search").press_sequentially("Sanne Vester", delay=10)
    secretary.get_by_text("Sanne Vestergård-Lund").click()
    secretary.get_by_label("Senest").fill((start + timedelta(days=30)).date().isoformat())
    look(secretary, "asking somebody")
    press(secretary, "Giv opgaven", "har fået opgaven.")
    asked = visit("systemejer")
    go(asked, portal, "/")
    asked.get_by_text("Lav et program til temadagen").first.wait_for()

    settle_the_rest(secretary, portal, url)
    go(secretary, portal, url)
    press(secretary, "Slut mødet", "Mødet er slut.")
    press(secretary, "Send udkastet til medlemmerne", "Medlemmerne har fået udkastet.")
    member = visit("udvalg")
    go(member, portal, f"{url}referat/")
    member.get_by_label("Din bemærkning").fill("Skriv, hvem der sagde det.")
    press(member, "Send bemærkningen", "Bemærkningen er modtaget.")
    look(member, "draft minutes")
    go(chair, portal, f"{url}referat/")
    press(chair, "Godkend referatet", "Referatet er godkendt.")
    go(chair, portal, f"{url}referat/")
    chair.get_by_text("Godkendt, som den er.").first.wait_for()
    look(chair, "approved minutes")
    assert chair.request.get(f"{url}referat.pdf").status == 200


def decide(page: Any, title: str, outcome: str, words: str) -> None:
    page.locator(".points > li", has_text=title).first.get_by_role("link", name=re.compile("Beslut punkt")).click()
    page.get_by_text(outcome, exact=True).click()
    page.locator("#id_words").fill(words)
    look(page, f"deciding on {title}")
    press(page, "Afslut punktet", "er afsluttet.")


def settle_the_rest(page: Any, portal: Portal, url: str) -> None:
    """Words on what needs no decision; the rest waits for the next meeting."""
    go(page, portal, f"{url}hold/")
    while (point := page.locator(".points > li:has(button[name=afslut])")).count():
        point.first.get_by_label("Referat").fill("Taget til efterretning.")
        point.first.locator("button[name=afslut]").click()
        page.get_by_text("er afsluttet.").first.wait_for()
        page.goto(f"{url}hold/")
    while (button := page.get_by_role("button", name=re.compile(r"^Udsæt\b.*punkt"))).count():
        button.first.click()
        page.get_by_text("Punktet er udsat til næste møde.").first.wait_for()
        page.goto(f"{url}hold/")


def test_members_vote_between_meetings(visit: Any, portal: Portal) -> None:
    secretary = visit("sekretariat")
    go(secretary, portal, COMMITTEE)
    secretary.get_by_role("link", name="Begynd en skriftlig behandling").click()
    look(secretary, "new written procedure")
    day = datetime.now(ZoneInfo("Europe/Copenhagen")).date() + timedelta(days=5)
    secretary.get_by_label("Stem senest").fill(day.isoformat())
    secretary.get_by_label("Klokken").fill("12:00")
    press(secretary, "Begynd", "Sæt nu punkterne på.")
    url = secretary.url.split("#")[0]
    secretary.get_by_role("link", name="Tilføj et punkt").click()
    secretary.get_by_label("Titel", exact=True).fill("Haster: lån af lokale")
    press(secretary, "Sæt på dagsordenen", "Punktet er sat på dagsordenen.")
    press(secretary, "Send til afstemning", "Medlemmerne har fået besked.")
    member = visit("udvalg")
    go(member, portal, url)
    member.get_by_text("For", exact=True).click()
    member.get_by_label("Bemærkning").fill("Fint.")
    look(member, "voting")
    press(member, re.compile("^Stem"), "Din stemme er modtaget.")
    other = visit("itchef")
    go(other, portal, url)
    press(other, re.compile("^Bed om et møde"), "Punktet kommer på næste mødes dagsorden.")


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("medarbejder", COMMITTEE),
        ("jurist", COMMITTEE),
        ("jurist", f"{COMMITTEE}moeder/"),
        ("direktoer", f"{COMMITTEE}indstillinger/"),
        ("gdpr", f"{COMMITTEE}nyt/"),
        ("itchef", "/moeder/digitaliserings-og-portefoeljeraadet/"),
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
