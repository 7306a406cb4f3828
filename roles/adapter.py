"""How allauth behaves here: accounts are made by the organisation, never by signing up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from glostrup_isms.kit import limits


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the sign-in limits count: a forwarding header is believed only from our own proxies."""
        return limits.client_address(request)


def display_name(user: Any) -> str:
    """The name allauth shows."""
    return str(user)
