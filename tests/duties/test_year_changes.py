"""The fixed duty changes, stops and begins again while dated ones are open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from duties.actions import (
    Changed,
    make_year,
    postpone,
    start_template,
    stop_template,
)
from duties.enums import Recurrence, State
from duties.models import Duty
from glostrup_isms.kit.workflow import StepNotOpen
from roles.enums import Role
from roles.models import today
from tests.duties.conftest import holders
from tests.duties.years import DAY, change, fresh
from tests.factories import Town, appoint

pytestmark = pytest.mark.django_db


def test_open_duties_keep_their_words_unless_they_are_to_change_too(town: Town, made: Any) -> None:
    template = made(first_on=today() + timedelta(days=30))
    template = change(template, town.gdpr, title="Nyt navn")
    assert set(Duty.objects.values_list("title", flat=True)) == {"Gennemgå adgangene"}
    change(template, town.gdpr, text="Ny tekst", open_too=True)
    assert set(Duty.objects.values_list("title", "text")) == {("Nyt navn", "Ny tekst")}


def test_moved_day_does_not_make_the_same_occurrence_twice(town: Town, made: Any) -> None:
    first_on = today() + timedelta(days=10)
    template = made(first_on=first_on)
    template = change(template, town.gdpr, first_on=first_on + timedelta(days=5))
    make_year()
    assert set(Duty.objects.values_list("planned_on", flat=True)) == {first_on}
    assert template.next_on == (first_on + timedelta(days=5)).replace(year=first_on.year + 1)


def test_open_duties_of_another_role_lapse_and_the_new_role_gets_its_own(town: Town, made: Any) -> None:
    template = made(first_on=today() + timedelta(days=30))
    change(template, town.gdpr, role=Role.CENTRE_CHIEF)
    make_year()
    assert holders(template) == ["Børge Chef", "Hanne Chef", "Åse Chef"]


def test_stale_change_is_refused(town: Town, made: Any) -> None:
    template = made()
    change(template, town.gdpr, title="Først")
    with pytest.raises(Changed):
        change(template, town.gdpr2, title="Sidst", seen=template.revision)


def test_stopped_template_makes_nothing_and_begins_again_with_the_next_day(town: Town, made: Any) -> None:
    template = made(recurrence=Recurrence.MONTHLY)
    template = stop_template(template, by=fresh(town.gdpr), seen=template.revision, open_too=True)
    assert holders(template) == []
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200)):
        assert make_year() == 0
        template = start_template(template, by=fresh(town.gdpr), seen=template.revision)
        assert template.next_on is not None
        assert template.next_on >= today()
        make_year()
        assert min(Duty.objects.open().values_list("planned_on", flat=True)) >= today()


def test_stopped_template_lets_open_duties_stand_unless_told(town: Town, made: Any) -> None:
    template = made(first_on=today() + timedelta(days=30))
    stop_template(template, by=fresh(town.gdpr), seen=template.revision, open_too=False)
    assert len(holders(template)) == 2


def test_more_open_duties_than_are_settled_at_once_follow_by_the_scheduler(
    town: Town, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duties.actions.templates.BATCH", 1)
    template = made(first_on=today() + timedelta(days=30))
    change(template, town.gdpr, title="Nyt navn", open_too=True)
    assert set(Duty.objects.values_list("title", flat=True)) == {"Gennemgå adgangene", "Nyt navn"}
    make_year()
    assert set(Duty.objects.values_list("title", "in_mail")) == {("Nyt navn", "Nyt navn")}
    assert {row.history.latest().history_user for row in Duty.objects.all()} == {town.gdpr}
    template.refresh_from_db()
    stop_template(template, by=fresh(town.gdpr), seen=template.revision, open_too=True)
    template.refresh_from_db()
    assert len(holders(template)) == 1
    assert not template.is_settled
    template = start_template(template, by=fresh(town.gdpr), seen=template.revision)
    make_year()
    template.refresh_from_db()
    assert template.is_settled
    assert Duty.objects.filter(state=State.DROPPED).count() == 2
    assert holders(template) == ["Lene Leder", "Svend Skoleleder"]


def test_change_does_not_take_back_what_the_one_before_said_of_the_open_ones(
    town: Town, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duties.actions.templates.BATCH", 1)
    template = made(first_on=today() + timedelta(days=30))
    template = change(template, town.gdpr, title="Nyt navn", open_too=True)
    change(template, town.gdpr, source="Politikken, P-66")
    make_year()
    assert set(Duty.objects.values_list("title", flat=True)) == {"Nyt navn"}


def test_open_duty_that_becomes_statutory_cannot_be_postponed(town: Town, made: Any) -> None:
    template = made(first_on=today() + timedelta(days=30), recurrence=Recurrence.ONCE)
    wants = {"is_statutory": True, "needs_result": True, "needs_evidence": True, "works_ahead": False}
    template = change(template, town.gdpr, **wants)
    assert not Duty.objects.filter(is_statutory=True).exists()
    change(template, town.gdpr, **wants, open_too=True)
    assert Duty.objects.filter(**wants).count() == 2
    duty = Duty.objects.get(holder=town.leader)
    with pytest.raises(StepNotOpen, match="Fristen står i loven"):
        postpone(duty, duty.due_on + DAY, by=fresh(town.leader), note="Ferie")


@pytest.mark.parametrize(
    ("first_on", "rule"),
    [
        (20, {"recurrence": Recurrence.ONCE}),
        (40, {"recurrence": Recurrence.YEARLY, "until_on": today() + timedelta(days=50)}),
    ],
)
def test_changed_rule_without_another_day_makes_nothing_beside_what_is_made(
    town: Town, made: Any, first_on: int, rule: dict[str, Any]
) -> None:
    template = made(first_on=today() + timedelta(days=30), recurrence=rule["recurrence"])
    change(template, town.gdpr, first_on=today() + timedelta(days=first_on), **rule)
    make_year()
    assert set(Duty.objects.values_list("planned_on", flat=True)) == {today() + timedelta(days=30)}
    template.refresh_from_db()
    template = stop_template(template, by=fresh(town.gdpr), seen=template.revision, open_too=False)
    start_template(template, by=fresh(town.gdpr), seen=template.revision)
    make_year()
    assert Duty.objects.count() == 2


def test_rule_moved_while_it_was_stopped_does_not_make_the_same_occurrence_twice(town: Town, made: Any) -> None:
    first_on = today() + timedelta(days=30)
    template = made(first_on=first_on)
    template = stop_template(template, by=fresh(town.gdpr), seen=template.revision, open_too=True)
    template = change(template, town.gdpr, first_on=first_on + timedelta(days=9))
    start_template(template, by=fresh(town.gdpr), seen=template.revision)
    make_year()
    assert holders(template) == ["Lene Leder", "Svend Skoleleder"]
    assert set(Duty.objects.open().values_list("planned_on", flat=True)) == {first_on}


def test_role_that_is_filled_after_a_stop_gets_what_has_come_once(town: Town, made: Any) -> None:
    """Nobody had it when its one day came within reach."""
    template = made(role=Role.LAWYER, recurrence=Recurrence.ONCE, first_on=today() + timedelta(days=30))
    template = stop_template(template, by=fresh(town.gdpr), seen=template.revision, open_too=True)
    start_template(template, by=fresh(town.gdpr), seen=template.revision)
    make_year()
    appoint(town.teacher, Role.LAWYER, town.administration)
    make_year()
    assert holders(template) == ["Lars Lærer"]
