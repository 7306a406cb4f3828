"""Pages as multiples of a bare Django page on the same server in the same run; start-up, memory and page weight."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from urllib.parse import urljoin

from bench.client import Client, median, rate_of_many, time_one
from bench.rig import Rig
from bench.tables import Report
from tests.services import free_port, is_open, wait_until

BARE = "/bench/bare/"
TURNS = 8
TIMES = 25  # in each turn
CALLERS = 8
SECONDS = 1


def session_of(user: object) -> str:
    """A signed-in session, as the sign-in page makes it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)  # type: ignore[attr-defined]
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()  # type: ignore[attr-defined]
    session.create()
    return str(session.session_key)


def people() -> dict[str, object]:
    """Somebody of the GDPR unit, and the leader with the most cases."""
    from django.db.models import Count

    from roles.enums import Role
    from roles.models import User

    gdpr = User.objects.filter(appointments__role=Role.GDPR_UNIT).order_by("pk")[0]
    leaders = User.objects.filter(appointments__role=Role.LEADER)
    return {"gdpr": gdpr, "leader": leaders.annotate(cases=Count("told_of")).order_by("-cases")[0]}


def measure(rig: Rig, report: Report) -> None:
    from breaches.models import Breach

    sessions = {name: session_of(user) for name, user in people().items()}
    case = Breach.objects.order_by("-reported_at")[0]
    pages = (
        ("case list (GDPR unit)", "/brud/", "gdpr"),
        ("case list (leader)", "/brud/", "leader"),
        ("case (GDPR unit)", case.get_absolute_url(), "gdpr"),
        ("report page (guest)", "/brud/meld/", ""),
        ("report page (signed in)", "/brud/meld/", "leader"),
        ("my page (GDPR unit)", "/", "gdpr"),
        ("my page (leader)", "/", "leader"),
    )
    report.title(f"Pages against a bare Django page on the same server ({Breach.objects.count()} cases)")
    port = rig.portal.port
    for name, path, who in pages:
        visit = partial(Client, port, session=sessions.get(who, ""))
        (bare_time, bare_rate), (seconds, rate) = by_turns((partial(Client, port), BARE), (visit, path))
        report.say(
            f"{name}: {seconds * 1000:.1f} ms at one caller, {rate:.0f}/s at {CALLERS} callers "
            f"(bare {bare_time * 1000:.2f} ms, {bare_rate:.0f}/s)"
        )
        report.at_most("  its p50 / the bare page's", seconds / bare_time, 25, "×", 1)
        report.at_most(f"  bare page's answers per second / its, {CALLERS} callers", bare_rate / rate, 25, "×", 1)
    _nginx(report)


def by_turns(*pages: tuple[Callable[[], Client], str]) -> list[tuple[float, float]]:
    """The median time at one caller and the answers per second at many, of each page. They take short turns, because
    the machine's speed drifts from one second to the next."""
    times: list[list[float]] = [[] for _ in pages]
    rates: list[list[float]] = [[] for _ in pages]
    for _ in range(TURNS):
        for (visit, path), found in zip(pages, times, strict=True):
            found += time_one(visit(), path, TIMES)
    for _ in range(TURNS):
        for (visit, path), counted in zip(pages, rates, strict=True):
            counted.append(rate_of_many(visit, path, CALLERS, SECONDS))
    return [(median(found), median(counted)) for found, counted in zip(times, rates, strict=True)]


def _nginx(report: Report) -> None:
    """What the machine and this client can do at all: a static file from nginx."""
    if not shutil.which("nginx"):
        report.say("nginx is not on this machine: no reference")
        return
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="bench-nginx-"))
    (folder / "bare.html").write_text("<!doctype html><title>Bare</title><p>Hello.")
    folder.chmod(0o755)
    config = (
        f"pid {folder}/pid; error_log {folder}/error.log; worker_processes 2; daemon off; events {{}} "
        f"http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/body; "
        f"proxy_temp_path {folder}/proxy; "
        f"fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; "
        f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"
    )
    (folder / "nginx.conf").write_text(config)
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_open(port), 5, "nginx")
        ((seconds, rate),) = by_turns((partial(Client, port), "/bare.html"))
        report.row("a static file from nginx", f"{seconds * 1000:.2f} ms", f"{rate:.0f}/s")
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def weigh(rig: Rig, report: Report) -> None:
    """What a first visit to the report page costs over the wire, gzip: HTML, styles, scripts, pictures, and the fonts
    of upright letters in the Latin ranges that Danish needs (a browser fetches only ranges and weights in use)."""
    report.title("First visit to the report page, gzip")
    client = Client(rig.portal.port)
    seen: dict[str, int] = {}

    def fetch(path: str) -> str:
        answer = client.get(path, **{"Accept-Encoding": "gzip"})
        assert answer.status == 200, f"{path} answered {answer.status}"
        seen[path] = len(answer.body)
        is_text = answer.headers["content-type"].split(";")[0] in ("text/html", "text/css")
        return answer.text if is_text else ""

    html = fetch("/brud/meld/")
    fonts: set[str] = set()
    for path in dict.fromkeys(re.findall(r'(?:href|src)="(/static/[^"#]+)"', html)):
        style = fetch(path)
        fonts |= {urljoin(path, name) for name in re.findall(r'url\(["\']?([^"\')]+woff2)', style)}
    for path in sorted(fonts):
        if "Italic" not in path and "Latin1" in path:
            fetch(path)
    for path, size in seen.items():
        report.row(f"  {path.rpartition('/')[2] or path}", f"{size / 1000:.1f} kB")
    report.at_most("together", sum(seen.values()) / 1000, 250, "kB")


def memory(rig: Rig, report: Report, when: str) -> None:
    """Resident memory of each process, and the proportional share, which counts what forks share only once."""
    report.title(f"Memory {when}")
    for part in ("web", "worker", "scheduler"):
        first, *children = rig.portal.processes(part)
        report.row(f"{part}, main process", f"{first.memory_info().rss / 1e6:.0f} MB")
        for child in children:
            if part == "web":
                report.at_most("web worker, resident", child.memory_info().rss / 1e6, 150, "MB")
            else:
                report.row(f"{part}, child", f"{child.memory_info().rss / 1e6:.0f} MB")


def start_up(rig: Rig, report: Report) -> None:
    """From `serve` to the first answer of the report page, the database being ready."""
    report.title("Start")
    seconds: list[float] = []
    for _ in range(3):
        rig.portal.stop()
        (rig.portal.folder / "log").unlink()
        started = time.monotonic()
        watcher = Thread(target=_wait_for_answer, args=(rig.portal.port, started, seconds))
        watcher.start()
        rig.portal.start()
        watcher.join()
    report.at_most("from `serve` to the first report page (median of 3)", median(seconds), 3, "s", 1)


def _wait_for_answer(port: int, started: float, seconds: list[float]) -> None:
    while time.monotonic() < started + 60:
        try:
            if Client(port).get("/brud/meld/").status == 200:
                break
        except (OSError, HTTPException):
            time.sleep(0.02)
    seconds.append(time.monotonic() - started)
