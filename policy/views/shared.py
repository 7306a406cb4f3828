"""What the pages of documents have in common: finding, refusing, answering a form that came back."""

from typing import Any

from django.http import HttpRequest
from django.views.decorators.http import require_http_methods

from glostrup_isms.kit.access import find_or_404
from glostrup_isms.kit.form_answers import add_errors, held_against
from policy.models import Document, Review, Version

__all__ = ["NOT_YOURS", "add_errors", "find_document", "find_version", "form_page", "held_against"]

form_page = require_http_methods(["GET", "HEAD", "POST"])
NOT_YOURS = "Kun it-sikkerhedskoordinatoren, it-chefen og GDPR-enheden skriver i dokumenterne."


def find_document(request: HttpRequest, number: str) -> Document:
    documents = Document.objects.visible_to(request.user).select_related("in_force__decision__body")
    found: Document = find_or_404(documents, number=number.upper())
    return found


def find_version(request: HttpRequest, number: str, version: int) -> Version:
    versions = Version.objects.visible_to(request.user).select_related(
        "document", "decision__body", "recommendation__body", "consistent_with__document"
    )
    found: Version = find_or_404(versions, document__number=number.upper(), number=version)
    return found


def open_review(user: Any, document: Document) -> Review | None:
    """The review of the document, when it is open and the reader may see it."""
    rows = Review.objects.visible_to(user).open().filter(document=document)
    return rows.select_related("document").first()
