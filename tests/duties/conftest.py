"""What the tests of duties share."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from duties.actions import create_template, make_year
from duties.enums import Share
from duties.models import Duty, DutyTemplate
from glostrup_isms.kit.dates import COPENHAGEN
from roles.enums import Role
from roles.models import Appointment, today
from tests.factories import Town, make_town

MONDAY = datetime(2027, 9, 6, 8, 0, tzinfo=COPENHAGEN)


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@pytest.fixture
def clock(town: Town) -> Iterator[Any]:
    """It is that Monday morning, and everybody has been there for years."""
    Appointment.objects.update(from_on=date(2020, 1, 1))
    with time_machine.travel(MONDAY.astimezone(UTC), tick=False) as moved:
        yield moved


@pytest.fixture
def make_template(town: Town) -> Any:
    """A fixed duty of every leader, due today unless said otherwise."""

    def make(**fields: Any) -> DutyTemplate:
        values = {
            "title": "Gennemgå adgangene", "role": Role.LEADER, "share": Share.PERSON, "first_on": today(),
            "source": "Politikken, P-65", "on_closed": "keep",
        }  # fmt: skip
        return create_template(by=town.gdpr, **(values | fields))

    return make


@pytest.fixture
def made(make_template: Any) -> Any:
    """The fixed duty with its dated ones."""

    def make(**fields: Any) -> DutyTemplate:
        template: DutyTemplate = make_template(**fields)
        make_year()
        template.refresh_from_db()
        return template

    return make


def holders(template: DutyTemplate, planned_on: date | None = None) -> list[str]:
    rows = Duty.objects.open().filter(template=template)
    rows = rows.filter(planned_on=planned_on) if planned_on else rows
    return sorted(duty.whose for duty in rows.select_related("holder", "holder_unit"))
