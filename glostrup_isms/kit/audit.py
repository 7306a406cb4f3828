"""The audit trail: append-only, hash-chained, with heads outside the database.

Each entry's hash covers the entry before it. The readable details lie in a separate row together with a random
salt; the entry holds only their digest. Deleting that row erases the personal data and leaves the chain whole.

Two lines per entry go to a file that only grows: `written` just before the commit, `committed` just after it. An
entry without its `written` line was put in past the portal; a `committed` line without its entry shows a cut tail,
a re-chained trail or an old database put back. Line: `kind seq hash`.
"""

import errno
import hashlib
import json
import logging
import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from glostrup_isms.kit import cpr

logger = logging.getLogger(__name__)

FIRST_HASH = "0" * 64  # stands before entry 1
LAST = "SELECT seq, hash FROM kit_auditentry ORDER BY seq DESC LIMIT 1"
# One message, two statements: the second sees what was committed while the first waited. The number is ours alone.
LOCK_AND_LAST = "SELECT pg_advisory_xact_lock(7226501); SELECT seq, hash FROM kit_auditentry ORDER BY seq DESC LIMIT 1"
HEAD_DELAY_ALLOWED = timedelta(minutes=10)  # the scheduled `write_head` runs more often than this


class AuditEntry(models.Model):
    """One thing that happened: who (`actor_id`, None for the system), when (UTC), what, to which object."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=100)
    object_type = models.CharField(max_length=100, blank=True)
    object_id = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        app_label = "kit"
        ordering = ["seq"]
        default_permissions = ()
        indexes = [models.Index(fields=["object_type", "object_id", "seq"], name="audit_entry_object")]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"

    @property
    def data(self) -> dict[str, Any] | None:
        """{"actor", "object", "details"}, or None when the personal data have been erased.

        One query, unless the entries were fetched with select_related("payload").
        """
        payload = getattr(self, "payload", None)
        return json.loads(payload.text) if payload else None


class AuditPayload(models.Model):
    """The readable side of an entry. May be deleted (erasure), never changed."""

    entry = models.OneToOneField(AuditEntry, models.PROTECT, primary_key=True, related_name="payload")
    salt = models.CharField(max_length=32)
    text = models.TextField()  # canonical JSON in ASCII, kept as text so that the digest is the same in every database

    class Meta:
        app_label = "kit"
        default_permissions = ()

    def __str__(self) -> str:
        return f"payload of {self.entry_id}"


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────


def record(action: str, *, by: Any = None, obj: models.Model | None = None, **details: Any) -> AuditEntry:
    """Append one entry, in the caller's transaction or its own. Three queries.

    `by` is the person (None: the system), `obj` the row concerned, `details` anything JSON or str() can show; CPR
    numbers in it are masked. All writers queue behind one lock from here to their commit: take row locks *before*
    the first `record` of a transaction, and do nothing slow after it.
    """
    text = _canonical({"actor": _actor_label(by), "object": str(obj) if obj is not None else "", "details": details})
    salt = secrets.token_hex(16)
    with transaction.atomic(savepoint=False):
        seq, prev_hash = _lock_last()
        entry = AuditEntry(
            seq=seq + 1,
            at=timezone.now(),
            actor_id=getattr(by, "pk", None),
            action=action,
            object_type=obj._meta.label_lower if obj is not None else "",
            object_id=str(obj.pk) if obj is not None else "",
            digest=digest_of(salt, text),
            prev_hash=prev_hash,
        )
        entry.hash = hash_of(
            prev_hash, entry.seq, entry.at, entry.actor_id, action, entry.object_type, entry.object_id, entry.digest
        )
        entry.save(force_insert=True)
        AuditPayload(entry=entry, salt=salt, text=text).save(force_insert=True)
        append_line("written", entry.seq, entry.hash)
        transaction.on_commit(partial(append_line, "committed", entry.seq, entry.hash), robust=True)
    return entry


def _lock_last() -> tuple[int, str]:
    with connection.cursor() as cursor:  # SQLite's immediate transactions have put the writers in line already
        cursor.execute(LOCK_AND_LAST if connection.vendor == "postgresql" else LAST)
        return cursor.fetchone() or (0, FIRST_HASH)


def _actor_label(by: Any) -> str:
    if by is None:
        return "Systemet"
    return str(by) if getattr(by, "pk", None) is not None else "En person uden login"


def _canonical(data: Any) -> str:
    return json.dumps(_clean(data), sort_keys=True, separators=(",", ":"))


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {cpr.mask(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return cpr.mask(str(value))


def digest_of(salt: str, text: str) -> str:
    return hashlib.sha256((salt + text).encode()).hexdigest()


def hash_of(
    prev_hash: str,
    seq: int,
    at: datetime,
    actor_id: int | None,
    action: str,
    object_type: str,
    object_id: str,
    digest: str,
) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = json.dumps([prev_hash, seq, moment, actor_id, action, object_type, object_id, digest])
    return hashlib.sha256(parts.encode()).hexdigest()


# ── Heads outside the database ───────────────────────────────────────────────────────────────────

_write_failure = ""  # of this process; `head_problem` also sees what other processes failed to write


def heads_folder() -> Path:
    return Path(settings.DATA_DIR) / "audit"


def append_line(kind: str, seq: int, entry_hash: str) -> None:
    global _write_failure
    path = heads_folder() / f"heads-{datetime.now(UTC):%Y-%m}.log"
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            line = f"{kind} {seq} {entry_hash}\n".encode()
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":  # the line before was cut off: leave it to itself
                line = b"\n" + line
            if os.write(handle, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(handle)
        _write_failure = ""
    except OSError as error:  # a report must get through when the disk for the heads is full
        _write_failure = str(error.strerror or error)
        logger.error("audit head of entry %s could not be written: %s", seq, _write_failure)


def write_head() -> None:
    """Write the newest entry's head to the file again (scheduled job; closes the gap a crash may leave)."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
    if last and last != _last_committed_line():
        append_line("committed", *last)


