"""The list of documents, a document's page, and the routes of approval."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from glostrup_isms.kit.access import find_or_404, post_only, require
from glostrup_isms.kit.dates import da_date
from meetings.actions import decisions_on
from meetings.enums import Outcome
from meetings.permissions import VIEW_DECISION
from policy.actions import Changed, change_document, change_route, create_document, start_version
from policy.enums import OPEN, State
from policy.forms import DocumentForm, RouteForm
from policy.models import ApprovalRoute, Document, Version
from policy.models.documents import VIEW_DRAFTS, newest_state
from policy.permissions import ADD, CHANGE, CHANGE_ROUTE
from policy.tables import DocumentTable, ReaderTable
from policy.views import public
from policy.views.shared import NOT_YOURS, add_errors, find_document, form_page, held_against, open_review
from roles.models import User


@login_not_required
@form_page
def document_list(request: HttpRequest) -> HttpResponseBase:
    """`/dokumenter/`: for the public, the public ones; for people signed in, all that they may see."""
    if not request.user.is_authenticated:
        return public.page(request)
    rows = Document.objects.visible_to(request.user).annotate(newest=newest_state(request.user))
    follows = request.user.has_perm(VIEW_DRAFTS)
    table = (DocumentTable if follows else ReaderTable)(request, rows.select_related("in_force"))
    context = {"table": table, "can_add": request.user.has_perm(ADD), "sees_drafts": follows}
    return table.respond() or render(request, "policy/document_list.html", context)


@form_page
def document_new(request: HttpRequest) -> HttpResponse:
    """`/dokumenter/nyt/`."""
    require(request.user, ADD, sentence=NOT_YOURS)
    if request.method != "POST":
        return _form(request, DocumentForm())
    form = DocumentForm(request.POST)
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in form.Meta.fields}
        try:
            version = create_document(**fields, by=request.user)  # type: ignore[arg-type]
            messages.success(request, "Dokumentet er oprettet. Skriv teksten nu, eller vent til senere.")
            return redirect("policy:text", version.document.number.lower(), version.number)
        except ValidationError as error:
            add_errors(form, error)
    return _form(request, form, status=422)


def _form(
    request: HttpRequest, form: DocumentForm, document: Document | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "policy/document_form.html", {"form": form, "document": document}, status=status)


@login_not_required
@require_safe
def document_detail(request: HttpRequest, number: str) -> HttpResponseBase:
    """`/dokumenter/<number>/`: for the public, the text that applies; for people signed in, the document."""
    if not request.user.is_authenticated:
        return public.page(request)
    document = find_document(request, number)
    versions = list(
        Version.objects.visible_to(request.user)
        .filter(document=document).exclude(state=State.DISCARDED)
        .select_related("document", "decision__body").order_by("-number")
    )  # fmt: skip
    user: User = request.user  # type: ignore[assignment]
    decisions = list(decisions_on(*versions)) if versions and user.has_perm(VIEW_DECISION) else []
    can_change = user.has_perm(CHANGE, document)
    context = {
        "document": document,
        "current": document.in_force,
        "on_its_way": next((one for one in versions if one.state in OPEN), None),
        "versions": versions,
        "facts": _facts(document, versions, decisions),
        "decisions": decisions,
        "can_change": can_change,
        "can_start": can_change and not any(one.state in OPEN for one in versions),
        "deleted": _deleted(document, can_change),
        "review": open_review(user, document),
        "follows": user.has_perm(VIEW_DRAFTS, document),
        "pairs": list(zip(versions[1:], versions, strict=False)),
    }
    return render(request, "policy/document_detail.html", context)


def _deleted(document: Document, can_change: bool) -> Version | None:
    """The draft that was deleted last, while it can be had back."""
    newest = document.versions.first() if can_change else None
    return newest if newest and newest.state == State.DISCARDED else None


def _facts(document: Document, versions: list[Version], decisions: list[Any]) -> list[tuple[str, str]]:
    reviews = [one for one in decisions if one.outcome == Outcome.REAPPROVED and not one.voided_at]
    rows = [
        ("Slags", document.get_kind_display()),
        ("Slags regel", document.get_category_display()),
        ("Ejer", document.get_owner_role_display()),
        ("Gælder for", document.get_audience_display()),
        ("Fortrolighed", document.get_confidentiality_display()),
        ("Udfylder i politikken", document.policy_section),
        ("Journalnummer", document.journal_number),
        ("Sidst godkendt igen", da_date(reviews[0].decided_on) if reviews else ""),
        ("Godkendes igen senest", da_date(document.next_review_on) if document.next_review_on else ""),
        ("Bruges ved brud", "Planen bliver vist på hver sag om brud." if document.is_breach_plan else ""),
    ]
    return [(label, value) for label, value in rows if value]


@form_page
def document_edit(request: HttpRequest, number: str) -> HttpResponse:
    """`/dokumenter/<number>/oplysninger/`."""
    document = find_document(request, number)
    require(request.user, CHANGE, document, sentence=NOT_YOURS)
    if request.method != "POST":
        return _form(request, DocumentForm(instance=document, initial={"revision": document.revision}), document)
    form = DocumentForm(request.POST, instance=document)
    if not form.is_valid():
        return _form(request, form, document, status=422)
    fields = {name: form.cleaned_data[name] for name in form.Meta.fields if name in form.cleaned_data}
    try:
        change_document(
            document, by=request.user, revision=form.cleaned_data["revision"] or 0,  # type: ignore[arg-type]
            make_public=form.cleaned_data.get("make_public", False), **fields,
        )  # fmt: skip
    except ValidationError as error:
        add_errors(form, error)
        return _form(request, form, document, status=422)
    except Changed as error:
        held_against(form, revision=Document.objects.visible_to(request.user).get(pk=document.pk).revision)
        form.add_error(None, str(error))
        return _form(request, form, document, status=409)
    messages.success(request, "Oplysningerne er gemt.")
    return redirect("policy:document", number)


@post_only("policy:document")
def version_start(request: HttpRequest, number: str) -> HttpResponse:
    """`/dokumenter/<number>/udgaver/ny/`."""
    document = find_document(request, number)
    require(request.user, CHANGE, document, sentence=NOT_YOURS)
    try:
        version = start_version(document, by=request.user)  # type: ignore[arg-type]
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("policy:document", number)
    messages.success(request, f"Udgave {version.number} er begyndt. Den gælder først, når den er besluttet.")
    return redirect("policy:text", number, version.number)


@require_safe
def route_list(request: HttpRequest) -> HttpResponse:
    """`/dokumenter/godkendelsesveje/`: who approves what."""
    require_drafts(request)
    context = {
        "routes": ApprovalRoute.objects.visible_to(request.user),
        "can_change": request.user.has_perm(CHANGE_ROUTE),
    }
    return render(request, "policy/route_list.html", context)


def require_drafts(request: HttpRequest) -> None:
    """Pages for those who work with the documents; nobody else knows of them."""
    if not request.user.has_perm(VIEW_DRAFTS):
        raise Http404


@form_page
def route_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """`/dokumenter/godkendelsesveje/<pk>/`."""
    route: ApprovalRoute = find_or_404(ApprovalRoute.objects.visible_to(request.user), pk=pk)
    require(request.user, CHANGE_ROUTE, route, sentence="Kun kommunaldirektøren ændrer, hvem der godkender hvad.")
    form = RouteForm(request.POST if request.method == "POST" else None, instance=route)
    if request.method == "POST" and form.is_valid():
        try:
            change_route(route, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            messages.success(request, f"Godkendelsesvejen for »{route}« er ændret.")
            return redirect("policy:routes")
        except ValidationError as error:
            add_errors(form, error)
    status = 422 if form.errors else 200
    return render(request, "policy/route_form.html", {"form": form, "route": route}, status=status)
