"""The groups of the identity provider, and what each of them gives here."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from glostrup_isms.kit.access import find_or_404
from roles.enums import Role
from roles.models import ScimGroup, User
from roles.permissions import APPOINT
from roles.scim.forms import MappingForm
from roles.scim.places import Changed, map_group, unmap_group
from roles.scim.tables import GroupTable

MEMBERS_SHOWN = 200
form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def scim_groups(request: HttpRequest) -> HttpResponse:
    """`/organisation/grupper/`: all groups, to those who may appoint anybody anywhere."""
    by: Any = request.user
    if not any(scope.path is None for scope in by.scopes_for(APPOINT)):
        raise Http404
    rows = ScimGroup.objects.visible_to(by).select_related("unit").annotate(size=Count("members"))
    table = GroupTable(request, rows)
    return table.respond() or render(request, "roles/scim_groups.html", {"table": table})


@form_page
def scim_group(request: HttpRequest, pk: str) -> HttpResponse:
    """`/organisation/grupper/<uuid>/`: the members, and which role in which unit they get of it."""
    by: Any = request.user
    group: ScimGroup = find_or_404(ScimGroup.objects.visible_to(by).select_related("unit", "mapped_by"), pk=pk)
    if request.method != "POST":
        return _show(request, group, MappingForm(group))
    if request.POST.get("handling") == "stop":
        settled = unmap_group(group, by=by)
        messages.success(request, f"Gruppen giver ingenting nu. {_count(len(settled.ended))} har mistet rollen.")
        return redirect(group)
    form = MappingForm(group, request.POST)
    if not form.is_valid():
        return _show(request, group, form, status=422)
    data = form.cleaned_data
    try:
        settled = map_group(group, Role(data["role"]), data["unit"], by=by, seen=data["version"])
    except Changed as error:  # the group as it is now, with what was chosen
        group.refresh_from_db()
        sent: Any = request.POST.copy()
        sent["version"] = group.version
        form = MappingForm(group, sent)
        form.add_error(None, error)
        return _show(request, group, form, status=409)
    except ValidationError as error:
        form.add_error(None, error)
        return _show(request, group, form, status=422)
    role = Role(data["role"]).label
    messages.success(request, f"Gruppens medlemmer har nu rollen »{role}« i {data['unit']}. {_news(settled)}")
    return redirect(group)


def _show(request: HttpRequest, group: ScimGroup, form: MappingForm, status: int = 200) -> HttpResponse:
    members: list[User] = list(group.members.order_by("name", "pk")[: MEMBERS_SHOWN + 1])
    context = {
        "group": group,
        "form": form,
        "members": members[:MEMBERS_SHOWN],
        "is_cut": len(members) > MEMBERS_SHOWN,
        "count": group.members.count(),
        "is_member": group.members.filter(pk=request.user.pk).exists(),
    }
    return render(request, "roles/scim_group.html", context, status=status)


def _news(settled: Any) -> str:
    return f"{_count(len(settled.began))} har fået den, og {_count(len(settled.ended)).lower()} har mistet en rolle."


def _count(number: int) -> str:
    return "Ingen" if not number else "Én person" if number == 1 else f"{number} personer"
