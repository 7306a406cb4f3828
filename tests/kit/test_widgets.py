"""Inputs drawn in Python: the right classes, everything escaped, the same facts as Django's own templates give."""

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.forms.renderers import DjangoTemplates

from glostrup_isms.kit.widgets import Renderer

NASTY = "\"><script>alert(1)</script>&'"


class Everything(forms.Form):
    text = forms.CharField(help_text="Hjælp")
    long = forms.CharField(widget=forms.Textarea(attrs={"rows": 3, "class": "own"}))
    day = forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    clock = forms.TimeField(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    number = forms.IntegerField(min_value=1, max_value=9)
    secret = forms.CharField(widget=forms.PasswordInput)
    hidden = forms.CharField(widget=forms.HiddenInput)
    tick = forms.BooleanField(required=False)
    radio = forms.ChoiceField(choices=[("a", "A"), ("b", NASTY)], widget=forms.RadioSelect)
    many = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple)
    one = forms.ChoiceField(choices=[("", "Vælg"), ("Gruppe", [("x", "X"), (NASTY, NASTY)])])
    file = forms.FileField(required=False)


DATA = {
    "text": NASTY, "long": f"\n{NASTY}\n", "day": "2026-11-24", "clock": "14:30", "number": "4", "secret": "x",
    "hidden": NASTY, "tick": "on", "radio": "b", "many": ["a"], "one": NASTY,
}  # fmt: skip


def facts(html: str) -> list[tuple[object, ...]]:
    """What a browser makes of it, less classes and placeholders."""
    found = []
    for tag in BeautifulSoup(html, "html.parser").find_all(["input", "textarea", "select", "option", "optgroup"]):
        attributes = {name: value for name, value in tag.attrs.items() if name not in ("class", "placeholder")}
        text = tag.get_text() if tag.name in ("textarea", "option") else ""
        found.append((tag.name, sorted(attributes.items()), text.strip("\n ")))
    return found


@pytest.mark.parametrize("name", list(Everything.base_fields))
@pytest.mark.parametrize("data", [None, DATA, {}])
def test_input_says_the_same_as_djangos_template(name: str, data: dict[str, object] | None) -> None:
    ours = str(Everything(data, renderer=Renderer())[name])
    theirs = str(Everything(data, renderer=DjangoTemplates())[name])
    assert facts(ours) == facts(theirs)
    assert "<script" not in ours


def test_classes_of_the_design_system() -> None:
    form = Everything(DATA, renderer=Renderer())
    assert 'class="form-input"' in str(form["text"])
    assert 'class="form-input own"' in str(form["long"])
    assert 'class="form-radio"' in str(form["radio"])
    assert 'class="form-checkbox"' in str(form["tick"])
    assert 'class="form-select"' in str(form["one"])
    assert "class" not in str(form["hidden"])


def test_password_is_never_written_back() -> None:
    assert "value" not in str(Everything(DATA, renderer=Renderer())["secret"])
