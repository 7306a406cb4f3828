"""What this app brings before bodies that meet, and what their decisions do to a text."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import decisions_on
from meetings.agenda import Suggestion, register_source
from meetings.effects import Effect, Ruling, register_effect
from meetings.enums import BodyKind, ItemKind, Outcome
from meetings.models import Body, Decision
from meetings.papers import register_paper
from meetings.permissions import FOLLOWERS
from policy.actions import ask_for_change, decide, reapprove, recommend, send_back
from policy.actions.shared import lock
from policy.enums import Confidentiality, FactKind, NeedsChange, State
from policy.margin import bound
from policy.models import Review, Version
from policy.text.blocks import parse
from policy.text.html import render
from roles.models import today

CLOSED = (Confidentiality.CONFIDENTIAL, Confidentiality.MAY_BE_EXEMPT)
AGAIN, CHANGE, EITHER = (
    "Godkend igen uden ændringer.",
    "Bed om en ny udgave.",
    "Tag stilling til, om dokumentet kan godkendes igen uden ændringer, eller om der skal skrives en ny udgave.",
)


# ── The agenda ───────────────────────────────────────────────────────────────────────────────────
def suggest(body: Body, held_on: date) -> Iterable[Suggestion]:
    """Each yearly review that the body decides, the most pressing first, and each text that has been sent to it. Three
    queries and one for the parts and facts, however many there are."""
    reviews = Review.objects.before(body.kind).select_related("document", "version__document").order_by("due_on", "pk")
    for review in reviews.prefetch_related("parts", "facts"):
        yield _of_review(review, held_on)
    for version in Version.objects.before(body.kind).select_related("document").order_by("submitted_at", "pk"):
        yield _of_version(version)


def _of_review(review: Review, held_on: date) -> Suggestion:
    document = review.document
    what = "Årlig revurdering" if document.is_policy else "Årlig gennemgang"
    return Suggestion(
        key=f"policy-review:{review.pk}",
        kind=ItemKind.POLICY_REVIEW if document.is_policy else ItemKind.REVIEW,
        title=f"{what}: {document.number} {document.title}",
        text=case_of(review, held_on),
        proposal=proposal_of(review),
        url=review.get_absolute_url(),
        concerns=review.version,
        is_confidential=document.confidentiality in CLOSED,
    )


def case_of(review: Review, held_on: date) -> str:
    """What the body has before it: by when, what has changed, who says what."""
    day = f"besluttet senest {da_date(review.due_on)}."
    if review.due_on < today():
        lines = [f"Revurderingen mangler: den skulle have været {day}"]
    else:
        lines = [f"{'Dagen er gået, når mødet holdes: den' if review.due_on < held_on else 'Den'} skal være {day}"]
    hidden = () if reads_drafts(BodyKind(review.body_kind)) else (FactKind.TEXT,)
    lines += [fact.sentence for fact in review.facts.all() if fact.kind not in hidden]
    for part in review.parts.all():
        said = [f"{part}: {part.get_needs_change_display()}." if part.answered_at else f"{part} har ikke svaret."]
        said += [f"Hvad er ændret: {part.changes}"] if part.changes else []
        lines.append(" ".join([*said, part.text]).strip())
    return "\n\n".join(lines)


def reads_drafts(kind: BodyKind) -> bool:
    """Whether everybody who sits in the body may see what is being written."""
    return set(kind.members) <= set(FOLLOWERS)


def proposal_of(review: Review) -> str:
    """After what was answered: one who says that the text must change is enough to ask for it."""
    said = {part.needs_change for part in review.parts.all()}
    if NeedsChange.YES in said:
        return CHANGE
    return AGAIN if said == {NeedsChange.NO} else EITHER


def _of_version(version: Any) -> Suggestion:
    """A row of `Version.objects.before`, which knows whether the body recommends or decides."""
    document = version.document
    verb = "Anbefal" if version.is_to_be_recommended else "Godkend"
    return Suggestion(
        key=f"policy-version:{version.pk}",
        kind=ItemKind.VERSION,
        title=version.label,
        text=version.change_note,
        proposal=f"{verb} teksten, eller send den tilbage med en begrundelse.",
        url=version.get_absolute_url(),
        concerns=version,
        is_confidential=document.confidentiality in CLOSED,
    )


# ── What is decided ──────────────────────────────────────────────────────────────────────────────
def outcomes(version: Version, body: Body) -> Sequence[Outcome]:
    """What the body can decide of the text now; none when it is not before that body."""
    if version.state == State.IN_FORCE:
        review = version.reviews.open().first()
        if review is None or version.document.route.reviewed_by != body.kind:
            return ()
        return (Outcome.REAPPROVED,) if review.change_asked_id else (Outcome.REAPPROVED, Outcome.CHANGE_ASKED)
    if version.state not in (State.SUBMITTED, State.RECOMMENDED) or version.before_body != body.kind:
        return ()
    if version.needs_recommendation:  # one that another body had recommended goes back before this one can
        return (Outcome.RECOMMENDED, Outcome.RETURNED) if version.state == State.SUBMITTED else (Outcome.RETURNED,)
    return (Outcome.APPROVED, Outcome.RETURNED)


def apply(version: Version, ruling: Ruling) -> Decision:
    """By the same actions as the pages use, with all that they refuse. What can be decided is asked once nobody else
    can change it. Raises StepNotOpen, PermissionDenied, WrongDecision."""
    version = lock(version, publishes=ruling.outcome in (Outcome.APPROVED, Outcome.REAPPROVED))
    said: dict[str, Any] = {
        "by": ruling.by, "decided_on": ruling.decided_on, "reference": ruling.reference, "uploads": ruling.uploads,
    }  # fmt: skip
    if ruling.outcome not in outcomes(version, ruling.body):
        raise StepNotOpen(f"{ruling.body} kan ikke beslutte »{ruling.outcome.label}« om teksten, som den står nu.")
    if ruling.outcome == Outcome.REAPPROVED:
        return reapprove(version, text=ruling.text, **said)
    if ruling.outcome == Outcome.CHANGE_ASKED:
        return ask_for_change(version, text=ruling.text, **said)
    if ruling.outcome == Outcome.RECOMMENDED:
        recommend(version, text=ruling.text, **said)
    elif ruling.outcome == Outcome.APPROVED:
        decide(version, text=ruling.text, statement=ruling.statement, effective_on=ruling.effective_on, **said)
    else:
        send_back(version, note=ruling.text, body=ruling.body, **said)
    return decisions_on(version).filter(outcome=ruling.outcome).order_by("-pk")[0]


def asks(version: Version, outcome: Outcome) -> Sequence[str]:
    """What the decision needs beside its words: from which day the text applies, the statement (P-78), and of the
    council the minutes (P-81)."""
    if outcome != Outcome.APPROVED:
        return ()
    route = version.document.route
    wanted = {
        "effective_on": True,
        "statement": route.needs_statement,
        "files": route.decided_by == BodyKind.COUNCIL,
    }
    return tuple(name for name, is_wanted in wanted.items() if is_wanted)


def stamp(version: Version) -> str:
    """As decisions name it (0009); of a text that is being written, as it would be."""
    return version.sha256 or version.digest()


def paper(version: Version) -> str:
    """The text as it stands in the meeting's papers, below the point's own heading."""
    drawn = render(parse(version.text), heading_level=3, numbers="plain", after=bound(version.clauses.all()))
    return mark_safe(drawn.replace('<a href="/', f'<a href="{settings.BASE_URL}/'))  # nosec: made of safe pieces


def brief(version: Version) -> str:
    """What stands for a long text that is in force and only looked at again, while its checksum is the one decided."""
    if version.state != State.IN_FORCE or version.digest() != version.sha256:
        return ""
    return format_html(
        "<p>Teksten er uændret, siden den begyndte at gælde {}, og er ikke trykt her, fordi den er lang. "
        'Læs den i portalen: <a href="{}{}">{}</a>.</p><p>Kontrolsum: {}</p>',
        da_date(version.effective_on),  # type: ignore[arg-type]  # in force: has its day
        settings.BASE_URL, version.get_absolute_url(), version.label, version.sha256,
    )  # fmt: skip


def register() -> None:
    register_source("dokumenter", suggest)
    register_effect(Version, Effect(outcomes, apply, asks, stamp))
    register_paper(Version, paper, brief)
