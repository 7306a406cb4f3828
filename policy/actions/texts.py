"""Writing in a version: text, and whom each clause binds. Two people at once never write over each other."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from textwrap import shorten
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from glostrup_isms.kit import audit
from policy.actions.shared import Changed, add_event, contribute, lock
from policy.models import Clause, EditDraft, Version
from policy.permissions import CHANGE
from policy.text.align import align
from policy.text.blocks import Block, parse
from roles.models import User

NOT_A_WRITER = "Kun it-sikkerhedskoordinatoren, it-chefen og GDPR-enheden skriver i teksten."
ONE_SITTING = timedelta(hours=1)
TEXT_MAX = 1_000_000  # characters; some 300 pages


class TextLocked(Exception):
    """The text cannot be written in now; the message is a Danish sentence."""


class TextChanged(Changed):
    """Somebody saved the text meanwhile: `theirs` is what stands there now."""

    def __init__(self, theirs: Version) -> None:
        super().__init__("En anden har gemt teksten, mens du skrev. Sammenlign de to tekster, og gem igen.")
        self.theirs = theirs


def may_write(version: Version, by: User) -> None:
    """Raises PermissionDenied, TextLocked."""
    if not by.has_perm(CHANGE, version):
        raise PermissionDenied(NOT_A_WRITER)
    if not version.is_editable:
        raise TextLocked(
            f"Teksten er »{version.get_state_display()}« og kan ikke rettes nu. Tag den tilbage først, eller begynd på "
            "en ny udgave. Din tekst er her stadig."
        )


def save_text(version: Version, text: str, *, title: str, by: User, revision: int, change_note: str = "") -> Version:
    """Save the text; clauses keep what was said of them. Raises PermissionDenied, TextLocked, TextChanged."""
    with transaction.atomic():
        fresh = lock(version)
        may_write(fresh, by)
        if fresh.revision != revision:
            raise TextChanged(fresh)
        fresh.text, fresh.title, fresh.change_note = tidy(text), title.strip(), change_note.strip()
        fresh.revision += 1
        fresh._history_user = by
        fresh.save()
        if not fresh.document.has_applied and fresh.document.title != fresh.title:
            fresh.document.title = fresh.title
            fresh.document._history_user = by
            fresh.document.save()
        write_clauses(fresh, by=by)
        contribute(fresh, by)
        _note(fresh, f"{by}: Teksten er rettet.")
        EditDraft.objects.filter(version=fresh, author=by).delete()
        audit.record("version.text", by=by, obj=fresh, revision=fresh.revision)
    return fresh


def _note(version: Version, sentence: str) -> None:
    """A line of the timeline; one for a person's work of an hour."""
    last = version.events.last()
    if last is None or last.sentence != sentence or last.at < timezone.now() - ONE_SITTING:
        add_event(version, sentence)


def tidy(text: str) -> str:
    """One kind of line break, and nothing that cannot be stored or read."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return lines.encode("utf-8", "ignore").decode()[:TEXT_MAX]


def keep_draft(version: Version, text: str, *, by: User, revision: int) -> EditDraft:
    """Words not saved yet, kept as they are typed; they bind nobody and are only the writer's own."""
    if not by.has_perm(CHANGE, version):
        raise PermissionDenied(NOT_A_WRITER)
    draft, _ = EditDraft.objects.update_or_create(
        version=version,
        author=by,
        defaults={"text": tidy(text), "revision": revision, "saved_at": timezone.now()},
    )
    return draft


def drop_draft(version: Version, *, by: User) -> None:
    """Let one's own unsaved words go."""
    EditDraft.objects.filter(version=version, author=by).delete()


def write_clauses(
    version: Version, *, by: User, bindings: Sequence[tuple[Iterable[str], Iterable[str]]] | None = None
) -> None:
    """Make the clauses fit the text: what continues an older clause keeps its key and what was said of it; `bindings`,
    one for each block, say it anew. Written all anew: updating them one by one takes ten times as long."""
    blocks = parse(version.text)
    old = list(version.clauses.all())
    continues = align([clause.text for clause in old], [block.text for block in blocks])
    now, rows = timezone.now(), []
    for position, (block, index) in enumerate(zip(blocks, continues, strict=True)):
        clause = old[index] if index is not None else Clause(version=version, key=uuid.uuid4())
        if index is None or clause.text != block.text:
            clause.written_by, clause.written_at = by, now
        _place(clause, block, position)
        if bindings is not None:
            roles, evidence = bindings[position]
            clause.roles, clause.evidence = [str(role) for role in roles], [str(kind) for kind in evidence]
        clause.pk = None
        rows.append(clause)
    version.clauses.all().delete()
    Clause.objects.bulk_create(rows, batch_size=200)


def _place(clause: Clause, block: Block, position: int) -> None:
    clause.position, clause.kind, clause.level = position, block.kind, block.level
    clause.number, clause.text = block.number, block.text


def bind_clauses(
    version: Version, bindings: Mapping[Any, tuple[Iterable[str], Iterable[str]]], *, by: User, revision: int
) -> Version:
    """Say whom clauses bind and what shows that they are kept: {key of the clause: (roles, evidence)}.
    Raises PermissionDenied, TextLocked, TextChanged."""
    with transaction.atomic():
        fresh = lock(version)
        may_write(fresh, by)
        if fresh.revision != revision:
            raise TextChanged(fresh)
        changed = []
        for clause in fresh.clauses.filter(key__in=list(bindings)):
            roles, evidence = ([str(one) for one in some] for some in bindings[clause.key])
            if (clause.roles, clause.evidence) != (roles, evidence):
                clause.roles, clause.evidence = roles, evidence
                changed.append(clause)
        if changed:
            Clause.objects.bulk_update(changed, ["roles", "evidence"], batch_size=200)
            fresh.revision += 1
            numbers = ", ".join(clause.number for clause in changed)
            fresh._history_user = by
            fresh._change_reason = shorten(f"Ansvar for punkt {numbers}", 100, placeholder=" …")
            fresh.save()
            contribute(fresh, by)
            _note(fresh, f"{by}: Punkternes ansvar er rettet.")
            audit.record("version.bind", by=by, obj=fresh, clauses=[clause.number for clause in changed])
    return fresh
