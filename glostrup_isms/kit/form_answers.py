"""Answering a form that came back: the sentences where they belong, and held against what stands there now."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError


def held_against(form: Any, **hidden: Any) -> None:
    """What the reader sends next is held against what stands there now."""
    form.data = form.data.copy()
    for name, value in hidden.items():
        form.data[name] = str(value)


def add_errors(form: Any, error: ValidationError) -> None:
    """The sentences of an action, beside the fields that they are about."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, sentences in error.message_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, sentences)
