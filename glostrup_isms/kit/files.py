"""Files that people send: stored out of the web server's reach, served only through the owner's permission.

    with files.together(), transaction.atomic():     # what was written goes again when the block fails
        stored = files.store(upload)                 # raises UploadRefused, StorageFull

A file is on disk, fsynced, before its row is written; a file without a row is therefore possible (a kill between the
two) and is found by `check_orphans`, a row without a file is not. With a scanner, a file waits in quarantine until
`scan_waiting` has had an answer; the person who sent it waits for nobody.
"""

import errno
import hashlib
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core import checks, signing
from django.db import DatabaseError, models, transaction
from django.db.models import ProtectedError
from django.http import FileResponse
from django.utils import timezone

from glostrup_isms.kit import scanner
from glostrup_isms.kit.uploads import CheckedUpload, UploadRefused, check, check_number, display_name

__all__ = ["CheckedUpload", "UploadRefused", "check", "check_number", "display_name"]

logger = logging.getLogger(__name__)

KEEP = timedelta(hours=24)  # how long a file waits for the form that it was sent with
YOUNG = timedelta(hours=1)  # a file this new may belong to a transaction that is still running
SCANNER_ALARM_AFTER = timedelta(hours=1)
SIGNER_SALT = "glostrup_isms.kit.files"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_written: ContextVar[list["StoredFile"] | None] = ContextVar("written", default=None)


class StorageFull(Exception):
    """There is no room for the file; the text is a Danish sentence."""

    def __init__(self) -> None:
        super().__init__(
            "Filen kunne ikke gemmes, fordi der mangler plads hos os. Send uden filen nu, og tilføj den senere."
        )


class NotDeliverable(Exception):
    """The file may not be handed out, or is gone; the text is a Danish sentence."""


class ScanState(models.TextChoices):
    CLEAN = "clean", "Scannet, ingen virus fundet"
    WAITING = "waiting", "Venter på virusscanning"
    INFECTED = "infected", "Virus fundet"
    NOT_SCANNED = "not_scanned", "Ikke scannet"


