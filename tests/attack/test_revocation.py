"""Access ends when its reason ends: on the next request of a session that is open, and for messages that wait."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breaches import notifications
from breaches.models import Breach, Exclusion
from breaches.permissions import ACKNOWLEDGE, DELEGABLE, HANDLE
from glostrup_isms.kit import files
from glostrup_isms.kit.outbox import Message, State, deliver_due
from roles.actions import (
    cancel_absence,
    deactivate,
    delegate,
    end_appointment,
    register_absence,
    revoke,
    set_deputy,
)
from roles.enums import Role
from roles.models import Absence, Appointment, UnitGrant, User, today
from tests.factories import Town, appoint, make_town
from tests.services import SmtpSink

pytestmark = pytest.mark.django_db
YESTERDAY = timedelta(days=-1)
FOLLOW = DELEGABLE[0]


@pytest.fixture
def town() -> Town:
    return make_town()


def place_of(person: User) -> Appointment:
    return Appointment.objects.get(person=person)


def let_follow(town: Town, to: User | None = None) -> UnitGrant:
    """The leader of the home care lets somebody elsewhere follow its cases."""
    return delegate(
        town.leader, to=to or town.teacher, what=FOLLOW, unit=town.home_care, to_on=today() + timedelta(days=30)
    )


def take_leave(town: Town) -> Absence:
    return register_absence(town.leader, from_on=today(), to_on=today() + timedelta(days=7), by=town.leader)


def end(town: Town, person: User) -> None:
    end_appointment(place_of(person), by=town.administrator, on=today() + YESTERDAY)


def move_home_care(town: Town) -> None:
    town.home_care.parent = town.children
    town.home_care.save()


def keep_out(person: User) -> None:
    Exclusion.objects.bulk_create(Exclusion(breach=breach, person=person) for breach in Breach.objects.all())


@dataclass(frozen=True)
class Way:
    """Who sees the cases of the home care and by what; what takes it away."""

    who: Callable[[Town], User]
    take_away: Callable[[Town], object]
    give: Callable[[Town], object] = lambda town: None


WAYS = {
    "the leader's appointment ended": Way(lambda town: town.leader, lambda town: end(town, town.leader)),
    "the role in the GDPR unit ended": Way(lambda town: town.gdpr, lambda town: end(town, town.gdpr)),
    "the person was deactivated": Way(
        lambda town: town.gdpr, lambda town: deactivate(town.gdpr, by=town.administrator)
    ),
    "the unit was moved out of the line": Way(lambda town: town.health_chief, move_home_care),
    "the person was kept out": Way(lambda town: town.health_chief, lambda town: keep_out(town.health_chief)),
    "the absence was cancelled": Way(
        lambda town: town.deputy, lambda town: cancel_absence(Absence.objects.get(), by=town.leader), take_leave
    ),
    "another became the deputy": Way(
        lambda town: town.deputy,
        lambda town: set_deputy(place_of(town.leader), town.employee, by=town.leader),
        take_leave,
    ),
    "the absent leader was kept out": Way(lambda town: town.deputy, lambda town: keep_out(town.leader), take_leave),
    "the delegation was revoked": Way(
        lambda town: town.teacher, lambda town: revoke(UnitGrant.objects.get(), by=town.leader), let_follow
    ),
    "the delegation expired": Way(
        lambda town: town.teacher,
        lambda town: UnitGrant.objects.update(from_on=today() + 2 * YESTERDAY, to_on=today() + YESTERDAY),
        let_follow,
    ),
    "the giver's appointment ended": Way(lambda town: town.teacher, lambda town: end(town, town.leader), let_follow),
    "the giver's appointment ended behind the actions": Way(
        lambda town: town.teacher,
        lambda town: Appointment.objects.filter(person=town.leader).update(to_on=today() + YESTERDAY),
        let_follow,
    ),
    "the giver was deactivated": Way(
        lambda town: town.teacher, lambda town: deactivate(town.leader, by=town.administrator), let_follow
    ),
    "the giver was given another role": Way(
        lambda town: town.teacher,
        lambda town: Appointment.objects.filter(person=town.leader).update(role=Role.SYSTEM_OWNER),
        let_follow,
    ),
    "the giver was kept out": Way(lambda town: town.teacher, lambda town: keep_out(town.leader), let_follow),
    "the delegate was kept out": Way(lambda town: town.teacher, lambda town: keep_out(town.teacher), let_follow),
}


@pytest.mark.parametrize("name", WAYS)
def test_open_session_loses_sight_of_the_case_on_the_next_request(town: Town, name: str) -> None:
    way = WAYS[name]
    way.give(town)
    upload = SimpleUploadedFile("note.txt", "En note, æøå.".encode(), "text/plain")
    breach = town.report(by=town.employee, uploads=[files.store(upload, keep_for=files.KEEP)]).breach
    page = breach.get_absolute_url()
    file = f"{page}filer/{breach.files.get().stored_id}/"
    lists = ("/brud/", "/brud/?eksport=csv")
    client = Client()
    client.force_login(way.who(town))
    for path in (page, file):
        assert client.get(path).status_code == 200, path
    for path in lists:
        assert breach.number in body(client, path), path

    way.take_away(town)

    gone = 404 if User.objects.get(pk=way.who(town).pk).is_active else 302  # to sign in
    for path in (page, file):
        assert client.get(path).status_code == gone, path
        assert breach.number not in body(client, path)
    for path in lists:
        assert breach.number not in body(client, path), path
    for step in ("modtaget", "skriv", "trin"):
        assert client.post(f"{page}{step}/", {"text": "Nej", "step": "triage"}).status_code in (gone, 403), step
    assert not breach.entries.exists()
    assert not breach.told.filter(acknowledged_at__isnull=False).exists()


def body(client: Client, path: str) -> str:
    response = client.get(path)
    return (b"".join(response) if response.streaming else response.content).decode()  # type: ignore[arg-type]


EACH = 7
assert len(WAYS) * EACH >= 100


@pytest.mark.parametrize("name", WAYS)
def test_no_message_leaves_after_the_right_to_its_case_has_ended(smtp: SmtpSink, town: Town, name: str) -> None:
    """In all, more than a hundred messages wait for people who lose the right; those who keep it get theirs."""
    way = WAYS[name]
    way.give(town)
    loser = way.who(town)
    breaches = [town.report(by=town.employee).breach for _ in range(EACH)]
    for breach in breaches:
        for person in (loser, town.director):
            assert notifications.tell_of_entry(breach, person, breach.pk, to_reporter=False)
    way.take_away(town)
    Message.objects.exclude(kind="breach_entry").delete()
    assert deliver_due() == EACH
    assert {mail["X-Envelope-To"] for mail in smtp.messages()} == {town.director.email}
    withdrawn = Message.objects.filter(state=State.WITHDRAWN)
    assert set(withdrawn.values_list("recipient", flat=True)) == {loser.pk}
    assert withdrawn.count() == EACH
    assert not Message.objects.visible_to(loser).exists()


def test_message_is_sent_where_something_else_still_gives_the_right(smtp: SmtpSink, town: Town) -> None:
    """The leader of the home care leaves that post, and has been made the chief above it."""
    breach = town.report(by=town.employee).breach
    end(town, town.health_chief)
    appoint(town.leader, Role.CENTRE_CHIEF, town.health)
    Appointment.objects.filter(person=town.leader, role=Role.LEADER).update(to_on=today() + YESTERDAY)
    deliver_due()
    assert Message.objects.get(recipient=town.leader, kind="breach_told").state == State.SENT
    assert breach.told.get(person=town.leader).message.state == State.SENT


def test_reporter_hears_of_her_case_also_when_she_lost_her_role(smtp: SmtpSink, town: Town) -> None:
    breach = town.report(by=town.employee).breach
    notifications.tell_of_ending(breach, town.employee)
    Appointment.objects.filter(person=town.employee).update(to_on=today() + YESTERDAY)
    deliver_due()
    assert Message.objects.get(recipient=town.employee).state == State.SENT


def test_delegate_follows_and_acknowledges_but_never_handles(town: Town) -> None:
    let_follow(town)
    breach, other = town.report(by=town.employee).breach, town.report(by=town.teacher, unit=town.children).breach
    delegate_now = User.objects.get(pk=town.teacher.pk)
    assert delegate_now.has_perm(ACKNOWLEDGE, breach)
    assert not delegate_now.has_perm(HANDLE, breach)
    client = Client()
    client.force_login(town.teacher)
    assert client.post(f"{breach.get_absolute_url()}modtaget/").status_code == 302
    assert breach.told.get(person=town.teacher).acknowledged_at
    assert client.post(f"{breach.get_absolute_url()}trin/", {"step": "triage"}).status_code == 403
    assert not delegate_now.has_perm(ACKNOWLEDGE, other), "the delegation is for the home care alone"


def test_deputy_of_the_giver_and_of_the_delegate_get_nothing_from_the_delegation(town: Town) -> None:
    """What is delegated is delegated to one person: it does not pass to whoever stands in for her."""
    let_follow(town)
    Appointment.objects.filter(person=town.teacher).update(deputy=town.administrator)
    register_absence(town.teacher, from_on=today(), to_on=today(), by=town.teacher)
    breach = town.report(by=town.employee).breach
    client = Client()
    client.force_login(town.administrator)
    assert client.get(breach.get_absolute_url()).status_code == 404
