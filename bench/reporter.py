"""People without an account who report breaches, each report with a file of 200 kB, and who keep every receipt.

A report that got no answer, or an answer that is no receipt, is sent again with the same form: so does a person.
"""

import hashlib
import http.client
import re
import secrets
import struct
import time
import zlib
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread
from urllib.parse import urlencode

from bench.client import Client, csrf_token

SIZE = 200_000
UNIT = "Måleafdeling 1"
WORDS = "Mappen med aftaler blev glemt i bussen og fundet igen af en venlig chauffør. ".encode()
NUMBER = re.compile(r'class="number">(\d{4}-\d+)<')
CODE = re.compile(r'id="receipt-code">([A-Z2-7-]+)<')


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


_RUNS = count(1)
_PICTURE = _chunk(b"IDAT", zlib.compress(secrets.token_bytes(SIZE - 400), 0))


def sample_file(number: int) -> tuple[str, bytes]:
    """A picture, a PDF or a text by turns: about 200 kB, unlike every other one."""
    mark = f"{number} {secrets.token_hex(16)}".encode()
    if number % 3 == 0:
        head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 400, 400, 8, 2, 0, 0, 0))
        note = _chunk(b"tEXt", b"Comment\0" + mark)
        return f"billede {number}.png", b"\x89PNG\r\n\x1a\n" + head + note + _PICTURE + _chunk(b"IEND", b"")
    if number % 3 == 1:
        stream = WORDS * ((SIZE - 500) // len(WORDS))
        return f"brev {number}.pdf", b"".join(
            [
                b"%PDF-1.7\n% ", mark, b"\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n",
                b"2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n",
                b"3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 100 100]>> endobj\n",
                b"4 0 obj <</Length %d>> stream\n" % len(stream), stream, b"\nendstream endobj\n",
                b"trailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n",
            ]
        )  # fmt: skip
    return f"note {number}.txt", mark + b"\n" + WORDS * ((SIZE - 60) // len(WORDS))


@dataclass
class Receipt:
    """What a reporter was told, and what she had sent."""

    number: str
    code: str
    token: str
    sha256: str
    acknowledged_at: float  # time.time()
    seconds: float  # from when she wanted to send until the receipt
    tries: int


@dataclass
class Result:
    receipts: list[Receipt] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)  # every try that gave no receipt
    sent: int = 0


def open_form(client: Client) -> list[tuple[str, str]]:
    """The seal of the form, and the unit chosen among those that match the words."""
    csrf = csrf_token(client.get("/brud/meld/").text)
    matches = client.get(f"/brud/meld/enheder/?{urlencode({'unit_search': UNIT})}").text
    unit = re.search(r'name="unit_choice"[^>]* value="(\d+)"', matches)
    assert unit, "no unit to choose"
    return [("csrfmiddlewaretoken", csrf), ("unit_choice", unit[1])]


class Reporters:
    """`clients` people who together send `rate` reports a second. Used as a context manager, or with `run`."""

    def __init__(self, port: int, *, rate: float, clients: int, resend_for: float = 0) -> None:
        self.port, self.rate, self.clients, self.resend_for = port, rate, clients, resend_for
        self.result = Result()
        self._stop, self._lock, self._next = Event(), Lock(), 0
        self._threads: list[Thread] = []
        self._started = 0.0
        self._most = 10**9
        self._run = next(_RUNS) % 256  # an address never comes back, also not in the next run

    def run(self, reports: int) -> Result:
        """Send so many reports and wait for the answers."""
        self._most = reports
        with self:
            for thread in self._threads:
                thread.join()
        return self.result

    def __enter__(self) -> "Reporters":
        self._started = time.monotonic() + 0.5
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def acknowledged_since(self, moment: float) -> int:
        return sum(receipt.acknowledged_at > moment for receipt in self.result.receipts)

    def _take(self) -> int | None:
        with self._lock:
            if self._next >= self._most or self._stop.is_set():
                return None
            self._next += 1
            return self._next - 1

    def _work(self) -> None:
        client = Client(self.port)
        form: list[tuple[str, str]] = []
        while (number := self._take()) is not None:
            due = self._started + number / self.rate
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            client.address = f"10.{self._run}.{number >> 8 & 255}.{number & 255}"
            form = self._report(client, form, number, due)

    def _report(self, client: Client, form: list[tuple[str, str]], number: int, due: float) -> list[tuple[str, str]]:
        """Answers the opened form, which serves the next report too."""
        name, content = sample_file(number)
        token, sha256 = secrets.token_urlsafe(24), hashlib.sha256(content).hexdigest()
        fields = [
            ("token", token), ("description", f"En mail blev sendt til den forkerte. {token}"), ("kind", "happened"),
            ("noticed_on", time.strftime("%Y-%m-%d")), ("noticed_time", "00:00"), ("involves_personal_data", "yes"),
            ("unit_search", UNIT), ("is_anonymous", "on"),
        ]  # fmt: skip
        give_up = time.monotonic() + self.resend_for
        self._count(sent=1)
        for attempt in range(1, 10_000):
            try:
                form = form or open_form(client)
                answer = client.post("/brud/meld/", [*form, *fields], [("files", name, content)])
                html = answer.text
                case, code = NUMBER.search(html), CODE.search(html)
                if answer.status == 200 and case and code:
                    receipt = Receipt(
                        case[1], code[1].replace("-", ""), token, sha256, time.time(), time.monotonic() - due, attempt
                    )
                    self._count(receipt=receipt)
                    return form
                self._count(error=f"status {answer.status}")
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self._count(error=type(error).__name__)
            if time.monotonic() > give_up:
                break
            time.sleep(0.3)
        return form

    def _count(self, *, sent: int = 0, receipt: Receipt | None = None, error: str = "") -> None:
        with self._lock:
            self.result.sent += sent
            if receipt:
                self.result.receipts.append(receipt)
            if error:
                self.result.errors.append(error)
