"""What everybody reads, signed in or not: the same bytes for all, no cookie, and 304 for whoever has them already."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from glostrup_isms.kit.pdf import PdfTooLarge, PdfUnavailable
from policy.public_forms import DayForm, PairForm
from policy.publication import KEPT_HERE, html_page, policy_versions

View = Callable[..., HttpResponseBase]


def or_no_pdf(view: View) -> View:
    """The sentence, as 503, where the view's PDF cannot be made."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **parts)
        except (PdfUnavailable, PdfTooLarge) as error:
            return HttpResponse(html_page("policy/pdf/none.html", sentence=str(error)).body, status=503)

    return answer


@login_not_required
@require_safe
@or_no_pdf
def page(request: HttpRequest, **parts: str) -> HttpResponseBase:
    """Every address under `/politik/`, and the public side of `/dokumenter/`."""
    found = KEPT_HERE.get(request.path)
    if found is None:
        raise Http404
    response: HttpResponse = HttpResponse(found.body, content_type=found.content_type)
    response["Cache-Control"] = "public, no-cache"  # kept, but asked for each time: what is decided shows at once
    response["ETag"] = found.etag
    answer: HttpResponse = get_conditional_response(request, etag=found.etag, response=response)  # type: ignore[assignment]
    answer.is_for_everybody = True  # type: ignore[attr-defined]
    return answer


@login_not_required
@require_safe
@xframe_options_exempt
def embedded(request: HttpRequest) -> HttpResponseBase:
    """`/politik/indlejret/`: only the municipality's own websites may show it in a frame."""
    framed = csp_replace({"frame-ancestors": ["'self'", *settings.EMBED_SITES]})(page)
    return framed(request)


@login_not_required
@require_safe
def ask_day(request: HttpRequest) -> HttpResponse:
    """`/politik/paa-dato/?dato=…`: from the archive's form to the day's own address."""
    form = DayForm(request.GET if "dato" in request.GET else None)
    if form.is_valid():
        return redirect("public:on_day", form.cleaned_data["dato"].isoformat())
    return _ask("policy/public/day_ask.html", form)


@login_not_required
@require_safe
def ask_pair(request: HttpRequest) -> HttpResponse:
    """`/politik/sammenlign/?fra=…&til=…`: from the archive's form to the comparison's own address."""
    form = PairForm(list(policy_versions().defer("text")), request.GET if {"fra", "til"} & request.GET.keys() else None)
    if form.is_valid():
        return redirect("public:compare", form.cleaned_data["fra"], form.cleaned_data["til"])
    return _ask("policy/public/compare_ask.html", form)


def _ask(template: str, form: DayForm | PairForm) -> HttpResponse:
    return HttpResponse(html_page(template, form=form).body, status=422 if form.errors else 200)
