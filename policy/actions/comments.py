"""Comments on clauses, and their answers."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from glostrup_isms.kit import audit
from policy.actions.hearings import may_comment
from policy.models import Comment, Version
from policy.permissions import CHANGE
from roles.models import User


def comment(version: Version, text: str, *, by: User, clause_number: str = "") -> Comment:
    """Say something of a clause, or of the whole text. Raises PermissionDenied, ValidationError."""
    if not may_comment(version, by):
        raise PermissionDenied("Du kan læse teksten, men ikke kommentere den.")
    if not text.strip():
        raise ValidationError({"text": "Skriv din kommentar."})
    clause = version.clauses.filter(number=clause_number).first() if clause_number else None
    if clause_number and clause is None:
        raise ValidationError({"clause": f"Punkt {clause_number} findes ikke i teksten. Vælg et andet."})
    with transaction.atomic():
        made = Comment.objects.create(
            version=version, text=text.strip(), author=by, clause_key=clause.key if clause else None,
            clause_number=clause.number if clause else "", quote=clause.text if clause else "",
        )  # fmt: skip
        audit.record("version.comment", by=by, obj=version, clause=clause_number)
    return made


def close_comment(made: Comment, answer: str, *, by: User) -> Comment:
    """Answer a comment, or say that it is dealt with. A second time changes nothing. Raises PermissionDenied."""
    if not by.has_perm(CHANGE, made.version) and by.pk != made.author_id:
        raise PermissionDenied("Kun de, der skriver teksten, og den, der skrev kommentaren, kan afslutte den.")
    with transaction.atomic():
        made = Comment.objects.select_for_update(of=("self",), no_key=True).get(pk=made.pk)
        if made.closed_at is None:
            made.answer, made.closed_by, made.closed_at = answer.strip(), by, timezone.now()
            made.save()
            audit.record("version.comment_closed", by=by, obj=made.version, clause=made.clause_number)
    return made
