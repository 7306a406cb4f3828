"""The meeting itself: who is there, who has a conflict of interest, what was concluded, who is asked to do what."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from duties.actions import create_duty
from duties.enums import Kind
from glostrup_isms.kit import audit
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions.decisions import WrongDecision, record_decision
from meetings.actions.next_steps import ask_for_next
from meetings.actions.shared import (
    Changed,
    add_event,
    lock_item,
    lock_meeting,
    refuse,
    refuse_recused,
    require_preparer,
    require_writer,
    save,
    told_of,
)
from meetings.effects import Ruling, effect_on, stamp_of, text_is_changed
from meetings.enums import MeetingState, Outcome, Presence
from meetings.models import AgendaItem, Attendance, Decision, FollowUp, Meeting, Recusal, Seat
from meetings.permissions import why_not_record
from meetings.rules import people_at, present_on
from meetings.workflow import ITEM_FLOW, MEETING_FLOW
from roles.enums import Role
from roles.models import User, today

INSTEAD, BESIDE = "deputy-", "beside-"  # what is said of a seat: a deputy sits there, or is there too
PLAIN_OUTCOMES = (Outcome.APPROVED, Outcome.RECOMMENDED, Outcome.RETURNED)  # of a thing that has no effect of its own
NEEDS_WORDS = {
    Outcome.RETURNED: "Skriv, hvorfor det sendes tilbage.", Outcome.CHANGE_ASKED: "Skriv, hvad der skal ændres.",
}  # fmt: skip
OTHER_TEXT = (
    "Teksten er ændret, efter at dagsordenen blev sendt ud. Læs den nye tekst sammen, og brug den, eller udsæt punktet."
)
OTHER_TEXT_IN_VOTE = "Teksten er ændret, efter at den blev sendt til afstemning. Udsæt punktet til næste møde."


# ── Who is there ─────────────────────────────────────────────────────────────────────────────────
def open_meeting(
    meeting: Meeting, sheet: Mapping[int, str], *, by: User, chairing: int | None = None, seen: str | None = None
) -> Meeting:
    """It begins, with those who are there. `sheet`: for each seat's person `present`, `excused`, `absent`,
    `deputy-<key>` or `beside-<key>`. Without a quorum it can be opened, and its points put off. Raises
    PermissionDenied, StepNotOpen, ValidationError, Changed."""
    with transaction.atomic():
        fresh = lock_meeting(meeting, seen)
        values = {"opened_at": timezone.now(), "revision": fresh.revision + 1}

        def follow(moved: Meeting) -> None:
            add_event(moved, f"{by}: Åbnede mødet. {_write_sheet(moved, sheet, chairing)}")
            ask_for_next(moved, by=by)

        moved: Meeting = MEETING_FLOW.move(fresh, "open", by=by, values=values, then=follow)
    return moved


def set_attendance(
    meeting: Meeting, sheet: Mapping[int, str], *, by: User, chairing: int | None = None, seen: str | None = None
) -> Meeting:
    """Somebody came or went while the meeting is on. Raises PermissionDenied, StepNotOpen, ValidationError, Changed."""
    with transaction.atomic():
        fresh = lock_meeting(meeting, seen)
        require_preparer(by, fresh.body)
        if fresh.state != MeetingState.OPEN:
            raise StepNotOpen(f"Fremmødet kan kun ændres, mens mødet er i gang. Det er »{fresh.state_label}«.")
        fresh.revision += 1
        save(fresh, by, "Fremmøde")
        add_event(fresh, f"{by}: Rettede fremmødet. {_write_sheet(fresh, sheet, chairing)}")
        audit.record("meeting.attendance", by=by, obj=fresh, sheet=dict(sheet))
    return fresh


def _write_sheet(meeting: Meeting, sheet: Mapping[int, str], chairing: int | None) -> str:
    """The rows, from what is said of each seat; answers how many are there, in words."""
    seats = meeting.seats()
    rows = {seat.person.pk: _row_of_seat(meeting, seat, sheet.get(seat.person.pk, "")) for seat in seats}
    for seat in seats:
        said = sheet.get(seat.person.pk, "")
        if said.startswith((INSTEAD, BESIDE)):
            _seat_deputy(meeting, rows, seat, said.rpartition("-")[2])
    present = [row for row in rows.values() if row.presence == Presence.PRESENT]
    for row in present:
        row.is_chairing = row.person_id == _chair(meeting, seats, present, chairing)
    meeting.attendances.all().delete()
    for row in rows.values():
        row.save()
    return f"Til stede: {len(present)} af {len(seats)}."


def _row_of_seat(meeting: Meeting, seat: Seat, said: str) -> Attendance:
    presence = {INSTEAD: Presence.EXCUSED, BESIDE: Presence.PRESENT}.get(f"{said.partition('-')[0]}-", said)
    if presence not in Presence.values:
        raise ValidationError({f"seat-{seat.person.pk}": f"Vælg, om {seat.person} er til stede."})
    return Attendance(meeting=meeting, person=seat.person, role=seat.role, presence=presence)


def _seat_deputy(meeting: Meeting, rows: dict[int, Attendance], seat: Seat, key: str) -> None:
    field = f"seat-{seat.person.pk}"
    deputy = next((one for one in seat.deputies if str(one.pk) == key), None)
    if deputy is None:
        raise ValidationError({field: f"Vælg en, der er stedfortræder for {seat.person}."})
    row = rows.setdefault(
        deputy.pk, Attendance(meeting=meeting, person=deputy, presence=Presence.PRESENT, acts_for=seat.person)
    )
    if row.presence != Presence.PRESENT:
        raise ValidationError({field: f"{deputy} er ikke selv til stede og kan ikke være stedfortræder."})
    if row.acts_for_id not in (None, seat.person.pk):
        raise ValidationError({field: f"{deputy} kan kun være stedfortræder for én."})
    row.acts_for = seat.person


def _chair(meeting: Meeting, seats: list[Seat], present: list[Attendance], chosen: int | None) -> int | None:
    """The body's chair, else whoever acts for her, else a standing deputy who is there; where no role chairs the body,
    the one chosen."""
    here = {row.person_id for row in present}
    if meeting.body.body_kind.chair is None:
        if chosen not in here:
            raise ValidationError({"chairing": "Vælg, hvem af de fremmødte der leder mødet."})
        return chosen
    chairs = [seat for seat in seats if seat.is_chair]
    acting = [row.person_id for row in present for seat in chairs if row.acts_for_id == seat.person.pk]
    deputies = [deputy.pk for seat in chairs for deputy in seat.deputies]
    return next((key for key in [*(seat.person.pk for seat in chairs), *acting, *deputies] if key in here), None)


# ── Conflict of interest ─────────────────────────────────────────────────────────────────────────
def recuse(item: AgendaItem, person: User, *, reason: str, by: User) -> Recusal:
    """The person has a conflict of interest on the point. Raises PermissionDenied, StepNotOpen, ValidationError."""
    with transaction.atomic():
        fresh = lock_item(item)
        require_writer(by, fresh)
        _refuse_settled(fresh)
        if not reason.strip():
            raise ValidationError({"reason": "Skriv, hvad inhabiliteten består i."})
        if person.pk not in people_at(fresh.meeting):
            raise ValidationError({"person": f"{person} deltager ikke i mødet."})
        if fresh.recusals.filter(person=person).exists():
            raise ValidationError({"person": f"{person} er allerede noteret som inhabil på punktet."})
        row: Recusal = fresh.recusals.create(person=person, reason=reason.strip()[:500], noted_by=by)
        add_event(fresh.meeting, f"{by}: Noterede en inhabilitet på punkt {fresh.position}.")
        audit.record("agendaitem.recuse", by=by, obj=fresh, person=person.pk)
    return row


def take_back_recusal(row: Recusal, *, by: User) -> None:
    """It was noted by mistake. Raises PermissionDenied, StepNotOpen."""
    with transaction.atomic():
        fresh = lock_item(row.item)
        require_writer(by, fresh)
        _refuse_settled(fresh)
        if row.person_id == by.pk:
            raise PermissionDenied("Du kan ikke selv fjerne din inhabilitet. Bed en anden om det.")
        row.delete()
        add_event(fresh.meeting, f"{by}: Fjernede en inhabilitet på punkt {fresh.position}.")
        audit.record("agendaitem.unrecuse", by=by, obj=fresh, person=row.person_id)


def _refuse_settled(item: AgendaItem) -> None:
    if not item.is_open or item.meeting.state not in (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.OPEN):
        raise StepNotOpen("Inhabilitet noteres, før punktet er behandlet.")


# ── What was concluded ───────────────────────────────────────────────────────────────────────────
def use_new_text(item: AgendaItem, *, by: User) -> AgendaItem:
    """What the point is about has changed since the papers went out: the meeting takes the new text up, and the point
    says so. In a vote some have voted on the old one: there the point is put off. Raises PermissionDenied,
    StepNotOpen."""
    with transaction.atomic():
        fresh = lock_item(item)
        require_preparer(by, fresh.meeting.body)
        refuse_recused(by, fresh)
        if fresh.meeting.is_written:
            raise StepNotOpen(OTHER_TEXT_IN_VOTE)
        if fresh.meeting.state not in (MeetingState.CALLED, MeetingState.OPEN) or not text_is_changed(fresh):
            raise StepNotOpen("Der er ikke nogen ny tekst at bruge på punktet.")
        fresh.stamp, fresh.renewed_at, fresh.revision = stamp_of(fresh), timezone.now(), fresh.revision + 1
        save(fresh, by, "Ny tekst")
        add_event(fresh.meeting, f"{by}: Tog den nye tekst med på punkt {fresh.position}.")
        audit.record("agendaitem.renew", by=by, obj=fresh, sha256=fresh.stamp)
    return fresh


def write_words(item: AgendaItem, words: str, *, by: User, seen: int) -> AgendaItem:
    """The words of the minutes, until they are approved. A draft that is changed must be sent to the members again.
    Words that are still those which the page was drawn with change nothing, whatever stands now. Raises
    PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = lock_item(item)
        require_writer(by, fresh)
        if fresh.revision != seen:
            if words == fresh.history.filter(revision=seen).values_list("conclusion", flat=True).first():
                return fresh
            raise Changed("Punktet", theirs=fresh)
        refuse_recused(by, fresh)
        meeting = fresh.meeting
        if meeting.state not in (MeetingState.OPEN, MeetingState.MINUTES):
            raise StepNotOpen(f"Referatet kan ikke rettes: mødet er »{meeting.state_label}«.")
        if fresh.conclusion == words:
            return fresh
        fresh.conclusion, fresh.revision = words, fresh.revision + 1
        save(fresh, by, "Referat")
        if meeting.minutes_sent_at:
            add_event(meeting, f"{by}: Rettede referatet af punkt {fresh.position}.")
        _draft_is_changed(meeting, by)
        audit.record("agendaitem.words", by=by, obj=fresh)
    return fresh


