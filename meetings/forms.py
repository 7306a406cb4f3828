"""The forms of meetings. Whatever is wrong, the answer is a sentence, and the text stays."""

from datetime import date, datetime, time
from typing import Any

from django import forms

from glostrup_isms.kit import dates
from glostrup_isms.kit.fields import FilesField, Text
from meetings.actions.holding import BESIDE, INSTEAD
from meetings.enums import Choice, ItemKind, Outcome, Presence
from meetings.models import Attendance, Body, Meeting, Seat
from roles.enums import EMPLOYMENTS, Role
from roles.forms.organisation import DayField, PersonForm
from roles.models import User

NOT_ON_LIST = "Vælg noget på listen."
AREA = {"rows": 4}
WORDS_ALONE = "words"  # no outcome


class ClockField(forms.TimeField):
    """A time of day, chosen or typed."""

    def __init__(self, **kwargs: Any) -> None:
        missing = kwargs.pop("missing", "Skriv klokkeslættet.")
        kwargs["error_messages"] = {"required": missing, "invalid": "Skriv klokkeslættet som 14.30."}
        kwargs["widget"] = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
        super().__init__(input_formats=["%H:%M", "%H.%M", "%H:%M:%S", "%H%M"], **kwargs)


class MeetingForm(forms.Form):
    """When and where; of a written procedure, until when the members vote."""

    day = DayField(label="Dag", missing="Vælg dagen.")
    starts = ClockField(label="Begynder klokken")
    ends = ClockField(label="Slutter klokken")
    place = Text(
        label="Sted", longest=200, required=False, help_text="Lokale eller adresse. Skriv ikke adgangskoder her."
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, is_written: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_written = is_written
        if is_written:
            del self.fields["starts"], self.fields["place"]
            self.fields["day"].label, self.fields["ends"].label = "Stem senest", "Klokken"

    @classmethod
    def initial_of(cls, meeting: Meeting) -> dict[str, Any]:
        starts, ends = dates.local(meeting.starts_at), dates.local(meeting.ends_at)
        day = (ends if meeting.is_written else starts).date()
        return {
            "day": day, "starts": starts.time(), "ends": ends.time(), "place": meeting.place, "seen": meeting.seen,
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("starts", "ends"):
            if data.get("day") and data.get(name):
                data[f"{name}_at"] = self._moment(name, data["day"], data[name])
        return data

    def _moment(self, name: str, day: date, clock: time) -> datetime | None:
        try:
            return dates.parse_local(day, clock, fold=0)
        except ValueError as error:
            self.add_error(name, str(error))
            return None


class ItemForm(forms.Form):
    """A point of the agenda."""

    title = Text(label="Titel", longest=200, error_messages={"required": "Skriv, hvad punktet handler om."})
    text = Text(
        label="Sagsfremstilling", required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Hvad medlemmerne skal vide.",
    )  # fmt: skip
    proposal = Text(
        label="Indstilling", required=False, widget=forms.Textarea(attrs=AREA),
        help_text="Hvad medlemmerne bliver bedt om at beslutte.",
    )  # fmt: skip
    is_confidential = forms.BooleanField(
        label="Punktet er fortroligt", required=False,
        help_text="Kun medlemmerne og dem, der forbereder mødet, ser det. Alle andre ser hverken titel eller bilag.",
    )  # fmt: skip
    about = forms.ChoiceField(
        label="Hvad handler punktet om?", required=False, error_messages={"invalid_choice": NOT_ON_LIST},
        help_text="Vælger du noget her, kan der besluttes på det, når punktet bliver behandlet.",
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="Slags", required=False, error_messages={"invalid_choice": NOT_ON_LIST},
        help_text="Et af de faste punkter: Dit kommer på dets plads, når der ikke står noget.",
    )  # fmt: skip
    files = FilesField(label="Bilag")  # type: ignore[assignment]
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, about: dict[str, str], kinds: list[ItemKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in [ItemKind.FREE, *kinds]]  # type: ignore[attr-defined]
        if not kinds:
            del self.fields["kind"]
        self.fields["about"].choices = [("", "Ikke noget bestemt i portalen"), *about.items()]  # type: ignore[attr-defined]
        if not about:
            del self.fields["about"]


class BodyForm(forms.Form):
    """How a body meets."""

    quorum = forms.IntegerField(
        label="Mindste antal til stede for at beslutte", required=False, min_value=1, max_value=99,
        help_text="Lad det stå tomt, når det skal være mere end halvdelen af medlemmerne.",
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "Skriv et tal mellem 1 og 99."),
    )  # fmt: skip
    meets_every_months = forms.IntegerField(
        label="Måneder mellem møder", required=False, min_value=1, max_value=12,
        help_text="Er der ikke planlagt et møde så længe frem, bliver det en opgave. Tom: det mødes efter behov.",
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "Skriv et tal mellem 1 og 12."),
    )  # fmt: skip
    standing_items = forms.MultipleChoiceField(
        label="Faste punkter", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(kind.value, kind.label) for kind in ItemKind if kind not in (ItemKind.VERSION, ItemKind.FREE)],
        help_text="De står på hver dagsorden, også når der ikke er noget nyt.",
        error_messages={"invalid_choice": NOT_ON_LIST},
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def initial_of(cls, body: Body) -> dict[str, Any]:
        return {
            "quorum": body.quorum, "meets_every_months": body.meets_every_months,
            "standing_items": body.standing_items, "seen": body.revision,
        }  # fmt: skip


