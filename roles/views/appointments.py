"""Appointing, ending an appointment, deputies, and letting somebody do a part of one's work."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from glostrup_isms.kit import dates
from glostrup_isms.kit.access import find_or_404
from glostrup_isms.kit.form_answers import add_errors
from roles.actions import Changed, appoint, delegate, end_appointment, revoke, set_deputy, stop_appointment
from roles.enums import Role
from roles.forms.organisation import AppointForm, DelegateForm, DeputyForm, EndForm
from roles.models import Appointment, Unit, UnitGrant, User
from roles.permissions import roles_to_fill, why_not_appoint
from roles.rights import Delegable, delegable_by, delegable_named
from roles.views.tree import find_unit

NO_APPOINTING = "Du kan kun udpege i de enheder, du leder. Bed lederen for enheden om det."
NO_DELEGATING = "Du kan kun overlade det, du selv har ansvaret for i din egen enhed."


@require_http_methods(["GET", "HEAD", "POST"])
def unit_appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/enheder/<pk>/udpeg/`: somebody gets a role in the unit."""
    by: Any = request.user
    unit = find_unit(request, pk)
    roles = roles_to_fill(by, unit)
    if not roles:
        raise PermissionDenied(NO_APPOINTING)
    asked = request.GET.get("rolle", "")
    initial = {"role": next((role.value for role in roles if role.slug == asked), "")}
    form = AppointForm(request.POST if request.method == "POST" else None, by=by, roles=roles)
    if initial["role"]:
        form.fields["role"].initial = initial["role"]
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            place = appoint(
                data["person"], Role(data["role"]), unit, by=by, from_on=data["from_on"], to_on=data["to_on"],
                title=data["title"],
            )  # fmt: skip
            messages.success(
                request,
                f"{place.person} er {place.get_role_display().lower()} i {unit} fra {dates.da_date(place.from_on)}. "
                f"{place.person.get_short_name()} har fået besked.",
            )
            return redirect(unit)
        except ValidationError as error:
            add_errors(form, error, {"person": "person_search", "unit": ""})
    context = {"unit": unit, "form": form}
    return render(request, "roles/unit_appoint.html", context, status=422 if form.errors else 200)