def _draft_is_changed(meeting: Meeting, by: User) -> None:
    """What was sent to the members is not what stands now: it is sent again before it is approved."""
    if meeting.minutes_sent_at:
        meeting.minutes_sent_at = None
        meeting.revision += 1
        save(meeting, by, "Referat rettet")
        ask_for_next(meeting)


def conclude(
    item: AgendaItem, *, by: Any, words: str, outcome: str = "", open_words: str = "", statement: str = "",
    effective_on: date | None = None, uploads: Iterable[StoredFile] = (), seen: int | None = None,
) -> AgendaItem:  # fmt: skip
    """The body has dealt with the point. With an outcome the decision lands on what it concerns, by that thing's own
    action and rules, in the same transaction, and only on the text that the members had in their papers. `words` stay
    in the minutes; `open_words` follow the decision and stand on the thing. Without `effective_on` it applies from
    today. Raises PermissionDenied, StepNotOpen, ValidationError, WrongDecision, Changed."""
    with transaction.atomic():
        fresh = lock_item(item, seen)
        refuse(fresh, "decide", by)
        thing, decision = fresh.concerns, None
        if outcome:
            if thing is None:
                raise WrongDecision("outcome", "Punktet handler ikke om noget, der kan besluttes på. Skriv det i ord.")
            if sentence := why_not_record(by, fresh.meeting.body):
                raise PermissionDenied(sentence)
            outcome = Outcome(outcome)
            if outcome in NEEDS_WORDS and not open_words.strip():
                raise WrongDecision("open_words", NEEDS_WORDS[outcome])
            if effect := effect_on(thing):
                day = effective_on or today()
                decision = _apply(fresh, thing, effect, outcome, open_words, by, statement, day, list(uploads))
                if fresh.stamp and decision.sha256 != fresh.stamp:  # its rows are locked now: nothing comes between
                    raise StepNotOpen(OTHER_TEXT_IN_VOTE if fresh.meeting.is_written else OTHER_TEXT)
            elif not fresh.is_confidential:  # else its title would be read beside the decision
                decision = _record(fresh, thing, outcome, open_words, by, uploads)
        elif not words.strip():
            raise ValidationError({"words": "Skriv, hvad mødet nåede frem til."})
        values = {
            "conclusion": words.strip() or f"{Outcome(outcome).label}.", "outcome": outcome, "decision": decision,
            "revision": fresh.revision + 1,
        }  # fmt: skip

        def follow(moved: AgendaItem) -> None:
            moved.counted.set(present_on(moved))
            add_event(moved.meeting, f"{by}: Afsluttede punkt {moved.position}.")
            ask_for_next(moved.meeting)

        moved: AgendaItem = ITEM_FLOW.move(fresh, "decide", by=by, values=values, then=follow)
    return moved


