"""The annual wheel as a page: the drawing, the list beside it, and what it costs."""

import re
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duties.enums import Recurrence, State
from duties.models import Duty
from glostrup_isms.home.wheel import entries
from glostrup_isms.home.wheel.entries import Standing
from glostrup_isms.kit.dates import MONTHS
from meetings.enums import MeetingState
from roles.enums import Role
from tests.factories import WholeTown, appoint, make_unit, make_user
from tests.home.wheel_page import get, page_of, titles, year_of
from tests.home.years import NOW, duties_of, duty, meeting, template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


# ── How it is drawn ──────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def full(town: WholeTown) -> WholeTown:
    """Something in every ring and every state, some of it on the same day."""
    for number, role in enumerate(Role):
        made = template(f"Fast {role.label}", role=role, recurrence=Recurrence.QUARTERLY, next_on=None)
        days = [date(2026, month, 3 + number) for month in (2, 5, 8, 11)]
        duties_of(made, days, [town.gdpr, town.leader])
        Duty.objects.filter(template=made, due_on__month__lte=5 if number % 2 else 8).update(
            state=State.DONE, done_at=NOW
        )
        template(f"Kommer {role.label}", role=role, first_on=date(2026, 12, 1 + number))
    duty("Bortfaldet", due_on=date(2026, 3, 3), holder=town.gdpr, state=State.DROPPED)
    duty("Snart", holder=town.gdpr)
    meeting(date(2026, 12, 8), state=MeetingState.CALLED)
    return town


def test_every_mark_has_a_name_a_place_to_go_and_its_line_in_the_list(full: WholeTown) -> None:
    page = page_of(full.gdpr)
    assert len(page.select("ol.wheel-rings > li")) == 7
    ids = {one["id"] for one in page.select("[id]")}
    lines = page.select(".wheel-lines > li")
    marks = page.select("a.wheel-mark")
    for mark in marks:
        assert mark.title.get_text() == mark["aria-label"] != ""
        if mark["href"].startswith("#"):
            assert mark["href"][1:] in ids
        else:
            assert mark["href"] in {line.a["href"] for line in lines}
    counts = [int(one.get_text()) for one in page.select(".wheel-counts .wheel-number")]
    assert len(marks) - len(counts) + sum(counts) == len(lines) == len(year_of(full.gdpr).entries)
    cells = [int(one.get_text()) for one in page.select(".wheel-cells .wheel-number")]
    alone = len(page.select(".wheel-cells > g")) - len(cells)
    assert sum(cells) + alone == len(lines)
    months = [one["href"] for one in page.select("a.wheel-month")]
    assert months == [f"#maaned-{number}" for number in range(1, 13)]
    assert {one[1:] for one in months} <= ids
    assert all("style" not in one.attrs for one in page.select("*"))


@pytest.mark.parametrize("role", ["gdpr_unit", "leader", "centre_chief", "employee", "committee", "external", "dpo"])
def test_every_line_leads_to_a_page_that_the_reader_may_open(full: WholeTown, role: str) -> None:
    duty("Lederens", holder=full.leader, holder_role=Role.LEADER, holder_unit=full.home_care)
    duty("Medarbejderens", holder=full.employee)
    client = Client()
    client.force_login(full.holders[role])
    page = BeautifulSoup(client.get("/aarshjul/").content, "html.parser")
    links = {line.a["href"] for line in page.select(".wheel-lines > li")}
    assert links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_marks_come_in_order_of_their_days(full: WholeTown) -> None:
    page = page_of(full.gdpr)
    days = []
    for mark in page.select("a.wheel-mark"):
        day, month = re.match(r"(\d+)\.(?:–\d+\.)? ([a-z]+):", mark["aria-label"]).groups()
        days.append((MONTHS.index(month), int(day)))
    assert days == sorted(days)
    assert len(days) > 40


def test_state_is_told_by_shape_and_word(full: WholeTown) -> None:
    page = page_of(full.gdpr)
    shapes = {one["id"] for one in page.select("defs > g")}
    assert shapes == {f"maerke-{one.value}" for one in Standing}
    assert {one["href"][1:] for one in page.select("use")} <= shapes
    legend = [one.get_text(strip=True) for one in page.select(".wheel-legend > li")]
    assert legend[: len(Standing)] == [one.label for one in Standing]
    for line in page.select(".wheel-lines > li"):
        assert line.select_one(".status").get_text(strip=True)


def test_numbers_of_the_drawing_are_written_with_a_point(full: WholeTown) -> None:
    svg = page_of(full.gdpr).select_one("svg.wheel")
    for one in svg.select("[d], [transform], [y]"):
        for name in ("d", "transform", "y", "x"):
            assert "," not in one.get(name, "")
    assert svg.select_one("title").get_text() == "Årshjul 2026"
    assert "punkter i 2026" in svg.select_one("desc").get_text()


def lines_in(page: BeautifulSoup, month: int) -> list[Any]:
    return page.select_one(f"#maaned-{month}").parent.select(".wheel-lines > li")


