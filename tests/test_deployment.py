"""What a deployment promises: production refuses weak values, the compose file is real, the lock files are closed, and
the serve command starts, restarts and stops its parts."""

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path

import psutil
import pytest

from tests.services import ROOT, Portal, Postgres, Redis, free_port, is_open, program, wait_until

GOOD = {
    "SECRET_KEY": "test-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "DATABASE_URL": "postgres://portal:secret@postgres/portal",
    "REDIS_URL": "redis://redis:6379/0",
    "EMAIL_URL": "smtp://mail.example.dk:25",
    "ALLOWED_HOSTS": "isms.example.dk",
    "BASE_URL": "https://isms.example.dk",
    "GDPR_MAILBOX": "gdpr@example.dk",
}


def start_production(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    values = {**GOOD, **changes, "DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", "import glostrup_isms.settings.production"],
        cwd=ROOT,
        env={name: value for name, value in values.items() if value is not None},
        capture_output=True,
        text=True,
    )


def test_production_starts_on_good_values(tmp_path: Path) -> None:
    done = start_production(tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", "too-short"),
        ("SECRET_KEY", "x" * 60),
        ("DEBUG", "1"),
        ("DEMO", "1"),
        ("ALLOWED_HOSTS", None),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "isms.example.dk,*"),
        ("DATABASE_URL", None),
        ("DATABASE_URL", "sqlite:////tmp/x.sqlite3"),
        ("REDIS_URL", None),
        ("EMAIL_URL", None),
        ("GDPR_MAILBOX", None),
        ("GDPR_MAILBOX", "gdpr"),
        ("BASE_URL", None),
        ("BASE_URL", "http://isms.example.dk"),
        ("METRICS_TOKEN", "too-short"),
        ("SCIM_TOKEN", "x" * 31),
    ],
)
def test_production_refuses_to_start_on(name: str, value: str | None, tmp_path: Path) -> None:
    done = start_production(tmp_path, **{name: value})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name}" in done.stderr


def test_production_keeps_the_example_secret_out(tmp_path: Path) -> None:
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / "deploy/example.env").read_text(), re.MULTILINE))
    assert start_production(tmp_path, SECRET_KEY=example["SECRET_KEY"]).returncode != 0


# ── compose ──────────────────────────────────────────────────────────────────────────────────────
def compose_config(file: Path, env_file: Path = ROOT / "deploy/example.env") -> subprocess.CompletedProcess[str]:
    """Compose's own binary; the wrapper script around it always exits 0."""
    import compose

    binary = Path(compose.__file__).parent / "docker-compose"
    command = [binary, "-f", file, "--project-directory", ROOT, "--env-file", env_file, "config", "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/tmp"})


@pytest.fixture(scope="module")
def services() -> dict:
    import json

    done = compose_config(ROOT / "docker-compose.yml")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["services"]


def test_compose_refuses_a_file_outside_its_schema(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("stop_grace_period", "stop_grace_perod"))
    assert compose_config(wrong).returncode != 0


def test_compose_refuses_to_start_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "empty.env").write_text("")
    done = compose_config(ROOT / "docker-compose.yml", tmp_path / "empty.env")
    assert done.returncode != 0
    assert "is missing a value" in done.stderr


def test_compose_has_every_part(services: dict) -> None:
    assert set(services) == {"proxy", "web", "worker", "scheduler", "migrate", "postgres", "redis"}


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_failed_migration_stops_start_up(services: dict, name: str) -> None:
    assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["restart"] == "no"


def test_only_the_proxy_is_reachable_from_outside(services: dict) -> None:
    assert [name for name, service in services.items() if service.get("ports")] == ["proxy"]


@pytest.mark.parametrize("name", ["proxy", "worker", "scheduler", "postgres", "redis"])
def test_parts_have_health_checks(services: dict, name: str) -> None:
    assert services[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["web", "worker", "scheduler", "migrate"])
def test_portal_containers_have_no_rights_to_spare(services: dict, name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def settings_read() -> set[str]:
    """Every name that the portal or its web server takes from the environment."""
    files = [*(ROOT / "glostrup_isms/settings").glob("*.py"), ROOT / "deploy/gunicorn.conf.py"]
    files.append(ROOT / "glostrup_isms/kit/management/commands/serve.py")
    text = "".join(file.read_text() for file in files)
    return set(re.findall(r"env(?:iron\.get|\.\w+)?\(\s*[\"'](\w+)", text))


def settings_described() -> set[str]:
    table = (ROOT / "README.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", "".join(rows)))