def outcomes_of(item: AgendaItem) -> list[Outcome]:
    """What the body can decide of the thing that the point concerns; none: words alone."""
    thing = item.concerns
    if thing is None:
        return []
    effect = effect_on(thing)
    return list(effect.outcomes(thing, item.meeting.body)) if effect else list(PLAIN_OUTCOMES)


def _apply(
    item: AgendaItem, thing: Any, effect: Any, outcome: Outcome, text: str, by: User, statement: str,
    effective_on: date, uploads: list[StoredFile],
) -> Decision:  # fmt: skip
    body = item.meeting.body
    if outcome not in effect.outcomes(thing, body):
        raise WrongDecision("outcome", f"{body} kan ikke beslutte »{outcome.label}« her nu. Se, hvordan det står.")
    ruling = Ruling(
        body=body, outcome=outcome, decided_on=item.meeting.decided_on, reference=item.reference, text=text, by=by,
        statement=statement, effective_on=effective_on, uploads=uploads,
    )  # fmt: skip
    return effect.apply(thing, ruling)  # type: ignore[no-any-return]


def _record(
    item: AgendaItem, thing: Any, outcome: Outcome, text: str, by: User, uploads: Iterable[StoredFile]
) -> Decision:
    shown = "\n".join((item.title, item.text, item.proposal))
    return record_decision(
        thing, body=item.meeting.body, outcome=outcome, decided_on=item.meeting.decided_on, label=item.title,
        url=item.url or item.meeting.get_absolute_url(), sha256=hashlib.sha256(shown.encode()).hexdigest(), by=by,
        reference=item.reference, text=text, uploads=uploads,
    )  # fmt: skip


