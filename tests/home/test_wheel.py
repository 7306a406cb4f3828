"""The annual wheel: what stands in it, in which ring, month and state."""

from datetime import date, timedelta
from typing import Any

import pytest

from duties.enums import OnClosed, Recurrence, State
from duties.models import Duty
from glostrup_isms.home.wheel import entries
from glostrup_isms.home.wheel.entries import RINGS, Ring, Standing
from meetings.enums import BodyKind, MeetingState
from policy.models import Document
from roles.enums import Role
from tests.desk import Desk
from tests.factories import WholeTown, make_user
from tests.home.wheel_page import only, titles, year_of
from tests.home.years import TODAY, duties_of, duty, meeting, moment, template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


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
