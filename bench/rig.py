"""The parts that everything is measured on: PostgreSQL as durable as in production, Redis, a mail server that flushes
each mail to disk, and the real `serve` command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.ledger import Books
from tests.services import Portal, Postgres, Redis, SmtpSink

SETTINGS = {"DJANGO_SETTINGS_MODULE": "bench.settings", "DEMO": "0"}


@dataclass
class Rig:
    postgres: Postgres
    redis: Redis
    sink: SmtpSink
    portal: Portal
    books: Books


def new_portal(postgres: Postgres, redis: Redis, sink: SmtpSink, **settings: str) -> Portal:
    return Portal(database_url=postgres.url(), redis_url=redis.url, email_url=sink.url, **{**SETTINGS, **settings})


@contextmanager
def rig(**settings: str) -> Iterator[Rig]:
    """All parts running, and an empty database with its tables."""
    with (
        Postgres(durable=True) as postgres,
        Redis() as redis,
        SmtpSink() as sink,
        new_portal(postgres, redis, sink, **settings) as portal,
    ):
        yield Rig(postgres, redis, sink, portal, Books(postgres.url(), portal, sink))


def open_django(portal: Portal) -> None:
    """Let this process use Django on the portal's database."""
    os.environ.update({name: value for name, value in portal.environment().items() if name not in ("PATH", "HOME")})
    import django

    django.setup()
