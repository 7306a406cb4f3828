"""The states of a case and the steps between them. Printed in docs/workflows.md.

The state tells what happened last. Whether Datatilsynet has been notified is told by `notified_at`, which no later step
takes away.
"""

from typing import Any

from breaches.enums import State, Verdict
from breaches.models import Breach
from breaches.permissions import HANDLE
from glostrup_isms.kit.dates import da_datetime
from glostrup_isms.kit.workflow import Flow, Step


def verdict_given(user: Any, breach: Breach) -> str | None:
    """The decision needs the finding first: is it a personal data breach?"""
    if breach.is_personal_data_breach == Verdict.UNDECIDED:
        return "Afgør først, om det er et brud på persondatasikkerheden."
    return None


def is_data_breach(user: Any, breach: Breach) -> str | None:
    """Only a personal data breach is notified to Datatilsynet (art. 33)."""
    if breach.is_personal_data_breach != Verdict.YES:
        return "Kun brud på persondatasikkerheden anmeldes til Datatilsynet."
    return None


def not_notified(user: Any, breach: Breach) -> str | None:
    """The case is notified once; what is found later belongs to the same notification (art. 33(4))."""
    if breach.notified_at:
        return f"Sagen er anmeldt til Datatilsynet {da_datetime(breach.notified_at)}."
    return None


S = State
BREACH_FLOW = Flow(
    "state",
    (
        Step("triage", "Begynd vurderingen", {S.REPORTED}, S.TRIAGE, HANDLE, sentence="Sagen er din at vurdere."),
        Step(
            "contain",
            "Skaden er standset",
            {S.TRIAGE},
            S.CONTAINED,
            HANDLE,
            sentence="Bruddet breder sig ikke længere.",
        ),
        Step(
            "decide",
            "Notér afgørelsen",
            {S.TRIAGE, S.CONTAINED},
            S.DECIDED,
            HANDLE,
            (verdict_given,),
            needs_note=True,
            sentence="Skriv, hvad der er besluttet, og hvorfor.",
        ),
        Step(
            "notify",
            "Anmeldt til Datatilsynet",
            {S.DECIDED, S.SUBJECTS_INFORMED, S.FOLLOW_UP},
            S.NOTIFIED,
            HANDLE,
            (is_data_breach, not_notified),
            needs_note=True,
            sentence="Skriv referencen. Er fristen overskredet, så skriv også hvorfor (art. 33, stk. 1).",
        ),
        Step(
            "inform",
            "De berørte er underrettet",
            {S.DECIDED, S.NOTIFIED},
            S.SUBJECTS_INFORMED,
            HANDLE,
            (is_data_breach,),
            needs_note=True,
            sentence="Skriv hvordan og hvornår (art. 34).",
        ),
        Step(
            "follow_up",
            "Følg op",
            {S.DECIDED, S.NOTIFIED, S.SUBJECTS_INFORMED},
            S.FOLLOW_UP,
            HANDLE,
            sentence="Der er stadig noget at gøre, før sagen kan lukkes.",
        ),
        Step(
            "close",
            "Luk sagen",
            {S.DECIDED, S.NOTIFIED, S.SUBJECTS_INFORMED, S.FOLLOW_UP},
            S.CLOSED,
            HANDLE,
            needs_note=True,
            sentence="Skriv, hvad I har lært.",
        ),
        Step(
            "reject",
            "Ikke en hændelse",
            {S.REPORTED, S.TRIAGE},
            S.REJECTED,
            HANDLE,
            needs_note=True,
            sentence="Skriv hvorfor. Melderen kan se begrundelsen.",
        ),
        Step(
            "reopen",
            "Genåbn sagen",
            {S.CLOSED, S.REJECTED},
            S.TRIAGE,
            HANDLE,
            needs_note=True,
            sentence="Skriv, hvad der er kommet til.",
        ),
    ),
)
