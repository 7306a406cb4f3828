"""What a group gives."""

from typing import Any

from django import forms

from roles.enums import LEADING_ROLES, Role
from roles.models import ScimGroup, Unit

MAPPABLE = [role for role in Role if role not in LEADING_ROLES]


class MappingForm(forms.Form):
    """The role and the unit that the members of a group hold."""

    role = forms.ChoiceField(
        label="Rolle",
        choices=[("", "Vælg"), *((role.value, role.label) for role in MAPPABLE)],
        help_text="En leder udpeges på enhedens side og ikke af en gruppe.",
        error_messages={"required": "Vælg en rolle.", "invalid_choice": "Vælg en rolle på listen."},
    )
    unit = forms.ModelChoiceField(
        label="Enhed",
        queryset=Unit.objects.none(),
        empty_label="Vælg",
        help_text="Rollen gælder også i enhederne under den. Vælg kommunen selv, hvis den gælder overalt.",
        error_messages={"required": "Vælg en enhed.", "invalid_choice": "Vælg en enhed på listen."},
    )
    version = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, group: ScimGroup, data: Any = None) -> None:
        super().__init__(data, initial={"role": group.role, "unit": group.unit_id, "version": group.version})
        units: Any = self.fields["unit"]
        units.queryset = Unit.objects.open()
