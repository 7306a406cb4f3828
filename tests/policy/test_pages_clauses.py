"""Whom the clauses of a version bind, and what is said of them, as the pages take it: nothing typed is lost."""

from typing import Any

import pytest

from policy import actions
from policy.models import Comment, Version
from roles.enums import Role
from roles.models import User
from tests.desk import TEXT, Desk, fresh
from tests.policy.pages import hidden, signed_in, text_of


# ── Clauses ──────────────────────────────────────────────────────────────────────────────────────
def bind(person: User, version: Version, said: dict[str, str], page: str = "", **fields: Any) -> Any:
    keys = {clause.number: clause.key for clause in version.clauses.all()}
    sent: dict[str, Any] = {"revision": version.revision, **fields}
    sent |= {f"roles-{keys[number]}": words for number, words in said.items()}
    return signed_in(person).post(f"{version.get_absolute_url()}punkter/{page}", sent)


def test_roles_are_read_from_their_names(desk: Desk) -> None:
    version = desk.make()
    key = version.clauses.get(number="2.2").key
    response = bind(
        desk.writer, version, {"2.2": " systemejer , LEDER, Systemejer;It-chef "}, **{f"evidence-{key}": "access"}
    )
    assert response["Location"] == version.get_absolute_url()
    clause = version.clauses.get(number="2.2")
    assert (clause.roles, clause.evidence) == ([Role.SYSTEM_OWNER, Role.LEADER, Role.IT_CHIEF], ["access"])
    page = text_of(signed_in(desk.writer).get(version.get_absolute_url()))
    assert "Gælder for: Systemejer, Leder, It-chef · Vises af: Godkendte autorisationer" in page


def test_unknown_role_is_refused_and_what_was_typed_stays(desk: Desk) -> None:
    version = desk.make()
    response = bind(desk.writer, version, {"2.2": "Systemejer, Kejseren", "2.3": "DPO'en"})
    page = text_of(response)
    assert response.status_code == 422
    assert "Vi kender ikke rollen »Kejseren«." in page
    assert 'value="Systemejer, Kejseren"' in page
    assert not version.clauses.exclude(roles=[]).exists()


def test_stale_page_binds_nothing_and_may_be_sent_again(desk: Desk) -> None:
    version = desk.make()
    actions.save_text(version, TEXT + "\nMere.\n", title=version.title, by=desk.gdpr_unit, revision=1)
    response = bind(desk.writer, version, {"2.2": "Systemejer"})
    page = text_of(response)
    assert response.status_code == 409
    assert "En anden har gemt teksten" in page
    assert 'value="Systemejer"' in page
    assert version.clauses.get(number="2.2").roles == []
    newer = hidden(page, "revision")
    assert bind(desk.writer, version, {"2.2": "Systemejer"}, revision=newer).status_code == 302
    assert version.clauses.get(number="2.2").roles == [Role.SYSTEM_OWNER]


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 5000])
def test_clauses_without_a_sensible_revision_are_a_conflict(desk: Desk, revision: str) -> None:
    assert bind(desk.writer, desk.make(), {"2.2": "Systemejer"}, revision=revision).status_code == 409


def test_clauses_of_a_locked_text_are_not_bound(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    response = bind(desk.writer, version, {"2.2": "Systemejer"})
    assert response.status_code == 409
    assert "kan ikke rettes nu" in text_of(response)


def test_many_clauses_come_on_pages_and_each_saves_its_own(desk: Desk) -> None:
    version = desk.make(text="\n\n".join(f"Punkt nummer {number}." for number in range(250)))
    client = signed_in(desk.writer)
    url = f"{version.get_absolute_url()}punkter/"
    first, second = text_of(client.get(url)), text_of(client.get(f"{url}?side=2"))
    assert (first.count('name="roles-'), second.count('name="roles-')) == (50, 50)
    assert "Punkt nummer 249." in text_of(client.get(f"{url}?side=5"))
    bind(desk.writer, version, {"0.250": "DPO"}, page="?side=1")  # not of that page
    assert version.clauses.get(number="0.250").roles == []
    last = {"0.250": "Jurist"}
    assert bind(desk.writer, fresh(version), last, page="?side=5").status_code == 302
    assert version.clauses.get(number="0.250").roles == [Role.LAWYER]
    for odd in ("0", "3", "x", "9" * 5000):
        assert client.get(url, {"side": odd}).status_code == 200


# ── Comments ─────────────────────────────────────────────────────────────────────────────────────
def test_comment_is_written_and_closed_on_the_page(desk: Desk) -> None:
    version = desk.make()
    url = version.get_absolute_url()
    response = signed_in(desk.lawyer).post(f"{url}kommentar/", {"text": "Er 0101701234 med?", "clause": "2.2"})
    made = Comment.objects.get()
    assert response["Location"] == f"{url}#kommentar-{made.pk}"
    assert "0101701234" not in made.text
    close = f"{url}kommentar/luk/"
    assert signed_in(desk.dpo).post(close, {"comment": made.pk}).status_code == 403
    for odd in ("", "x", "0", str(10**30)):
        assert signed_in(desk.writer).post(close, {"comment": odd}).status_code == 404
    assert signed_in(desk.writer).post(close, {"comment": made.pk, "answer": "Ja\x00, nu."}).status_code == 302
    assert Comment.objects.get().answer == "Ja, nu."


def test_comment_that_cannot_be_saved_comes_back(desk: Desk) -> None:
    version = desk.make()
    url = f"{version.get_absolute_url()}kommentar/"
    for sent, sentence in (
        ({"text": "Min kommentar.", "clause": "9.9"}, "Punkt 9.9 findes ikke"),
        ({"text": " ", "clause": "2.2"}, "Skriv din kommentar."),
    ):
        response = signed_in(desk.lawyer).post(url, sent)
        assert response.status_code == 422
        assert sentence in text_of(response)
        assert sent["text"].strip() in text_of(response)
    assert not Comment.objects.exists()


def test_comment_of_another_version_is_not_closed_here(desk: Desk) -> None:
    version, other = desk.make(), desk.make(title="Anden")
    made = actions.comment(other, "Hvad?", by=desk.dpo)
    response = signed_in(desk.writer).post(f"{version.get_absolute_url()}kommentar/luk/", {"comment": made.pk})
    assert response.status_code == 404
    assert Comment.objects.open().exists()


def test_second_who_closes_a_comment_keeps_her_words(desk: Desk) -> None:
    version = desk.make()
    made = actions.comment(version, "Hvad?", by=desk.dpo)
    url = f"{version.get_absolute_url()}kommentar/luk/"
    signed_in(desk.writer).post(url, {"comment": made.pk, "answer": "Rettet."})
    page = text_of(signed_in(desk.it_chief).post(url, {"comment": made.pk, "answer": "Det er med vilje."}, follow=True))
    assert f"{desk.writer} har allerede afsluttet kommentaren" in page
    assert "Det er med vilje." in page
    assert Comment.objects.get().answer == "Rettet."
