"""The list of documents, a document's page, and its facts: what each may see and do there."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from policy import actions
from policy.enums import Confidentiality, Kind, State
from policy.models import Document, Version
from roles.models import User
from tests.desk import Desk, fresh
from tests.policy.pages import hidden, signed_in, text_of

LIST, NEW = "/dokumenter/", "/dokumenter/nyt/"
FACTS = {
    "kind": Kind.GUIDELINE, "title": "Mail og beskeder", "owner_role": "it_coordinator", "audience": "everybody",
    "confidentiality": "internal", "review_months": "12",
}  # fmt: skip


def queries_of(person: User, url: str) -> int:
    client = signed_in(person)
    client.get(url)  # the session's first page writes more
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


# ── The list ─────────────────────────────────────────────────────────────────────────────────────
def test_list_shows_writers_all_and_colleagues_what_applies(desk: Desk) -> None:
    desk.make(title="På vej")
    desk.in_force(desk.make(title="Intern og gældende", confidentiality=Confidentiality.INTERNAL))
    desk.in_force(desk.make(title="Fortrolig og gældende", confidentiality=Confidentiality.CONFIDENTIAL))
    desk.in_force(desk.make(title="Offentlig og gældende"))

    def seen(person: User) -> set[str]:
        page = text_of(signed_in(person).get(LIST))
        return {word for word in ("På vej", "Intern", "Fortrolig", "Offentlig") if f"{word} og gældende" in page} | (
            {"På vej"} if "På vej" in page else set()
        )

    assert seen(desk.writer) == {"På vej", "Intern", "Fortrolig", "Offentlig"}
    assert seen(desk.employee) == {"Intern", "Offentlig"}
    assert seen(desk.external) == {"Offentlig"}


def test_list_takes_the_same_queries_for_one_document_and_for_many(desk: Desk) -> None:
    desk.in_force(desk.make())
    people = (desk.writer, desk.employee)
    few = [queries_of(person, LIST) for person in people]
    for number in range(12):
        document = desk.adopted(desk.make(title=f"Nummer {number}")).document
        actions.start_version(document, by=desk.writer)
    assert [queries_of(person, LIST) for person in people] == few


def test_list_says_how_many_lack_their_yearly_approval(desk: Desk) -> None:
    desk.adopted(desk.make(title="Gammel"))
    desk.in_force(desk.make(title="Ny"))
    page = text_of(signed_in(desk.writer).get(LIST))
    assert "2 dokumenter, 1 mangler årlig godkendelse" in page
    late = text_of(signed_in(desk.writer).get(LIST, {"mangler": "ja"}))
    assert "Gammel" in late


# ── A new document ───────────────────────────────────────────────────────────────────────────────
def test_writer_makes_a_document_and_is_led_to_its_text(desk: Desk) -> None:
    client = signed_in(desk.writer)
    assert client.get(NEW).status_code == 200
    response = client.post(NEW, FACTS)
    assert (response.status_code, response["Location"]) == (302, "/dokumenter/ret-001/udgaver/1/tekst/")
    assert Version.objects.get().title == "Mail og beskeder"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": "  "}, "Skriv en titel."),
        ({"kind": "law"}, "Vælg noget på listen."),
        ({"kind": ""}, "Vælg noget på listen."),
        ({"kind": Kind.RULE}, "Vælg, om reglen er organisatorisk, fysisk eller teknisk."),
        ({"is_breach_plan": "on"}, "Kun en handlingsplan kan være handlingsplanen for brud."),
        ({"kind": Kind.POLICY}, "Politikken skal være offentlig."),
        ({"review_months": "13"}, "12"),
        ({"title": "x" * 201}, "1 tegn for lang"),
    ],
)
def test_document_that_cannot_be_made_comes_back_with_a_sentence(
    desk: Desk, changed: dict[str, str], sentence: str
) -> None:
    response = signed_in(desk.writer).post(NEW, {**FACTS, "journal_number": "24/1234", **changed})
    page = text_of(response)
    assert response.status_code == 422
    assert sentence in page
    assert "24/1234" in page
    assert not Document.objects.exists()


def test_second_policy_cannot_be_chosen(desk: Desk) -> None:
    desk.policy()
    client = signed_in(desk.writer)
    assert 'value="policy"' not in text_of(client.get(NEW))
    response = client.post(NEW, {**FACTS, "kind": Kind.POLICY, "confidentiality": "public"})
    assert response.status_code == 422
    assert Document.objects.count() == 1


def test_only_writers_see_the_page_for_a_new_document(desk: Desk) -> None:
    for person in (desk.director, desk.secretariat, desk.dpo, desk.employee, desk.administrator):
        response = signed_in(person).post(NEW, FACTS)
        assert response.status_code == 403
        assert "it-sikkerhedskoordinatoren" in text_of(response)
        assert NEW not in text_of(signed_in(person).get(LIST))
    assert NEW in text_of(signed_in(desk.writer).get(LIST))


# ── A document ───────────────────────────────────────────────────────────────────────────────────
def test_page_leads_to_what_applies_and_to_what_is_on_its_way(desk: Desk) -> None:
    first = desk.adopted(desk.make())
    second = actions.start_version(first.document, by=desk.writer)
    url = first.document.get_absolute_url()
    page = text_of(signed_in(desk.writer).get(url))
    assert first.get_absolute_url() in page
    assert second.get_absolute_url() in page
    assert "Revurdering mangler" in page
    reader = text_of(signed_in(desk.employee).get(url))
    assert first.get_absolute_url() in reader
    assert second.get_absolute_url() not in reader
    assert "Begynd på en ny udgave" not in reader
    assert "Ret oplysninger" not in reader


def test_what_may_not_be_seen_is_not_found(desk: Desk) -> None:
    draft = desk.make()
    secret = desk.in_force(desk.make(title="Fortrolig", confidentiality=Confidentiality.CONFIDENTIAL))
    for path in (draft.document.get_absolute_url(), secret.document.get_absolute_url(), "/dokumenter/ret-999/"):
        answers = {
            signed_in(desk.employee).get(path).status_code,
            signed_in(desk.employee).get(f"{path}oplysninger/").status_code,
        }
        assert answers == {404}, path
    assert signed_in(desk.dpo).get(draft.document.get_absolute_url()).status_code == 200


def test_new_version_is_begun_on_the_page_once(desk: Desk) -> None:
    document = desk.in_force(desk.make()).document
    url = document.get_absolute_url()
    client = signed_in(desk.writer)
    assert "Begynd på en ny udgave" in text_of(client.get(url))
    response = client.post(f"{url}udgaver/ny/")
    assert response["Location"] == f"{url}udgaver/2/tekst/"
    again = client.post(f"{url}udgaver/ny/", follow=True)
    assert "Der er allerede begyndt på en ny udgave." in text_of(again)
    assert Version.objects.count() == 2
    assert client.get(f"{url}udgaver/ny/")["Location"] == url
    assert signed_in(desk.dpo).post(f"{url}udgaver/ny/").status_code == 403


def test_deleted_draft_is_had_back_on_the_page(desk: Desk) -> None:
    version = desk.at(State.DISCARDED)
    url = version.document.get_absolute_url()
    client = signed_in(desk.writer)
    page = text_of(client.get(url))
    assert "Hent den slettede kladde igen" in page
    seen = re.findall(r'name="seen" value="([^"]+)"', page)[0]
    assert client.post(f"{version.get_absolute_url()}trin/", {"step": "restore", "seen": seen}).status_code == 302
    assert fresh(version).state == State.DRAFT
    assert "Hent den slettede kladde igen" not in text_of(client.get(url))


# ── Its facts ────────────────────────────────────────────────────────────────────────────────────
def facts(document: Document, **changed: Any) -> dict[str, Any]:
    return {**FACTS, "revision": document.revision, "confidentiality": document.confidentiality, **changed}


def test_facts_are_changed_and_kind_and_title_are_not(desk: Desk) -> None:
    document = desk.make().document
    url = f"{document.get_absolute_url()}oplysninger/"
    client = signed_in(desk.writer)
    assert 'name="title"' not in text_of(client.get(url))
    response = client.post(url, facts(document, journal_number="24/9", title="Andet", kind=Kind.TEMPLATE))
    assert response.status_code == 302
    document.refresh_from_db()
    assert (document.journal_number, document.title, document.kind) == ("24/9", "Mail og beskeder", Kind.GUIDELINE)


def test_second_saver_of_facts_is_told_and_keeps_her_words(desk: Desk) -> None:
    document = desk.make().document
    url = f"{document.get_absolute_url()}oplysninger/"
    sent = facts(document, journal_number="24/1")
    assert signed_in(desk.writer).post(url, sent).status_code == 302
    second = signed_in(desk.gdpr_unit)
    response = second.post(url, {**sent, "journal_number": "24/2"})
    page = text_of(response)
    assert response.status_code == 409
    assert "Dokumentet er ændret af en anden" in page
    assert 'value="24/2"' in page
    assert Document.objects.get().journal_number == "24/1"
    newer = hidden(page, "revision")
    assert second.post(url, {**sent, "journal_number": "24/2", "revision": newer}).status_code == 302
    assert Document.objects.get().journal_number == "24/2"


def test_policy_is_not_made_internal_on_its_page(desk: Desk) -> None:
    document = desk.policy().document
    response = signed_in(desk.writer).post(
        f"{document.get_absolute_url()}oplysninger/", facts(document, confidentiality="internal", journal_number="24/7")
    )
    assert response.status_code == 422
    assert "Politikken skal være offentlig." in text_of(response)
    assert "24/7" in text_of(response)
    assert Document.objects.get().confidentiality == Confidentiality.PUBLIC


def test_senseless_revision_is_no_crash(desk: Desk) -> None:
    document = desk.make().document
    for revision in ("", "x", "9" * 5000, "-1"):
        response = signed_in(desk.writer).post(
            f"{document.get_absolute_url()}oplysninger/", facts(document, revision=revision)
        )
        assert response.status_code in (409, 422)


def test_every_page_of_a_text_that_applies_answers(desk: Desk) -> None:
    version = desk.in_force(desk.policy())
    document, url = version.document.get_absolute_url(), version.get_absolute_url()
    client = signed_in(desk.writer)
    for path in (
        *(LIST, NEW, "/dokumenter/hent/", "/dokumenter/godkendelsesveje/", document, f"{document}oplysninger/", url),
        *(f"{url}{page}" for page in ("forloeb/", "forloeb.pdf", "udgave.pdf", "punkter/")),
    ):
        assert client.get(path).status_code == 200, path
    for path in ("/politik/", document, LIST):
        assert Client().get(path).status_code == 200, path  # the public side
