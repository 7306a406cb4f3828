"""Without Redis the portal starts, takes reports and keeps its limits; the mails flow when it is back."""

from threading import Thread

from bench.client import Client, csrf_token
from bench.ledger import Books
from bench.reporter import Reporters
from bench.rig import new_portal
from tests.services import Postgres, Redis, SmtpSink, wait_until

REPORTS = 200
RATE = 10


def test_redis_away_at_start_and_under_load() -> None:
    redis = Redis()
    with Postgres(durable=True) as postgres, SmtpSink() as sink, new_portal(postgres, redis, sink) as portal:
        portal.manage("scale", "--people", "60")
        reporters = Reporters(portal.port, rate=RATE, clients=20)
        sending = Thread(target=reporters.run, args=(REPORTS,))
        sending.start()
        wait_until(lambda: len(reporters.result.receipts) > REPORTS // 3, 120, "a third of the reports")
        redis.start()
        wait_until(lambda: len(reporters.result.receipts) > REPORTS * 2 // 3, 120, "two thirds of the reports")
        redis.kill()
        sending.join()
        assert reporters.result.errors == []
        assert len(reporters.result.receipts) == REPORTS
        assert statuses_from_one_address(portal.port) == [200] * 5 + [429] * 2
        assert portal.status("/healthz") == 200
        books = Books(postgres.url(), portal, sink)
        redis.start()
        wait_until(lambda: not books.waiting(), 300, "the mails to flow again")
        ledger = books.compare(reporters.result.receipts)
        assert ledger.lost == []
        assert ledger.extra <= 1
        redis.stop()


def statuses_from_one_address(port: int) -> list[int]:
    client = Client(port, address="192.0.2.7")
    csrf = csrf_token(client.get("/brud/meld/").text)
    fields = [
        ("csrfmiddlewaretoken", csrf), ("description", "Et brev lå i den forkerte postkasse."),
        ("noticed_on", "2026-11-20"), ("noticed_time", "12:00"), ("involves_personal_data", "no"),
    ]  # fmt: skip
    return [client.post("/brud/meld/", [*fields, ("token", f"{turn:032d}")]).status for turn in range(7)]
