"""The annual wheel in a real browser: by keyboard, on a phone, on paper, in the dark; and the calendar's address."""

import re
from typing import Any

import pytest

from tests.e2e.steps import DESK, PHONE, scrolls_sideways, visitor
from tests.e2e.test_accessibility import check
from tests.e2e.test_reach import DOUBLE_TEXT, tab, tab_to
from tests.services import Portal

FILL = """
from datetime import timedelta
from duties.actions.year import fan_out
from duties.enums import Recurrence, Share
from duties.models import Duty, DutyTemplate
from roles.enums import Role
from roles.models import today
first = today().replace(month=1, day=5)
for number, role in enumerate(Role):
    for more in (0, 9):
        made, _ = DutyTemplate.objects.get_or_create(
            title=f"Prøveopgave {number}-{more}", role=role, share=Share.ROLE, recurrence=Recurrence.QUARTERLY,
            first_on=first + timedelta(days=number + more),
        )
        for day in made.days(made.first_on):
            if day.year > first.year or Duty.objects.filter(template=made, planned_on=day).exists():
                break
            fan_out(made, day)
Duty.objects.filter(template__title__startswith="Prøveopgave", due_on__lt=today() - timedelta(days=60)).update(
    state="done", done_at="2026-01-01T12:00:00Z"
)
"""


@pytest.fixture(scope="module", autouse=True)
def full_year(portal: Portal) -> None:
    """Something in every ring, in every state, on many days."""
    portal.manage("shell", "-v", "0", "-c", FILL)


def open_wheel(page: Any, portal: Portal, query: str = "") -> None:
    page.goto(f"{portal.url}/aarshjul/{query}")
    page.locator("svg.wheel").wait_for()


@pytest.mark.parametrize("username", ["gdpr", "leder", "medarbejder", "udvalg", "itsikkerhed"])
def test_axe_finds_nothing_on_the_wheel(visit: Any, portal: Portal, username: str) -> None:
    page = visit(username)
    open_wheel(page, portal)
    check(page, f"the wheel of {username}")


def test_axe_finds_nothing_on_other_years_filters_and_the_calendar(visit: Any, portal: Portal) -> None:
    page = visit("gdpr")
    for path in ("?rolle=ledere&mine=ja", "?aar=abc", "?rolle=it", "kalender/"):
        page.goto(f"{portal.url}/aarshjul/{path}")
        check(page, path)


