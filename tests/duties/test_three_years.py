"""Three simulated years of a municipality: 2,000 people, 60 fixed duties, every planned day exactly once for everyone
who has the role, through a clock set back and forward, both changes of summer time and weeks of downtime."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.db import connection

from duties.actions import make_year
from duties.enums import OnClosed, Recurrence, Share, State
from duties.models import Duty, DutyTemplate
from duties.models.templates import AHEAD
from duties.recurrence import due_day
from roles.enums import Role, UnitKind
from roles.models import Appointment, Unit, User
from roles.models.days import today

BEGIN, DAYS = date(2027, 1, 1), 3 * 365 + 1  # 29 February 2028 is in it
STEPS = {
    Recurrence.WEEKLY: relativedelta(weeks=1), Recurrence.MONTHLY: relativedelta(months=1),
    Recurrence.QUARTERLY: relativedelta(months=3), Recurrence.HALF_YEARLY: relativedelta(months=6),
    Recurrence.YEARLY: relativedelta(years=1), Recurrence.EVERY_2_YEARS: relativedelta(years=2),
    Recurrence.EVERY_3_YEARS: relativedelta(years=3),
}  # fmt: skip
DOWNTIME = [
    (date(2027, 3, 20), date(2027, 4, 5)),
    (date(2028, 2, 20), date(2028, 3, 12)),
    (date(2029, 6, 1), date(2029, 9, 15)),
]
SET_BACK = date(2027, 10, 31)  # the day summer time ends: the clock is also set back a day
SET_FORWARD = date(2028, 5, 2)  # for one run it says that it is 200 days later


@dataclass(frozen=True)
class Stay:
    """A person in a role, from a day to a day."""

    person: int
    unit: int
    role: str
    begins: date
    ends: date


def make_people(count: int = 2000) -> list[Stay]:
    """One municipality, ten centres, a hundred units; everybody is employed, each unit has a leader, and 40 come or
    leave in the three years."""
    municipality = Unit.objects.create(name="Kommunen", kind=UnitKind.MUNICIPALITY)
    centres = [Unit.objects.create(name=f"Center {n}", parent=municipality) for n in range(10)]
    units = [Unit.objects.create(name=f"Enhed {n}", parent=centres[n % 10]) for n in range(100)]
    people = User.objects.bulk_create(User(username=f"p{n}", name=f"Person {n}", password="!") for n in range(count))
    places = []
    for n, person in enumerate(people):
        begins, ends = date(2020, 1, 1), None
        if n % 100 == 7:
            begins = BEGIN + timedelta(days=45 * (n // 100))
        if n % 100 == 8:
            ends = BEGIN + timedelta(days=50 * (n // 100))
        places.append(Appointment(person=person, role=Role.EMPLOYEE, unit=units[n % 100], from_on=begins, to_on=ends))
        if n < 100:
            places.append(Appointment(person=person, role=Role.LEADER, unit=units[n], from_on=date(2020, 1, 1)))
        if 100 <= n < 140:
            places.append(
                Appointment(person=person, role=Role.SYSTEM_OWNER, unit=units[n % 100], from_on=date(2020, 1, 1))
            )
    Appointment.objects.bulk_create(places)
    return [
        Stay(place.person_id, place.unit_id, place.role, place.from_on, place.to_on or date.max) for place in places
    ]


def make_templates() -> list[DutyTemplate]:
    """Sixty: 36 of everybody, 16 of each leader, 8 of each unit's system owners or of all together."""
    made = []
    for n in range(60):
        first_on = BEGIN + timedelta(days=6 * n)
        if n == 9:
            first_on = date(2028, 2, 29)
        if n < 36:
            role, recurrence, share = Role.EMPLOYEE, [Recurrence.YEARLY, Recurrence.EVERY_2_YEARS][n % 2], Share.PERSON
        elif n < 52:
            recurrence = list(Recurrence)[n % 8]
            role, share = Role.LEADER, Share.PERSON
        else:
            role, recurrence = Role.SYSTEM_OWNER, [Recurrence.MONTHLY, Recurrence.QUARTERLY][n % 2]
            share = [Share.UNIT, Share.ROLE][n % 2]
        made.append(
            DutyTemplate.objects.create(
                title=f"Opgave {n}", role=role, share=share, recurrence=recurrence, first_on=first_on,
                next_on=first_on, counts_from=first_on, on_closed=list(OnClosed)[n % 3],
            )
        )  # fmt: skip
    return made


def expected_days(template: DutyTemplate, last: date) -> Iterator[date]:
    """By another arithmetic than the portal's."""
    step = STEPS.get(Recurrence(template.recurrence))
    number = 0
    while (day := template.first_on + step * number if step else template.first_on) <= last:
        yield day
        if not step:
            return
        number += 1


def expected(templates: list[DutyTemplate], stays: list[Stay], runs: list[date]) -> set[tuple[int, date, int, int]]:
    """Who must have had which duty: (template, planned day, person, unit), 0 where there is none. `runs` are what the
    clock said, in the order of the runs."""
    found = set()
    last_run = max(runs)
    for template in templates:
        for planned_on in expected_days(template, last_run + AHEAD + timedelta(days=70)):
            due_on = due_day(planned_on, OnClosed(template.on_closed))
            first = next((n for n, run in enumerate(runs) if run >= due_on - AHEAD), None)
            if first is None:
                continue
            if template.share == Share.ROLE:
                found.add((template.pk, planned_on, 0, 0))
                continue
            seen = {runs[first], *(run for run in runs[first:] if run <= due_on)}
            for stay in stays:
                if stay.role == template.role and any(stay.begins <= run <= stay.ends for run in seen):
                    found.add(
                        (
                            template.pk,
                            planned_on,
                            *((stay.person, 0) if template.share == Share.PERSON else (0, stay.unit)),
                        )
                    )
    return found


@pytest.mark.django_db
def test_every_duty_of_three_years_exactly_once() -> None:
    stays, templates = make_people(), make_templates()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself outside a test's one transaction
    runs = []
    with time_machine.travel(datetime(2027, 1, 1, 6, tzinfo=UTC), tick=False) as clock:
        for number in range(DAYS):
            day = BEGIN + timedelta(days=number)
            if any(first <= day < last for first, last in DOWNTIME):
                continue
            clock.move_to(datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=1))
            make_year()
            runs.append(today())
            if day == SET_BACK:
                clock.move_to(datetime(2027, 10, 30, 23, 30, tzinfo=UTC))
                make_year()
                runs.append(today())
            if day == SET_FORWARD:
                clock.move_to(datetime(2028, 11, 18, 6, tzinfo=UTC))
                make_year()
                runs.append(today())
    rows = Duty.objects.values_list("template", "planned_on", "made_for", "holder_unit", "template__share", "state")
    made = [
        ((template, planned_on, person or 0, 0 if share != Share.UNIT else unit), state)
        for template, planned_on, person, unit, share, state in rows.iterator()
    ]
    standing = [key for key, state in made if state == State.OPEN]
    assert len(standing) > 150_000
    assert len(standing) == len(set(standing)), "a duty was made twice"
    assert {key for key, _ in made} == expected(templates, stays, runs)
    left = {stay.person for stay in stays if stay.ends < date(2029, 12, 1)}
    of_everybody = Duty.objects.open().filter(template__role=Role.EMPLOYEE, due_on__gt=date(2030, 1, 1))
    assert of_everybody.exists()
    assert not of_everybody.filter(holder__in=left).exists(), "who has left has nothing to do"
