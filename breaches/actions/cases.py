"""What is done in a case after the report."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from breaches import notifications
from breaches.actions.telling import (
    add_event,
    cancel_steps,
    may_hear,
    plan_clock,
    replan_acknowledgement,
    tell_nearest_leader,
    unanswered_tracks,
)
from breaches.enums import ENDED, EntryKind, LeaderChoice, Track, Verdict
from breaches.models import Breach, BreachFile, Entry, Exclusion, Told
from breaches.permissions import ACKNOWLEDGE, HANDLE
from breaches.workflow import BREACH_FLOW
from duties.actions import finish_duties
from glostrup_isms.kit import audit, dates, files, outbox
from roles.actions import nearest_leader
from roles.models import Unit, User


class Changed(Exception):
    """Somebody saved the case after this page was drawn; the message is a Danish sentence."""


def lock(breach: Breach, version: int | None = None) -> Breach:
    """The row, fresh and locked; refuses when it is no longer the version that the user saw."""
    fresh = Breach.objects.select_for_update(of=("self",), no_key=True).get(pk=breach.pk)
    if version is not None and fresh.version != version:
        raise Changed("Sagen er ændret af en anden, mens du skrev. Se det nye, og prøv igen. Din tekst er her stadig.")
    return fresh


def mark_read(breach: Breach, *, by: User, told: Sequence[Told] | None = None) -> None:
    """Write that the person opened the case: for those who were told, and in the audit trail for everyone. `told` when
    the caller has the rows already; they are kept true."""
    now = timezone.now()
    rows = breach.told.filter(person=by) if told is None else told
    unread = [row for row in rows if row.person_id == by.pk and row.read_at is None]
    with transaction.atomic():
        for row in unread:
            row.read_at = now
            row.save(update_fields=["read_at"])
        outbox.Message.objects.filter(recipient=by, url=breach.get_absolute_url(), read_at=None).update(read_at=now)
        audit.record("breach.read", by=by, obj=breach)


def tracks_of(breach: Breach, user: User, told: Sequence[Told] | None = None) -> list[Track]:
    """On which tracks this person answers for the case; `told` when the caller has the rows already."""
    if not user.has_perm(ACKNOWLEDGE, breach):
        return []
    rows = breach.told.filter(person=user) if told is None else told
    tracks = {Track(row.track) for row in rows if row.person_id == user.pk}
    if user.has_perm(HANDLE, breach):
        tracks.add(Track.GDPR)
    elif any(scope.path is not None and scope.covers(breach) for scope in user.scopes_for(ACKNOWLEDGE)):
        tracks.add(Track.LEADER)
    return sorted(tracks)


def acknowledge(breach: Breach, *, by: User) -> bool:
    """»Modtaget«: the track is answered, and its reminders stop. A second press changes nothing; answers whether this
    one counted."""
    with transaction.atomic():
        breach = lock(breach)
        tracks = tracks_of(breach, by)
        if not tracks:
            raise PermissionDenied("Du kan kun kvittere for sager, du har fået besked om.")
        counted = False
        for track in tracks:
            told, _ = Told.objects.get_or_create(
                breach=breach, track=track, person=by, defaults={"reason": "Kvitterede på eget initiativ."}
            )
            if told.acknowledged_at:
                continue
            now = timezone.now()
            told.read_at, told.acknowledged_at = told.read_at or now, now
            told.save(update_fields=["read_at", "acknowledged_at"])
            cancel_steps(breach, track=track, kind__in=("remind", "escalate"), taken_at=None)
            add_event(breach, f"Kvitteret af {by} ({track.label}).")
            counted = True
        if counted:
            audit.record("breach.acknowledge", by=by, obj=breach, tracks=list(tracks))
    return counted


def take_step(breach: Breach, key: str, *, by: User, note: str = "", version: int | None = None) -> Breach:
    """One step of the workflow, with what follows from it."""
    step = BREACH_FLOW.steps.get(key)
    if step is None:
        raise PermissionDenied("Det trin findes ikke.")

    def follow(moved: Breach) -> None:
        add_event(moved, f"{by}: {step.label}. {note}".strip())
        if key == "reject":  # promised to the reporter: she can see the reason
            Entry.objects.create(
                breach=moved, kind=EntryKind.DECISION, text=note, author=by, token=f"{moved.pk}:reject:{moved.version}"
            )
        if moved.is_ended:
            cancel_steps(moved, taken_at=None)
            if moved.reporter:
                notifications.tell_of_ending(moved, moved.reporter)
        else:
            plan_clock(moved)
            if step.sources <= set(ENDED):  # taken up again
                replan_acknowledgement(moved, unanswered_tracks(moved))

    with transaction.atomic():
        moved: Breach = BREACH_FLOW.move(lock(breach, version), key, by=by, note=note, then=follow)
        outbox.nudge()
    return moved


def set_verdict(breach: Breach, verdict: str, *, by: User, reason: str, version: int | None = None) -> Breach:
    """The GDPR unit's finding: is it a personal data breach? A yes needs an awareness time, a no stops the clock."""
    with transaction.atomic():
        breach = lock(breach, version)
        if not by.has_perm(HANDLE, breach):
            raise PermissionDenied("Kun GDPR-enheden afgør, om det er et brud på persondatasikkerheden.")
        breach.is_personal_data_breach = verdict
        if verdict == Verdict.YES and breach.aware_at is None:
            breach.aware_at = min(breach.noticed_at, breach.reported_at)
        _save(breach, by, reason)
        plan_clock(breach)
        label = Verdict(verdict).label.lower()
        add_event(breach, f"{by}: Brud på persondatasikkerheden: {label}. {reason}")
        audit.record("breach.verdict", by=by, obj=breach, verdict=verdict, reason=reason)
    return breach


