"""The run that tells of a file: looked at, refused or brought in. It is kept also when nothing else is."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from glostrup_isms.kit import cpr
from glostrup_isms.kit.filters import clean_text
from roles.enums import LEADING_ROLES, SyncState
from roles.models import Appointment, SyncChange, SyncRun, User, today
from roles.permissions import acted_for_by
from roles.sync import keeping, reading
from roles.sync.applying import applied_so_far, apply_difference
from roles.sync.checking import check
from roles.sync.difference import BATCH, Difference, batches, compare
from roles.sync.rows import WHOLE_FILE, Findings, Organisation, Refused

ALLOW = "Er det rigtigt, så sig ja til det."
OWN_ACCOUNT = "Filen lukker din egen konto. Lad en anden administrator hente den ind."
OWN_LEADER = (
    "Filen gør dig selv til leder, eller en, som du er stedfortræder for. Ingen udpeger sig selv, så lad en anden "
    "administrator hente den ind."
)
OWN_UNIT = (
    "Filen lægger enheder ind under en enhed, du leder eller har fået noget overladt i, og så får du deres sager at "
    "se. Lad en anden administrator hente den ind."
)
MEANWHILE = "Organisationen blev ændret, mens filen blev hentet ind. Intet er ændret. Prøv igen."
FAILED = "Der skete en fejl, mens filen blev hentet ind. Intet er ændret. Prøv igen, eller kontakt driften."
STALE = "Organisationen er ændret, siden filen blev set igennem, så forskellen er en anden nu."


@dataclass
class Look:
    """A run and what it would change; `difference` is None when the file was refused."""

    run: SyncRun
    organisation: Organisation | None
    difference: Difference | None
    seen: int  # applied_so_far() before the database was read


def look(fetch: Callable[[], bytes], *, file_name: str, shape: str = "", by: User | None = None) -> Look:
    """Read and check a file and hold it against the database. Only the run is written. `shape` empty: find out."""
    run = SyncRun(shape=shape, file_name=_safe_name(file_name), by=by)
    findings, seen = Findings(), applied_so_far()
    organisation: Organisation | None = None
    difference: Difference | None = None
    try:
        data = fetch()
        run.sha256 = hashlib.sha256(data).hexdigest()
        organisation = reading.read(data, shape, findings)
        run.shape, run.units, run.people = organisation.shape, len(organisation.units), len(organisation.people)
        check(organisation, findings)
        difference = _difference(organisation, findings)
    except Refused as error:
        findings.problem(WHOLE_FILE, str(error))
    _write(run, findings, difference)
    return Look(run, organisation, difference, seen)


def look_to_keep(fetch: Callable[[], bytes], *, file_name: str, by: User) -> Look:
    """As `look`, and keep what would change something until somebody says yes to it, for a day."""
    found = look(fetch, file_name=file_name, by=by)
    _keep(found)
    return found


def bring_in(found: Look, *, by: User | None, allow_large_loss: bool = False) -> None:
    """Bring in what was looked at. Raises Refused when it cannot be, with nothing changed."""
    run, difference = found.run, found.difference
    if difference is None:
        raise Refused("Filen er afvist og kan ikke hentes ind.")
    if sentence := why_not(difference, by=by, allow_large_loss=allow_large_loss):
        raise Refused(sentence)
    try:
        apply_difference(run, difference, by=by, seen=found.seen)
    except IntegrityError as error:
        raise Refused(MEANWHILE) from error
    except Refused:
        raise
    except BaseException:
        with suppress(DatabaseError):  # the database may be what failed; the run then stays as looked at
            refuse(run, FAILED)
        raise


def bring_in_kept(run: SyncRun, *, by: User, allow_large_loss: bool) -> SyncRun:
    """Bring in what was kept of a run, when it still changes the same. Answers the run to show: this one, or a new look
    at the same file when the organisation has changed since. Raises Refused when it cannot be brought in."""
    organisation = keeping.fetch(run.kept_as)
    findings, seen = Findings(), applied_so_far()
    difference = _difference(organisation, findings)
    if difference is None or difference.digest != run.digest:
        return _look_again(run, organisation, difference, findings, seen=seen, by=by)
    bring_in(Look(run, organisation, difference, seen), by=by, allow_large_loss=allow_large_loss)
    keeping.forget(run.kept_as)
    return run


def why_not(difference: Difference, *, by: User | None, allow_large_loss: bool) -> str:
    """Why this person cannot bring it in, as a Danish sentence; empty when she can."""
    if difference.loss and not allow_large_loss:
        return difference.loss + ALLOW
    if by is None:
        return ""
    if difference.person_fields.get(by.pk, {}).get("is_active") is False:
        return OWN_ACCOUNT
    if by.pk in difference.made_leader or User.objects.filter(acted_for_by(by), pk__in=difference.made_leader).exists():
        return OWN_LEADER
    places = Appointment.objects.leading().exclude(to_on__lt=today()).filter(Q(person=by) | Q(deputy=by))
    own = {office.unit.pk for office in by.offices if office.role in LEADING_ROLES} | set(
        places.values_list("unit", flat=True)
    )
    own |= {grant.content_object.pk for grant in by.delegations}
    return OWN_UNIT if own & difference.gaining else ""


def _difference(organisation: Organisation, findings: Findings) -> Difference | None:
    """None when there are problems, found before or now."""
    difference = None if findings.problems else compare(organisation, findings)
    return None if findings.problems else difference


def _look_again(
    run: SyncRun, organisation: Organisation, difference: Difference | None, findings: Findings, *, seen: int, by: User
) -> SyncRun:
    fresh = SyncRun(shape=run.shape, file_name=run.file_name, sha256=run.sha256, by=by)
    fresh.units, fresh.people = run.units, run.people
    _write(fresh, findings, difference)
    _keep(Look(fresh, organisation, difference, seen))
    refuse(run, STALE)
    keeping.forget(run.kept_as)
    return fresh


def _keep(found: Look) -> None:
    if found.organisation and found.difference and found.difference.changes:
        found.run.kept_as = keeping.keep(found.organisation)
        found.run.save(update_fields=["kept_as"])


def _write(run: SyncRun, findings: Findings, difference: Difference | None) -> None:
    run.problems, run.notes = findings.all_problems(), findings.all_notes()
    run.state, run.finished_at = SyncState.REFUSED, timezone.now()
    if difference is not None:
        run.state, run.counts = SyncState.LOOKED_AT, difference.counts
        run.digest, run.loss = difference.digest, difference.loss.strip()
    with transaction.atomic():
        run.save()
        for batch in batches(difference.changes if difference else ()):
            SyncChange.objects.bulk_create(
                [
                    SyncChange(run=run, kind=one.kind, subject=one.subject, before=one.before, after=one.after)
                    for one in batch
                ],
                batch_size=BATCH,
            )


def refuse(run: SyncRun, sentence: str) -> None:
    """Say why in the run; one that somebody else has brought in meanwhile stays as it is."""
    run.state = SyncState.REFUSED
    run.problems = [*run.problems, {"row": WHOLE_FILE, "reason": sentence}]
    run.finished_at = timezone.now()
    SyncRun.objects.filter(pk=run.pk, state=SyncState.LOOKED_AT).update(
        state=run.state, problems=run.problems, finished_at=run.finished_at
    )


def clear_out() -> None:
    """Remove the lines of the files that were never brought in: they name people, and nobody needs them for long."""
    old = SyncRun.objects.filter(started_at__lt=timezone.now() - settings.SYNC_UNUSED_KEPT_FOR)
    SyncChange.objects.filter(run__in=old.exclude(state=SyncState.APPLIED)).delete()


def _safe_name(name: str) -> str:
    return cpr.mask(clean_text(PurePath(name.replace("\\", "/")).name))
