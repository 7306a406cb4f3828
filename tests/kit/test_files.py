"""Uploads: what is taken, what is refused and with which words, and that nothing is lost or handed out unscanned."""

import errno
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.utils import timezone

from glostrup_isms.kit import files, scanner
from glostrup_isms.kit.files import ScanState, StoredFile
from tests.kit import corpus

GOOD, BAD = list(corpus.good()), list(corpus.bad())


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.UPLOAD_DIR = tmp_path / "files"
    settings.CLAMD_ADDRESS = ""
    return settings.UPLOAD_DIR


def in_memory(content: bytes, name: str) -> SimpleUploadedFile:
    file = SimpleUploadedFile("x", content, "application/octet-stream")
    file._name = name
    return file


def on_disk(content: bytes, name: str) -> TemporaryUploadedFile:
    file = TemporaryUploadedFile("x", "application/octet-stream", len(content), None)
    file.write(content)
    file.flush()
    file._name = name
    return file


def picture(name: str = "billede.png") -> SimpleUploadedFile:
    return in_memory(corpus.png(), name)


def store_and_fail(error: type[Exception]) -> None:
    with files.together(), transaction.atomic():
        files.store(picture())
        raise error


def on_disk_now(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# ── What is taken and what is not ────────────────────────────────────────────────────────────────
def test_corpus_is_large_enough():
    assert len(BAD) >= 45
    assert len({item.label for item in GOOD + BAD}) == len(GOOD + BAD)


@pytest.mark.parametrize("as_upload", [in_memory, on_disk])
@pytest.mark.parametrize("item", GOOD, ids=lambda item: item.label)
def test_what_people_in_a_hurry_send_is_taken(item, as_upload):
    checked = files.check(as_upload(item.content, item.name))
    assert checked.name == (item.shown or item.name)
    assert checked.content_type.startswith(item.served)
    assert checked.upload.tell() == 0


@pytest.mark.parametrize("as_upload", [in_memory, on_disk])
@pytest.mark.parametrize("item", BAD, ids=lambda item: item.label)
def test_hostile_file_gets_its_answer(item, as_upload, folder):
    started, before = time.monotonic(), psutil.Process().memory_info().rss
    with pytest.raises(files.UploadRefused) as refused:
        files.store(as_upload(item.content, item.name))
    assert re.search(item.answer, str(refused.value)), str(refused.value)
    assert str(refused.value).endswith(".")
    assert time.monotonic() - started < 10
    assert psutil.Process().memory_info().rss - before < 300 * corpus.MEGA
    assert on_disk_now(folder) == []


@pytest.mark.parametrize(("sent", "shown"), corpus.NAMES.items(), ids=range(len(corpus.NAMES)))
def test_hostile_name_is_made_safe_to_show(sent, shown):
    name = files.check(in_memory(corpus.png(), sent)).name
    assert name == shown
    assert name.isprintable()
    assert not set(name) & set("<>\"'/\\:|?*;\r\n\0")
    assert len(name.encode()) <= 150


def test_more_files_than_allowed_are_refused(settings):
    files.check_number(settings.UPLOAD_MAX_FILES)
    with pytest.raises(files.UploadRefused, match="højst vedhæfte 10 filer"):
        files.check_number(settings.UPLOAD_MAX_FILES + 1)


def test_long_pdf_is_judged_within_time_and_memory():
    noise = os.urandom(corpus.MEGA)
    content = corpus.pdf(extra=corpus.stream(noise) * 22 + b"stream\n" * 100_000)
    before, started = psutil.Process().memory_info().rss, time.monotonic()
    files.check(on_disk(content, "a.pdf"))
    assert time.monotonic() - started < 10
    assert psutil.Process().memory_info().rss - before < 300 * corpus.MEGA


# ── Stored ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_file_lies_under_a_random_name_with_its_digest(folder):
    stored = files.store(picture("../../hemmelig.png"))
    assert stored.path.read_bytes() == corpus.png()
    assert stored.path.resolve().is_relative_to(folder.resolve())
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{62}", stored.path_name)
    assert stored.path.stat().st_mode & 0o777 == 0o600
    assert stored.size == len(corpus.png())
    assert len(stored.sha256) == 64
    assert stored.scan_state == ScanState.NOT_SCANNED
    assert on_disk_now(folder) == [stored.path]


@pytest.mark.django_db
def test_file_and_folder_are_on_disk_before_the_answer(monkeypatch):
    synced = []
    real = os.fsync

    def note(number: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{number}"))
        real(number)

    monkeypatch.setattr(os, "fsync", note)
    stored = files.store(picture())
    assert str(stored.path.parent) in synced
    assert any("/unfinished/" in path for path in synced)
    assert synced[-1] == str(stored.path.parent)


@pytest.mark.django_db(transaction=True)
def test_file_goes_again_when_its_transaction_fails(folder):
    with pytest.raises(ValueError):
        store_and_fail(ValueError)
    assert on_disk_now(folder) == []
    assert not StoredFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_file_stays_when_nobody_knows_whether_the_database_committed(folder):
    with pytest.raises(OperationalError):
        store_and_fail(OperationalError)
    assert len(on_disk_now(folder)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["write", "fsync", "rename"])
def test_full_disk_gives_a_sentence_and_leaves_nothing(monkeypatch, folder, where):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    if where == "write":
        upload = picture()
        upload.chunks = full
    else:
        upload = picture()
        monkeypatch.setattr(*((os, "fsync") if where == "fsync" else (Path, "rename")), full)
    with pytest.raises(files.StorageFull, match="mangler plads"):
        files.store(upload)
    assert on_disk_now(folder) == []
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_upload_that_came_through_in_part_is_not_stored(folder):
    checked = files.check(on_disk(corpus.png(), "a.png"))
    checked.upload.truncate(20)
    with pytest.raises(files.UploadRefused, match="ikke hel frem"):
        files.store(checked)
    assert on_disk_now(folder) == []


def test_uploads_lie_outside_what_the_web_server_hands_out(settings, tmp_path):
    assert files.check_upload_dir() == []
    settings.STATIC_ROOT = tmp_path
    assert [error.id for error in files.check_upload_dir()] == ["kit.E001"]


# ── Kept while the form comes back ───────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_kept_file_is_found_by_its_token_and_attached_once():
    stored = files.store(picture(), keep_for=files.KEEP)
    token = files.sign(stored)
    assert files.unsign(token) == stored
    assert files.attach(stored).kept_until is None
    assert files.unsign(token) is None
    with pytest.raises(files.UploadRefused, match="ikke længere gemt"):
        files.attach(stored)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "a:b:c", "\0", "\ud800", "9" * 100_000])
