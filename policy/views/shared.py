"""What the pages of documents have in common: finding, refusing, answering a form that came back."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest
from django.views.decorators.http import require_http_methods

from glostrup_isms.kit.access import find_or_404
from policy.models import Document, Version

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


def held_against(form: Any, **hidden: Any) -> None:
    """What the reader sends next is held against what stands there now."""
    form.data = form.data.copy()
    for name, value in hidden.items():
        form.data[name] = value


def add_errors(form: Any, error: ValidationError) -> None:
    """The sentences of an action, beside the fields that they are about."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, sentences in error.message_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, sentences)
