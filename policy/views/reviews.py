"""The yearly review of a document: what has changed, who is asked, what they say, what the body decides."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from glostrup_isms.kit import cpr
from glostrup_isms.kit.access import find_or_404, post_only
from policy.actions import Changed, assess
from policy.actions.reviews import BODY, LATE, open_duties
from policy.enums import FactKind, NeedsChange
from policy.forms import ReviewAnswerForm
from policy.models import Document, Review, ReviewPart
from policy.models.documents import VIEW_DRAFTS
from policy.models.reviews import opens_before
from policy.views.shared import add_errors, find_document, held_against
from policy.views.versions import can_ask_for_change, can_review
from roles.enums import Role
from roles.models import User

FOLLOWED = (FactKind.TEXT, FactKind.BREACHES)  # for those who follow the work alone
NOT_ASKED_NOW = "Du bliver ikke spurgt mere, så svaret er ikke gemt. Send din tekst til den, der skriver dokumentet."
NOT_ASKED = "Gennemgangen er for dem, der arbejder med dokumenterne eller bliver spurgt. Teksten kan du læse."


@require_safe
def review_detail(request: HttpRequest, number: str) -> HttpResponse:
    """`/dokumenter/<number>/gennemgang/`: the open review, or the last one; `?vis=N`: an older one."""
    return show(request, find_document(request, number))


def show(request: HttpRequest, document: Document, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page, for whoever may see it; `extra` is a form that came back."""
    user: User = request.user  # type: ignore[assignment]
    follows = user.has_perm(VIEW_DRAFTS, document)
    rows = Review.objects.visible_to(user).filter(document=document)
    reviews = list(rows.select_related("document", "version__document", "decision__body", "change_asked__body"))
    if not (follows or reviews):
        raise PermissionDenied(NOT_ASKED)
    wanted = request.GET.get("vis", "")
    review = next((one for one in reviews if str(one.pk) == wanted), reviews[0] if reviews else None)
    context: dict[str, Any] = {"document": document, "follows": follows, "review": review}
    if review is None:
        opens = document.next_review_on and document.next_review_on - opens_before(document.review_months)
        return render(request, "policy/review_detail.html", context | {"opens_on": opens})
    parts = list(review.parts.select_related("answered_by"))
    mine = set(ReviewPart.objects.of_roles(user).filter(review=review).values_list("pk", flat=True))
    answers = [part for part in parts if part.pk in mine and review.takes_answers]
    for part in answers:  # who is asked for two roles answers for each, and what came back stands in its own
        came_back = extra.get("answered") == part
        part.form = extra["answer_form"] if came_back else _form(part)  # type: ignore[attr-defined]
    is_current = review.is_open and review.version_id == document.in_force_id
    context |= {
        "parts": parts,
        "all_answered": all(part.answered_at for part in parts),
        "answers": answers,
        "facts": [one for one in review.facts.all() if follows or one.kind not in FOLLOWED],
        "director_has_it": review.is_late and _director_has_it(review),
        "can_review": is_current and can_review(user, review.version),
        "can_ask": is_current and review.takes_answers and can_ask_for_change(user, review.version),
        "timeline": review.events if follows else [],
        "others": [one for one in reviews if one != review],
    }
    return render(request, "policy/review_detail.html", context | extra, status=status)


def _director_has_it(review: Review) -> bool:
    """The sweep may not have been there yet."""
    return any(duty.holder_role == Role.DIRECTOR for duty in open_duties(review.version, BODY, LATE))


def _form(part: ReviewPart, data: Any = None) -> ReviewAnswerForm:
    """Words of an owner stand in it also when another has become the owner since."""
    initial = {name: getattr(part, name) for name in ("needs_change", "changes", "text", "seen")}
    is_owner = part.is_owner or "changes" in (data or {})
    return ReviewAnswerForm(data, auto_id=f"id_part_{part.pk}_%s", initial=initial, is_owner=is_owner)


@post_only("policy:review")
def review_answer(request: HttpRequest, number: str) -> HttpResponse:
    """`…/gennemgang/svar/`: what a role says. Who is asked no more has her words back."""
    document = find_document(request, number)
    user: User = request.user  # type: ignore[assignment]
    rows = ReviewPart.objects.visible_to(user).filter(review__document=document)
    rows = rows.select_related("review__document", "review__version__document")
    try:
        part: ReviewPart = find_or_404(rows, pk=request.POST.get("part", ""))
    except Http404:
        return _give_back(request, document)
    form, status = _form(part, request.POST), 422
    if form.is_valid():
        data = form.cleaned_data
        try:
            assess(
                part, NeedsChange(data["needs_change"]), by=user, changes=cpr.mask(data.get("changes", "")),
                text=cpr.mask(data["text"]), seen=data["seen"],
            )  # fmt: skip
            messages.success(request, "Tak for svaret.")
            return redirect(part.review)
        except ValidationError as error:
            add_errors(form, error)
        except PermissionDenied as error:
            form.add_error(None, str(error))
        except Changed as error:
            fresh = rows.get(pk=part.pk)
            held_against(form, seen=fresh.seen)
            form.add_error(None, str(error))
            status = 409
    return show(request, document, status=status, answer_form=form, answered=part)


def _give_back(request: HttpRequest, document: Document) -> HttpResponse:
    """Nothing is shown of the review, which she may not see any more. Raises Http404 where no words were sent."""
    if not any(request.POST.get(name, "").strip() for name in ("changes", "text")):
        raise Http404
    form = ReviewAnswerForm(request.POST, is_owner="changes" in request.POST)
    form.is_valid()
    form.add_error(None, NOT_ASKED_NOW)
    context = {"document": document, "answer_form": form, "answered": True, "answers": []}
    return render(request, "policy/review_detail.html", context, status=422)
