"""Reminders and escalations go out once, though two schedulers and several workers sweep."""

import subprocess
import sys
import time

from bench.reporter import Reporters
from bench.rig import rig
from tests.services import ROOT, wait_until

REPORTS = 20
OPEN_STEPS = "SELECT count(*) FROM breaches_duestep WHERE taken_at IS NULL AND cancelled_at IS NULL AND kind <> 'clock'"


def test_two_schedulers_take_each_step_once() -> None:
    with rig(ACKNOWLEDGE_WITHIN_HOURS="0.002") as parts:
        parts.portal.manage("scale", "--people", "60")
        second = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "glostrup_isms", "--quiet", "beat", "--pidfile", "",
             "--schedule", str(parts.portal.folder / "second"), "--loglevel", "WARNING"],
            cwd=ROOT, env=parts.portal.environment(),
        )  # fmt: skip
        try:
            result = Reporters(parts.portal.port, rate=5, clients=5).run(REPORTS)
            assert result.errors == []
            wait_until(lambda: not parts.books.ask(OPEN_STEPS)[0][0], 240, "every step up to the end of the line")
            wait_until(lambda: not parts.books.waiting(), 60, "the mails")
            time.sleep(2)
        finally:
            second.terminate()
            second.wait()
        taken = parts.books.ask("SELECT count(*) FROM breaches_duestep WHERE taken_at IS NOT NULL")[0][0]
        audited = parts.books.ask("SELECT count(*) FROM kit_auditentry WHERE action = 'breach.step'")[0][0]
        assert taken == audited >= 4 * REPORTS
        ledger = parts.books.compare(result.receipts)
        assert ledger.lost == []
        assert ledger.extra == 0
        assert "er helt" in parts.portal.manage("verify_audit")
