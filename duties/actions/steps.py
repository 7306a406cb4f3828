"""What people do with a duty: done, done after all, given to a colleague, postponed, dropped, written in."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from duties.actions.digests import forget, tell_new
from duties.actions.making import add_entry
from duties.enums import Result, Stage, State
from duties.models import Duty, DutyEntry, DutyFile
from duties.permissions import WRITE
from duties.workflow import DUTY_FLOW
from glostrup_isms.kit import audit
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.files import StoredFile
from roles.enums import Role
from roles.models import User, today

FARTHEST = 366  # days that a duty can be postponed
AT_ONCE = timedelta(minutes=1)  # the same words within it are one form sent twice


class Changed(Exception):
    """Somebody changed it after this page was drawn; the message is a Danish sentence."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(
            sentence or "Opgaven er ændret, mens du skrev. Se det nye, og prøv igen. Din tekst er her stadig."
        )


def finish(
    duty: Duty, *, by: User, result: str = "", text: str = "", uploads: Iterable[StoredFile] = (),
    seen: int | None = None,
) -> Duty:  # fmt: skip
    """Done by hand, with what the duty asks for. Raises PermissionDenied, StepNotOpen, ValidationError, Changed."""
    uploads = list(uploads)
    with transaction.atomic():
        fresh = _lock(duty, seen)
        if fresh.needs_result and not result:
            raise ValidationError({"result": "Vælg, hvad kontrollen viste."})
        if result == Result.CRITICAL and not text.strip():
            raise ValidationError({"text": "Skriv, hvilke kritiske fejl der er, og hvad der sker nu."})
        has_evidence = uploads or DutyFile.objects.filter(entry__duty=fresh).exists()
        if fresh.needs_evidence and not has_evidence:
            raise ValidationError({"files": "Vedhæft det, der viser, at opgaven er udført."})
        words = f" Resultat: {Result(result).label}." if result else ""

        def follow(moved: Duty) -> None:
            add_entry(moved, by, f"{by}: Udført.{words}", text, uploads)

        values = {"done_at": timezone.now(), "done_by": by, "result": result, "revision": fresh.revision + 1}
        moved: Duty = DUTY_FLOW.move(fresh, "finish", by=by, values=values, then=follow)
    return moved


