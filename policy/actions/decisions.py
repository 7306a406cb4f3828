"""What bodies decide of a text: recommended, decided, withdrawn.

A decision names the checksum of exactly the text that was decided; nothing else can come into force.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import da_date, local_date
from glostrup_isms.kit.files import StoredFile
from meetings.actions import WrongDecision, body_named, record_decision
from meetings.enums import BodyKind, Outcome
from meetings.models import Decision
from policy import notifications
from policy.actions.in_force import put_in_force
from policy.actions.reviews import close_review, count_anew, void_review
from policy.actions.shared import (
    add_event,
    ask_body,
    case_in_words,
    lock,
    public_site_changed,
    refuse,
    settle_duties,
)
from policy.enums import PUBLISHED, State
from policy.models import Version
from policy.workflow import VERSION_FLOW
from roles.models import User, today


def recommend(
    version: Version, *, by: User, decided_on: date, reference: str = "", text: str = "", seen: str | None = None,
    uploads: Iterable[StoredFile] = (),
) -> Version:  # fmt: skip
    """The recommending body's decision is written in. Raises StepNotOpen, WrongDecision, Changed."""
    with transaction.atomic():
        fresh = lock(version, seen)
        refuse(fresh, "recommend", by)
        body = body_named(fresh.document.route.recommended_by)
        decision = _record(fresh, body, Outcome.RECOMMENDED, by, decided_on, reference, text, uploads=uploads)

        def follow(moved: Version) -> None:
            add_event(moved, f"{by}: Anbefalet af {body} {da_date(decided_on)}.{case_in_words(reference)}")
            settle_duties(moved, by)
            ask_body(moved, moved.document.route.decided_by, "Beslut")

        moved: Version = VERSION_FLOW.move(fresh, "recommend", by=by, values={"recommendation": decision}, then=follow)
    return moved


def decide(
    version: Version, *, by: User, decided_on: date, effective_on: date | None = None, reference: str = "",
    text: str = "", statement: str = "", seen: str | None = None, uploads: Iterable[StoredFile] = (),
    step: str = "decide",
) -> Version:  # fmt: skip
    """The deciding body's decision is written in; the text applies from its day, at once when that has come.

    `step` "adopt": it was decided before the portal was taken into use. Raises StepNotOpen, WrongDecision, Changed.
    """
    effective_on = effective_on or decided_on
    with transaction.atomic():
        fresh = lock(version, seen, publishes=True)
        refuse(fresh, step, by)
        route = fresh.document.route
        statement = statement.strip() if route.needs_statement else ""
        if route.needs_statement and step == "decide" and not statement:
            raise WrongDecision(
                "statement", "Skriv, hvordan teksten stemmer med informationssikkerhedspolitikken (P-78)."
            )
        _check_day(fresh, decided_on, effective_on, step)
        if step == "adopt":
            fresh.sha256 = fresh.digest()
        body, uploads = body_named(route.decided_by), list(uploads)
        if body.kind == BodyKind.COUNCIL and step == "decide" and not uploads:
            raise WrongDecision("files", "Vedhæft referatet eller udskriften af kommunalbestyrelsens beslutning.")
        decision = _record(
            fresh, body, Outcome.APPROVED, by, decided_on, reference, text,
            statement=statement, uploads=uploads, is_old=step == "adopt",
        )  # fmt: skip
        values = {
            "decision": decision, "effective_on": effective_on, "sha256": fresh.sha256,
            "consistent_with": _policy_in_force() if statement else None,
        }  # fmt: skip
        days = f"{da_date(decided_on)}, gælder fra {da_date(effective_on)}"
        sentence = f"{by}: Besluttet af {body} {days}.{case_in_words(reference)}"

        def follow(moved: Version) -> None:
            add_event(moved, sentence)
            notifications.tell_of_decision(moved)
            if moved.document.in_force:  # its year begins anew, when the body that reviews it has looked at the text
                count_anew(moved.document)
                moved.document._history_user = by
                moved.document.save()
                public_site_changed()
                if moved.is_seen_by_reviewer:
                    close_review(moved.document, decision, by)
            settle_duties(moved, by)

        moved: Version = VERSION_FLOW.move(fresh, step, by=by, values=values, then=follow)
        if effective_on <= today():
            moved = put_in_force(moved)
        outbox.nudge()
    return moved


