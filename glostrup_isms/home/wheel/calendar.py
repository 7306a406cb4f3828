"""`/aarshjul/kalender/`: a person's own calendar address, and what a calendar program reads there."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_safe

from duties.actions.calendars import close_address, make_address
from duties.models import CalendarFeed
from glostrup_isms.home.wheel.ics import fingerprint, lines_of, write
from glostrup_isms.kit import limits
from roles.models import User

READS = (120, timedelta(hours=1))  # of one address: a few devices that look every few minutes
WRONG = (60, timedelta(hours=1))  # addresses that are nobody's, asked for from one place
READ_AT_EVERY = timedelta(hours=1)


class AddressForm(forms.Form):
    """Make an address, or another one in place of it, or close it."""

    step = forms.ChoiceField(choices=[("lav", "Lav"), ("luk", "Luk")], widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The address is shown in the answer that makes it, and never again."""
    user: User = request.user  # type: ignore[assignment]
    form = AddressForm(request.POST if request.method == "POST" else None)
    address = ""
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            if form.cleaned_data["step"] == "luk":
                close_address(by=user, seen=seen)
                messages.success(request, "Adressen er lukket. Kalendere, der har den, får ikke mere at vide.")
                return redirect("home:calendar")
            _, token = make_address(by=user, seen=seen)
            address = f"{settings.BASE_URL}{reverse('home:calendar_feed', args=[token])}"
        except ValidationError as error:
            form.add_error(None, error)
    context = {
        "form": form,
        "address": address,
        "subscribe": f"webcals://{address.partition('://')[2]}" if address else "",  # never in the clear
        "standing": CalendarFeed.objects.visible_to(user).standing().first(),
    }
    return render(request, "home/calendar.html", context, status=422 if form.errors else 200)


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """`…/<token>.ics`: open to whoever has the address. A wrong one, a closed one and one of somebody who has left are
    answered alike. The person's rights are asked at each reading."""
    found = CalendarFeed.objects.of_token(token).select_related("person").first()
    if found is None:
        if wait := limits.hit("calendar-wrong", limits.client_address(request), WRONG):
            return _later(wait)
        raise Http404
    if wait := limits.hit("calendar", str(found.pk), READS):
        return _later(wait)
    lines = lines_of(found.person)
    _note_reading(found)
    etag = fingerprint(lines)
    answer = get_conditional_response(request, etag=etag)
    if answer is None:
        answer = HttpResponse(write(lines), content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = 'inline; filename="informationssikkerhed.ics"'
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"  # kept by the one who asks, and asked for each time
    answer.is_for_everybody = True  # type: ignore[attr-defined]  # by its address alone: no cookie, read or set
    return answer


def _note_reading(found: CalendarFeed) -> None:
    """When it was read last, to the hour: enough to see whether it is in use."""
    now = timezone.now()
    stale = Q(read_at=None) | Q(read_at__lt=now - READ_AT_EVERY)
    CalendarFeed.objects.filter(stale, pk=found.pk).update(read_at=now)


def _later(seconds: int) -> HttpResponse:
    text = "Kalenderen er hentet for mange gange. Prøv igen senere.\n"
    answer = HttpResponse(text, status=429, content_type="text/plain; charset=utf-8")
    answer["Retry-After"] = str(seconds)
    answer.is_for_everybody = True  # type: ignore[attr-defined]
    return answer
