"""The yearly review by itself: the scheduler opens it, asks, gathers what has changed, says when it is late, and lets
go of what is to be decided no more.

Everything is found by looking at the rows, so it may run any number of times, at once and after any downtime: a day
that passed meanwhile is taken once. With nothing to do it costs the same few queries however many documents there are.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from glostrup_isms.kit import audit, outbox
from glostrup_isms.kit.dates import da_date
from meetings.actions import body_named
from meetings.enums import BodyKind
from policy.actions.review_answers import ask_again, ask_part, held_roles, roles_asked, who_answers
from policy.actions.reviews import BODY, LATE, ask, last_approval, void_review
from policy.actions.shared import add_event, lock
from policy.facts import gather
from policy.models import Document, Review, ReviewFact, ReviewPart
from roles.enums import Role
from roles.models import today

DAY = timedelta(days=1)


def ask_for_reviews() -> int:
    """Everything that a day may bring; answers how many reviews are open."""
    let_go_of_outdated()
    open_reviews()
    ask_those_who_are_here()
    tell_late()
    refresh_facts()
    return Review.objects.open().count()


def open_reviews() -> int:
    """A review for each document in force that is near its day, or past it; answers how many were opened."""
    return sum(_open(pk) for pk in list(Document.objects.to_review().values_list("pk", flat=True)))


def _open(pk: int) -> bool:
    try:
        with transaction.atomic():
            Document.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
            document = Document.objects.to_review().select_related("in_force").filter(pk=pk).first()
            if document is None or document.in_force is None or document.next_review_on is None:
                return False  # another scheduler was first, or it was decided meanwhile
            review = Review.objects.create(
                document=document, version=document.in_force, approved_on=last_approval(document),
                due_on=document.next_review_on, body_kind=document.route.reviewed_by,
            )  # fmt: skip
            body, held = body_named(review.body_kind), held_roles()
            ask(
                review, "Godkend igen", role=BodyKind(body.kind).recorders[-1], due_on=review.due_on,
                key=f"{BODY}{review.pk}",
            )  # fmt: skip
            parts = [
                ReviewPart.objects.create(
                    review=review, role=role, asked_role=who_answers(role, held), is_owner=role == document.owner_role
                )
                for role in roles_asked(document)
            ]
            for part in parts:
                ask_part(part)
            asked = ", ".join(part.asked_in_words for part in parts)
            add_event(
                review.version,
                f"Den årlige gennemgang er åbnet. {asked} vurderer senest {da_date(review.answers_due_on)}, og {body} "
                f"beslutter senest {da_date(review.due_on)}.",
            )
            audit.record("review.open", by=None, obj=review, due_on=review.due_on)
            outbox.nudge()
    except IntegrityError:
        if not Review.objects.open().filter(document=pk).exists():
            raise
        return False
    return True


def let_go_of_outdated() -> None:
    """What was asked of another body, for another day, or of a text that applies no more is asked no more."""
    for review in Review.objects.outdated().select_related("version"):
        with transaction.atomic():
            lock(review.version)
            fresh = Review.objects.outdated().select_related("document", "version__document").filter(pk=review.pk)
            if found := fresh.first():  # not decided meanwhile
                void_review(found, _why(found))


def _why(review: Review) -> str:
    document = review.document
    if document.in_force_id is None or document.next_review_on is None:
        return "Dokumentet gælder ikke mere."
    if document.in_force_id != review.version_id:
        return "Teksten er afløst af en ny udgave."
    if document.route.reviewed_by != review.body_kind:
        return f"Dokumentet godkendes nu igen af {body_named(document.route.reviewed_by)}."
    return f"Dokumentet skal nu godkendes igen senest {da_date(document.next_review_on)}."


def ask_those_who_are_here() -> None:
    """Whoever answers for a role that nobody holds any more, or that has an owner again, or for a document that has
    another owner."""
    waiting = list(ReviewPart.objects.waiting().filter(review__change_asked=None).select_related("review__document"))
    held = held_roles() if waiting else set()
    others: dict[int, set[str]] = {}
    for part in waiting:
        others.setdefault(part.review_id, set()).add(part.role)
    for part in waiting:
        owner = part.review.document.owner_role
        moves = part.is_owner and owner != part.role and owner not in others[part.review_id]
        role = owner if moves else part.role
        asked = who_answers(role, held)
        if (role, asked) != (part.role, part.asked_role):
            ask_again(part, role, asked)


def tell_late() -> None:
    """»Revurdering mangler« becomes a duty of the municipal director, once for each review, on the day after its day
    (P-79, P-80). Who does not see to it is reminded, as of every duty."""
    for review in Review.objects.late().filter(late_at=None).select_related("version"):
        with transaction.atomic():
            lock(review.version)
            late = Review.objects.late().filter(late_at=None, pk=review.pk)
            fresh = late.select_related("document", "version__document").first()
            if fresh is None:
                continue  # decided meanwhile, or told by another scheduler
            due_on = max(fresh.due_on + DAY, today())
            ask(fresh, "Revurdering mangler", role=Role.DIRECTOR, due_on=due_on, key=f"{LATE}{fresh.pk}")
            fresh.late_at = timezone.now()
            fresh.save(update_fields=["late_at"])
            add_event(fresh.version, "Revurdering mangler. Kommunaldirektøren har fået det som opgave.")
            audit.record("review.late", by=None, obj=fresh, due_on=fresh.due_on)


def refresh_facts() -> None:
    """What has changed, as of today, once a day; of what is closed it stays what the body had before it."""
    stale = Review.objects.open().exclude(facts_on=today()).select_related("document").prefetch_related("facts")
    reviews = list(stale)
    for review in reviews:
        found = [
            (str(fact.kind), fact.sentence[:500], fact.url[:200])
            for fact in gather(review.document, review.approved_on)
        ]
        if found != [fact.said for fact in review.facts.all()]:
            _write_facts(review, found)
    Review.objects.open().filter(pk__in=[review.pk for review in reviews]).update(facts_on=today())


def _write_facts(review: Review, found: list[tuple[str, str, str]]) -> None:
    """A fact that still holds keeps the moment at which it was found."""
    with transaction.atomic():
        if not Review.objects.open().select_for_update(of=("self",), no_key=True).filter(pk=review.pk).exists():
            return  # decided meanwhile
        known = {fact.said: fact.at for fact in review.facts.all()}
        ReviewFact.objects.filter(review=review).delete()
        ReviewFact.objects.bulk_create(
            ReviewFact(review=review, kind=kind, sentence=sentence, url=url,
                       at=known.get((kind, sentence, url), timezone.now()))
            for kind, sentence, url in found
        )  # fmt: skip