def _record(
    version: Version, body: Any, outcome: Outcome, by: User, decided_on: date, reference: str, text: str, *,
    statement: str = "", uploads: Iterable[StoredFile] = (), is_old: bool = False,
) -> Decision:  # fmt: skip
    sent = local_date(version.submitted_at) if version.submitted_at and not is_old else None
    before = version.recommendation.decided_on if version.recommendation and outcome == Outcome.APPROVED else None
    if before and decided_on < before:
        raise WrongDecision("decided_on", f"Teksten blev først anbefalet {da_date(before)}.")
    return record_decision(
        version, body=body, outcome=outcome, decided_on=decided_on, label=version.label, url=version.get_absolute_url(),
        sha256=version.sha256, by=by, reference=reference, text=text, statement=statement, not_before=sent,
        uploads=uploads,
    )  # fmt: skip


def _check_day(version: Version, decided_on: date, effective_on: date, step: str) -> None:
    """From which day a text may apply. Raises WrongDecision."""
    if decided_on > today():
        raise WrongDecision("decided_on", "Datoen ligger i fremtiden. Skriv beslutningen ind, når den er truffet.")
    if effective_on < decided_on:
        raise WrongDecision("effective_on", "Teksten kan ikke gælde fra før den dag, den blev besluttet.")
    began = local_date(version.created_at)
    if step == "adopt" and decided_on >= began:
        raise WrongDecision(
            "decided_on",
            f"Teksten kom først i portalen {da_date(began)}. Kun det, der blev besluttet før den dag, kan "
            "skrives ind her. Ellers skal teksten gå hele vejen.",
        )
    if step == "adopt" and effective_on > today():
        raise WrongDecision("effective_on", "Skriv den dag, teksten begyndte at gælde.")
    others = version.document.versions.filter(state__in=PUBLISHED).aggregate(
        began=Max("effective_on", filter=~Q(state=State.WITHDRAWN)), ended=Max("ended_on")
    )
    if others["began"] and effective_on <= others["began"]:
        raise WrongDecision(
            "effective_on",
            f"Der gælder allerede en udgave fra {da_date(others['began'])}. Vælg en senere dag.",
        )
    if others["ended"] and effective_on < others["ended"]:
        raise WrongDecision("effective_on", f"Vælg en dag fra {da_date(others['ended'])} eller senere.")


def _policy_in_force() -> Version | None:
    """What a statement of consistency (P-78) is held against."""
    return Version.objects.filter(state=State.IN_FORCE, document__kind="policy").first()


def withdraw(
    version: Version, *, by: User, note: str, decided_on: date, reference: str = "", seen: str | None = None,
    uploads: Iterable[StoredFile] = (),
) -> Version:  # fmt: skip
    """The body that decided it takes it back: it applies no more from today, and stays in the archive with the reason.
    Raises StepNotOpen, WrongDecision, Changed."""
    with transaction.atomic():
        fresh = lock(version, seen, publishes=True)
        refuse(fresh, "withdraw", by)
        body = body_named(fresh.document.route.decided_by)
        record_decision(
            fresh, body=body, outcome=Outcome.WITHDRAWN, decided_on=decided_on, label=fresh.label,
            url=fresh.get_absolute_url(), sha256=fresh.sha256, by=by, reference=reference, text=note,
            not_before=fresh.effective_on, uploads=uploads,
        )  # fmt: skip

        def follow(moved: Version) -> None:
            document = moved.document
            document.in_force, document.next_review_on = None, None
            document._history_user = by
            document.save()
            add_event(moved, f"{by}: Trukket tilbage af {body} {da_date(decided_on)}. {note}")
            public_site_changed()
            if review := document.reviews.open().first():
                void_review(review, "Dokumentet er trukket tilbage.")
            settle_duties(moved, by)

        moved: Version = VERSION_FLOW.move(
            fresh, "withdraw", by=by, note=note, values={"ended_on": today(), "withdrawn_why": note[:500]}, then=follow
        )
    return moved
