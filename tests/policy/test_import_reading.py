"""Whatever is sent, the answer is a document or a Danish sentence that says what to do."""

import codecs
import re
import socket
import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.importing import ImportRefused, read
from policy.importing.dates import decided_on
from tests.kit import corpus
from tests.policy.import_files import new, saved

WORDS = "Blåbær, æble og ”grød”. Sådan er det."
DOCX = [item for item in corpus.bad() if item.name.endswith((".docx", ".docm")) and item.content]


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(ImportRefused) as refused:
        read(name, content)
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        WORDS.encode(),
        codecs.BOM_UTF8 + WORDS.encode(),
        WORDS.encode("utf-16"),
        codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"),
        WORDS.encode("utf-16-le"),
        WORDS.encode("utf-16-be"),
        WORDS.encode("cp1252"),
        WORDS.replace("å", "a\u030a").encode(),
        WORDS.replace(" ", "\u00a0").replace("grød", "gr\u00adø\u200bd").encode(),
    ],
)
def test_letters_are_the_same_in_every_encoding(content: bytes) -> None:
    assert read("a.txt", content).text == WORDS + "\n"


def test_letters_that_were_already_spoilt_are_refused() -> None:
    assert "UTF-8" in refusal("a.txt", "Blåbær".encode().decode("cp1252").encode())
    assert "UTF-8" in refusal("a.txt", WORDS.encode() + b"\xe6")


def test_control_characters_are_dropped_with_a_note_and_programs_refused() -> None:
    imported = read("a.txt", b"Reglerne g\x02lder for alle, som har en cykel eller et andet k\xc3\xb8ret\xc3\xb8j.")
    assert imported.text.startswith("Reglerne glder for alle")
    assert any("ikke kan vises" in note for note in imported.notes)
    assert "docx" in refusal("a.txt", b"MZ\x90\0" + bytes(range(32)) * 10)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", corpus.pdf(), "Kopiér teksten fra pdf'en ind i en txt-fil"),
        ("a.txt", corpus.pdf(), "Kopiér teksten fra pdf'en ind i en txt-fil"),
        ("a.txt", b"", "tom"),
        ("a.txt", b" \n\t", "tom"),
        ("a.txt", b"\xc2\xad\n", "ingen tekst"),
        ("a.txt", corpus.PAGE, "webside"),
        ("a.txt", b"{\\rtf1 hej}", "RTF"),
        ("a.doc", corpus.compound("WordDocument"), "docx"),
        ("a.docx", corpus.compound("EncryptedPackage"), "adgangskode"),
        ("a.odt", corpus.open_document(), "OpenDocument"),
        ("a.xlsx", corpus.office("xlsx"), "ikke en .docx-fil"),
        ("a.png", corpus.png(), "hverken Word"),
        ("a.docx", corpus.office(body=b"<w:document>"), "beskadiget"),
        ("a.docx", corpus.office(body=b'<w:document xmlns:w="w"><w:body/></w:document>'), "ingen tekst"),
        ("a.txt", b"a" * (25 * 1024 * 1024 + 1), "25 MB"),
        ("a.txt", b"en to " * 400_000, "1 million tegn"),
        ("a.txt", b"en\n" * 100_001, "100.000 linjer"),
        ("a.md", b"en\r" * 100_001, "100.000 linjer"),
    ],
)
def test_what_cannot_be_brought_in_is_answered_with_what_to_do(name: str, content: bytes, words: str) -> None:
    assert words in refusal(name, content)


@pytest.mark.parametrize("item", DOCX, ids=[item.label for item in DOCX])
def test_hostile_documents_are_refused_with_the_sentence_of_uploads(item: corpus.Item) -> None:
    sentence = refusal(item.name, item.content)
    assert sentence.endswith(".")
    if item.label != "document after other bytes":
        assert re.search(item.answer, sentence)


def test_no_file_that_others_refuse_brings_more_than_a_sentence() -> None:
    for item in (*corpus.bad(), *corpus.good()):
        with suppress(ImportRefused):
            assert read(item.name, item.content).title


def test_a_document_is_known_by_its_content_and_a_page_by_its_own() -> None:
    document = new()
    document.add_paragraph("Nøgler skal passes godt.")
    for name in ("regler.docx", "regler", "regler.txt", "regler.zip", "regler.v2"):
        assert read(name, saved(document)).text == "Nøgler skal passes godt.\n"


