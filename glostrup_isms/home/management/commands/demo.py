"""`manage.py demo`: load the demo municipality. `--list` prints the accounts."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from glostrup_isms.home import demo


class Command(BaseCommand):
    help = "Indlæser demokommunen: opdigtede enheder, personer og sager. Anden gang ændrer den intet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="Vis kun demopersonerne og deres adgangskode.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demokommunen findes kun, når DEMO er sat. Brug aldrig DEMO i drift.")
        if options["list"]:
            self._print_accounts()
            return
        try:
            units, people, cases = demo.load()
        except demo.AlreadyLoaded:
            self.stdout.write("Demokommunen er allerede indlæst. Intet er ændret.")
        except demo.OtherData:
            raise CommandError(
                "Databasen har allerede andre personer. Demokommunen indlæses kun i en tom database."
            ) from None
        else:
            self.stdout.write(f"Demokommunen er indlæst: {units} enheder, {people} personer og {cases} sager.")

    def _print_accounts(self) -> None:
        rows = [("Brugernavn", "Adgangskode", "Rolle", "Enhed")]
        rows += [(one.username, demo.PASSWORD, one.role_text, one.unit_text or "-") for one in demo.ACCOUNTS]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for number, row in enumerate(rows):
            self.stdout.write("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
            if number == 0:
                self.stdout.write("  ".join("-" * width for width in widths))