def test_readme_describes_every_setting_and_no_other() -> None:
    elsewhere = {"HOST", "PORT", "DEBUG"}  # with `make run`, and refused
    assert settings_read() - elsewhere == settings_described()


@pytest.mark.parametrize("name", ["web", "worker", "scheduler", "migrate"])
def test_every_setting_of_the_readme_can_be_set_with_compose(services: dict, name: str) -> None:
    of_the_image = {"DATA_DIR", "DEMO"}  # a volume; never in production
    assert set(services[name]["environment"]) == settings_described() - of_the_image


def test_setting_reaches_the_containers_and_one_left_out_keeps_its_default(tmp_path: Path) -> None:
    import json

    (tmp_path / ".env").write_text((ROOT / "deploy/example.env").read_text() + "METRICS_TOKEN=abc\n")
    done = compose_config(ROOT / "docker-compose.yml", tmp_path / ".env")
    environment = json.loads(done.stdout)["services"]["web"]["environment"]
    assert environment["METRICS_TOKEN"] == "abc"
    assert environment["ANONYMOUS_REPORTS_PER_HOUR"] is None, "an empty text would be no number"


def test_postgres_keeps_its_durability(services: dict) -> None:
    said = str(services["postgres"])
    assert not re.search(r"fsync|synchronous_commit|full_page_writes", said)


def test_image_runs_as_nobody_special_with_a_health_check() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!0|root)\d+", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage
    assert subprocess.run([Path(sys.executable).parent / "hadolint", ROOT / "Dockerfile"]).returncode == 0


# ── the proxy ────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Proxy:
    command: list[str | Path]
    port: int


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    """The committed configuration with addresses of this machine, in front of nothing."""
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or program("nginx", "nginx-light")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=isms.example.dk", "-days", "2",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    port = free_port()
    text = (ROOT / "deploy/nginx.conf").read_text()
    for old, new in {
        "/etc/nginx/certificates": str(tmp_path),
        "/etc/nginx/errors": str(ROOT / "deploy/errors"),
        "/var/cache/nginx": str(tmp_path),
        "/run/nginx.pid": str(tmp_path / "pid"),
        "server web:8000": f"server 127.0.0.1:{free_port()}",
        "listen 127.0.0.1:8080": f"listen 127.0.0.1:{free_port()}",
        "listen 80 ": f"listen {free_port()} ",
        "listen 443 ": f"listen {port} ",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "nginx.conf").write_text(text)
    return Proxy([nginx, "-c", tmp_path / "nginx.conf", "-g", "user root; daemon off;"], port)


