"""Check the audit trail from the first entry to the last, against the heads outside the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from glostrup_isms.kit import audit_check


class Command(BaseCommand):
    help = "Kontrollerer revisionssporet. Slutter med 1 og en sætning for hver fejl."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--heads", help="mappe med kontrolværdier (ellers DATA_DIR/audit)")
        parser.add_argument(
            "--accept", metavar="BEGRUNDELSE", help="godkend poster, hvis kontrolværdi gik tabt ved et nedbrud"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = audit_check.check(options["heads"])
        if options["accept"] and found.unproven:
            audit_check.accept_unproven(found.unproven, reason=options["accept"])
            found = audit_check.check(options["heads"])
        for sentence in found.problems:
            self.stderr.write(sentence)
        if found.problems:
            raise CommandError(f"Revisionssporet har fejl ({found.entries} poster kontrolleret).", returncode=1)
        self.stdout.write(
            f"Revisionssporet er helt: {found.entries} poster, heraf {found.erased} med slettede oplysninger."
        )