def reopen(duty: Duty, *, by: User, seen: int | None = None) -> Duty:
    """It was ticked off by mistake. Raises PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = _lock(duty, seen)
        values = {
            "done_at": None, "done_by": None, "result": "", "remind_on": today(), "remind_stage": Stage.NEW,
            "revision": fresh.revision + 1,
        }  # fmt: skip

        def follow(moved: Duty) -> None:
            forget(moved)
            add_entry(moved, by, f"{by}: Åbnet igen.")

        moved: Duty = DUTY_FLOW.move(fresh, "reopen", by=by, values=values, then=follow)
    return moved


def hand_on(duty: Duty, to: User, *, by: User, text: str = "", seen: int | None = None) -> Duty:
    """A colleague takes it from now on and is told; to oneself when it was shared. Raises PermissionDenied,
    StepNotOpen, ValidationError, Changed."""
    with transaction.atomic():
        fresh = _lock(duty, seen)
        if not to.is_active or to.pk in fresh.excluded_ids:
            raise ValidationError({"person_search": f"{to} kan ikke få opgaven. Vælg en anden."})
        if fresh.holder_id == to.pk:
            raise ValidationError({"person_search": f"{to} har allerede opgaven."})
        if not fresh.can_be_done_by(to):
            role = Role(fresh.holder_role).label
            raise ValidationError(
                {"person_search": f"{to} har ikke rollen »{role}« og kan ikke gøre arbejdet. Vælg en, der har den."}
            )
        sentence = f"{by}: Tog opgaven." if to == by else f"{by}: Givet videre fra {fresh.whose} til {to}."

        def follow(moved: Duty) -> None:
            add_entry(moved, by, sentence, text)
            if to != by:
                tell_new(moved, to)

        values = {"holder": to, "revision": fresh.revision + 1}
        if to != by:
            values |= {"remind_on": today(), "remind_stage": Stage.NEW}
        moved: Duty = DUTY_FLOW.move(fresh, "hand_on", by=by, values=values, then=follow)
    return moved


def postpone(duty: Duty, due_on: date, *, by: User, note: str, seen: int | None = None) -> Duty:
    """Another day, with the reason. Raises PermissionDenied, StepNotOpen, ValidationError, Changed."""
    with transaction.atomic():
        fresh = _lock(duty, seen)
        earliest = max(fresh.due_on + timedelta(days=1), today())
        if due_on < earliest:
            raise ValidationError({"due_on": f"Vælg {da_date(earliest)} eller en senere dag."})
        if (due_on - today()).days > FARTHEST:
            raise ValidationError({"due_on": "Opgaven kan højst udskydes et år."})
        sentence = f"{by}: Udskudt fra {da_date(fresh.due_on)} til {da_date(due_on)}."

        def follow(moved: Duty) -> None:
            add_entry(moved, by, sentence, note)

        values = {
            "due_on": due_on, "remind_on": today(), "remind_stage": Stage.BEFORE, "revision": fresh.revision + 1,
        }  # fmt: skip
        moved: Duty = DUTY_FLOW.move(fresh, "postpone", by=by, note=note, values=values, then=follow)
    return moved


def drop(duty: Duty, *, by: User, note: str, seen: int | None = None) -> Duty:
    """It need not be done this time. Raises PermissionDenied, StepNotOpen, Changed."""
    with transaction.atomic():
        fresh = _lock(duty, seen)

        def follow(moved: Duty) -> None:
            add_entry(moved, by, f"{by}: Bortfaldet.", note)

        values = {"done_at": timezone.now(), "done_by": by, "revision": fresh.revision + 1}
        moved: Duty = DUTY_FLOW.move(fresh, "drop", by=by, note=note, values=values, then=follow)
    return moved


def write(duty: Duty, *, by: User, text: str, uploads: Iterable[StoredFile] = ()) -> DutyEntry:
    """A comment or a piece of evidence; sent twice at once it is one. Raises PermissionDenied, ValidationError."""
    uploads = list(uploads)
    if not text.strip() and not uploads:
        raise ValidationError({"text": "Skriv en kommentar, eller vælg en fil."})
    with transaction.atomic():
        fresh = _lock(duty)
        if not by.has_perm(WRITE, fresh):
            raise PermissionDenied("Kun den, der har opgaven, og hendes leder skriver i den.")
        if fresh.state == State.DROPPED:
            raise ValidationError("Opgaven er bortfaldet, så der kan ikke skrives i den. Din tekst er her stadig.")
        sentence = f"{by}: Skrev." if text.strip() else f"{by}: Vedhæftede."
        if known := _written_at_once(fresh, by, sentence, text.strip(), uploads):
            return known
        entry = add_entry(fresh, by, sentence, text, uploads)
        audit.record("duty.write", by=by, obj=fresh, files=len(uploads))
    return entry


def _written_at_once(duty: Duty, by: User, sentence: str, text: str, uploads: Iterable[StoredFile]) -> DutyEntry | None:
    """The entry that the same form made a moment ago: the same words, and no other file."""
    just_now = duty.entries.filter(by=by, sentence=sentence[:300], text=text, at__gt=timezone.now() - AT_ONCE)
    sent = {stored.sha256 for stored in uploads}
    return next((one for one in just_now if sent <= set(one.files.values_list("stored__sha256", flat=True))), None)


def _lock(duty: Duty, seen: int | None = None) -> Duty:
    fresh = Duty.objects.select_for_update(of=("self",), no_key=True).get(pk=duty.pk)
    if seen is not None and fresh.revision != seen:
        raise Changed
    return fresh
