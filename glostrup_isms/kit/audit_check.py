"""Verification of the audit trail (kit.audit): one pass over every entry, against itself and the heads outside the
database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from glostrup_isms.kit.audit import (
    FIRST_HASH,
    AuditEntry,
    append_line,
    digest_of,
    hash_of,
    head_files,
    heads_folder,
    parse_line,
    record,
)

PROBLEMS_SHOWN = 200
LINES_AHEAD = 5_000  # head lines held in memory; they come nearly sorted


@dataclass
class Verification:
    """What `check` found: Danish sentences, and how many entries were read and how many have erased details."""

    problems: list[str] = field(default_factory=list)
    entries: int = 0
    erased: int = 0
    unproven: list[tuple[int, str]] = field(default_factory=list)  # (seq, hash) without a `written` line

    def add(self, sentence: str) -> None:
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(sentence)
        elif len(self.problems) == PROBLEMS_SHOWN:
            self.problems.append("Der er flere fejl end dem, der er vist her.")


def verify(heads_dir: Path | str | None = None) -> list[str]:
    """Problems in the trail as Danish sentences; empty when it is whole. Erased details are no problem."""
    return check(heads_dir).problems


def check(heads_dir: Path | str | None = None) -> Verification:
    """Read the whole trail in one pass and constant memory, against itself and the heads in `heads_dir`."""
    found = Verification()
    folder = Path(heads_dir) if heads_dir else heads_folder()
    heads = _Heads(folder, found)
    entries = AuditEntry.objects.order_by("seq").values_list(
        "prev_hash", "seq", "at", "actor_id", "action", "object_type", "object_id", "digest",
        "hash", "payload__salt", "payload__text",
    )  # fmt: skip
    expected, last_hash = 1, FIRST_HASH
    for row in entries.iterator(chunk_size=2_000):
        prev_hash, seq, at, actor_id, action, object_type, object_id, digest, entry_hash, salt, text = row
        found.entries += 1
        if seq != expected:
            found.add(f"Der mangler poster før nummer {seq}: nummer {expected} burde komme nu.")
        if prev_hash != last_hash:
            found.add(f"Post {seq} hænger ikke sammen med posten før.")
        if hash_of(prev_hash, seq, at, actor_id, action, object_type, object_id, digest) != entry_hash:
            found.add(f"Post {seq} er ændret.")
        if salt is None:
            found.erased += 1
        elif digest_of(salt, text) != digest:
            found.add(f"Oplysningerne i post {seq} er ændret.")
        heads.compare(seq, entry_hash)
        expected, last_hash = seq + 1, entry_hash
    heads.finish()
    if found.entries and not heads.sizes:
        found.add(f"Der er ingen kontrolværdier uden for databasen i {folder}. En afkortning ville ikke kunne ses.")
    return found


def accept_unproven(entries: list[tuple[int, str]], *, reason: str) -> None:
    """Acknowledge entries without a `written` line after a person has judged them (a full disk, a power cut)."""
    for seq, entry_hash in entries:
        append_line("written", seq, entry_hash)
    record("audit.accept_unproven", entries=[seq for seq, _ in entries], reason=reason)


def _is_cut_off(text: str) -> bool:
    """Whether it is the beginning of a head line, as a full disk leaves it: it counts as a line that is missing."""
    kind, _, rest = text.partition(" ")
    if not rest:
        return "written".startswith(kind) or "committed".startswith(kind)
    return kind in ("written", "committed") and re.fullmatch("[0-9]+( [0-9a-f]{0,63})?", rest) is not None


class _Heads:
    """Compares entries, in order, with head lines that are nearly in order."""

    def __init__(self, folder: Path, found: Verification) -> None:
        self.found = found
        # `committed` lines count only as far as the files reach before the entries are read: later ones may belong to
        # entries this pass does not see. `written` lines count to the end, for they come before their entry.
        self.sizes = {path: path.stat().st_size for path in head_files(folder)}
        self.lines = self._read(folder)
        self.ahead: dict[int, list[tuple[str, str]]] = {}
        self.late: list[tuple[int, str]] = []
        self.accepted: set[tuple[int, str]] = set()
        self.passed = 0

    def _read(self, folder: Path) -> Iterator[tuple[str, int, str]]:
        for path in head_files(folder):
            position = 0
            with path.open("rb") as file:
                for raw in file:
                    position += len(raw)
                    text = raw.decode("ascii", "replace")
                    line = parse_line(text)
                    if not line:
                        if not _is_cut_off(text.strip()):
                            self.found.add(f"{path.name} har en linje, der ikke kan læses.")
                    elif line[0] == "written" or position <= self.sizes.get(path, 0):
                        yield line

    def compare(self, seq: int, entry_hash: str) -> None:
        while len(self.ahead) < LINES_AHEAD and (line := next(self.lines, None)):
            self._sort_in(*line)
        self.passed = seq
        lines = self.ahead.pop(seq, [])
        if self.sizes and ("written", entry_hash) not in lines:
            self.found.unproven.append((seq, entry_hash))
            del self.found.unproven[LINES_AHEAD:]
        for kind, value in lines:
            if kind == "committed" and value != entry_hash:
                self._mismatch(seq)

    def finish(self) -> None:
        for line in self.lines:
            self._sort_in(*line)
            if len(self.ahead) > LINES_AHEAD:
                self._report_ahead()
        self._check_late()
        self._report_ahead()
        self.found.unproven = [entry for entry in self.found.unproven if entry not in self.accepted]
        for seq, _ in self.found.unproven:
            self.found.add(f"Post {seq} er ikke skrevet af portalen, eller dens kontrolværdi gik tabt ved et nedbrud.")

    def _sort_in(self, kind: str, seq: int, value: str) -> None:
        if seq > self.passed:
            self.ahead.setdefault(seq, []).append((kind, value))
        elif kind == "written":
            if (seq, value) in self.found.unproven:
                self.accepted.add((seq, value))
        else:
            self.late.append((seq, value))
            if len(self.late) >= 500:
                self._check_late()

    def _check_late(self) -> None:
        known = dict(AuditEntry.objects.filter(seq__in=[seq for seq, _ in self.late]).values_list("seq", "hash"))
        for seq, value in self.late:
            if known.get(seq) != value:
                self._mismatch(seq)
        self.late.clear()

    def _report_ahead(self) -> None:
        for seq, lines in sorted(self.ahead.items()):
            if any(kind == "committed" for kind, _ in lines):
                self._mismatch(seq)
        self.ahead.clear()

    def _mismatch(self, seq: int) -> None:
        self.found.add(
            f"Post {seq} er ikke den, der blev skrevet uden for databasen: fjernet, udskiftet eller rullet tilbage."
        )
