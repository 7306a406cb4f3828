"""The first people of a new installation."""

import pytest
from django.core.management import CommandError, call_command

from roles.actions import nearest_leader
from roles.models import Unit, User

pytestmark = pytest.mark.django_db


def add(username: str, role: str, unit: str = "By Kommune/It", **options: object) -> None:
    call_command("add_person", username, name=username.capitalize(), role=[role], unit=unit, **options)


def test_people_and_units_are_made_and_the_line_works() -> None:
    add("chef", "leader")
    add("hans", "employee", email="hans@example.invalid")
    assert nearest_leader(User.objects.get(username="hans")).person == User.objects.get(username="chef")
    assert Unit.objects.count() == 2


def test_second_run_changes_and_doubles_nothing() -> None:
    add("chef", "leader")
    add("chef", "leader")
    assert User.objects.count() == 1
    assert User.objects.get().appointments.count() == 1


def test_account_without_a_password_cannot_sign_in() -> None:
    add("hans", "employee")
    assert not User.objects.get().has_usable_password()


def test_short_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: "kort")
    with pytest.raises(CommandError):
        add("hans", "employee", password_from_prompt=True)
    assert not User.objects.exists()


def test_bad_mail_address_and_missing_unit_are_refused() -> None:
    with pytest.raises(CommandError):
        add("hans", "employee", email="ikke en adresse")
    with pytest.raises(CommandError):
        add("hans", "employee", unit=" / ")
    assert not User.objects.exists()
