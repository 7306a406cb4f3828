"""20 reports a second from 50 people, each with a file of 200 kB: is every one there, and does every mail arrive?"""

import time

from bench.client import percentile
from bench.reporter import Reporters
from bench.rig import Rig
from bench.tables import Report

RATE = 20
PEOPLE = 50
DRAIN_WITHIN = 15 * 60


def measure(rig: Rig, report: Report, seconds: float) -> None:
    warm_up = Reporters(rig.portal.port, rate=RATE / 2, clients=PEOPLE).run(RATE * 3)  # every process has answered once
    count = round(RATE * seconds)
    report.title(f"{count} reports at {RATE}/s from {PEOPLE} people, each with a file of 200 kB")
    started = time.monotonic()
    result = Reporters(rig.portal.port, rate=RATE, clients=PEOPLE).run(count)
    took = time.monotonic() - started
    waits = [receipt.seconds for receipt in result.receipts]
    report.row("sent, acknowledged", f"{result.sent}, {len(result.receipts)}", f"{len(result.receipts) / took:.1f}/s")
    report.at_most("errors", len(result.errors), 0)
    for error in sorted(set(result.errors)):
        report.say(f"  {result.errors.count(error)} × {error}")
    report.row("p50, from the moment it was due", f"{percentile(waits, 50) * 1000:.0f} ms")
    report.at_most("p95", percentile(waits, 95), 1, "s", 2)
    report.row("slowest", f"{max(waits, default=0):.2f} s")
    report.row("mails waiting when the last report was in", str(rig.books.waiting()))
    drained = time.monotonic()
    while rig.books.waiting() and time.monotonic() - drained < DRAIN_WITHIN * 1.2:
        time.sleep(1)
    report.at_most("mails drained after", (time.monotonic() - drained) / 60, DRAIN_WITHIN / 60, "min", 1)
    ledger = rig.books.compare([*warm_up.receipts, *result.receipts])
    report.at_most("acknowledged reports, files, audit entries or mails lost", len(ledger.lost), 0)
    for sentence in ledger.lost[:10]:
        report.say(f"  {sentence}")
    report.row("mails at the mail server", str(ledger.mails))
    report.at_most("delivered more than once", ledger.extra, 0)
    report.say(rig.portal.manage("verify_audit").strip())
