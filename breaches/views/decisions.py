"""The GDPR unit's decisions about a case, each on a page of its own: what kind of breach, since when, and whose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from breaches.actions import set_awareness, set_unit, set_verdict
from breaches.actions.cases import Changed
from breaches.enums import Verdict
from breaches.forms import AwarenessForm, UnitForm, VerdictForm
from breaches.models import Breach
from breaches.permissions import HANDLE
from breaches.views.cases import NO_HANDLING, find_case, say_what_was_hidden
from glostrup_isms.kit import cpr
from glostrup_isms.kit.access import require

form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Decision:
    """What a decision asks, how the form begins, and what it does. `act` answers the sentence that thanks for it."""

    title: str
    lead: str
    button: str
    form: type[Any]
    initial: Callable[[Breach], dict[str, Any]]
    act: Callable[[Breach, dict[str, Any], Any], str]


def _decide(request: HttpRequest, number: str, decision: Decision) -> HttpResponse:
    breach = find_case(request, number)
    require(request.user, HANDLE, breach, sentence=NO_HANDLING)
    if request.method != "POST":
        form = decision.form(initial=decision.initial(breach) | {"version": breach.version})
        return _show(request, breach, decision, form)
    form = decision.form(request.POST)
    if not form.is_valid():
        return _show(request, breach, decision, form, status=422)
    try:
        thanks = decision.act(breach, form.cleaned_data, request.user)
    except Changed as error:  # somebody was first: the case as it is now, with the user's own text kept
        breach.refresh_from_db()
        form.data = form.data.copy()
        form.data["version"] = breach.version
        form.add_error(None, str(error))
        return _show(request, breach, decision, form, status=409)
    say_what_was_hidden(request, form.cleaned_data.get("reason", ""))
    messages.success(request, thanks)
    return redirect(breach)


def _show(request: HttpRequest, breach: Breach, decision: Decision, form: Any, status: int = 200) -> HttpResponse:
    context = {"breach": breach, "decision": decision, "form": form}
    return render(request, "breaches/breach_decision.html", context, status=status)


def _say_verdict(breach: Breach, data: dict[str, Any], by: Any) -> str:
    set_verdict(breach, data["verdict"], by=by, reason=cpr.mask(data["reason"]), version=data["version"])
    return "Vurderingen er gemt."


def _verdict(breach: Breach) -> dict[str, Any]:
    decided = breach.is_personal_data_breach != Verdict.UNDECIDED
    return {"verdict": breach.is_personal_data_breach} if decided else {}


VERDICT = Decision(
    "Er det et brud på persondatasikkerheden?",
    "Det er det, når oplysninger om mennesker er gået tabt, ændret eller kommet til uvedkommende. "
    "Svarer du nej, stopper fristen. Svarer du ja, løber den.",
    "Gem vurderingen",
    VerdictForm,
    _verdict,
    _say_verdict,
)


def _say_awareness(breach: Breach, data: dict[str, Any], by: Any) -> str:
    set_awareness(breach, data["noticed_at"], by=by, reason=cpr.mask(data["reason"]), version=data["version"])
    return "Tidspunktet er ændret, og fristen er regnet om."


def _awareness(breach: Breach) -> dict[str, Any]:
    aware = timezone.localtime(breach.aware_at or breach.noticed_at)
    return {"noticed_on": aware.date(), "noticed_time": aware.time()}


AWARENESS = Decision(
    "Hvornår blev kommunen bekendt med bruddet?",
    "Fristen regnes herfra. Ændringen og din begrundelse står i forløbet.",
    "Gem tidspunktet",
    AwarenessForm,
    _awareness,
    _say_awareness,
)


def _say_unit(breach: Breach, data: dict[str, Any], by: Any) -> str:
    set_unit(breach, data["unit"], by=by, version=data["version"])
    return f"Sagen hører nu til {data['unit']}, og enhedens leder får besked."


UNIT = Decision(
    "Hvilken enhed hører sagen til?",
    "Enhedens nærmeste leder får besked med det samme.",
    "Gem enheden",
    UnitForm,
    lambda breach: {"unit": breach.unit_id},
    _say_unit,
)


@form_page
def breach_verdict(request: HttpRequest, number: str) -> HttpResponse:
    """`/brud/<number>/vurdering/`."""
    return _decide(request, number, VERDICT)


@form_page
def breach_awareness(request: HttpRequest, number: str) -> HttpResponse:
    """`/brud/<number>/bekendt/`."""
    return _decide(request, number, AWARENESS)


@form_page
def breach_unit(request: HttpRequest, number: str) -> HttpResponse:
    """`/brud/<number>/enhed/`."""
    return _decide(request, number, UNIT)
