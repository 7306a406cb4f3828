"""The portal's addresses and a bare Django page: the portal's middleware, one line of text, nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from glostrup_isms.urls import handler400, handler403, handler404, handler500
from glostrup_isms.urls import urlpatterns as portal

__all__ = ["handler400", "handler403", "handler404", "handler500"]


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>Bare</title><p>Hello.")


urlpatterns = [path("bench/bare/", bare), *portal]
