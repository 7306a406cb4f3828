"""Bringing a text in: read, proposed, corrected and only then saved; what cannot be read is refused with a sentence."""

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

from policy import actions
from policy.enums import Confidentiality, Kind, State
from policy.models import Document, Version
from roles.enums import Role
from roles.models import User
from tests.desk import TEXT, Desk, fresh
from tests.kit import corpus
from tests.policy.import_files import new, saved
from tests.policy.pages import signed_in, text_of

URL = "/dokumenter/hent/"
MARKDOWN = f"# Retningslinje for mail\n\n{TEXT}"
FIELDS = {
    "kind": "guideline", "title": "Mail", "owner_role": "it_coordinator", "audience": "everybody",
    "confidentiality": "internal",
}  # fmt: skip


def upload(person: User, name: str, content: bytes, into: str = "guideline") -> Any:
    return signed_in(person).post(URL, {"into": into, "file": SimpleUploadedFile(name, content)})


def rows(page: str) -> dict[str, str]:
    """What the page's rows would send: the names of the fields, and their values."""
    return dict(re.findall(r'name="(roles-[^"]+)" value="([^"]*)"', page))


def send(person: User, text: str, said: dict[str, str] | None = None, **changed: Any) -> Any:
    return signed_in(person).post(URL, {**FIELDS, "text": text, **(said or {}), **changed})


def proposed(person: User, text: str) -> dict[str, str]:
    """The row of each clause by its first words."""
    page = text_of(upload(person, "tekst.md", text.encode()))
    names = list(rows(page))
    clauses = re.findall(r'<span class="clause-number">[^<]*</span> ([^<]*)</p>', page)
    return {clause.split(".")[0].strip(): name for clause, name in zip(clauses, names, strict=True)}


def test_file_is_proposed_corrected_and_saved(desk: Desk) -> None:
    response = upload(desk.writer, "mail.md", MARKDOWN.encode())
    page = text_of(response)
    assert response.status_code == 200
    assert 'value="Retningslinje for mail"' in page
    assert "Alle melder brud straks." in page
    assert not Document.objects.exists()
    said = rows(page)
    assert "Kommunaldirektør" in said.values()
    owners = next(name for name, value in said.items() if value == "Systemejer")
    said[owners] = "Systemejer, Leder"
    response = send(desk.writer, TEXT, said, title="Mailregler")
    version = Version.objects.get()
    assert response["Location"] == version.get_absolute_url()
    assert (version.state, version.title, version.document.kind) == (State.DRAFT, "Mailregler", Kind.GUIDELINE)
    assert version.clauses.get(number="2.1").roles == [Role.DIRECTOR]
    assert version.clauses.get(number="2.2").roles == [Role.SYSTEM_OWNER, Role.LEADER]
    assert version.author_ids == {desk.writer.pk}


def test_word_file_is_read(desk: Desk) -> None:
    document = new()
    document.add_heading("Formål", 1)
    document.add_paragraph("Systemejerne godkender adgange.")
    page = text_of(upload(desk.writer, "regler.docx", saved(document)))
    assert "## Formål" in page
    assert "Systemejer" in rows(page).values()


def test_notes_on_what_was_guessed_are_shown(desk: Desk) -> None:
    page = text_of(upload(desk.writer, "uden_titel.txt", "En sætning uden overskrift.\n\nOg en til.".encode()))
    assert "Læg mærke til" in page
    assert "Titlen er taget fra filens navn." in page
    assert "Vi fandt ingen overskrifter." in page


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("bombe.docx", corpus.bomb(1), ""),
        ("makro.docm", next(one.content for one in corpus.bad() if one.name.endswith(".docm")), ""),
        ("politik.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "txt-fil, gem den som UTF-8"),
        ("tom.txt", b"  \n", "Filen er tom"),
        ("intet.txt", b"", "Filen er tom. Vælg en anden."),
        ("program.txt", b"MZ\x90\0" + bytes(range(32)) * 10, "Filen er hverken Word"),
        ("gammel.rtf", b"{\\rtf1 Hej}", "RTF"),
        ("side.txt", b"<!doctype html><html><body>Hej</body></html>", "Filen er en webside"),
        ("billede.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "Filen er hverken Word"),
    ],
)
def test_file_that_cannot_be_read_is_refused_with_a_sentence(
    desk: Desk, name: str, content: bytes, sentence: str
) -> None:
    response = upload(desk.writer, name, content)
    assert response.status_code == 422
    errors = response.context["form"].errors["file"]
    assert len(errors) == 1
    assert errors[0].endswith(".")
    assert sentence in errors[0]
    assert errors[0] in text_of(response)
    assert not Document.objects.exists()