def test_fixed_duty_that_comes_often_is_one_line_of_its_month(town: WholeTown) -> None:
    """Of those alike nothing more is said; the drawing has a mark for each."""
    made = template("Se logger igennem", recurrence=Recurrence.WEEKLY, first_on=date(2027, 3, 5), role=Role.IT_CHIEF)
    template("Andet", first_on=date(2027, 3, 12), role=Role.IT_CHIEF)
    page = page_of(town.gdpr, "?aar=2027")
    line, other = lines_in(page, 3)
    assert line.a["href"] == made.get_absolute_url()
    assert line.select_one(".wheel-who").get_text() == "It-chef · 4 gange: 5., 12., 19. og 30."  # after Easter
    assert line.select_one(".status").get_text(strip=True) == "Planlagt"
    assert not line.details
    assert other.select_one(".wheel-who").get_text() == "It-chef"
    ids = [one["id"] for one in page.select("[id^=punkt-]")]
    assert sorted(ids) == sorted(f"punkt-{number}" for number in range(1, len(year_of(town.gdpr, 2027).entries) + 1))
    assert {one["href"][1:] for one in page.select("a.wheel-mark[href^='#']")} <= set(ids)


def test_folded_line_tells_the_worst_and_leads_to_each(town: WholeTown) -> None:
    made = template("Se logger igennem", next_on=None, role=Role.IT_CHIEF)
    days = [date(2026, 11, day) for day in (5, 12, 19, 26)]
    duties = [duty(holder_role=Role.IT_CHIEF, template=made, due_on=day) for day in days]
    Duty.objects.filter(pk__in=[duties[0].pk, duties[2].pk]).update(state=State.DONE, done_at=NOW)
    (line,) = lines_in(page_of(town.holders["it_chief"]), 11)
    assert line.a["href"] == duties[1].get_absolute_url()
    assert "4 gange: 5., 12., 19. og 26." in line.get_text()
    assert line.select_one(".status").get_text(strip=True) == "Over fristen"
    each = [(one.a["href"], one.get_text(strip=True)) for one in line.select("details li")]
    assert each == [
        (duties[0].get_absolute_url(), "5. november 2026: Udført"),
        (duties[1].get_absolute_url(), "12. november 2026: Over fristen"),
        (duties[2].get_absolute_url(), "19. november 2026: Udført"),
        (duties[3].get_absolute_url(), "26. november 2026: Fristen er nær"),
    ]


def test_today_is_drawn_in_this_year_alone(full: WholeTown) -> None:
    assert page_of(full.gdpr).select(".wheel-today")
    assert not page_of(full.gdpr, "?aar=2027").select(".wheel-today, .wheel-elapsed")
    past = page_of(full.gdpr, "?aar=2025")
    assert not past.select(".wheel-today")


def test_only_rings_with_entries_are_drawn(town: WholeTown) -> None:
    duty("Alene", holder=town.employee)
    page = page_of(town.employee)
    assert [one.get_text(strip=True) for one in page.select("ol.wheel-rings > li")] == ["1Alle"]
    assert len(page.select(".wheel-ring")) == 1
    assert page.select_one(".list-count").get_text() == "1 punkt"
    empty = page_of(town.teacher)
    assert not empty.select("svg.wheel")
    assert "Der er ingen punkter i 2026" in empty.select_one(".empty").get_text()


def test_what_people_wrote_is_only_text(town: WholeTown) -> None:
    evil = '"><script>alert(1)</script><a href="javascript:x'
    duty(evil, holder=town.employee)
    response = get(town.employee)
    assert b"<script>alert" not in response.content
    assert b'href="javascript:' not in response.content
    page = BeautifulSoup(response.content, "html.parser")
    assert evil in page.select_one("a.wheel-mark")["aria-label"]


def test_very_many_say_that_there_are_more(town: WholeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST", 3)
    for number in range(4):
        duty(f"Nr. {number}", holder=town.gdpr, state=State.DONE if number < 2 else State.OPEN)
    found = year_of(town.gdpr)
    assert set(titles(found)) == {"Nr. 0", "Nr. 2", "Nr. 3"}  # the open ones first
    assert found.has_more
    assert "end hjulet kan vise" in page_of(town.gdpr).get_text()
    Duty.objects.get(title="Nr. 0").delete()
    assert "end hjulet kan vise" not in page_of(town.gdpr).get_text()


ALARM = 3  # queries of the alarm that stands on every page of an operator


# ── How much it costs ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("query", ["", "?mine=ja", "?rolle=ledere", "?enhed=UNIT"])
@pytest.mark.parametrize("role", ["gdpr_unit", "it_coordinator", "leader", "employee", "director"])
def test_queries_are_few_and_the_same_for_ten_and_two_thousand(town: WholeTown, role: str, query: str) -> None:
    person, query = town.holders[role], query.replace("UNIT", str(town.health.pk))
    client = Client()
    client.force_login(person)
    made = [template(f"Fast {number}", next_on=date(2027, 1, 11)) for number in range(10)]
    for one in made:
        duties_of(one, [date(2026, 3, 2)], [town.leader], holder_unit=town.home_care)

    def count() -> int:
        client.get(f"/aarshjul/{query}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/aarshjul/{query}").status_code == 200
        return len([one for one in queries if "SAVEPOINT" not in one["sql"]])

    before = count()
    people = [make_user(f"person-{number}") for number in range(20)]
    for one in people[:3]:
        appoint(one, Role.LEADER, make_unit(f"Enhed {one.pk}", town.home_care))
    for one in made:
        duties_of(one, [date(2026, 4, day) for day in range(1, 11)], people, holder_unit=town.home_care)
    for number in range(5):
        meeting(date(2026, 12, 1 + number))
        duty(f"Alene {number}", holder=people[0], holder_unit=town.home_care)
    assert Duty.objects.count() > 2000
    assert count() == before
    assert before - (ALARM if role == "it_coordinator" else 0) <= 12
