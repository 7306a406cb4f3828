"""The steps of a text that record no decision: sent to be decided, taken back, sent back, deleted, had again."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import local_date
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions import body_named, record_decision, void_decisions
from meetings.enums import Outcome
from meetings.models import Body
from meetings.permissions import why_not_record
from policy import notifications
from policy.actions.hearings import close_hearings
from policy.actions.reviews import ask_for_new_version, count_anew, new_version_is_sent
from policy.actions.shared import add_event, ask_body, lock, public_site_changed, refuse, settle_duties
from policy.enums import State
from policy.models import Version
from policy.workflow import VERSION_FLOW
from roles.models import User, today

BEGUN = (Outcome.RECOMMENDED, Outcome.APPROVED)  # what an edit voids
THAWED = {
    "sha256": "", "submitted_at": None, "recommendation": None, "decision": None, "consistent_with": None,
    "effective_on": None,
}  # fmt: skip


def submit(version: Version, *, by: User, seen: str | None = None) -> Version:
    """Send the text to be decided: from now on it is locked, and its checksum names it. Raises StepNotOpen, Changed."""

    def follow(moved: Version) -> None:
        body = body_named(moved.document.route.recommended_by or moved.document.route.decided_by)
        add_event(moved, f"{by}: Sendt til {body}. Kontrolsum {moved.sha256[:12]}.")
        ask_body(moved, body.kind, "Tag stilling til")
        new_version_is_sent(moved.document, by)

    with transaction.atomic():
        fresh = lock(version, seen)
        values = {"sha256": fresh.digest(), "submitted_at": timezone.now()}
        moved: Version = VERSION_FLOW.move(fresh, "submit", by=by, values=values, then=follow)
    return moved


def take_back(version: Version, *, by: User, note: str, seen: str | None = None) -> Version:
    """Open the text again: hearing and approvals begun fall. Raises StepNotOpen, Changed."""
    return _reopen(version, "take_back", by=by, note=note, seen=seen)


def send_back(
    version: Version, *, by: User, note: str, seen: str | None = None, body: Body | None = None,
    decided_on: date | None = None, reference: str = "", uploads: Iterable[StoredFile] = (),
) -> Version:  # fmt: skip
    """The body wants it changed: that is its decision, and those who wrote the text are told. `body`: the one that says
    so, when it met; else the first that `by` writes for. Raises StepNotOpen, WrongDecision, Changed."""

    def record(fresh: Version) -> None:
        refuse(fresh, "return", by)
        route = fresh.document.route
        kinds = [route.decided_by] if fresh.state == State.DECIDED else [route.recommended_by, route.decided_by]
        bodies = [one for one in (body_named(kind) for kind in kinds if kind) if body in (None, one)]
        if not bodies:
            raise StepNotOpen(f"Teksten ligger ikke hos {body}.")
        found = next((one for one in bodies if why_not_record(by, one) is None), None)
        if found is None:
            raise StepNotOpen(why_not_record(by, bodies[-1]) or "")
        sent = local_date(fresh.submitted_at) if fresh.submitted_at else None
        record_decision(
            fresh, body=found, outcome=Outcome.RETURNED, decided_on=decided_on or today(), label=fresh.label,
            url=fresh.get_absolute_url(), sha256=fresh.sha256, by=by, text=note, reference=reference, not_before=sent,
            uploads=uploads,
        )  # fmt: skip

    return _reopen(version, "return", by=by, note=note, seen=seen, first=record)


def _reopen(version: Version, key: str, *, by: User, note: str, seen: str | None, first: Any = None) -> Version:
    step = VERSION_FLOW.steps[key]

    def follow(moved: Version) -> None:
        fell = void_decisions(moved, note, BEGUN)
        close_hearings(moved, by=by, is_void=True)
        what = " Det, der var anbefalet eller besluttet om teksten, er bortfaldet." if fell else ""
        add_event(moved, f"{by}: {step.label}. {note}{what}")
        if key == "return":
            notifications.tell_of_return(moved, by)
            if moved.document.in_force:  # what was decided of it counts no more
                count_anew(moved.document)
                moved.document._history_user = by
                moved.document.save()
                public_site_changed()
        settle_duties(moved, by)
        ask_for_new_version(moved.document, by)  # the body waits for it again

    with transaction.atomic():
        fresh = lock(version, seen, publishes=key == "return")
        if first:
            first(fresh)
        moved: Version = VERSION_FLOW.move(fresh, key, by=by, note=note, values=THAWED, then=follow)
        outbox.nudge()
    return moved


def discard(version: Version, *, by: User, seen: str | None = None) -> Version:
    """Delete a draft; it can be had back until another is begun. Raises StepNotOpen, Changed."""
    return _plain(version, "discard", by=by, seen=seen)


def restore(version: Version, *, by: User, seen: str | None = None) -> Version:
    """Have a deleted draft back. Raises StepNotOpen, Changed."""
    return _plain(version, "restore", by=by, seen=seen)


def _plain(version: Version, key: str, *, by: User, seen: str | None) -> Version:
    label = VERSION_FLOW.steps[key].label
    with transaction.atomic():
        fresh = lock(version, seen)
        moved: Version = VERSION_FLOW.move(fresh, key, by=by, then=lambda moved: add_event(moved, f"{by}: {label}."))
    return moved
