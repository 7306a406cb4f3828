"""The public policy page against a bare Django page and nginx; PDF, comparison, and a list of very many documents."""

import re
import shutil
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path
from random import Random

from bench.client import Client, median, percentile, time_one
from bench.lists import count_queries, tidy_up
from bench.pages import BARE, by_turns, session_of
from bench.rig import Rig
from bench.tables import Report
from tests.services import free_port, is_open, wait_until

DOCUMENTS, VERSIONS = 5000, 20
PAGE_WORDS = 400  # of a printed page
PUBLIC = "/politik/"


def fill(report: Report) -> None:
    from glostrup_isms.home import scale_documents

    started = time.monotonic()
    scale_documents.make_policy()
    scale_documents.make_documents(DOCUMENTS, VERSIONS)
    tidy_up()
    report.say(f"{DOCUMENTS} documents of {VERSIONS} versions written in {time.monotonic() - started:.0f} s")


def measure(rig: Rig, report: Report) -> None:
    public(rig, report)
    static(rig, report)
    weigh(rig, report)
    pdf(report)
    comparison(report)
    listed(rig, report)


def public(rig: Rig, report: Report) -> None:
    report.title("The public policy page against a bare Django page on the same server")
    visit = partial(Client, rig.portal.port)
    (bare_time, bare_rate), (seconds, rate) = by_turns((visit, BARE), (visit, PUBLIC))
    report.row("its answers per second, 8 callers", f"{rate:.0f}/s", f"bare {bare_rate:.0f}/s")
    report.row("  its / the bare page's", f"{rate / bare_rate:.2f} ×", "≥ 0.8", rate / bare_rate >= 0.8)
    report.row("p50 at one caller", f"{seconds * 1000:.2f} ms", f"bare {bare_time * 1000:.2f} ms")
    client = visit()
    etag = client.get(PUBLIC).headers["etag"]
    again = client.get(PUBLIC, **{"If-None-Match": etag})
    report.row("unchanged", str(again.status), "304", again.status == 304 and not again.body)
    report.row("cookies set", str(len(client.cookies)), "0", not client.cookies)
    queries = count_queries(PUBLIC, None)
    report.row("queries", str(queries), "≤ 2", queries <= 2)


def static(rig: Rig, report: Report) -> None:
    """The exported page from nginx, against the same bytes as a plain file from the same nginx."""
    if not shutil.which("nginx"):
        report.say("nginx is not on this machine: the static export is not measured")
        return
    from django.core.management import call_command

    report.title("The exported page from nginx, against nginx serving the same bytes")
    folder = Path(tempfile.mkdtemp(prefix="bench-export-"))
    (folder / "site").mkdir()
    call_command("export_publication", str(folder / "site"), verbosity=0)
    shutil.copy(folder / "site/politik/index.html", folder / "site/plain.html")
    for place in (folder, *folder.rglob("*")):
        place.chmod(0o755 if place.is_dir() else 0o644)
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; worker_processes 2; daemon off; events {{}} "
        f"http {{ access_log off; keepalive_requests 1000000; types {{ text/html html; }} "
        f"client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; "
        f"uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; "
        f"server {{ listen 127.0.0.1:{port}; root {folder}/site; }} }}"
    )
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_open(port), 5, "nginx")
        visit = partial(Client, port)
        (_, plain_rate), (_, rate) = by_turns((visit, "/plain.html"), (visit, PUBLIC))
        report.row("exported page, 8 callers", f"{rate:.0f}/s", f"plain {plain_rate:.0f}/s")
        report.row("  its / the plain file's", f"{rate / plain_rate:.2f} ×", "≥ 0.95", rate / plain_rate >= 0.95)
        etag = visit().get(PUBLIC).headers["etag"]
        again = visit().get(PUBLIC, **{"If-None-Match": etag})
        report.row("strong ETag, unchanged", f"{etag} {again.status}", "304", again.status == 304 and etag[:1] == '"')
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def weigh(rig: Rig, report: Report) -> None:
    report.title("First visit to the public policy page, gzip")
    client = Client(rig.portal.port)

    def fetch(path: str) -> tuple[int, str]:
        answer = client.get(path, **{"Accept-Encoding": "gzip"})
        assert answer.status == 200, f"{path} answered {answer.status}"
        kind = answer.headers["content-type"].split(";")[0]
        return len(answer.body), answer.text if kind in ("text/html", "text/css") else ""

    size, html = fetch(PUBLIC)
    report.at_most("the page itself, not packed", len(html.encode()) / 1000, 100, "kB", 1)
    total = size
    for path in sorted(set(re.findall(r'<link rel="stylesheet" href="(/static/[^"]+)"', html))):
        weight, _ = fetch(path)
        report.row(f"  {path.rpartition('/')[2]}", f"{weight / 1000:.1f} kB")
        total += weight
    report.at_most("page and styles together", total / 1000, 100, "kB", 1)


