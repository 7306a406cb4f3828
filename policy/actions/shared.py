"""What every action on a version begins and ends with."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import uuid4

from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from duties.actions import create_duty, finish_duty
from duties.enums import Kind
from duties.models import Duty
from glostrup_isms.kit.dates import add_working_days
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.enums import BodyKind
from policy.models import Contribution, Document, Event, PublicSite, Review, Version
from policy.workflow import VERSION_FLOW
from roles.models import User, today

logger = logging.getLogger(__name__)
Thing = TypeVar("Thing")
WORKING_DAYS = 20  # for a body to take up what has been sent to it


class Changed(Exception):
    """Somebody changed it after this page was drawn; the message is a Danish sentence."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(
            sentence or "Udgaven er ændret, mens du skrev. Se det nye, og prøv igen. Din tekst er her stadig."
        )


def one_by_one(things: Iterable[Thing], do: Callable[[Thing], object]) -> None:
    """Of a job: one that fails is logged and keeps no other waiting. Raises the first failure at the end, so that the
    job is seen to have failed."""
    failures = []
    for thing in things:
        try:
            do(thing)
        except SoftTimeLimitExceeded:  # not this one's fault: the job has had its time
            raise
        except Exception as error:
            logger.exception("%s failed for %s", do.__name__, getattr(thing, "pk", thing))
            failures.append(error)
    if failures:
        raise failures[0]


def lock(version: Version, seen: str | None = None, *, publishes: bool = False) -> Version:
    """The row, fresh and locked, and whatever a step changes with it; refuses when it is no longer what the user saw.

    All that others may hold is taken here, in one order: behind the audit trail's lock nothing may wait. No row is
    locked as a key: whoever points at it (a comment, a case that keeps its plan) asks for that at her own commit.
    `publishes`: the public pages will change too.
    """
    Document.objects.select_for_update(of=("self",), no_key=True).get(pk=version.document_id)
    fresh = Version.objects.select_for_update(of=("self",), no_key=True).select_related("document").get(pk=version.pk)
    list(_duties(fresh.document).select_for_update(of=("self",), no_key=True).order_by("pk"))
    list(Review.objects.open().filter(document=fresh.document_id).select_for_update(of=("self",), no_key=True))
    if publishes:
        list(PublicSite.objects.select_for_update(no_key=True))
    if seen is not None and fresh.seen != seen:
        raise Changed
    return fresh


def add_event(version: Version, sentence: str) -> None:
    """One line of the timeline."""
    Event.objects.create(version=version, sentence=sentence)


def contribute(version: Version, by: User) -> None:
    """`by` has written in the version, and so cannot approve it."""
    row, made = Contribution.objects.get_or_create(version=version, person=by)
    if not made:
        row.last_at = timezone.now()
        row.save(update_fields=["last_at"])
    version.__dict__.pop("_author_ids", None)


def ask_body(version: Version, body: str, what: str) -> None:
    """The version is before the body: those who write its decisions in get the duty to take it up."""
    create_duty(
        f"{what}: {version.document.number} {version.title}"[:200],
        due_on=add_working_days(today(), WORKING_DAYS),
        role=BodyKind(body).recorders[-1],
        dedup_key=f"version:{version.pk}:{version.state}:{version.revision}:{timezone.now().isoformat()}",
        concerns=version,
        url=version.get_absolute_url(),
        by_hand=False,
        kind=Kind.DOCUMENT,
        in_mail=f"{what}: {version.document.number}",
    )


def settle_duties(version: Version, by: Any) -> None:
    """Whatever was asked about the version where it stood is done. Last in a transaction."""
    for duty in _duties(version.document).filter(object_id=str(version.pk)):
        finish_duty(duty, by=by)


def _duties(document: Document) -> Any:
    """What is asked of somebody about any of the document's versions."""
    keys = [str(pk) for pk in document.versions.values_list("pk", flat=True)]
    kind = ContentType.objects.get_for_model(Version)
    return Duty.objects.open().filter(content_type=kind, object_id__in=keys)


def public_site_changed() -> None:
    """What the public reads is drawn anew from now on. Inside the caller's transaction."""
    PublicSite.objects.update_or_create(pk=1, defaults={"stamp": uuid4().hex})


def refuse(version: Version, key: str, by: User) -> None:
    """Asked before the decision is written in; the step asks it again."""
    step = VERSION_FLOW.steps[key]
    if not by.has_perm(step.permission, version):
        raise PermissionDenied(f"Du har ikke ret til at bruge »{step.label}« her.")
    if sentence := VERSION_FLOW.why_not(by, version, step):
        raise StepNotOpen(sentence)


def case_in_words(reference: str) -> str:
    """The case or agenda item, as a sentence after another."""
    return f" {reference.strip()}." if reference.strip() else ""
