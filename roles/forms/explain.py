"""The form of »Hvorfor kan jeg (ikke) se dette?«: who, and what."""

from typing import Any

from django import forms
from django.http import HttpRequest

from glostrup_isms.kit.filters import TextFilter, clean_text
from roles import explain
from roles.explainers import find_person_by_address
from roles.models import User
from roles.search import with_places

BY_NAME = TextFilter("person", "Person", "name", "username")
MOST = 20


class LineField(forms.CharField):
    """One line of plain characters."""

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")


class ExplainForm(forms.Form):
    """What was typed may mean several: `people` and `things` are those it may mean."""

    person = LineField(
        label="Hvem?",
        help_text="Navn eller brugernavn. Også en, hvis konto er lukket.",
        error_messages={"required": "Skriv navnet på den, det handler om."},
    )
    om = LineField(
        label="Hvad?",
        error_messages={"required": "Skriv et sagsnummer, en adresse i portalen eller navnet på en enhed."},
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.people: list[User] = []
        self.things: list[tuple[explain.Explainer, Any]] = []
        labels = explain.listed(one.label for one in explain.explainers())
        self.fields["om"].help_text = f"Skriv {labels}. Eller sæt adressen på siden ind."

    def clean_person(self) -> str:
        text: str = self.cleaned_data["person"]
        asker: Any = self.request.user
        named = BY_NAME.apply(User.objects.visible_to(asker), text, self.request)
        exact = named.filter(username=text)  # a user name means one person, also where it is a part of others
        self.people = find_person_by_address(text, asker) or list(exact) or list(named[: MOST + 1])
        if not self.people:
            raise forms.ValidationError(f"Vi kender ingen, der hedder »{text}«. Prøv med en del af navnet.")
        if len(self.people) > MOST:
            raise forms.ValidationError(f"Der er mange, der passer til »{text}«. Skriv mere af navnet.")
        return text

    def clean_om(self) -> str:
        text: str = self.cleaned_data["om"]
        self.things = explain.find(text, self.request.user)  # type: ignore[arg-type]
        if not self.things:
            raise forms.ValidationError(
                f"Vi kender ikke det, du har skrevet: »{text}«. Se efter, om det er skrevet rigtigt."
            )
        return text

    def is_settled(self) -> bool:
        """Whether one person and one thing are meant."""
        return self.is_valid() and len(self.people) == len(self.things) == 1

    def to_choose(self) -> "ExplainForm":
        """The same form with radio buttons where several are meant. Nobody is picked silently."""
        form = ExplainForm(initial=self.cleaned_data, request=self.request)
        if len(self.people) > 1:
            people = [
                (one.get_absolute_url(), f"{one} ({one.username}), {one.place}")  # type: ignore[attr-defined]
                for one in with_places(self.people)
            ]
            form.fields["person"] = _radio("Hvem mener du?", people)
        if len(self.things) > 1:
            things = [(thing.get_absolute_url(), kind.name(thing)) for kind, thing in self.things]
            form.fields["om"] = _radio("Hvad mener du?", things)
        return form


def _radio(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)
