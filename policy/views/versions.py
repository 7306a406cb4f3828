"""A version: its text, what may be done with it, who said what; writing in it, and comparing it with another."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from glostrup_isms.kit import cpr, dates
from glostrup_isms.kit.access import find_or_404, post_only, require
from glostrup_isms.kit.fields import clean_text
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import body_named, decisions_on
from meetings.permissions import VIEW_DECISION, why_not_record
from policy.actions import (
    Changed,
    TextChanged,
    TextLocked,
    bind_clauses,
    close_comment,
    comment,
    discard,
    drop_draft,
    end_hearing,
    keep_draft,
    may_comment,
    restore,
    save_text,
    send_back,
    submit,
    take_back,
)
from policy.actions.texts import TEXT_MAX
from policy.enums import State
from policy.forms import Bindings, CommentForm, HearingAnswerForm, PostingForm, TextForm, VersionStepForm
from policy.margin import margin
from policy.models import EditDraft, HearingPart, Version
from policy.models.documents import VIEW_DRAFTS
from policy.permissions import CHANGE, DECIDE, POST
from policy.text.blocks import parse
from policy.text.compare import compare
from policy.text.html import compare_html, contents
from policy.text.html import render as draw
from policy.views.shared import (
    NOT_YOURS,
    add_errors,
    find_document,
    find_version,
    form_page,
    held_against,
    open_review,
)
from policy.workflow import VERSION_FLOW, not_by_author
from roles.models import User

# Steps that have a page of their own, which asks more than a reason.
WHAT = {"recommend": "anbefal", "decide": "beslut", "adopt": "allerede", "withdraw": "traek-tilbage"}
# What the website's editor pastes: the text in a frame, and a link for whoever sees no frame.
SNIPPET = """<iframe src="{url}indlejret/" title="Informationssikkerhedspolitik" width="100%" height="800"></iframe>
<p><a href="{url}">Informationssikkerhedspolitik</a></p>"""
NOT_A_SPEAKER = "Du kan læse teksten, men ikke kommentere den."
PLAIN = {
    "end_hearing": lambda version, by, note, seen: end_hearing(version, by=by, seen=seen),
    "submit": lambda version, by, note, seen: submit(version, by=by, seen=seen),
    "take_back": lambda version, by, note, seen: take_back(version, by=by, note=note, seen=seen),
    "return": lambda version, by, note, seen: send_back(version, by=by, note=note, seen=seen),
    "discard": lambda version, by, note, seen: discard(version, by=by, seen=seen),
    "restore": lambda version, by, note, seen: restore(version, by=by, seen=seen),
}


@require_safe
def version_detail(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`/dokumenter/<number>/udgaver/<version>/`."""
    return show(request, find_version(request, number, version))


def show(request: HttpRequest, version: Version, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The version's page, for whoever may see it; `extra` are forms that came back."""
    user: User = request.user  # type: ignore[assignment]
    follows = user.has_perm(VIEW_DRAFTS, version)
    comments_open = may_comment(version, user)
    shows_authors = follows and "hvem" in request.GET
    clauses = list(version.clauses.select_related("written_by"))
    blocks = parse(version.text)
    comments = list(version.comments.select_related("author", "closed_by")) if comments_open else []
    hearing = version.hearings.prefetch_related("parts__answered_by").last()
    beside = margin(clauses, comments, evidence=follows, can_comment=comments_open, authors=shows_authors)
    asked = list(
        HearingPart.objects.asked_of(user).filter(hearing__version=version).select_related("hearing", "answered_by")
    )
    parts = [part for part in asked if part.hearing.closed_at is None]
    for part in parts:  # who is asked in two roles answers in each, and what came back stands in its own
        came_back = extra.get("answered") == part
        part.form = extra["answer_form"] if came_back else HearingAnswerForm(auto_id=f"id_answer_{part.pk}_%s")  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "version": version,
        "document": version.document,
        "text": draw(blocks, after=beside),
        "contents": contents(blocks),
        "facts": _facts(version, clauses),
        "steps": _steps(user, version) if follows else [],
        "seen": version.seen,
        "follows": follows,
        "can_change": user.has_perm(CHANGE, version),
        "can_comment": comments_open,
        "shows_authors": shows_authors,
        "can_review": can_review(user, version),
        "review": open_review(user, version.document) if version.state == State.IN_FORCE else None,
        "can_post": version.is_published and user.has_perm(POST, version),
        "comments": comments,
        "open_comments": sum(one.closed_at is None for one in comments),
        "comment_form": CommentForm(auto_id="id_comment_%s", initial={"clause": request.GET.get("punkt", "")[:30]}),
        "hearing": hearing if follows or asked else None,
        "unsaved": _unsaved(user, version),
        "parts": parts,
        "posting_form": PostingForm(auto_id="id_posting_%s"),
        "postings": list(version.postings.all()),
        "decisions": list(decisions_on(version)) if user.has_perm(VIEW_DECISION) else [],
        "timeline": version.events.all() if follows else [],
        "authors": version.contributions.select_related("person") if follows else [],
        "previous": _previous(user, version),
        "waits_for": _waits_for(version),
        "snippet": SNIPPET.format(url=f"{settings.BASE_URL}/politik/"),
    }
    return render(request, "policy/version_detail.html", context | extra, status=status)


