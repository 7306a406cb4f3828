"""A mailbox on which the mail server hangs holds up nobody else's mail."""

import time

from bench.reporter import Reporters
from bench.rig import rig
from tests.services import wait_until

REPORTS = 20
HELD_UP_AT_MOST = 30  # seconds


def test_hanging_mailbox_holds_up_no_other() -> None:
    with rig(GDPR_MAILBOX="hang@example.invalid") as parts:
        parts.portal.manage("scale", "--people", "60")
        result = Reporters(parts.portal.port, rate=2, clients=5).run(REPORTS)
        assert result.errors == []
        sent_at = time.monotonic()

        def others() -> int:
            query = "SELECT count(*) FROM kit_message WHERE state = 'queued' AND address <> 'hang@example.invalid'"
            return int(parts.books.ask(query)[0][0])

        wait_until(lambda: not others(), HELD_UP_AT_MOST, "everybody else's mail")
        slowest = parts.books.ask(
            "SELECT max(sent_at - created_at) FROM kit_message WHERE state = 'sent' AND sent_at IS NOT NULL"
        )[0][0].total_seconds()
        print(
            f"\nall others' mail out {time.monotonic() - sent_at:.0f} s after the last report, slowest {slowest:.0f} s"
        )
        assert slowest <= HELD_UP_AT_MOST
        assert parts.books.waiting() == REPORTS, "what hangs waits, and is not given up"
        assert parts.books.compare([]).extra == 0
