"""Who is told of a case, and the dated rows that follow when nobody answers."""

from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from breaches import notifications
from breaches.enums import StepKind, Track
from breaches.models import Breach, DueStep, Event, Told
from breaches.permissions import VIEW, grant_case
from duties.actions import create_duty
from duties.enums import Kind
from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import add_working_days
from roles.actions import NearestLeader, absences_of, nearest_leader
from roles.enums import Role
from roles.models import Appointment, User, today


def add_event(breach: Breach, sentence: str) -> None:
    """One line of the timeline."""
    Event.objects.create(breach=breach, sentence=sentence)


def gdpr_people(breach: Breach) -> list[User]:
    """The GDPR unit's people today and the deputies of those who are away, less those whom the case is about."""
    places = Appointment.objects.in_force().filter(role=Role.GDPR_UNIT).select_related("person", "deputy")
    away = absences_of(places)
    people = {place.person_id: place.person for place in places}
    absent = [place for place in places if place.person_id in away and place.person_id not in breach.excluded_ids]
    acting = [away[place.person_id].deputy or place.deputy for place in absent]
    people |= {deputy.pk: deputy for deputy in acting if deputy}
    return [people[pk] for pk in sorted(people) if pk not in breach.excluded_ids and people[pk].is_active]


def tell(breach: Breach, *recipients: Told) -> list[Told]:
    """Tell people and mailboxes once per track; answers those who did not know already. Whoever was relieved of the
    case is told anew, in the same row. The caller holds the case, so that nobody else tells of it meanwhile. A fixed
    number of queries, whatever the number of recipients."""
    known = {(one.track, one.person_id, one.address): one for one in breach.told.all()}
    new = []
    for told in recipients:
        before = known.get((told.track, told.person_id, told.address))
        if before is None or before.relieved_at:
            told.pk, told.breach, told.reason = before.pk if before else None, breach, told.reason[:500]
            new.append(told)
    messages = outbox.queue_all(notifications.told(told, told.told_at + settings.ACKNOWLEDGE_WITHIN) for told in new)
    for told, message in zip(new, messages, strict=True):
        told.message = message
    fields = ["reason", "level", "told_at", "read_at", "acknowledged_at", "relieved_at", "message"]
    Told.objects.bulk_create(new, update_conflicts=True, unique_fields=["pk"], update_fields=fields)
    grant_case(breach, [told.person for told in new if told.person and _needs_a_grant(told)])
    for told in new:
        if told.person and told.message and told.message.state == outbox.State.PORTAL_ONLY:
            create_duty(
                f"{told.person} mangler en mailadresse og får kun besked i portalen",
                due_on=add_working_days(today(), 1),
                role=Role.ADMINISTRATOR,
                dedup_key=f"mail-missing:{told.person_id}:{today()}",
                concerns=told.person,
            )
    return new


def tell_first(breach: Breach, found: NearestLeader) -> None:
    """A new case: tell the nearest leader (P-71), the GDPR unit's people and its shared mailbox (P-72) at once."""
    told = tell(breach, *_leader(found), *_gdpr_unit(breach))
    plan_acknowledgement(breach, {Track(one.track) for one in told})
    if found.person is None:
        miss_leader(breach)


def may_hear(person: User, breach: Breach) -> bool:
    """Nothing of a case is sent to one who may no longer see it, however she was told before."""
    return person.is_active and person.has_perm(VIEW, breach)


def _needs_a_grant(told: Told) -> bool:
    """Whoever sees the case by office needs none, and so loses sight of it when that office ends."""
    by_role = told.track == Track.GDPR and told.level == 0
    return not by_role and told.person is not None and not told.person.has_perm(VIEW, told.breach)


def tell_nearest_leader(breach: Breach, found: NearestLeader) -> None:
    """Tell the leader found later; when there is none, the case goes on without, and the gap becomes a duty."""
    if found.person is None:
        miss_leader(breach)
    elif tell(breach, *_leader(found)):
        replan_acknowledgement(breach, {Track.LEADER})


def miss_leader(breach: Breach) -> None:
    """The line holds nobody: finding the leader becomes a duty of the GDPR unit."""
    create_duty(
        f"Find den rigtige leder til sag {breach.number}",
        in_mail=f"Find den rigtige leder til sag {breach.number}",
        kind=Kind.CASE,
        due_on=add_working_days(today(), 1),
        role=Role.GDPR_UNIT,
        dedup_key=f"leader-missing:{breach.pk}",
        kept_from=breach.excluded_ids,
        concerns=breach,
        url=breach.get_absolute_url(),
    )


def _leader(found: NearestLeader) -> list[Told]:
    return [Told(track=Track.LEADER, person=found.person, reason=_to_the_told(found))] if found.person else []


def _gdpr_unit(breach: Breach) -> list[Told]:
    people = gdpr_people(breach)
    recipients = [Told(track=Track.GDPR, person=person, reason=notifications.GDPR_UNIT) for person in people]
    if outbox.is_address(settings.GDPR_MAILBOX):  # a bad setting must not block a report
        recipients.append(Told(track=Track.GDPR, address=settings.GDPR_MAILBOX, reason=notifications.MAILBOX))
    return recipients


def _to_the_told(found: NearestLeader) -> str:
    if found.is_deputy:
        return f"{notifications.DEPUTY} {found.holder} ({found.unit}) er væk."
    return f"{notifications.NEAREST_LEADER} Enhed: {found.unit}."


def plan_acknowledgement(breach: Breach, tracks: Iterable[Track]) -> None:
    """From now: a reminder after the time allowed, and up the line after twice that."""
    now = timezone.now()
    DueStep.objects.bulk_create(
        DueStep(breach=breach, kind=kind, track=track, level=level, due_at=now + times * settings.ACKNOWLEDGE_WITHIN)
        for track in sorted(tracks)
        for kind, level, times in ((StepKind.REMIND, 0, 1), (StepKind.ESCALATE, 1, 2))
    )


def replan_acknowledgement(breach: Breach, tracks: Iterable[Track]) -> None:
    """The same for a case that was planned before; one that has ended asks nobody."""
    if not breach.is_ended:
        cancel_steps(breach, track__in=tracks, kind__in=(StepKind.REMIND, StepKind.ESCALATE))
        plan_acknowledgement(breach, tracks)


def unanswered_tracks(breach: Breach) -> set[Track]:
    """The tracks on which nobody has acknowledged."""
    told = set(breach.told.values_list("track", flat=True))
    answered = set(breach.told.filter(acknowledged_at__isnull=False).values_list("track", flat=True))
    return {Track(track) for track in told - answered}


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