def test_lists_in_lists_in_word_and_endless_styles_do_no_harm() -> None:
    deep = "<w:p><w:r>" + "<w:ins>" * 200 + "<w:t>dyb</w:t>" + "</w:ins>" * 200 + "</w:r></w:p>"
    body = f'<w:document xmlns:w="w"><w:body>{deep}</w:body></w:document>'
    assert read("a.docx", corpus.office(body=body.encode())).text == "dyb\n"
    deeper = body.replace("<w:ins>" * 200, "<w:ins>" * 5000).replace("</w:ins>" * 200, "</w:ins>" * 5000)
    assert refusal("a.docx", corpus.office(body=deeper.encode()))
    style = (
        '<w:styles xmlns:w="w"><w:style w:styleId="A"><w:name w:val="A"/><w:basedOn w:val="A"/></w:style></w:styles>'
    )
    text = '<w:p><w:pPr><w:pStyle w:val="A"/></w:pPr><w:r><w:t>ens</w:t></w:r></w:p>'
    parts = {"word/styles.xml": style.encode(), "word/document.xml": body.replace(deep, text).encode()}
    assert read("a.docx", corpus.with_parts(parts)).text == "ens\n"


def test_many_small_elements_are_refused_before_they_are_parsed() -> None:
    body = b'<w:document xmlns:w="w"><w:body>' + b"<w:p/>" * 6_100_000 + b"</w:body></w:document>"
    begun = time.monotonic()
    assert refusal("a.docx", corpus.office(body=body))
    assert time.monotonic() - begun < 10


def test_a_footnote_referred_to_again_and_again_has_a_ceiling() -> None:
    notes = (
        '<w:footnotes xmlns:w="w"><w:footnote w:id="2"><w:p><w:r><w:t>'
        + "x" * 100_000
        + "</w:t></w:r></w:p></w:footnote>"
    )
    again = '<w:r><w:footnoteReference w:id="2"/></w:r>' * 1_000
    body = f'<w:document xmlns:w="w"><w:body><w:p>{again}</w:p></w:body></w:document>'
    parts = {"word/footnotes.xml": notes.encode() + b"</w:footnotes>", "word/document.xml": body.encode()}
    assert "1 million tegn" in refusal("a.docx", corpus.with_parts(parts))
    heading = f'<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Afsnit</w:t></w:r>{again[:42]}</w:p>' * 50
    parts["word/document.xml"] = f'<w:document xmlns:w="w"><w:body>{heading}</w:body></w:document>'.encode()
    assert "1 million tegn" in refusal("a.docx", corpus.with_parts(parts))


PIECES = [". ", "![", "[a", "<!--", "@", "§ 1 ", "> ", "|a", "`", "godkendt 1/1-2020 ", "a" * 150 + "." * 149 + "\n"]
TEXTS = [
    *(piece * (400_000 // len(piece)) for piece in PIECES),
    "• x\n" * 30_000 + "a)\n" * 30_000,
    "---\ntitle: x" + " " * 200_000 + "x y\n---\nTekst\n",
]


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:5])
def test_no_text_takes_longer_than_its_length(name: str, text: str) -> None:
    begun = time.monotonic()
    with suppress(ImportRefused):
        read(name, text.encode())
    assert time.monotonic() - begun < 15


def test_fields_that_never_end_are_refused_at_once() -> None:
    many = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:t>x</w:t></w:r>' * 20_000
    body = f'<w:document xmlns:w="w"><w:body><w:p>{many}</w:p></w:body></w:document>'
    assert "alt for mange lag" in refusal("a.docx", corpus.office(body=body.encode()))


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    body = b'<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>her</w:t></w:r></w:p></w:body></w:document>'
    parts = {"word/_rels/document.xml.rels": corpus.LINK, "word/document.xml": body}
    assert read("a.docx", corpus.with_parts(parts)).text == "her\n"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["a.txt", "a.md", "a.docx", "a", "a.pdf"]),
    st.one_of(st.binary(max_size=200), st.text().map(str.encode)),
)
def test_any_bytes_are_answered(name: str, content: bytes) -> None:
    with suppress(ImportRefused):
        assert read(name, content).title


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_document_is_answered(data: st.DataObject) -> None:
    content = bytearray(_document())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ImportRefused):
        assert read("a.docx", bytes(content)).title


def _document() -> bytes:
    document = new()
    document.add_heading("Regler", 0)
    document.add_paragraph("Nøgler", style="List Bullet")
    document.add_table(2, 2).cell(0, 0).text = "Rum"
    return saved(document)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Godkendt d. 29/3-2023.", date(2023, 3, 29)),
        ("Vedtaget af Byrådet den 1. maj 2021", date(2021, 5, 1)),
        ("Godkendelsesdato: 2024-02-29", date(2024, 2, 29)),
        ("Den 03.04.22 godkendt i udvalget", date(2022, 4, 3)),
        ("Godkendt 1/2-2019, senest godkendt 3-4-2022. Revideres 1/1-2030.", date(2022, 4, 3)),
        ("Godkendt 31/2-2023", None),
        ("Revideret 29/3-2023", None),
        ("Godkendt. " + "Mere tekst. " * 20 + "29/3-2023", None),
        ("Godkendt ved lov nr. 502 af 23/05-2018", date(2018, 5, 23)),
    ],
)
def test_the_day_of_approval_is_the_date_by_the_word(text: str, day: date | None) -> None:
    assert decided_on(text) == day
