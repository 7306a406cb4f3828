"""The pages of the year's fixed duties: the days that come, how they went, where, and forms that come back."""

from datetime import timedelta
from typing import Any

import pytest

from duties.actions import change_template, finish
from duties.enums import Recurrence
from duties.models import Duty, DutyTemplate
from glostrup_isms.kit.dates import da_date
from roles.models import User, today
from tests.duties.test_pages import FILLED, as_, read
from tests.factories import Town, make_unit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def test_days_that_come_are_those_made_and_those_that_will_be(town: Town, made: Any) -> None:
    """The day of the new rule that stands for what is made already is not one of them."""
    first_on = today() + 30 * DAY
    template = made(first_on=first_on)
    moved = first_on + 9 * DAY
    change_template(template, by=fresh(town.gdpr), seen=None, first_on=moved)
    client = as_(town.gdpr)
    text = read(client.get(template.get_absolute_url()))
    assert f"De næste gange {da_date(first_on)} {da_date(moved.replace(year=moved.year + 1))}" in text
    assert da_date(moved) not in text
    assert da_date(first_on) in read(client.get("/opgaver/faste/"))
    change_template(template, by=fresh(town.gdpr), seen=None, recurrence=Recurrence.ONCE, first_on=today())
    Duty.objects.update(planned_on=today() - DAY, due_on=today() - DAY)
    assert "Den kommer ikke igen" in read(client.get(template.get_absolute_url()))
    assert da_date(today()) not in read(client.get("/opgaver/faste/"))


def test_how_it_went_counts_what_the_reader_may_see(town: Town, made: Any) -> None:
    template = made()
    finish(Duty.objects.get(holder=town.leader), by=fresh(town.leader))
    path = template.get_absolute_url()
    assert "1 af 2" in read(as_(town.gdpr).get(path))
    assert "1 af 1" in read(as_(town.health_chief).get(path))
    assert "0 af 1" in read(as_(town.children_chief).get(path))
    assert "Sådan er det gået" not in read(as_(town.administration_chief).get(path))


@pytest.mark.parametrize("what", ["deep", "closed"])
def test_unit_that_cannot_be_chosen_any_more_stays_with_the_fixed_duty(town: Town, made: Any, what: str) -> None:
    unit = make_unit("Rum 3", make_unit("Etage 2", town.home_care)) if what == "deep" else town.administration
    template = made(unit=unit)
    if what == "closed":
        unit.closed_on = today()
        unit.save()
    client = as_(town.gdpr)
    page = client.get(f"{template.get_absolute_url()}ret/")
    assert f'<option value="{unit.pk}" selected>' in page.content.decode()
    sent = FILLED | {"unit": str(unit.pk), "seen": str(template.revision), "title": "Ny titel"}
    assert client.post(f"{template.get_absolute_url()}ret/", sent).status_code == 302
    template.refresh_from_db()
    assert (template.title, template.unit) == ("Ny titel", unit)
    assert client.post("/opgaver/faste/ny/", FILLED | {"unit": str(unit.pk)}).status_code == 422


def test_stop_from_an_old_page_can_be_tried_again(town: Town, made: Any) -> None:
    template = made()
    client = as_(town.gdpr)
    change_template(template, by=fresh(town.gdpr2), seen=template.revision, title="Ny titel")
    stale = client.post(f"{template.get_absolute_url()}stop/", {"seen": str(template.revision), "open_too": "on"})
    assert stale.status_code == 409
    seen = stale.context["stop_form"]["seen"].value()
    assert client.post(f"{template.get_absolute_url()}stop/", {"seen": seen}).status_code == 302
    template.refresh_from_db()
    assert template.is_stopped


@pytest.mark.parametrize("day", ["9999-12-31", "2200-01-01", "1899-12-31", "0001-01-01"])
def test_day_of_a_year_that_nobody_counts_with_is_refused(town: Town, day: str) -> None:
    answer = as_(town.gdpr).post("/opgaver/faste/ny/", FILLED | {"first_on": day})
    assert answer.status_code == 422
    assert "Årstallet skal ligge mellem 1900 og 2199." in read(answer)
    assert not DutyTemplate.objects.exists()


def test_form_says_what_becomes_of_the_open_ones(town: Town, made: Any) -> None:
    template = made()
    text = read(as_(town.gdpr).get(f"{template.get_absolute_url()}ret/"))
    assert "2 opgaver er åbne. De beholder deres dag." in text
    assert "bortfalder de alle, også dem over fristen" in text
    assert "bortfalder kun dem, der falder uden for den" in text
