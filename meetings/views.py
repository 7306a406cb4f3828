"""The bodies that decide: who sits there, what they decided."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from glostrup_isms.kit import audit, files
from glostrup_isms.kit.access import find_or_404, require
from glostrup_isms.kit.order import danish
from meetings.enums import CHAIRS, BodyKind
from meetings.models import Body, Decision
from meetings.permissions import VIEW_DECISION
from meetings.tables import DecisionTable
from roles.models import Appointment


@require_safe
def body_list(request: HttpRequest) -> HttpResponse:
    """`/moeder/`: the bodies and their chairs."""
    chairs = Appointment.objects.in_force().filter(role__in=CHAIRS.values()).select_related("person")
    names: dict[str, list[str]] = {}
    for place in chairs:
        if str(place.person) not in names.setdefault(place.role, []):
            names[place.role].append(str(place.person))
    bodies = list(Body.objects.visible_to(request.user))
    for body in bodies:
        chair = BodyKind(body.kind).chair
        body.chair_name = " og ".join(names.get(chair, [])) if chair else ""  # type: ignore[attr-defined]
    return render(request, "meetings/body_list.html", {"bodies": bodies})


@require_http_methods(["GET", "HEAD", "POST"])
def body_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """`/moeder/<body>/`: who sits there and what was decided."""
    body: Body = find_or_404(Body.objects.visible_to(request.user), slug=slug)
    decisions = Decision.objects.visible_to(request.user).filter(body=body)
    table = DecisionTable(request, decisions.select_related("recorded_by"))
    sees_decisions = request.user.has_perm(VIEW_DECISION)
    if request.method == "POST":
        require(request.user, VIEW_DECISION, sentence="Kun de, der følger arbejdet, gemmer visninger af beslutninger.")
    if sees_decisions and (answer := table.respond()):
        return answer
    chair = BodyKind(body.kind).chair
    seats: dict[int, dict[str, object]] = {}
    for place in body.members.select_related("person"):
        seat = seats.setdefault(place.person_id, {"person": place.person, "since": place.from_on, "is_chair": False})
        seat["is_chair"] = seat["is_chair"] or place.role == chair
    members = sorted(seats.values(), key=lambda seat: (not seat["is_chair"], danish(str(seat["person"]))))
    context = {"body": body, "members": members, "table": table, "sees_decisions": sees_decisions}
    return render(request, "meetings/body_detail.html", context)


@require_safe
def decision_file(request: HttpRequest, pk: int, file_id: UUID) -> HttpResponseBase:
    """The minutes attached to a decision, by the decision's permission."""
    decision: Decision = find_or_404(Decision.objects.visible_to(request.user), pk=pk)
    row = find_or_404(decision.files.select_related("stored"), stored=file_id)
    audit.record("decision.file", by=request.user, obj=decision, file=str(file_id))
    try:
        return files.response(row.stored)
    except files.NotDeliverable as error:
        raise PermissionDenied(str(error)) from error
