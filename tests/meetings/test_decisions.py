"""Bodies and their decisions: who sits where, who writes in what was decided, and who may read it."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone

from glostrup_isms.kit import files
from glostrup_isms.kit.audit import AuditEntry
from meetings.actions import WrongDecision, body_named, decisions_on, record_decision, void_decisions
from meetings.enums import BodyKind, Outcome
from meetings.models import Body, Decision, DecisionFile
from meetings.permissions import FOLLOWERS, acts_as, why_not_record
from roles.enums import Role
from roles.models import Absence, Appointment, User, today
from tests.factories import WholeTown, make_whole_town

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# Who writes in what the body decided (P-45, P-46, P-77, P-81).
RECORDERS = {
    BodyKind.COUNCIL: {"secretariat"},
    BodyKind.EXECUTIVE: {"director", "executive"},
    BodyKind.DIRECTOR: {"director"},
    BodyKind.COMMITTEE: {"director", "committee"},
    BodyKind.DPR: {"dpr"},
}


@pytest.fixture
def town() -> WholeTown:
    return make_whole_town()


def person(town: WholeTown, name: str) -> User:
    return User.objects.get(pk=town.holders[name].pk)


def record(town: WholeTown, kind: str = BodyKind.COMMITTEE, by: str = "committee", **fields: Any) -> Decision:
    """Any row can be decided of; here it is a unit."""
    given: dict[str, Any] = {
        "body": body_named(kind), "outcome": Outcome.APPROVED, "decided_on": today(), "label": "Skolens plan",
        "url": "/x/", "sha256": "a" * 64, "by": person(town, by), "reference": "Punkt 1",
    }  # fmt: skip
    return record_decision(town.school, **{**given, **fields})


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


# ── Bodies ───────────────────────────────────────────────────────────────────────────────────────
def test_every_body_is_there_from_the_beginning() -> None:
    assert set(Body.objects.values_list("kind", flat=True)) == set(BodyKind)


@pytest.mark.parametrize("kind", list(BodyKind))
def test_only_a_bodys_own_people_write_its_decisions_in(town: WholeTown, kind: BodyKind) -> None:
    body = body_named(kind)
    for name in town.holders:
        by = person(town, name)
        if name in RECORDERS[kind]:
            assert why_not_record(by, body) is None
            assert record(town, kind, name).recorded_by == by
            continue
        assert str(body) in str(why_not_record(by, body))
        with pytest.raises(PermissionDenied, match="Beslutningen træffes af"):
            record(town, kind, name)
    assert Decision.objects.count() == len(RECORDERS[kind])


def test_seat_ends_with_the_appointment(town: WholeTown) -> None:
    body = body_named(BodyKind.COMMITTEE)
    member = person(town, "committee")
    assert body.has_member(member)
    assert {place.person for place in body.members} == {member, town.director}
    Appointment.objects.filter(person=member).update(to_on=today() - DAY)
    assert not body.has_member(person(town, "committee"))
    assert {place.person for place in body.members} == {town.director}
    with pytest.raises(PermissionDenied):
        record(town)


def test_deputy_writes_in_for_an_absent_member_and_acts_for_her(town: WholeTown) -> None:
    Appointment.objects.filter(role=Role.DIRECTOR).update(deputy=person(town, "colleague"))
    with pytest.raises(PermissionDenied):
        record(town, by="colleague")
    Absence.objects.create(person=town.director, from_on=today(), to_on=today())
    assert record(town, by="colleague").recorded_by == person(town, "colleague")
    body = body_named(BodyKind.COMMITTEE)
    assert acts_as(person(town, "colleague"), body) == {person(town, "colleague").pk, town.director.pk}
    Appointment.objects.filter(role=Role.DIRECTOR).update(deputy=person(town, "committee"))
    assert acts_as(person(town, "committee"), body) == {person(town, "committee").pk}  # she sits there herself


# ── Decisions ────────────────────────────────────────────────────────────────────────────────────
def test_decision_says_what_was_decided_of_what(town: WholeTown) -> None:
    decision = record(town, text="Tiltrådt.", reference=" Punkt 1 ", label="x" * 400)
    assert decision.concerns == town.school
    assert (decision.reference, decision.text, len(decision.label)) == ("Punkt 1", "Tiltrådt.", 300)
    assert list(decisions_on(town.school)) == [decision]
    assert list(decisions_on(town.health)) == []
    assert list(decisions_on()) == []


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"decided_on": lambda: today() + DAY}, "decided_on", "ligger i fremtiden"),
        ({"decided_on": lambda: today() - DAY, "not_before": today}, "decided_on", "kan ikke være ældre end"),
    ],
)
def test_decision_is_dated_when_it_was_taken(
    town: WholeTown, fields: dict[str, Callable[[], object]], field: str, sentence: str
) -> None:
    with pytest.raises(WrongDecision, match=sentence) as caught:
        record(town, **{name: value() for name, value in fields.items()})
    assert caught.value.field == field
    assert not Decision.objects.exists()


def test_councils_decision_names_its_case(town: WholeTown) -> None:
    """P-81; other bodies need not have one."""
    with pytest.raises(WrongDecision, match="sagsnummer eller dagsordenspunkt"):
        record(town, BodyKind.COUNCIL, "secretariat", reference=" ")
    assert record(town, reference="").reference == ""


def test_decisions_that_fall_stay_with_their_reason(town: WholeTown) -> None:
    other = record_decision(
        town.health, body=body_named(BodyKind.COMMITTEE), outcome=Outcome.APPROVED, decided_on=today(), label="x",
        url="/x/", sha256="a" * 64, by=person(town, "committee"),
    )  # fmt: skip
    approved, withdrawn = record(town), record(town, outcome=Outcome.WITHDRAWN)
    assert void_decisions(town.school, "Teksten er ændret." * 50, [Outcome.APPROVED]) == 1
    assert void_decisions(town.school, "Igen.", [Outcome.APPROVED]) == 0
    approved.refresh_from_db()
    assert approved.voided_at is not None
    assert len(approved.void_reason) == 500
    assert set(Decision.objects.standing()) == {withdrawn, other}


def test_database_holds_no_void_reason_without_its_time(town: WholeTown) -> None:
    decision = record(town)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(void_reason="Fordi.")
    Decision.objects.filter(pk=decision.pk).update(void_reason="Fordi.", voided_at=timezone.now())


def test_body_that_has_decided_cannot_be_deleted(town: WholeTown) -> None:
    record(town)
    with pytest.raises(ProtectedError):
        body_named(BodyKind.COMMITTEE).delete()


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────
def test_bodies_and_their_chairs_are_open_to_colleagues_and_closed_to_externals(town: WholeTown) -> None:
    page = text_of(signed_in(town.employee).get("/moeder/informationssikkerhedsudvalget/"))
    assert str(town.director) in page
    assert "Formand" in page
    assert "/moeder/kommunalbestyrelsen/" in text_of(signed_in(town.employee).get("/moeder/"))
    external = signed_in(person(town, "external"))
    assert "/moeder/kommunalbestyrelsen/" not in text_of(external.get("/moeder/"))
    assert external.get("/moeder/kommunalbestyrelsen/").status_code == 404
    assert external.get("/moeder/findes-ikke/").status_code == 404


def test_decisions_are_read_by_those_who_follow_the_work(town: WholeTown) -> None:
    record(town, label="Retningslinje for mail")
    for name in town.holders:
        user = person(town, name)
        follows = user.has_role(*FOLLOWERS)
        assert Decision.objects.visible_to(user).exists() is follows, name
        if user.has_perm("meetings.view_body"):
            page = text_of(signed_in(user).get("/moeder/informationssikkerhedsudvalget/"))
            assert ("Retningslinje for mail" in page) is follows, name


def test_list_of_decisions_is_not_exported_to_those_who_may_not_read_it(town: WholeTown) -> None:
    record(town, label="Retningslinje for mail")
    for extra in ("?eksport=xlsx", "?eksport=csv", "?q=mail"):
        response = signed_in(town.employee).get(f"/moeder/informationssikkerhedsudvalget/{extra}")
        assert "Retningslinje for mail" not in text_of(response)


def test_decision_that_fell_says_so(town: WholeTown) -> None:
    record(town)
    void_decisions(town.school, "Ændret.", [Outcome.APPROVED])
    page = text_of(signed_in(person(town, "it_coordinator")).get("/moeder/informationssikkerhedsudvalget/"))
    assert "Godkendt (bortfaldet)" in page


def test_minutes_are_served_to_those_who_may_read_the_decision(town: WholeTown) -> None:
    stored = files.store(SimpleUploadedFile("referat.txt", b"Punkt 1"), keep_for=files.KEEP)
    decision, other = record(town, uploads=[stored]), record(town)
    row = DecisionFile.objects.get()
    assert (row.decision, row.stored.kept_until) == (decision, None)
    url = f"/moeder/beslutninger/{decision.pk}/filer/{stored.pk}/"
    response: Any = signed_in(person(town, "it_coordinator")).get(url)
    assert b"".join(response.streaming_content) == b"Punkt 1"
    assert response["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(action="decision.file").count() == 1
    reader = signed_in(person(town, "it_coordinator"))
    assert reader.get(f"/moeder/beslutninger/{other.pk}/filer/{stored.pk}/").status_code == 404
    for name in ("employee", "administrator", "councillor", "external"):
        assert signed_in(person(town, name)).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_page_of_a_body_takes_the_same_queries_for_one_decision_and_for_many(
    town: WholeTown, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(person(town, "it_coordinator"))
    for number in range(30):
        record(town, label=f"Nummer {number}")
    with django_assert_max_num_queries(20):
        client.get("/moeder/informationssikkerhedsudvalget/")


def test_only_readers_of_decisions_save_views_of_them(town: WholeTown) -> None:
    response = signed_in(town.employee).post("/moeder/informationssikkerhedsudvalget/", {"gem": "1"})
    assert response.status_code == 403
    assert "Kun de, der følger arbejdet" in text_of(response)