def _unsaved(user: User, version: Version) -> EditDraft | None:
    """Words that she was typing when the text was locked: nothing is lost."""
    if version.is_editable or not user.has_perm(CHANGE, version):
        return None
    draft = EditDraft.objects.visible_to(user).filter(version=version).first()
    return draft if draft and draft.text != version.text else None


def _facts(version: Version, clauses: list[Any]) -> list[tuple[str, Any]]:
    decision = version.decision
    bound = sum(bool(clause.roles) for clause in clauses)
    numbered = sum(clause.is_clause for clause in clauses)
    rows = [
        ("Hvad er nyt", version.change_note),
        ("Besluttet", f"{decision.body}, {dates.da_date(decision.decided_on)}" if decision else ""),
        ("Sag", decision.reference if decision else ""),
        ("Gælder fra", dates.da_date(version.effective_on) if version.effective_on else ""),
        ("Gjaldt til", dates.da_date(version.ended_on) if version.ended_on else ""),
        ("Trukket tilbage, fordi", version.withdrawn_why),
        ("Stemmer med", f"{version.consistent_with} (erklæring fra direktionen)" if version.consistent_with else ""),
        ("Punkter", f"{numbered}, heraf {bound} med en ansvarlig rolle"),
        ("Kontrolsum (SHA-256)", version.sha256),
    ]
    return [(label, value) for label, value in rows if value]


def _steps(user: User, version: Version) -> list[dict[str, Any]]:
    """The open steps as the page shows them; those with a page of their own lead there."""
    return [
        {
            "key": step.key,
            "label": step.label,
            "sentence": step.sentence,
            "open": why_not is None,
            "why_not": why_not,
            "needs_note": step.needs_note,
            "page": step.key in WHAT or step.key == "hear",
            "url": f"{version.get_absolute_url()}beslutning/{WHAT[step.key]}/" if step.key in WHAT else "",
        }
        for step, why_not in VERSION_FLOW.open_to(user, version)
        if step.key != "adopt" or why_not is None
    ]


def can_review(user: User, version: Version) -> bool:
    """Whether the yearly approval may be written in by this person."""
    body = version.document.route.reviewed_by
    return can_ask_for_change(user, version) and not_by_author(user, version, body) is None


def can_ask_for_change(user: User, version: Version) -> bool:
    """Whether she writes in what the body that reviews decides of the text. Who has written in it may ask for a new one
    too."""
    if version.state != State.IN_FORCE or not user.has_perm(DECIDE, version):
        return False
    return why_not_record(user, body_named(version.document.route.reviewed_by)) is None


def _previous(user: User, version: Version) -> Version | None:
    older = Version.objects.visible_to(user).filter(document=version.document_id, number__lt=version.number)
    return older.exclude(state=State.DISCARDED).order_by("-number").first()


def _waits_for(version: Version) -> str:
    """Who holds it now."""
    return str(body_named(version.before_body)) if version.state in (State.SUBMITTED, State.RECOMMENDED) else ""


