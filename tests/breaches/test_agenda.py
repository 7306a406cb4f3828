"""What the committee is told of breaches: numbers since it last met against the time before, and no case."""

from datetime import timedelta

import pytest
from django.utils import timezone

from breaches.agenda import of_breaches
from breaches.enums import State, Verdict
from breaches.models import Breach
from meetings.actions import body_named
from meetings.enums import BodyKind
from roles.models import today
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def text(kind: BodyKind = BodyKind.COMMITTEE) -> str:
    return "\n".join(one.text for one in of_breaches(body_named(kind), today()))


def test_numbers_stand_beside_those_of_the_time_before(town: Town) -> None:
    for days in (1, 2, 3, 100):
        breach = town.report(by=town.employee).breach
        Breach.objects.filter(pk=breach.pk).update(reported_at=timezone.now() - timedelta(days=days))
    Breach.objects.filter(pk=breach.pk).update(is_personal_data_breach=Verdict.YES)
    assert ": 3. I den lige så lange tid før: 1." in text()
    assert "Brud på persondatasikkerheden: 0 mod 1." in text()
    assert "Åbne sager i dag: 4." in text()


def test_rejected_reports_do_not_count(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    Breach.objects.filter(pk=breach.pk).update(state=State.REJECTED)
    assert ": 0. I den lige så lange tid før: 0." in text()


def test_centre_with_few_is_not_named_and_no_case_is_told_of(town: Town) -> None:
    for _ in range(3):
        town.report(by=town.employee, description="Hemmelig sag")
    town.report(by=town.teacher, description="Hemmelig sag")
    said = text()
    assert "Center for Sundhed: 3." in said
    assert "Center for Børn" not in said
    assert "Hemmelig" not in said
    assert not any(number in said for number in Breach.objects.values_list("number", flat=True))


def test_body_that_does_not_look_at_breaches_is_told_nothing(town: Town) -> None:
    town.report(by=town.employee)
    assert not text(BodyKind.COUNCIL)
