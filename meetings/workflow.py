"""The states of a meeting and of its points, and the steps between them. Printed in docs/workflows.md.

The chair and quorum rules stand in `rules.py`; here they are what closes a step. They bind everybody.
"""

from typing import Any

from django.utils import timezone

from glostrup_isms.kit.dates import da_date, da_datetime, local_date
from glostrup_isms.kit.workflow import Flow, Step
from meetings.enums import ItemState, MeetingState
from meetings.models import AgendaItem, Meeting
from meetings.permissions import CONCLUDE, PREPARE, TAKE_PART, in_words, is_inside, may_chair, why_not_prepare
from meetings.rules import may_vote, quorum, tally
from roles.models import User, today


# ── Meetings ─────────────────────────────────────────────────────────────────────────────────────
def prepares(user: Any, meeting: Meeting) -> str | None:
    """Each body has its own who prepare its meetings."""
    return why_not_prepare(user, meeting.body)


def has_points(user: Any, meeting: Meeting) -> str | None:
    """An empty agenda calls nobody."""
    return None if meeting.items.open().exists() else "Sæt mindst ét punkt på dagsordenen først."


def is_to_come(user: Any, meeting: Meeting) -> str | None:
    """Nobody is called to a time that has passed."""
    last = meeting.ends_at if meeting.is_written else meeting.starts_at
    return None if last > timezone.now() else "Tiden er gået. Vælg en ny tid først."


def is_a_meeting(user: Any, meeting: Meeting) -> str | None:
    """In a written procedure nobody meets."""
    return "Det er en skriftlig behandling uden møde." if meeting.is_written else None


def day_has_come(user: Any, meeting: Meeting) -> str | None:
    """A meeting is held on its day, not before."""
    day = local_date(meeting.starts_at)
    return None if day <= today() else f"Mødet kan først begynde {da_date(day)}. Flyt det, hvis det holdes før."


def no_point_open(user: Any, meeting: Meeting) -> str | None:
    """What was not reached is postponed, said aloud."""
    left = [str(item.position) for item in meeting.items.open()]
    if not left:
        return None
    which = f"Punkt {left[0]} er" if len(left) == 1 else f"Punkterne {', '.join(left)} er"
    return f"{which} ikke behandlet. Skriv en konklusion, eller udsæt til næste møde."


def is_written(user: Any, meeting: Meeting) -> str | None:
    """Only a written procedure is closed by its votes."""
    return None if meeting.is_written else "Der stemmes ikke skriftligt om mødets punkter."


def votes_are_in(user: Any, meeting: Meeting) -> str | None:
    """The time is up, or everybody who may vote has voted on every point."""
    if meeting.ends_at <= timezone.now():
        return None
    seats = meeting.seats()
    for item in meeting.items.open().prefetch_related("votes", "recusals"):
        if len(tally(item, seats).votes) < len(may_vote(item, seats)):
            return f"Vent, til alle har stemt, eller til {da_datetime(meeting.ends_at)}."
    return None


def draft_is_sent(user: Any, meeting: Meeting) -> str | None:
    """The members had the minutes before them, as they are now."""
    if meeting.minutes_sent_at:
        return None
    return "Send først udkastet til medlemmerne, så de kan læse det, som det er nu."


def chairs(user: Any, meeting: Meeting) -> str | None:
    """The chair approves the minutes (P-46), or her deputy while she is away, or the one who chaired."""
    if may_chair(user, meeting):
        return None
    chair = meeting.body.body_kind.chair
    return f"Referatet godkendes af {in_words([chair]) if chair else 'et medlem'}, eller den, der ledte mødet."


S = MeetingState
MEETING_FLOW = Flow(
    "state",
    (
        Step("call", "Indkald og send dagsordenen", {S.PLANNED}, S.CALLED, PREPARE, (prepares, has_points, is_to_come),
             sentence="Medlemmerne får en besked med et link. Derefter står der ved nye punkter, at de er kommet til."),
        Step("open", "Åbn mødet", {S.CALLED}, S.OPEN, PREPARE, (prepares, is_a_meeting, day_has_come),
             sentence="Skriv, hvem der er til stede, og begynd på referatet."),
        Step("close", "Slut mødet", {S.OPEN}, S.MINUTES, PREPARE, (prepares, no_point_open),
             sentence="Derefter er der kun referatet tilbage."),
        Step("close_votes", "Luk afstemningen", {S.CALLED}, S.MINUTES, PREPARE, (prepares, is_written, votes_are_in),
             sentence="Den lukker af sig selv, når tiden er gået."),
        Step("send_minutes", "Send udkastet til medlemmerne", {S.MINUTES}, S.MINUTES, PREPARE,
             (prepares, no_point_open), sentence="De får en besked og kan skrive bemærkninger."),
        Step("approve", "Godkend referatet", {S.MINUTES}, S.CLOSED, TAKE_PART,
             (chairs, no_point_open, draft_is_sent),
             sentence="Derefter kan intet ændres."),
        Step("cancel", "Aflys", {S.PLANNED, S.CALLED}, S.CANCELLED, PREPARE, (prepares,), needs_note=True,
             sentence="Har medlemmerne fået indkaldelsen, får de også besked om det. Punkterne kan komme på et andet "
             "møde."),
    ),
    noun="mødet",
)  # fmt: skip