class StoredFile(models.Model):
    """One file on disk. `path_name` is random; `original_name` is for showing only, never a path.

    `kept_until`: set while the file waits for a form that came back; None once something holds on to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    path_name = models.CharField(max_length=100, unique=True, editable=False)
    original_name = models.CharField("filnavn", max_length=200)
    size = models.PositiveBigIntegerField("størrelse")  # bytes
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    scan_state = models.CharField("virusscanning", max_length=12, choices=ScanState.choices)
    created_at = models.DateTimeField("modtaget", default=timezone.now, editable=False)
    kept_until = models.DateTimeField(null=True)

    class Meta:
        app_label = "kit"
        verbose_name = "fil"
        verbose_name_plural = "filer"
        default_permissions = ()
        indexes = [
            models.Index(fields=["created_at"], name="stored_file_waiting", condition=models.Q(scan_state="waiting")),
            models.Index(fields=["kept_until"], name="stored_file_kept", condition=models.Q(kept_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def path(self) -> Path:
        return Path(settings.UPLOAD_DIR) / self.path_name

    @property
    def is_deliverable(self) -> bool:
        return self.scan_state in (ScanState.CLEAN, ScanState.NOT_SCANNED)

    @property
    def refusal(self) -> str:
        """Why the file is not handed out, as a Danish sentence; empty when it is."""
        if self.scan_state == ScanState.INFECTED:
            return f"Der er fundet virus i “{self.original_name}”. Filen bliver ikke udleveret. Kontakt it-sikkerhed."
        if self.scan_state == ScanState.WAITING:
            return f"“{self.original_name}” venter på at blive scannet for virus. Prøv igen om lidt."
        return ""


# ── In ───────────────────────────────────────────────────────────────────────────────────────────
def store(upload: Any, *, keep_for: timedelta | None = None) -> StoredFile:
    """Check and write one upload (or CheckedUpload), then its row in the caller's transaction.

    File and folder are fsynced before this returns. `keep_for`: the file waits that long for its form.
    Raises UploadRefused, StorageFull.
    """
    checked = upload if isinstance(upload, CheckedUpload) else check(upload)
    random_name = secrets.token_hex(32)
    stored = StoredFile(
        path_name=f"{random_name[:2]}/{random_name[2:]}",
        original_name=checked.name,
        content_type=checked.content_type,
        scan_state=ScanState.WAITING if settings.CLAMD_ADDRESS else ScanState.NOT_SCANNED,
        kept_until=timezone.now() + keep_for if keep_for else None,
    )
    try:
        stored.size, stored.sha256 = _write(checked.upload, stored.path)
        if stored.size != checked.size:
            raise UploadRefused(f"Filen “{checked.name}” kom ikke hel frem. Vælg den igen.")
        with transaction.atomic():
            stored.save(force_insert=True)
    except OSError as error:
        stored.path.unlink(missing_ok=True)
        if error.errno in FULL:
            raise StorageFull from error
        raise
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise
    if (written := _written.get()) is not None:
        written.append(stored)
    return stored


def _write(upload: Any, path: Path) -> tuple[int, str]:
    """Write under a name that nobody looks for, fsync, rename, fsync the folders. Returns (bytes, SHA-256)."""
    root = Path(settings.UPLOAD_DIR)
    unfinished = root / "unfinished" / path.name
    for folder in (unfinished.parent, path.parent):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_folder(root)
    digest, size = hashlib.sha256(), 0
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            upload.seek(0)
            for chunk in upload.chunks():
                out.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(path)
        _sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def together() -> Iterator[None]:
    """Put around a transaction: files stored inside go again when it fails.

    When the database itself failed, nobody here knows what was committed: the files stay, `check_orphans` decides.
    """
    written: list[StoredFile] = []
    token = _written.set(written)
    try:
        yield
    except DatabaseError:
        raise
    except BaseException:
        for stored in written:
            if not StoredFile.objects.filter(pk=stored.pk).exists():
                stored.path.unlink(missing_ok=True)
        raise
    finally:
        _written.reset(token)


# ── Kept between two tries of a form ─────────────────────────────────────────────────────────────
def sign(stored: StoredFile) -> str:
    """A token for a hidden field: whoever holds it may attach the kept file within its time."""
    return signing.TimestampSigner(salt=SIGNER_SALT).sign(str(stored.pk))


def unsign(token: str) -> StoredFile | None:
    """The kept file of a token, or None when the token is wrong, old, or its file is attached already or gone."""
    try:
        key = signing.TimestampSigner(salt=SIGNER_SALT).unsign(token, max_age=KEEP)
    except (signing.BadSignature, UnicodeError, ValueError):
        return None
    return StoredFile.objects.filter(pk=key, kept_until__gt=timezone.now()).first()


def attach(stored: StoredFile) -> StoredFile:
    """A kept file is kept for good, in the caller's transaction. Raises UploadRefused when it is attached or gone."""
    if not StoredFile.objects.filter(pk=stored.pk, kept_until__gt=timezone.now()).update(kept_until=None):
        raise UploadRefused(f"Filen “{stored.original_name}” er ikke længere gemt her. Vælg den igen.")
    stored.kept_until = None
    return stored


