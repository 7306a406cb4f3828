"""Duties: one holder, one key, done once; seen by the one who holds them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from duties.actions import create_duty, finish_duty
from duties.models import Duty, State
from glostrup_isms.kit.audit import AuditEntry
from roles.enums import Role
from roles.models import today
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def test_duty_of_a_role_is_seen_by_whoever_fills_it(town: Town) -> None:
    duty = create_duty("Ret det", due_on=today(), role=Role.GDPR_UNIT, dedup_key="a")
    seen = {
        person.username
        for person in (town.gdpr, town.gdpr2, town.leader, town.dpo)
        if duty in Duty.objects.held_by(person)
    }
    assert seen == {"gdpr", "gdpr2"}


def test_duty_of_a_role_in_a_unit_is_seen_there_only(town: Town) -> None:
    create_duty("Ret det", due_on=today(), role=Role.LEADER, unit=town.home_care, dedup_key="a")
    assert Duty.objects.held_by(town.leader).exists()
    assert not Duty.objects.held_by(town.school_leader).exists()


def test_same_key_makes_one_duty(town: Town) -> None:
    first = create_duty("Ret det", due_on=today(), holder=town.leader, dedup_key="a")
    assert create_duty("Noget andet", due_on=today(), holder=town.leader, dedup_key="a") == first
    assert Duty.history.count() == 1


def test_duty_without_a_holder_is_refused_by_the_database(town: Town) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        create_duty("Ingens", due_on=today(), dedup_key="a")


def test_duty_is_done_once_and_leaves_one_trace(town: Town) -> None:
    duty = create_duty("Ret det", due_on=today(), holder=town.leader, dedup_key="a")
    for _ in range(2):
        assert finish_duty(duty, by=town.leader).state == State.DONE
    assert AuditEntry.objects.filter(action="duties.duty.settle").count() == 1


def test_yesterdays_open_duty_is_late(town: Town) -> None:
    duty = create_duty("Ret det", due_on=today() - timedelta(days=1), holder=town.leader, dedup_key="a")
    assert duty.is_late
    assert list(Duty.objects.late()) == [duty]


def test_holder_finishes_it_on_my_page_and_nobody_else_can(town: Town) -> None:
    duty = create_duty("Ret det", due_on=today(), holder=town.leader, dedup_key="a")
    client = Client()
    client.force_login(town.school_leader)
    assert client.post(f"/opgaver/{duty.pk}/udfoert/").status_code == 404
    client.force_login(town.leader)
    assert "Ret det" in client.get("/").content.decode()
    assert client.post(f"/opgaver/{duty.pk}/udfoert/").status_code == 302
    assert "Ret det" not in client.get("/").content.decode().replace("»Ret det« er udført", "")


def test_duty_that_the_work_itself_closes_is_never_ticked_off(town: Town) -> None:
    key = {"holder": town.leader, "url": "/dokumenter/", "by_hand": False}
    duty = create_duty("Godkend igen", due_on=today(), dedup_key="a", **key)
    client = Client()
    client.force_login(town.leader)
    page = client.get("/").content.decode()
    assert '<a href="/dokumenter/">Godkend igen</a>' in page
    address = f"/opgaver/{duty.pk}/udfoert/"
    assert address not in page
    answer = client.post(address, follow=True).content.decode()
    assert "lukker sig selv, når arbejdet er gjort" in answer
    duty.refresh_from_db()
    assert duty.state == State.OPEN
    finish_duty(duty, by=town.leader)
    assert "Godkend igen" not in client.get("/").content.decode()
