"""Making documents and versions of them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from glostrup_isms.kit import audit
from glostrup_isms.kit.numbers import next_number
from policy.actions.reviews import count_anew
from policy.actions.shared import Changed, add_event, contribute, public_site_changed
from policy.actions.texts import TextChanged, bind_clauses, save_text, tidy, write_clauses
from policy.enums import BEFORE_A_BODY, OPEN, Confidentiality, Kind, State
from policy.models import Clause, Document, Version
from policy.permissions import ADD, CHANGE
from roles.models import User

Binding = tuple[Iterable[str], Iterable[str]]  # roles, evidence
DECIDED_ON = ("confidentiality", "audience")
# What of a document may be changed by its page.
FIELDS = (
    "category", "owner_role", "audience", "confidentiality", "review_months", "journal_number", "policy_section",
    "is_breach_plan",
)  # fmt: skip


def create_document(
    kind: Kind, title: str, *, by: User, text: str = "", bindings: Any = None, imported: bool = False, **fields: Any
) -> Version:
    """A document with its first draft; answers the draft. `bindings` are (roles, evidence) for each block of the text.
    Raises PermissionDenied, ValidationError."""
    if not by.has_perm(ADD):
        raise PermissionDenied("Kun it-sikkerhedskoordinatoren, it-chefen og GDPR-enheden opretter dokumenter.")
    with transaction.atomic():
        document = Document(kind=kind, title=title, created_by=by, **fields)
        document.number = f"{Kind(kind).prefix}-{next_number(f'document-{Kind(kind).prefix}', 0):03}"
        document._history_user = by
        document.full_clean(exclude=["number"])
        document.save(force_insert=True)
        version = Version(document=document, number=1, title=title, text=tidy(text), created_by=by)
        _begin(version, by)
        write_clauses(version, by=by, bindings=bindings)
        add_event(version, f"{by}: {'Teksten er hentet ind fra en fil' if imported else 'Dokumentet er oprettet'}.")
        audit.record("document.create", by=by, obj=document, kind=kind, imported=imported)
    return version


def _begin(version: Version, by: User) -> None:
    version._history_user = by
    version.save(force_insert=True)
    contribute(version, by)


def start_version(document: Document, *, by: User) -> Version:
    """A new draft, beginning with the text that applies (or, when none does, the newest one). Raises PermissionDenied,
    ValidationError when one is on its way already."""
    if not by.has_perm(CHANGE, document):
        raise PermissionDenied("Kun it-sikkerhedskoordinatoren, it-chefen og GDPR-enheden skriver nye udgaver.")
    with transaction.atomic():
        document = Document.objects.select_for_update(of=("self",), no_key=True).get(pk=document.pk)
        if document.versions.open().exists():
            raise ValidationError("Der er allerede begyndt på en ny udgave.")
        newest = document.versions.order_by("-number").first()
        source = document.in_force or document.versions.exclude(state=State.DISCARDED).order_by("-number").first()
        version = Version(
            document=document,
            number=newest.number + 1 if newest else 1,
            title=source.title if source else document.title,
            text=source.text if source else "",
            created_by=by,
        )
        try:
            with transaction.atomic():
                _begin(version, by)
        except IntegrityError as error:
            raise ValidationError("Der er allerede begyndt på en ny udgave.") from error
        _copy_clauses(source, version)
        add_event(
            version,
            f"{by}: Udgave {version.number} er begyndt" + (f" ud fra udgave {source.number}." if source else "."),
        )
        audit.record("version.start", by=by, obj=version, source=source.number if source else None)
    return version


def import_text(
    document: Document,
    title: str,
    text: str,
    *,
    by: User,
    bindings: Sequence[Binding] = (),
    chosen: Collection[int] = (),
    revision: int | None = None,
) -> Version:
    """A text from a file becomes the draft of the document's next version: it takes the place of the draft on its way
    (`revision`: as the user saw it, 0 where there was none), else a new one is begun. `bindings`, one for each block,
    are taken where nothing is said of the clause yet, and those at the places `chosen` by the user in any case.
    Raises PermissionDenied, TextLocked, TextChanged, ValidationError."""
    with transaction.atomic():
        there = document.open_version()
        if revision is not None and there is not None and there.revision != revision:
            raise TextChanged(there)
        version = there or start_version(document, by=by)
        version = save_text(version, text, title=title, by=by, revision=version.revision)
        unsaid = {
            clause.key: pair
            for at, (clause, pair) in enumerate(zip(version.clauses.all(), bindings, strict=False))
            if at in chosen or not (clause.roles or clause.evidence)
        }
        version = bind_clauses(version, unsaid, by=by, revision=version.revision)
        add_event(version, f"{by}: Teksten er hentet ind fra en fil.")
    return version


def _copy_clauses(source: Version | None, to: Version) -> None:
    """The same clauses, under the same keys, and by the same hands."""
    clauses = list(source.clauses.all()) if source else []
    for clause in clauses:
        clause.pk, clause.version, clause._state.adding = None, to, True
    Clause.objects.bulk_create(clauses, batch_size=200)


def shown(document: Document, name: str) -> str:
    """The value of a field as the page shows it."""
    value = getattr(document, name)
    if isinstance(value, bool):
        return "Ja" if value else "Nej"
    return str(getattr(document, f"get_{name}_display")() if hasattr(document, f"get_{name}_display") else value)


def _refuse_wider(document: Document, fields: dict[str, Any], *, by_purpose: bool) -> None:
    """Who reads and who is bound stand still while a body looks at the text; and nothing that applies becomes public
    by accident. Raises ValidationError."""
    changed = [name for name in DECIDED_ON if name in fields and fields[name] != getattr(document, name)]
    if changed and document.versions.filter(state__in=BEFORE_A_BODY).exists():
        raise ValidationError({changed[0]: "En udgave er ved at blive besluttet. Tag den tilbage først, eller vent."})
    becomes_public = fields.get("confidentiality") == Confidentiality.PUBLIC != document.confidentiality
    if becomes_public and document.has_applied and not by_purpose:
        raise ValidationError(
            {"make_public": "Sæt kryds, hvis alle uden for kommunen skal kunne læse det, der gælder, fra nu af."}
        )


def change_document(
    document: Document, *, by: User, revision: int, make_public: bool = False, **fields: Any
) -> Document:
    """Change what is said about the document beside its text. `make_public`: yes, what applies is to be read by all.
    Raises PermissionDenied, ValidationError, Changed."""
    if not by.has_perm(CHANGE, document):
        raise PermissionDenied(
            "Kun it-sikkerhedskoordinatoren, it-chefen og GDPR-enheden retter dokumentets oplysninger."
        )
    with transaction.atomic():
        document = Document.objects.select_for_update(of=("self",), no_key=True).get(pk=document.pk)
        if document.revision != revision:
            raise Changed("Dokumentet er ændret af en anden, mens du skrev. Se det nye, og prøv igen.")
        before = {name: shown(document, name) for name in FIELDS}
        _refuse_wider(document, fields, by_purpose=make_public)
        for name in FIELDS:
            if name in fields:
                setattr(document, name, fields[name])
        if document.in_force:
            count_anew(document)
        document.revision += 1
        document._history_user = by
        document.full_clean(exclude=["number"])
        document.save()
        if document.has_applied:
            public_site_changed()
        changed = [
            f"{document._meta.get_field(name).verbose_name}: {before[name] or '–'} → {shown(document, name) or '–'}"  # type: ignore[union-attr]
            for name in FIELDS
            if before[name] != shown(document, name)
        ]
        for version in document.versions.filter(Q(pk=document.in_force_id) | Q(state__in=OPEN)) if changed else ():
            add_event(version, f"{by}: Oplysninger rettet. {'; '.join(changed)}.")
        audit.record(
            "document.change", by=by, obj=document, **{name: fields[name] for name in FIELDS if name in fields}
        )
    return document