def test_forged_token_opens_nothing(token):
    files.store(picture(), keep_for=files.KEEP)
    assert files.unsign(token) is None


@pytest.mark.django_db
def test_token_ends_with_its_time():
    token = files.sign(files.store(picture(), keep_for=timedelta(days=9)))
    assert files.unsign(token)
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=2)):
        assert files.unsign(token) is None


@pytest.mark.django_db(transaction=True)
def test_only_kept_files_past_their_time_are_cleared(folder):
    late = files.store(picture(), keep_for=timedelta(seconds=-1))
    waiting, attached = files.store(picture(), keep_for=files.KEEP), files.store(picture())
    unfinished = folder / "unfinished" / "x"
    unfinished.write_bytes(b"x")
    os.utime(unfinished, (0, 0))
    assert files.clear_out() == 1
    assert sorted(on_disk_now(folder)) == sorted([waiting.path, attached.path])
    assert not StoredFile.objects.filter(pk=late.pk).exists()
    assert files.clear_out() == 0


# ── Handed out ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
@pytest.mark.parametrize("item", GOOD, ids=lambda item: item.label)
def test_every_file_is_served_as_a_download_that_nothing_opens(item):
    stored = files.store(in_memory(item.content, item.name))
    answer = files.response(stored)
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == stored.content_type
    assert int(answer["Content-Length"]) == stored.size
    assert b"".join(answer.streaming_content) == item.content
    answer.close()


@pytest.mark.django_db
@pytest.mark.parametrize("name", corpus.NAMES)
def test_hostile_name_stays_within_its_header(name):
    answer = files.response(files.store(in_memory(corpus.png(), name)))
    plain, encoded = r'="[ -!#-\[\]-~]*"', r"\*=utf-8''[A-Za-z0-9%._~!'()*&+$^`|-]*"
    assert re.fullmatch(f"attachment; filename({plain}|{encoded})", answer["Content-Disposition"])
    answer.close()


@pytest.mark.django_db
@pytest.mark.parametrize("state", [ScanState.WAITING, ScanState.INFECTED])
def test_unscanned_and_infected_files_are_not_handed_out(state):
    stored = files.store(picture())
    stored.scan_state = state
    assert not stored.is_deliverable
    with pytest.raises(files.NotDeliverable):
        files.response(stored)


@pytest.mark.django_db
def test_file_that_is_gone_gives_a_sentence():
    stored = files.store(picture())
    stored.path.unlink()
    with pytest.raises(files.NotDeliverable, match="findes ikke længere"):
        files.response(stored)


