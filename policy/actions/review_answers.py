"""Who is asked in a review, and what they answer (P-47)."""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from duties.actions import finish_duties
from glostrup_isms.kit import audit, outbox
from glostrup_isms.kit.workflow import SYSTEM
from policy import notifications
from policy.actions.reviews import PART, ask
from policy.actions.shared import Changed, add_event, lock
from policy.enums import NeedsChange, ReviewState
from policy.models import Document, ReviewPart
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


def ask_part(part: ReviewPart) -> None:
    """Whoever answers gets a duty, and a message as in a hearing. Inside the caller's transaction."""
    review = part.review
    what = "Vurdér, om noget skal ændres"
    if part.asked_role != part.role:
        what += f", i stedet for »{part.get_role_display()}«"
    ask(review, what, role=Role(part.asked_role), due_on=review.answers_due_on, key=_key(part))
    notifications.ask_in_review(part)


def ask_again(part: ReviewPart, role: str, asked: Role) -> None:
    """The owner, or who fills the role, is another by now: she is asked, and the one before her no more."""
    with transaction.atomic():
        lock(part.review.version)
        part = ReviewPart.objects.select_related("review__document", "review__version__document").get(pk=part.pk)
        if part.answered_at or not part.review.takes_answers:
            return  # meanwhile
        old, part.role, part.asked_role = _key(part), role, asked
        part.save(update_fields=["role", "asked_role"])
        ask_part(part)
        add_event(part.review.version, f"Den årlige gennemgang: {part.asked_in_words} bliver spurgt.")
        if old != _key(part):
            finish_duties(old, by=None)
        outbox.nudge()


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
        finish_duties(_key(part), by=by)
        if review.state == ReviewState.OPENED and not review.parts.filter(answered_at=None).exists():
            REVIEW_FLOW.move(review, "assess", by=SYSTEM)
        audit.record("review.assess", by=by, obj=review, role=part.role, needs_change=needs_change)
    return part
