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
from meetings.actions.agenda import is_blank
from meetings.agenda import suggestions
from meetings.enums import Choice, ItemKind, MeetingState, Presence
from meetings.forms import MeetingForm, StepForm, VoteForm
from meetings.models import AgendaItem, Body, Meeting
from meetings.papers import mark_changed
from meetings.permissions import TAKE_PART, is_inside, may_chair, why_not_prepare
from meetings.rules import tally
from meetings.views.bodies import sees_meetings
from meetings.views.shared import find_body, find_meeting, form_page, items_of, require_preparer
from meetings.workflow import MEETING_FLOW, not_recused
from roles.models import User

PLAIN: dict[str, Any] = {
    "call": lambda meeting, by, note, seen: call_meeting(meeting, by=by, seen=seen),
    "close": lambda meeting, by, note, seen: close_meeting(meeting, by=by, seen=seen),
    "close_votes": lambda meeting, by, note, seen: close_votes(meeting, by=by, seen=seen),
    "send_minutes": lambda meeting, by, note, seen: send_minutes(meeting, by=by, seen=seen),
    "approve": lambda meeting, by, note, seen: approve_minutes(meeting, by=by, seen=seen),
    "cancel": lambda meeting, by, note, seen: cancel_meeting(meeting, by=by, note=note, seen=seen),
}
RECUSES = (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.OPEN)
ONLY_HELD, ONLY_WRITTEN = ("open", "close"), ("close_votes",)
DONE = {
    "call": "Medlemmerne har fået besked.", "close": "Mødet er slut. Send nu udkastet til medlemmerne.",
    "close_votes": "Afstemningen er lukket.", "send_minutes": "Medlemmerne har fået udkastet.",
    "approve": "Referatet er godkendt.", "cancel": "Mødet er aflyst.",
}  # fmt: skip
# Where a vote's step is another than a meeting's: its label, and what follows.
OF_A_VOTE = {
    "call": (
        "Send til afstemning",
        "Medlemmerne får en besked med et link og kan stemme, til tiden er gået. Derefter kan punkterne ikke ændres.",
    ),
    "cancel": (
        "Stop behandlingen",
        "Kan medlemmerne allerede stemme, får de besked. Punkterne kommer på det næste møde.",
    ),
}
HINTS = {  # of standing points that no source fills; for who prepares the meeting alone
    ItemKind.RISKS: "Skriv selv, hvilke risici der skal ses på.",
    ItemKind.SUPERVISION: "Skriv selv, hvad tilsyn og kontrol har vist.",
    ItemKind.PROCUREMENT: "Skriv selv, hvilke indkøb der er på vej.",
}
SETTLED = "Det, punktet handler om, venter ikke længere på at blive behandlet. Træk punktet, hvis det ikke skal med."

CLOCKS = {"starts_at": "starts", "ends_at": "ends"}  # what the form calls them


@require_safe
def meeting_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`/moeder/<body>/moede/<pk>/`."""
    return show(request, find_meeting(request, slug, pk))


def show(request: HttpRequest, meeting: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The meeting's page, for whoever may see it; `extra` is what came back."""
    user: User = request.user  # type: ignore[assignment]
    items, body = items_of(request, meeting), meeting.body
    can_prepare, inside = why_not_prepare(user, body) is None, is_inside(user, meeting)
    may_vote = meeting.is_voted_on and user.has_perm(TAKE_PART) and body.has_member(user)
    if meeting.is_written and meeting.is_called:
        _prepare_votes(items, user, may_vote=may_vote, came_back=extra)
    mark_changed(meeting, items)
    if can_prepare and meeting.is_ahead:
        _give_hints(items, meeting)
    context: dict[str, Any] = {
        "meeting": meeting, "body": body, "items": items, "can_prepare": can_prepare, "inside": inside,
        "steps": steps_of(user, meeting), "seen": meeting.seen, "may_vote": may_vote,
        "can_write": inside and meeting.state in (MeetingState.OPEN, MeetingState.MINUTES),
        "can_change_agenda": can_prepare and _takes_points(meeting), "can_move": can_prepare and meeting.is_ahead,
        "attendances": meeting.attendances.all(), "timeline": meeting.events.all(),
        "is_planned": meeting.state == MeetingState.PLANNED,
        "can_settle": can_prepare and meeting.state in (MeetingState.CALLED, MeetingState.OPEN),
        "can_recuse": inside and meeting.state in RECUSES,
        "has_minutes": meeting.state in (MeetingState.MINUTES, MeetingState.CLOSED),
    }  # fmt: skip
    return render(request, "meetings/meeting_detail.html", context | extra, status=status)


def _give_hints(items: list[AgendaItem], meeting: Meeting) -> None:
    """What its preparers should know of a point, and no member reads."""
    written = [item for item in items if item.is_open and item.is_touched and item.content_type_id and item.source_key]
    keys = {one.key for one in suggestions(meeting.body, meeting.held_on)} if written else set()
    for item in items:
        if meeting.state == MeetingState.PLANNED and is_blank(item):
            item.hint = HINTS.get(ItemKind(item.kind), "")  # type: ignore[attr-defined]
        elif item in written and item.source_key not in keys:
            item.hint = SETTLED  # type: ignore[attr-defined]


def _takes_points(meeting: Meeting) -> bool:
    planned = meeting.state == MeetingState.PLANNED
    return planned or (not meeting.is_written and meeting.state in (MeetingState.CALLED, MeetingState.OPEN))


def _prepare_votes(items: list[AgendaItem], user: User, *, may_vote: bool, came_back: dict[str, Any]) -> None:
    """How each vote stands, and the form to vote in."""
    seats = items[0].meeting.seats() if items else []
    for item in items:
        item.tally = tally(item, seats)  # type: ignore[attr-defined]
        item.counts = [(choice.label, item.tally.count(choice)) for choice in Choice]  # type: ignore[attr-defined]
        mine = next((vote for vote in item.votes.all() if vote.person_id == user.pk), None)
        item.mine = mine  # type: ignore[attr-defined]
        if may_vote and item.is_open and not not_recused(user, item):
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
        label, sentence = OF_A_VOTE.get(step.key, ("", "")) if meeting.is_written else ("", "")
        steps.append({
            "key": step.key, "label": "Send udkastet igen" if again else label or step.label,
            "sentence": sentence or step.sentence,
            "yes": f"Ja, {(label or step.label).lower()}{'' if meeting.is_written else ' mødet'}",
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
    is_stopped = key == "cancel" and meeting.is_written
    messages.success(request, "Den skriftlige behandling er stoppet." if is_stopped else DONE[key])
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
    what, when = ("Fristen", "den nye frist") if meeting.is_written else ("Mødet", "den nye tid")
    told = f" Medlemmerne har fået {when}." if meeting.is_called else ""
    messages.success(request, f"{what} er flyttet.{told}")
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
