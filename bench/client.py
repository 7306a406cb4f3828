"""A plain HTTP client with cookies and a kept connection, and the little statistics the tables need."""

import gzip
import http.client
import re
import secrets
import select
import socket
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Thread

Fields = Iterable[tuple[str, str]]
Files = Iterable[tuple[str, str, bytes]]  # field, file name, content


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        plain = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return plain.decode()


class Client:
    """One caller. Raises OSError or http.client.HTTPException when nobody answers."""

    def __init__(self, port: int, *, address: str = "", session: str = "", timeout: float = 30) -> None:
        self.port, self.address, self.timeout = port, address, timeout
        self.cookies = {"sessionid": session} if session else {}
        self.connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: Fields, files: Files = ()) -> Answer:
        boundary = secrets.token_hex(16)
        body = multipart(boundary, fields, files)
        return self._ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        headers = {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if self.address:
            headers["X-Forwarded-For"] = self.address
        if self.connection is not None and self.connection.sock and _is_closed(self.connection.sock):
            self.close()
        kept = self.connection is not None
        try:
            return self._exchange(method, path, body, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            if method != "GET" or not kept:
                raise
        return self._exchange(method, path, body, headers)  # a kept connection that the server had closed

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        data = response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if response.will_close:
            self.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, data)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _is_closed(kept: socket.socket) -> bool:
    """Whether the server has closed a connection that nothing is asked on: as a browser, take a new one then."""
    return bool(select.select([kept], [], [], 0)[0])


def multipart(boundary: str, fields: Fields, files: Files) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    for name, filename, content in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
        parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


def csrf_token(html: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
    assert found, "no form on the page"
    return found[1]


def percentile(values: Iterable[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def time_one(client: Client, path: str, times: int, **headers: str) -> list[float]:
    """Seconds of each of `times` answers, one after the other; every answer must be 200."""
    client.get(path, **headers)
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        answer = client.get(path, **headers)
        seconds.append(time.perf_counter() - started)
        assert answer.status == 200, f"{path} answered {answer.status}"
    return seconds


def rate_of_many(make: Callable[[], Client], path: str, callers: int, seconds: float) -> float:
    """Answers per second to so many callers at once."""
    counts = [0] * callers
    stop_at = time.perf_counter() + seconds

    def call(number: int) -> None:
        client = make()
        while time.perf_counter() < stop_at:
            assert client.get(path).status == 200
            counts[number] += 1

    started = time.perf_counter()
    threads = [Thread(target=call, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def median(values: Iterable[float]) -> float:
    return statistics.median(values)
