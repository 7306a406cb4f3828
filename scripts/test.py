"""`make test`: every test, on SQLite and on a real PostgreSQL, then the browser tests; nothing is skipped.

What uses no database runs once. Sweeps over the whole portal are made by one of each kind of person on SQLite, and by
everybody on PostgreSQL, which production runs on (tests/asked.py).

Nothing is taken from the caller's environment but PATH, HOME and TMPDIR, so the result is the same everywhere.
`scripts/test.py ARGUMENT…` hands the arguments to every pytest run, e.g. `-k outbox`; `--faults` runs tests/faults.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from system import bring_system_packages  # noqa: E402

from tests.services import Postgres  # noqa: E402

NOTHING_COLLECTED = 5
WORKERS = str(max(2, os.cpu_count() or 2))


def run(title: str, arguments: list[str], **settings: str) -> bool:
    """One pytest run with its own folder; True when all passed. A run that finds no test has failed."""
    with tempfile.TemporaryDirectory(prefix="portal-test-") as folder:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "glostrup_isms.settings.test",
            **settings,
        }
        started = time.monotonic()
        print(f"── {title} ".ljust(100, "─"), flush=True)
        code = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment).returncode
        print(
            f"   {title}: {'passed' if code == 0 else f'FAILED ({code})'} in {time.monotonic() - started:.0f} s",
            flush=True,
        )
    if code == NOTHING_COLLECTED and sys.argv[1:]:
        return True  # a selection may be empty in one of the runs
    return code == 0


def main() -> int:
    bring_system_packages()
    chosen = [argument for argument in sys.argv[1:] if argument != "--faults"]
    if "--faults" in sys.argv:
        return 0 if run("faults", ["tests/faults", *chosen]) else 1
    rules = ["tests", "--ignore=tests/e2e", "--ignore=tests/faults", "-n", WORKERS, "--dist", "worksteal", *chosen]
    results = {"SQLite": run("SQLite", rules)}
    with Postgres() as postgres:
        results["PostgreSQL"] = run("PostgreSQL", rules, DATABASE_URL=postgres.url())
    results["browser"] = run("browser", ["tests/e2e", "-n", WORKERS, "--dist", "loadfile", *chosen])
    failed = [title for title, passed in results.items() if not passed]
    print("All passed: " + ", ".join(results) if not failed else "FAILED: " + ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