def test_nothing_sticks_out_of_the_wheel(visit: Any, portal: Portal) -> None:
    page = visit("gdpr")
    for path in ("/aarshjul/", "/aarshjul/?rolle=ledere", "/aarshjul/kalender/"):
        page.goto(f"{portal.url}{path}")
        for width in (320, 390, 768, 1024, 1280, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert scrolls_sideways(page) == "", f"{path} at {width} px"
        page.set_viewport_size({"width": 640, "height": 900})
        page.evaluate(DOUBLE_TEXT)
        assert scrolls_sideways(page) == "", f"{path} with text at 200 %"


def test_keyboard_goes_through_the_marks_by_date(visit: Any, portal: Portal) -> None:
    page = visit("gdpr", viewport=DESK)
    open_wheel(page, portal)
    tab_to(page, lambda at: at["text"] == "Spring hjulet over")
    names = []
    for _ in range(40):
        tab(page)
        found = page.evaluate(
            """() => { const at = document.activeElement;
                 const ring = at.querySelector(".wheel-hit, .wheel-sector");
                 return { name: at.getAttribute("aria-label"), ring: ring && getComputedStyle(ring).stroke,
                          seen: at.getBoundingClientRect().width > 0 }; }"""
        )
        assert found["seen"], found
        assert found["ring"] not in (None, "none"), f"focus cannot be seen on {found}"
        lit = page.locator(".wheel-hit, .wheel-sector").evaluate_all(
            "(all) => all.filter((e) => getComputedStyle(e).stroke !== 'none').length"
        )
        assert lit == 1, "the focus alone is ringed"
        names.append(found["name"])
    months = [name.partition(":")[0] for name in names if re.match(r"[A-Z]", name)]
    assert months[:2] == ["Januar", "Februar"]
    january = names[1 : next(at for at, name in enumerate(names) if name.startswith("Februar:"))]
    days = [int(name.partition(".")[0]) for name in january]
    assert days == sorted(days) != []


def test_mark_leads_to_its_duty_and_a_month_to_its_list(visit: Any, portal: Portal) -> None:
    page = visit("gdpr", viewport=DESK)
    open_wheel(page, portal)
    page.locator("a.wheel-month").nth(4).focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#maaned-5")
    assert page.locator("#maaned-5").bounding_box()["y"] < DESK["height"]
    single = page.locator("a.wheel-mark[href^='/opgaver/']").first
    title = re.sub(r"^\d+\. \w+: ([^.]+)\..*", r"\1", single.get_attribute("aria-label"))
    link = page.locator(f"a[href='{single.get_attribute('href')}']")
    line = page.locator(".wheel-lines > li").filter(has=link).first  # one for the month, of a duty that comes often
    assert line.locator(".wheel-what").inner_text() == title


def test_skipping_the_wheel_leads_to_the_list(visit: Any, portal: Portal) -> None:
    page = visit("gdpr", viewport=DESK)
    open_wheel(page, portal)
    tab_to(page, lambda at: at["text"] == "Spring hjulet over")
    assert page.locator(".wheel-skip").bounding_box()["height"] > 20
    page.keyboard.press("Enter")
    tab(page)
    assert page.evaluate("document.querySelector('.wheel-list').contains(document.activeElement)")


def test_phone_gets_large_marks_and_months_to_press(visit: Any, portal: Portal) -> None:
    page = visit("gdpr", viewport=PHONE)
    open_wheel(page, portal)
    assert page.locator(".wheel-marks").first.is_hidden()
    assert page.locator(".wheel-cells").nth(1).is_visible()
    small = page.evaluate(
        """() => [...document.querySelectorAll(".wheel-month")].map((e) => e.getBoundingClientRect())
              .filter((box) => box.width < 44 || box.height < 44).length"""
    )
    assert small == 0
    overlaps = page.evaluate(
        """() => { const boxes = [...document.querySelectorAll(".wheel-cells > g > use")]
              .map((e) => e.getBoundingClientRect()).filter((box) => box.width);
            return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => {
              const dx = Math.min(a.right, b.right) - Math.max(a.left, b.left);
              const dy = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              return dx > 3 && dy > 3; })).length; }"""
    )
    assert overlaps == 0
    page.locator("a.wheel-month").nth(9).click(position={"x": 20, "y": 40}, force=True)
    assert page.url.endswith("#maaned-10")
    touch = page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main summary, main select")]
              .filter((e) => e.checkVisibility() && !e.closest("p, .skip, .trail, svg"))
              .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert touch == []


def test_paper_holds_the_wheel_and_the_list_and_not_the_buttons(visit: Any, portal: Portal) -> None:
    page = visit("gdpr", viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    open_wheel(page, portal)
    assert page.locator("svg.wheel").is_visible()
    assert page.locator(".wheel-marks").nth(1).is_visible()
    assert page.locator(".wheel-lines").first.is_visible()
    for hidden in (".wheel-bar", ".wheel-filters", ".wheel-jump", ".topbar-actions"):
        assert page.locator(hidden).first.is_hidden(), hidden
    assert page.get_by_role("button").locator("visible=true").count() == 0
    assert scrolls_sideways(page) == ""


def test_wheel_moves_for_nobody_and_needs_no_script(browser: Any, portal: Portal, visit: Any) -> None:
    page = visit("gdpr", viewport=DESK)
    open_wheel(page, portal)
    state = page.context.storage_state()
    with visitor(browser, storage_state=state, java_script_enabled=False, viewport=DESK) as plain:
        plain.goto(f"{portal.url}/aarshjul/")
        assert plain.locator("svg.wheel").is_visible()
        plain.get_by_label("Hvem", exact=True).select_option(label="Ledere")
        plain.get_by_role("button", name="Vis", exact=True).click()
        plain.get_by_text("Hvem: Ledere").wait_for()
        assert plain.locator(".wheel-ring").count() == 1
        plain.get_by_role("link", name=re.compile("20[0-9]{2}")).last.click()
        assert "rolle=ledere" in plain.url


def test_calendar_address_is_made_copied_replaced_and_closed(visit: Any, portal: Portal) -> None:
    page = visit("leder2")
    page.goto(f"{portal.url}/aarshjul/kalender/")
    page.get_by_role("button", name="Lav min adresse").click()
    address = page.locator("#kalender-adresse").inner_text().strip()
    assert re.fullmatch(rf"{re.escape(portal.url)}/aarshjul/kalender/[\w-]{{43}}\.ics", address)
    assert page.evaluate("document.activeElement.id") == "ny-adresse"
    assert scrolls_sideways(page) == ""
    check(page, "a new calendar address")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Kopiér adressen").click()
    page.get_by_text(re.compile("Adressen er (kopieret|markeret)")).wait_for()
    read = visit().request
    answer = read.get(address)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.text().startswith("BEGIN:VCALENDAR\r\n")

    page.goto(f"{portal.url}/aarshjul/kalender/")
    page.get_by_text("Lav en ny adresse").click()
    page.get_by_role("button", name="Ja, lav en ny").click()
    page.locator("#kalender-adresse").wait_for()
    assert read.get(address).status == 404
    page.get_by_text("Luk adressen", exact=True).click()
    page.get_by_role("button", name="Ja, luk adressen").click()
    page.get_by_text("Adressen er lukket.").wait_for()
    page.get_by_role("heading", name="Du har ingen adresse").wait_for()
