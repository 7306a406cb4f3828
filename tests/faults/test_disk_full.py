"""Disks that are really full. The form comes back with its text, nothing is stored half, operators see it, and
once there is room everything goes on by itself. Each disk is a small tmpfs of its own, filled to the last byte."""

import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from html import unescape
from itertools import count
from pathlib import Path

import psycopg2
import pytest

from bench.client import Answer, Client, csrf_token
from bench.ledger import Books
from bench.reporter import NUMBER, Reporters, Result, sample_file
from bench.rig import Rig, new_portal
from tests.faults.test_kills import MAIL_WITHIN, start_again
from tests.services import Portal, Postgres, Redis, SmtpSink, wait_until

SIZE = 256  # MB; more than `health.DISK_MINIMUM`, so that an empty disk raises no alarm
ENOUGH = 8  # reports, or refusals, that show how things stand
SECONDS = 30
LARGE = ("lang note.txt", b"Mappen blev glemt i bussen. " * 90_000)  # 2.5 MB: passes through the temp folder
_numbers = count(1)


class Disk:
    """A small disk at `folder`. Needs root and the right to mount."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.filler = folder, folder / "filler"

    def __enter__(self) -> "Disk":
        self.folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=755", "tmpfs", self.folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.fail(
                f"Small disks are mounted here: run it as root, in a container with CAP_SYS_ADMIN. {done.stderr}"
            )
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=True)

    @contextmanager
    def full(self, *, but: int = 0) -> Iterator[None]:
        """Without room but for `but` bytes; empty again afterwards."""
        try:
            with open(self.filler, "wb") as filler:
                while (free := shutil.disk_usage(self.folder).free - but) > 0:
                    with suppress(OSError):  # somebody else was quicker
                        os.posix_fallocate(filler.fileno(), os.fstat(filler.fileno()).st_size, free)
            yield
        finally:
            self.filler.unlink()


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder that the database's own user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="portal-disks-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def disks(base: Path) -> Iterator[dict[str, Disk]]:
    places = {"files": "data/files", "audit": "data/audit", "temp": "temp", "database": "database"}
    with ExitStack() as stack:
        yield {name: stack.enter_context(Disk(base / place)) for name, place in places.items()}


@pytest.fixture
def parts(base: Path, disks: dict[str, Disk], request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Everything running, each kind of data on its own disk."""
    postgres = Postgres(durable=True)
    subprocess.run(["cp", "-a", postgres.data, disks["database"].folder / "data"], check=True)
    postgres.data = disks["database"].folder / "data"
    with postgres, Redis() as redis, SmtpSink() as sink:
        portal = new_portal(postgres, redis, sink, TMPDIR=str(disks["temp"].folder), **getattr(request, "param", {}))
        portal.data_dir = base / "data"
        with portal:
            portal.manage("scale", "--people", "60")
            yield Rig(postgres, redis, sink, portal, Books(postgres.url(), portal, sink))


class Person:
    """Somebody who opened the form while all was well. Every report comes from another address."""

    def __init__(self, portal: Portal) -> None:
        self.client = Client(portal.port)
        self.csrf = csrf_token(self.client.get("/brud/meld/").text)

    def report(self, text: str = "Et brev blev glemt.", files: list[tuple[str, bytes]] | None = None) -> Answer:
        number = next(_numbers)
        self.client.close()
        self.client.address = f"172.16.{number >> 8}.{number & 255}"
        fields = [
            ("csrfmiddlewaretoken", self.csrf), ("token", secrets.token_urlsafe(24)), ("description", text),
            ("noticed_on", time.strftime("%Y-%m-%d")), ("noticed_time", "00:00"), ("involves_personal_data", "yes"),
        ]  # fmt: skip
        return self.client.post("/brud/meld/", fields, [("files", *file) for file in files or []])

    def is_received(self, *files: tuple[str, bytes]) -> bool:
        answer = self.report(files=list(files))
        return answer.status == 200 and NUMBER.search(answer.text) is not None

    def check_refused(self, sentence: str, *files: tuple[str, bytes]) -> None:
        """503, with the sentence and the whole of a long text."""
        text = f"Et brev blev glemt. {secrets.token_hex(8000)}"
        answer = self.report(text, list(files))
        assert answer.status == 503
        assert re.search(sentence, unescape(answer.text)), answer.text
        assert text in answer.text


