"""`manage.py import_organisation`: the organisation from a file of the municipality's own system.

For a nightly job: the exit code is 0 when the file was brought in (or only looked at), else 1. What is written is
Danish, as on the page, and holds no CPR number. See docs/organisation-import.md.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from glostrup_isms.kit import cpr
from roles.enums import SyncShape
from roles.models import SyncRun
from roles.sync import runs, words
from roles.sync.difference import Change
from roles.sync.reading import read_file
from roles.sync.rows import Refused

AUTO = "auto"
SHOWN = 50  # lines of the difference; the page has them all


class Command(BaseCommand):
    help = "Bring in the organisation from a file (OS2rollekatalog, OS2sync or CSV): all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--shape", choices=[AUTO, *SyncShape.values], default=AUTO, help="default: find out")
        parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
        parser.add_argument(
            "--allow-large-loss",
            action="store_true",
            help="let it close, end, move or empty more than settings.SYNC_MOST_LOST",
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        shape = "" if options["shape"] == AUTO else options["shape"]
        found = runs.look(lambda: read_file(file), file_name=file.name, shape=shape)
        if found.difference and not options["dry_run"]:
            try:
                runs.bring_in(found, by=None, allow_large_loss=options["allow_large_loss"])
            except Refused as error:
                runs.refuse(found.run, str(error))
        self._tell(found.run, found.difference.changes if found.difference else [])
        if found.run.problems:
            raise CommandError(f"Filen er afvist, og intet er ændret (synkronisering {found.run.pk}).")

    def _tell(self, run: SyncRun, changes: list[Change]) -> None:
        is_done = run.state == "applied"
        self._say(f"{run.get_shape_display() or 'Ukendt form'}: {run.units} enheder, {run.people} personer.")
        for problem in run.problems:
            self._say(f"{problem['row']}: {problem['reason']}")
        for note in run.notes:
            self._say(f"Bemærk: {note}")
        if run.state == "refused":
            return
        self._say(f"{words.sentence(run.counts, is_done=is_done)}.")
        for change in changes[:SHOWN]:
            self._say(
                f"  {change.kind.label}: {change.subject} {' → '.join(filter(None, (change.before, change.after)))}"
            )
        if len(changes) > SHOWN:
            self._say(f"  … og {len(changes) - SHOWN} mere. Alle står på siden om synkronisering {run.pk}.")
        if run.loss and not is_done:
            self._say(run.loss)
        self._say("Hentet ind." if is_done else "Kun set igennem. Intet er ændret.")

    def _say(self, text: str) -> None:
        self.stdout.write(cpr.mask(text))
