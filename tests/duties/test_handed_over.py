"""Duties on the page where somebody's things are handed over: what the one who hands over may not read is neither
named, counted nor hers to give."""

from typing import Any

import pytest
from django.test import Client

from duties.actions import create_duty, find_ownerless
from duties.enums import Stage
from duties.holdings import DISCREET, DUTIES, move
from duties.models import Duty, Notice
from roles.actions import deactivate, reactivate
from roles.actions.handover import things_of
from roles.enums import Role
from roles.models import User, today
from tests.factories import Town, appoint

pytestmark = pytest.mark.django_db


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def ask(town: Town, key: str = "a", **fields: Any) -> Duty:
    return create_duty("Svar om sagen med Jensen", due_on=today(), holder=town.leader, dedup_key=key, **fields)


def titles(person: User, by: User) -> list[str]:
    return [thing.label for _, _, things in things_of(person, fresh(by)) for thing in things if thing.holding]


@pytest.mark.parametrize("path", ["", "overdrag/"])
def test_discreet_duty_is_neither_named_nor_counted_for_the_leader_above(town: Town, path: str) -> None:
    ask(town)
    for person, reads in ((town.health_chief, False), (town.leader, True), (town.gdpr, True)):
        client = Client()
        client.force_login(person)
        page = client.get(f"/organisation/personer/{town.leader.pk}/{path}").content.decode()
        assert ("om en sag eller en kladde" in page or "Opgaver om sager eller kladder" in page) == reads
        assert ("Jensen" in page) == (reads and bool(path))


def test_leader_does_not_give_herself_what_she_may_not_read(town: Town) -> None:
    duty = ask(town)
    client = Client()
    client.force_login(town.health_chief)
    data = {"handling": "giv", "person_search": "Hanne", "person_choice": town.health_chief.pk, "last_day": today()}
    for key in (f"opgave:{duty.pk}", f"fortrolig:{duty.pk}"):
        answer = client.post(f"/organisation/personer/{town.leader.pk}/overdrag/", data | {"ting": key})
        assert answer.status_code == 422
    assert move([duty], town.leader, fresh(town.health_chief), fresh(town.health_chief)) == 0
    assert client.get(duty.get_absolute_url()).status_code == 404
    assert Duty.objects.get().holder == town.leader


def test_discreet_duties_of_a_leaver_are_left_to_the_gdpr_unit(town: Town) -> None:
    ask(town)
    ask(town, "b", is_discreet=False)
    deactivate(town.leader, by=town.administrator)
    find_ownerless()
    asked = {duty.title: duty.holder_role for duty in Duty.objects.filter(title__startswith="Fordel")}
    assert asked == {
        "Fordel opgaver, som Lene Leder havde ansvaret for": Role.CENTRE_CHIEF,
        "Fordel opgaver om sager eller kladder, som Lene Leder havde ansvaret for": Role.GDPR_UNIT,
    }
    assert len(titles(town.leader, town.health_chief)) == 1
    assert len(titles(town.leader, town.gdpr)) == 2


def test_moved_duty_says_so_and_is_told_of(town: Town) -> None:
    duty = ask(town, is_discreet=False)
    Notice.objects.create(person=town.teacher, duty=duty, stage=Stage.NEW, due_on=duty.due_on, told_at=duty.created_at)
    Duty.objects.update(remind_on=None, remind_stage="")
    assert move([duty], town.leader, fresh(town.teacher), fresh(town.health_chief)) == 1
    after = Duty.objects.get()
    assert (after.holder, after.revision, after.remind_on, after.remind_stage) == (
        town.teacher, duty.revision + 1, today(), Stage.NEW,
    )  # fmt: skip
    assert after.entries.get().sentence == "Hanne Chef: Givet videre fra Lene Leder til Lars Lærer."
    assert Notice.objects.get().told_at is None, "told anew"


def test_what_only_the_work_closes_moves_to_none_but_those_of_the_role(town: Town) -> None:
    duty = ask(town, is_discreet=False, by_hand=False, role=Role.LEADER, unit=town.home_care)
    assert move([duty], town.leader, fresh(town.teacher), fresh(town.health_chief)) == 0
    appoint(town.teacher, Role.LEADER, town.home_care, to_on=today())
    assert move([duty], town.leader, fresh(town.teacher), fresh(town.health_chief)) == 1


def test_kinds_hold_each_duty_once(town: Town) -> None:
    ask(town)
    ask(town, "b", is_discreet=False)
    assert [kind.rows(town.leader).count() for kind in (DUTIES, DISCREET)] == [1, 1]


def test_calendar_address_of_a_leaver_is_dead_also_when_she_comes_back(town: Town) -> None:
    from duties.actions.calendars import make_address
    from duties.models import CalendarFeed

    _, token = make_address(by=town.leader, seen=None)
    _, other = make_address(by=town.teacher, seen=None)
    deactivate(town.leader, by=town.administrator)
    reactivate(town.leader, by=town.administrator)
    assert not CalendarFeed.objects.of_token(token).exists()
    assert CalendarFeed.objects.of_token(other).exists()
    assert make_address(by=town.leader, seen=None)[1] != token, "she may make another"
