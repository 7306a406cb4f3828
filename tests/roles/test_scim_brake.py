"""Whoever holds the token of SCIM cannot shut everybody out, nor hold the portal up."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from glostrup_isms.kit.audit import AuditEntry, sentence
from roles.actions import deactivate
from roles.models import User
from roles.scim.http import CHANGES_MAX_BYTES
from tests.factories import Town, make_town, make_user
from tests.roles.scim import Scim

SHUT = {"op": "replace", "path": "active", "value": False}
OPEN = SHUT | {"value": True}


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@pytest.fixture
def people(scim: Scim, town: Town) -> list[User]:
    """Everybody in the town, with an account at the provider."""
    everybody = list(User.objects.order_by("pk"))
    for person in everybody:
        assert scim.create(person.username, displayName=person.name).status_code == 201
    return everybody


def active() -> int:
    return User.objects.filter(is_active=True).count()


def shut(scim: Scim, person: User, way: str = "patch") -> Any:
    if way == "patch":
        return scim.patch_person(person, SHUT)
    if way == "put":
        body = {"userName": person.username, "displayName": "Nyt Navn", "active": False}
        return scim.send("PUT", f"Users/{person.external_id}", body)
    return scim.send("DELETE", f"Users/{person.external_id}")


@pytest.mark.parametrize("way", ["patch", "put", "delete"])
def test_no_more_than_ten_are_closed_in_a_day_in_a_small_town(scim: Scim, people: list[User], way: str) -> None:
    answers = [shut(scim, person, way) for person in people]
    assert [answer.status_code for answer in answers] == [204 if way == "delete" else 200] * 10 + [403] * 4
    assert active() == 4
    assert answers[-1].json()["detail"] == (
        "Log ind-systemet har lukket 10 konti det seneste døgn og kan ikke lukke flere endnu. Lad den tekniske "
        "administrator lukke resten i portalen, eller vent, til der er gået et døgn."
    )
    last = User.objects.get(pk=people[-1].pk)
    assert (last.name, last.is_active) == (people[-1].name, True), "all of the request or nothing"
    assert scim.get(f"Users/{last.external_id}").status_code == 200
    entry = AuditEntry.objects.get(action="scim.brake")  # one in an hour: it fills no trail
    assert entry.actor_id is None
    assert (
        sentence(entry) == f"Log ind-systemet ville lukke flere konti på et døgn, end det må, blandt dem {people[10]}"
    )


def test_somebody_linked_as_closed_counts_as_well(scim: Scim, people: list[User]) -> None:
    for person in people[:10]:
        shut(scim, person)
    make_user("ny", "Ny Person")
    assert scim.create("ny", displayName="Ny Person", active=False).status_code == 403
    assert User.objects.get(username="ny").is_active
    assert scim.create("endnu-en", active=False).status_code == 201, "made closed: nobody is shut out"


def test_in_a_large_town_a_fifth_may_be_closed(scim: Scim, people: list[User], settings: Any) -> None:
    User.objects.bulk_create([User(username=f"p{number}") for number in range(46)])
    assert active() == 60
    assert [shut(scim, person).status_code for person in people] == [200] * 12 + [403] * 2
    settings.SYNC_MOST_LOST = 0.0
    settings.SCIM_MOST_CLOSED = 13
    assert [shut(scim, person).status_code for person in people[-2:]] == [200, 403]


def test_brake_is_off_again_after_a_day_and_counts_only_what_scim_has_closed(
    scim: Scim, people: list[User], town: Town
) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=25)):
        for person in people[:5]:
            shut(scim, person)
    others = [make_user(f"anden{number}") for number in range(20)]
    for person in others:
        deactivate(person, by=town.administrator)
    scim.person("lukket", active=False)
    for person in people[:5]:  # written about, but closed before
        assert scim.patch_person(person, {"op": "replace", "path": "displayName", "value": "Nyt"}).status_code == 200
    assert [shut(scim, person).status_code for person in people[5:]] == [200] * 9


def test_those_whom_somebody_here_closed_count_not_even_when_scim_writes_their_names(
    scim: Scim, people: list[User], town: Town
) -> None:
    others = [person for person in people if person.pk != town.administrator.pk][:10]
    for person in others:
        deactivate(person, by=town.administrator)
        assert scim.patch_person(person, {"op": "replace", "path": "displayName", "value": "Nyt"}).status_code == 200
    left = next(person for person in people if person not in others and person.pk != town.administrator.pk)
    assert shut(scim, left).status_code == 200


def test_opening_and_what_changes_nothing_are_never_held_up(scim: Scim, people: list[User], town: Town) -> None:
    for person in people[:10]:
        shut(scim, person)
    assert shut(scim, people[10]).status_code == 403
    assert shut(scim, people[0]).status_code == 200, "closed already"
    assert scim.patch_person(people[0], OPEN).json()["active"]
    assert scim.patch_person(people[10], {"op": "replace", "path": "displayName", "value": "Nyt"}).status_code == 200
    assert scim.send("DELETE", f"Users/{people[1].external_id}").status_code == 204
    assert shut(scim, people[0]).status_code == 403, "whoever is closed again counts once, but is over the limit too"


# ── Time ─────────────────────────────────────────────────────────────────────────────────────────
NESTED = "emails[" + "not (" * 30 + 'type eq "work"' + ")" * 30 + "].value"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "displayName", "value": "Mette"},
        {"op": "add", "path": 'emails[type eq "work"].value', "value": "m@example.dk"},
        {"op": "add", "path": "emails", "value": [{"value": "m@example.dk", "type": "other"}]},
        {"op": "replace", "path": NESTED, "value": "m@example.dk"},
    ],
)
def test_person_with_a_hundred_changes_is_quick_and_with_more_is_refused(scim: Scim, operation: dict[str, Any]) -> None:
    person = scim.person("mette")
    for many, statuses in ((100, (200, 400)), (101, (400,)), (3000, (400,))):
        started = time.perf_counter()
        answer = scim.patch_person(person, *[operation] * many)
        assert answer.status_code in statuses
        assert time.perf_counter() - started < 5
    assert answer.json()["detail"] == "Der må højst være 100 ændringer ad gangen."


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "emails[" + " or ".join(['type eq "work"'] * 500) + "].value", "value": "m@example.dk"},
        {"op": "add", "path": "emails", "value": [{"value": "m@example.dk", "type": "other"}] * 180},
    ],
    ids=["long paths", "many addresses"],
)
def test_changes_that_fill_much_are_refused_before_they_take_long(scim: Scim, operation: dict[str, Any]) -> None:
    person = scim.person("mette")
    started = time.perf_counter()
    answer = scim.patch_person(person, *[operation] * 99)
    assert (answer.status_code, answer.json()["status"]) == (413, "413")
    fits = CHANGES_MAX_BYTES // len(json.dumps(operation)) - 1
    assert scim.patch_person(person, *[operation] * fits).status_code in (200, 400)
    assert time.perf_counter() - started < 5


def test_changes_that_are_spread_out_of_one_are_counted_too(scim: Scim) -> None:
    person = scim.person("mette")
    value = {f'emails[type eq "t{number}"].value': "m@example.dk" for number in range(101)}
    answer = scim.patch_person(person, {"op": "add", "value": value})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")


def test_group_with_many_changes_of_its_name_is_refused(scim: Scim) -> None:
    group = scim.group("Alle")
    rename = {"op": "replace", "path": "displayName", "value": "Nogle"}
    assert scim.patch_group(group, *[rename] * 100).status_code == 204
    assert scim.patch_group(group, *[rename] * 101).status_code == 400
