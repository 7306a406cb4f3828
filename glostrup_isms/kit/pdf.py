"""PDF reports: a template in, bytes out; tagged for screen readers and for the archive (PDF/UA-1 and PDF/A-3a).

    render_pdf("breaches/pdf/case.html", {"breach": breach}, title="Sag 2026-0042")

The template extends `kit/pdf/frame.html`. This is the only place that calls WeasyPrint. Nothing is fetched: the only
addresses that answer are our own two fonts and the drawings that the caller brings along, so that nothing a person
wrote can read a file or reach a network.
"""

import hashlib
import io
import logging
import os
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone

HTML_MAX = 1_000_000  # characters; about 3,000 table rows, near 30 seconds
HTML_MAX_PATIENT = 4_000_000  # where nobody waits: some 600 pages of text, a minute or two
# Control characters, lone surrogates, and the marks that turn the reading direction of what follows.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
BEYOND_FONTS = re.compile("[\U00010000-\U0010ffff]")  # emoji: a glyph that no font has spoils the whole line's text
FONTS = {
    "portal:font/regular": "dkfds/fonts/IBMPlexSans/split/woff2/IBMPlexSans-Regular-Latin1.woff2",
    "portal:font/bold": "dkfds/fonts/IBMPlexSans/split/woff2/IBMPlexSans-SemiBold-Latin1.woff2",
}
# PDF/UA-1 (ISO 14289-1, 5) wants its mark in the metadata, PDF/A (ISO 19005-3, 6.6.2.3) a description of that mark.
UA_MARK = """<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


class PdfUnavailable(Exception):
    """No PDF can be made on this machine; the text is a Danish sentence, the cause is in the log."""


class PdfTooLarge(Exception):
    """The report is too long to be one PDF; the text is a Danish sentence."""


@cache
def _weasyprint() -> tuple[Any, Any]:
    """(weasyprint, fetcher that answers for our fonts and the caller's drawings only). Loaded at the first report, so
    the portal starts without Pango, the system library that draws the text."""
    for name in ("weasyprint", "weasyprint.progress", "fontTools", "pikepdf"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # their lines quote what people wrote
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except (ImportError, OSError) as error:
        logging.getLogger(__name__).error("WeasyPrint or Pango is missing (see docs/setup.md): %s", error)
        raise PdfUnavailable("Der kan ikke laves pdf lige nu. Prøv igen senere, eller kontakt driften.") from error

    class OwnOnly(URLFetcher):
        def __init__(self, drawings: Mapping[str, str]) -> None:
            super().__init__()
            self.drawings = drawings

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in FONTS:
                return URLFetcherResponse(url, _font(url), {"Content-Type": "font/woff2"})
            if url in self.drawings:
                return URLFetcherResponse(url, self.drawings[url].encode(), {"Content-Type": "image/svg+xml"})
            raise ValueError("Reports fetch nothing.")

    return weasyprint, OwnOnly


@cache
def _font(url: str) -> bytes:
    path = finders.find(FONTS[url])
    if not isinstance(path, str):
        raise FileNotFoundError(FONTS[url])  # the report is set in the system's font instead
    return Path(path).read_bytes()


def render_pdf(
    template: str,
    context: dict[str, Any],
    *,
    title: str,
    number: str = "",
    keep: bool = False,
    patient: bool = False,
    drawings: Mapping[str, str] | None = None,
) -> bytes:
    """The template as a PDF with the municipality's name, `title`, page numbers and today's date on every page.

    `title` is also the document's title, `number` its number. `keep`: for what never changes again: made once, without
    today's date, then found by the checksum of what it is made from. `drawings`: our own SVG by the address that the
    template's `<img>` names, as `portal:drawing/wheel`. Raises PdfUnavailable, PdfTooLarge.
    """
    page = {"title": " ".join(title.split()), "municipality": settings.MUNICIPALITY, "document_number": number}
    text = render_to_string(template, {**context, **page, "printed_on": None if keep else timezone.localdate()})
    longest, drawings = HTML_MAX_PATIENT if patient else HTML_MAX, drawings or {}
    if not keep:
        return _draw(text, longest, drawings)
    made_from = "".join([text, *drawings.values()])
    kept = Path(settings.PDF_DIR) / f"{hashlib.sha256(made_from.encode()).hexdigest()}.pdf"
    try:
        return kept.read_bytes()
    except FileNotFoundError:
        content = _draw(text, longest, drawings)
        try:
            _keep(kept, content)
        except OSError as error:  # a full disk: it is made again next time
            logging.getLogger(__name__).error("A PDF could not be kept: %s", error)
        return content


def _keep(path: Path, content: bytes) -> None:
    """Whole or not at all, whoever else makes the same at the same time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as unfinished:
        try:
            unfinished.write(content)
            unfinished.flush()
            os.fsync(unfinished.fileno())
            Path(unfinished.name).rename(path)
        except OSError:
            Path(unfinished.name).unlink(missing_ok=True)
            raise


def _draw(text: str, longest: int, drawings: Mapping[str, str]) -> bytes:
    weasyprint, fetcher = _weasyprint()
    if len(text) > longest:
        raise PdfTooLarge("Udskriften er for lang til én pdf. Vælg færre sager eller en kortere periode.")
    drawable = BEYOND_FONTS.sub("\N{WHITE SQUARE}", UNPRINTABLE.sub(" ", text))
    document = weasyprint.HTML(string=drawable, url_fetcher=fetcher(drawings))
    return _mark(document.write_pdf(pdf_variant="pdf/a-3a"))


def _mark(content: bytes) -> bytes:
    """Add the PDF/UA mark to the metadata, and make sure that nothing was attached."""
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as pdf:
        if pdf.attachments:
            raise ValueError("A report has no attachments.")
        metadata = pdf.Root.Metadata.read_bytes().decode()
        marked = metadata.replace("</rdf:RDF>", UA_MARK + "</rdf:RDF>", 1)
        pdf.Root.Metadata.write(marked.encode())
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)  # the same report is the same bytes, wherever it is made
    return out.getvalue()
