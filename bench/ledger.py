"""What was acknowledged against what is there: the report, its file, its audit entry, its mails. Asked in plain SQL,
past the portal's own code."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from bench.reporter import Receipt
from tests.services import Portal, SmtpSink

MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([0-9a-f-]{36})@", re.IGNORECASE | re.MULTILINE)


@dataclass
class Ledger:
    """`lost`: one sentence for each loss; `extra`: deliveries beyond the first of each message."""

    lost: list[str] = field(default_factory=list)
    extra: int = 0
    mails: int = 0
    files_without_row: int = 0


def mails_at(sink: SmtpSink) -> Counter[str]:
    """Deliveries of each message, by the id in its Message-ID."""
    found: Counter[str] = Counter()
    for path in (sink.folder / "mail").glob("*.eml"):
        if match := MESSAGE_ID.search(path.read_bytes()):
            found[match[1].decode()] += 1
    return found


class Books:
    """The portal's database, files and mail server."""

    def __init__(self, database_url: str, portal: Portal, sink: SmtpSink) -> None:
        self.database_url, self.portal, self.sink = database_url, portal, sink

    def ask(self, query: str, *values: object) -> list[tuple]:
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def waiting(self) -> int:
        return self.ask("SELECT count(*) FROM kit_message WHERE state = 'queued'")[0][0]

    def compare(self, receipts: Iterable[Receipt]) -> Ledger:
        ledger = Ledger()
        rows = self.ask("SELECT follow_up_digest, number, id, description FROM breaches_breach")
        by_code = {code: (number, key) for code, number, key, _ in rows}
        texts = Counter(text for *_, text in rows if text.startswith("En mail blev sendt til den forkerte. "))
        ledger.lost += [f"reported twice: {text}" for text, count in texts.items() if count > 1]
        audit = dict(
            self.ask("SELECT object_id, count(*) FROM kit_auditentry WHERE action = 'breach.report' GROUP BY object_id")
        )
        files: dict[int, list[tuple[str, str]]] = {}
        for key, sha256, path_name in self.ask(
            "SELECT held.breach_id, stored.sha256, stored.path_name FROM breaches_breachfile AS held "
            "JOIN kit_storedfile AS stored ON stored.id = held.stored_id"
        ):
            files.setdefault(key, []).append((sha256, path_name))
        messages: dict[int, list[str]] = {}
        for key, message in self.ask("SELECT breach_id, message_id::text FROM breaches_told"):
            messages.setdefault(key, []).append(message)
        delivered = mails_at(self.sink)
        for receipt in receipts:
            found = by_code.get(hashlib.sha256(receipt.code.encode()).hexdigest())
            if found is None or found[0] != receipt.number:
                ledger.lost.append(f"{receipt.number}: the report is not there")
                continue
            ledger.lost += self._faults(receipt, found[1], audit, files, messages, delivered)
        ledger.mails = len(delivered)
        ledger.extra = sum(count - 1 for count in delivered.values())
        ledger.files_without_row = self._files_without_row()
        return ledger

    def _faults(
        self, receipt: Receipt, key: int, audit: dict[str, int], files: dict[int, list[tuple[str, str]]],
        messages: dict[int, list[str]], delivered: Counter[str],
    ) -> list[str]:  # fmt: skip
        faults = []
        if audit.get(str(key)) != 1:
            faults.append(f"{receipt.number}: {audit.get(str(key), 0)} audit entries")
        held = files.get(key, [])
        if [sha256 for sha256, _ in held] != [receipt.sha256]:
            faults.append(f"{receipt.number}: {len(held)} files, or another one")
        for sha256, path_name in held:
            path = self._files_folder() / path_name
            if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                faults.append(f"{receipt.number}: the file on disk is not what was sent")
        told = messages.get(key, [])
        if len(told) < 2 or None in told:
            faults.append(f"{receipt.number}: {len(told)} people told")
        faults += [f"{receipt.number}: mail {message} did not arrive" for message in told if not delivered[message]]
        return faults

    def _files_folder(self) -> Path:
        return self.portal.data_dir / "files"

    def _files_without_row(self) -> int:
        known = {path_name for (path_name,) in self.ask("SELECT path_name FROM kit_storedfile")}
        folder = self._files_folder()
        return sum(str(path.relative_to(folder)) not in known for path in folder.rglob("*") if path.is_file())
