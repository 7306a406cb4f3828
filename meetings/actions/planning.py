"""Planning, calling, moving and cancelling meetings; and how a body meets."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from duties.actions import create_duty, finish_duties
from duties.enums import Kind
from glostrup_isms.kit import audit
from glostrup_isms.kit.dates import add_working_days, da_datetime
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import notifications
from meetings.actions.agenda import fill_agenda
from meetings.actions.next_steps import ask_for_next
from meetings.actions.shared import Changed, add_event, lock_body, lock_meeting, require_preparer, save
from meetings.effects import stamp_of
from meetings.enums import AHEAD, ENDED, MeetingState
from meetings.models import Body, Meeting
from meetings.permissions import CHANGE_BODY
from meetings.workflow import MEETING_FLOW
from roles.models import User, today

FILLED_AHEAD = timedelta(days=60)  # so long before a meeting its agenda fills itself
TO_PLAN = 10  # working days


def plan_meeting(
    body: Body, *, starts_at: datetime, ends_at: datetime, by: User, place: str = "", is_written: bool = False
) -> Meeting:
    """A meeting to come, with the agenda that it fills itself with; a written procedure begins empty. Raises
    PermissionDenied, ValidationError."""
    require_preparer(by, body)
    with transaction.atomic():
        body = lock_body(body)
        _check_times(body, starts_at, ends_at, is_written=is_written)
        meeting = Meeting(body=body, is_written=is_written, starts_at=starts_at, ends_at=ends_at, place=place.strip())
        save(meeting, by, "Planlagt")
        add_event(meeting, f"{by}: Planlagde {_what(meeting)}.")
        if not is_written:
            finish_duties(_plan_key(body), by=None)  # its row is locked before anything is written in the trail
        fill_agenda(meeting, by=by)
        ask_for_next(meeting)
        audit.record("meeting.plan", by=by, obj=meeting)
    return meeting


def move_meeting(
    meeting: Meeting, *, starts_at: datetime, ends_at: datetime, by: User, place: str = "", seen: str | None = None
) -> Meeting:
    """Another time or place. When the papers are out, every member is told again. Raises PermissionDenied, StepNotOpen,
    ValidationError, Changed."""
    with transaction.atomic():
        lock_body(meeting.body)
        fresh = lock_meeting(meeting, seen)
        require_preparer(by, fresh.body)
        if fresh.state not in AHEAD:
            raise StepNotOpen(f"Mødet kan ikke flyttes: det er »{fresh.state_label}«.")
        if fresh.is_voted_on and fresh.ends_at <= timezone.now():
            raise StepNotOpen("Fristen er gået, og stemmerne er talt. Den kan ikke rykkes nu.")
        _check_times(fresh.body, starts_at, ends_at, is_written=fresh.is_written, apart_from=fresh)
        before = fresh.starts_at, fresh.ends_at, fresh.place
        if fresh.is_written:
            starts_at = fresh.starts_at
        if before == (starts_at, ends_at, place.strip()):
            return fresh
        fresh.starts_at, fresh.ends_at, fresh.place = starts_at, ends_at, place.strip()
        fresh.revision += 1
        save(fresh, by, "Flyttet")
        add_event(fresh, f"{by}: Flyttede {_what(fresh)}.")
        if fresh.is_called:
            notifications.tell(fresh, "moved")
        ask_for_next(fresh)
        audit.record("meeting.move", by=by, obj=fresh, starts_at=starts_at, ends_at=ends_at, place=place)
    return fresh


def call_meeting(meeting: Meeting, *, by: User, seen: str | None = None) -> Meeting:
    """The agenda and its papers go to the members; in a written procedure they vote from now on. Raises
    PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = lock_meeting(meeting, seen)
        now = timezone.now()
        values = {"called_at": now, "revision": fresh.revision + 1}
        if fresh.is_written:
            values["starts_at"] = min(now, fresh.ends_at - timedelta(minutes=1))

        def follow(moved: Meeting) -> None:
            add_event(moved, f"{by}: Sendte {'sagen til afstemning' if moved.is_written else 'dagsordenen'} ud.")
            for item in moved.items.open():
                if stamp := stamp_of(item):
                    item.stamp = stamp
                    save(item, by, "Sendt ud")
            notifications.call(moved)
            ask_for_next(moved, by=by)

        moved: Meeting = MEETING_FLOW.move(fresh, "call", by=by, values=values, then=follow)
    return moved


