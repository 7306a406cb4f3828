"""What is printed and handed out: a version as PDF, its decision record, and where it was published."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from glostrup_isms.kit import audit
from glostrup_isms.kit.access import find_or_404, post_only, require
from meetings.actions import decisions_on
from policy.actions import record_posting, withdraw_posting
from policy.forms import PostingForm
from policy.models import Version
from policy.models.documents import VIEW_DRAFTS
from policy.pdf import record_pdf, version_pdf
from policy.permissions import POST
from policy.text.blocks import parse
from policy.text.compare import compare
from policy.text.html import compare_html
from policy.views.public import or_no_pdf
from policy.views.shared import add_errors, find_version
from policy.views.versions import show

NOT_A_FOLLOWER = "Kun de, der arbejder med dokumenterne, ser hele forløbet. Selve teksten kan du læse."


def record_context(version: Version) -> dict[str, object]:
    """Everything that led to what applies: who wrote, asked, answered, approved what, when."""
    return {
        "version": version,
        "document": version.document,
        "decisions": list(decisions_on(version)),
        "authors": list(version.contributions.select_related("person")),
        "hearings": list(version.hearings.prefetch_related("parts__answered_by")),
        "comments": list(version.comments.select_related("author", "closed_by")),
        "postings": list(version.postings.all()),
        "timeline": list(version.events.all()),
    }


@require_safe
def version_edits(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/rettelser/`: every save, by whom; `?rettelse=N`: what that save changed, at first the newest."""
    found = find_version(request, number, version)
    require(request.user, VIEW_DRAFTS, found, sentence=NOT_A_FOLLOWER)
    saves = found.edits()
    wanted = request.GET.get("rettelse", "")
    chosen = next((save for save in saves if str(save.revision) == wanted), saves[0]) if saves else None
    context: dict[str, object] = {"version": found, "document": found.document, "saves": saves, "chosen": chosen}
    if chosen:
        texts = dict(
            found.history.filter(revision__in=[chosen.before or 0, chosen.revision]).values_list("revision", "text")
        )
        difference = compare(parse(texts.get(chosen.before, "")), parse(texts[chosen.revision]))
        context |= {"difference": difference, "difference_html": compare_html(difference, heading_level=3)}
    return render(request, "policy/version_edits.html", context)


@require_safe
def version_record(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/forloeb/`: the decision record, to read and print."""
    found = find_version(request, number, version)
    require(request.user, VIEW_DRAFTS, found, sentence=NOT_A_FOLLOWER)
    return render(request, "policy/version_record.html", record_context(found))


@require_safe
@or_no_pdf
def version_record_pdf(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/forloeb.pdf`: the same as a file for the journal."""
    found = find_version(request, number, version)
    require(request.user, VIEW_DRAFTS, found, sentence=NOT_A_FOLLOWER)
    content = record_pdf(found, record_context(found))
    audit.record("version.record_pdf", by=request.user, obj=found)
    return _file(content, f"forloeb-{found.document.number.lower()}-{found.number}.pdf")


@require_safe
@or_no_pdf
def version_as_pdf(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """`…/udgave.pdf`: the version as it stands; a draft says so on every page."""
    found = find_version(request, number, version)
    return _file(version_pdf(found), f"{found.document.number.lower()}-udgave-{found.number}.pdf")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@post_only("policy:version")
def version_post(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """Where on the municipality's website the version stands (P-83); `fjern` takes an address away again."""
    found = find_version(request, number, version)
    require(
        request.user, POST, found, sentence="Kun sekretariatet og de, der skriver dokumenter, skriver adressen ind."
    )
    if "fjern" in request.POST:
        posting = find_or_404(found.postings.select_related("version__document"), pk=request.POST["fjern"])
        withdraw_posting(posting, by=request.user)  # type: ignore[arg-type]
        messages.success(request, "Adressen er fjernet.")
        return redirect(f"{found.get_absolute_url()}#offentliggjort")
    form = PostingForm(request.POST, auto_id="id_posting_%s")
    if form.is_valid():
        try:
            record_posting(found, **form.cleaned_data, by=request.user)  # type: ignore[arg-type]
            messages.success(request, "Adressen er skrevet ind.")
            return redirect(f"{found.get_absolute_url()}#offentliggjort")
        except ValidationError as error:
            add_errors(form, error)
    return show(request, found, status=422, posting_form=form)