# ── Out ──────────────────────────────────────────────────────────────────────────────────────────
def response(stored: StoredFile) -> FileResponse:
    """The file as a download that no browser opens in our name. The caller has checked the owner's permission.

    Raises NotDeliverable.
    """
    if stored.refusal:
        raise NotDeliverable(stored.refusal)
    try:
        file = open(stored.path, "rb")  # noqa: SIM115 - closed by the response
    except FileNotFoundError as error:
        logger.error("The stored file %s is not on disk.", stored.pk)
        raise NotDeliverable(f"“{stored.original_name}” findes ikke længere på disken. Kontakt driften.") from error
    answer = FileResponse(file, as_attachment=True, filename=stored.original_name, content_type=stored.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer


def remove(stored: StoredFile) -> None:
    """Delete the row, and the file once that is committed. Raises ProtectedError while something holds on to it."""
    path = stored.path
    stored.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


# ── Jobs: each may run any number of times ───────────────────────────────────────────────────────
def scan_waiting() -> int:
    """Scan what waits in quarantine; answers how many got an answer. Stops when the scanner is away."""
    if not settings.CLAMD_ADDRESS:
        return 0
    scanned = 0
    for stored in StoredFile.objects.filter(scan_state=ScanState.WAITING).order_by("?")[:1000]:
        try:
            with open(stored.path, "rb") as file:
                state = ScanState.INFECTED if scanner.is_infected(file) else ScanState.CLEAN
        except FileNotFoundError:
            continue  # `check_orphans` tells of it
        except scanner.UnclearAnswer as error:
            logger.warning("The scanner gave no clear answer on file %s: %s", stored.pk, error)
            continue
        except scanner.NoAnswer as error:
            logger.warning("The scanner did not answer: %s", error)
            break
        scanned += StoredFile.objects.filter(pk=stored.pk, scan_state=ScanState.WAITING).update(scan_state=state)
        if state == ScanState.INFECTED:
            logger.error("The scanner found a virus in file %s.", stored.pk)
    return scanned


def problem() -> str:
    """One Danish sentence when files have waited too long for the scanner, else an empty text."""
    since = timezone.now() - SCANNER_ALARM_AFTER
    count = StoredFile.objects.filter(scan_state=ScanState.WAITING, created_at__lt=since).count()
    return f"{count} {'fil' if count == 1 else 'filer'} har ventet over en time på virusscanning." if count else ""


def clear_out() -> int:
    """Remove kept files whose form never came, and unfinished writes; answers how many rows went."""
    removed = 0
    due = StoredFile.objects.filter(kept_until__lt=timezone.now())
    for key in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            stored = due.select_for_update(skip_locked=True).filter(pk=key).first()
            if stored is None:
                continue
            try:
                remove(stored)
                removed += 1
            except ProtectedError:  # attached without `attach`: it stays
                StoredFile.objects.filter(pk=key).update(kept_until=None)
    for path in _old_files(Path(settings.UPLOAD_DIR) / "unfinished", YOUNG):
        path.unlink(missing_ok=True)
    return removed


@dataclass
class Orphans:
    """Rows whose file is gone (a loss), and files that no row knows (left by a kill)."""

    rows: list[StoredFile] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.rows or self.files)


def orphans(older_than: timedelta = YOUNG) -> Orphans:
    """Compare disk and table. Files younger than `older_than` may belong to a running transaction and are left out."""
    found = Orphans()
    root = Path(settings.UPLOAD_DIR)
    for key, path_name in StoredFile.objects.values_list("pk", "path_name").iterator():
        if not (root / path_name).is_file():
            found.rows += StoredFile.objects.filter(pk=key)  # unless it was removed meanwhile
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        old = _old_files(folder, older_than) if folder.is_dir() else []
        rows = StoredFile.objects.filter(path_name__startswith=f"{folder.name}/")
        known = set(rows.values_list("path_name", flat=True))
        found.files += [path for path in old if f"{folder.name}/{path.name}" not in known]
    return found


def _old_files(folder: Path, age: timedelta) -> list[Path]:
    if not folder.is_dir():
        return []
    limit = timezone.now().timestamp() - age.total_seconds()
    return sorted(Path(entry.path) for entry in os.scandir(folder) if entry.stat().st_mtime < limit)


def report_orphans() -> Orphans:
    """Log what `orphans` finds: counts and keys, no names."""
    found = orphans()
    for stored in found.rows:
        logger.error("The stored file %s is not on disk.", stored.pk)
    if found.files:
        logger.error("%s files on disk belong to no row.", len(found.files))
    return found


@checks.register
def check_upload_dir(**kwargs: Any) -> list[checks.CheckMessage]:
    """Uploads lie outside everything that the web server hands out by itself."""
    root = Path(settings.UPLOAD_DIR).resolve()
    static = [settings.STATIC_ROOT, settings.MEDIA_ROOT, *getattr(settings, "STATICFILES_DIRS", [])]
    if any(root.is_relative_to(Path(folder).resolve()) for folder in static if folder):
        return [checks.Error("UPLOAD_DIR lies inside a folder that is served to everybody.", id="kit.E001")]
    return []
