"""The annual wheel: what stands in it, who sees what of it, how it stands, and what the address may ask for."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duties.enums import OnClosed, Recurrence, State
from duties.models import Duty
from glostrup_isms.home.wheel import entries
from glostrup_isms.home.wheel.entries import RINGS, Asked, Entry, Ring, Standing, Year, read_year
from glostrup_isms.kit.dates import MONTHS
from meetings.enums import BodyKind, MeetingState
from meetings.models import AgendaItem
from policy.enums import Confidentiality
from policy.models import Document
from roles.enums import Role
from roles.models import User
from tests.desk import Desk
from tests.factories import WholeTown, appoint, make_unit, make_user, make_whole_town
from tests.home.years import NOW, TODAY, duties_of, duty, meeting, moment, template

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town() -> WholeTown:
    return make_whole_town()


def fresh(person: User) -> User:
    """With the rights of this moment."""
    return User.objects.get(pk=person.pk)


def year_of(person: User, year: int = 2026, **asked: Any) -> Year:
    return read_year(Asked(fresh(person), year, **asked))


def titles(found: Year) -> list[str]:
    return [entry.title for entry in found.entries]


def only(found: Year) -> Entry:
    (entry,) = found.entries
    return entry


def get(person: User, query: str = "", **headers: Any) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(f"/aarshjul/{query}", **headers)


def page_of(person: User, query: str = "") -> BeautifulSoup:
    response = get(person, query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


# ── What stands in it ────────────────────────────────────────────────────────────────────────────
def test_every_role_has_its_ring() -> None:
    assert set(RINGS) == set(Role)
    assert {role for ring in Ring for role in ring.roles} == {*Role, ""}


def test_duties_of_one_planned_day_are_one_entry_that_counts(town: WholeTown) -> None:
    made, day = template(next_on=date(2027, 2, 16)), date(2026, 2, 16)
    people = [make_user(f"leder-{number}") for number in range(5)]
    duties_of(made, [day], people[:3], state=State.DONE, done_at=moment(day))
    duties_of(made, [day], people[3:4])
    duties_of(made, [day], people[4:], state=State.DROPPED, done_at=moment(day))
    entry = only(year_of(town.gdpr))
    assert (entry.day, entry.title, entry.ring, entry.who) == (day, made.title, Ring.LEADERS, "Leder")
    assert (entry.standing, entry.detail, entry.url) == (Standing.LATE, "3 af 4 udført", made.get_absolute_url())
    assert entry.sentence == "16. februar: Gennemgå fortegnelsen. Leder. Over fristen, 3 af 4 udført"


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({"due_on": TODAY - timedelta(days=1)}, Standing.LATE),
        ({"due_on": TODAY}, Standing.DUE),
        ({"due_on": TODAY + timedelta(days=7)}, Standing.DUE),
        ({"due_on": TODAY + timedelta(days=8)}, Standing.OPEN),
        ({"due_on": TODAY + timedelta(days=30), "opens_on": TODAY}, Standing.OPEN),
        ({"due_on": TODAY + timedelta(days=30), "opens_on": TODAY + timedelta(days=1)}, Standing.PLANNED),
        ({"due_on": TODAY - timedelta(days=40), "state": State.DONE}, Standing.DONE),
        ({"due_on": TODAY + timedelta(days=1), "state": State.DROPPED}, Standing.DROPPED),
    ],
)
def test_duty_stands_as_its_own_page_says(town: WholeTown, fields: dict[str, Any], standing: Standing) -> None:
    """Alone, and as the one duty of a planned day."""
    made = template(next_on=None)
    duty("Alene", holder=town.gdpr, **fields)
    duty("Fast", holder=town.gdpr, holder_role=Role.LEADER, template=made, **fields)
    assert [entry.standing for entry in year_of(town.gdpr).entries] == [standing, standing]


def test_one_duty_leads_to_itself_and_many_to_the_fixed_duty(town: WholeTown) -> None:
    made = template(next_on=None)
    one = duty(holder=town.leader, holder_role=Role.LEADER, template=made, due_on=date(2026, 3, 2))
    assert only(year_of(town.leader)).url == one.get_absolute_url()
    duties_of(made, [date(2026, 3, 2)], [make_user("b")])
    assert only(year_of(town.gdpr)).url == made.get_absolute_url()
    assert only(year_of(town.leader)).url == one.get_absolute_url()  # she sees her own alone


def test_days_to_come_are_planned_and_days_gone_by_are_not_invented(town: WholeTown) -> None:
    template("Hver måned", recurrence=Recurrence.MONTHLY, first_on=date(2026, 1, 12))
    days = [entry.day for entry in year_of(town.gdpr).entries]
    assert days == [date(2026, 12, 14)]  # the 12th is a Saturday
    assert {entry.standing for entry in year_of(town.gdpr, 2027).entries} == {Standing.PLANNED}
    assert len(year_of(town.gdpr, 2027).entries) == 12
    assert year_of(town.gdpr, 2025).entries == []


def test_what_has_been_made_is_not_planned_as_well(town: WholeTown) -> None:
    made = template("Hvert halve år", recurrence=Recurrence.HALF_YEARLY, first_on=date(2026, 12, 1))
    made.next_on = date(2027, 6, 1)
    made.save()
    duties_of(made, [date(2026, 12, 1)], [town.leader])
    assert [entry.standing for entry in year_of(town.gdpr).entries] == [Standing.DUE]
    assert [entry.day for entry in year_of(town.gdpr, 2027).entries] == [date(2027, 6, 1), date(2027, 12, 1)]


def test_stopped_and_ended_duties_plan_nothing(town: WholeTown) -> None:
    template("Stoppet", is_stopped=True)
    template("Slut", next_on=None)
    template("Til og med i år", until_on=date(2026, 12, 31))
    assert year_of(town.gdpr, 2027).entries == []


@pytest.mark.parametrize(
    ("fields", "year", "days"),
    [
        ({"first_on": date(2024, 2, 29)}, 2027, [date(2027, 3, 1)]),  # the 28th is a Sunday
        ({"first_on": date(2024, 2, 29), "on_closed": OnClosed.KEEP}, 2027, [date(2027, 2, 28)]),
        ({"first_on": date(2024, 2, 29), "on_closed": OnClosed.KEEP}, 2028, [date(2028, 2, 29)]),
        ({"first_on": date(2020, 12, 28), "by_week": True}, 2026, [date(2026, 12, 28)]),  # week 53
        ({"first_on": date(2020, 12, 28), "by_week": True}, 2027, [date(2027, 12, 27)]),  # week 52
        ({"first_on": date(2026, 7, 15)}, 2027, [date(2027, 8, 2)]),  # July is closed
        ({"first_on": date(2026, 7, 15), "on_closed": OnClosed.BEFORE}, 2027, [date(2027, 6, 30)]),
        ({"first_on": date(2026, 1, 1)}, 2027, [date(2027, 1, 4)]),
        # Kept out of a year by a holiday, and into it by another:
        ({"first_on": date(2026, 1, 1), "on_closed": OnClosed.BEFORE}, 2027, [date(2027, 12, 31)]),
        ({"first_on": date(2026, 12, 31), "on_closed": OnClosed.AFTER}, 2027, [date(2027, 12, 31)]),
    ],
)
def test_odd_days_stand_where_they_fall(town: WholeTown, fields: dict[str, Any], year: int, days: list[date]) -> None:
    template(**fields)
    assert [entry.day for entry in year_of(town.gdpr, year).entries] == days


def test_weeks_of_a_closed_month_come_as_one(town: WholeTown) -> None:
    template("Hver uge", recurrence=Recurrence.WEEKLY, first_on=date(2027, 1, 6))
    found = year_of(town.gdpr, 2027).entries
    assert [entry.day for entry in found if entry.day.month in (7, 8)] == [
        date(2027, 8, 2), date(2027, 8, 4), date(2027, 8, 11), date(2027, 8, 18), date(2027, 8, 25),
    ]  # fmt: skip


def test_documents_stand_on_their_next_day(desk: Desk) -> None:
    version = desk.in_force(desk.make(title="Mail og beskeder"))
    Document.objects.update(next_review_on=date(2026, 5, 4))
    entry = only(year_of(desk.town.employee))
    assert (entry.day, entry.ring, entry.label) == (date(2026, 5, 4), Ring.IT, "Revurdering mangler")
    assert entry.title.endswith("Mail og beskeder")
    assert entry.url == version.document.get_absolute_url()
    Document.objects.update(next_review_on=date(2027, 5, 4))
    assert year_of(desk.town.employee).entries == []
    assert only(year_of(desk.town.employee, 2027)).standing == Standing.PLANNED


def test_document_that_a_duty_speaks_of_already_stands_once(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    Duty.objects.all().delete()  # of its hearing
    day = date(2026, 12, 1)
    Document.objects.update(next_review_on=day)
    duty(
        "Godkend igen", due_on=day, holder_role=Role.COMMITTEE, url=f"{version.document.get_absolute_url()}gennemgang/"
    )
    assert titles(year_of(desk.town.gdpr)) == ["Godkend igen"]
    assert len(titles(year_of(desk.town.employee))) == 1  # does not see the duty, so sees the document


@pytest.mark.parametrize("state", [State.DONE, State.DROPPED])
def test_done_duty_does_not_hide_that_a_review_is_missing(desk: Desk, state: State) -> None:
    """»Skal ændres« ends the body's duty, and the document is not approved by it."""
    version = desk.in_force(desk.make())
    Duty.objects.all().delete()
    day = TODAY - timedelta(days=3)
    Document.objects.update(next_review_on=day)
    url = f"{version.document.get_absolute_url()}gennemgang/"
    duty("Godkend igen", due_on=day, holder_role=Role.COMMITTEE, url=url, state=state)
    labels = [entry.label for entry in year_of(desk.town.gdpr).entries]
    assert "Revurdering mangler" in labels


