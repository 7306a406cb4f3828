"""allauth's forms, with sentences that say which field is meant."""

from typing import Any

from allauth.account import forms


class NamesItsFields:
    """»Udfyld "Ny adgangskode".« instead of the same words for every empty field."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = f"Udfyld »{field.label}«."


class LoginForm(NamesItsFields, forms.LoginForm):
    """Sign in."""


class ChangePasswordForm(NamesItsFields, forms.ChangePasswordForm):
    """A new password in place of the old one."""


class SetPasswordForm(NamesItsFields, forms.SetPasswordForm):
    """The first password."""


class ReauthenticateForm(NamesItsFields, forms.ReauthenticateForm):
    """The password again before something that matters."""
