"""Production does not start on a database that forgets."""

from typing import Any

import pytest
from django.db import connection

from glostrup_isms.kit.checks import database_is_durable
from tests.services import Postgres


def test_check_is_for_production_only(settings: Any) -> None:
    settings.REQUIRE_DURABLE_DATABASE = False
    assert database_is_durable(databases=["default"]) == []


@pytest.mark.django_db
def test_forgetful_postgresql_is_refused_and_sqlite_is_not_asked(settings: Any) -> None:
    settings.REQUIRE_DURABLE_DATABASE = True
    found = database_is_durable(databases=["default"])
    if connection.vendor == "sqlite":
        assert found == []
    else:  # the server of the rule tests runs without fsync
        assert any("fsync" in error.msg for error in found)


def test_durable_postgresql_is_accepted(postgres: Postgres) -> None:
    import psycopg2

    with psycopg2.connect(postgres.url()) as session, session.cursor() as cursor:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone()[0] == "on"