class StepForm(forms.Form):
    """A step that needs no more than a reason."""

    step = forms.CharField(max_length=20)
    note = Text(required=False, longest=500)
    seen = forms.CharField(required=False, max_length=40)


class SheetForm(forms.Form):
    """Who is there: a choice for each seat, and who leads where no role does."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, seats: list[Seat], body: Body, rows: list[Attendance], **kwargs: Any) -> None:
        known = {row.person_id: row for row in rows}
        stand_ins = {row.acts_for_id: row for row in rows if row.acts_for_id}
        kwargs["initial"] = kwargs.get("initial", {}) | {
            f"seat-{seat.person.pk}": _said(seat, known.get(seat.person.pk), stand_ins.get(seat.person.pk))
            for seat in seats
        }
        super().__init__(*args, **kwargs)
        for seat in seats:
            self.fields[f"seat-{seat.person.pk}"] = forms.ChoiceField(
                label=f"{seat.person}{' (formand)' if seat.is_chair else ''}", choices=_choices(seat),
                error_messages={"required": NOT_ON_LIST, "invalid_choice": NOT_ON_LIST},
            )  # fmt: skip
        self.asks_chair = body.body_kind.chair is None
        if self.asks_chair:
            people = {person.pk: person for seat in seats for person in (seat.person, *seat.deputies)}
            self.fields["chairing"] = forms.ChoiceField(
                label="Hvem leder mødet?", choices=[("", "Vælg"), *((str(pk), str(who)) for pk, who in people.items())],
                initial=next((str(row.person_id) for row in rows if row.is_chairing), ""),
                error_messages={"required": "Vælg, hvem der leder mødet.", "invalid_choice": NOT_ON_LIST},
            )  # fmt: skip

    @property
    def sheet(self) -> dict[int, str]:
        names = (name for name in self.cleaned_data if name.startswith("seat-"))
        return {int(name.removeprefix("seat-")): self.cleaned_data[name] for name in names}

    @property
    def chairing(self) -> int | None:
        chosen = self.cleaned_data.get("chairing", "")
        return int(chosen) if chosen else None


def _choices(seat: Seat) -> list[tuple[str, str]]:
    choices: list[tuple[str, str]] = list(Presence.choices)
    choices += [(f"{INSTEAD}{who.pk}", f"Afbud, stedfortræder {who} er her") for who in seat.deputies]
    if seat.is_chair:
        choices += [(f"{BESIDE}{who.pk}", f"Til stede, stedfortræder {who} er med") for who in seat.deputies]
    return choices


def _said(seat: Seat, row: Attendance | None, stand_in: Attendance | None) -> str:
    """What stands written; before the meeting, what is known of who is away."""
    if row is None:
        return f"{INSTEAD}{seat.deputies[0].pk}" if seat.is_away and seat.deputies else (
            Presence.EXCUSED if seat.is_away else Presence.PRESENT
        )  # fmt: skip
    if stand_in is None:
        return row.presence
    return f"{BESIDE if row.presence == Presence.PRESENT else INSTEAD}{stand_in.person_id}"


class WordsForm(forms.Form):
    """The minutes of one point. Those of all points are sent together: each field stands there once for each point."""

    words = Text(label="Referat", required=False, widget=forms.Textarea(attrs={"rows": 5, "form": "referat"}))
    seen = forms.IntegerField(widget=forms.HiddenInput(attrs={"form": "referat"}))


class DecideForm(forms.Form):
    """What was decided of the thing that a point concerns."""

    outcome = forms.ChoiceField(
        label="Hvad blev der besluttet?", widget=forms.RadioSelect,
        error_messages={
            "required": "Vælg, hvad der blev besluttet, eller at der kun er ord.", "invalid_choice": NOT_ON_LIST,
        },
    )  # fmt: skip
    words = Text(
        label="Referat", required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Det bliver i referatet.",
    )  # fmt: skip
    open_words = Text(
        label="Ord, der følger beslutningen", required=False, widget=forms.Textarea(attrs=AREA),
        help_text="De står ved beslutningen med det samme og kan læses af alle, der følger arbejdet. Skal noget "
        "ændres eller sendes tilbage, så skriv hvorfor. Det fortrolige hører til i referatet.",
    )  # fmt: skip
    effective_on = DayField(
        label="Gælder fra", required=False, help_text="Lad det stå tomt, hvis det gælder fra i dag."
    )
    statement = Text(
        label="Hvordan stemmer teksten med informationssikkerhedspolitikken?", required=False,
        widget=forms.Textarea(attrs=AREA),
        help_text="Direktionen må kun fastsætte retningslinjer, der stemmer med politikken.",
    )  # fmt: skip
    files = FilesField(label="Vedhæft til beslutningen")  # type: ignore[assignment]
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, outcomes: list[Outcome], asks: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words_alone = (WORDS_ALONE, "Ingen beslutning, kun ord i referatet")
        self.fields["outcome"].choices = [*((one.value, one.label) for one in outcomes), words_alone]  # type: ignore[attr-defined]
        for name in {"effective_on", "statement", "files"} - asks:
            del self.fields[name]
        if not outcomes:
            del self.fields["outcome"], self.fields["open_words"]

    def clean_outcome(self) -> str:
        """Empty when there are words alone."""
        chosen: str = self.cleaned_data["outcome"]
        return "" if chosen == WORDS_ALONE else chosen


class RecusalForm(forms.Form):
    """Who has a conflict of interest, and why."""

    person = forms.ChoiceField(
        label="Hvem er inhabil?", error_messages={"required": NOT_ON_LIST, "invalid_choice": NOT_ON_LIST}
    )
    reason = Text(
        label="Hvorfor?", longest=500, error_messages={"required": "Skriv, hvad inhabiliteten består i."},
        help_text="Kort. Det står i referatet.",
    )  # fmt: skip

    def __init__(self, *args: Any, people: dict[int, User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "Vælg"), *((str(pk), str(person)) for pk, person in people.items())]  # type: ignore[attr-defined]


class AskForm(PersonForm):
    """What somebody is asked to do: a person, or whoever fills a role."""

    what = Text(
        label="Hvad skal der gøres?", longest=180, error_messages={"required": "Skriv, hvad der skal gøres."},
        help_text="Det bliver til en opgave. Skriv ikke noget, der er fortroligt.",
    )  # fmt: skip
    due_on = DayField(label="Senest", missing="Vælg en dag.")
    role = forms.ChoiceField(
        label="Eller en rolle", required=False, error_messages={"invalid_choice": NOT_ON_LIST},
        choices=[("", "Ingen rolle"), *((one.value, one.label) for one in Role if one not in EMPLOYMENTS)],
    )  # fmt: skip
    person_needed = False

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and bool(data.get("person")) == bool(data.get("role")):
            self.add_error("person_search", "Vælg en person eller en rolle, ikke begge dele.")
        return data


class VoteForm(forms.Form):
    choice = forms.ChoiceField(
        label="Din stemme", choices=Choice.choices, widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Vælg for, imod eller undlad at stemme."),
    )  # fmt: skip
    words = Text(label="Bemærkning", required=False, longest=2000, widget=forms.Textarea(attrs={"rows": 2}))


class RemarkForm(forms.Form):
    text = Text(
        label="Din bemærkning", longest=4000, widget=forms.Textarea(attrs=AREA),
        error_messages={"required": "Skriv din bemærkning."},
    )  # fmt: skip
