"""`manage.py import_policy FILE`: the text of a policy or another document from Word, Markdown or plain text.

It becomes a draft: of a new document, or of the next version of one that is there. What is written is Danish, as on
the page. The exit code is 0 when the text was brought in (or only looked at), else 1.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from policy.actions import TextLocked, create_document, import_text
from policy.enums import Confidentiality, Kind
from policy.importing import Imported, ImportRefused, propose, read
from policy.models import Document, Version
from policy.text.blocks import parse
from policy.text.compare import compare
from roles.enums import Role
from roles.models import User

SHOWN = 60  # clauses and changes; the page has them all


class Command(BaseCommand):
    help = "Bring in the text of a policy or another document as a draft."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who brings it in, and so is its author")
        parser.add_argument("--kind", choices=Kind.values, default=Kind.POLICY)
        parser.add_argument("--into", metavar="NUMBER", help="the document whose next version it is, e.g. POL-001")
        parser.add_argument("--title", help="default: the title that the text begins with")
        parser.add_argument("--dry-run", action="store_true", help="show what would be brought in, and change nothing")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"Der er ingen aktiv person med brugernavnet {options['by']}.")
        try:
            found = read(file.name, file.read_bytes())
        except OSError as error:
            raise CommandError(f"Filen kan ikke læses: {error.strerror}.") from error
        except ImportRefused as error:
            raise CommandError(str(error)) from error
        document = self._document(options["into"], options["kind"])
        title = options["title"] or found.title or (document.title if document else file.stem)
        self._tell(found, title, document)
        if options["dry_run"]:
            self.stdout.write("Kun set igennem. Intet er ændret.")
            return
        try:
            version = self._save(document, Kind(options["kind"]), title, found.text, by)
        except (PermissionDenied, ValidationError, TextLocked) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        self.stdout.write(f"Hentet ind som kladde: {version} ({version.get_absolute_url()}).")

    def _document(self, number: str | None, kind: str) -> Document | None:
        if number:
            document = Document.objects.filter(number=number.upper()).first()
            if document is None:
                raise CommandError(f"Der er intet dokument med nummeret {number}.")
            return document
        return Document.objects.filter(kind=Kind.POLICY).first() if kind == Kind.POLICY else None  # there is only one

    def _tell(self, found: Imported, title: str, document: Document | None) -> None:
        blocks = parse(found.text)
        sections = [block for block in blocks if block.kind == "section"]
        clauses = sum(block.is_clause for block in blocks)
        self.stdout.write(f"»{title}«: {len(sections)} afsnit, {clauses} punkter.")
        for note in found.notes:
            self.stdout.write(f"Bemærk: {note}")
        if found.decided_on:
            self.stdout.write(f"Der står, at teksten er godkendt {found.decided_on:%d-%m-%Y}.")
        newest = document and (document.open_version() or document.in_force)
        if newest:
            self.stdout.write(f"I forhold til {newest}: {compare(parse(newest.text), blocks).summary}")
            return
        for block, proposal in list(zip(blocks, propose(blocks), strict=True))[:SHOWN]:
            who = ", ".join(str(role.label) for role in proposal.roles)
            self.stdout.write(f"  {block.number:8} {block.plain[:80]}{f'  [{who}]' if who else ''}")

    def _save(self, document: Document | None, kind: Kind, title: str, text: str, by: User) -> Version:
        proposed = [(proposal.roles, proposal.evidence) for proposal in propose(parse(text))]
        if document:
            return import_text(document, title, text, by=by, bindings=proposed)
        is_policy = kind == Kind.POLICY
        return create_document(
            kind, title, by=by, text=text, bindings=proposed, imported=True,
            owner_role=Role.COUNCILLOR if is_policy else Role.IT_COORDINATOR,
            confidentiality=Confidentiality.PUBLIC if is_policy else Confidentiality.INTERNAL,
        )  # fmt: skip
