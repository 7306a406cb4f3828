"""The bodies that decide: who sits there, when they meet, what they decided."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from glostrup_isms.kit import audit, files
from glostrup_isms.kit.access import find_or_404, require
from glostrup_isms.kit.form_answers import held_against
from glostrup_isms.kit.order import danish
from meetings.actions import Changed, change_body
from meetings.enums import AHEAD, CHAIRS, BodyKind, MeetingState
from meetings.forms import BodyForm
from meetings.models import Body, Decision, Meeting
from meetings.permissions import CHANGE_BODY, VIEW_DECISION, VIEW_MEETING, is_inside, why_not_prepare
from meetings.tables import DecisionTable, MeetingTable
from meetings.views.shared import find_body, form_page
from roles.models import Appointment

ON_ITS_WAY = (*AHEAD, MeetingState.OPEN, MeetingState.MINUTES)
LATELY = 5  # meetings on the body's own page


@require_safe
def body_list(request: HttpRequest) -> HttpResponse:
    """`/moeder/`: the bodies, their chairs, and when those the reader may see meet next."""
    chairs = Appointment.objects.in_force().filter(role__in=CHAIRS.values()).select_related("person")
    names: dict[str, list[str]] = {}
    for place in chairs:
        if str(place.person) not in names.setdefault(place.role, []):
            names[place.role].append(str(place.person))
    following: dict[int, Meeting] = {}
    rows = Meeting.objects.visible_to(request.user).ahead().select_related("body")
    for meeting in rows.filter(is_written=False):
        following.setdefault(meeting.body_id, meeting)
    bodies = list(Body.objects.visible_to(request.user))
    for body in bodies:
        chair = BodyKind(body.kind).chair
        body.chair_name = " og ".join(names.get(chair, [])) if chair else ""  # type: ignore[attr-defined]
        body.following = following.get(body.pk)  # type: ignore[attr-defined]
    return render(request, "meetings/body_list.html", {"bodies": bodies})


@require_http_methods(["GET", "HEAD", "POST"])
def body_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """`/moeder/<body>/`: who sits there, when it meets, and what was decided."""
    body = find_body(request, slug)
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
    meetings = Meeting.objects.visible_to(request.user).filter(body=body).select_related("body")
    context = {
        "body": body, "members": members, "table": table, "sees_decisions": sees_decisions,
        "sees_meetings": sees_meetings(request, body), "can_prepare": why_not_prepare(request.user, body) is None,
        "can_change": request.user.has_perm(CHANGE_BODY), "needed": body.needed(len(members)),
        "to_come": list(meetings.filter(state__in=ON_ITS_WAY).order_by("starts_at", "pk")),
        "held": list(meetings.exclude(state__in=ON_ITS_WAY)[:LATELY]),
    }  # fmt: skip
    return render(request, "meetings/body_detail.html", context)


def sees_meetings(request: HttpRequest, body: Body) -> bool:
    """Whether the body's meetings are anything to the reader."""
    return request.user.has_perm(VIEW_MEETING) or is_inside(request.user, body)


@form_page
def meeting_list(request: HttpRequest, slug: str) -> HttpResponse:
    """`/moeder/<body>/moeder/`: all its meetings."""
    body = find_body(request, slug)
    if not sees_meetings(request, body):
        raise Http404
    table = MeetingTable(request, Meeting.objects.visible_to(request.user).filter(body=body).select_related("body"))
    if answer := table.respond():
        return answer
    return render(request, "meetings/meeting_list.html", {"body": body, "table": table})


@form_page
def body_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """`/moeder/<body>/indstillinger/`: quorum, how often it meets, standing points."""
    body = find_body(request, slug)
    require(request.user, CHANGE_BODY, body, sentence="Kun kommunaldirektøren og sekretariatet ændrer det.")
    if request.method != "POST":
        return _form(request, body, BodyForm(initial=BodyForm.initial_of(body)))
    form = BodyForm(request.POST)
    if not form.is_valid():
        return _form(request, body, form, status=422)
    try:
        change_body(body, **form.cleaned_data, by=request.user)  # type: ignore[arg-type]
    except Changed as error:
        form.add_error(None, str(error))
        held_against(form, seen=error.theirs.revision)
        return _form(request, error.theirs, form, status=409)
    messages.success(request, "Det er gemt. Det gælder fra nu af, også for møder, der er planlagt.")
    return redirect(body)


def _form(request: HttpRequest, body: Body, form: BodyForm, status: int = 200) -> HttpResponse:
    return render(request, "meetings/body_form.html", {"body": body, "form": form}, status=status)


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
