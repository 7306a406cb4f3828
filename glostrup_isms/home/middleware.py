"""What is answered before or instead of a page: signing in, and methods that a page does not take."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse

from glostrup_isms.home import errors


class SignInMiddleware(LoginRequiredMiddleware):
    """Strangers are sent to sign in; one whose session ended while she wrote in a case gets her words back."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        return errors.sign_in_to_send(request) or super().handle_no_permission(request, view_func)


class MethodMiddleware:
    """A method that a page does not take is answered with a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            errors.method_not_allowed(response)
        return response
