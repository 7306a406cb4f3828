"""The forms of breach handling. Whatever is wrong, the answer is a sentence, and the text stays."""

import copy
import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from breaches.enums import Answer, Kind, LeaderChoice, Verdict
from glostrup_isms.kit import cpr, dates
from glostrup_isms.kit.fields import LONGEST_TEXT, FilesField, Text, clean_text
from roles.models import Unit, User

OLDEST = timedelta(days=365 * 20)
AHEAD = timedelta(minutes=5)  # clocks differ a little
FUTURE = "Tidspunktet ligger i fremtiden. Skriv, hvornår det blev opdaget."
ANCIENT = "Datoen ligger mere end 20 år tilbage. Er året rigtigt?"


class Moment(forms.Form):
    """A date and a time in Copenhagen, with the two odd hours of the year handled."""

    noticed_on = forms.DateField(
        label="Dato",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m-%Y", "%d-%m-%Y", "%d/%m/%Y"],
        error_messages={"required": "Skriv datoen.", "invalid": "Skriv datoen som 23.11.2026."},
    )
    noticed_time = forms.TimeField(
        label="Klokkeslæt",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S", "%H%M"],
        error_messages={
            "required": "Skriv klokkeslættet, så godt du husker det.",
            "invalid": "Skriv klokkeslættet som 14.30.",
        },
    )
    noticed_fold = forms.ChoiceField(
        label="Uret blev stillet tilbage den nat. Hvilken gang var klokken det?",
        required=False,
        choices=[("0", "Første gang (sommertid)"), ("1", "Anden gang (vintertid)")],
        widget=forms.RadioSelect,
    )
    needs_fold = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        day, clock = data.get("noticed_on"), data.get("noticed_time")
        if day and clock:
            fold = int(data["noticed_fold"]) if data.get("noticed_fold") in ("0", "1") else None
            try:
                data["noticed_at"] = self._checked(dates.parse_local(day, clock, fold))
            except dates.TimeIsAmbiguous:
                self.needs_fold = True
                self.add_error("noticed_fold", "Den nat var klokken det to gange. Vælg hvilken.")
            except dates.TimeDoesNotExist:
                self.add_error(
                    "noticed_time",
                    "Det klokkeslæt fandtes ikke den nat: uret blev stillet frem fra kl. 02.00 til kl. 03.00. "
                    "Skriv et tidspunkt før eller efter.",
                )
            except (ValueError, OverflowError):
                self.add_error("noticed_on", FUTURE if day > timezone.localdate() else ANCIENT)
        return data

    def _checked(self, moment: datetime) -> datetime:
        now = timezone.now()
        if moment > now + AHEAD:
            self.add_error("noticed_on", FUTURE)
        elif moment < now - OLDEST:
            self.add_error("noticed_on", ANCIENT)
        return min(moment, now)


