"""`manage.py check_orphans`: rows without a file, files without a row; exit code 1 when something is wrong."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from glostrup_isms.kit import files


class Command(BaseCommand):
    help = "Compare the stored files with their rows. Exits with 1 when something is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete files without a row (older than one hour)")

    def handle(self, *args: Any, **options: Any) -> None:
        found = files.report_orphans()
        for stored in found.rows:
            self.stderr.write(f"row without file: {stored.pk}")
        for path in found.files:
            self.stderr.write(f"file without row: {path}")
            if options["delete"]:
                path.unlink(missing_ok=True)
        self.stdout.write(f"rows without file: {len(found.rows)}, files without row: {len(found.files)}")
        if found.rows or (found.files and not options["delete"]):
            sys.exit(1)
