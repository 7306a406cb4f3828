"""`manage.py import_policy`: a text becomes a draft, of the one policy or of a document that is named."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from policy.enums import Confidentiality, Kind, State
from policy.models import Document, Version
from tests.desk import Desk

TEXT = """Informationssikkerhedspolitik

Formål
Politikken beskytter oplysninger.

Ansvar
\u2022 Kommunaldirektøren godkender retningslinjer.
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "politik.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(file: Path, *arguments: str, by: str = "r-it-coordinator") -> str:
    out = io.StringIO()
    call_command("import_policy", str(file), "--by", by, *arguments, stdout=out)
    return out.getvalue()


def test_text_becomes_the_first_draft_of_the_policy(desk: Desk, file: Path) -> None:
    said = run(file)
    version = Version.objects.get()
    assert (version.document.kind, version.state, version.number) == (Kind.POLICY, State.DRAFT, 1)
    assert version.document.confidentiality == Confidentiality.PUBLIC
    assert version.title == "Informationssikkerhedspolitik"
    assert [clause.roles for clause in version.clauses.all() if clause.number == "2.1"] == [["director"]]
    assert "Hentet ind som kladde: POL-001 udgave 1" in said


def test_dry_run_shows_what_was_read_and_changes_nothing(desk: Desk, file: Path) -> None:
    said = run(file, "--dry-run")
    assert "2 afsnit, 2 punkter" in said
    assert "[Kommunaldirektør]" in said
    assert "Intet er ændret" in said
    assert not Document.objects.exists()


def test_second_text_is_the_next_version_and_the_difference_is_told(desk: Desk, file: Path) -> None:
    desk.in_force(desk.policy())
    said = run(file)
    assert "I forhold til POL-001 udgave 1:" in said
    assert Document.objects.count() == 1
    assert Version.objects.get(number=2).state == State.DRAFT


def test_named_document_takes_the_text(desk: Desk, file: Path) -> None:
    version = desk.make()
    run(file, "--into", version.document.number.lower(), "--title", "Ny titel")
    version.refresh_from_db()
    assert version.title == "Ny titel"
    assert "Politikken beskytter oplysninger." in version.text


def test_locked_text_is_not_written_over(desk: Desk, file: Path) -> None:
    version = desk.submitted(desk.policy())
    with pytest.raises(CommandError, match="kan ikke rettes nu"):
        run(file)
    version.refresh_from_db()
    assert "Systemejerne godkender adgange" in version.text


@pytest.mark.parametrize(
    ("by", "arguments", "sentence"),
    [
        ("findes-ikke", (), "ingen aktiv person"),
        ("employee", (), "Kun it-sikkerhedskoordinatoren"),
        ("r-it-coordinator", ("--into", "RET-999"), "intet dokument"),
    ],
)
def test_refusal_says_why(desk: Desk, file: Path, by: str, arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(file, *arguments, by=by)
    assert not Document.objects.exists()


def test_file_that_cannot_be_read_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="kan ikke læses"):
        run(tmp_path / "mangler.txt")
    broken = tmp_path / "politik.docx"
    broken.write_bytes(b"PK\x03\x04 ikke en fil")
    with pytest.raises(CommandError):
        run(broken)
