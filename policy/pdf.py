"""A version, and its decision record, as tagged PDF."""

from typing import Any

from django.conf import settings
from django.db.models.functions import Length
from django.utils.safestring import mark_safe

from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.pdf import PdfTooLarge, render_pdf
from policy.enums import FROZEN, State
from policy.margin import bound
from policy.models import Version
from policy.text.blocks import parse
from policy.text.html import render

LONG = 250_000  # characters: some 80 pages
COMES_LATER = (
    "Teksten er så lang, at pdf'en bliver lavet i baggrunden. Prøv igen om en halv time, eller læs teksten i portalen."
)
TOO_LONG = "Teksten er for lang til at blive en pdf. Læs den i portalen i stedet."


def version_pdf(version: Version, *, patient: bool = False) -> bytes:
    """The text, whom each clause binds, and its decision; what is decided never changes again and is made once.
    `patient`: nobody waits, so a very long one may be made too. Raises PdfUnavailable, PdfTooLarge."""
    drawn = render(parse(version.text), numbers="plain", after=bound(version.clauses.all()))
    # A file has no portal around it: its addresses are written out.
    text = drawn.replace('<a href="/', f'<a href="{settings.BASE_URL}/')
    context = {
        "version": version,
        "document": version.document,
        "text": mark_safe(text),  # nosec: made of safe pieces
        "decision": version.decision,
        "mark": page_mark(version),
    }
    title = f"{version.title}, udgave {version.number}"
    return _render("version", context, title, version, keep=version.is_frozen, patient=patient)


def record_pdf(version: Version, context: dict[str, Any]) -> bytes:
    """Who wrote, asked, answered and approved what, when. Raises PdfUnavailable, PdfTooLarge."""
    return _render("record", context, f"Forløb: {version.title}, udgave {version.number}", version)


def draw_long_pdfs() -> int:
    """Make the PDFs of what is decided and so long that no reader should wait for it; answers how many there are."""
    texts = Version.objects.filter(state__in=FROZEN).annotate(length=Length("text")).filter(length__gt=LONG)
    count = 0
    for version in texts.select_related("document", "decision__body"):
        version_pdf(version, patient=True)
        count += 1
    return count


def _render(
    name: str, context: dict[str, Any], title: str, version: Version, *, keep: bool = False, patient: bool = False
) -> bytes:
    number = version.document.number
    try:
        return render_pdf(f"policy/pdf/{name}.html", context, title=title, number=number, keep=keep, patient=patient)
    except PdfTooLarge as error:
        raise PdfTooLarge(COMES_LATER if keep else TOO_LONG) from error


def page_mark(version: Version) -> str:
    """What every page of a version says that does not apply, so that no page can be taken for what does."""
    match State(version.state):
        case State.IN_FORCE:
            return ""
        case State.DECIDED:
            return f"Gælder først fra {da_date(version.effective_on)}"  # type: ignore[arg-type]  # decided: has its day
        case State.SUPERSEDED:
            return f"Afløst {da_date(version.ended_on)}"  # type: ignore[arg-type]  # ended: has its day
        case State.WITHDRAWN:
            return f"Trukket tilbage {da_date(version.ended_on)}"  # type: ignore[arg-type]
        case state:
            return f"{state.label}: gælder ikke"