def is_alarmed(portal: Portal, check: str) -> bool:
    answer = Client(portal.port).get("/readyz")
    return answer.status == 503 and f'"{check}": "ok"' not in answer.text


def is_quiet(portal: Portal) -> bool:
    return portal.status("/readyz") == 200


def check_receipts(result: Result) -> None:
    assert set(result.errors) <= {"status 503"}
    assert len(result.receipts) == result.sent


def check_books(parts: Rig, result: Result) -> None:
    """Every report got its receipt in the end, and everything that a receipt promises is there."""
    check_receipts(result)
    wait_until(lambda: not parts.books.waiting(), MAIL_WITHIN, "every mail to leave")
    ledger = parts.books.compare(result.receipts)
    assert ledger.lost == []
    assert ledger.files_without_row == 0
    assert "rows without file: 0" in parts.portal.manage("check_orphans")


def go_on(reporters: Reporters) -> None:
    since = time.time()
    wait_until(lambda: reporters.acknowledged_since(since) >= ENOUGH, SECONDS, "reports to be received")


def be_refused(reporters: Reporters) -> None:
    before = len(reporters.result.errors)
    wait_until(lambda: len(reporters.result.errors) >= before + ENOUGH, SECONDS, "reports to be refused")


def test_full_upload_folder_takes_reports_without_their_files(parts: Rig, disks: dict[str, Disk]) -> None:
    person = Person(parts.portal)
    assert is_quiet(parts.portal)
    with Reporters(parts.portal.port, rate=8, clients=8, resend_for=60) as reporters:
        go_on(reporters)
        for room in (0, 100_000):  # nothing fits; the half of a file fits
            with disks["files"].full(but=room):
                be_refused(reporters)
                person.check_refused("der mangler plads hos os", sample_file(room))
                assert person.is_received()
                assert is_alarmed(parts.portal, "disk")
            go_on(reporters)
    assert person.is_received(sample_file(1))
    assert is_quiet(parts.portal)
    check_books(parts, reporters.result)


# One process: Python settles on a temp folder at its first use, and takes another if this one is full then.
@pytest.mark.parametrize("parts", [{"WEB_CONCURRENCY": "1"}], indirect=True)
def test_full_temp_folder_keeps_the_text_and_the_files_that_had_room(parts: Rig, disks: dict[str, Disk]) -> None:
    person = Person(parts.portal)
    assert person.is_received(LARGE)
    name, content = sample_file(0)
    for room in (0, 1_000_000):
        with disks["temp"].full(but=room):
            person.check_refused("der mangler plads hos os", LARGE)
            answer = person.report(files=[(name, content), LARGE])
            assert answer.status == 503
            assert (name in answer.text) == bool(room)
            assert person.is_received(sample_file(1)), "small forms do not need the temp folder"
            assert is_alarmed(parts.portal, "disk")
        wait_until(lambda: not [*disks["temp"].folder.glob("*.upload*")], SECONDS, "what was uploaded to be gone")
        assert person.is_received(LARGE)
    assert is_quiet(parts.portal)
    check_books(parts, Result())


