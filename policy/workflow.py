"""The states of a version and of its yearly review, and the steps between them. Printed in docs/workflows.md.

Only the portal itself takes `enter_force`, `supersede` and the steps of a review: they follow from what people decided
and answered, and from the day.
"""

from typing import Any

from django.db.models import Q

from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.workflow import Flow, Step
from meetings.actions import body_named
from meetings.permissions import acts_as, why_not_record
from policy.enums import OPEN, PUBLISHED, UNDER_REVIEW, ReviewState, State
from policy.models import Review, Version
from policy.permissions import CHANGE, DECIDE, RECOMMEND, RETURN, RUN
from roles.models import today


def has_text(user: Any, version: Version) -> str | None:
    """An empty text goes nowhere."""
    return None if version.text.strip() else "Skriv teksten først."


def hearing_is_over(user: Any, version: Version) -> str | None:
    """Everybody asked has answered, or the day has passed."""
    hearing = version.hearings.filter(closed_at=None).first()
    if hearing is None or hearing.is_over:
        return None
    return f"Vent, til alle har svaret, eller til svarfristen {da_date(hearing.due_on)} er gået."


def heard_if_needed(user: Any, version: Version) -> str | None:
    """The route may ask for a hearing first."""
    if (
        not version.document.route.needs_hearing
        or version.hearings.filter(closed_at__isnull=False, is_void=False).exists()
    ):
        return None
    return "Teksten skal i høring først."


def recommended_if_needed(user: Any, version: Version) -> str | None:
    """The route may ask for a recommendation first."""
    body = version.document.route.recommended_by
    if not body or (version.recommendation and version.recommendation.body.kind == body):
        return None
    return f"{body_named(body)} skal anbefale teksten først."


def has_recommender(user: Any, version: Version) -> str | None:
    """Only where the route has a body that recommends, and by that body."""
    body = version.document.route.recommended_by
    if not body:
        return "Teksten skal ikke anbefales, før den besluttes."
    return why_not_record(user, body_named(body))


def right_body(user: Any, version: Version) -> str | None:
    """The decision is written in by those who write that body's decisions in (P-45, P-77, P-81)."""
    return why_not_record(user, body_named(version.document.route.decided_by))


def not_own_recommendation(user: Any, version: Version) -> str | None:
    """Four eyes."""
    return not_by_author(user, version, version.document.route.recommended_by)


def not_own_text(user: Any, version: Version) -> str | None:
    """Nobody approves a text that she, or the one she stands in for, has written in."""
    return not_by_author(user, version, version.document.route.decided_by)


def not_by_author(user: Any, version: Version, body: str) -> str | None:
    """Neither the one who writes the body's decision in, nor the one she stands in for, has written in the text."""
    if user.pk in version.author_ids:
        return "Du kan ikke godkende en tekst, du selv har skrevet i. Bed en anden om det."
    if body and acts_as(user, body_named(body)) & version.author_ids:
        return "Den, du er stedfortræder for, har skrevet i teksten. Bed en anden om at godkende den."
    return None


def unchanged(user: Any, version: Version) -> str | None:
    """The text is, to the byte, the one that was sent to be decided."""
    if version.digest() == version.sha256:
        return None
    return "Teksten svarer ikke til den, der blev sendt til behandling. Send den tilbage, og begynd forfra."


def first_to_apply(user: Any, version: Version) -> str | None:
    """A decision from before the portal is written in only where nothing has applied yet."""
    if version.document.versions.filter(state__in=PUBLISHED).exists():
        return "Dokumentet har allerede en udgave, der gælder eller har gældt. En ny skal gå hele vejen."
    return None


def day_has_come(user: Any, version: Version) -> str | None:
    """What was decided to apply later waits for its day."""
    if version.effective_on and version.effective_on <= today():
        return None
    return "Dagen er ikke kommet endnu."


