"""`manage.py import_organisation`, as a nightly job runs it."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from roles.enums import SyncState
from roles.models import SyncRun, User
from tests.roles.organisations import SHAPES, OrganisationIn, small

pytestmark = pytest.mark.django_db


def write(folder: Path, made: OrganisationIn, shape: str = "rollekatalog") -> str:
    path = folder / f"organisation.{shape}"
    path.write_bytes(made.data(shape))
    return str(path)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("named", [True, False])
def test_file_is_brought_in(shape: str, named: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_organisation", write(tmp_path, small(), shape), shape=shape if named else "auto")
    out = capsys.readouterr().out
    assert "4 enheder er oprettet, 10 personer er kommet til, 14 udpegninger er begyndt." in out
    assert "Hentet ind." in out
    run = SyncRun.objects.get()
    assert (run.state, run.by, run.file_name) == (SyncState.APPLIED, None, f"organisation.{shape}")


def test_dry_run_shows_the_difference_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_organisation", write(tmp_path, small()), dry_run=True)
    out = capsys.readouterr().out
    assert "Ny person: Lene Leder (leder)" in out
    assert "Kun set igennem. Intet er ændret." in out
    assert not User.objects.exists()
    assert SyncRun.objects.get().state == SyncState.LOOKED_AT


def test_second_run_says_that_nothing_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, small())
    call_command("import_organisation", path)
    capsys.readouterr()
    call_command("import_organisation", path)
    assert "Ingen ændringer." in capsys.readouterr().out


def test_refused_file_fails_the_job_with_rows_and_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = small()
    made.units[3].manager = None
    made.people[4].name = ""
    with pytest.raises(CommandError, match="Filen er afvist, og intet er ændret"):
        call_command("import_organisation", write(tmp_path, made))
    assert "users[4]: Navnet mangler." in capsys.readouterr().out
    assert not User.objects.exists()


def test_large_loss_wants_its_flag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = small()
    call_command("import_organisation", write(tmp_path, made))
    del made.people[7:]
    path = write(tmp_path, made)
    call_command("import_organisation", path, dry_run=True)
    assert "Filen lukker 3 af de 10 personer" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("import_organisation", path)
    assert User.objects.filter(is_active=True).count() == 10
    call_command("import_organisation", path, allow_large_loss=True)
    assert User.objects.filter(is_active=True).count() == 7


def test_missing_file_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError):
        call_command("import_organisation", str(tmp_path / "findes-ikke.json"))
    assert "Filen kan ikke læses" in capsys.readouterr().out
    assert SyncRun.objects.get().state == SyncState.REFUSED


def test_cpr_number_in_the_files_name_or_text_is_not_written_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "udtræk 010190-1234.json"
    file = small().rollekatalog()
    file["users"][0]["name"] = "Hans 0101901234"
    path.write_text(json.dumps(file))
    with pytest.raises(CommandError):
        call_command("import_organisation", str(path))
    out = capsys.readouterr()
    assert "1234" not in out.out + out.err
    assert SyncRun.objects.get().file_name == "udtræk 010190-xxxx.json"


def test_file_in_another_shape_than_said_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("import_organisation", write(tmp_path, small(), "csv"), shape="rollekatalog")
    with pytest.raises(CommandError):
        call_command("import_organisation", write(tmp_path, small(), "os2sync"), shape="rollekatalog")
    assert not User.objects.exists()