# ── Disk and table agree ─────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_removed_file_goes_after_the_commit(folder):
    stored = files.store(picture())
    with transaction.atomic():
        files.remove(stored)
        assert len(on_disk_now(folder)) == 1
    assert on_disk_now(folder) == []
    assert not files.orphans(timedelta(0))


@pytest.mark.django_db
def test_orphans_are_found_and_only_files_without_row_deleted(folder, capsys):
    kept, lost = files.store(picture()), files.store(picture())
    call_command("check_orphans")
    lost.path.unlink()
    stray = kept.path.with_name("f" * 62)
    stray.write_bytes(b"x")
    assert files.orphans().files == []  # too young: its transaction may still run
    os.utime(stray, (0, 0))
    assert files.orphans() == files.Orphans([lost], [stray])
    for more in ((), ("--delete",)):
        with pytest.raises(SystemExit) as left:
            call_command("check_orphans", *more)
        assert left.value.code == 1
    assert not stray.exists()
    assert kept.path.exists()
    lost.delete()
    call_command("check_orphans")


# ── The virus scanner ────────────────────────────────────────────────────────────────────────────
@contextmanager
def scanner_that(answer: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A clamd that takes the stream and answers so; None: takes it and says nothing."""
    got: list[bytes] = []
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)

        def serve() -> None:
            while not stop.is_set():
                try:
                    line, _ = server.accept()
                except TimeoutError:
                    continue
                with line, line.makefile("rb") as reader:
                    assert reader.read(10) == b"zINSTREAM\0"
                    body = b""
                    while length := struct.unpack(">I", reader.read(4))[0]:
                        body += reader.read(length)
                    got.append(body)
                    if answer is None:
                        stop.wait(5)
                    else:
                        line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}", got
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def waiting(db, settings) -> StoredFile:
    settings.CLAMD_ADDRESS = "127.0.0.1:9"
    return files.store(in_memory(corpus.EICAR, "prøve.txt"))


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (b"stream: OK\0", ScanState.CLEAN),
        (b"stream: Eicar-Test-Signature FOUND\0", ScanState.INFECTED),
        (b"INSTREAM size limit exceeded. ERROR\0", ScanState.WAITING),
        (b"stream: lstat() failed ERROR\0", ScanState.WAITING),
        (b"HTTP/1.1 200 OK\r\n\r\n", ScanState.WAITING),
        (b"stream: OK FOUND ERROR\0", ScanState.WAITING),
        (b"\xff" * 10_000, ScanState.WAITING),
        (b"", ScanState.WAITING),
        (None, ScanState.WAITING),
    ],
)
def test_only_a_clear_answer_ends_the_quarantine(waiting, settings, monkeypatch, answer, state):
    monkeypatch.setattr(scanner, "ANSWER_SECONDS", 0.5)
    assert waiting.scan_state == ScanState.WAITING
    with scanner_that(answer) as (settings.CLAMD_ADDRESS, got):
        assert files.scan_waiting() == (state != ScanState.WAITING)
    assert got == [corpus.EICAR]
    waiting.refresh_from_db()
    assert waiting.scan_state == state
    assert waiting.is_deliverable == (state == ScanState.CLEAN)


def test_scanner_that_refuses_loses_nothing_and_the_file_is_scanned_later(waiting, settings):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        settings.CLAMD_ADDRESS = f"127.0.0.1:{closed.getsockname()[1]}"
    assert files.scan_waiting() == 0
    assert waiting.path.read_bytes() == corpus.EICAR
    with scanner_that(b"stream: OK\0") as (settings.CLAMD_ADDRESS, _):
        assert files.scan_waiting() == 1
    waiting.refresh_from_db()
    assert waiting.is_deliverable


def test_hanging_scanner_is_asked_once_in_a_sweep(waiting, settings, monkeypatch):
    files.store(in_memory(corpus.EICAR, "to.txt"))
    monkeypatch.setattr(scanner, "ANSWER_SECONDS", 0.3)
    with scanner_that(None) as (settings.CLAMD_ADDRESS, got):
        files.scan_waiting()
        assert len(got) == 1


def test_long_wait_for_the_scanner_is_told(waiting):
    assert files.problem() == ""
    StoredFile.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert files.problem() == "1 fil har ventet over en time på virusscanning."


@pytest.mark.django_db
def test_scanner_gets_the_whole_of_a_large_file(settings):
    settings.CLAMD_ADDRESS = "127.0.0.1:9"
    content = b"linje\n" * 500_000
    stored = files.store(on_disk(content, "stor.log"))
    with scanner_that(b"stream: OK\0") as (settings.CLAMD_ADDRESS, got):
        files.scan_waiting()
    assert got == [content]
    stored.refresh_from_db()
    assert stored.is_deliverable