def _long_text(pages: int, seed: int, changed: float = 0.0) -> str:
    """A text of so many pages; `changed` is the part of its clauses with other words, and a section has moved."""
    dice, other = Random(1), Random(seed)
    words = [
        "sikkerhed",
        "borgere",
        "oplysninger",
        "leder",
        "system",
        "adgang",
        "brud",
        "plan",
        "kontrol",
        "aftale",
        "ansvar",
        "risiko",
        "politik",
        "data",
    ]
    sections = []
    for section in range(pages // 2):
        clauses = []
        for _ in range(20):
            clause = [dice.choice(words) for _ in range(PAGE_WORDS // 10)]
            if other.random() < changed:
                clause[other.randrange(len(clause))] = "ændret"
            clauses.append(" ".join(clause).capitalize() + ".")
        sections.append(f"## Afsnit {section}\n\n" + "\n\n".join(clauses))
    if changed:
        sections.append(sections.pop(1))
    return "\n\n".join(sections)


def comparison(report: Report) -> None:
    from policy.text.blocks import parse
    from policy.text.compare import compare
    from policy.text.html import compare_html

    old, new = _long_text(40, 1), _long_text(40, 2, changed=0.2)
    report.title(f"Comparison of two versions of 40 pages ({len(old.split())} words)")
    seconds = []
    for _ in range(7):
        started = time.perf_counter()
        compare_html(compare(parse(old), parse(new)))
        seconds.append(time.perf_counter() - started)
    report.at_most("read, compared and drawn (median of 7)", median(seconds) * 1000, 500, "ms")


def pdf(report: Report) -> None:
    from django.conf import settings

    from policy.models import Version
    from policy.pdf import version_pdf

    report.title("PDF of a policy of ordinary length")
    version = Version.objects.get(document__number="POL-001", number=2)
    shutil.rmtree(settings.PDF_DIR, ignore_errors=True)
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        version_pdf(version)
        seconds.append(time.perf_counter() - started)
    report.at_most("cold, the first in its process", seconds[0], 2, "s", 2)
    report.row("kept", f"{seconds[-1] * 1000:.0f} ms")


def listed(rig: Rig, report: Report) -> None:
    from roles.enums import Role
    from roles.models import User

    coordinator = User.objects.filter(appointments__role=Role.GDPR_UNIT).order_by("pk")[0]
    employee = User.objects.filter(appointments__role=Role.EMPLOYEE).order_by("pk")[0]
    report.title(f"The list of {DOCUMENTS} documents with {VERSIONS} versions each")
    for name, user in (("GDPR unit", coordinator), ("employee", employee)):
        client = Client(rig.portal.port, session=session_of(user))
        for label, path in (
            ("first page", "/dokumenter/?nulstil=1"),
            ("last page", "/dokumenter/?side=9999"),
            ("by state", "/dokumenter/?sorter=tilstand"),
            ("late for approval", "/dokumenter/?mangler=ja"),
            ("search", "/dokumenter/?q=4711"),
        ):
            queries = count_queries(path, user)
            milliseconds = percentile(time_one(client, path, 15), 95) * 1000
            report.row(f"{name}: {label}", f"{milliseconds:.0f} ms")
            report.row("", f"{queries} queries", "≤ 12", queries <= 12)
