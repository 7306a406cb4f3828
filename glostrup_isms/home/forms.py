"""The forms of a person's own pages."""

from typing import Any

from django import forms
from django.utils import timezone


class AbsenceForm(forms.Form):
    """From and to, both included."""

    from_on = forms.DateField(
        label="Fra og med",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "Skriv den første dag.", "invalid": "Skriv datoen som 23.11.2026."},
    )
    to_on = forms.DateField(
        label="Til og med",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "Skriv den sidste dag.", "invalid": "Skriv datoen som 23.11.2026."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("from_on"), data.get("to_on")
        if start and end and end < start:
            self.add_error("to_on", "Den sidste dag ligger før den første.")
        elif end and end < timezone.localdate():
            self.add_error("to_on", "Fraværet er allerede slut.")
        elif start and end and (end - start).days > 366:
            self.add_error("to_on", "Et fravær kan højst vare et år.")
        return data
