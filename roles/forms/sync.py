"""The forms of the synchronisation: a file to look through, and the yes to it."""

from typing import Any

from django import forms
from django.conf import settings

from roles.sync.reading import check_size
from roles.sync.rows import Refused


class SyncFileForm(forms.Form):
    """The file. What is in it is judged afterwards; here only whether it came, whole and not too large."""

    file = forms.FileField(
        label="Filen med organisationen",
        help_text="JSON fra OS2rollekatalog eller OS2sync, eller en CSV-fil. Højst 25 MB. "
        "CPR-numre i filen bliver hverken læst eller gemt.",
        error_messages={"required": "Vælg en fil.", "empty": "Filen er tom.", "invalid": "Vælg en fil."},
    )

    def __init__(self, *args: Any, file_was_lost: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file_was_lost = file_was_lost

    def clean_file(self) -> Any:
        try:
            check_size(self.cleaned_data["file"].size, settings.UPLOAD_MAX_BYTES)
        except Refused as error:
            raise forms.ValidationError(str(error)) from error
        return self.cleaned_data["file"]

    def clean(self) -> dict[str, Any]:
        if self.file_was_lost:  # kit.upload_handler
            self.errors.pop("file", None)
            self.add_error("file", "Filen kunne ikke modtages, fordi der mangler plads hos os. Sig det til driften.")
        return super().clean() or {}


class SyncYesForm(forms.Form):
    """The yes; a large loss wants one of its own."""

    allow = forms.BooleanField(
        label="Ja, det er rigtigt, at så meget ændres",
        error_messages={"required": "Sæt kryds, hvis det er rigtigt, at så meget ændres. Ellers så fortryd."},
    )

    def __init__(self, *args: Any, is_large_loss: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_large_loss:
            del self.fields["allow"]
