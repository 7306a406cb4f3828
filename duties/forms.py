"""The forms of duties. CPR numbers in notes are masked on the way in."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from duties.enums import How, Kind, Result, Share
from duties.models import DutyTemplate, ReminderSettings
from duties.models.reminders import WEEKDAYS
from glostrup_isms.kit import cpr
from glostrup_isms.kit.fields import FilesField, Text
from roles.enums import EMPLOYMENTS
from roles.forms.organisation import DayField, PersonForm
from roles.models import Unit, User

LONGEST_NOTE = 2000


class Words(Text):
    """A note on a duty."""

    def __init__(self, **kwargs: Any) -> None:
        rows = kwargs.pop("rows", 3)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), longest=LONGEST_NOTE, **kwargs)

    def clean(self, value: Any) -> str:
        return cpr.mask(super().clean(value))


class Seen(forms.IntegerField):
    """What the page was drawn from; a form sent from an older one is refused."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1, required=False)


class FinishForm(forms.Form):
    """Done, with the result and the evidence that the duty asks for."""

    result = forms.ChoiceField(
        label="Hvad viste kontrollen?", choices=Result.choices, widget=forms.RadioSelect,
        error_messages={"required": "Vælg, hvad kontrollen viste."},
    )  # fmt: skip
    text = Words(label="Kommentar", required=False)
    files = FilesField(label="Filer, der viser, at det er gjort")  # type: ignore[assignment]
    seen = Seen()

    def __init__(self, *args: Any, needs_result: bool, needs_evidence: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_result:
            del self.fields["result"]
        if needs_evidence:
            self.fields["files"].help_text = "Opgaven kræver et bevis: et referat, et udtræk eller et billede."


class HandOnForm(PersonForm):
    """To whom, and a word to her."""

    text = Words(label="Besked til kollegaen", required=False)
    seen = Seen()
    person_missing = "Skriv navnet på den kollega, der tager opgaven."


class PostponeForm(forms.Form):
    due_on = DayField(label="Ny dag", missing="Vælg den nye dag.")
    note = Words(label="Hvorfor?", error_messages={"required": "Skriv, hvorfor opgaven udskydes."})
    seen = Seen()


class DropForm(forms.Form):
    note = Words(label="Hvorfor?", error_messages={"required": "Skriv, hvorfor opgaven ikke skal udføres."})
    seen = Seen()


class SeenForm(forms.Form):
    """A step that needs no words."""

    seen = Seen()


class WriteForm(forms.Form):
    text = Words(label="Din kommentar", required=False)
    files = FilesField(label="Filer")  # type: ignore[assignment]


class UnitChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{' – ' * max(0, obj.depth - 1)}{obj.name}"


class TemplateForm(forms.ModelForm):
    """A fixed duty. `open_too`: what the open ones say and ask changes too."""

    text = Words(label="Hvad skal gøres?", required=False, rows=5)
    first_on = DayField(label="Første gang", missing="Vælg den første dag.")
    until_on = DayField(
        label="Sidste gang", required=False, help_text="Lad feltet stå tomt, hvis opgaven ikke skal høre op."
    )
    unit = UnitChoice(
        queryset=Unit.objects.none(), required=False, label="Kun i enheden og under den", empty_label="Hele kommunen"
    )
    open_too = forms.BooleanField(
        label="Ret også de opgaver, der er åbne nu",
        required=False,
        help_text="Teksten, hvad der skal til, før den er udført, og om fristen står i loven.",
    )
    seen = Seen()

    class Meta:
        model = DutyTemplate
        fields = (
            "title", "text", "source", "url", "role", "unit", "share", "recurrence", "first_on", "by_week", "until_on",
            "on_closed", "opens_days", "works_ahead", "remind_days", "escalate_days", "needs_result",
            "needs_evidence", "is_statutory",
        )  # fmt: skip
        labels = {"role": "Hvem har opgaven?", "source": "Hvor står det?", "url": "Hvor gøres det i portalen?"}
        help_texts = {
            "title": "Kort, så den kan læses i en mail: »Gennemgå adgangene til jeres systemer«.",
            "source": "Punkt i politikken, artikel eller aftale, for eksempel »Politikken, P-62« eller »GDPR art. 30«.",
            "url": "Adressen på siden, for eksempel /brud/. Lad feltet stå tomt, hvis arbejdet gøres et andet sted.",
            "share": "Er opgaven fælles, er den udført, når én har gjort den.",
            "opens_days": "Før den dag står opgaven kun i årshjulet.",
            "escalate_days": "Derefter går den et led op ad linjen hver femte arbejdsdag.",
            "is_statutory": "Så kan opgaven ikke udskydes, og påmindelser kan ikke slås fra.",
            "works_ahead": "Ellers kan den først udføres, når den kan begyndes.",
        }

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        for field in self.fields.values():
            if "required" not in field.error_messages or field.error_messages["required"].startswith("Dette felt"):
                field.error_messages["required"] = "Udfyld feltet."
        if not self.instance.pk:
            del self.fields["open_too"], self.fields["seen"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("share") == Share.ROLE and data.get("role") in EMPLOYMENTS:
            self.add_error("share", "En opgave, der er fælles for alle medarbejdere, er ingens. Vælg en anden rolle.")
        return data

    @property
    def values(self) -> dict[str, Any]:
        """What the action is given."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class StopForm(forms.Form):
    open_too = forms.BooleanField(label="Lad også de åbne opgaver bortfalde", required=False)
    seen = Seen()


class RemindersForm(forms.ModelForm):
    """How a person wants to be reminded, kind by kind."""

    quiet_from = forms.TimeField(label="Ingen mail fra", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    quiet_to = forms.TimeField(label="Ingen mail til", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    weekly_on = forms.TypedChoiceField(label="Den ugentlige mail kommer", choices=WEEKDAYS, coerce=int)
    seen = Seen()

    class Meta:
        model = ReminderSettings
        fields = ("weekly_on", "quiet_from", "quiet_to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[f"how_{kind}"] = forms.ChoiceField(
                label=kind.label, choices=How.choices, initial=self.instance.how(kind)
            )
        for name in ("quiet_from", "quiet_to"):
            self.fields[name].error_messages = {
                "required": "Skriv et klokkeslæt.", "invalid": "Skriv klokkeslættet som 18:00.",
            }  # fmt: skip

    @property
    def kinds(self) -> list[Any]:
        return [self[f"how_{kind}"] for kind in Kind]

    @property
    def chosen(self) -> dict[str, str]:
        return {kind.value: self.cleaned_data[f"how_{kind}"] for kind in Kind}


def of_person(user: User) -> ReminderSettings:
    """Her settings; those of everybody when she has chosen nothing."""
    return ReminderSettings.objects.filter(person=user).first() or ReminderSettings(person=user)
