"""The meeting while it is held: who is there, the minutes point by point, decisions, conflicts of interest, duties."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from glostrup_isms.kit import cpr
from glostrup_isms.kit.access import find_or_404
from glostrup_isms.kit.form_answers import add_errors, held_against
from glostrup_isms.kit.form_files import Uploads
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import (
    Changed,
    WrongDecision,
    ask,
    conclude,
    open_meeting,
    recuse,
    set_attendance,
    take_back_recusal,
    write_words,
)
from meetings.actions.holding import outcomes_of
from meetings.effects import effect_on, text_is_changed
from meetings.enums import MeetingState
from meetings.forms import AskForm, DecideForm, RecusalForm, SheetForm, WordsForm
from meetings.models import AgendaItem, Meeting
from meetings.permissions import is_inside, may_chair, why_not_prepare, why_not_record
from meetings.rules import people_at, quorum
from meetings.views.meetings import present, steps_of
from meetings.views.shared import (
    find_item,
    find_meeting,
    form_page,
    items_of,
    post_on_item,
    require_preparer,
    require_writer,
)
from meetings.workflow import ITEM_FLOW, not_recused
from roles.enums import Role
from roles.models import User

NOT_A_WRITER = "Referatet skrives af medlemmerne og af dem, der forbereder mødet."


# ── Who is there ─────────────────────────────────────────────────────────────────────────────────
@form_page
def attendance(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`…/fremmoede/`: opens the meeting; while it is on, puts right who is there."""
    meeting = find_meeting(request, slug, pk)
    require_preparer(request, meeting.body)
    form = _sheet(meeting, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _sheet_page(request, meeting, form)
    if not form.is_valid():
        return _sheet_page(request, meeting, form, status=422)
    write = open_meeting if meeting.state != MeetingState.OPEN else set_attendance
    try:
        write(meeting, form.sheet, by=request.user, chairing=form.chairing, seen=form.cleaned_data["seen"])  # type: ignore[arg-type]
    except ValidationError as error:
        add_errors(form, error)
        return _sheet_page(request, meeting, form, status=422)
    except (Changed, StepNotOpen) as error:
        form.add_error(None, str(error))
        fresh = find_meeting(request, slug, pk)
        held_against(form, seen=fresh.seen)
        return _sheet_page(request, fresh, form, status=409)
    messages.success(request, "Mødet er i gang." if write is open_meeting else "Fremmødet er gemt.")
    return redirect("meetings:hold", slug, pk)


def _sheet(meeting: Meeting, data: Any) -> SheetForm:
    rows = list(meeting.attendances.all())
    seats = meeting.seats()
    return SheetForm(data, seats=seats, body=meeting.body, rows=rows, initial={"seen": meeting.seen})


def _sheet_page(request: HttpRequest, meeting: Meeting, form: SheetForm, status: int = 200) -> HttpResponse:
    step = None
    if meeting.state != MeetingState.OPEN:
        step = next((one for one in steps_of(request.user, meeting) if one["key"] == "open"), None)  # type: ignore[arg-type]
    context = {
        "meeting": meeting, "form": form, "is_open": meeting.state == MeetingState.OPEN,
        "refused": step["why_not"] if step else "",
    }  # fmt: skip
    return render(request, "meetings/attendance_form.html", context, status=status)


# ── The minutes, point by point ──────────────────────────────────────────────────────────────────
@require_safe
def hold(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`…/hold/`: to write minutes while the meeting is on, and to put them right until they are approved."""
    meeting = find_meeting(request, slug, pk)
    if not is_inside(request.user, meeting):
        raise PermissionDenied(NOT_A_WRITER)
    return show(request, meeting)


def show(request: HttpRequest, meeting: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    items = items_of(request, meeting)
    seats = meeting.seats()
    is_on = meeting.state == (MeetingState.MINUTES if meeting.is_written else MeetingState.OPEN)
    for item in items:
        stands = {"words": item.conclusion, "seen": item.revision}
        came_back = extra.get("words_forms", {}).get(item.pk)
        is_wrong = came_back is not None and came_back.errors
        item.form = came_back if is_wrong else WordsForm(auto_id=f"id_{item.pk}_%s", initial=stands)  # type: ignore[attr-defined]
        item.refusal = quorum(item, seats).refusal if is_on and item.is_open and not meeting.is_written else None  # type: ignore[attr-defined]
        item.why_kept_out = not_recused(user, item)  # type: ignore[attr-defined]
    context = {
        "meeting": meeting, "body": meeting.body, "items": items, "present": present(meeting),
        "seats": len(seats), "needed": meeting.body.needed(len(seats)), "is_on": is_on,
        "can_write": meeting.state in (MeetingState.OPEN, MeetingState.MINUTES),
        "can_prepare": why_not_prepare(user, meeting.body) is None, "may_chair": may_chair(user, meeting),
        "steps": steps_of(user, meeting), "seen": meeting.seen,
    }  # fmt: skip
    return render(request, "meetings/hold.html", context | extra, status=status)


@post_on_item("meetings:hold")
def item_words(request: HttpRequest, slug: str, pk: int, item: int) -> HttpResponse:
    """The words of all points are saved, so that none are lost; `afslut` also settles this one."""
    found = find_item(request, slug, pk, item)
    require_writer(request, found)
    items = {str(one.pk): one for one in items_of(request, found.meeting)}
    sent = zip(
        request.POST.getlist("item") or [str(item)], request.POST.getlist("words"), request.POST.getlist("seen"),
        strict=False,
    )  # fmt: skip
    forms = {
        items[key].pk: WordsForm({"words": words, "seen": seen}, auto_id=f"id_{key}_%s")
        for key, words, seen in sent if key in items
    }  # fmt: skip
    this = forms.pop(item, WordsForm({}, auto_id=f"id_{item}_%s"))
    statuses = [_write(request, items[str(key)], form) for key, form in forms.items()]
    statuses.append(_write(request, found, this, is_settled="afslut" in request.POST))
    forms[item] = this
    if failed := max(statuses):
        meeting = find_meeting(request, slug, pk)
        wrong = next(form for form in forms.values() if form.errors)
        return show(request, meeting, status=failed, words_form=wrong, words_forms=forms)
    said = f"Punkt {found.position} er afsluttet." if "afslut" in request.POST else "Referatet er gemt."
    messages.success(request, said)
    return redirect(f"{found.meeting.get_absolute_url()}hold/#punkt-{found.pk}")


def _write(request: HttpRequest, item: AgendaItem, form: WordsForm, *, is_settled: bool = False) -> int:
    """0, or the status of what went wrong, with the sentence in the form."""
    if not form.is_valid():
        return 422
    words, seen, by = cpr.mask(form.cleaned_data["words"]), form.cleaned_data["seen"], request.user
    try:
        if is_settled:
            conclude(item, words=words, by=by, seen=seen)
        else:
            write_words(item, words, by=by, seen=seen)  # type: ignore[arg-type]
    except ValidationError as error:
        add_errors(form, error)
        return 422
    except (Changed, StepNotOpen) as error:
        form.add_error("words", str(error))
        form.theirs = getattr(error, "theirs", None)  # type: ignore[attr-defined]
        if form.theirs is not None:  # type: ignore[attr-defined]
            held_against(form, seen=form.theirs.revision)  # type: ignore[attr-defined]
        return 409
    return 0


# ── Decisions ────────────────────────────────────────────────────────────────────────────────────
@form_page
def item_decide(request: HttpRequest, slug: str, pk: int, item: int) -> HttpResponse:
    """`…/punkter/<item>/beslut/`: the decision, which lands on what the point concerns."""
    found = find_item(request, slug, pk, item)
    require_writer(request, found)
    user: User = request.user  # type: ignore[assignment]
    outcomes = outcomes_of(found) if why_not_record(user, found.meeting.body) is None else []
    effect, thing = (effect_on(found.concerns), found.concerns) if outcomes else (None, None)
    asks = {name for one in outcomes for name in effect.asks(thing, one)} if effect else set()
    fields: dict[str, Any] = {"outcomes": outcomes, "asks": asks}
    if request.method != "POST":
        form = DecideForm(initial={"words": found.conclusion, "seen": found.revision}, **fields)
        return _decide_page(request, found, form)
    form, uploads = DecideForm(request.POST, request.FILES, **fields), Uploads(request)
    form.is_valid()
    for sentence in uploads.refused:
        form.add_error("files" if "files" in form.fields else None, sentence)
    if form.errors:
        return _decide_page(request, found, form, status=422, kept_files=uploads.kept())
    data = form.cleaned_data
    try:
        conclude(
            found, by=user, words=cpr.mask(data["words"]), outcome=data.get("outcome", ""),
            open_words=cpr.mask(data.get("open_words", "")), statement=cpr.mask(data.get("statement", "")),
            effective_on=data.get("effective_on"), uploads=uploads.stored if "files" in asks else (),
            seen=data["seen"],
        )  # fmt: skip
    except (ValidationError, WrongDecision) as error:
        if isinstance(error, WrongDecision):
            name = {"text": "open_words", "note": "open_words"}.get(error.field, error.field)
            form.add_error(name if name in form.fields else None, str(error))
        else:
            add_errors(form, error)
        return _decide_page(request, found, form, status=422, kept_files=uploads.kept())
    except (Changed, StepNotOpen) as error:
        form.add_error(None, str(error))
        theirs = getattr(error, "theirs", None)
        if theirs is not None:
            held_against(form, seen=theirs.revision)
        again = find_item(request, slug, pk, item)
        return _decide_page(request, again, form, status=409, kept_files=uploads.kept(), theirs=theirs)
    messages.success(request, f"Punkt {found.position} er afsluttet.")
    return redirect(f"{found.meeting.get_absolute_url()}hold/#punkt-{found.pk}")


def _decide_page(
    request: HttpRequest, item: AgendaItem, form: DecideForm, status: int = 200, **extra: Any
) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    context = {
        "meeting": item.meeting, "item": item, "form": form,
        "refused": ITEM_FLOW.why_not(user, item, ITEM_FLOW.steps["decide"]) if not form.is_bound else "",
        "has_other_text": text_is_changed(item),
        "who_records": why_not_record(user, item.meeting.body) if item.content_type_id else "",
    }  # fmt: skip
    return render(request, "meetings/decide_form.html", context | extra, status=status)


# ── Conflict of interest, and asking somebody ────────────────────────────────────────────────────
@form_page
def item_recuse(request: HttpRequest, slug: str, pk: int, item: int) -> HttpResponse:
    """`…/punkter/<item>/inhabil/`; `fjern` takes one back."""
    found = find_item(request, slug, pk, item)
    require_writer(request, found)
    by: User = request.user  # type: ignore[assignment]
    people = people_at(found.meeting)
    form = RecusalForm(request.POST or None, people=people)
    if request.method != "POST":
        return _item_page(request, "recusal_form", found, RecusalForm(people=people))
    try:
        if "fjern" in request.POST:
            row = find_or_404(found.recusals.select_related("item__meeting__body"), pk=request.POST["fjern"])
            take_back_recusal(row, by=by)
            messages.success(request, "Inhabiliteten er fjernet.")
            return redirect(found.get_absolute_url())
        if form.is_valid():
            person = people[int(form.cleaned_data["person"])]
            recuse(found, person, reason=cpr.mask(form.cleaned_data["reason"]), by=by)
            messages.success(request, f"{person} er noteret som inhabil på punkt {found.position}.")
            return redirect(found.get_absolute_url())
    except ValidationError as error:
        add_errors(form, error)
    except StepNotOpen as error:
        form.add_error(None, str(error))
        return _item_page(request, "recusal_form", found, form, status=409)
    return _item_page(request, "recusal_form", found, form, status=422)


@form_page
def item_ask(request: HttpRequest, slug: str, pk: int, item: int) -> HttpResponse:
    """`…/punkter/<item>/opfoelgning/`: who is asked to do what, by when."""
    found = find_item(request, slug, pk, item)
    require_writer(request, found)
    by: User = request.user  # type: ignore[assignment]
    if request.method != "POST":
        return _item_page(request, "ask_form", found, AskForm(by=by))
    form = AskForm(request.POST, by=by)
    if not form.is_valid():
        return _item_page(request, "ask_form", found, form, status=422)
    data = form.cleaned_data
    try:
        row = ask(
            found, cpr.mask(data["what"]), due_on=data["due_on"], by=by, holder=data["person"],
            role=Role(data["role"]) if data["role"] else None,
        )  # fmt: skip
    except ValidationError as error:
        add_errors(form, error)
        return _item_page(request, "ask_form", found, form, status=422)
    except StepNotOpen as error:
        form.add_error(None, str(error))
        return _item_page(request, "ask_form", found, form, status=409)
    messages.success(request, f"{row.whom} har fået opgaven.")
    return redirect(f"{found.meeting.get_absolute_url()}hold/#punkt-{found.pk}")


def _item_page(request: HttpRequest, name: str, item: AgendaItem, form: Any, status: int = 200) -> HttpResponse:
    context = {"meeting": item.meeting, "item": item, "form": form}
    return render(request, f"meetings/{name}.html", context, status=status)
