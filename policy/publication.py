"""What the public reads, as bytes: the same from the portal, from a web server's folder, and in a frame.

Each address has one answer for everybody. A web process keeps what it has drawn for as long as the stamp of the public
pages is the same; it asks for the stamp at most once in settings.PUBLIC_SITE_TRUSTED_FOR, so that most answers need no
query at all, and a change shows within that time everywhere.
"""

import hashlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from policy.actions import reviews
from policy.enums import Kind, State
from policy.feed import feed
from policy.margin import bound
from policy.models import Clause, Document, PublicSite, Version
from policy.pdf import version_pdf
from policy.public_forms import DayForm, PairForm
from policy.text.blocks import parse
from policy.text.compare import compare
from policy.text.html import compare_html, contents, is_safe_link, render
from roles.models import today

KEPT = 500  # answers in each process
HTML, PDF, JSON, ATOM = (
    "text/html; charset=utf-8", "application/pdf", "application/json", "application/atom+xml; charset=utf-8",
)  # fmt: skip
ELSEWHERE = re.compile(r'<a href="/(?!politik/|dokumenter/)')  # a page of the portal that the public pages are not
OUT_OF_FRAME = re.compile(r'<a href="(?!#)')


@dataclass(frozen=True)
class Page:
    """One answer."""

    body: bytes
    content_type: str

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def etag(self) -> str:
        """Strong: it names these bytes."""
        return f'"{self.sha256[:32]}"'


Stamp = tuple[str, date]


def current_stamp() -> Stamp:
    """New whenever a public page may be: something was decided, or a day has gone, which is told of as today. One
    query."""
    stamp = PublicSite.objects.filter(pk=1).values_list("stamp", flat=True).first()
    return stamp or "", today()


class Kept:
    """What this process has drawn, for one stamp. The pages asked for last are kept."""

    def __init__(self) -> None:
        self.stamp: Stamp | None = None
        self.asked_at = float("-inf")
        self.pages: OrderedDict[str, Page] = OrderedDict()
        self.lock = Lock()

    def get(self, path: str) -> Page | None:
        """The answer, or None where there is nothing. Raises PdfUnavailable, PdfTooLarge."""
        with self.lock:
            if time.monotonic() - self.asked_at >= settings.PUBLIC_SITE_TRUSTED_FOR.total_seconds():
                self._ask()
            stamp = self.stamp
            if path in self.pages:
                self.pages.move_to_end(path)
                return self.pages[path]
        page = draw(path)
        with self.lock:
            if page and stamp == self.stamp:  # else it may hold what was true before: it is answered, but not kept
                self.pages[path] = page
                while len(self.pages) > KEPT:
                    self.pages.popitem(last=False)
        return page

    def _ask(self) -> None:
        """Under the lock: an older answer cannot come after a newer."""
        begun, stamp = time.monotonic(), current_stamp()
        if stamp != self.stamp:
            self.pages.clear()
        self.stamp, self.asked_at = stamp, begun


KEPT_HERE = Kept()


# ── Which address shows what ─────────────────────────────────────────────────────────────────────
def policy_versions() -> Any:
    """Every version of the policy that applies or has applied, newest first."""
    return (
        Version.objects.public().filter(document__kind=Kind.POLICY)
        .select_related("document", "decision__body").order_by("-number")
    )  # fmt: skip


def _policy_in_force() -> Version | None:
    return policy_versions().filter(state=State.IN_FORCE).first()


def _policy_number(number: str) -> Version | None:
    return policy_versions().filter(number=int(number)).first()


def draw(path: str) -> Page | None:
    """The answer at the address, or None where there is nothing for the public."""
    for pattern, make in ROUTES:
        if found := pattern.fullmatch(path):
            return make(*found.groups())
    return None


def policy_page() -> Page:
    """`/politik/`."""
    version = _policy_in_force()
    return _reading(version) if version else html_page("policy/public/nothing.html")


def version_page(number: str) -> Page | None:
    """`/politik/versioner/<no>/`."""
    version = _policy_number(number)
    return _reading(version) if version else None


def archive_page() -> Page:
    """`/politik/versioner/`: every version that applies or has applied, and which two to compare."""
    versions = list(policy_versions().defer("text"))
    return html_page(
        "policy/public/archive.html", versions=versions, pairs=list(zip(versions[1:], versions, strict=False)),
        pair_form=PairForm(versions), day_form=DayForm(),
    )  # fmt: skip


