"""The pages of bodies: who sits there, what they decided, and the files of the decisions, each by its own right."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from glostrup_isms.kit import files
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.saved_views import SavedView
from meetings.enums import BodyKind, Outcome
from meetings.models import Body, Decision
from policy.enums import Kind
from roles.enums import Role
from roles.models import Appointment, User, today
from tests.access_objects import adopt, holders_now, write
from tests.factories import WholeTown, appoint, make_user, make_whole_town

pytestmark = pytest.mark.django_db
COMMITTEE = "/moeder/informationssikkerhedsudvalget/"
DIRECTOR = "/moeder/kommunaldirektoeren/"


@pytest.fixture
def town() -> WholeTown:
    return make_whole_town()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, path: str) -> str:
    return unescape(signed_in(user).get(path).content.decode())


def decided(town: WholeTown, title: str = "Mail og beskeder", **fields: Any) -> Decision:
    """By the municipal director, of a guideline."""
    who = holders_now(town)
    decision = adopt(who, write(who, Kind.GUIDELINE, title), **fields).decision
    assert decision is not None
    return decision


def test_list_names_every_body_and_leads_to_it(town: WholeTown) -> None:
    text = page(town.employee, "/moeder/")
    assert Body.objects.count() == len(BodyKind)
    for body in Body.objects.all():
        assert str(body) in text
        assert f'href="{body.get_absolute_url()}"' in text
        assert signed_in(town.employee).get(body.get_absolute_url()).status_code == 200


def test_member_is_named_once_with_the_chair_first(town: WholeTown) -> None:
    """Who holds two seats in a body sits there once."""
    director = town.director
    appoint(director, Role.COMMITTEE, town.administration)
    appoint(make_user("aase", "Åse Åkjær"), Role.COMMITTEE, town.administration)
    text = page(town.employee, COMMITTEE)
    members = text.partition("Medlemmer")[2].partition("</section>")[0]
    assert members.count(str(director)) == 1
    assert members.index(str(director)) < members.index("Rolle ") < members.index("Åse Åkjær")
    assert members.count("Formand") == 1
    assert f'href="{director.get_absolute_url()}"' in members


@pytest.mark.parametrize(
    "fields", [{"to_on": today() - timedelta(days=1)}, {"from_on": today() + timedelta(days=1)}], ids=["left", "comes"]
)
def test_only_those_who_sit_there_today_are_named(town: WholeTown, fields: dict[str, Any]) -> None:
    member = make_user("medlem", "Mille Medlem")
    appoint(member, Role.DPR, town.administration, **fields)
    body = Body.objects.get(kind=BodyKind.DPR)
    assert not body.has_member(User.objects.get(pk=member.pk))
    assert "Mille Medlem" not in page(town.employee, body.get_absolute_url())


def test_body_without_members_says_who_appoints_them(town: WholeTown) -> None:
    Appointment.objects.filter(role=Role.DPR).delete()
    assert "Ingen er udpeget endnu." in page(town.employee, Body.objects.get(kind=BodyKind.DPR).get_absolute_url())


def test_decision_leads_to_the_text_that_it_is_about(town: WholeTown) -> None:
    decision = decided(town)
    lawyer = town.holders["lawyer"]
    assert f'href="{decision.url}"' in page(lawyer, DIRECTOR)
    assert signed_in(lawyer).get(decision.url).status_code == 200
    assert decision.label not in page(lawyer, COMMITTEE), "decided by another body"


def test_decisions_are_searched_filtered_and_taken_out_by_those_who_follow_the_work(town: WholeTown) -> None:
    mail, guests = decided(town), decided(town, "Besøgende")
    Decision.objects.filter(pk=guests.pk).update(outcome=Outcome.RETURNED)
    lawyer = signed_in(town.holders["lawyer"])
    for query, wanted in (("q=besøgende", {guests}), ("udfald=godkendt", {mail}), ("", {mail, guests})):
        assert set(lawyer.get(f"{DIRECTOR}?{query or 'nulstil=1'}").context["table"].rows) == wanted, query
    export = b"".join(lawyer.get(f"{DIRECTOR}?eksport=csv")).decode()  # type: ignore[arg-type]
    assert mail.label in export
    assert guests.label in export


def test_view_of_decisions_is_saved_by_those_who_see_them(town: WholeTown) -> None:
    sent = {"handling": "gem-visning", "navn": "Afvist"}
    refused = signed_in(town.employee).post(DIRECTOR, sent)
    assert refused.status_code == 403
    assert "de, der følger arbejdet" in unescape(refused.content.decode())
    assert not SavedView.objects.exists()
    assert signed_in(town.holders["lawyer"]).post(f"{DIRECTOR}?udfald=sendt-tilbage", sent).status_code == 302
    assert SavedView.objects.get().name == "Afvist"


def test_minutes_are_read_by_the_decisions_right_alone(town: WholeTown) -> None:
    """By no other decision and by no guess; each reading leaves a line in the trail, and all refusals look alike."""
    stored = files.store(SimpleUploadedFile("referat.txt", b"Punkt 4: Godkendt.", "text/plain"), keep_for=files.KEEP)
    decision, other = decided(town, uploads=[stored]), decided(town, "Besøgende")
    path = f"/moeder/beslutninger/{decision.pk}/filer/{stored.pk}/"
    response = signed_in(town.holders["lawyer"]).get(path)
    assert b"".join(response).decode() == "Punkt 4: Godkendt."  # type: ignore[arg-type]
    assert "sandbox" in response["Content-Security-Policy"]
    assert 'filename="referat.txt"' in response["Content-Disposition"]
    entry = AuditEntry.objects.get(action="decision.file")
    assert (entry.actor_id, entry.object_id) == (town.holders["lawyer"].pk, str(decision.pk))
    employee, lawyer = signed_in(town.employee), signed_in(town.holders["lawyer"])
    missing = f"/moeder/beslutninger/{decision.pk}/filer/00000000-0000-4000-8000-000000000000/"
    refused = [employee.get(path), employee.get(missing), employee.get("/moeder/beslutninger/999999/filer/x/"),
               lawyer.get(missing), lawyer.get(f"/moeder/beslutninger/{other.pk}/filer/{stored.pk}/")]  # fmt: skip
    assert {answer.status_code for answer in refused} == {404}
    assert len({answer.content for answer in refused}) == 1
    assert AuditEntry.objects.filter(action="decision.file").count() == 1


@pytest.mark.parametrize("state", ["waiting", "infected"])
def test_minutes_that_are_not_looked_through_are_handed_to_nobody(town: WholeTown, state: str) -> None:
    stored = files.store(SimpleUploadedFile("referat.txt", b"Punkt 4.", "text/plain"), keep_for=files.KEEP)
    decision = decided(town, uploads=[stored])
    files.StoredFile.objects.filter(pk=stored.pk).update(scan_state=state)
    answer = signed_in(town.holders["lawyer"]).get(f"/moeder/beslutninger/{decision.pk}/filer/{stored.pk}/")
    assert answer.status_code == 403
    assert b"Punkt 4" not in answer.content
