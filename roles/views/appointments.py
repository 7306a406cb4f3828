"""Appointing, ending an appointment, deputies, and letting somebody do a part of one's work."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from glostrup_isms.kit import dates
from glostrup_isms.kit.access import find_or_404
from roles.actions import appoint, delegate, end_appointment, revoke, set_deputy
from roles.enums import Role
from roles.forms_organisation import AppointForm, DelegateForm, DeputyForm, EndForm
from roles.models import Appointment, UnitGrant
from roles.permissions import roles_to_fill, why_not_appoint
from roles.rights import Delegable, delegable_by, delegable_named
from roles.views.tree import find_unit

NO_APPOINTING = "Du kan kun udpege i de enheder, du leder. Bed lederen for enheden om det."
NO_DELEGATING = "Du kan kun overlade det, du selv har ansvaret for i din egen enhed."


def add_errors(form: Any, error: ValidationError, names: dict[str, str]) -> None:
    """The action's refusal on the form's own fields; `names` maps the action's field to the form's."""
    for field, sentences in (error.message_dict if hasattr(error, "error_dict") else {"": error.messages}).items():
        name = names.get(field, field)
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


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
    form = AppointForm(request.POST if request.method == "POST" else None, roles=roles)
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
    places = Appointment.objects.visible_to(request.user).select_related("person", "unit", "deputy")
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
    end_form = EndForm(request.POST if step == "slut" else None, initial={"to_on": place.to_on or None})
    deputy_form = DeputyForm(
        request.POST if step == "stedfortraeder" else None,
        initial={"person_search": place.deputy.name if place.deputy else ""},
    )
    if step == "slut" and end_form.is_valid() and _end(request, place, end_form):
        return redirect(place.unit)
    if step == "stedfortraeder" and deputy_form.is_valid() and _set_deputy(request, place, deputy_form):
        return redirect(place)
    if request.method == "POST" and step not in ("slut", "stedfortraeder"):
        messages.error(request, "Det trin findes ikke. Prøv igen herfra.")
        return redirect(place)
    form = deputy_form if step == "stedfortraeder" else end_form
    context = {
        "place": place,
        "why_not_end": why_not_end,
        "is_own": place.person_id == by.pk,
        "can_deputy": can_deputy,
        "end_form": end_form,
        "deputy_form": deputy_form,
        "form": form,
        "is_running": place.to_on is None or place.to_on >= dates.today(),
    }
    return render(request, "roles/place_detail.html", context, status=422 if form.errors else 200)


def _end(request: HttpRequest, place: Appointment, form: EndForm) -> bool:
    try:
        end_appointment(place, by=request.user, on=form.cleaned_data["to_on"])  # type: ignore[arg-type]
    except ValidationError as error:
        add_errors(form, error, {})
        return False
    messages.success(request, f"Udpegningen slutter {dates.da_date(form.cleaned_data['to_on'])}.")
    return True


def _set_deputy(request: HttpRequest, place: Appointment, form: DeputyForm) -> bool:
    deputy = form.cleaned_data["person"]
    try:
        set_deputy(place, deputy, by=request.user)  # type: ignore[arg-type]
    except ValidationError as error:
        add_errors(form, error, {"deputy": "person_search"})
        return False
    if deputy:
        messages.success(request, f"{deputy} er nu stedfortræder og har fået besked.")
    else:
        messages.success(request, "Der er ingen fast stedfortræder nu.")
    return True


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
    form = DelegateForm(request.POST if request.method == "POST" else None, choices=choices)
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