def compare_page(old: str, new: str) -> Page | None:
    """`/politik/sammenlign/<no>/<no>/`."""
    found = {version.number: version for version in policy_versions().filter(number__in=(int(old), int(new)))}
    if len(found) < 2:
        return None
    first, second = found[int(old)], found[int(new)]
    difference = compare(parse(first.text), parse(second.text))
    drawn = _at_the_portal(compare_html(difference, heading_level=2))
    drawn = drawn.replace('<a href="#', f'<a href="/politik/versioner/{new}/#')  # a comparison has no such places
    return html_page(
        "policy/public/compare.html", old=first, new=second, difference=difference,
        difference_html=mark_safe(drawn),  # nosec: made of safe pieces
    )  # fmt: skip


def day_page(text: str) -> Page | None:
    """`/politik/paa-dato/<day>/`: what applied that day, as far as the portal knows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    policy = Document.objects.public().filter(kind=Kind.POLICY).first() if day <= today() else None
    version = policy.applied_on(day) if policy else None
    if version is None:
        return html_page("policy/public/day_nothing.html", day=day, is_future=day > today())
    return _reading(policy_versions().get(pk=version.pk), day=day)


def embedded_page() -> Page:
    """`/politik/indlejret/`: the text alone, for a frame on the municipality's website."""
    version = _policy_in_force()
    text = OUT_OF_FRAME.sub('<a target="_top" href="', _drawn(version)) if version else ""
    return html_page("policy/public/embedded.html", version=version, text=mark_safe(text))  # nosec: made of safe pieces


def documents_page() -> Page:
    """`/dokumenter/` for the public: public documents in force."""
    rows = Document.objects.public().filter(in_force__isnull=False).select_related("in_force").order_by("number")
    documents = sorted(rows, key=lambda document: Kind.values.index(document.kind))
    return html_page("policy/public/documents.html", documents=documents)


def _document(number: str) -> Version | None:
    rows = Version.objects.public().filter(state=State.IN_FORCE, document__number=number.upper())
    return rows.select_related("document", "decision__body").first()


def document_page(number: str) -> Page | None:
    """`/dokumenter/<number>/` for the public: the text that applies."""
    version = _document(number)
    return _reading(version) if version else None


def document_pdf(number: str) -> Page | None:
    """`/dokumenter/<number>/dokument.pdf`."""
    version = _document(number)
    return Page(version_pdf(version), PDF) if version else None


def policy_pdf() -> Page | None:
    """`/politik/politik.pdf`."""
    version = _policy_in_force()
    return Page(version_pdf(version), PDF) if version else None


def numbered_pdf(number: str) -> Page | None:
    """`/politik/versioner/<no>/politik.pdf`."""
    version = _policy_number(number)
    return Page(version_pdf(version), PDF) if version else None


def policy_json() -> Page:
    """`/politik/politik.json`: the text that applies, what was decided of it, and the archive.

    `decided` is exactly what was decided; written as JSON in UTF-8 with sorted keys and no spaces, its SHA-256 is
    `sha256`.
    """
    versions = list(policy_versions())
    current = next((one for one in versions if one.state == State.IN_FORCE), None)
    data = {
        "municipality": settings.MUNICIPALITY,
        "in_force": {**_as_data(current), "decided": json.loads(current.canonical())} if current else None,
        "versions": [_as_data(version) for version in versions],
    }
    return Page(json.dumps(data, ensure_ascii=False, indent=1).encode(), JSON)


def _as_data(version: Version) -> dict[str, Any]:
    decision = version.decision
    assert decision is not None  # what is published was decided
    assert version.effective_on is not None
    return {
        "document": version.document.number,
        "version": version.number,
        "title": version.title,
        "state": version.state,
        "decided_by": str(decision.body),
        "decided_on": decision.decided_on.isoformat(),
        "reference": decision.reference,
        "effective_on": version.effective_on.isoformat(),
        "ended_on": version.ended_on.isoformat() if version.ended_on else None,
        "withdrawn_because": version.withdrawn_why or None,
        "sha256": version.sha256,
        "url": f"{settings.BASE_URL}/politik/versioner/{version.number}/",
        "pdf": f"{settings.BASE_URL}/politik/versioner/{version.number}/politik.pdf",
    }