def test_full_folder_for_audit_heads_stops_no_report_and_is_alarmed(parts: Rig, disks: dict[str, Disk]) -> None:
    with Reporters(parts.portal.port, rate=20, clients=8) as reporters:
        with disks["audit"].full():
            wait_until(lambda: "could not be written" in parts.portal.log(), SECONDS, "a head that has no room")
            go_on(reporters)
            wait_until(lambda: is_alarmed(parts.portal, "audit"), SECONDS, "the process that could not write to say so")
            assert is_alarmed(parts.portal, "disk")
        go_on(reporters)
        wait_until(lambda: is_quiet(parts.portal), SECONDS, "the alarm to end")
    assert reporters.result.errors == []
    check_books(parts, reporters.result)
    assert "er helt" in parts.portal.manage("verify_audit", "--accept", "Disken var fuld.")


def test_full_database_disk_keeps_the_text_and_needs_no_repair(parts: Rig, disks: dict[str, Disk]) -> None:
    """First PostgreSQL refuses what makes a table longer; without room for its log it ends, and is started again."""
    person = Person(parts.portal)
    with Reporters(parts.portal.port, rate=8, clients=8, resend_for=60) as reporters:
        go_on(reporters)
        # A fresh piece of log, whose room outlasts the first half.
        parts.books.ask("SELECT pg_switch_wal()")
        parts.books.ask("SELECT pg_logical_emit_message(true, '', '')")
        with disks["database"].full():
            be_refused(reporters)
            person.check_refused("Vi kunne ikke gemme din melding lige nu", sample_file(0))
            assert is_alarmed(parts.portal, "database")
            with suppress(psycopg2.Error):
                for _ in range(100):
                    parts.books.ask("SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()")
            assert (server := parts.postgres.process) is not None
            wait_until(lambda: server.poll() is not None, SECONDS, "PostgreSQL to end for want of log")
            person.check_refused("Det, du skrev, er her stadig", sample_file(0), LARGE)
            assert person.client.get("/brud/meld/").status == 503
            assert is_alarmed(parts.portal, "database")
            be_refused(reporters)
        start_again(parts.postgres)
        go_on(reporters)
    assert person.is_received(sample_file(0), LARGE)
    wait_until(lambda: is_quiet(parts.portal), SECONDS, "the alarm to end")
    check_books(parts, reporters.result)
    assert "er helt" in parts.portal.manage("verify_audit")


def test_full_disk_of_the_embedded_default_keeps_the_text_and_needs_no_repair(base: Path) -> None:
    with Disk(base / "data") as disk, SmtpSink() as sink:
        portal = Portal(email_url=sink.url, DJANGO_SETTINGS_MODULE="bench.settings")
        portal.data_dir = disk.folder
        with portal:
            portal.manage("scale", "--people", "60")
            person = Person(portal)
            with disk.full():
                wait_until(lambda: "worker stoppede" in portal.log(), SECONDS, "a worker that has no room to start")
            with Reporters(portal.port, rate=4, clients=4, resend_for=60) as reporters:
                go_on(reporters)
                for room in (0, 100_000):
                    with disk.full(but=room):
                        be_refused(reporters)
                        person.check_refused("er her stadig|mangler plads", sample_file(0))
                        assert is_alarmed(portal, "disk")
                    go_on(reporters)
            assert person.is_received(sample_file(0), LARGE)
            check_receipts(reporters.result)
            wait_until(lambda: is_quiet(portal), SECONDS, "the alarm to end")
            assert "rows without file: 0" in portal.manage("check_orphans")
            with sqlite3.connect(disk.folder / "portal.sqlite3") as database:
                waiting = "SELECT count(*) FROM kit_message WHERE state = 'queued'"
                wait_until(lambda: database.execute(waiting).fetchone() == (0,), MAIL_WITHIN, "every mail to leave")
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                numbers = {number for (number,) in database.execute("SELECT number FROM breaches_breach")}
                rows = {name for (name,) in database.execute("SELECT path_name FROM kit_storedfile")}
            assert {receipt.number for receipt in reporters.result.receipts} <= numbers
            uploads = disk.folder / "files"
            assert {str(path.relative_to(uploads)) for path in uploads.rglob("*") if path.is_file()} == rows
