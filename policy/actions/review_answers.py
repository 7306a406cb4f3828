"""Who is asked in a review, and what they answer (P-47)."""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from glostrup_isms.kit import audit, outbox
from glostrup_isms.kit.workflow import SYSTEM
from policy.actions.reviews import PART, ask, ask_to_review, finish_asked, open_duties
from policy.actions.shared import Changed, add_event, lock
from policy.enums import NeedsChange, ReviewState
from policy.models import Document, Review, ReviewPart, Version
from policy.workflow import REVIEW_FLOW
from roles.enums import EMPLOYMENTS, Role
from roles.models import Appointment, User

OF_THE_POLICY = (Role.GDPR_UNIT, Role.LAWYER)  # besides the owner (P-47)
ANSWERS_FOR = {Role.COUNCILLOR: Role.SECRETARIAT}  # as it writes the council's decisions in


def roles_asked(document: Document) -> list[Role]:
    """The owner first, and for the policy the GDPR unit and the lawyers (P-47)."""
    others = OF_THE_POLICY if document.is_policy else ()
    return list(dict.fromkeys([Role(document.owner_role), *others]))


def held_roles() -> set[str]:
    """Roles that somebody fills today. One query."""
    return set(Appointment.objects.in_force().order_by().values_list("role", flat=True).distinct())


def who_answers(role: str, held: Collection[str]) -> Role:
    """Who is asked for the role: the GDPR unit while nobody holds it, or when it is no office but a workplace."""
    asked = ANSWERS_FOR.get(Role(role), Role(role))
    return asked if asked in held and asked not in EMPLOYMENTS else Role.GDPR_UNIT


def parts_as_of_now(review: Review, held: Collection[str]) -> set[tuple[Role, Role, bool]]:
    """(role, who answers for it, whether it owns the document) of each who has yet to answer."""
    answered = {part.role for part in review.parts.all() if part.answered_at}
    return {
        (role, who_answers(role, held), role == review.document.owner_role)
        for role in roles_asked(review.document)
        if role not in answered
    }


def ask_parts(review: Review, held: Collection[str]) -> list[ReviewPart]:
    """Whoever is to answer gets a duty; who is to answer no more has none. What was answered stays. Answers those who
    are asked by this. Inside the caller's transaction, with the rows locked."""
    owner, wanted = review.document.owner_role, roles_asked(review.document)
    for part in review.parts.filter(answered_at=None).exclude(role__in=wanted):
        finish_asked(_key(part), None)
        part.delete()
    review.parts.exclude(role=owner).update(is_owner=False)
    there = {part.role: part for part in review.parts.all()}
    asked_now = []
    for role in wanted:
        part = there.get(role) or ReviewPart(review=review, role=role)
        part.review, part.is_owner = review, role == owner
        before, asked = part.asked_role, who_answers(role, held)
        if part.answered_at is None and asked != before:
            if before:
                finish_asked(_key(part), None)
            part.asked_role = asked
            asked_now.append(part)
        part.save()
    for part in asked_now:
        ask_part(part)
    return asked_now


def ask_part(part: ReviewPart) -> None:
    """Whoever answers gets a duty. Inside the caller's transaction."""
    ask(
        part.review, "Vurdér, om noget skal ændres", role=Role(part.asked_role), due_on=part.review.answers_due_on,
        key=_key(part), text="" if part.asked_role == part.role else f"I svarer i stedet for »{part}«.",
    )  # fmt: skip


def ask_again(review: Review, held: Collection[str]) -> None:
    """The owner, or who fills a role, is another by now: she is asked, and the one before her no more."""
    with transaction.atomic():
        lock(review.version)
        review = Review.objects.select_related("document", "version__document").get(pk=review.pk)
        if review.state != ReviewState.OPENED or not review.takes_answers:
            return  # answered or decided meanwhile
        for part in ask_parts(review, held):
            add_event(review.version, f"Den årlige gennemgang: {part.asked_in_words} bliver spurgt.")
        _all_have_answered(review)
        outbox.nudge()


def go_on_with(version: Version) -> None:
    """The document's open review, when its body has had no part in the new text: it goes on with that, and with all
    that was asked and answered. Inside the caller's transaction, with the rows locked."""
    review = version.document.reviews.open().first()
    if review is None:
        return
    for duty in open_duties(review.version):
        duty.object_id = str(version.pk)
        duty._history_user = None
        duty.save()
    review.document, review.version = version.document, version
    review.change_asked, review.facts_on = None, None
    review.save(update_fields=["version", "change_asked", "facts_on"])
    ask_to_review(review)
    for part in review.parts.filter(answered_at=None):
        part.review = review
        ask_part(part)
    add_event(
        version,
        f"Den årlige gennemgang går videre med udgave {version.number}: {review.body_label} mangler at se på den.",
    )


def _all_have_answered(review: Review) -> None:
    if review.state == ReviewState.OPENED and not review.parts.filter(answered_at=None).exists():
        REVIEW_FLOW.move(review, "assess", by=SYSTEM)


def _key(part: ReviewPart) -> str:
    return f"{PART}{part.pk}:{part.asked_role}"


def assess(
    part: ReviewPart, needs_change: NeedsChange, *, by: User, changes: str = "", text: str = "",
    seen: str | None = None,
) -> ReviewPart:  # fmt: skip
    """What the role says: must the text change? The owner also says in words what has changed in law, risks and
    findings, of which the portal keeps no register. It may be said anew until the body has decided; the timeline keeps
    both. Raises PermissionDenied, ValidationError, Changed."""
    changes, text = changes.strip(), text.strip()
    wrong = {}
    if part.is_owner and not changes:
        wrong["changes"] = "Skriv, hvad der er ændret. Er intet ændret, så skriv det."
    if needs_change != NeedsChange.NO and not text:
        wrong["text"] = "Skriv, hvad der skal ændres, eller hvad du er i tvivl om."
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        lock(part.review.version)  # the review does not end meanwhile
        rows = ReviewPart.objects.select_related("review__document", "review__version__document")
        part = rows.select_for_update(of=("self",), no_key=True).get(pk=part.pk)
        review = part.review
        if not by.has_role(Role(part.asked_role)):
            raise PermissionDenied(f"Kun »{part.get_asked_role_display()}« svarer her.")
        if not review.takes_answers:
            raise ValidationError(
                "Gennemgangen tager ikke imod flere svar, for der er truffet en beslutning. Din tekst er her stadig: "
                "send den til den, der skriver dokumentet."
            )
        if seen is not None and part.seen != seen:
            raise Changed(
                "En anden har svaret, mens du skrev. Se svaret, og send dit eget, hvis det skal gælde i stedet."
            )
        part.needs_change, part.changes, part.text = needs_change, changes, text
        part.answered_by, part.answered_at = by, timezone.now()
        part.save()
        said = " ".join(f"»{one}«" for one in (changes, text) if one)
        sentence = f"{by} vurderer for {part}: {part.get_needs_change_display()}. {said}"
        add_event(review.version, sentence.strip())
        finish_asked(_key(part), by)
        _all_have_answered(review)
        audit.record("review.assess", by=by, obj=review, role=part.role, needs_change=needs_change)
    return part
