"""The pages that say which role a group gives."""

import pytest
from django.test import Client

from roles.enums import Role, Source
from roles.models import Appointment, ScimGroup, User
from tests.factories import Town, make_town
from tests.roles.scim import Scim, named

MISSING = "00000000-0000-4000-8000-000000000000"
LIST = "/organisation/grupper/"


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@pytest.fixture
def mette(scim: Scim) -> User:
    return scim.person("mette", displayName="Mette Medlem")


@pytest.fixture
def group(scim: Scim, mette: User) -> ScimGroup:
    return scim.group("Sikkerhedsfolk", mette)


def page_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def holders() -> set[str]:
    places = Appointment.objects.in_force().filter(source=Source.SCIM)
    return {place.person.username for place in places.select_related("person")}


@pytest.mark.parametrize("who", ["administrator", "gdpr"])
def test_whoever_may_appoint_everywhere_maps_a_group_and_lets_it_go(town: Town, group: ScimGroup, who: str) -> None:
    client = page_of(getattr(town, who))
    shown = client.get(LIST).content.decode()
    assert "Sikkerhedsfolk" in shown
    assert "Ingenting" in shown
    shown = client.get(group.get_absolute_url()).content.decode()
    assert "Mette Medlem" in shown
    assert "Leder</option>" not in shown

    sent = {"role": Role.GDPR_UNIT, "unit": town.administration.pk, "version": group.version}
    answer = client.post(group.get_absolute_url(), sent, follow=True)
    assert "Én person har fået den" in answer.content.decode()
    assert holders() == {"mette"}
    assert "GDPR-enheden i Center for Organisation" in client.get(LIST).content.decode()
    answer = client.post(group.get_absolute_url(), {"handling": "stop"}, follow=True)
    assert "Én person har mistet rollen" in answer.content.decode()
    assert holders() == set()


@pytest.mark.parametrize(
    "who", ["employee", "leader", "health_chief", "director", "mayor", "dpo", "deputy", "school_leader", "teacher"]
)
def test_nobody_else_finds_the_pages(town: Town, group: ScimGroup, who: str) -> None:
    client = page_of(getattr(town, who))
    bodies = set()
    for path in (LIST, group.get_absolute_url(), f"{LIST}{MISSING}/", f"{LIST}nonsense/"):
        for answer in (client.get(path), client.post(path, {"role": Role.GDPR_UNIT, "unit": town.administration.pk})):
            assert answer.status_code == 404
            bodies.add(answer.content)
    assert len(bodies) == 1
    assert holders() == set()


def test_stranger_is_sent_to_sign_in(group: ScimGroup) -> None:
    for path in (LIST, group.get_absolute_url()):
        assert Client().get(path)["Location"].startswith("/log-ind/")
        assert Client().post(path)["Location"].startswith("/log-ind/")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"role": ""}, "Vælg en rolle."),
        ({"role": "leader"}, "Vælg en rolle på listen."),
        ({"role": "director"}, "Vælg en rolle på listen."),
        ({"role": "nonsense"}, "Vælg en rolle på listen."),
        ({"unit": ""}, "Vælg en enhed."),
        ({"unit": "999999"}, "Vælg en enhed på listen."),
        ({"unit": "x"}, "Vælg en enhed på listen."),
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(
    town: Town, group: ScimGroup, change: dict, sentence: str
) -> None:
    client = page_of(town.administrator)
    sent = {"role": Role.GDPR_UNIT, "unit": town.administration.pk, "version": group.version} | change
    answer = client.post(group.get_absolute_url(), sent)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert holders() == set()


def test_member_is_told_that_somebody_else_must_map_it(scim: Scim, town: Town, group: ScimGroup) -> None:
    scim.create("administrator", displayName="Anna Administrator")
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(town.administrator)})
    client = page_of(town.administrator)
    assert "Bed en anden administrator" in client.get(group.get_absolute_url()).content.decode()
    answer = client.post(group.get_absolute_url(), {"role": Role.GDPR_UNIT, "unit": town.administration.pk})
    assert (answer.status_code, "du kan ikke give dig selv en rolle" in answer.content.decode()) == (422, True)
    assert holders() == set()


def test_members_that_came_meanwhile_are_shown_before_anything_is_given(
    scim: Scim, town: Town, group: ScimGroup
) -> None:
    client = page_of(town.administrator)
    sent = {"role": Role.GDPR_UNIT, "unit": town.administration.pk, "version": group.version}
    lone = scim.person("lone", displayName="Lone Ny")
    scim.patch_group(group, {"op": "add", "path": "members", "value": named(lone)})
    answer = client.post(group.get_absolute_url(), sent)
    shown = answer.content.decode()
    assert (answer.status_code, "Lone Ny" in shown, holders()) == (409, True, set())
    group.refresh_from_db()
    assert f'value="{group.version}"' in shown
    assert client.post(group.get_absolute_url(), sent | {"version": group.version}).status_code == 302
    assert holders() == {"mette", "lone"}


def test_list_and_page_take_the_same_number_of_queries_for_many(
    scim: Scim, town: Town, group: ScimGroup, django_assert_max_num_queries: object
) -> None:
    people = [scim.person(f"p{number}") for number in range(12)]
    for number in range(12):
        scim.group(f"Gruppe {number}", *people)
    client = page_of(town.administrator)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        assert client.get(LIST).status_code == 200
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert client.get(ScimGroup.objects.last().get_absolute_url()).status_code == 200  # type: ignore[union-attr]