# ── Points ───────────────────────────────────────────────────────────────────────────────────────
def writes_minutes(user: User, item: AgendaItem) -> str | None:
    """Those who prepare the body's meetings, its members, and whoever was at the meeting in a member's stead."""
    body = item.meeting.body
    if why_not_prepare(user, body) is None or is_inside(user, item.meeting):
        return None
    return f"Referatet skrives af dem, der forbereder møder i {body}, og af medlemmerne."


def item_prepares(user: User, item: AgendaItem) -> str | None:
    """The agenda is kept by those who prepare the body's meetings."""
    return why_not_prepare(user, item.meeting.body)


def being_held(user: User, item: AgendaItem) -> str | None:
    """A point is dealt with while the meeting is on; in a written procedure once the vote is closed."""
    meeting = item.meeting
    if meeting.state == (S.MINUTES if meeting.is_written else S.OPEN):
        return None
    if meeting.is_written:
        return f"Der kan først skrives en beslutning ind, når afstemningen er lukket. Den er »{meeting.state_label}«."
    return f"Der kan kun konkluderes, mens mødet er i gang. Det er »{meeting.state_label}«."


def not_recused(user: User, item: AgendaItem) -> str | None:
    """Whoever has a conflict of interest has no hand in the point, nor has one who is there in her stead alone."""
    recused = {one.person_id for one in item.recusals.all()}
    if not recused or user.pk is None:
        return None
    if user.pk in recused:
        return "Du er inhabil på punktet og kan ikke skrive det ind. Bed en anden om det."
    kind = item.meeting.body.body_kind
    offices = [one for one in user.offices if one.role in (*kind.members, *kind.preparers)]
    if offices and all(one.as_deputy and one.holder_id in recused for one in offices):
        return "Du er her i stedet for en, der er inhabil på punktet, og kan ikke skrive det ind. Bed en anden om det."
    return None


def settles(user: User, item: AgendaItem) -> str | None:
    """While the meeting is on, those who write its minutes; else those who prepare it: no single member takes points
    off a meeting that is called, or away from a vote."""
    return writes_minutes(user, item) if item.meeting.state == S.OPEN else item_prepares(user, item)


def may_be_decided(user: User, item: AgendaItem) -> str | None:
    """A quorum of those present less the recused, and the chair or her deputy (P-46); or a vote that was carried."""
    if not item.meeting.is_written:
        return quorum(item).refusal
    result = tally(item)
    return None if result.is_carried else f"Punktet er ikke vedtaget. {result.sentence}"


def can_be_put_off(user: User, item: AgendaItem) -> str | None:
    """Once the meeting is called, and until it is over."""
    state, is_written = item.meeting.state, item.meeting.is_written
    if state in (S.CALLED, S.OPEN) or (is_written and state == S.MINUTES):
        return None
    return f"Punktet kan udsættes, når der er indkaldt, og til mødet er slut. Mødet er »{item.meeting.state_label}«."


def can_be_taken_off(user: User, item: AgendaItem) -> str | None:
    """Until the meeting is over."""
    if item.meeting.state in (S.PLANNED, S.CALLED, S.OPEN):
        return None
    return f"Punktet kan ikke trækkes nu. Mødet er »{item.meeting.state_label}«."


def nothing_followed(user: User, item: AgendaItem) -> str | None:
    """What has landed on a document, or on a later agenda, is not undone here."""
    if item.decision_id:
        return "Beslutningen er skrevet ind på det, den handler om, og kan ikke fortrydes her."
    if AgendaItem.objects.filter(carried_from=item).exists():
        return "Punktet står allerede på en senere dagsorden."
    return None


P = ItemState
ITEM_FLOW = Flow(
    "state",
    (
        Step("decide", "Afslut punktet", {P.OPEN}, P.DECIDED, CONCLUDE,
             (writes_minutes, being_held, not_recused, may_be_decided),
             sentence="Skriv, hvad der blev besluttet."),
        Step("reject", "Ikke vedtaget", {P.OPEN}, P.DECIDED, PREPARE, (item_prepares, being_held)),
        Step("postpone", "Udsæt", {P.OPEN}, P.POSTPONED, CONCLUDE, (settles, not_recused, can_be_put_off),
             sentence="Det kommer selv på næste mødes dagsorden."),
        Step("withdraw", "Træk punktet", {P.OPEN}, P.WITHDRAWN, PREPARE,
             (item_prepares, not_recused, can_be_taken_off), needs_note=True,
             sentence="Det bliver stående, streget over, med din begrundelse."),
        Step("reopen", "Tag punktet op igen", {P.DECIDED, P.POSTPONED, P.WITHDRAWN}, P.OPEN, CONCLUDE,
             (settles, not_recused, can_be_taken_off, nothing_followed)),
    ),
    noun="punktet",
)  # fmt: skip
