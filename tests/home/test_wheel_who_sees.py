"""The annual wheel: who sees what, and what its address asks for."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client

from duties.models import Duty
from glostrup_isms.home.wheel.entries import Ring
from meetings.models import AgendaItem
from policy.enums import Confidentiality
from policy.models import Document
from roles.enums import Role
from tests.desk import Desk
from tests.factories import WholeTown, make_unit
from tests.home.wheel_page import get, only, page_of, titles, year_of
from tests.home.years import duty, meeting, template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────
SECRET = "kanarifugl"


@pytest.fixture
def planted(town: WholeTown) -> WholeTown:
    """A word for each thing that only some may read, in every way it can come into a wheel."""
    made = template(next_on=None, title="Årets gennemgang")
    for line, leader, unit in (("her", town.leader, town.home_care), ("der", town.school_leader, town.school)):
        fields: dict[str, Any] = {"holder": leader, "holder_unit": unit, "holder_role": Role.LEADER}
        duty(f"{SECRET}-aaben-{line}", **fields)
        duty(f"{SECRET}-diskret-{line}", is_discreet=True, **fields)
        duty(f"{SECRET}-fast-{line}", template=made, **fields)
    kept = duty(f"{SECRET}-skjult", holder_role=Role.GDPR_UNIT)
    kept.kept_from.set([town.gdpr])
    item = meeting(date(2026, 12, 8))
    AgendaItem.objects.create(meeting=item, position=1, title=f"{SECRET}-punkt", is_confidential=True)
    return town


READ = {  # besides those of everybody
    "leader": {"aaben-her", "diskret-her"},
    "acting_deputy": {"aaben-her", "diskret-her"},
    "centre_chief": {"aaben-her"},
    "other_leader": {"aaben-der", "diskret-der"},
    "director": {"aaben-her", "aaben-der", "skjult"},
    "gdpr_unit": {"aaben-her", "diskret-her", "aaben-der", "diskret-der"},  # not what is kept from her
    "it_coordinator": {"aaben-her", "aaben-der", "skjult"},
    "dpo": {"aaben-her", "aaben-der", "skjult"},
    "committee": {"aaben-her", "aaben-der", "skjult"},
}


def test_nobody_reads_anothers_duties_in_wheel_list_or_pdf(planted: WholeTown) -> None:
    from tests.home.test_wheel_pdf import text_of

    roles = [*planted.holders, "acting_deputy"]
    wrong = []
    for role in roles:
        if role == "acting_deputy":
            planted.leader_goes_away()
        person = planted.deputy if role == "acting_deputy" else planted.holders[role]
        text = unescape(get(person).content.decode())
        found = set(re.findall(rf"{SECRET}-([a-zæøå]+(?:-(?:her|der))?)", text))
        if found != READ.get(role, set()):
            wrong.append(f"{role}: {sorted(found)}")
        if role in READ or role in ("employee", "external"):
            client = Client()
            client.force_login(person)
            printed = text_of(client.get("/aarshjul/aarshjul.pdf").content).replace(" ", "")
            if set(re.findall(rf"{SECRET}-([a-zæøå]+-?(?:her|der)?)", printed)) - READ.get(role, set()):
                wrong.append(f"{role}, pdf")
    assert not wrong, "\n".join(wrong)


def test_fixed_duties_are_counted_within_what_one_sees(planted: WholeTown) -> None:
    """The leader of one unit learns nothing of how the other stands."""
    assert [entry.detail for entry in year_of(planted.health_chief).entries if "Årets" in entry.title] == [""]
    assert [entry.detail for entry in year_of(planted.director).entries if "Årets" in entry.title] == ["0 af 2 udført"]


def test_employee_sees_the_years_duties_of_employees_alone(town: WholeTown) -> None:
    template("For ledere", first_on=date(2027, 2, 16))
    template("For alle", role=Role.EMPLOYEE, first_on=date(2027, 3, 16))
    assert titles(year_of(town.employee, 2027)) == ["For alle"]
    assert titles(year_of(town.leader, 2027)) == ["For ledere", "For alle"]


def test_meetings_are_for_those_who_follow_the_work(town: WholeTown) -> None:
    meeting(date(2026, 12, 8))
    seen = {name for name, person in town.holders.items() if year_of(person).entries}
    assert not seen & {"employee", "leader", "external", "without_role"}
    assert {"committee", "director", "gdpr_unit", "secretariat"} <= seen


def test_confidential_document_is_not_told_of(desk: Desk) -> None:
    desk.in_force(desk.make(title="Hemmelig plan", confidentiality=Confidentiality.CONFIDENTIAL))
    Duty.objects.all().delete()  # of its hearing
    Document.objects.update(next_review_on=date(2026, 12, 1))
    assert year_of(desk.town.employee).entries == []
    assert "Hemmelig plan" in only(year_of(desk.town.gdpr)).title


# ── What the address asks for ────────────────────────────────────────────────────────────────────
def test_ring_unit_and_mine_narrow_the_year(town: WholeTown) -> None:
    below = make_unit("Team Syd", town.home_care)
    duty("I enheden", holder_role=Role.LEADER, holder_unit=town.home_care)
    duty("Under den", holder_role=Role.LEADER, holder_unit=below)
    duty("Skolens", holder_role=Role.LEADER, holder_unit=town.school)
    duty("It's", holder_role=Role.IT_CHIEF)
    duty("Min egen", holder=town.gdpr)
    meeting(date(2026, 12, 8))
    assert len(titles(year_of(town.gdpr))) == 6
    assert set(titles(year_of(town.gdpr, unit=town.home_care))) == {"I enheden", "Under den"}
    assert titles(year_of(town.gdpr, ring=Ring.IT)) == ["It's"]
    assert titles(year_of(town.gdpr, is_mine=True)) == ["Min egen"]
    assert titles(year_of(town.gdpr, ring=Ring.EVERYBODY)) == ["Min egen"]
    assert titles(year_of(town.gdpr, unit=town.school, ring=Ring.IT)) == []


def test_unit_shows_what_its_people_will_be_asked(town: WholeTown) -> None:
    template("Ledere overalt", first_on=date(2027, 2, 15))
    template("Ledere i sundhed", first_on=date(2027, 2, 16), unit=town.health)
    template("Ledere på skolen", first_on=date(2027, 2, 17), unit=town.school)
    template("It", role=Role.IT_CHIEF, first_on=date(2027, 2, 18))
    assert titles(year_of(town.gdpr, 2027, unit=town.home_care)) == ["Ledere overalt", "Ledere i sundhed"]
    assert titles(year_of(town.gdpr, 2027, unit=town.health)) == ["Ledere overalt", "Ledere i sundhed"]
    assert titles(year_of(town.leader, 2027, is_mine=True)) == ["Ledere overalt", "Ledere i sundhed"]
    assert len(titles(year_of(town.gdpr, 2027))) == 4


def test_what_is_set_is_shown_and_can_be_cleared(town: WholeTown) -> None:
    page = page_of(town.gdpr, f"?aar=2027&rolle=ledere&enhed={town.health.pk}&mine=ja")
    chips = page.select(".list-chip")
    assert [chip.get_text(" ", strip=True).partition(" ryd")[0] for chip in chips] == [
        "Hvem: Ledere", "Enhed og enhederne under den: Center for Sundhed", "Kun mine: ja",
    ]  # fmt: skip
    assert chips[0]["href"] == f"?aar=2027&enhed={town.health.pk}&mine=ja"
    assert page.select_one("a[rel=prev]")["href"] == f"?aar=2026&rolle=ledere&enhed={town.health.pk}&mine=ja"
    assert page.select_one("h1").get_text() == "Årshjul 2027"
    assert page.select_one("option[selected]").get_text() == "Ledere"


@pytest.mark.parametrize(
    "query",
    ["?aar=abc", "?aar=1", "?aar=99999", "?aar=2026.5", "?rolle=findes-ikke", "?enhed=999999", "?enhed=%00",
     "?enhed=99999999999999999999999", "?mine=måske", "?aar=%C0%80", "?rolle=leder%0A"],
)  # fmt: skip
def test_what_makes_no_sense_is_put_aside_and_said_so(town: WholeTown, query: str) -> None:
    page = page_of(town.gdpr, query)
    assert page.select_one("h1").get_text() == "Årshjul 2026"
    assert "ser bort fra" in page.select_one(".alert").get_text()
    assert not page.select(".list-chip")


def test_unit_that_one_may_not_see_cannot_be_asked_for(town: WholeTown) -> None:
    page = page_of(town.holders["external"], f"?enhed={town.school.pk}")
    assert "ser bort fra" in page.select_one(".alert").get_text()
    assert "Skovskolen" not in page.get_text()


def test_years_go_no_further_than_there_is_sense_in(town: WholeTown) -> None:
    first, last = page_of(town.gdpr, "?aar=2016"), page_of(town.gdpr, "?aar=2031")
    assert [one.get_text(strip=True) for one in first.select(".wheel-years a")] == ["2017›", "I år"]
    assert [one.get_text(strip=True) for one in last.select(".wheel-years a")] == ["‹2030", "I år"]
