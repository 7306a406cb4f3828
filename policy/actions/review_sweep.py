"""The yearly review by itself: the scheduler opens it, asks, gathers what has changed, says when it is late, and lets
go of what is to be decided no more.

Everything is found by looking at the rows, so it may run any number of times, at once and after any downtime: a day
that passed meanwhile is taken once. With nothing to do it costs the same few queries however many documents there are.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from glostrup_isms.kit import audit, outbox
from glostrup_isms.kit.dates import da_date
from meetings.actions import body_named
from policy.actions.review_answers import ask_again, ask_parts, held_roles, parts_as_of_now
from policy.actions.reviews import ask_director, ask_to_review, last_approval, void_review
from policy.actions.shared import add_event, lock, one_by_one
from policy.enums import ReviewState
from policy.facts import gather
from policy.models import Document, Review, ReviewFact
from roles.models import today


def ask_for_reviews() -> int:
    """Everything that a day may bring; answers how many reviews are open."""
    steps = (let_go_of_outdated, open_reviews, ask_those_who_are_here, tell_late, refresh_facts)
    one_by_one(steps, lambda step: step())
    return Review.objects.open().count()


def open_reviews() -> None:
    """A review for each document in force that is near its day, or past it."""
    one_by_one(list(Document.objects.to_review().values_list("pk", flat=True)), _open)


def _open(pk: int) -> None:
    try:
        with transaction.atomic():
            Document.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
            document = Document.objects.to_review().select_related("in_force").filter(pk=pk).first()
            if document is None or document.in_force is None or document.next_review_on is None:
                return  # another scheduler was first, or it was decided meanwhile
            review = Review.objects.create(
                document=document, version=document.in_force, approved_on=last_approval(document),
                due_on=document.next_review_on, body_kind=document.route.reviewed_by,
            )  # fmt: skip
            ask_to_review(review)
            asked = ", ".join(part.asked_in_words for part in ask_parts(review, held_roles()))
            add_event(
                review.version,
                f"Den årlige gennemgang er åbnet. {asked} vurderer senest {da_date(review.answers_due_on)}, og "
                f"{body_named(review.body_kind)} beslutter senest {da_date(review.due_on)}.",
            )
            audit.record("review.open", by=None, obj=review, due_on=review.due_on)
            outbox.nudge()
    except IntegrityError:
        if not Review.objects.open().filter(document=pk).exists():
            raise


def let_go_of_outdated() -> None:
    """What was asked of another body, for another day, or of a text that applies no more is asked no more."""
    one_by_one(Review.objects.outdated().select_related("version"), _let_go)


def _let_go(review: Review) -> None:
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
    waiting = Review.objects.filter(state=ReviewState.OPENED, change_asked=None)
    reviews = list(waiting.select_related("document", "version").prefetch_related("parts"))
    held = held_roles() if reviews else set()

    def ask_anew(review: Review) -> None:
        parts = [part for part in review.parts.all() if part.answered_at is None]
        if {(part.role, part.asked_role, part.is_owner) for part in parts} != parts_as_of_now(review, held):
            ask_again(review, held)

    one_by_one(reviews, ask_anew)


def tell_late() -> None:
    """»Revurdering mangler« becomes a duty of the municipal director, once for each review, on the day after its day
    (P-79, P-80). Who does not see to it is reminded, as of every duty."""
    one_by_one(Review.objects.late().filter(late_at=None).select_related("version"), _tell_late)


def _tell_late(review: Review) -> None:
    with transaction.atomic():
        lock(review.version)
        late = Review.objects.late().filter(late_at=None, pk=review.pk)
        fresh = late.select_related("document", "version__document").first()
        if fresh is None:
            return  # decided meanwhile, or told by another scheduler
        ask_director(fresh)
        fresh.late_at = timezone.now()
        fresh.save(update_fields=["late_at"])
        add_event(fresh.version, "Revurdering mangler. Kommunaldirektøren skal se til, at der bliver besluttet noget.")
        audit.record("review.late", by=None, obj=fresh, due_on=fresh.due_on)


def refresh_facts() -> None:
    """What has changed, as of today, once a day; of what is closed it stays what the body had before it."""
    stale = Review.objects.open().exclude(facts_on=today())
    one_by_one(stale.select_related("document", "version").prefetch_related("facts"), _refresh)


def _refresh(review: Review) -> None:
    found = [
        (str(fact.kind), fact.sentence[:500], fact.url[:200]) for fact in gather(review.document, review.approved_on)
    ]
    if found != [fact.said for fact in review.facts.all()]:
        _write_facts(review, found)
    Review.objects.open().filter(pk=review.pk).update(facts_on=today())


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
