"""A text that was decided comes into force when its day has come, and the one before it gives way."""

import logging

from django.db import transaction
from django.utils import timezone

from duties.actions import create_duty
from duties.enums import Kind
from glostrup_isms.kit.dates import add_working_days, da_date
from glostrup_isms.kit.workflow import SYSTEM, StepNotOpen
from policy.actions.review_answers import go_on_with
from policy.actions.reviews import count_anew
from policy.actions.shared import add_event, lock, one_by_one, public_site_changed, settle_duties
from policy.enums import State
from policy.models import Version
from policy.signals import published
from policy.workflow import VERSION_FLOW
from roles.enums import Role
from roles.models import today

logger = logging.getLogger(__name__)


def put_in_force(version: Version) -> Version:
    """The day has come: the older version gives way, and the public reads the new one at once (P-83, P-84, P-85).
    Raises StepNotOpen while the day has not come, or when the text is not the one that was decided."""
    with transaction.atomic():
        fresh = lock(version, publishes=True)
        if sentence := VERSION_FLOW.why_not(SYSTEM, fresh, VERSION_FLOW.steps["enter_force"]):
            raise StepNotOpen(sentence)
        begins = fresh.effective_on
        assert begins is not None  # the database holds it of what is decided
        settle_duties(fresh, None)  # what stood in its way is gone
        go_on_with(fresh)  # what the decision has not closed
        if older := fresh.document.versions.filter(state=State.IN_FORCE).first():
            VERSION_FLOW.move(older, "supersede", by=SYSTEM, values={"ended_on": begins})
            add_event(older, f"Afløst af udgave {fresh.number} {da_date(begins)}.")
            settle_duties(older, None)  # nobody approves it again

        def follow(moved: Version) -> None:
            document = moved.document
            document.in_force, document.has_applied, document.title = moved, True, moved.title
            count_anew(document)
            document._history_user = None
            document.save()
            add_event(moved, f"Trådt i kraft. Gælder fra {da_date(begins)}.")
            public_site_changed()
            published.send(Version, version=moved)

        moved: Version = VERSION_FLOW.move(
            fresh, "enter_force", by=SYSTEM, values={"published_at": timezone.now()}, then=follow
        )
    return moved


def put_due_in_force() -> int:
    """Everything decided whose day has come; answers how many. Any number of schedulers may run it."""
    begun = []

    def put(version: Version) -> None:
        try:
            begun.append(put_in_force(version))
        except StepNotOpen as refused:
            _tell_that_it_is_stuck(version, str(refused))

    due = Version.objects.filter(state=State.DECIDED, effective_on__lte=today()).order_by("effective_on")
    one_by_one(due, put)
    return len(begun)


def _tell_that_it_is_stuck(version: Version, why: str) -> None:
    """Somebody must look: the day has come, and the text is not the one that was decided."""
    if Version.objects.filter(pk=version.pk, state=State.DECIDED).exists():  # nobody else was just before us
        logger.error("Version %s cannot come into force: its text is not the one that was decided", version.pk)
        create_duty(
            f"{version} kan ikke træde i kraft. {why}"[:200],
            due_on=add_working_days(today(), 1),
            role=Role.IT_COORDINATOR,
            dedup_key=f"stuck:{version.pk}:{version.effective_on}",
            concerns=version,
            url=version.get_absolute_url(),
            by_hand=False,
            kind=Kind.DOCUMENT,
            in_mail=f"{version} kan ikke træde i kraft",
        )
