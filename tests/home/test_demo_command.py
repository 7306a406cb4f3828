"""`manage.py demo`: when it refuses, and what it prints."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from roles.models import User

pytestmark = pytest.mark.django_db


def command(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_demo_is_refused_outside_a_demo(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError):
        command("demo")
    assert not User.objects.exists()


def test_demo_is_refused_among_other_people() -> None:
    User.objects.create_user("rigtig", name="En Anden")
    with pytest.raises(CommandError):
        command("demo")
    assert User.objects.count() == 1


def test_list_prints_every_account_with_password_and_unit() -> None:
    lines = command("demo", "--list").splitlines()
    assert len(lines) == 24
    assert any(line.split()[:2] == ["gdpr", "demo"] and "Center for Organisation og Styring" in line for line in lines)