@post_only("policy:version")
def version_step(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """A step that needs no more than a reason."""
    found = find_version(request, number, version)
    user: User = request.user  # type: ignore[assignment]
    require(user, VIEW_DRAFTS, found, sentence=NOT_YOURS)
    form = VersionStepForm(request.POST)
    form.is_valid()
    if form.cleaned_data.get("step") not in PLAIN:
        form.add_error(None, "Vælg et af trinene på siden.")
    if form.errors:
        step_key, kept_note = request.POST.get("step", ""), request.POST.get("note", "")
        return show(request, found, status=422, step_form=form, step_key=step_key, kept_note=kept_note)
    data = form.cleaned_data
    try:
        moved = PLAIN[data["step"]](found, user, cpr.mask(data["note"]), data["seen"])
    except (Changed, StepNotOpen) as error:
        step_key, kept_note = data["step"], data["note"]  # an error takes the note out of what was cleaned
        form.add_error("note", str(error))
        fresh = find_version(request, number, version)
        return show(request, fresh, status=409, step_form=form, step_key=step_key, kept_note=kept_note)
    messages.success(request, f"Udgave {moved.number} er nu »{moved.get_state_display()}«.")
    return redirect(moved.document if moved.state == State.DISCARDED else moved)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────
@form_page
def version_text(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/tekst/`: the editor. One's own words that are not saved yet stand in it."""
    found = find_version(request, number, version)
    require(request.user, CHANGE, found, sentence=NOT_YOURS)
    user: User = request.user  # type: ignore[assignment]
    if request.method != "POST":
        if not found.is_editable:
            messages.info(request, f"Teksten er »{found.get_state_display()}« og kan ikke rettes nu.")
            return redirect(found)
        draft = EditDraft.objects.visible_to(user).filter(version=found).first()
        kept = draft if draft and draft.text != found.text else None
        initial = {
            "title": found.title, "change_note": found.change_note,
            "revision": kept.revision if kept else found.revision, "text": kept.text if kept else found.text,
        }  # fmt: skip
        return _editor(request, found, TextForm(initial=initial), kept=kept)
    form = TextForm(request.POST)
    if "drop" in request.POST:
        drop_draft(found, by=user)
        messages.success(request, "Din ikke-gemte tekst er slettet. Her er teksten, som den er gemt.")
        return redirect("policy:text", number, version)
    if not form.is_valid():
        return _editor(request, found, form, status=422)
    data = form.cleaned_data
    try:
        save_text(
            found, request.POST.get("text", ""), title=data["title"], change_note=data["change_note"], by=user,
            revision=data["revision"],
        )  # fmt: skip
    except TextChanged as conflict:
        return _conflict(request, found, form, conflict.theirs)
    except TextLocked as error:
        form.add_error(None, str(error))
        return _editor(request, found, form, status=409)
    messages.success(request, "Teksten er gemt.")
    return redirect(find_version(request, number, version))


def _editor(request: HttpRequest, version: Version, form: TextForm, status: int = 200, **extra: Any) -> HttpResponse:
    text = form["text"].value() or ""
    context = {
        "version": version,
        "document": version.document,
        "form": form,
        "preview": draw(parse(text[:TEXT_MAX])),
        "comments": version.comments.open().select_related("author"),
    }
    return render(request, "policy/version_text.html", context | extra, status=status)


def _conflict(request: HttpRequest, version: Version, form: TextForm, theirs: Version) -> HttpResponse:
    """Both texts, and what differs; what is sent next is held against the newer one."""
    difference = compare(parse(theirs.text), parse(form.cleaned_data["text"]))
    held_against(form, revision=theirs.revision)
    form.add_error(None, "En anden har gemt teksten, mens du skrev. Din tekst er her stadig.")
    return _editor(
        request,
        version,
        form,
        status=409,
        theirs=theirs,
        difference=difference,
        difference_html=compare_html(difference),
    )


@require_POST
def version_keep(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/tekst/kladde/`: words not saved yet, kept as they are typed."""
    found = find_version(request, number, version)
    require(request.user, CHANGE, found, sentence=NOT_YOURS)
    revision = request.POST.get("revision", "")
    if not (revision.isdecimal() and len(revision) < 10):
        return JsonResponse({"sentence": "Kladden kunne ikke gemmes."}, status=422)
    keep_draft(found, request.POST.get("text", ""), by=request.user, revision=int(revision))  # type: ignore[arg-type]
    if not found.is_editable:
        sentence = (
            f"Teksten er nu »{found.get_state_display()}« og kan ikke rettes. Din kladde ligger på udgavens side."
        )
        return JsonResponse({"sentence": sentence, "behind": True})
    behind = int(revision) != found.revision
    sentence = f"Din kladde er gemt kl. {dates.da_time(timezone.now())}."
    if behind:
        sentence += " En anden har gemt teksten imens. Du ser begge, når du gemmer."
    return JsonResponse({"sentence": sentence, "behind": behind})


@require_POST
def version_preview(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/tekst/vis/`: the text as it will look."""
    found = find_version(request, number, version)
    require(request.user, CHANGE, found, sentence=NOT_YOURS)
    return HttpResponse(draw(parse(request.POST.get("text", "")[:TEXT_MAX])))


@form_page
def version_clauses(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/punkter/`: whom each clause binds, and what shows that it is kept; 200 clauses at a time."""
    found = find_version(request, number, version)
    require(request.user, CHANGE, found, sentence=NOT_YOURS)
    clauses = [one for one in found.clauses.all() if one.is_clause]
    page, pages = _page_of(request, len(clauses))
    start = (page - 1) * Bindings.MOST
    here = clauses[start : start + Bindings.MOST]
    bindings = Bindings.of_clauses(here, request.POST if request.method == "POST" else None)
    error, status = "", 200
    if request.method == "POST" and not bindings.errors:
        revision = request.POST.get("revision", "")[:9]
        keys = {str(clause.key): clause.key for clause in here}
        sent = {keys[name]: values for name, values in bindings.sent.items()}
        try:
            bind_clauses(found, sent, by=request.user, revision=int(revision) if revision.isdecimal() else 0)  # type: ignore[arg-type]
            messages.success(request, "Punkternes ansvar er gemt.")
            return redirect(found)
        except (TextChanged, TextLocked) as refused:
            error, status = str(refused), 409
    elif bindings.errors:
        status = 422
    found.refresh_from_db()
    context = {
        "revision": request.POST["revision"] if status == 422 and "revision" in request.POST else found.revision,
        "version": found, "document": found.document, "bindings": bindings, "error": error, "page": page,
        "pages": pages, "numbers": range(1, pages + 1),
    }  # fmt: skip
    return render(request, "policy/version_clauses.html", context, status=status)


def _page_of(request: HttpRequest, count: int) -> tuple[int, int]:
    pages = max(1, -(-count // Bindings.MOST))
    wanted = request.GET.get("side", "1")
    return (min(max(1, int(wanted)), pages) if wanted.isdecimal() and len(wanted) < 6 else 1), pages


# ── Saying something ─────────────────────────────────────────────────────────────────────────────
@post_only("policy:version")
def version_comment(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """A comment on a clause or the whole text."""
    found = find_version(request, number, version)
    form = CommentForm(request.POST, auto_id="id_comment_%s")
    if not may_comment(found, request.user):  # type: ignore[arg-type]
        raise PermissionDenied(NOT_A_SPEAKER)
    if not form.is_valid():
        return show(request, found, status=422, comment_form=form)
    try:
        made = comment(found, cpr.mask(form.cleaned_data["text"]), by=request.user,  # type: ignore[arg-type]
                       clause_number=form.cleaned_data["clause"])  # fmt: skip
    except ValidationError as error:
        add_errors(form, error)
        return show(request, found, status=422, comment_form=form)
    messages.success(request, "Kommentaren er gemt.")
    return redirect(f"{found.get_absolute_url()}#kommentar-{made.pk}")


@post_only("policy:version")
def version_comment_close(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """An answer to a comment, or that it is dealt with."""
    found = find_version(request, number, version)
    if not may_comment(found, request.user):  # type: ignore[arg-type]
        raise PermissionDenied(NOT_A_SPEAKER)
    rows = found.comments.select_related("version")
    made = find_or_404(rows, pk=request.POST.get("comment", ""))
    answer = cpr.mask(clean_text(request.POST.get("answer", ""))[:4000]).strip()
    made = close_comment(made, answer, by=request.user)  # type: ignore[arg-type]
    if made.answer == answer:
        messages.success(request, "Kommentaren er afsluttet.")
    else:
        sentence = f"{made.closed_by} har allerede afsluttet kommentaren, så dit svar blev ikke gemt."
        messages.warning(request, f"{sentence} Du skrev: »{answer}«" if answer else sentence)
    return redirect(f"{found.get_absolute_url()}#kommentar-{made.pk}")


# ── Comparing ────────────────────────────────────────────────────────────────────────────────────
@require_safe
def version_compare(request: HttpRequest, number: str, old: int, new: int) -> HttpResponseBase:
    """`/dokumenter/<number>/sammenlign/<old>/<new>/`: any two versions that the reader may see."""
    document = find_document(request, number)
    versions = Version.objects.visible_to(request.user).filter(document=document)
    first, second = (find_or_404(versions, number=which) for which in (old, new))
    difference = compare(parse(first.text), parse(second.text))
    context = {
        "document": document, "old": first, "new": second, "difference": difference,
        "difference_html": compare_html(difference, heading_level=2),
        "others": versions.exclude(state=State.DISCARDED).order_by("number"),
    }  # fmt: skip
    return render(request, "policy/version_compare.html", context)
