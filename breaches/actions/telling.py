"""Who is told of a case, and the dated rows that follow when nobody answers."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from breaches import notifications
from breaches.enums import StepKind, Track
from breaches.models import Breach, DueStep, Event, Told
from breaches.permissions import grant_case
from duties.actions import create_duty
from glostrup_isms.kit import outbox
from roles.actions import NearestLeader, absent_ids, nearest_leader
from roles.enums import Role
from roles.models import Appointment, User, today


def add_event(breach: Breach, sentence: str) -> None:
    """One line of the timeline."""
    Event.objects.create(breach=breach, sentence=sentence)


def gdpr_people(breach: Breach) -> list[User]:
    """The GDPR unit's people today and the deputies of those who are away, less those whom the case is about."""
    places = Appointment.objects.in_force().filter(role=Role.GDPR_UNIT).select_related("person", "deputy")
    away = absent_ids()
    people = {place.person_id: place.person for place in places}
    people |= {place.deputy.pk: place.deputy for place in places if place.deputy and place.person_id in away}
    return [people[pk] for pk in sorted(people) if pk not in breach.excluded_ids and people[pk].is_active]


def tell(
    breach: Breach, track: Track, *, reason: str, person: User | None = None, address: str = "", level: int = 0
) -> Told | None:
    """Tell a person or a mailbox once per track; None when they know already."""
    key = {"person": person} if person else {"address": address}
    told, is_new = Told.objects.get_or_create(
        breach=breach, track=track, **key, defaults={"reason": reason[:500], "level": level}
    )
    if not is_new:
        return None
    told.breach = breach
    if person:
        grant_case(breach, person)
    told.message = notifications.tell(told, told.told_at + settings.ACKNOWLEDGE_WITHIN)
    told.save(update_fields=["message"])
    if person and told.message and told.message.state == outbox.State.PORTAL_ONLY:
        create_duty(
            f"{person} mangler en mailadresse og får kun besked i portalen",
            due_on=today() + timedelta(days=1),
            role=Role.ADMINISTRATOR,
            dedup_key=f"mail-missing:{person.pk}:{today()}",
            concerns=person,
        )
    return told


def tell_nearest_leader(breach: Breach, found: NearestLeader) -> None:
    """Tell the leader found; when there is none, the case goes on without, and the gap becomes a duty."""
    if found.person:
        if tell(breach, Track.LEADER, person=found.person, reason=_to_the_told(found)):
            cancel_steps(breach, track=Track.LEADER, kind__in=(StepKind.REMIND, StepKind.ESCALATE))
            plan_acknowledgement(breach, Track.LEADER, timezone.now())
        return
    create_duty(
        f"Find den rigtige leder til sag {breach.number}",
        due_on=today() + timedelta(days=1),
        role=Role.GDPR_UNIT,
        dedup_key=f"leader-missing:{breach.pk}",
        concerns=breach,
        url=breach.get_absolute_url(),
    )


def _to_the_told(found: NearestLeader) -> str:
    if found.is_deputy:
        return f"Du er stedfortræder for {found.holder}, der er leder for {found.unit} og er væk."
    return f"Du er nærmeste leder: {found.unit}."


def tell_gdpr_unit(breach: Breach) -> None:
    """The unit's people and its shared mailbox (P-72)."""
    for person in gdpr_people(breach):
        tell(breach, Track.GDPR, person=person, reason="Du hører til GDPR-enheden.")
    tell(breach, Track.GDPR, address=settings.GDPR_MAILBOX, reason="Det er GDPR-enhedens fælles postkasse.")
    plan_acknowledgement(breach, Track.GDPR, timezone.now())


def plan_acknowledgement(breach: Breach, track: Track, since: datetime) -> None:
    """A reminder after the time allowed, and up the line after twice that."""
    DueStep.objects.bulk_create(
        [
            DueStep(breach=breach, kind=StepKind.REMIND, track=track, due_at=since + settings.ACKNOWLEDGE_WITHIN),
            DueStep(
                breach=breach,
                kind=StepKind.ESCALATE,
                track=track,
                level=1,
                due_at=since + 2 * settings.ACKNOWLEDGE_WITHIN,
            ),
        ]
    )


def plan_clock(breach: Breach) -> None:
    """Make the warnings of the authority's deadline fit the deadline as it is now.

    A warning of this very deadline stands, sent or not, so nobody is warned of the same twice; one of another deadline
    is cancelled. Of several whose time has passed already, only the last is made.
    """
    if not breach.clock_runs:
        return cancel_steps(breach, kind=StepKind.CLOCK, taken_at=None)
    assert breach.deadline_at is not None
    times = {level: breach.deadline_at - left for level, left in enumerate(settings.AUTHORITY_WARNINGS)}
    standing = set()
    for step in breach.due_steps.filter(kind=StepKind.CLOCK, cancelled_at=None):
        if times.get(step.level) == step.due_at:
            standing.add(step.level)
        else:
            cancel_steps(breach, pk=step.pk)
    now = timezone.now()
    passed = [level for level, due_at in times.items() if due_at <= now][-1:]
    wanted = passed + [level for level, due_at in times.items() if due_at > now]
    DueStep.objects.bulk_create(
        DueStep(breach=breach, kind=StepKind.CLOCK, track=Track.GDPR, level=level, due_at=times[level])
        for level in wanted
        if level not in standing
    )
    return None


def cancel_steps(breach: Breach, **which: object) -> None:
    """The steps no longer hold; rows already taken stay as the record of what went out."""
    breach.due_steps.filter(cancelled_at=None, **which).update(cancelled_at=timezone.now())


def next_up_the_line(breach: Breach, track: Track) -> NearestLeader:
    """The first leader above who has not been told on this track."""
    skip = {
        *breach.excluded_ids,
        *breach.told.filter(track=track, person__isnull=False).values_list("person", flat=True),
    }
    if track == Track.LEADER:
        return nearest_leader(breach.reporter, breach.unit, skip=skip)
    place = Appointment.objects.in_force().filter(role=Role.GDPR_UNIT).select_related("unit").order_by("pk").first()
    return nearest_leader(None, place.unit if place else None, skip=skip)
