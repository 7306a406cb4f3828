"""A meeting: planned, filled, called, moved, cancelled, and what can be done with it now."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from glostrup_isms.kit import cpr
from glostrup_isms.kit.access import post_only
from glostrup_isms.kit.form_answers import add_errors, held_against
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import (
    Changed,
    approve_minutes,
    call_meeting,
    cancel_meeting,
    close_meeting,
    close_votes,
    fill_agenda,
    move_meeting,
    plan_meeting,
    send_minutes,
)
from meetings.enums import Choice, MeetingState, Presence
from meetings.forms import MeetingForm, StepForm, VoteForm
from meetings.models import AgendaItem, Body, Meeting
from meetings.permissions import TAKE_PART, is_inside, may_chair, why_not_prepare
from meetings.rules import tally
from meetings.views.bodies import sees_meetings
from meetings.views.shared import find_body, find_meeting, form_page, items_of, require_preparer
from meetings.workflow import MEETING_FLOW
from roles.models import User

PLAIN: dict[str, Any] = {
    "call": lambda meeting, by, note, seen: call_meeting(meeting, by=by, seen=seen),
    "close": lambda meeting, by, note, seen: close_meeting(meeting, by=by, seen=seen),
    "close_votes": lambda meeting, by, note, seen: close_votes(meeting, by=by, seen=seen),
    "send_minutes": lambda meeting, by, note, seen: send_minutes(meeting, by=by, seen=seen),
    "approve": lambda meeting, by, note, seen: approve_minutes(meeting, by=by, seen=seen),
    "cancel": lambda meeting, by, note, seen: cancel_meeting(meeting, by=by, note=note, seen=seen),
}
ONLY_HELD, ONLY_WRITTEN = ("open", "close"), ("close_votes",)
DONE = {
    "call": "Medlemmerne har fået besked.", "close": "Mødet er slut. Send nu udkastet til medlemmerne.",
    "close_votes": "Afstemningen er lukket.", "send_minutes": "Medlemmerne har fået udkastet.",
    "approve": "Referatet er godkendt.", "cancel": "Mødet er aflyst.",
}  # fmt: skip

CLOCKS = {"starts_at": "starts", "ends_at": "ends"}  # what the form calls them


@require_safe
def meeting_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`/moeder/<body>/moede/<pk>/`."""
    return show(request, find_meeting(request, slug, pk))


