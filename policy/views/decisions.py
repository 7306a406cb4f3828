"""Writing a body's decision in: recommended, decided, decided before the portal, approved again, withdrawn."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from glostrup_isms.kit import cpr
from glostrup_isms.kit.access import require
from glostrup_isms.kit.form_files import Uploads
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import WrongDecision, body_named
from meetings.enums import BodyKind
from meetings.models import Body
from meetings.permissions import why_not_record
from policy.actions import Changed, ask_for_change, decide, reapprove, recommend, withdraw
from policy.enums import State
from policy.forms import DecisionForm
from policy.models import Version
from policy.permissions import DECIDE
from policy.views.shared import find_version, form_page, held_against
from policy.views.versions import WHAT
from policy.workflow import VERSION_FLOW, not_by_author
from roles.models import User, today

NOT_A_RECORDER = "Beslutninger skrives ind af sekretariatet og af dem, der sidder i det organ, som beslutter."


@dataclass(frozen=True)
class Ask:
    """What the page asks, and what becomes of the answer. `body` is the route's field that names who decides."""

    title: str
    lead: str
    button: str
    body: str
    leave_out: tuple[str, ...]
    thanks: str


ASKS = {
    "anbefal": Ask(
        "Skriv anbefalingen ind", "Du skriver ind, hvad {body} har anbefalet om præcis denne tekst.",
        "Gem anbefalingen", "recommended_by", ("effective_on", "statement"), "Anbefalingen er skrevet ind.",
    ),
    "beslut": Ask(
        "Skriv beslutningen ind", "Du skriver ind, hvad {body} har besluttet om præcis denne tekst. Er dagen kommet, "
        "gælder den med det samme, og er dokumentet offentligt, kan alle læse det.",
        "Gem beslutningen", "decided_by", (), "Beslutningen er skrevet ind.",
    ),
    "allerede": Ask(
        "Teksten er allerede besluttet", "Brug siden, når {body} besluttede teksten, før portalen blev taget i brug. "
        "Se efter, at teksten er ord for ord den, der blev besluttet.",
        "Gem som gældende", "decided_by", ("statement",), "Teksten gælder nu i portalen.",
    ),
    "godkend-igen": Ask(
        "Skriv den årlige godkendelse ind", "Du skriver ind, at {body} har set på teksten og godkendt den igen uden "
        "ændringer. Skal noget ændres, så begynd i stedet på en ny udgave.",
        "Gem godkendelsen", "reviewed_by", ("effective_on", "statement"), "Den årlige godkendelse er skrevet ind.",
    ),
    "skal-aendres": Ask(
        "Skriv ind, at teksten skal ændres", "Du skriver ind, at {body} har set på teksten og bedt om en ny udgave. "
        "Den, der skriver dokumentet, får besked og en opgave. Gennemgangen er åben, til den nye udgave er besluttet.",
        "Bed om en ny udgave", "reviewed_by", ("effective_on", "statement"), "Der er bedt om en ny udgave.",
    ),
    "traek-tilbage": Ask(
        "Træk udgaven tilbage", "Så gælder dokumentet ikke mere fra i dag. Udgaven bliver i arkivet med begrundelsen. "
        "Begynd i stedet på en ny udgave, hvis teksten bare skal ændres.",
        "Ja, træk tilbage", "decided_by", ("effective_on", "statement"), "Udgaven er trukket tilbage.",
    ),
}  # fmt: skip
STEPS = {what: step for step, what in WHAT.items()}


