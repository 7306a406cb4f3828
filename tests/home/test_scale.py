"""`manage.py scale`: the synthetic municipality."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from breaches.models import Breach, DueStep, Told
from glostrup_isms.home import demo
from glostrup_isms.kit import outbox
from glostrup_isms.kit.numbers import NumberSeries
from roles.enums import Role
from roles.models import Appointment, User

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


def test_scale_is_refused_among_real_data(settings: Any) -> None:
    settings.DEMO = False
    User.objects.create_user("rigtig", name="En Anden")
    with pytest.raises(CommandError):
        command("scale", "--people", "20")
    assert User.objects.count() == 1