def no_other_open(user: Any, version: Version) -> str | None:
    """One version of a document is on its way at a time, and what has gone ahead is not overtaken by an older draft."""
    later = Q(state__in=OPEN) | Q(state__in=PUBLISHED, number__gt=version.number)
    return "Der er begyndt på en ny udgave siden." if version.document.versions.filter(later).exists() else None


S = State
VERSION_FLOW = Flow(
    "state",
    (
        Step("hear", "Send i høring", {S.DRAFT, S.HEARD}, S.HEARING, CHANGE, (has_text,),
             sentence="Jurister og DPO bliver spurgt, og du vælger, hvem ellers."),
        Step("end_hearing", "Afslut høringen", {S.HEARING}, S.HEARD, CHANGE, (hearing_is_over,),
             sentence="Så kan teksten rettes efter svarene og sendes videre."),
        Step("submit", "Send til behandling", {S.DRAFT, S.HEARD}, S.SUBMITTED, CHANGE, (has_text, heard_if_needed),
             sentence="Teksten låses, så det er præcis den, der bliver besluttet."),
        Step("take_back", "Tag tilbage og ret", {S.HEARING, S.SUBMITTED, S.RECOMMENDED}, S.DRAFT, CHANGE,
             needs_note=True, sentence="En høring, der er i gang, og en anbefaling bortfalder. Skriv hvorfor."),
        Step("recommend", "Skriv anbefalingen ind", {S.SUBMITTED}, S.RECOMMENDED, RECOMMEND,
             (has_recommender, not_own_recommendation, unchanged),
             sentence="Når udvalget har anbefalet præcis denne tekst."),
        Step("decide", "Skriv beslutningen ind", {S.SUBMITTED, S.RECOMMENDED}, S.DECIDED, DECIDE,
             (recommended_if_needed, right_body, not_own_text, unchanged),
             sentence="Når præcis denne tekst er besluttet."),
        Step("adopt", "Skriv en tidligere beslutning ind", {S.DRAFT}, S.DECIDED, DECIDE,
             (has_text, first_to_apply, right_body, not_own_text),
             sentence="Teksten er besluttet, før portalen blev taget i brug."),
        Step("return", "Send tilbage", {S.SUBMITTED, S.RECOMMENDED, S.DECIDED}, S.DRAFT, RETURN, needs_note=True,
             sentence="Skriv, hvad der skal ændres. Beslutninger om teksten bortfalder."),
        Step("enter_force", "Træder i kraft", {S.DECIDED}, S.IN_FORCE, RUN, (day_has_come, unchanged)),
        Step("supersede", "Afløses", {S.IN_FORCE}, S.SUPERSEDED, RUN),
        Step("withdraw", "Træk tilbage", {S.IN_FORCE}, S.WITHDRAWN, DECIDE, (right_body,), needs_note=True,
             sentence="Så gælder dokumentet ikke mere. Det bliver i arkivet med din begrundelse."),
        Step("discard", "Slet kladden", {S.DRAFT, S.HEARD}, S.DISCARDED, CHANGE,
             sentence="Den kan fås igen, så længe der ikke er begyndt på en ny."),
        Step("restore", "Hent kladden igen", {S.DISCARDED}, S.DRAFT, CHANGE, (no_other_open,)),
    ),
    noun="udgaven",
)  # fmt: skip


def all_have_answered(user: Any, review: Review) -> str | None:
    """Everybody who is asked in the review."""
    return "Vent, til alle har svaret." if review.parts.filter(answered_at=None).exists() else None


R = ReviewState
REVIEW_FLOW = Flow(
    "state",
    (
        Step("assess", "Alle har svaret", {R.OPENED}, R.ASSESSED, RUN, (all_have_answered,)),
        Step("close", "Beslutningen er skrevet ind", set(UNDER_REVIEW), R.CLOSED, RUN),
        Step("void", "Bortfalder", set(UNDER_REVIEW), R.VOID, RUN, needs_note=True),
    ),
    noun="gennemgangen",
)  # fmt: skip
