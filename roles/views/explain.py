"""»Hvorfor kan jeg (ikke) se dette?«"""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from glostrup_isms.kit import audit
from glostrup_isms.kit.access import require
from roles.forms.explain import ExplainForm
from roles.permissions import EXPLAIN

NOT_YOURS = (
    "Kun administratoren og GDPR-enheden kan slå op, hvorfor nogen kan eller ikke kan se noget. Spørg en af dem."
)


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """`/organisation/hvorfor/?person=&om=`: what gives a person the right to an object, or why nothing does. Changes
    nothing, so that it can be linked to; every look-up leaves a line in the audit trail."""
    require(request.user, EXPLAIN, sentence=NOT_YOURS)
    asked = ExplainForm(request.GET or None, request=request)
    if not asked.is_bound:
        return render(request, "roles/explain.html", {"form": asked})
    is_valid = asked.is_valid()
    _note(request, asked)
    if not is_valid:
        return render(request, "roles/explain.html", {"form": asked}, status=422)
    if not asked.is_settled():
        return render(request, "roles/explain.html", {"form": asked.to_choose(), "is_choosing": True})
    (person,), ((kind, thing),) = asked.people, asked.things
    query = urlencode({"person": person.get_absolute_url(), "om": thing.get_absolute_url()})
    context: dict[str, Any] = {
        "person": person,
        "thing": kind.name(thing),
        "answers": kind.why(person, thing, request.user),  # type: ignore[arg-type]
        "link": request.build_absolute_uri(f"{reverse('roles:explain')}?{query}"),
        "form": ExplainForm(initial={"person": person.name, "om": asked.cleaned_data["om"]}, request=request),
    }
    return render(request, "roles/explain.html", context)


def _note(request: HttpRequest, asked: ExplainForm) -> None:
    """Who looked up whose right to what; also what was not found."""
    thing = asked.things[0][1] if len(asked.things) == 1 else None
    person = asked.people[0] if len(asked.people) == 1 else None
    audit.record(
        "rights.explain",
        by=request.user,
        obj=thing,
        person=str(person or asked.data.get("person", ""))[:200],
        person_id=person.pk if person else None,
        about=str(asked.data.get("om", ""))[:200],
    )