class BreachReportForm(Moment):
    """The report: three required questions, the rest optional (at most two minutes, on a phone)."""

    description = Text(
        label="Hvad er der sket, eller hvad kan ske?",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Skriv med dine egne ord. Skriv ikke CPR-numre, og kun navne, hvis det er nødvendigt.",
        error_messages={"required": "Skriv kort, hvad der er sket, eller hvad der kan ske."},
    )
    kind = forms.ChoiceField(
        label="Er det sket?", choices=Kind.choices, initial=Kind.HAPPENED, required=False, widget=forms.RadioSelect
    )
    involves_personal_data = forms.ChoiceField(
        label="Handler det om oplysninger om mennesker?",
        choices=Answer.choices,
        widget=forms.RadioSelect,
        help_text="For eksempel navne, adresser, helbred eller økonomi. »Ved ikke« er et godt svar.",
        error_messages={"required": "Vælg ja, nej eller ved ikke.", "invalid_choice": "Vælg ja, nej eller ved ikke."},
    )
    where_text = Text(label="Hvor skete det?", required=False, longest=300)
    system_text = Text(label="Hvilket system eller hvilke papirer?", required=False, longest=300)
    persons_count_text = Text(
        label="Hvor mange mennesker drejer det sig om?", required=False, longest=200, help_text="Et cirkatal er nok."
    )
    ongoing = forms.ChoiceField(
        label="Er det stadig i gang?", choices=Answer.choices, required=False, widget=forms.RadioSelect
    )
    measures_text = Text(
        label="Hvad er der gjort indtil nu?", required=False, longest=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    files = FilesField(  # type: ignore[assignment]
        label="Billeder eller filer", help_text="Op til 10 filer på højst 25 MB hver."
    )
    unit = forms.ModelChoiceField(
        label="Hvilken enhed hører det til?",
        queryset=Unit.objects.none(),
        required=False,
        empty_label=None,
        error_messages={"invalid_choice": "Vælg en enhed fra listen."},
    )
    unit_search = Text(
        label="Hvilken enhed hører det til?",
        required=False,
        longest=200,
        help_text="Skriv en del af navnet, for eksempel »hjemmepleje«. Ved du det ikke, så lad feltet stå tomt.",
    )
    unit_choice = forms.ModelChoiceField(
        label="Vælg enheden",
        queryset=Unit.objects.none(),
        required=False,
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Enheden findes ikke mere. Søg igen."},
    )
    leader_choice = forms.ChoiceField(
        label="Er det den rigtige leder?",
        choices=LeaderChoice.choices,
        required=False,
        initial=LeaderChoice.NORMAL,
        widget=forms.RadioSelect,
    )
    leader_text = Text(label="Hvem er din leder?", required=False, longest=200)
    is_anonymous = forms.BooleanField(
        label="Jeg vil være anonym",
        required=False,
        help_text="Så gemmer vi ikke, hvem du er. Du får en kode, så du kan følge sagen.",
    )
    reporter_name = Text(label="Dit navn", required=False, longest=200)
    reporter_contact = Text(
        label="Telefon eller mail", required=False, longest=200, help_text="Så vi kan spørge, hvis vi mangler noget."
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)
    website = forms.CharField(
        label="Lad dette felt stå tomt",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    is_human = forms.BooleanField(label="Ja, jeg er et menneske, og meldingen skal sendes", required=False)
    cpr_choice = forms.CharField(required=False, widget=forms.HiddenInput)

    TEXTS: ClassVar[tuple[str, ...]] = (
        "description",
        "where_text",
        "system_text",
        "persons_count_text",
        "measures_text",
        "leader_text",
        "unit_search",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user: User | None = user if user.is_authenticated else None
        self.order_fields(["description", "kind", "noticed_on", "noticed_time"])
        self.own_units: list[Unit] = []
        if self.user:
            self.own_units = _units_of(self.user)
            self._offer("unit", Unit.objects.filter(pk__in=[unit.pk for unit in self.own_units]))
            for name in ("reporter_name", "reporter_contact"):
                del self.fields[name]
        self._offer("unit_choice", Unit.objects.open())
        self.matches: list[Unit] = []
        self.honeypot_tripped = False
        self.cpr_found = False

    def _offer(self, name: str, units: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = units

    @property
    def asks_for_unit(self) -> bool:
        """Guests search for the unit; people with several places choose; the rest are known."""
        return not self.own_units

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or Kind.HAPPENED

    def clean_leader_choice(self) -> str:
        return self.cleaned_data["leader_choice"] or LeaderChoice.NORMAL

    def clean_token(self) -> str:
        token = self.cleaned_data["token"]
        return token if 16 <= len(token) <= 64 and token.isascii() and "\0" not in token else secrets.token_urlsafe(24)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("website") and not data.get("is_human"):
            self.honeypot_tripped = True
            self.add_error(
                "is_human", "Sæt kryds, så vi ved, at meldingen ikke er sendt af en robot. Din tekst er her stadig."
            )
        if data.get("is_anonymous"):
            data["reporter_name"] = data["reporter_contact"] = ""
        self._clean_unit(data)
        self._clean_cpr(data)
        return data

    def _clean_unit(self, data: dict[str, Any]) -> None:
        """Words alone choose no unit, and neither does a choice among the matches of other words: the page has not
        said that the leader there is told. »Ved ikke« goes before all, so nobody is held back."""
        chosen, words = data.get("unit_choice"), data.get("unit_search", "")
        self.matches = find_units(words) or ([chosen] if chosen else [])  # a form that comes back still shows them
        is_unknown = bool(self.data.get("unit_unknown"))
        if is_unknown or chosen not in self.matches:
            chosen = None
        data["chosen_unit"] = chosen or data.get("unit") or (self.own_units[0] if self.own_units else None)
        if self.matches and not (data["chosen_unit"] or is_unknown):
            only = f"Er det {self.matches[0]}? Vælg den, eller sæt kryds ved »Ved ikke«."
            several = "Flere enheder passer. Vælg den rigtige, eller sæt kryds ved »Ved ikke«."
            self.add_error("unit_choice", only if len(self.matches) == 1 else several)

    def _clean_cpr(self, data: dict[str, Any]) -> None:
        with_numbers = [name for name in self.TEXTS if cpr.contains(data.get(name) or "")]
        if not with_numbers:
            return
        if self.data.get("cpr_choice") == "mask":
            shown: Any = copy.copy(self.data)  # the masked text is what a form that comes back shows
            for name in with_numbers:
                shown[name] = data[name] = cpr.mask(data[name])
            self.data = shown
        elif self.data.get("cpr_choice") != "keep":
            self.cpr_found = True
            self.add_error(
                None,
                "Teksten ligner et CPR-nummer. Vælg, om vi skal skjule de sidste fire cifre, før du sender.",
            )


def _units_of(user: User) -> list[Unit]:
    """The open units of the person's own appointments, the primary first."""
    own = [office.unit for office in user.offices if not office.as_deputy and office.unit.is_open]
    return list({unit.pk: unit for unit in own}.values())


def find_units(words: str, most: int = 8) -> list[Unit]:
    """Open units whose name holds every word; one whose name is exactly the words stands alone."""
    words = clean_text(words)[:100]
    if not words:
        return []
    exact = list(Unit.objects.open().filter(name__iexact=words)[:2])
    if len(exact) == 1:
        return exact
    found = Unit.objects.open().select_related("parent")
    for word in words.split()[:6]:
        found = found.filter(name__icontains=word)
    return list(found.order_by("name")[:most])


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Kode fra din kvittering",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Skriv koden fra kvitteringen.", "max_length": "Koden er på 26 tegn."},
    )


class EntryForm(forms.Form):
    """Words to or from the reporter, or a note."""

    text = Text(label="Din tekst", widget=forms.Textarea(attrs={"rows": 4}), longest=LONGEST_TEXT, required=False)
    kind = forms.CharField(required=False, widget=forms.HiddenInput)
    token = forms.CharField(widget=forms.HiddenInput, required=False)
    files = FilesField(label="Filer")  # type: ignore[assignment]

    def clean_text(self) -> str:
        return cpr.mask(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        """A photo says enough."""
        data = super().clean() or {}
        if data.get("text") == "":
            posted: Any = self.data
            kept = set(posted.getlist("kept_files")) - set(posted.getlist("drop_file"))
            if not data.get("files") and not kept:
                self.add_error("text", "Skriv en tekst, eller vedhæft en fil, før du sender.")
            else:
                data["text"] = "Filer vedlagt."
        return data

    def clean_token(self) -> str:
        token = self.cleaned_data["token"]
        return token if 16 <= len(token) <= 64 and token.isascii() and "\0" not in token else secrets.token_urlsafe(24)


class AwarenessForm(Moment):
    """When did the municipality become aware? A reason is always demanded."""

    reason = Text(
        label="Begrundelse",
        widget=forms.Textarea(attrs={"rows": 2}),
        longest=1000,
        error_messages={"required": "Skriv, hvorfor tidspunktet ændres."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class UnitForm(forms.Form):
    """The unit that a case belongs to."""

    unit = forms.ModelChoiceField(
        label="Enhed",
        queryset=Unit.objects.none(),
        empty_label="Vælg",
        error_messages={"required": "Vælg en enhed.", "invalid_choice": "Vælg en enhed fra listen."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.open()


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(
        label="Er det et brud på persondatasikkerheden?",
        choices=Verdict.choices[1:],
        widget=forms.RadioSelect,
        error_messages={"required": "Vælg ja eller nej."},
    )
    reason = Text(
        label="Begrundelse",
        widget=forms.Textarea(attrs={"rows": 2}),
        longest=1000,
        error_messages={"required": "Skriv en kort begrundelse."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class StepForm(forms.Form):
    step = forms.CharField(max_length=20)
    version = forms.IntegerField()
    note = Text(label="Begrundelse", required=False, longest=2000, widget=forms.Textarea(attrs={"rows": 2}))
