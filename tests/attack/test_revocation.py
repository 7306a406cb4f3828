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
from meetings.models import Decision
from policy import actions as policy
from policy.enums import Kind
from policy.models import ApprovalRoute, HearingPart, Version
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
from tests.access_objects import ASKED, adopt, holders_now, write
from tests.factories import Town, WholeTown, appoint, make_town, make_whole_town
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


# ── Documents ────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Desk:
    """A guideline that applies, with its minutes, and one that is being heard by lawyers, DPO and leaders."""

    town: WholeTown
    who: dict[str, User]
    applies: Version
    heard: Version
    minutes: str


@pytest.fixture
def desk() -> Desk:
    town = make_whole_town()
    who = holders_now(town)
    stored = files.store(SimpleUploadedFile("referat.txt", b"Punkt 4.", "text/plain"), keep_for=files.KEEP)
    applies = adopt(who, write(who, Kind.GUIDELINE, "Mail og beskeder"), uploads=[stored])
    heard = write(who, Kind.GUIDELINE, "Kanariens gæster")
    policy.open_hearing(heard, ASKED, today() + timedelta(days=9), by=who["it_coordinator"])
    return Desk(town, who, applies, heard, f"/moeder/beslutninger/{applies.decision_id}/filer/{stored.pk}/")


def end_role(desk: Desk, name: str) -> None:
    end_appointment(place_of(desk.who[name]), by=desk.town.administrator, on=today() + YESTERDAY)


def give_up_the_text(desk: Desk) -> None:
    for part in HearingPart.objects.filter(hearing__version=desk.heard):
        policy.answer_hearing(part, "", has_remarks=False, by=desk.who[part.role])
    policy.end_hearing(desk.heard, by=desk.who["it_coordinator"])
    policy.discard(desk.heard, by=desk.who["it_coordinator"])


@dataclass(frozen=True)
class WayIn:
    """Who sees the text that is being heard; what takes it away."""

    role: str
    take_away: Callable[[Desk], object]
    follows: bool = True  # also sees decisions and drafts of others
    give: Callable[[Desk], object] = lambda desk: None


WAYS_IN = {
    "the lawyer's appointment ended": WayIn("lawyer", lambda desk: end_role(desk, "lawyer")),
    "the writer's appointment ended": WayIn("it_chief", lambda desk: end_role(desk, "it_chief")),
    "the member left the committee": WayIn("committee", lambda desk: end_role(desk, "committee")),
    "the adviser was deactivated": WayIn(
        "dpo", lambda desk: deactivate(desk.who["dpo"], by=desk.town.administrator)
    ),
    "the leader's appointment ended": WayIn("leader", lambda desk: end_role(desk, "leader"), follows=False),
    "the text was given up after the hearing": WayIn("leader", give_up_the_text, follows=False),
    "the hearing was taken back": WayIn(
        "leader", lambda desk: policy.take_back(desk.heard, by=desk.who["it_coordinator"], note="Ret."), follows=False
    ),
    "the leader came back": WayIn(
        "deputy",
        lambda desk: cancel_absence(Absence.objects.get(), by=desk.town.leader),
        follows=False,
        give=lambda desk: desk.town.leader_goes_away(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS_IN)
def test_open_session_loses_sight_of_the_draft_on_the_next_request(desk: Desk, name: str) -> None:
    way = WAYS_IN[name]
    way.give(desk)
    page, number = desk.heard.get_absolute_url(), desk.heard.document.number
    pages = [desk.heard.document.get_absolute_url(), page, f"{page}udgave.pdf"]
    pages += [f"{page}forloeb/", f"{page}forloeb.pdf", desk.minutes] if way.follows else []
    lists = ("/dokumenter/?nulstil=1", "/dokumenter/?eksport=csv", "/dokumenter/?q=kanariens")
    client = Client()
    client.force_login(desk.who[way.role])
    for path in pages:
        assert client.get(path).status_code == 200, path
    assert all(number in body(client, path) for path in lists)
    assert client.post(f"{page}kommentar/", {"text": "Før"}).status_code == 302

    way.take_away(desk)

    is_active = User.objects.get(pk=desk.who[way.role].pk).is_active
    for path in pages:
        is_open = path == pages[0] and not is_active  # the public's side of a document's page
        assert client.get(path).status_code == (404 if is_active or is_open else 302), path
        assert number not in body(client, path)
    for path in lists:
        assert number not in body(client, path), path
    before = Version.objects.values().get(pk=desk.heard.pk)
    part = HearingPart.objects.filter(hearing__version=desk.heard).last()
    answer = {"part": str(part.pk), "has_remarks": "ja", "text": "Efter"}
    sent = {"kommentar": {"text": "Efter"}, "hoering/svar": answer, "tekst": {"text": "Efter", "title": "Efter"},
            "trin": {"step": "take_back", "note": "Efter", "seen": desk.heard.seen}}  # fmt: skip
    for end, data in sent.items():
        assert client.post(f"{page}{end}/", data).status_code in (404, 403, 302), end
    assert Version.objects.values().get(pk=desk.heard.pk) == before
    assert not desk.heard.comments.filter(text="Efter").exists()
    assert not HearingPart.objects.filter(text="Efter").exists()


@pytest.mark.parametrize("name", [name for name, way in WAYS_IN.items() if way.role in ("lawyer", "dpo", "leader")])
def test_no_mail_about_a_hearing_leaves_after_the_right_to_the_text_has_ended(
    smtp: SmtpSink, desk: Desk, name: str
) -> None:
    way = WAYS_IN[name]
    loser = desk.who[way.role]
    asked = Message.objects.filter(kind="policy_hearing")
    assert asked.filter(recipient=loser).exists()
    way.take_away(desk)
    Message.objects.exclude(kind="policy_hearing").delete()
    deliver_due()
    to = {mail["X-Envelope-To"] for mail in smtp.messages()}
    assert loser.email not in to
    assert desk.who["lawyer" if way.role != "lawyer" else "dpo"].email in to, "those who may still see it get theirs"
    assert asked.get(recipient=loser).state == State.WITHDRAWN
    assert not Message.objects.visible_to(loser).exists()


def test_recorder_who_left_while_the_page_was_open_decides_nothing(desk: Desk) -> None:
    """The director has the form before her when the office ends."""
    version = write(desk.who, Kind.PROCEDURE, "Nøgler")
    ApprovalRoute.objects.filter(kind=Kind.PROCEDURE).update(needs_hearing=False, needs_statement=False)
    policy.submit(version, by=desk.who["it_coordinator"])
    version.refresh_from_db()
    client, address = Client(), f"{version.get_absolute_url()}beslutning/beslut/"
    client.force_login(desk.who["director"])
    assert client.get(address).status_code == 200
    end_role(desk, "director")
    sent = {"decided_on": today().isoformat(), "reference": "Sag 1", "seen": version.seen}
    assert client.post(address, sent).status_code == 404
    assert not Decision.objects.filter(object_id=version.pk).exists()
