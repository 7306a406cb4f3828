"""Fixtures for every test: its own data folder, and the real services, each started once and only when asked for."""

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models.signals import post_migrate
from django.test import override_settings

from tests.asked import ON_POSTGRESQL
from tests.services import Portal, Postgres, Redis, SmtpSink, launch_chromium


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """PostgreSQL is asked what uses the database; the rest is the same on both, and runs with SQLite."""
    if ON_POSTGRESQL:
        others = [item for item in items if not uses_database(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if uses_database(item)]


def uses_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return bool(item.get_closest_marker("django_db")) or not {"db", "transactional_db"}.isdisjoint(fixtures)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Tests that commit must empty the tables afterwards, so the audit table's guard comes off in the test database.
    The guard has tests of its own, which put it on again."""
    from django.db import connection

    from glostrup_isms.kit import audit_triggers

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        audit_triggers.unprotect(connection)
    post_migrate.connect(write_bodies_and_routes, sender=apps.get_app_config("policy"), weak=False)


def write_bodies_and_routes(**_: object) -> None:
    """Tests that commit empty the tables afterwards, also of what the migrations wrote there; Django then says that it
    has migrated."""
    from meetings.models import Body

    if not Body.objects.exists():
        for name in ("meetings.migrations.0002_bodies", "meetings.migrations.0004_bodies_meet"):
            import_module(name).make(apps, None)
        import_module("policy.migrations.0002_routes").make(apps, None)


@pytest.fixture(autouse=True)
def own_data_dir(request: pytest.FixtureRequest, settings: object, tmp_path: Path) -> Path:
    """Files of one test are never seen by another, but for those of `ground`."""
    folder = request.getfixturevalue("ground") if "ground" in request.fixturenames else tmp_path
    settings.DATA_DIR, settings.UPLOAD_DIR = folder, folder / "files"  # type: ignore[attr-defined]
    return Path(folder)


@pytest.fixture(scope="module")
def ground(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """What the module's own fixtures make upon it is made once for the file, in a transaction; each test runs in a
    savepoint upon that. The folder of its files."""
    folder = tmp_path_factory.mktemp("ground")  # type: ignore[attr-defined]
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        with override_settings(DATA_DIR=folder, UPLOAD_DIR=folder / "files"):
            yield folder
        transaction.set_rollback(True)


@pytest.fixture
def desk(db: object) -> object:
    """A town with somebody in every role, and the steps of a document in one word each."""
    from tests.desk import Desk
    from tests.factories import make_whole_town

    return Desk(make_whole_town())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server with default durability, for tests that stop, kill or share it between processes."""
    with Postgres(durable=True) as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


@pytest.fixture(scope="session")
def smtp_server() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def smtp(smtp_server: SmtpSink, settings: object) -> SmtpSink:
    """An empty, willing mail server, with the portal's mail settings pointing at it."""
    if smtp_server.process is None or smtp_server.process.poll() is not None:
        smtp_server.start()
    smtp_server.clear()
    smtp_server.set_mode("accept")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_server.port  # type: ignore[attr-defined]
    return smtp_server


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """The portal as a new user gets it: `make run` with the demo municipality, SQLite and the file broker."""
    with Portal() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A real Chromium. Playwright keeps an event loop in this thread, which Django would take for asynchronous code."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = launch_chromium(playwright)
        yield chromium
        chromium.close()  # type: ignore[attr-defined]


@pytest.fixture
def page(browser: object) -> Iterator[object]:
    """A fresh, phone-sized page (390 px) that speaks Danish; use `page.set_viewport_size` for a desk."""
    context = browser.new_context(  # type: ignore[attr-defined]
        viewport={"width": 390, "height": 844}, locale="da-DK", timezone_id="Europe/Copenhagen"
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
