"""What the public may ask for: a day, or two versions. The fields are named as they stand in the address."""

from typing import Any

from django import forms
from django.http import QueryDict

from glostrup_isms.kit.dates import da_date
from policy.models import Version

WRITE_DAY = "Skriv datoen som dag, måned og år, f.eks. 1-2-2026."
CHOOSE = "Vælg en udgave på listen."


class DayForm(forms.Form):
    dato = forms.DateField(
        label="Dag", input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": WRITE_DAY, "invalid": WRITE_DAY},
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="%s")
        if data and data.get("dato"):  # a browser's own date field would not show what is no day
            self.fields["dato"].widget.input_type = "text"  # type: ignore[attr-defined]


class PairForm(forms.Form):
    """Any two of the versions, newest first; the two newest until the reader chooses."""

    fra = forms.ChoiceField(label="Fra", error_messages={"required": CHOOSE, "invalid_choice": CHOOSE})
    til = forms.ChoiceField(label="Til", error_messages={"required": CHOOSE, "invalid_choice": CHOOSE})

    def __init__(self, versions: list[Version], data: QueryDict | None = None) -> None:
        newest = [version.number for version in versions[:2]]
        super().__init__(data, auto_id="%s", initial=dict(zip(("til", "fra"), newest, strict=False)))
        choices = [(str(one.number), f"Udgave {one.number}, fra {da_date(one.effective_on)}") for one in versions]  # type: ignore[arg-type]  # published: has its day
        for name in ("fra", "til"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("fra") and data.get("fra") == data.get("til"):
            self.add_error("til", "Vælg to forskellige udgaver.")
        return data
