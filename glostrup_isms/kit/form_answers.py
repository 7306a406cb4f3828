"""Answering a form that came back: the sentences where they belong, and held against what stands there now."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError


def held_against(form: Any, **hidden: Any) -> None:
    """What the reader sends next is held against what stands there now."""
    form.data = form.data.copy()
    for name, value in hidden.items():
        form.data[name] = str(value)


def add_errors(form: Any, error: ValidationError, names: Mapping[str, str] | None = None) -> None:
    """The sentences of an action, beside the fields that they are about. `names`: what the form calls a field of the
    action, where it calls it something else."""
    found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, sentences in found.items():
        name = (names or {}).get(field, field)
        form.add_error(name if name in form.fields else None, sentences)
