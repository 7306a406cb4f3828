"""Kill -9 of each part under 5 reports a second. Nothing acknowledged is lost, nothing is stored twice or half,
and a kill costs at most one delivery too many."""

import time

import pytest

from bench.reporter import Reporters
from bench.rig import Rig
from tests.services import Service, wait_until

RATE = 5
PARTS = ("web master", "web worker", "task worker", "scheduler", "Redis", "PostgreSQL", "mail server")
MAIL_WITHIN = 300
ANSWER_WITHIN = 60


def kill(parts: Rig, part: str, turn: int) -> None:
    """kill -9 of one part, and wait until it runs again. The supervisor starts its own children; the services are
    started here."""
    services: dict[str, Service] = {"Redis": parts.redis, "PostgreSQL": parts.postgres, "mail server": parts.sink}
    if service := services.get(part):
        service.kill()
        time.sleep(0.5 * (1 + turn % 3))
        start_again(service)
        return
    name = {"web master": "web", "web worker": "web", "task worker": "worker", "scheduler": "scheduler"}[part]
    first, *children = parts.portal.processes(name)
    if children and (part == "web worker" or (part == "task worker" and turn % 2)):
        children[-1].kill()  # in the middle of an answer, or of a delivery
        return
    first.kill()
    wait_until(lambda: parts.portal.pid(name) not in (0, first.pid), ANSWER_WITHIN, f"{name} to be started again")


def start_again(service: Service) -> None:
    """PostgreSQL refuses for a moment, while what is left of the killed one still holds its memory."""
    give_up = time.monotonic() + 30
    while True:
        try:
            service.start()
            return
        except AssertionError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.5)


@pytest.mark.parametrize("part", PARTS)
def test_kill_under_load_loses_nothing(parts: Rig, kills: int, part: str) -> None:
    before = parts.books.compare([])
    with Reporters(parts.portal.port, rate=RATE, clients=20, resend_for=120) as reporters:
        wait_until(lambda: len(reporters.result.receipts) >= RATE, ANSWER_WITHIN, "the first reports")
        for turn in range(kills):
            kill(parts, part, turn)
            killed_at = time.time()
            wait_until(lambda: reporters.acknowledged_since(killed_at) >= RATE, ANSWER_WITHIN, "reports after a kill")  # noqa: B023
            time.sleep(0.13 * (turn % 7))
    result = reporters.result
    ended_at = time.monotonic()
    wait_until(lambda: not parts.books.waiting(), MAIL_WITHIN, "every mail to leave")
    ledger = parts.books.compare(result.receipts)
    extra, orphans = ledger.extra - before.extra, ledger.files_without_row - before.files_without_row
    print(
        f"\n{part}: {kills} kills, {len(result.receipts)} of {result.sent} reports acknowledged after "
        f"{len(result.errors)} failed tries, lost {len(ledger.lost)}, extra deliveries {extra}, mails all out after "
        f"{time.monotonic() - ended_at:.0f} s, files without a row {orphans}"
    )
    assert not ledger.lost, "\n".join(ledger.lost[:20])
    assert len(result.receipts) == result.sent, set(result.errors)
    assert extra <= kills
    assert "er helt" in parts.portal.manage("verify_audit")
    assert "rows without file: 0" in parts.portal.manage("check_orphans")
    assert all(parts.portal.pid(name) for name in ("web", "worker", "scheduler"))
