"""`make bench`: prints tables with PASS or MISS for each goal. Ends with 0: a benchmark is read, not obeyed."""

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from system import bring_system_packages  # noqa: E402

from bench import documents, fan_out, lists, organisation, pages, reports, wheel  # noqa: E402
from bench.rig import open_django, rig  # noqa: E402
from bench.tables import Report  # noqa: E402

ALONE = "organisation"  # is measured on a database of its own
PARTS = ("start", "pages", "documents", "wheel", "reports", "lists", ALONE)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1, help="how long reports are sent (10: the full run)")
    parser.add_argument("--reports", type=int, default=lists.REPORTS, help="how many reports the long list has")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    bring_system_packages()
    report = Report()
    started = time.monotonic()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    report.say(f"{os.cpu_count()} processors, Python {platform.python_version()}, load before the start: {load}")
    with rig() as running:
        open_django(running.portal)
        from glostrup_isms.home import scale

        scale.make(300, 500)
        lists.tidy_up()
        if "start" in options.only:
            pages.start_up(running, report)
            pages.weigh(running, report)
            pages.memory(running, report, "after start")
        if "pages" in options.only:
            pages.measure(running, report)
        if "documents" in options.only:
            documents.fill(report)
            documents.measure(running, report)
        if "wheel" in options.only:
            wheel.fill(report)
            wheel.measure(running, report)
        if "reports" in options.only:
            reports.measure(running, report, options.minutes * 60)
        if "lists" in options.only:
            lists.fill(report, options.reports)
            lists.measure(running, report)
        if options.only == [ALONE]:
            organisation.fill(report)
            organisation.measure(running, report)
            fan_out.measure(running, report)
        pages.memory(running, report, "at the end")
    if ALONE in options.only and options.only != [ALONE]:
        subprocess.run([sys.executable, "-m", "bench", "--only", ALONE], cwd=ROOT, check=False)
    report.title(f"Done in {time.monotonic() - started:.0f} s")
    report.say("Every goal met." if not report.missed else "Missed:\n  " + "\n  ".join(report.missed))


if __name__ == "__main__":
    main()
