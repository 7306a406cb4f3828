"""Form fields that clean instead of refusing: whatever is wrong, the answer is a sentence, and the text stays."""

import re
from typing import Any

from django import forms

LONGEST_TEXT = 20_000  # characters
UNHOLDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(value: str) -> str:
    """Text without what no database or reader can hold: NUL, lone surrogates and other control characters."""
    value = value.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return UNHOLDABLE.sub("", value).strip()


class Text(forms.CharField):
    """A text field that cleans instead of refusing, and says in words how much too long a text is."""

    def __init__(self, *, longest: int = LONGEST_TEXT, **kwargs: Any) -> None:
        self.longest = longest
        super().__init__(**kwargs)
        self.validators = []

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.longest:
            over = f"{len(value) - self.longest:,}".replace(",", ".")
            longest = f"{self.longest:,}".replace(",", ".")
            raise forms.ValidationError(
                f"Teksten er {over} tegn for lang; der er plads til {longest}. "
                "Forkort den, eller vedhæft resten som en fil. Din tekst er her stadig."
            )


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; each is checked by the file store, not here."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFiles(), required=False, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [item for item in (data if isinstance(data, list | tuple) else [data]) if item]