def test_duty_that_is_not_shown_hides_no_document(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    version = desk.in_force(desk.make())
    Duty.objects.all().delete()
    monkeypatch.setattr(entries, "MOST", 1)
    day = date(2026, 12, 1)
    Document.objects.update(next_review_on=day)
    duty("Først", holder=desk.town.gdpr)
    duty(
        "Godkend igen", due_on=day, holder_role=Role.COMMITTEE, url=f"{version.document.get_absolute_url()}gennemgang/"
    )
    found = titles(year_of(desk.town.gdpr))
    assert found[0] == "Først"
    assert "Mail og beskeder" in found[1]


@pytest.mark.parametrize(
    ("state", "standing", "label"),
    [
        (MeetingState.PLANNED, Standing.PLANNED, "Under forberedelse"),
        (MeetingState.CALLED, Standing.OPEN, "Indkaldt"),
        (MeetingState.MINUTES, Standing.OPEN, "Referat til godkendelse"),
        (MeetingState.CANCELLED, Standing.DROPPED, "Aflyst"),
    ],
)
def test_meetings_stand_by_body_and_time(town: WholeTown, state: MeetingState, standing: Standing, label: str) -> None:
    held = meeting(date(2026, 12, 8), state=state)
    entry = only(year_of(town.holders["committee"]))
    assert (entry.day, entry.standing, entry.label) == (date(2026, 12, 8), standing, label)
    assert (entry.ring, entry.detail) == (Ring.BODIES, "kl. 9.00")
    assert entry.title == "Møde i Informationssikkerhedsudvalget"
    assert entry.url == held.get_absolute_url()


def test_written_procedure_stands_on_the_last_day_to_vote(town: WholeTown) -> None:
    meeting(date(2026, 12, 31), kind=BodyKind.EXECUTIVE, hour=23, is_written=True)  # ends at one in the new year
    assert year_of(town.holders["executive"]).entries == []
    entry = only(year_of(town.holders["executive"], 2027))
    assert (entry.day, entry.detail) == (date(2027, 1, 1), "senest kl. 1.00")


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