def ask(
    item: AgendaItem, what: str, *, due_on: date, by: User, holder: User | None = None, role: Role | None = None
) -> FollowUp:
    """The body asks a person or a role to do something: a duty, followed up at the next meetings. Of a confidential
    point only who has the duty, and who sees the point, sees its words. Raises PermissionDenied, StepNotOpen,
    ValidationError."""
    with transaction.atomic():
        fresh = lock_item(item)
        require_writer(by, fresh)
        refuse_recused(by, fresh)
        if fresh.meeting.state not in (MeetingState.OPEN, MeetingState.MINUTES):
            raise StepNotOpen(f"Der kan ikke bedes om noget nu: mødet er »{fresh.meeting.state_label}«.")
        what = " ".join(what.split())
        if not what:
            raise ValidationError({"what": "Skriv, hvad der skal gøres."})
        if due_on < today():
            raise ValidationError({"due_on": "Vælg en dag, der ikke er gået."})
        if (holder is None) == (role is None):
            raise ValidationError({"person_search": "Vælg en person eller en rolle, ikke begge dele."})
        whom = str(holder or (role and role.label))[:200]
        row = FollowUp.objects.create(item=fresh, what=what[:180], whom=whom, due_on=due_on, asked_by=by)
        row.duty = create_duty(
            **told_of(row), due_on=due_on, holder=holder, role=role, dedup_key=f"meetings:follow-up:{row.pk}",
            concerns=row, by=by, kind=Kind.MEETING,
            text=f"{fresh.meeting.body} har bedt om det {da_date(fresh.meeting.decided_on)}.",
        )  # fmt: skip
        row.save()
        add_event(fresh.meeting, f"{by}: Bad om en opfølgning på punkt {fresh.position}.")
        _draft_is_changed(fresh.meeting, by)
        audit.record("agendaitem.ask", by=by, obj=fresh, duty=row.duty.pk)
    return row


def close_meeting(meeting: Meeting, *, by: User, seen: str | None = None) -> Meeting:
    """The meeting is over; the minutes are left. Raises PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = lock_meeting(meeting, seen)
        values = {"ended_at": timezone.now(), "revision": fresh.revision + 1}

        def follow(moved: Meeting) -> None:
            add_event(moved, f"{by}: Sluttede mødet.")
            ask_for_next(moved, by=by)

        moved: Meeting = MEETING_FLOW.move(fresh, "close", by=by, values=values, then=follow)
    return moved
