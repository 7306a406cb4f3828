"""Very many documents with very many versions, for benchmarks: written in bulk, past the actions. Not for real use."""

from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from glostrup_isms.home.demo.library import DOCUMENTS
from meetings.actions import body_named
from meetings.enums import BodyKind, Outcome
from meetings.models import Decision
from policy.enums import Confidentiality, Kind, State
from policy.models import Document, Version
from roles.enums import Role
from roles.models import User, today

BATCH = 2000
TEXT = "## Formål\n\nEn tekst til måling.\n"
STATES = (State.DRAFT, State.HEARING, State.SUBMITTED, State.IN_FORCE)  # of the newest version, in turn


def make_documents(count: int, versions: int) -> None:
    """So many guidelines, each with so many versions: one after the other in force, the newest anywhere on its way."""
    by = User.objects.order_by("pk")[0]
    documents = Document.objects.bulk_create(
        (
            Document(
                number=f"RET-{number:06}", kind=Kind.GUIDELINE, title=f"Retningslinje {number} til måling",
                owner_role=Role.IT_COORDINATOR, has_applied=versions > 1,
                confidentiality=Confidentiality.PUBLIC if number % 50 == 0 else Confidentiality.INTERNAL,
            )
            for number in range(1, count + 1)
        ),
        batch_size=BATCH,
    )  # fmt: skip
    decision = _decision(documents[0], by)
    rows = (row for place, document in enumerate(documents) for row in _versions(document, versions, place, decision))
    made = Version.objects.bulk_create(rows, batch_size=BATCH)
    in_force = {version.document_id: version for version in made if version.state == State.IN_FORCE}
    for place, document in enumerate(documents):
        document.in_force = in_force.get(document.pk)
        document.next_review_on = today() + timedelta(days=place % 400 - 30)
    Document.objects.bulk_update(documents, ["in_force", "next_review_on"], batch_size=BATCH)


def _versions(document: Document, count: int, place: int, decision: Decision) -> list[Version]:
    newest = STATES[place % len(STATES)]
    states = [State.SUPERSEDED] * (count - 2) + [State.IN_FORCE, newest]
    if newest == State.IN_FORCE:
        states = [State.SUPERSEDED] * (count - 1) + [State.IN_FORCE]
    began = [today() - timedelta(days=(count - number) * 40) for number in range(count + 1)]
    return [
        Version(
            document=document, number=number + 1, title=document.title, text=TEXT, state=state, sha256="0" * 64,
            decision=decision if state in (State.SUPERSEDED, State.IN_FORCE) else None,
            effective_on=began[number] if state in (State.SUPERSEDED, State.IN_FORCE) else None,
            ended_on=began[number + 1] if state == State.SUPERSEDED else None, published_at=timezone.now(),
        )
        for number, state in enumerate(states)
    ]  # fmt: skip


def _decision(about: Document, by: User) -> Decision:
    return Decision.objects.create(
        body=body_named(BodyKind.DIRECTOR), outcome=Outcome.APPROVED, decided_on=today(), label="Måling",
        url="/dokumenter/", sha256="0" * 64, recorded_by=by, object_id=about.pk,
        content_type=ContentType.objects.get_for_model(Version),
    )  # fmt: skip


def make_policy() -> Version:
    """A policy in force with two versions, of ordinary length."""
    plan = DOCUMENTS[0]
    by = User.objects.order_by("pk")[0]
    policy = Document.objects.create(
        number="POL-001", kind=Kind.POLICY, title=plan.title, owner_role=plan.owner, has_applied=True,
        confidentiality=Confidentiality.PUBLIC,
    )  # fmt: skip
    decision = _decision(policy, by)
    first, second = (
        Version.objects.create(
            document=policy, number=number, title=plan.title, text=plan.versions[number - 1].text,
            sha256=f"{number}" * 64,
            decision=decision, state=State.IN_FORCE if number == 2 else State.SUPERSEDED, published_at=timezone.now(),
            effective_on=today() - timedelta(days=400 if number == 1 else 40),
            ended_on=today() - timedelta(days=40) if number == 1 else None,
        )
        for number in (1, 2)
    )  # fmt: skip
    policy.in_force = second
    policy.save()
    return first
