"""Conditions that Django has no word for."""

import pytest
from django.db import connection
from django.db.models import Q

from glostrup_isms.kit.lookups import among
from roles.models import Appointment, Unit, User
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def test_among_finds_what_in_finds(town: Town) -> None:
    units = Unit.objects.below(town.health)
    people = Appointment.objects.filter(unit__in=units).values("person")
    assert list(Appointment.objects.filter(among("unit", units))) == list(Appointment.objects.filter(unit__in=units))
    wanted = Q(username="teacher") | among("pk", people)
    assert list(User.objects.filter(wanted)) == list(User.objects.filter(Q(username="teacher") | Q(pk__in=people)))
    assert list(User.objects.exclude(wanted)) == list(User.objects.exclude(Q(username="teacher") | Q(pk__in=people)))


def test_among_nothing_finds_nothing(town: Town) -> None:
    assert not User.objects.filter(among("pk", Appointment.objects.none().values("person"))).exists()
    assert User.objects.filter(Q(username="teacher") | among("pk", User.objects.none())).get() == town.teacher


def test_among_is_read_before_the_rows_on_postgresql(town: Town) -> None:
    sql = str(User.objects.filter(Q(username="teacher") | among("pk", User.objects.filter(name="Lene"))).query)
    assert ("= ANY (ARRAY(SELECT" in sql) == (connection.vendor == "postgresql")
