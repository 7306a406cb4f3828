"""What may have changed since a document was approved last: each app that knows of something registers a source, and
every open review asks them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from glostrup_isms.kit.dates import da_date
from meetings.enums import BodyKind
from policy.enums import OPEN, FactKind, Kind, State
from policy.models import Comment, Document, HearingPart, Version


@dataclass(frozen=True)
class Fact:
    """One thing, in a Danish sentence that names no person and no case; `url` is where the reader finds more."""

    kind: FactKind
    sentence: str
    url: str = ""


Source = Callable[[Document, date], Iterable[Fact]]
_sources: dict[str, Source] = {}


def register(key: str, source: Source) -> None:
    """`source(document, since)` answers what has changed since the document was approved last, that day included: what
    has happened on it may not have been known."""
    _sources[key] = source


def gather(document: Document, since: date) -> list[Fact]:
    """Of all sources, in the order of registration; `since` is the day of the last approval."""
    return [fact for source in _sources.values() for fact in source(document, since)]


# ── What this app knows itself ───────────────────────────────────────────────────────────────────
def of_policy(document: Document, since: date) -> Iterable[Fact]:
    """The policy that everything below must be consistent with (P-78) is another one by now."""
    if document.is_policy:
        return
    newer = Version.objects.filter(document__kind=Kind.POLICY, state=State.IN_FORCE, effective_on__gt=since).first()
    if newer and newer.effective_on:
        sentence = f"Informationssikkerhedspolitikken er en anden: udgave {newer.number} gælder fra "
        yield Fact(FactKind.POLICY, f"{sentence}{da_date(newer.effective_on)}.", "/politik/")


def of_text(document: Document, since: date) -> Iterable[Fact]:
    """A text that the body has never looked at, a new version on its way, what was said of either and not answered."""
    text = document.in_force
    if text and text.decision and text.decision.decided_on > since and not text.is_seen_by_reviewer:
        body = BodyKind(document.route.reviewed_by).label
        sentence = f"Udgave {text.number} gælder nu. {body} har hverken anbefalet eller besluttet den."
        yield Fact(FactKind.TEXT, sentence, text.get_absolute_url())
    if on_its_way := document.versions.filter(state__in=OPEN).select_related("document").first():
        sentence = f"Udgave {on_its_way.number} er på vej og er »{on_its_way.get_state_display()}«."
        yield Fact(FactKind.TEXT, sentence, on_its_way.get_absolute_url())
        heard = HearingPart.objects.filter(hearing__version=on_its_way, hearing__is_void=False, has_remarks=True)
        if remarks := heard.count():
            url = f"{on_its_way.get_absolute_url()}#hoering"
            yield Fact(FactKind.TEXT, f"{_counted(remarks, 'svar', 'svar')} på høringen har bemærkninger.", url)
    about = Q(version__state__in=(*OPEN, State.IN_FORCE), version__document=document)
    if comments := Comment.objects.open().filter(about).count():
        url = document.get_absolute_url()
        yield Fact(
            FactKind.TEXT, f"{_counted(comments, 'kommentar', 'kommentarer')} til teksten er ikke besvaret.", url
        )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
