"""How allauth behaves here: accounts are made by the organisation, never by signing up."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from glostrup_isms.kit import limits


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up page, and plain words when something is wrong."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "Brugernavnet eller adgangskoden er forkert. Prøv igen.",
        "enter_current_password": "Den nuværende adgangskode er forkert. Prøv igen.",
        "incorrect_password": "Adgangskoden er forkert. Prøv igen.",
        "too_many_login_attempts": "Der er prøvet for mange gange. Vent fem minutter, og prøv igen.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Any, password: str) -> None:
        """Writes the password alone: an account closed in the same moment stays closed."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the sign-in limits count: a forwarding header is believed only from our own proxies."""
        return limits.client_address(request)


def display_name(user: Any) -> str:
    """The name allauth shows."""
    return str(user)
