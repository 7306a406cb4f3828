"""The case list and the report page with very many reports."""

import time

from bench.client import Client, percentile, time_one
from bench.pages import people, session_of
from bench.rig import Rig
from bench.tables import Report

TIMES = 40
REPORTS = 100_000
ADDRESSES = (
    ("first page", "/brud/?nulstil=1"),
    ("last page", "/brud/?side=999999999"),
    ("by deadline", "/brud/?sorter=frist"),
    ("by deadline, last page", "/brud/?sorter=frist&side=999999999"),
    ("by deadline, falling", "/brud/?sorter=-frist"),
    ("by unit", "/brud/?sorter=enhed"),
    ("open ones only", "/brud/?aaben=ja"),
    ("past the deadline", "/brud/?frist=overskredet"),
    ("closed near misses of one year", "/brud/?tilstand=afsluttet&slags=naer-haendelse&meldt_fra=2025-01-01"),
    ("text search, common words", "/brud/?q=mail+forkerte"),
    ("text search, nothing found", "/brud/?q=findesikkehersteds"),
    ("text search, one number", "/brud/?q=2025-0815"),
)


def fill(report: Report, reports: int) -> None:
    from glostrup_isms.home import scale

    started = time.monotonic()
    scale.make(1200, reports, 7)
    tidy_up()
    report.say(f"{reports} reports written in {time.monotonic() - started:.0f} s")


def tidy_up() -> None:
    """What the database does by itself within a minute of many new rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure(rig: Rig, report: Report) -> None:
    from breaches.models import Breach

    who = people()
    report.title(f"The case list with {Breach.objects.count()} reports, p95 of {TIMES} at one caller")
    for name, user in who.items():
        client = Client(rig.portal.port, session=session_of(user))
        for label, path in ADDRESSES:
            queries = count_queries(path, user)
            milliseconds = percentile(time_one(client, path, TIMES), 95) * 1000
            if "search" in label:  # every text is read: there is no goal, only the figure
                report.row(f"{name}: {label}", f"{milliseconds:.0f} ms")
            else:
                report.at_most(f"{name}: {label}", milliseconds, 300, "ms")
            report.row("", f"{queries} queries", "≤ 12", queries <= 12)
    client = Client(rig.portal.port, session=session_of(who["leader"]))
    case = Breach.objects.visible_to(who["gdpr"]).order_by("-reported_at")[0]
    for label, path, name in (
        ("report page, guest", "/brud/meld/", ""),
        ("report page, leader", "/brud/meld/", "leader"),
        ("case, GDPR unit", case.get_absolute_url(), "gdpr"),
        ("my page, GDPR unit", "/", "gdpr"),
        ("my page, leader", "/", "leader"),
    ):
        user = who.get(name)
        client = Client(rig.portal.port, session=session_of(user) if user else "")
        milliseconds = percentile(time_one(client, path, TIMES), 95) * 1000
        queries = count_queries(path, user)
        if label.startswith("report page"):
            report.row(label, f"{queries} queries", "≤ 8", queries <= 8)
        report.row(label, f"{milliseconds:.0f} ms", f"{queries} queries")


def count_queries(path: str, user: object | None) -> int:
    """The queries of one answer, the session already warm."""
    from django.db import connection
    from django.test import Client as Inside
    from django.test.utils import CaptureQueriesContext

    inside = Inside(SERVER_NAME="127.0.0.1")
    if user:
        inside.cookies["sessionid"] = session_of(user)
    assert inside.get(path).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        inside.get(path)
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for query in queries)