def set_unit(breach: Breach, unit: Unit, *, by: User, version: int | None = None) -> Breach:
    """Place the case in the unit it belongs to: its nearest leader is told now, and whoever was told before stays told.
    For reports without a unit or with the wrong leader."""
    with transaction.atomic():
        breach = lock(breach, version)
        if not by.has_perm(HANDLE, breach):
            raise PermissionDenied("Kun GDPR-enheden flytter sagen til en anden enhed.")
        _keep_out_the_meant(breach, unit)
        found = nearest_leader(None, unit, skip=breach.excluded_ids)
        breach.unit = unit
        breach.leader_reason = found.reason[:500]
        _save(breach, by, f"Enhed: {unit}")
        add_event(breach, f"{by}: Sagen hører til {unit}. {found.reason}")
        tell_nearest_leader(breach, found)
        if found.person:  # after the telling: it writes in the audit trail, whose lock is taken last
            finish_duties(f"leader-missing:{breach.pk}", by=by)
        audit.record("breach.unit", by=by, obj=breach, unit=unit.name)
        outbox.nudge()
    return breach


def _keep_out_the_meant(breach: Breach, unit: Unit) -> None:
    """A case about "my leader" that was reported without a unit: whoever answers for the unit it is placed in is kept
    out of it, for nobody could be when it was reported."""
    if breach.leader_choice != LeaderChoice.ABOUT_LEADER or breach.history.earliest().unit_id:
        return
    meant = nearest_leader(None, unit).leaders
    Exclusion.objects.bulk_create(
        (Exclusion(breach=breach, person=person) for person in meant.values()), ignore_conflicts=True
    )
    breach.excluded_ids.update(meant)
    for person in meant.values():
        add_event(breach, f"{person} holdes ude af sagen, fordi den handler om lederen.")


def set_awareness(breach: Breach, aware_at: datetime, *, by: User, reason: str, version: int | None = None) -> Breach:
    """Move the time the municipality became aware: the GDPR unit only, with a reason; the deadline and
    its warnings follow."""
    with transaction.atomic():
        breach = lock(breach, version)
        if not by.has_perm(HANDLE, breach):
            raise PermissionDenied("Kun GDPR-enheden kan ændre, hvornår kommunen blev bekendt med bruddet.")
        before, breach.aware_at = breach.aware_at, aware_at
        _save(breach, by, reason)
        plan_clock(breach)
        add_event(breach, f"{by}: Kommunen blev bekendt med bruddet {dates.da_datetime(aware_at)}. {reason}")
        audit.record(
            "breach.awareness",
            by=by,
            obj=breach,
            reason=reason,
            before=before.isoformat() if before else None,
            after=aware_at.isoformat(),
        )
    return breach


def _save(breach: Breach, by: User, reason: str) -> None:
    breach._history_user = by
    breach._change_reason = reason[:100]
    breach.save()


def write_entry(
    breach: Breach,
    kind: EntryKind,
    text: str,
    *,
    by: User | None,
    token: str,
    uploads: Sequence[files.StoredFile] = (),
) -> Entry | None:
    """Add to a case. A question goes to the reporter; her words, and notes, go to those who were told and may see the
    case, less the author.

    The same form with the same text sent twice writes once (None the second time); new text in it is a new entry, and a
    new file is added. A closed case still takes additions.
    """
    with transaction.atomic():
        breach = lock(breach)
        if kind in (EntryKind.NOTE, EntryKind.QUESTION) and (by is None or not by.has_perm(ACKNOWLEDGE, breach)):
            raise PermissionDenied("Kun dem, der behandler sagen, kan skrive spørgsmål og noter.")
        entry, is_new = Entry.objects.get_or_create(
            token=hashlib.sha256(f"{breach.pk}:{token}:{text}".encode()).hexdigest(),
            defaults={"breach": breach, "kind": kind, "text": text, "author": by},
        )
        new_files = add_files(breach, uploads, by=by, entry=entry)
        if not is_new and not new_files:
            return None
        if kind == EntryKind.QUESTION:
            if breach.reporter:
                notifications.tell_of_entry(breach, breach.reporter, entry.pk, to_reporter=True)
        else:
            people = {told.person_id: told.person for told in breach.told.select_related("person") if told.person}
            for person in people.values():
                if person != by and may_hear(person, breach):
                    notifications.tell_of_entry(breach, person, entry.pk, to_reporter=False)
        if kind != EntryKind.NOTE:
            who = by if by else "Melderen"
            add_event(breach, f"{who}: {kind.label}.")
        audit.record("breach.write", by=by, obj=breach, kind=kind)
        outbox.nudge()
    return entry


def add_files(
    breach: Breach, uploads: Sequence[files.StoredFile], *, by: User | None, entry: Entry | None = None
) -> list[BreachFile]:
    """Attach the files that the case, or the entry, does not have already."""
    have = set(BreachFile.objects.filter(breach=breach, entry=entry).values_list("stored__sha256", flat=True))
    new = {stored.sha256: stored for stored in uploads if stored.sha256 not in have}
    return [
        BreachFile.objects.create(breach=breach, stored=files.attach(stored), added_by=by, entry=entry)
        for stored in new.values()
    ]