@form_page
def decision_new(request: HttpRequest, number: str, version: int, what: str) -> HttpResponse:
    """`/dokumenter/<number>/udgaver/<version>/beslutning/<what>/`."""
    found = find_version(request, number, version)
    require(request.user, DECIDE, found, sentence=NOT_A_RECORDER)
    if what not in ASKS:
        raise Http404
    route = found.document.route
    kind = getattr(route, ASKS[what].body)
    if not kind:
        raise Http404
    body = body_named(kind)
    sentence = why_not_record(request.user, body)  # type: ignore[arg-type]
    if request.method == "POST" and what not in STEPS and sentence:
        raise PermissionDenied(sentence)  # before any file is stored; the steps say it themselves
    refused = _why_not(what, found, body, request.user)  # type: ignore[arg-type]
    fields = _fields(what, found, body)
    if request.method != "POST":
        form = DecisionForm(initial={"decided_on": today(), "seen": found.seen}, **fields)
        return _show(request, found, what, body, form, refused=refused)
    form = DecisionForm(request.POST, request.FILES, **fields)
    uploads = Uploads(request)
    form.is_valid()
    for sentence in uploads.refused:
        form.add_error("files", sentence)
    if form.errors:
        return _show(request, found, what, body, form, status=422, refused=refused, kept_files=uploads.kept())
    try:
        _act(what, found, form.cleaned_data, request.user, uploads.stored)  # type: ignore[arg-type]
    except WrongDecision as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _show(request, found, what, body, form, status=422, kept_files=uploads.kept())
    except (Changed, StepNotOpen) as error:
        form.add_error(None, str(error))
        fresh = find_version(request, number, version)
        held_against(form, seen=fresh.seen)
        return _show(request, fresh, what, body, form, status=409, kept_files=uploads.kept())
    messages.success(request, ASKS[what].thanks)
    return redirect(found)


def _why_not(what: str, version: Version, body: Body, user: User) -> str | None:
    """Why it cannot be written in now, before anything is typed; None when it can."""
    if what in STEPS:
        return VERSION_FLOW.why_not(user, version, VERSION_FLOW.steps[STEPS[what]])
    if version.state != State.IN_FORCE:
        return f"Kun det, der gælder, kan godkendes igen. Udgaven er »{version.get_state_display()}«."
    if sentence := why_not_record(user, body):
        return sentence
    if what == "skal-aendres":
        review = version.reviews.open().first()
        return None if review and review.takes_answers else "Der er ingen åben gennemgang, som venter på en beslutning."
    return not_by_author(user, version, body.kind)


def _fields(what: str, version: Version, body: Body) -> dict[str, Any]:
    leave_out, need = list(ASKS[what].leave_out), []
    if what == "beslut":
        if version.document.route.needs_statement:
            need.append("statement")
        else:
            leave_out.append("statement")
    if body.kind == BodyKind.COUNCIL:
        need.append("reference")
    if what in ("traek-tilbage", "skal-aendres"):
        need.append("text")
    return {"leave_out": tuple(leave_out), "need": tuple(need), "is_for_good": what == "traek-tilbage"}


def _act(what: str, version: Version, data: dict[str, Any], by: User, uploads: list[Any]) -> None:
    common = {
        "by": by, "decided_on": data["decided_on"], "reference": cpr.mask(data["reference"]), "seen": data["seen"],
        "uploads": uploads,
    }  # fmt: skip
    text = cpr.mask(data["text"])
    if what == "anbefal":
        recommend(version, text=text, **common)
    elif what == "godkend-igen":
        reapprove(version, text=text, **common)
    elif what == "skal-aendres":
        ask_for_change(version, text=text, **common)
    elif what == "traek-tilbage":
        withdraw(version, note=text, **common)
    else:
        statement = cpr.mask(data.get("statement", ""))
        decide(version, text=text, statement=statement, effective_on=data["effective_on"], step=STEPS[what], **common)


def _show(
    request: HttpRequest, version: Version, what: str, body: Body, form: DecisionForm, status: int = 200, **extra: Any
) -> HttpResponse:
    ask = ASKS[what]
    context = {
        "version": version, "document": version.document, "ask": ask, "form": form, "body": body, "what": what,
        "lead": ask.lead.format(body=body),
    }  # fmt: skip
    return render(request, "policy/decision_form.html", context | extra, status=status)
