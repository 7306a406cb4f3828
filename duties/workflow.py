"""The states of a duty and the steps between them. Printed in docs/workflows.md."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from duties.enums import State
from duties.models import Duty
from duties.permissions import DROP, FINISH, HAND_ON, POSTPONE, REOPEN, RUN
from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.workflow import Flow, Step

UNDO = timedelta(days=30)  # what was ticked off by mistake may be opened again for so long


def by_hand(user: Any, duty: Duty) -> str | None:
    """What the work itself closes is never ticked off."""
    if duty.by_hand:
        return None
    return "Opgaven lukker sig selv, når arbejdet er gjort. Åbn den, og gør det der."


def has_opened(user: Any, duty: Duty) -> str | None:
    """Some duties may not be worked ahead: a control in June says nothing of September."""
    if duty.has_opened or duty.opens_on is None:
        return None
    return f"Opgaven kan først udføres fra {da_date(duty.opens_on)}."


def is_shared(user: Any, duty: Duty) -> str | None:
    """What is about a case or a draft stays with those who may see it; so does what only the work closes, unless a role
    says who can do that."""
    return (
        "Opgaven hører til et arbejde, der kun kan gøres af den, som har det. Den kan ikke gives videre."
        if duty.is_discreet or not (duty.by_hand or duty.holder_role)
        else None
    )


def is_movable(user: Any, duty: Duty) -> str | None:
    """A day that the law gives is not ours to move."""
    if duty.is_statutory:
        return "Fristen står i loven og kan ikke udskydes."
    return by_hand(user, duty)


def is_ours(user: Any, duty: Duty) -> str | None:
    """Nor is what the law asks for ours to leave undone."""
    if duty.is_statutory:
        return "Fristen står i loven, så opgaven kan ikke bortfalde."
    return by_hand(user, duty)


def done_lately(user: Any, duty: Duty) -> str | None:
    """To undo a mistake, not to change what was reported."""
    if duty.done_at and timezone.now() - duty.done_at > UNDO:
        return "Opgaven er udført for mere end en måned siden og kan ikke åbnes igen."
    return by_hand(user, duty)


S = State
DUTY_FLOW = Flow(
    "state",
    (
        Step("finish", "Udført", {S.OPEN}, S.DONE, FINISH, (by_hand, has_opened)),
        Step("hand_on", "Giv videre", {S.OPEN}, S.OPEN, HAND_ON, (is_shared,),
             sentence="En kollega tager opgaven og får besked."),
        Step("postpone", "Udskyd", {S.OPEN}, S.OPEN, POSTPONE, (is_movable,), needs_note=True,
             sentence="Vælg en ny dag, og skriv hvorfor. Næste gang regnes stadig fra den planlagte dag."),
        Step("reopen", "Åbn igen", {S.DONE}, S.OPEN, REOPEN, (done_lately,),
             sentence="Hvis den er sat som udført ved en fejl."),
        Step("drop", "Lad bortfalde", {S.OPEN}, S.DROPPED, DROP, (is_ours,), needs_note=True,
             sentence="Opgaven skal ikke udføres. Skriv hvorfor."),
        Step("settle", "Arbejdet er gjort", {S.OPEN}, S.DONE, RUN),
        Step("lapse", "Bortfalder", {S.OPEN}, S.DROPPED, RUN),
    ),
    noun="opgaven",
)  # fmt: skip
