"""`manage.py scale`: the synthetic municipality."""

import io
from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from breaches.models import Breach, DueStep, Told
from glostrup_isms.home import demo, scale
from glostrup_isms.kit import outbox
from glostrup_isms.kit.numbers import NumberSeries
from roles.actions import nearest_leader
from roles.enums import Role
from roles.models import Absence, Appointment, Unit, User

pytestmark = pytest.mark.django_db


def command(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_scale_makes_people_and_reports_with_numbers_that_follow() -> None:
    assert "120 personer" in command("scale", "--people", "120", "--reports", "300")
    assert User.objects.count() == 120
    assert Breach.objects.count() == 300
    assert Told.objects.count() == 600
    assert Breach.history.count() == 300
    for series in NumberSeries.objects.filter(name="breach"):
        serials = list(Breach.objects.filter(year=series.year).order_by("reported_at").values_list("serial", flat=True))
        assert serials == list(range(1, series.last + 1))
    leader = Appointment.objects.filter(role=Role.LEADER).first().person
    assert 0 < Breach.objects.visible_to(leader).count() < 300
    assert not DueStep.objects.exists()
    assert outbox.problem() == ""


def test_scale_comes_on_top_of_the_demo() -> None:
    demo.load()
    command("scale", "--people", "20", "--reports", "10")
    assert User.objects.count() == 270
    assert Breach.objects.visible_to(User.objects.get(username="gdpr")).count() == 35


def test_deep_municipality_has_the_units_and_levels_asked_for() -> None:
    assert "400 personer i 90 enheder" in command("scale", "--people", "400", "--units", "90", "--levels", "12")
    assert Unit.objects.count() == Unit.history.count() == 90
    by_level = Counter(Unit.objects.values_list("depth", flat=True))
    assert sorted(by_level) == list(range(1, 13)), "no level is empty"
    assert by_level[1] == 1
    assert max(by_level.values()) == max(by_level[6], by_level[7]) > 3 * by_level[12]
    for unit in Unit.objects.select_related("parent"):
        assert unit.path == f"{unit.parent.path if unit.parent else '/'}{unit.pk}/"
        assert unit.depth == len(unit.line)


def test_deep_municipality_has_people_leaders_and_absences_with_history() -> None:
    command("scale", "--people", "400", "--units", "90", "--levels", "12", "--reports", "50")
    assert User.objects.count() == User.history.count() == 400
    assert not User.objects.exclude(appointments__is_primary=True).exists(), "everybody has an appointment"
    assert Appointment.history.count() == Appointment.objects.count()
    led = set(Appointment.objects.leading().values_list("unit", flat=True))
    assert 0 < Unit.objects.exclude(pk__in=led).count() < 15, "most units have a leader"
    away = Absence.objects.on()
    assert away.filter(deputy=None).exists()
    assert away.exclude(deputy=None).exists()
    assert Absence.history.count() == Absence.objects.count() > away.count()
    assert all(nearest_leader(person).person for person in User.objects.order_by("pk")[::10])
    assert Breach.objects.count() == 50


def test_few_people_in_many_units_still_have_somebody_to_tell() -> None:
    command("scale", "--people", "20", "--units", "300", "--levels", "4", "--reports", "5")
    assert Told.objects.count() == 10


def test_same_seed_gives_the_same_deep_municipality() -> None:
    made = []
    for _ in range(2):
        with transaction.atomic():
            command("scale", "--people", "100", "--units", "40", "--levels", "5")
            rows = Appointment.objects.order_by("pk").values_list("person__name", "role", "unit__name", "deputy__name")
            made.append(list(rows))
            transaction.set_rollback(True)
    assert made[0] == made[1]


@pytest.mark.parametrize(("units", "levels"), [("10", "12"), ("30", "2"), ("30", "0"), ("0", "5"), ("100", "21")])
def test_tree_that_cannot_be_is_refused(units: str, levels: str) -> None:
    with pytest.raises(CommandError, match="niveauer"):
        command("scale", "--people", "50", "--units", units, "--levels", levels)
    assert not Unit.objects.exists()


@pytest.mark.parametrize(("units", "levels"), [(11, 11), (12, 11), (3999, 11), (2, 2), (99, 4)])
def test_levels_are_never_empty_and_bushy_in_the_middle(units: int, levels: int) -> None:
    sizes = scale.level_sizes(units, levels)
    assert len(sizes) == levels
    assert sum(sizes) == units
    assert min(sizes) >= 1
    assert max(sizes) in sizes[(levels - 1) // 2 - 1 : levels // 2 + 2]


def test_scale_is_refused_among_real_data(settings: Any) -> None:
    settings.DEMO = False
    User.objects.create_user("rigtig", name="En Anden")
    with pytest.raises(CommandError):
        command("scale", "--people", "20")
    assert User.objects.count() == 1