def test_nginx_reads_the_configuration(proxy: Proxy) -> None:
    done = subprocess.run([*proxy.command, "-t"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_errors_of_the_proxy_itself_are_danish_pages(proxy: Proxy) -> None:
    """413 by the size announced, 502 because nothing stands behind, 400 for a line that is too long."""
    trust = ssl._create_unverified_context()
    process = subprocess.Popen(proxy.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_open(proxy.port), 10, "nginx to listen")
        for path, headers, status, sentence in (
            ("/log-ind/", {"Content-Length": "14000000"}, 413, "Det fylder for meget"),
            ("/brud/meld/", {}, 502, "Portalen er lukket et øjeblik"),
            ("/" + "x" * 9000, {}, 414, "Siden forstod ikke det, der blev sendt"),
            ("/fejl/413.html", {}, 404, "Siden forstod ikke det, der blev sendt"),
        ):
            line = HTTPSConnection("127.0.0.1", proxy.port, context=trust, timeout=10)
            line.request("POST" if headers else "GET", path, headers=headers)
            answer = line.getresponse()
            assert (answer.status, sentence in answer.read().decode()) == (status, True), path
            assert "no-store" in answer.headers["Cache-Control"]
            line.close()
    finally:
        process.terminate()
        process.wait(10)


def test_error_pages_of_the_proxy_are_complete_and_ask_nobody_for_anything() -> None:
    text = (ROOT / "deploy/nginx.conf").read_text()
    pages = dict.fromkeys(re.findall(r"error_page [\d ]+/fejl/(\S+);", text))
    codes = {code for line in re.findall(r"error_page ([\d ]+)", text) for code in line.split()}
    assert codes >= {"400", "403", "413", "414", "429", "500", "502", "503", "504"}
    assert set(pages) == {file.name for file in (ROOT / "deploy/errors").iterdir()}
    for name in pages:
        page = (ROOT / "deploy/errors" / name).read_text()
        assert '<html lang="da">' in page
        assert "din tekst gemt i browseren" in page
        assert set(re.findall(r'(?:href|src|url)[=(]"?([^")]+)', page)) == {"/"}


def test_proxy_serves_its_error_pages_in_compose(services: dict) -> None:
    assert "/etc/nginx/errors" in [volume["target"] for volume in services["proxy"]["volumes"]]


def test_proxy_overwrites_what_callers_claim_and_takes_a_whole_report() -> None:
    text = (ROOT / "deploy/nginx.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "$proxy_add_x_forwarded_for" not in text
    assert re.search(r"location /brud/ \{[^}]*client_max_body_size 260m", text)


# ── lock files and assets ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_has_a_hash_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
    for entry in re.split(r"\n(?=\S)", text):
        if re.match(r"[\w.\-\[\]]+==", entry):
            assert "--hash=sha256:" in entry, entry


def test_npm_lock_names_no_address() -> None:
    assert "resolved" not in (ROOT / "package-lock.json").read_text()


def test_assets_are_complete_and_our_own() -> None:
    """Every file the style sheet asks for is served by us, and the fonts are small enough for a phone."""
    folder = ROOT / "build/vendor/dkfds/css"
    asked = set(re.findall(r"url\(([^)]+)\)", (folder / "dkfds.min.css").read_text()))
    files = {address.strip("\"'") for address in asked if not address.strip("\"'").startswith("data:")}
    assert len(files) > 50
    for address in files:
        assert (folder / address).resolve().is_file(), address
    regular = ROOT / "build/vendor/dkfds/fonts/IBMPlexSans/split/woff2/IBMPlexSans-Regular-Latin1.woff2"
    assert regular.stat().st_size < 25_000


# ── manage.py serve ──────────────────────────────────────────────────────────────────────────────
def test_serve_runs_every_part_and_leaves_none_behind(portal_of_its_own: Portal) -> None:
    portal = portal_of_its_own
    wait_until(lambda: all(portal.processes(part) for part in ("web", "worker", "scheduler")), 10, "every part to run")
    everything = portal.everything()
    assert len({os.getpgid(process.pid) for process in everything}) == 1
    for process in portal.processes("web"):
        assert process.memory_info().rss < 150 * 1024 * 1024
    started = time.monotonic()
    portal.stop()
    assert time.monotonic() - started < 10
    gone, alive = psutil.wait_procs(everything, timeout=2)
    assert alive == []
    assert "Portalen er stoppet." in portal.log()


def test_killed_supervisor_leaves_no_orphans(portal_of_its_own: Portal) -> None:
    portal = portal_of_its_own
    wait_until(lambda: all(portal.processes(part) for part in ("web", "worker", "scheduler")), 10, "every part to run")
    everything = portal.everything()
    portal.kill()
    gone, alive = psutil.wait_procs(everything, timeout=15)
    assert alive == []


@pytest.mark.parametrize("part", ["web", "worker", "scheduler"])
def test_killed_part_is_started_again(portal_of_its_own: Portal, part: str) -> None:
    portal = portal_of_its_own
    wait_until(lambda: portal.pid(part), 10, f"{part} to run")
    first = portal.pid(part)
    portal.kill_part(part)
    wait_until(lambda: portal.pid(part) not in (0, first), 10, f"{part} to come back")
    wait_until(lambda: portal.status("/healthz") == 200, 15, "the web server to answer")
    assert f"{part} stoppede (kode {-signal.SIGKILL})" in portal.log()


def test_serve_names_a_taken_port(portal_of_its_own: Portal) -> None:
    done = subprocess.run(
        portal_of_its_own.command(), cwd=ROOT, env=portal_of_its_own.environment(), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "kan ikke bruges" in done.stderr
    assert "Traceback" not in done.stderr


def test_same_code_runs_on_postgresql_and_redis(postgres: Postgres, redis: Redis) -> None:
    database = postgres.create_database(f"serve_{os.getpid()}")
    with Portal(database_url=database, redis_url=redis.url, DEMO="0") as portal:
        wait_until(lambda: portal.status("/readyz") == 200, 30, "the portal to be ready")


@pytest.fixture(scope="module")
def quiet_portal() -> Iterator[Portal]:
    with Portal(DEMO="0") as portal:
        yield portal


@pytest.fixture
def portal_of_its_own(quiet_portal: Portal) -> Portal:
    """A running portal without demo people; started again after a test that stopped it."""
    if quiet_portal.process is None or quiet_portal.process.poll() is not None:
        (quiet_portal.folder / "log").unlink(missing_ok=True)
        quiet_portal.start()
    return quiet_portal
