"""The door of the SCIM endpoint: who may come in, what is read of a request, and how it is answered."""

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError as MisfitError
from scim2_models import (
    Context,
    Error,
    ForbiddenException,
    InvalidSyntaxException,
    InvalidValueException,
    Message,
    PatchOp,
    PayloadTooLargeException,
    Resource,
    ResponseParameters,
    SCIMException,
    SearchRequest,
    UnauthorizedException,
    UniquenessException,
)

from glostrup_isms.kit import audit, cpr, limits
from roles.models import User
from roles.scim import filters
from roles.scim.resources import POLICY

BODY_MAX_BYTES = 1024 * 1024
DEEPEST = 20  # objects and lists inside each other
# Of a PATCH, besides members: the library goes through the whole resource for each change, and slowly through a filter.
MOST_CHANGES = 100
CHANGES_MAX_BYTES = 64 * 1024
# Failures only: whoever has the token is never held up by somebody who tries to guess it.
FAILURES = ((20, timedelta(minutes=5)), (100, timedelta(hours=1)))
BRAKE_LINES = (1, timedelta(hours=1))  # the provider tries again and again: it must not fill the audit trail
View = Callable[..., HttpResponse]
AnyMessage = TypeVar("AnyMessage", bound=Message | Resource[Any])


class Braked(ForbiddenException):
    """The provider has closed as many as it may for now; `person` is the next that it would have closed."""

    def __init__(self, person: User, detail: str) -> None:
        super().__init__(detail=detail)
        self.person = person


def endpoint(**views: View) -> View:
    """One address: a view for each method (`get=…`, `post=…`), behind the token."""

    @csrf_exempt
    @login_not_required
    def guarded(request: HttpRequest, **keys: Any) -> HttpResponse:
        if not settings.SCIM_TOKEN:
            raise Http404
        response = _refusal(request) or _call(views, request, keys)
        response["Cache-Control"] = "no-store"
        return response

    return guarded


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """What whoever has not the token gets; None for whoever has. Each failure leaves a line in the audit trail, up to a
    limit, never the token that was tried."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.SCIM_TOKEN.encode()
    is_right = hmac.compare_digest(token.strip().encode("utf-8", "surrogatepass"), expected)
    if is_right and scheme.lower() == "bearer":
        return None
    if wait := limits.hit("scim", limits.client_address(request), *FAILURES):
        answer = failed(Error(status=429, detail="Der er prøvet for mange gange. Vent lidt."))
        answer["Retry-After"] = str(wait)
        return answer
    audit.record("scim.refused", method=str(request.method)[:10], path=request.path[:200], had_token=bool(token))
    answer = failed(UnauthorizedException(detail="Adgangsnøglen mangler eller er forkert.").to_error())
    answer["WWW-Authenticate"] = 'Bearer realm="SCIM"'
    return answer


def _call(views: Mapping[str, View], request: HttpRequest, keys: dict[str, Any]) -> HttpResponse:
    method = str(request.method).lower()
    view = views.get("get" if method == "head" else method)
    if view is None:
        answer = failed(Error(status=405, detail="Adressen tager ikke imod den metode."))
        answer["Allow"] = ", ".join(name.upper() for name in views)
        return answer
    try:
        with POLICY:
            return view(request, **keys)
    except Braked as problem:
        if limits.hit("scim.brake", "", BRAKE_LINES) is None:
            audit.record("scim.brake", obj=problem.person)
        return failed(problem.to_error())
    except SCIMException as problem:
        return failed(problem.to_error())
    except MisfitError as problem:
        return failed(Error.from_validation_errors(problem)[0])
    except ValidationError as problem:
        return failed(InvalidValueException(detail=" ".join(problem.messages)).to_error())
    except IntegrityError:  # the same came twice at once
        return failed(UniquenessException(detail="Den findes allerede.").to_error())
    except DataError:
        return failed(InvalidValueException(detail="En værdi kan ikke gemmes.").to_error())
    except RecursionError:
        return failed(InvalidSyntaxException(detail="Der er for mange lag inden i hinanden.").to_error())


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; SCIM errors for everything else."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_MAX_BYTES:
            raise PayloadTooLargeException(detail=f"Der må højst sendes {BODY_MAX_BYTES} byte.")
        found = json.loads(request.body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError, UnreadablePostError) as error:
        raise InvalidSyntaxException(detail="Det sendte er ikke JSON.") from error
    if not isinstance(found, dict) or _is_deep(found):
        raise InvalidSyntaxException(detail="Det sendte er ikke et JSON-objekt, eller der er for mange lag i det.")
    return found


def _no_number(name: str) -> None:
    raise ValueError(name)


def _is_deep(found: Any) -> bool:
    layer = [found]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for one in layer:
            inner += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        if not inner:
            return False
        layer = inner
    return True


def read(model: type[AnyMessage], raw: Mapping[str, Any], context: Context) -> AnyMessage:
    """What was sent as a resource or message; `MisfitError` when it does not fit."""
    found: Any = model.model_validate(raw, scim_ctx=context)
    return found  # type: ignore[no-any-return]


def patch(wanted: Resource[Any], raw: Mapping[str, Any]) -> None:
    """Let the resource become what a PATCH says."""
    operations = raw.get("Operations")
    if isinstance(operations, list) and len(operations) > MOST_CHANGES:
        raise InvalidValueException(detail=f"Der må højst være {MOST_CHANGES} ændringer ad gangen.")
    if len(json.dumps(operations)) > CHANGES_MAX_BYTES:
        raise PayloadTooLargeException(detail=f"Ændringer må højst fylde {CHANGES_MAX_BYTES} byte ad gangen.")
    kind: Any = PatchOp.__class_getitem__(type(wanted))
    read(kind, raw, Context.RESOURCE_PATCH_REQUEST).patch(wanted)


def search_of(request: HttpRequest, model: type[Resource[Any]]) -> SearchRequest[Any]:
    """The query string: filter, page, and which attributes to show."""
    sent = {name: str(value) for name, value in request.GET.items() if name in SEARCH_PARAMETERS}
    filters.check(sent.get("filter", ""))
    kind: Any = SearchRequest.__class_getitem__(model)
    return read(kind, sent, Context.SEARCH_REQUEST)


SEARCH_PARAMETERS = ("filter", "startIndex", "count", "attributes", "excludedAttributes")


# ── Answering ────────────────────────────────────────────────────────────────────────────────────
def answered(
    shown: Message | Resource[Any], context: Context, status: int = 200, chosen: ResponseParameters[Any] | None = None
) -> HttpResponse:
    """The resource or message as JSON, with the attributes that were asked for."""
    return _json(shown.model_dump(scim_ctx=context, response_parameters=chosen), status)


def failed(error: Error) -> HttpResponse:
    if error.detail:
        error.detail = cpr.mask(error.detail)
    return _json(error.model_dump(), error.status or 400)


def _json(content: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json.dumps(content), status=status, content_type="application/scim+json")


audit.describe(
    {
        "scim.refused": "Nogen uden den rigtige nøgle prøvede at bruge SCIM",
        "scim.brake": "Log ind-systemet ville lukke flere konti på et døgn, end det må, blandt dem {object}",
    }
)
