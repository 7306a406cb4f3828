"""`make check`: everything that can be said without running the tests. Runs every check, then names what failed.

The dependency audit asks the public advisory service. Where it does not answer, the packages were *not* audited: that
is printed plainly, never as passed, and fails the command when CHECK_ADVISORIES=required (set it where the network
allows).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv/bin"
PYTHON = sys.executable
APPS = [
    name for name in ("glostrup_isms", "roles", "duties", "meetings", "policy", "breaches") if (ROOT / name).is_dir()
]
ADDRESS = re.compile(r"https?://|--index-url|--extra-index-url|--find-links|\"resolved\"")
EXAMPLE_ENVIRONMENT = {  # a production that should start; deploy/example.env says the same in words
    "DJANGO_SETTINGS_MODULE": "glostrup_isms.settings.production",
    "SECRET_KEY": "check-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "DATABASE_URL": "postgres://portal:example@postgres/portal",
    "REDIS_URL": "redis://redis:6379/0",
    "EMAIL_URL": "smtp://mail.example.dk:25",
    "ALLOWED_HOSTS": "isms.example.dk",
    "BASE_URL": "https://isms.example.dk",
    "GDPR_MAILBOX": "gdpr@example.dk",
}


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "SSL_CERT_FILE") if name in os.environ}
    return {
        **kept,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(ROOT / "build/check"),
        "DJANGO_SETTINGS_MODULE": "glostrup_isms.settings.test",
        **more,
    }


def command(*words: str, **more: str) -> Callable[[], str | None]:
    """A check that passes when the command ends with 0; else its output is the complaint."""

    def check() -> str | None:
        done = subprocess.run(words, cwd=ROOT, env=environment(**more), capture_output=True, text=True)
        return None if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"ended with {done.returncode}"

    return check


def lock_files() -> str | None:
    """Lock files hold names, versions and hashes, and no address of any index."""
    problems = []
    for name in ("requirements.txt", "requirements-dev.txt", "package-lock.json"):
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
            if ADDRESS.search(line):
                problems.append(f"{name}:{number}: {line.strip()[:100]}")
    return "\n".join(problems) or None


def compose() -> str | None:
    """The real Compose reads the file. The package's own wrapper always exits 0, so its binary is called."""
    import compose as package

    binary = Path(package.__file__).parent / "docker-compose"
    return command(str(binary), "-f", "docker-compose.yml", "--env-file", "deploy/example.env", "config", "-q")()


def advisories() -> str | None:
    """Known vulnerabilities in the locked packages. pip-audit exits 0 when it could ask nobody: counted here."""
    try:
        done = subprocess.run(
            [PYTHON, "-m", "pip_audit", "-r", "requirements.txt", "--no-deps", "--disable-pip", "-f", "json",
             "--progress-spinner", "off", "--timeout", "10"],
            cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=180,
        )  # fmt: skip
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError, KeyError):
        packages = []
    locked = len(re.findall(r"^\S+==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    audited = [package for package in packages if "vulns" in package]
    vulnerable = [f"{p['name']} {p['version']}: {v['id']}" for p in audited for v in p["vulns"]]
    if vulnerable:
        return "\n".join(vulnerable)
    if len(audited) < locked:
        sentence = f"advisories could not be fetched: {locked - len(audited)} of {locked} packages not audited"
        if os.environ.get("CHECK_ADVISORIES") == "required":
            return sentence
        raise NotDone(sentence)
    return None


class NotDone(Exception):
    """The check could not be made here: neither passed nor failed."""


CHECKS: dict[str, Callable[[], str | None]] = {
    "format": command(PYTHON, "-m", "ruff", "format", "--check", "--diff", "."),
    "lint": command(PYTHON, "-m", "ruff", "check", "--output-format", "concise", "."),
    "types": command(PYTHON, "-m", "mypy", *APPS),
    "import contract": command(str(BIN / "lint-imports"), "--no-cache"),
    "templates": command(PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"),
    "migrations": command(PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"),
    "deployment": command(PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **EXAMPLE_ENVIRONMENT),
    "security of the code": command(PYTHON, "-m", "bandit", "-q", "-r", *APPS, "-c", "pyproject.toml", "-ll"),
    "Dockerfile": command(str(BIN / "hadolint"), "Dockerfile"),
    "compose file": compose,
    "lock files": lock_files,
    "advisories": advisories,
}


def main() -> int:
    (ROOT / "build/check").mkdir(parents=True, exist_ok=True)
    chosen = sys.argv[1:] or list(CHECKS)
    failed, not_done = [], []
    for name in chosen:
        started = time.monotonic()
        try:
            complaint = CHECKS[name]()
        except NotDone as reason:
            not_done.append(str(reason))
            print(f"  NOT DONE  {name}: {reason}", flush=True)
            continue
        print(f"  {'ok' if complaint is None else 'FAILED':8}  {name} ({time.monotonic() - started:.1f} s)", flush=True)
        if complaint is not None:
            failed.append(name)
            print("\n".join("      " + line for line in complaint.splitlines()[:60]), flush=True)
    shutil.rmtree(ROOT / "build/check", ignore_errors=True)
    for sentence in not_done:
        print(f"WARNING: {sentence}")
    done = len(chosen) - len(failed) - len(not_done)
    print(
        f"{done} checks passed, {len(failed)} failed, {len(not_done)} could not be made."
        + (f" FAILED: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
