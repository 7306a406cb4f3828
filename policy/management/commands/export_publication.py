"""`manage.py export_publication DIR`: the public pages as files, for any web server (docs/publication.md)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from glostrup_isms.kit.pdf import PdfUnavailable
from policy.export import Changes, ExportRefused, export


def _told(changes: Changes) -> str:
    lines = [f"skrevet  {path}" for path in changes.written] + [f"fjernet  {path}" for path in changes.removed]
    counts = (len(paths) for paths in (changes.written, changes.unchanged, changes.removed))
    return "\n".join([*lines, "{} filer skrevet, {} uændret, {} fjernet.".format(*counts)])


class Command(BaseCommand):
    help = "Skriver alt, hvad offentligheden må læse, som filer til en webserver. Kan køres så tit, det skal være."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="mappen, webserveren læser fra")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            changes = export(folder)
        except (ExportRefused, PdfUnavailable) as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            self.stdout.write(_told(changes))
        if changes.left_out:
            raise CommandError(f"Resten er skrevet, men disse er for lange til pdf: {', '.join(changes.left_out)}")