def policy_feed() -> Page:
    """`/politik/feed.atom`: an entry for each version, newest first."""
    return Page(feed(policy_versions()), ATOM)


NUMBER, DOCUMENT, DAY = "([1-9][0-9]{0,5})", "([a-z]{3}-[0-9]{3,6})", "([0-9]{4}-[0-9]{2}-[0-9]{2})"
ROUTES: tuple[tuple[re.Pattern[str], Callable[..., Page | None]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"/politik/", policy_page),
        (r"/politik/versioner/", archive_page),
        (rf"/politik/versioner/{NUMBER}/", version_page),
        (rf"/politik/versioner/{NUMBER}/politik\.pdf", numbered_pdf),
        (rf"/politik/sammenlign/{NUMBER}/{NUMBER}/", compare_page),
        (rf"/politik/paa-dato/{DAY}/", day_page),
        (r"/politik/politik\.pdf", policy_pdf),
        (r"/politik/politik\.json", policy_json),
        (r"/politik/feed\.atom", policy_feed),
        (r"/politik/indlejret/", embedded_page),
        (r"/dokumenter/", documents_page),
        (rf"/dokumenter/{DOCUMENT}/", document_page),
        (rf"/dokumenter/{DOCUMENT}/dokument\.pdf", document_pdf),
    )
)


def addresses() -> Iterator[str]:
    """Every address that has something for the public, for those who copy the pages elsewhere. Left to the portal are
    the days of `/politik/paa-dato/`, which are without end, and of the comparisons those that are neither of neighbours
    nor with the newest, older to newer: they grow with the square of the versions."""
    yield from (
        "/politik/", "/politik/versioner/", "/politik/politik.json", "/politik/feed.atom", "/politik/indlejret/",
        "/dokumenter/",
    )  # fmt: skip
    numbers = []
    for version in policy_versions().defer("text"):
        if version.state == State.IN_FORCE:
            yield "/politik/politik.pdf"
        yield f"/politik/versioner/{version.number}/"
        yield f"/politik/versioner/{version.number}/politik.pdf"
        numbers.append(version.number)
    pairs = {*zip(numbers[1:], numbers, strict=False), *((old, numbers[0]) for old in numbers[1:])}
    yield from (f"/politik/sammenlign/{old}/{new}/" for old, new in sorted(pairs))
    for document in Document.objects.public().filter(in_force__isnull=False):
        yield document.get_absolute_url()
        yield f"{document.get_absolute_url()}dokument.pdf"


# ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
def html_page(template: str, **context: Any) -> Page:
    """The template, with what every public page says."""
    context |= {
        "municipality": settings.MUNICIPALITY,
        "accessibility_url": settings.ACCESSIBILITY_URL,
        "base_url": settings.BASE_URL,
        "demo": settings.DEMO,
    }
    return Page(render_to_string(template, context).encode(), HTML)


def _reading(version: Version, day: date | None = None) -> Page:
    """The text to read, with what was decided of it, and from when to when it applies."""
    document = version.document
    pdf = f"/politik/versioner/{version.number}/politik.pdf"
    return html_page(
        "policy/public/reading.html", version=version, document=document, decision=version.decision, day=day,
        is_today=day == today(), text=_drawn(version), contents=contents(parse(version.text)),
        last_review=reviews(version).first(), is_policy=document.is_policy,
        postings=[posting for posting in version.postings.all() if is_safe_link(posting.url)],
        pdf=pdf if document.is_policy else f"{document.get_absolute_url()}dokument.pdf",
    )  # fmt: skip


def _drawn(version: Version) -> SafeString:
    """The text, with whom each clause binds. One query."""
    binds = tuple((position, tuple(roles)) for position, roles in version.clauses.values_list("position", "roles"))
    return _drawn_text(version.text, binds, settings.BASE_URL)


@lru_cache(maxsize=64)
def _drawn_text(text: str, binds: tuple[tuple[int, tuple[str, ...]], ...], base_url: str) -> SafeString:
    clauses = [Clause(position=position, roles=roles) for position, roles in binds]
    return mark_safe(_at_the_portal(render(parse(text), after=bound(clauses))))  # nosec: made of safe pieces


def _at_the_portal(html: str) -> str:
    """The pages may stand on another web server: what only the portal has is linked to there."""
    return ELSEWHERE.sub(f'<a href="{settings.BASE_URL}/', html)
