"""The forms of the organisation: choosing a person, appointing, letting somebody do something, handing over."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from glostrup_isms.kit.filters import YEARS, clean_text
from roles.enums import Role
from roles.models import User
from roles.rights import Delegable
from roles.search import choose_among, find_people

WRITE_DATE = "Skriv datoen som 23.11.2026."


class DayField(forms.DateField):
    """A day, chosen or typed, of a year that the portal counts with."""

    def __init__(self, **kwargs: Any) -> None:
        required = kwargs.pop("missing", "Vælg en dag.")
        kwargs.setdefault("error_messages", {"required": required, "invalid": WRITE_DATE})
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        day: date | None = super().to_python(value)
        if day and day.year not in YEARS:
            raise forms.ValidationError(f"Årstallet skal ligge mellem {YEARS[0]} og {YEARS[-1]}.")
        return day


class PersonForm(forms.Form):
    """Choosing one person: typed words find up to eight, and one of them is picked. Nobody is picked silently. `by`
    chooses among those whom she may give something (`choose_among`)."""

    person_search = forms.CharField(label="Person", required=False, max_length=200)
    person_choice = forms.CharField(required=False, max_length=20)
    person_needed = True
    person_missing = "Skriv navnet på en kollega."
    matches: list[User]

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.matches = []
        if self.data:
            self.matches = find_people(str(self.data.get("person_search") or ""), reader=choose_among(by))

    @property
    def chosen(self) -> str:
        return str(self.data.get("person_choice") or "") if self.data else ""

    @property
    def words(self) -> str:
        return clean_text(str(self.data.get("person_search") or ""))[:100] if self.data else ""

    def clean(self) -> dict[str, Any]:
        """`person`: the one who was picked among those that the words find, or None."""
        data = super().clean() or {}
        picked = next((one for one in self.matches if str(one.pk) == self.chosen), None)
        if picked is None and self.words:
            found = (
                "Vælg den rigtige person på listen."
                if self.matches
                else (f"Ingen passer til »{self.words}«. Prøv med en del af navnet.")
            )
            self.add_error("person_search", found)
        elif picked is None and self.person_needed:
            self.add_error("person_search", self.person_missing)
        data["person"] = picked
        return data


class AppointForm(PersonForm):
    """Who holds which role in the unit, and when."""

    role = forms.ChoiceField(
        label="Rolle", error_messages={"required": "Vælg en rolle.", "invalid_choice": "Vælg en rolle på listen."}
    )
    from_on = DayField(label="Første dag", missing="Vælg den første dag.")
    to_on = DayField(
        label="Sidste dag", required=False, help_text="Lad feltet stå tomt, hvis rollen ikke har en slutdato."
    )
    title = forms.CharField(label="Stilling", required=False, max_length=200)
    person_missing = "Skriv navnet på den, der skal have rollen."
    field_order = ("role", "person_search", "from_on", "to_on", "title")

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"from_on": timezone.localdate()})
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["role"]
        choice.choices = [("", "Vælg"), *((role.value, role.label) for role in roles)]

    def clean_title(self) -> str:
        return clean_text(self.cleaned_data["title"])


class SeenForm(forms.Form):
    """A form about an appointment as the page showed it."""

    version = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)


class EndForm(SeenForm):
    """The last day of an appointment."""

    to_on = DayField(label="Sidste dag", missing="Vælg den sidste dag.", help_text="Rollen gælder til og med den dag.")


class DeputyForm(SeenForm, PersonForm):
    """The standing deputy of an appointment; empty for none."""

    person_needed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person_search"].label = "Stedfortræder"


class AbsenceForm(PersonForm):
    """From and to, both included, and who acts meanwhile. A person without a role needs no deputy."""

    person_needed = False
    from_on = DayField(label="Fra og med", missing="Skriv den første dag.")
    to_on = DayField(label="Til og med", missing="Skriv den sidste dag.")
    field_order = ("from_on", "to_on", "person_search")

    def __init__(self, *args: Any, with_deputy: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person_search"].label = "Stedfortræder imens"
        if not with_deputy:
            del self.fields["person_search"], self.fields["person_choice"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() if "person_search" in self.fields else forms.Form.clean(self) or self.cleaned_data
        start, end = data.get("from_on"), data.get("to_on")
        if start and end and end < start:
            self.add_error("to_on", "Den sidste dag ligger før den første.")
        elif end and end < timezone.localdate():
            self.add_error("to_on", "Fraværet er allerede slut.")
        elif start and end and (end - start).days > 366:
            self.add_error("to_on", "Et fravær kan højst vare et år.")
        return data


class DelegateForm(PersonForm):
    """What is let to whom, and until when."""

    what = forms.ChoiceField(
        label="Hvad vil du overlade?",
        widget=forms.RadioSelect,
        error_messages={"required": "Vælg, hvad du vil overlade.", "invalid_choice": "Vælg noget på listen."},
    )
    to_on = DayField(
        label="Til og med", missing="Vælg den sidste dag.", help_text="Højst et år. Du kan stoppe det før."
    )
    person_missing = "Skriv navnet på den, der skal gøre det."
    field_order = ("what", "person_search", "to_on")

    def __init__(self, *args: Any, choices: list[Delegable], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"to_on": timezone.localdate() + timedelta(days=90)})
        super().__init__(*args, **kwargs)
        what: Any = self.fields["what"]
        what.choices = [(one.permission, one.label) for one in choices]
        if len(choices) == 1:
            what.initial = choices[0].permission


class LeavingForm(forms.Form):
    """When somebody stops."""

    stops_on = DayField(label="Din sidste dag", missing="Vælg din sidste dag.")

    def clean_stops_on(self) -> date:
        day: date = self.cleaned_data["stops_on"]
        if not timezone.localdate() <= day <= timezone.localdate() + timedelta(days=366):
            raise forms.ValidationError("Din sidste dag skal være i dag eller senere og højst et år frem.")
        return day


class HandOverForm(PersonForm):
    """To whom, which things (`<kind>:<pk>`), and the last day of the roles among them."""

    person_missing = "Skriv navnet på den, der skal overtage."
    last_day = DayField(
        label="Sidste dag i rollen",
        required=False,
        help_text="Den nye begynder dagen efter. Alt andet flyttes med det samme.",
    )

    def __init__(self, *args: Any, offered: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.fields["person_search"].label = "Hvem overtager?"

    @property
    def ticked(self) -> list[str]:
        posted: Any = self.data
        return [key for key in posted.getlist("ting") if key in self.offered] if self.data else list(self.offered)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.ticked:
            self.add_error(None, "Sæt kryds ved det, der skal gives videre.")
        elif set(self.data.getlist("ting")) - set(self.offered):  # type: ignore[attr-defined]
            self.add_error(None, "Noget er gjort færdigt, givet videre eller ændret imens. Her er det, der er nu.")
        if data.get("last_day") is None and not self.errors.get("last_day"):
            data["last_day"] = timezone.localdate()
        day: date | None = data.get("last_day")
        if day and not timezone.localdate() <= day <= timezone.localdate() + timedelta(days=366):
            self.add_error("last_day", "Den sidste dag skal være i dag eller senere og højst et år frem.")
        return data
