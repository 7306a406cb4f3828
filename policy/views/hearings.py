"""Sending a text in hearing, and answering."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from glostrup_isms.kit import cpr
from glostrup_isms.kit.access import find_or_404, post_only, require
from glostrup_isms.kit.workflow import StepNotOpen
from policy.actions import Changed, answer_hearing, open_hearing
from policy.forms import HearingAnswerForm, HearingForm
from policy.models import HearingPart, Version
from policy.permissions import CHANGE
from policy.views.shared import NOT_YOURS, add_errors, find_version, form_page, held_against
from policy.views.versions import show
from roles.enums import Role
from roles.models import today

HEARING = timedelta(days=21)  # to answer in, unless another day is chosen


@form_page
def hearing_open(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/hoering/`: whom to ask, and by when."""
    found = find_version(request, number, version)
    require(request.user, CHANGE, found, sentence=NOT_YOURS)
    if request.method != "POST":
        return _form(request, found, HearingForm(initial={"due_on": today() + HEARING, "seen": found.seen}))
    form = HearingForm(request.POST)
    if not form.is_valid():
        return _form(request, found, form, status=422)
    data = form.cleaned_data
    try:
        open_hearing(
            found, [Role(role) for role in data["roles"]], data["due_on"], by=request.user, seen=data["seen"],  # type: ignore[arg-type]
            message=cpr.mask(data["message"]), left_out_why=cpr.mask(data["left_out_why"]),
        )  # fmt: skip
    except ValidationError as error:
        add_errors(form, error)
        return _form(request, found, form, status=422)
    except (Changed, StepNotOpen) as error:
        form.add_error(None, str(error))
        fresh = find_version(request, number, version)
        held_against(form, seen=fresh.seen)
        return _form(request, fresh, form, status=409)
    messages.success(request, "Teksten er sendt i høring. De, der er spurgt, har fået besked.")
    return redirect(found)


def _form(request: HttpRequest, version: Version, form: HearingForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "version": version, "document": version.document}
    return render(request, "policy/hearing_form.html", context, status=status)


@post_only("policy:version")
def hearing_answer(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """What a role says of the text."""
    found = find_version(request, number, version)
    mine = HearingPart.objects.of_roles(request.user).filter(hearing__version=found)  # also of one that is over
    part: HearingPart = find_or_404(mine, pk=request.POST.get("part", ""))
    form = HearingAnswerForm(request.POST, auto_id=f"id_answer_{part.pk}_%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            answer_hearing(part, cpr.mask(data["text"]), has_remarks=data["has_remarks"] == "ja", by=request.user)  # type: ignore[arg-type]
            messages.success(request, "Tak for svaret.")
            return redirect(f"{found.get_absolute_url()}#hoering")
        except ValidationError as error:
            add_errors(form, error)
    return show(request, found, status=422, answer_form=form, answered=part)
