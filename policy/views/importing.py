"""Bringing a text in from a file: read, proposed, put right, saved as a draft."""

import hashlib
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from glostrup_isms.kit.access import find_or_404, require
from policy.actions import TextChanged, TextLocked, create_document, import_text
from policy.actions.texts import TEXT_MAX
from policy.enums import Kind
from policy.forms import Binding, Bindings, ImportedForm, ImportForm, IntoForm
from policy.importing import ImportRefused, propose, read
from policy.models import Document, Version
from policy.permissions import ADD
from policy.text.blocks import Block, parse
from policy.text.compare import compare
from policy.views.shared import NOT_YOURS, add_errors, form_page, held_against
from roles.enums import Role

MOST = 25 * 1024 * 1024  # bytes


@form_page
def document_import(request: HttpRequest) -> HttpResponse:
    """`/dokumenter/hent/`: choose a file; then see what was read, correct it, and save. Nothing is kept before that."""
    require(request.user, ADD, sentence=NOT_YOURS)
    documents = Document.objects.visible_to(request.user).order_by("number")
    if request.method != "POST":
        chosen = {"into": request.GET.get("dokument", "").upper()[:12]}
        return render(request, "policy/import_form.html", {"form": ImportForm(initial=chosen, documents=documents)})
    if "text" in request.POST:
        return _correct(request)
    form = ImportForm(request.POST, request.FILES, documents=documents)
    if not form.is_valid():
        return render(request, "policy/import_form.html", {"form": form}, status=422)
    upload, into = form.cleaned_data["file"], form.cleaned_data["into"]
    try:
        if upload.size > MOST:
            raise ImportRefused("Filen fylder mere end 25 MB. Gem den uden billeder, og prøv igen.")
        found = read(upload.name, upload.read())
    except ImportRefused as error:
        form.add_error("file", str(error))
        return render(request, "policy/import_form.html", {"form": form}, status=422)
    initial = {"title": found.title, "text": found.text}
    if into in Kind.values:
        owner = Role.COUNCILLOR if into == Kind.POLICY else Role.IT_COORDINATOR
        is_public = {"confidentiality": "public"} if into == Kind.POLICY else {}
        proposed: Any = ImportedForm(initial={**initial, **is_public, "kind": into, "owner_role": owner})
    else:
        there = documents.get(number=into).open_version()
        if there is not None and not there.is_editable:
            form.add_error("into", f"Udgave {there.number} er »{there.get_state_display()}«. Tag den tilbage først.")
            return render(request, "policy/import_form.html", {"form": form}, status=422)
        proposed = IntoForm(initial={**initial, "into": into, "revision": there.revision if there else 0})
    bindings = _bindings(parse(found.text))
    context: dict[str, Any] = {"notes": found.notes, "decided_on": found.decided_on, "bindings": bindings}
    if into not in Kind.values and there is not None:
        context["difference"] = compare(parse(there.text), parse(found.text)).summary
    return _show(request, proposed, **context)


def _bindings(blocks: list[Block], data: Any = None) -> Bindings:
    """A row for each of the first clauses, as proposed or as sent."""
    rows = [
        Binding(name, block.number, block.text, proposal.roles, proposal.evidence)
        for name, block, proposal in zip(_names(blocks), blocks, propose(blocks), strict=True)
        if block.is_clause
    ]
    return Bindings(rows[: Bindings.MOST], data)


def _names(blocks: list[Block]) -> list[str]:
    """What each row is called: after the words of its clause, so that what was said of a clause stays with it when the
    text is corrected in the same breath, and a clause with new words is proposed anew."""
    seen: Counter[str] = Counter()
    names = []
    for block in blocks:
        words = hashlib.sha256(block.text.encode()).hexdigest()[:12]
        names.append(f"{words}-{seen[words]}")
        seen[words] += 1
    return names


def _correct(request: HttpRequest) -> HttpResponse:
    """What was read came back: drawn anew after a correction of the text, or saved."""
    form: Any = IntoForm(request.POST) if "into" in request.POST else ImportedForm(request.POST)
    if not form.is_valid():
        text = request.POST.get("text", "")[:TEXT_MAX]
        return _show(request, form, status=422, bindings=_bindings(parse(text), request.POST))
    blocks = parse(form.cleaned_data["text"])
    bindings = _bindings(blocks, request.POST)
    if "again" in request.POST:
        return _show(request, form, bindings=bindings)
    if bindings.errors:
        return _show(request, form, status=422, bindings=bindings)
    proposed = [(proposal.roles, proposal.evidence) for proposal in propose(blocks)]
    said = [bindings.sent.get(name, pair) for name, pair in zip(_names(blocks), proposed, strict=True)]
    pairs = zip(said, proposed, strict=True)
    chosen = {at for at, pair in enumerate(pairs) if [list(one) for one in pair[0]] != [list(one) for one in pair[1]]}
    try:
        version = _save(request, form.cleaned_data, said, chosen)
    except ValidationError as error:
        add_errors(form, error)
        return _show(request, form, status=422, bindings=bindings)
    except (TextChanged, TextLocked) as error:
        there = Document.objects.visible_to(request.user).get(number=form.cleaned_data["into"]).open_version()
        held_against(form, revision=there.revision)
        form.add_error(None, str(error))
        return _show(request, form, status=409, bindings=bindings)
    messages.success(request, "Teksten er hentet ind som en kladde. Se den igennem, og send den videre.")
    return redirect(version)


def _save(request: HttpRequest, data: dict[str, Any], said: list[Any], chosen: set[int]) -> Version:
    by: Any = request.user
    if "into" in data:
        document = find_or_404(Document.objects.visible_to(by), number=data["into"])
        return import_text(
            document, data["title"], data["text"], by=by, bindings=said, chosen=chosen, revision=data["revision"]
        )
    fields = {name: data[name] for name in ("category", "owner_role", "audience", "confidentiality")}
    return create_document(
        Kind(data["kind"]), data["title"], by=by, text=data["text"], bindings=said, imported=True, **fields
    )


def _show(request: HttpRequest, form: Any, status: int = 200, **context: Any) -> HttpResponse:
    """The page; whenever a draft will be replaced, it says so."""
    if isinstance(form, IntoForm):
        document = Document.objects.visible_to(request.user).filter(number=form["into"].value() or "").first()
        context["there"] = document and document.open_version()
    return render(request, "policy/import_correct.html", {"form": form, **context}, status=status)
