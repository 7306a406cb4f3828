"""The year's fixed duties: the list, one of them, making, changing, stopping; and one's own reminders."""

from datetime import date
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from duties import actions
from duties.actions.templates import NOT_YOURS
from duties.actions.year import live_days
from duties.forms import RemindersForm, StopForm, TemplateForm, of_person
from duties.models import Duty, DutyTemplate
from duties.models.duties import VIEW
from duties.permissions import CHANGE_TEMPLATE
from duties.tables import TemplateTable, occurrences
from duties.views.duties import form_page
from glostrup_isms.kit.access import find_or_404, post_only, require
from glostrup_isms.kit.form_answers import held_against
from glostrup_isms.kit.workflow import StepNotOpen
from roles.models import Unit, User, today

SHOWN_DAYS = 6


@form_page
def template_list(request: HttpRequest) -> HttpResponseBase:
    """`/opgaver/faste/`."""
    table = TemplateTable(request, DutyTemplate.objects.visible_to(request.user).select_related("unit"))
    context = {"table": table, "can_change": request.user.has_perm(CHANGE_TEMPLATE)}
    return table.respond() or render(request, "duties/template_list.html", context)


def _find(request: HttpRequest, pk: int) -> DutyTemplate:
    found: DutyTemplate = find_or_404(DutyTemplate.objects.visible_to(request.user).select_related("unit"), pk=pk)
    return found


@require_safe
def template_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """`/opgaver/faste/<pk>/`: the rule, the days that come, and how the last ones went."""
    return _show(request, _find(request, pk))


def _show(request: HttpRequest, template: DutyTemplate, *, status: int = 200, **extra: Any) -> HttpResponse:
    user: Any = request.user
    duties = Duty.objects.visible_to(user).filter(template=template)
    context = {
        "template": template,
        "coming": [(day, template.due_on(day)) for day in _coming(template)],
        "occurrences": occurrences(duties) if user.has_perm(VIEW) else [],
        "mine": list(Duty.objects.held_by(user).open().filter(template=template)[:5]),
        "has_holders": template.holders().exists(),
        "can_change": user.has_perm(CHANGE_TEMPLATE),
        "stop_form": StopForm(initial={"seen": template.revision}),
    }
    return render(request, "duties/template_detail.html", context | extra, status=status)


def _coming(template: DutyTemplate) -> list[date]:
    """The next days: those that are made and not over, and those to come."""
    if template.is_stopped:
        return []
    ahead = template.days(max(today(), template.counts_from or template.first_on))
    return sorted({*live_days(template), *islice(ahead, SHOWN_DAYS)})[:SHOWN_DAYS]


@form_page
def template_new(request: HttpRequest) -> HttpResponse:
    """`/opgaver/faste/ny/`."""
    require(request.user, CHANGE_TEMPLATE, sentence=NOT_YOURS)
    form = TemplateForm(request.POST if request.method == "POST" else None, units=_units(request))
    if request.method == "POST" and form.is_valid():
        try:
            template = actions.create_template(by=request.user, **form.values)  # type: ignore[arg-type]
            messages.success(request, "Den faste opgave er oprettet. De første opgaver laves inden for ti minutter.")
            return redirect(template)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "duties/template_form.html", {"form": form}, status=422 if form.errors else 200)


@form_page
def template_change(request: HttpRequest, pk: int) -> HttpResponse:
    """`/opgaver/faste/<pk>/ret/`."""
    template = _find(request, pk)
    require(request.user, CHANGE_TEMPLATE, sentence=NOT_YOURS)
    posted = request.POST if request.method == "POST" else None
    units = _units(request, template.unit_id or 0)
    form = TemplateForm(posted, units=units, instance=_find(request, pk), initial={"seen": template.revision})
    status = 200
    if request.method == "POST" and form.is_valid():
        seen, open_too = form.cleaned_data["seen"], form.cleaned_data["open_too"]
        try:
            actions.change_template(template, by=request.user, seen=seen, open_too=open_too, **form.values)  # type: ignore[arg-type]
            messages.success(request, "Den faste opgave er ændret.")
            return redirect(template)
        except ValidationError as error:
            form.add_error(None, error)
        except actions.Changed as error:
            form.add_error(None, str(error))
            held_against(form, seen=_find(request, pk).revision)
            status = 409
    if form.errors and status == 200:
        status = 422
    open_count = Duty.objects.visible_to(request.user).open().filter(template=template).count()
    context = {"form": form, "template": template, "open_count": open_count}
    return render(request, "duties/template_form.html", context, status=status)


@post_only("duties:template")
def template_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """`/opgaver/faste/<pk>/stop/`: stop it, or start it again."""
    template = _find(request, pk)
    require(request.user, CHANGE_TEMPLATE, sentence=NOT_YOURS)
    form = StopForm(request.POST)
    user: User = request.user  # type: ignore[assignment]
    if not form.is_valid():
        return _show(request, template, status=422, stop_form=form)
    try:
        if template.is_stopped:
            actions.start_template(template, by=user, seen=form.cleaned_data["seen"])
            messages.success(request, "Den faste opgave er i brug igen.")
        else:
            actions.stop_template(template, by=user, **form.cleaned_data)
            messages.success(request, "Den faste opgave er stoppet. Den kan startes igen her.")
    except actions.Changed as error:
        form.add_error(None, str(error))
        template = _find(request, pk)
        held_against(form, seen=template.revision)
        return _show(request, template, status=409, stop_form=form)
    return redirect(template)


def _units(request: HttpRequest, chosen: int = 0) -> Any:
    """The upper part of the tree, and the one that stands there, also when it lies deeper or is closed."""
    units = Unit.objects.visible_to(request.user)
    return (units.open().filter(depth__lte=2) | units.filter(pk=chosen)).order_by("path")


@form_page
def reminders(request: HttpRequest) -> HttpResponse:
    """`/opgaver/paamindelser/`: how one wants to be reminded."""
    user: User = request.user  # type: ignore[assignment]
    current = of_person(user)
    posted = request.POST if request.method == "POST" else None
    form = RemindersForm(posted, instance=of_person(user), initial={"seen": current.revision})
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            times = {name: data[name] for name in ("weekly_on", "quiet_from", "quiet_to")}
            actions.change_reminders(user, choices=form.chosen, seen=data["seen"], **times)
            messages.success(request, "Dine påmindelser er ændret. Det gælder også dem, der venter.")
            return redirect("duties:reminders")
        except StepNotOpen as error:
            form.add_error(None, str(error))
            held_against(form, seen=of_person(user).revision)
            status = 409
    if form.errors and status == 200:
        status = 422
    return render(request, "duties/reminders.html", {"form": form}, status=status)