def cancel_meeting(meeting: Meeting, *, by: User, note: str, seen: str | None = None) -> Meeting:
    """It is not held. Members who were called are told; its points are free for the next meeting. Raises
    PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = lock_meeting(meeting, seen)
        values = {"cancelled_why": note.strip()[:500], "revision": fresh.revision + 1}

        def follow(moved: Meeting) -> None:
            what = "Stoppede den skriftlige behandling" if moved.is_written else "Aflyste mødet"
            add_event(moved, f"{by}: {what}. {note.strip()}")
            if moved.is_called:
                notifications.tell(moved, "cancelled")
            ask_for_next(moved)

        moved: Meeting = MEETING_FLOW.move(fresh, "cancel", by=by, note=note, values=values, then=follow)
    return moved


def change_body(
    body: Body, *, quorum: int | None, meets_every_months: int | None, standing_items: Sequence[str], by: User,
    seen: int | None = None,
) -> Body:  # fmt: skip
    """How many must be there, how often it meets, and what always stands on its agenda. Raises PermissionDenied,
    Changed."""
    if not by.has_perm(CHANGE_BODY, body):
        raise PermissionDenied("Kun kommunaldirektøren og sekretariatet ændrer det.")
    with transaction.atomic():
        fresh = lock_body(body)
        if seen is not None and fresh.revision != seen:
            raise Changed(str(fresh), theirs=fresh)
        fresh.quorum, fresh.meets_every_months = quorum, meets_every_months
        fresh.standing_items = list(standing_items)
        fresh.revision += 1
        save(fresh, by)
        audit.record("body.change", by=by, obj=fresh, quorum=quorum, months=meets_every_months, items=standing_items)
    return fresh


def prepare_meetings() -> int:
    """Fill the agendas of meetings near (where the papers are out, with what was put off alone), call whoever sits in
    the body since, ask for a meeting where a body that meets regularly has none planned, and for the next step of each;
    answers how many points were added. Any number of times a day."""
    ahead = Meeting.objects.ahead().select_related("body")
    near = ahead.filter(is_written=False, starts_at__lte=timezone.now() + FILLED_AHEAD)
    added = sum(fill_agenda(meeting, only_put_off=meeting.is_called) for meeting in near)
    for meeting in ahead.filter(state=MeetingState.CALLED):
        with transaction.atomic():
            notifications.call(meeting)
    for body in Body.objects.all():
        _ask_for_meeting(body)
    for meeting in Meeting.objects.exclude(state__in=ENDED).order_by("pk"):
        with transaction.atomic():
            ask_for_next(lock_meeting(meeting))
    return added


def _ask_for_meeting(body: Body) -> None:
    """One duty for those who prepare its meetings, until one is planned within the time."""
    key = _plan_key(body)
    within = timezone.now() + timedelta(days=31 * (body.meets_every_months or 0))
    coming = body.meetings.current().filter(is_written=False, starts_at__lte=within)
    if not body.meets_every_months or coming.exists():
        finish_duties(key, by=None)
        return
    create_duty(
        f"Planlæg et møde i {body}",
        due_on=add_working_days(today(), TO_PLAN),
        role=body.body_kind.preparers[0],
        dedup_key=key,
        kind=Kind.MEETING,
        concerns=body,
        url=f"{body.get_absolute_url()}nyt/",
        by_hand=False,
        is_discreet=False,
    )


def _plan_key(body: Body) -> str:
    return f"meetings:plan:{body.kind}"


def _what(meeting: Meeting) -> str:
    if meeting.is_written:
        return f"en skriftlig behandling. Der kan stemmes til {da_datetime(meeting.ends_at)}"
    return f"mødet til {da_datetime(meeting.starts_at)}{f', {meeting.place}' if meeting.place else ''}"


def _check_times(
    body: Body, starts_at: datetime, ends_at: datetime, *, is_written: bool, apart_from: Meeting | None = None
) -> None:
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": "Vælg et sluttidspunkt efter begyndelsen."})
    if (ends_at if is_written else starts_at) <= timezone.now():
        raise ValidationError({"day": "Tiden er gået. Vælg en senere."})
    same = body.meetings.standing().filter(is_written=False, starts_at=starts_at)  # type: ignore[attr-defined]
    others = same.exclude(pk=apart_from.pk) if apart_from else same
    if not is_written and others.exists():
        raise ValidationError({"day": f"Der er allerede et møde i {body} på det tidspunkt."})