def find_place(request: HttpRequest, pk: int) -> Appointment:
    """One that she may see, of a person whom she knows or who is here still."""
    stands = ~Q(to_on__lt=dates.today()) & Q(person__is_active=True)
    known = Q(person__in=User.objects.known_to(request.user))
    places = Appointment.objects.visible_to(request.user).filter(stands | known)
    places = places.select_related("person", "unit", "deputy")
    found: Appointment = find_or_404(places, pk=pk)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def place_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/udpegninger/<pk>/`: the appointment; its deputy and its end."""
    by: Any = request.user
    place = find_place(request, pk)
    why_not_end = why_not_appoint(by, place.person, place.held_role, place.unit)
    can_deputy = why_not_end is None or place.person_id == by.pk
    step = request.POST.get("handling", "") if request.method == "POST" else ""
    if request.method == "POST" and not (can_deputy if step == "stedfortraeder" else why_not_end is None):
        raise PermissionDenied(why_not_end or NO_APPOINTING)
    if request.method == "POST" and step not in (*STEPS, "stop"):
        messages.error(request, "Det trin findes ikke. Prøv igen herfra.")
        return redirect(place)
    if step == "stop":
        return _stop(request, place)
    end_form, deputy_form = _place_forms(place, step, request.POST, by)
    form: Any = deputy_form if step == "stedfortraeder" else end_form
    status = 200
    if step and form.is_valid():
        try:
            return redirect(STEPS[step](request, place, form))
        except Changed as error:  # the appointment as it is now, with what was chosen
            place, status = find_place(request, pk), 409
            end_form, deputy_form = _place_forms(place, step, request.POST.dict() | {"version": place.version}, by)
            form = deputy_form if step == "stedfortraeder" else end_form
            form.add_error(None, error)
        except ValidationError as error:
            add_errors(form, error, {"deputy": "person_search"})
    context = {
        "place": place,
        "why_not_end": why_not_end,
        "is_own": place.person_id == by.pk,
        "can_deputy": can_deputy,
        "end_form": end_form,
        "deputy_form": deputy_form,
        "form": form,
        "is_running": place.to_on is None or place.to_on >= dates.today(),
        "has_begun": place.from_on <= dates.today(),
    }
    status = 422 if form.errors and status == 200 else status
    return render(request, "roles/place_detail.html", context, status=status)


def _place_forms(place: Appointment, step: str, sent: Any, by: User) -> tuple[EndForm, DeputyForm]:
    """The page's two forms, and what was sent in the one that was."""
    initial = {
        "version": place.version,
        "to_on": place.to_on or max(dates.today(), place.from_on),
        "person_search": place.deputy.name if place.deputy else "",
    }
    end_form = EndForm(sent if step == "slut" else None, initial=initial)
    return end_form, DeputyForm(sent if step == "stedfortraeder" else None, by=by, initial=initial)


def _stop(request: HttpRequest, place: Appointment) -> HttpResponse:
    try:
        stop_appointment(place, by=request.user, seen=request.POST.get("version", ""))  # type: ignore[arg-type]
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(place)
    messages.success(request, f"{place.person} er ikke længere {place.get_role_display().lower()} i {place.unit}.")
    return redirect(place.unit)


def _end(request: HttpRequest, place: Appointment, form: Any) -> Unit:
    day = form.cleaned_data["to_on"]
    end_appointment(place, by=request.user, on=day, seen=form.cleaned_data["version"])  # type: ignore[arg-type]
    messages.success(request, f"Udpegningen slutter {dates.da_date(day)}.")
    return place.unit


def _set_deputy(request: HttpRequest, place: Appointment, form: Any) -> Appointment:
    deputy = form.cleaned_data["person"]
    if deputy == place.deputy:
        messages.info(request, f"{deputy} er allerede stedfortræder." if deputy else "Der er ingen fast stedfortræder.")
        return place
    set_deputy(place, deputy, by=request.user, seen=form.cleaned_data["version"])  # type: ignore[arg-type]
    if deputy:
        messages.success(request, f"{deputy} er nu stedfortræder og har fået besked.")
    else:
        messages.success(request, "Der er ingen fast stedfortræder nu.")
    return place


STEPS: dict[str, Callable[[HttpRequest, Appointment, Any], Unit | Appointment]] = {
    "slut": _end,
    "stedfortraeder": _set_deputy,
}


def delegable_here(user: Any, unit: Any) -> list[Delegable]:
    """What the user can let others do in the unit, by the offices she holds herself."""
    found: dict[str, Delegable] = {}
    for office in user.offices:
        if not office.as_deputy and unit.path.startswith(office.unit.path):
            found |= {one.permission: one for one in delegable_by(office.role)}
    return list(found.values())


@require_http_methods(["GET", "HEAD", "POST"])
def unit_delegate(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/enheder/<pk>/overlad/`: the holder lets somebody do a part of her work there until a day."""
    user: Any = request.user
    unit = find_unit(request, pk)
    choices = delegable_here(user, unit)
    if not choices:
        raise PermissionDenied(NO_DELEGATING)
    form = DelegateForm(request.POST if request.method == "POST" else None, by=user, choices=choices)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        what = delegable_named(data["what"])
        assert what is not None
        try:
            grant = delegate(user, to=data["person"], what=what, unit=unit, to_on=data["to_on"])
            messages.success(
                request,
                f"{grant.user} kan nu {what.label[0].lower()}{what.label[1:]} i {unit} til og med "
                f"{dates.da_date(grant.to_on)}. {grant.user.get_short_name()} har fået besked.",
            )
            return redirect(unit)
        except ValidationError as error:
            add_errors(form, error, {"person": "person_search"})
    context = {"unit": unit, "form": form}
    return render(request, "roles/unit_delegate.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def grant_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/overladt/<pk>/stop/`: taken back, or given back. Whoever comes by GET, as after signing in again,
    sees her profile, where they all stand."""
    user: Any = request.user
    if request.method != "POST":
        return redirect("home:profile")
    mine = UnitGrant.objects.filter(appointment__person=user) | UnitGrant.objects.filter(user=user)
    grant = find_or_404(mine.select_related("user", "content_object", "appointment", "permission"), pk=pk)
    revoke(grant, by=user)
    messages.success(request, f"»{grant.label}« er stoppet. Det gælder fra nu.")
    return redirect("home:profile")
