"""`manage.py serve`: web server, worker and scheduler under one supervisor, as one process group.

Starts gunicorn, a Celery worker and Celery beat; starts a part again when it dies, waiting longer each time; stops all
of them on SIGINT or SIGTERM. When the supervisor itself is killed, the kernel tells the parts to stop (Linux).
Production with containers runs the same three commands in three containers instead (docker-compose.yml).
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

STOP_WITHIN = 8.0  # seconds; then SIGKILL. Every job may be cut off: the next sweep takes its row again.
STEADY_AFTER = 10.0  # a part that ran this long starts again at once if it dies
LONGEST_WAIT = 30.0
WEB_READY_WITHIN = 20.0
PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """One child process: how to start it, and when to try again."""

    name: str
    command: list[str]
    nice: int = 0  # how far it steps back for the others when the processors are busy
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait: float = 0.0
    try_at: float = field(default=0.0)

    def start(self) -> None:
        self.started_at = time.monotonic()
        prepare = _prepare(os.getpid(), self.nice)
        self.process = subprocess.Popen(self.command, cwd=settings.BASE_DIR, preexec_fn=prepare)

    def plan_restart(self) -> None:
        """Wait nothing after a steady run, else 1, 2, 4 … 30 seconds."""
        steady = time.monotonic() - self.started_at > STEADY_AFTER
        self.wait = 0.0 if steady else min(LONGEST_WAIT, max(1.0, self.wait * 2))
        self.try_at = time.monotonic() + self.wait


def _prepare(parent: int, nice: int) -> Callable[[], None]:
    """Runs in the child before its program: SIGTERM when the supervisor dies, however it dies."""
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        os.nice(nice)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor passes on SIGTERM
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return prepare


class Command(BaseCommand):
    help = "Kører webserver, worker og planlægger samlet, indtil du stopper dem med Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="Gør databasen klar først: migrationer, cache-tabel og (med DEMO) demokommunen.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.host, self.port = options["host"], options["port"]
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        _make_folders()
        _refuse_taken_port(self.host, self.port)
        if options["prepare"]:
            self._prepare()
        connections.close_all()
        self._supervise()

    def _prepare(self) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say("Gør databasen klar …")
            call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if settings.DEMO and not get_user_model()._default_manager.exists():
            self._say("Indlæser demokommunen …")
            call_command("demo")

    def _supervise(self) -> None:
        os.environ.update(HOST=self.host, PORT=str(self.port))
        run = [sys.executable, "-m"]
        quiet = ["-W", "ignore:You're running the worker"]  # root is fine for a demo on one machine
        celery = [sys.executable, *quiet, "-m", "celery", "-A", "glostrup_isms", "--quiet"]
        web = Part("web", [*run, "gunicorn", "-c", str(settings.BASE_DIR / "deploy" / "gunicorn.conf.py")])
        worker = [
            *celery,
            "worker",
            "--concurrency",
            os.environ.get("WORKER_CONCURRENCY", "2"),
            "--loglevel",
            "WARNING",
        ]
        if not settings.REDIS_URL:  # the file broker has no broadcast worth its disk reads
            worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        parts = [web]
        web.start()
        if self._wait_for_web(web):
            self._greet()
        # People waiting for an answer come before mail, which may take a few seconds more.
        parts.append(Part("worker", worker, nice=10))
        parts.append(Part("scheduler", [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""]))
        while not self.stopping:
            for part in parts:
                self._look_after(part)
            time.sleep(0.2)
        self._stop_all(parts)

    def _look_after(self, part: Part) -> None:
        if part.process is not None and (code := part.process.poll()) is not None:
            part.process = None
            part.plan_restart()
            self._say(f"{part.name} stoppede (kode {code}) og startes igen om {part.wait:.0f} s.")
        if part.process is None and time.monotonic() >= part.try_at:
            if part.name == "worker" and not settings.REDIS_URL:
                _drop_broken_messages()
            part.start()

    def _wait_for_web(self, web: Part) -> bool:
        """Let the web server have the machine to itself until it answers; then start the rest."""
        give_up = time.monotonic() + WEB_READY_WITHIN
        while time.monotonic() < give_up and not self.stopping and web.process and web.process.poll() is None:
            if _answers(self.host, self.port):
                return True
            time.sleep(0.05)
        return False

    def _greet(self) -> None:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # nosec B104 - a comparison, nothing is bound here
        self._say(f"\nPortalen er klar: http://{host}:{self.port}/   (stop med Ctrl-C)\n")
        if settings.DEMO:
            call_command("demo", "--list", stdout=self.stdout)
            self.stdout.flush()
            connections.close_all()

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _stop_all(self, parts: list[Part]) -> None:
        self._say("\nStopper …")
        running = [part.process for part in parts if part.process is not None]
        for process in running:
            process.terminate()
        give_up = time.monotonic() + STOP_WITHIN
        for process in running:
            try:
                process.wait(max(0.1, give_up - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._say("Portalen er stoppet.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _make_folders() -> None:
    """The data folder belongs to the portal alone; so does everything in it."""
    settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.UPLOAD_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.REDIS_URL:
        for name in ("queue", "control", "processed"):
            Path(settings.BROKER_DIR, name).mkdir(mode=0o700, parents=True, exist_ok=True)


def _drop_broken_messages() -> None:
    """A full disk cuts off what is written to the file broker, and the worker ends at what it cannot read. No harm is
    done: a message only says that there is work, and the work itself is rows in the database."""
    for path in Path(settings.BROKER_DIR).glob("*/*"):
        with suppress(OSError):
            try:
                json.loads(path.read_bytes())
            except ValueError:
                path.unlink()


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Adressen {host}:{port} kan ikke bruges ({error.strerror}). Prøv PORT={port + 1}."
            ) from None


def _answers(host: str, port: int) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # nosec B104 - a comparison, nothing is bound here
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(12).startswith(b"HTTP/1.")
    except OSError:
        return False