def test_import_needs_a_file_and_a_kind(desk: Desk) -> None:
    client = signed_in(desk.writer)
    assert client.get(URL).status_code == 200
    page = text_of(client.post(URL, {}))
    assert "Vælg en fil." in page
    assert "Vælg noget på listen." in page


def test_only_writers_bring_a_text_in(desk: Desk) -> None:
    for person in (desk.director, desk.dpo, desk.secretariat, desk.employee, desk.administrator):
        assert signed_in(person).get(URL).status_code == 403
        assert upload(person, "a.md", b"Hej.").status_code == 403
        assert send(person, TEXT).status_code == 403
    assert not Document.objects.exists()


# ── Corrected ────────────────────────────────────────────────────────────────────────────────────
def test_wrong_role_name_is_refused_and_everything_stays(desk: Desk) -> None:
    names = proposed(desk.writer, TEXT)
    said = {names["Alle melder brud straks"]: "Kejseren", names["Systemejerne godkender adgange"]: "Leder"}
    response = send(desk.writer, TEXT, said, title="Min titel")
    page = text_of(response)
    assert response.status_code == 422
    assert "Punkt 2.3: Vi kender ikke rollen »Kejseren«." in page
    assert {"Kejseren", "Leder"} <= set(rows(page).values())
    assert 'value="Min titel"' in page
    assert "Alle melder brud straks." in page
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": " "}, "Skriv en titel."),
        ({"kind": "rule"}, "Vælg, om reglen er organisatorisk, fysisk eller teknisk."),
        ({"owner_role": "nobody"}, "Vælg noget på listen."),
        ({"kind": "policy"}, "Politikken skal være offentlig."),
    ],
)
def test_wrong_facts_are_refused_and_text_and_roles_stay(desk: Desk, changed: dict[str, str], sentence: str) -> None:
    names = proposed(desk.writer, TEXT)
    response = send(desk.writer, TEXT, {names["Alle melder brud straks"]: "Leder"}, **changed)
    page = text_of(response)
    assert response.status_code == 422
    assert sentence in page
    assert rows(page)[names["Alle melder brud straks"]] == "Leder"
    assert "Alle melder brud straks." in page
    assert not Document.objects.exists()


def test_roles_stay_with_their_clause_when_the_text_is_corrected_in_the_same_breath(desk: Desk) -> None:
    names = proposed(desk.writer, TEXT)
    corrected = TEXT.replace("- Systemejerne", "- Et nyt punkt øverst.\n- Systemejerne")
    said = {names["Systemejerne godkender adgange"]: "Leder", names["Alle melder brud straks"]: "Jurist"}
    assert send(desk.writer, corrected, said).status_code == 302
    version = Version.objects.get()
    roles = {clause.text: clause.roles for clause in version.clauses.all()}
    assert roles["Et nyt punkt øverst."] == []
    assert roles["Systemejerne godkender adgange."] == [Role.LEADER]
    assert roles["Alle melder brud straks."] == [Role.LAWYER]


def test_reading_the_text_again_saves_nothing_and_keeps_what_was_said(desk: Desk) -> None:
    names = proposed(desk.writer, TEXT)
    corrected = TEXT + "- It-chefen tager kopier.\n"
    response = send(desk.writer, corrected, {names["Alle melder brud straks"]: "Jurist"}, again="1")
    page = text_of(response)
    assert response.status_code == 200
    assert not Document.objects.exists()
    assert rows(page)[names["Alle melder brud straks"]] == "Jurist"
    assert "It-chef" in rows(page).values()


def test_same_words_twice_are_bound_each_for_itself(desk: Desk) -> None:
    text = "## Et\n\nAlle melder brud.\n\n## To\n\nAlle melder brud.\n"
    page = text_of(upload(desk.writer, "a.md", text.encode()))
    first, second = rows(page)
    assert send(desk.writer, text, {first: "Leder", second: "Jurist"}).status_code == 302
    version = Version.objects.get()
    assert version.clauses.get(number="1.1").roles == [Role.LEADER]
    assert version.clauses.get(number="2.1").roles == [Role.LAWYER]


def test_second_policy_is_not_brought_in(desk: Desk) -> None:
    desk.policy()
    response = upload(desk.writer, "a.md", MARKDOWN.encode(), into="policy")
    assert response.status_code == 422
    assert "Vælg noget på listen." in text_of(response)
    response = send(desk.writer, TEXT, kind="policy", confidentiality="public")
    assert response.status_code == 422
    assert "Alle melder brud straks." in text_of(response)
    assert Document.objects.count() == 1


def test_policy_is_proposed_as_public(desk: Desk) -> None:
    page = upload(desk.writer, "a.md", MARKDOWN.encode(), into="policy").context["form"]
    assert page["confidentiality"].value() == Confidentiality.PUBLIC
    assert page["owner_role"].value() == Role.COUNCILLOR


