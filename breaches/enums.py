"""Choice lists of breach handling. Wording of the states is our own."""

from django.db import models


class Kind(models.TextChoices):
    """What is reported: the policy demands threats as well as breaches (P-73)."""

    HAPPENED = "happened", "Det er sket"
    NEAR_MISS = "near_miss", "Det var lige ved at ske"
    THREAT = "threat", "Intet er sket endnu, men det kan ske"


class Answer(models.TextChoices):
    """A reporter's answer; `unknown` is a good answer."""

    YES = "yes", "Ja"
    NO = "no", "Nej"
    UNKNOWN = "unknown", "Ved ikke"


class Verdict(models.TextChoices):
    """The GDPR unit's finding: is it a personal data breach (art. 4(12))?"""

    UNDECIDED = "undecided", "Ikke afgjort"
    YES = "yes", "Ja"
    NO = "no", "Nej"


class State(models.TextChoices):
    """Where the case stands. `draft` lives in the reporter's browser only."""

    REPORTED = "reported", "Indberettet"
    TRIAGE = "triage", "Under vurdering"
    CONTAINED = "contained", "Inddæmmet"
    DECIDED = "decided", "Afgjort"
    NOTIFIED = "notified", "Anmeldt"
    SUBJECTS_INFORMED = "subjects_informed", "Registrerede underrettet"
    FOLLOW_UP = "follow_up", "Opfølgning"
    CLOSED = "closed", "Lukket"
    REJECTED = "rejected", "Ikke en hændelse"


# How each state is shown: done, waiting, due, late or closed.
TONES = {
    State.REPORTED: "due",
    State.TRIAGE: "waiting",
    State.CONTAINED: "waiting",
    State.DECIDED: "waiting",
    State.NOTIFIED: "done",
    State.SUBJECTS_INFORMED: "done",
    State.FOLLOW_UP: "waiting",
    State.CLOSED: "closed",
    State.REJECTED: "closed",
}
# Only these states stop the clock, whatever was done before: informing the affected (art. 34) is another duty than
# notifying Datatilsynet (art. 33), and a follow-up answers neither.
ENDED = (State.CLOSED, State.REJECTED)


class LeaderChoice(models.TextChoices):
    """The reporter may say that the leader we found is not the right one, or is what the report is about."""

    NORMAL = "normal", "Det er den rigtige leder"
    WRONG = "wrong", "Det er den forkerte leder"
    ABOUT_LEADER = "about_leader", "Sagen handler om min leder"


class Track(models.TextChoices):
    """Who must answer: each track is acknowledged by itself."""

    LEADER = "leader", "Nærmeste leder"
    GDPR = "gdpr", "GDPR-enheden"


class StepKind(models.TextChoices):
    """What a dated row does when its time comes."""

    REMIND = "remind", "Påmindelse"
    ESCALATE = "escalate", "Videre op ad linjen"
    CLOCK = "clock", "72-timersfristen"


class EntryKind(models.TextChoices):
    """What is written in a case after the report."""

    ADDITION = "addition", "Tilføjelse"
    QUESTION = "question", "Spørgsmål til melderen"
    ANSWER = "answer", "Svar fra melderen"
    DECISION = "decision", "Begrundelse til melderen"
    NOTE = "note", "Intern note"