def head_problem() -> str | None:
    """A Danish sentence when heads do not reach the file, else None. One query; for `/readyz`."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash", "at").first()
    if last is None or last[:2] == _last_committed_line():
        return None  # whatever failed before: lines are written again, by this process or another
    if _write_failure:
        return f"Revisionssporets kontrolværdier kan ikke skrives uden for databasen: {_write_failure}."
    if timezone.now() - last[2] > HEAD_DELAY_ALLOWED:
        return "Revisionssporets nyeste kontrolværdi er ikke skrevet uden for databasen."
    return None


def head_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("heads-*.log"))


def _last_committed_line() -> tuple[int, str] | None:
    """The committed line with the highest number among the last lines of the newest file."""
    files = head_files(heads_folder())
    if not files:
        return None
    with files[-1].open("rb") as file:
        file.seek(max(0, files[-1].stat().st_size - 20_000))
        lines = [parse_line(line) for line in file.read().decode("ascii", "replace").splitlines()]
    return max(((seq, value) for kind, seq, value in filter(None, lines) if kind == "committed"), default=None)


def parse_line(line: str) -> tuple[str, int, str] | None:
    parts = line.split()
    if len(parts) == 3 and parts[0] in ("written", "committed") and parts[1].isdecimal() and len(parts[2]) == 64:
        return parts[0], int(parts[1]), parts[2]
    return None


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────

_sentences: dict[str, str] = {}


def describe(sentences: dict[str, str]) -> None:
    """Register {action: Danish sentence}; it may name {actor}, {object} and any detail: "{actor} meldte {object}"."""
    _sentences.update(sentences)


def sentence(entry: AuditEntry) -> str:
    """The entry in Danish. Erased details show as "(slettet)"."""
    data = entry.data
    words = _Words(data["details"] if data else {}, erased=data is None)
    if data:
        words |= {"actor": data["actor"], "object": data["object"]}
    return _sentences.get(entry.action, f"{{actor}}: {entry.action} {{object}}").format_map(words).strip()


class _Words(dict):
    def __init__(self, words: dict[str, Any], *, erased: bool) -> None:
        super().__init__(words)
        self.missing = "(slettet)" if erased else ""

    def __missing__(self, key: str) -> str:
        return self.missing


describe(
    {
        "login": "{actor} loggede ind",
        "login.failed": "Et forsøg på at logge ind mislykkedes",
        "logout": "{actor} loggede ud",
        "audit.accept_unproven": "{actor} godkendte poster uden kontrolværdi: {reason}",
    }
)