# ── Into a document that is there ────────────────────────────────────────────────────────────────
def bring_into(person: User, document: Document, text: str, revision: int | None = None) -> Any:
    """As the page sends it: with the revision of the draft that it takes the place of."""
    there = document.open_version()
    seen = revision if revision is not None else there.revision if there else 0
    return signed_in(person).post(URL, {"into": document.number, "title": "Mail", "text": text, "revision": seen})


def test_text_becomes_the_next_version_and_keeps_what_was_said_of_its_clauses(desk: Desk) -> None:
    version = desk.make()
    key = version.clauses.get(number="2.2").key
    actions.bind_clauses(version, {key: ([Role.LEADER], [])}, by=desk.writer, revision=1)
    document = desk.adopted(fresh(version)).document
    shown = upload(desk.gdpr_unit, "a.md", MARKDOWN.encode(), into=document.number)
    assert shown.status_code == 200
    text = TEXT.replace("straks", "inden en time")
    response = bring_into(desk.gdpr_unit, document, text)
    second = Version.objects.get(number=2)
    assert response["Location"] == second.get_absolute_url()
    assert (second.state, second.text.strip()) == (State.DRAFT, text.strip())
    assert second.clauses.get(key=key).roles == [Role.LEADER]
    assert second.clauses.get(number="2.1").roles == [Role.DIRECTOR]
    assert fresh(version).text == TEXT


def test_role_that_the_user_chooses_wins_over_what_the_clause_had(desk: Desk) -> None:
    version = desk.make()
    keys = {number: version.clauses.get(number=number).key for number in ("2.2", "2.3")}
    said = {key: ([Role.LEADER], []) for key in keys.values()}
    actions.bind_clauses(version, said, by=desk.writer, revision=1)
    version = fresh(version)
    shown = upload(desk.writer, "a.md", MARKDOWN.encode(), into=version.document.number)
    names = list(rows(text_of(shown)))
    evidence = {
        one["name"]: one.select_one("option[selected]")["value"]
        for one in BeautifulSoup(shown.content, "html.parser").select('select[name^="evidence-"]')
        if one.select_one("option[selected]")
    }
    assert "beholder den, medmindre du retter det her" in text_of(shown)
    chosen = {**rows(text_of(shown)), **evidence, names[2]: "Jurist"}
    fields = {"into": version.document.number, "title": "Mail", "text": TEXT, "revision": version.revision}
    assert signed_in(desk.writer).post(URL, {**fields, **chosen}).status_code == 302
    assert version.clauses.get(key=keys["2.2"]).roles == [Role.LAWYER]
    assert version.clauses.get(key=keys["2.3"]).roles == [Role.LEADER]


def test_page_says_that_a_draft_is_replaced_for_as_long_as_it_is(desk: Desk) -> None:
    version = desk.make()
    fields = {"into": version.document.number, "title": "Mail", "text": TEXT, "revision": version.revision}
    for more in ({"again": "1"}, {"title": " "}):
        page = text_of(signed_in(desk.writer).post(URL, {**fields, **more}))
        assert "Kladden bliver erstattet" in page


def test_text_of_a_version_that_is_locked_is_not_replaced(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    response = bring_into(desk.writer, version.document, "Min nye tekst.")
    assert response.status_code == 409
    assert "kan ikke rettes nu" in text_of(response)
    assert "Min nye tekst." in text_of(response)
    assert fresh(version).text == TEXT
    shown = upload(desk.writer, "a.md", MARKDOWN.encode(), into=version.document.number)  # and it is said at once
    assert shown.status_code == 422
    assert "Tag den tilbage først" in text_of(shown)


def test_draft_that_somebody_changed_meanwhile_is_not_replaced_unseen(desk: Desk) -> None:
    version = desk.make()
    shown = upload(desk.gdpr_unit, "a.md", MARKDOWN.encode(), into=version.document.number)
    assert "Kladden bliver erstattet" in text_of(shown)
    actions.save_text(version, TEXT + "\nNyt.\n", title=version.title, by=desk.writer, revision=version.revision)
    response = bring_into(desk.gdpr_unit, version.document, "Min nye tekst.", revision=version.revision)
    assert response.status_code == 409
    assert "Min nye tekst." in text_of(response)
    assert "Nyt." in fresh(version).text


def test_document_that_is_not_there_takes_no_text(desk: Desk) -> None:
    for number in ("RET-999", "x", ""):
        response = signed_in(desk.writer).post(URL, {"into": number, "title": "T", "text": "Tekst."})
        assert response.status_code in (404, 422)
    assert not Version.objects.exists()
