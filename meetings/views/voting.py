"""Voting in a written procedure."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from glostrup_isms.kit import cpr
from glostrup_isms.kit.form_answers import add_errors
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import ask_for_meeting, vote
from meetings.forms import VoteForm
from meetings.views.meetings import show
from meetings.views.shared import find_item, find_meeting, post_on_item


@post_on_item("meetings:meeting")
def item_vote(request: HttpRequest, slug: str, pk: int, item: int) -> HttpResponse:
    """One's vote, which may be changed until the vote is closed; `moede` asks for a meeting instead."""
    found = find_item(request, slug, pk, item)
    if not found.meeting.body.has_member(request.user):  # type: ignore[arg-type]
        raise PermissionDenied(f"Kun medlemmerne af {found.meeting.body} stemmer.")
    form = VoteForm(request.POST, auto_id=f"id_{found.pk}_%s")
    wants_meeting = "moede" in request.POST
    form.fields["choice"].required = not wants_meeting
    try:
        if form.is_valid():
            words = cpr.mask(form.cleaned_data["words"])
            if wants_meeting:
                ask_for_meeting(found, by=request.user, words=words)  # type: ignore[arg-type]
                messages.success(request, "Punktet kommer på næste mødes dagsorden.")
                return redirect(found.get_absolute_url())
            vote(found, form.cleaned_data["choice"], words=words, by=request.user)  # type: ignore[arg-type]
            messages.success(request, "Din stemme er modtaget. Du kan ændre den, så længe der kan stemmes.")
            return redirect(found.get_absolute_url())
    except ValidationError as error:
        add_errors(form, error)
    except StepNotOpen as error:
        form.add_error(None, str(error))
        return show(request, find_meeting(request, slug, pk), status=409, vote_form=form, voted_on=found.pk)
    return show(request, found.meeting, status=422, vote_form=form, voted_on=found.pk)