def show(request: HttpRequest, meeting: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The meeting's page, for whoever may see it; `extra` is what came back."""
    user: User = request.user  # type: ignore[assignment]
    items, body = items_of(request, meeting), meeting.body
    can_prepare = why_not_prepare(user, body) is None
    may_vote = meeting.is_voted_on and user.has_perm(TAKE_PART) and body.has_member(user)
    if meeting.is_written and meeting.is_called:
        _prepare_votes(items, user, may_vote=may_vote, came_back=extra)
    context: dict[str, Any] = {
        "meeting": meeting, "body": body, "items": items, "can_prepare": can_prepare, "inside": is_inside(user, body),
        "steps": steps_of(user, meeting), "seen": meeting.seen, "may_vote": may_vote,
        "can_write": is_inside(user, body) and meeting.state in (MeetingState.OPEN, MeetingState.MINUTES),
        "can_change_agenda": can_prepare and _takes_points(meeting), "can_move": can_prepare and meeting.is_ahead,
        "attendances": meeting.attendances.all(), "timeline": meeting.events.all(),
        "is_planned": meeting.state == MeetingState.PLANNED,
        "can_settle": can_prepare and meeting.state in (MeetingState.CALLED, MeetingState.OPEN),
        "has_minutes": meeting.state in (MeetingState.MINUTES, MeetingState.CLOSED),
    }  # fmt: skip
    return render(request, "meetings/meeting_detail.html", context | extra, status=status)


def _takes_points(meeting: Meeting) -> bool:
    planned = meeting.state == MeetingState.PLANNED
    return planned or (not meeting.is_written and meeting.state in (MeetingState.CALLED, MeetingState.OPEN))


def _prepare_votes(items: list[AgendaItem], user: User, *, may_vote: bool, came_back: dict[str, Any]) -> None:
    """How each vote stands, and the form to vote in."""
    seats = len(items[0].meeting.body.seats()) if items else 0
    for item in items:
        item.tally = tally(item, seats)  # type: ignore[attr-defined]
        item.counts = [(choice.label, item.tally.count(choice)) for choice in Choice]  # type: ignore[attr-defined]
        mine = next((vote for vote in item.votes.all() if vote.person_id == user.pk), None)
        item.mine = mine  # type: ignore[attr-defined]
        is_recused = any(row.person_id == user.pk for row in item.recusals.all())
        if may_vote and item.is_open and not is_recused:
            initial = {"choice": mine.choice, "words": mine.words} if mine else {}
            form = came_back.get("vote_form") if came_back.get("voted_on") == item.pk else None
            item.form = form or VoteForm(initial=initial, auto_id=f"id_{item.pk}_%s")  # type: ignore[attr-defined]


def steps_of(user: User, meeting: Meeting) -> list[dict[str, Any]]:
    """The steps that are this reader's, with why one is not open."""
    if why_not_prepare(user, meeting.body) and not may_chair(user, meeting):
        return []
    hidden = ONLY_HELD if meeting.is_written else ONLY_WRITTEN
    steps = []
    for step, why_not in MEETING_FLOW.open_to(user, meeting):
        is_chairs = step.key == "approve"
        if step.key in hidden or (is_chairs and not may_chair(user, meeting)):
            continue
        if not is_chairs and why_not_prepare(user, meeting.body):
            continue
        again = step.key == "send_minutes" and meeting.minutes_sent_at
        steps.append({
            "key": step.key, "label": "Send udkastet igen" if again else step.label, "sentence": step.sentence,
            "open": why_not is None, "why_not": why_not, "needs_note": step.needs_note,
            "url": f"{meeting.get_absolute_url()}fremmoede/" if step.key == "open" else "", "is_quiet": bool(again),
        })  # fmt: skip
    return steps


@post_only("meetings:meeting")
def meeting_step(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A step that needs no more than a reason."""
    meeting = find_meeting(request, slug, pk)
    form = StepForm(request.POST)
    form.is_valid()
    key = form.cleaned_data.get("step", "")
    if key not in PLAIN:
        form.add_error(None, "Vælg et af trinene på siden.")
    kept = {"step_form": form, "step_key": key, "kept_note": request.POST.get("note", "")}
    if form.errors:
        return show(request, meeting, status=422, **kept)
    data = form.cleaned_data
    try:
        PLAIN[key](meeting, request.user, cpr.mask(data["note"]), data["seen"])
    except (Changed, StepNotOpen) as error:
        form.add_error("note", str(error))
        return show(request, find_meeting(request, slug, pk), status=409, **kept)
    messages.success(request, DONE[key])
    return redirect(meeting)


# ── Planning and moving ──────────────────────────────────────────────────────────────────────────
@form_page
def meeting_new(request: HttpRequest, slug: str) -> HttpResponse:
    """`/moeder/<body>/nyt/`, `?skriftlig=1`: a meeting, or a written procedure."""
    body = find_body(request, slug)
    if not sees_meetings(request, body):
        raise Http404
    require_preparer(request, body)
    is_written = "skriftlig" in request.GET
    if request.method != "POST":
        return _plan_page(request, body, MeetingForm(is_written=is_written), is_written)
    form = MeetingForm(request.POST, is_written=is_written)
    if form.is_valid():
        data = form.cleaned_data
        try:
            meeting = plan_meeting(
                body, starts_at=data.get("starts_at") or timezone.now(), ends_at=data["ends_at"],
                place=cpr.mask(data.get("place", "")), is_written=is_written, by=request.user,  # type: ignore[arg-type]
            )  # fmt: skip
        except ValidationError as error:
            add_errors(form, error, CLOCKS)
        else:
            said = "Sæt nu punkterne på." if is_written else "Mødet er planlagt, og dagsordenen er fyldt."
            messages.success(request, said)
            return redirect(meeting)
    return _plan_page(request, body, form, is_written, status=422)


def _plan_page(
    request: HttpRequest, body: Body, form: MeetingForm, is_written: bool, status: int = 200
) -> HttpResponse:
    context = {"body": body, "form": form, "is_written": is_written}
    return render(request, "meetings/meeting_form.html", context, status=status)


@form_page
def meeting_move(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`…/flyt/`: another time or place."""
    meeting = find_meeting(request, slug, pk)
    require_preparer(request, meeting.body)
    if request.method != "POST":
        form = MeetingForm(initial=MeetingForm.initial_of(meeting), is_written=meeting.is_written)
        return _move_page(request, meeting, form)
    form = MeetingForm(request.POST, is_written=meeting.is_written)
    if not form.is_valid():
        return _move_page(request, meeting, form, status=422)
    data = form.cleaned_data
    try:
        move_meeting(
            meeting, starts_at=data.get("starts_at") or meeting.starts_at, ends_at=data["ends_at"],
            place=cpr.mask(data.get("place", "")), by=request.user, seen=data["seen"],  # type: ignore[arg-type]
        )  # fmt: skip
    except ValidationError as error:
        add_errors(form, error, CLOCKS)
        return _move_page(request, meeting, form, status=422)
    except (Changed, StepNotOpen) as error:
        form.add_error(None, str(error))
        fresh = find_meeting(request, slug, pk)
        held_against(form, seen=fresh.seen)
        return _move_page(request, fresh, form, status=409)
    told = " Medlemmerne har fået den nye tid." if meeting.is_called else ""
    messages.success(request, f"Mødet er flyttet.{told}")
    return redirect(meeting)


def _move_page(request: HttpRequest, meeting: Meeting, form: MeetingForm, status: int = 200) -> HttpResponse:
    context = {"meeting": meeting, "body": meeting.body, "form": form, "is_written": meeting.is_written}
    return render(request, "meetings/meeting_form.html", context, status=status)


@post_only("meetings:meeting")
def meeting_fill(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The agenda asks its sources now rather than at the next sweep."""
    meeting = find_meeting(request, slug, pk)
    require_preparer(request, meeting.body)
    added = fill_agenda(meeting, by=request.user)
    said = {0: "Der er ikke noget nyt at sætte på.", 1: "Ét punkt er sat på."}.get(added, f"{added} punkter er sat på.")
    messages.success(request, said)
    return redirect(meeting)


def present(meeting: Meeting) -> list[Any]:
    """Who was there, for the pages and the PDF."""
    return [row for row in meeting.attendances.all() if row.presence == Presence.PRESENT]
