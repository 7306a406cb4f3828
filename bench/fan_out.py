"""A fixed duty of 50,000 people: made, told of, and changed while it is open.

`python -m bench.fan_out` does it on the database of the environment, and prints what each part cost.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.rig import Rig
from bench.tables import Report

ROOT = Path(__file__).resolve().parents[1]
MADE_WITHIN = 20  # seconds
GROWTH = 100  # MB: the whole of it holds only some hundred rows at a time


def measure(rig: Rig, report: Report) -> None:
    from duties.actions.digests import MOST
    from roles.enums import Role
    from roles.models import Appointment

    people = Appointment.objects.in_force().filter(role=Role.EMPLOYEE).values("person").distinct().count()
    report.title(f"A duty of each of {people} employees")
    done = subprocess.run(
        [sys.executable, "-m", "bench.fan_out"],
        cwd=ROOT, env=rig.portal.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        report.row("failed", done.stderr.strip().splitlines()[-1][:100], "", ok=False)
        return
    for part in map(json.loads, done.stdout.splitlines()):
        name = f"{part['name']}: rows"
        wanted = min(people, MOST) if "mails" in name else people
        report.row(name, str(part["rows"]), f"{wanted}", part["rows"] == wanted)
        if part["name"] == "made":
            report.at_most("  seconds", part["seconds"], MADE_WITHIN, "s", 1)
        else:
            report.row("  seconds", f"{part['seconds']:.1f} s")
        report.at_most("  memory grew by", part["megabytes"], GROWTH, "MB")


def run() -> None:
    from django.utils import timezone

    from duties.actions import change_template, create_template, make_year, remind, send_due_notices, stop_template
    from duties.actions.year import _make_planned
    from duties.enums import Share, State
    from duties.models import Duty, Notice
    from roles.enums import Role
    from roles.models import Appointment, today

    by = Appointment.objects.in_force().filter(role=Role.GDPR_UNIT).order_by("-pk")[0].person
    make_year()  # what else is due is not what is measured
    remind()
    while send_due_notices():
        pass
    template = create_template(
        by=by, title="Læs politikken", role=Role.EMPLOYEE, share=Share.PERSON, first_on=today(), on_closed="keep",
        recurrence="yearly", source="Politikken, P-15",
    )  # fmt: skip
    _tell("made", lambda: _make_planned(template))
    _tell("reminders written", remind)
    Notice.objects.filter(told_at=None).update(send_at=timezone.now())
    _tell("one run of mails written", send_due_notices)
    rows = Duty.objects.filter(template=template)
    change_template(template, by=by, seen=None, open_too=True, title="Læs den nye politik")
    _tell("words changed in the open ones", lambda: _settle(template) and rows.filter(title__contains="nye").count())
    stop_template(template, by=by, seen=None, open_too=True)
    _tell("all of them lapsed", lambda: _settle(template) and rows.exclude(state=State.OPEN).count())


def _settle(template: Any) -> bool:
    from duties.actions.templates import settle_open

    while settle_open(template):
        pass
    return True


def _tell(name: str, do: Callable[[], Any]) -> None:
    from django.db import connection

    high, started = _megabytes(), time.monotonic()
    rows = do()
    seconds = time.monotonic() - started
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps({"name": name, "rows": rows, "seconds": seconds, "megabytes": _megabytes() - high}), flush=True)


def _megabytes() -> float:
    """The most it has held; of this program alone, which `ru_maxrss` is not after an exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


if __name__ == "__main__":
    import django

    django.setup()
    run()
