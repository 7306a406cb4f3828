"""Handing over what somebody answers for: choose, see what will happen, confirm."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods

from glostrup_isms.kit import dates
from glostrup_isms.kit.form_answers import add_errors
from roles.actions.handover import hand_over, may_hand_over, say_leaving, things_of
from roles.forms.organisation import HandOverForm, LeavingForm
from roles.models import User
from roles.views.people import find_person

NO_HANDING = "Du kan kun give dine egne opgaver videre, eller dem fra de enheder, du leder."


@require_http_methods(["GET", "HEAD", "POST"])
def person_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/personer/<pk>/overdrag/`: everything the person answers for, and who takes it over."""
    by: Any = request.user
    person = find_person(request, pk)
    if not may_hand_over(by, person):
        raise PermissionDenied(NO_HANDING)
    groups = things_of(person, by)
    offered = {thing.key: thing for _, _, things in groups for thing in things if not thing.why_not}
    is_leaving = request.method == "POST" and request.POST.get("handling") == "stopper" and by.pk == person.pk
    leaving_form = LeavingForm(request.POST if is_leaving else None)
    if is_leaving and leaving_form.is_valid():
        return _leave(request, person, leaving_form.cleaned_data["stops_on"])
    sent = request.POST if request.method == "POST" and not is_leaving else None
    form = HandOverForm(sent, by=by, offered=offered, initial={"last_day": _day_asked(request)})
    confirming = False
    if form.is_valid():
        chosen = [offered[key] for key in form.ticked]
        to, last_day = form.cleaned_data["person"], form.cleaned_data["last_day"]
        if request.POST.get("handling") != "giv":
            confirming = True
        else:
            try:
                lines = hand_over(person, to, chosen, by=by, last_day=last_day)
                said = (
                    f"Givet videre til {to}: {'; '.join(lines)}. {to.get_short_name()} har fået besked."
                    if lines
                    else "Andre har taget det imens. Intet er flyttet."
                )
                messages.success(request, said)
                return redirect(person)
            except ValidationError as error:
                add_errors(form, error, {"person": "person_search", "role": "", "unit": ""})
    context = {
        "person": person,
        "is_self": by.pk == person.pk,
        "groups": groups,
        "offered": offered,
        "form": leaving_form if is_leaving else form,
        "hand_over_form": form,
        "leaving_form": leaving_form,
        "has_roles": any(thing.holding is None for _, _, things in groups for thing in things),
        "ticked": set(form.ticked),
        "confirming": confirming,
        "to": form.cleaned_data.get("person") if confirming else None,
        "last_day": form.cleaned_data.get("last_day") if confirming else None,
        "chosen": [offered[key] for key in form.ticked] if confirming else [],
    }
    return render(
        request, "roles/person_hand_over.html", context, status=422 if form.errors or leaving_form.errors else 200
    )


def _day_asked(request: HttpRequest) -> date:
    """The last day that the address names, else today."""
    try:
        return parse_date(request.GET.get("dag", "")[:10]) or dates.today()
    except ValueError:
        return dates.today()


def _leave(request: HttpRequest, person: User, last_day: date) -> HttpResponse:
    if places := say_leaving(person, last_day=last_day):
        roles = "Din rolle er" if len(places) == 1 else f"Dine {len(places)} roller er"
        messages.success(request, f"{roles} nu en opgave for den, der udpeger: Find en efterfølger.")
    else:
        messages.info(request, "Ingen af dine roller løber længere end til den dag, så der er ikke nogen at finde.")
    return redirect("roles:person_hand_over", person.pk)
