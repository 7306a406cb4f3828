"""Choice lists of bodies, meetings and decisions. Source: the security policy (P-41 … P-56, P-77 … P-81)."""

from django.db import models

from roles.enums import Role


class BodyKind(models.TextChoices):
    """Who decides in the municipality's information security."""

    COUNCIL = "council", "Kommunalbestyrelsen"
    EXECUTIVE = "executive", "Direktionen"
    DIRECTOR = "director", "Kommunaldirektøren"
    COMMITTEE = "committee", "Informationssikkerhedsudvalget"
    DPR = "dpr", "Digitaliserings- og Porteføljerådet"

    @property
    def chair(self) -> Role | None:
        """Who chairs it; the municipal director chairs the committee (P-46)."""
        return CHAIRS.get(self)

    @property
    def members(self) -> tuple[Role, ...]:
        """Whose holders sit in it."""
        return MEMBERS[self]

    @property
    def recorders(self) -> tuple[Role, ...]:
        """Who writes its decisions in. Of the council's, the secretariat does."""
        return RECORDERS[self]

    @property
    def preparers(self) -> tuple[Role, ...]:
        """Who plans its meetings, calls them and writes the minutes; the first is asked when one is missing."""
        return PREPARERS[self]


CHAIRS = {BodyKind.COUNCIL: Role.MAYOR, BodyKind.EXECUTIVE: Role.DIRECTOR, BodyKind.COMMITTEE: Role.DIRECTOR}
MEMBERS = {
    BodyKind.COUNCIL: (Role.MAYOR, Role.COUNCILLOR),
    BodyKind.EXECUTIVE: (Role.DIRECTOR, Role.EXECUTIVE),
    BodyKind.DIRECTOR: (Role.DIRECTOR,),
    BodyKind.COMMITTEE: (Role.DIRECTOR, Role.COMMITTEE),
    BodyKind.DPR: (Role.DPR,),
}
RECORDERS = {**MEMBERS, BodyKind.COUNCIL: (Role.SECRETARIAT,)}
_OFFICE = (Role.GDPR_UNIT, Role.IT_COORDINATOR, Role.SECRETARIAT)
PREPARERS = {
    BodyKind.COUNCIL: (Role.SECRETARIAT,),
    BodyKind.EXECUTIVE: _OFFICE,
    BodyKind.DIRECTOR: _OFFICE,
    BodyKind.COMMITTEE: _OFFICE,
    BodyKind.DPR: (Role.IT_CHIEF, Role.IT_COORDINATOR, Role.SECRETARIAT),
}


class Outcome(models.TextChoices):
    """What a body decided of the thing before it."""

    RECOMMENDED = "recommended", "Anbefalet"
    APPROVED = "approved", "Godkendt"
    REAPPROVED = "reapproved", "Godkendt igen uden ændringer"
    RETURNED = "returned", "Sendt tilbage"
    CHANGE_ASKED = "change_asked", "Skal ændres"
    WITHDRAWN = "withdrawn", "Trukket tilbage"


class ItemKind(models.TextChoices):
    """Why something stands on an agenda."""

    OPENING = "opening", "Dagsorden og referat"
    VERSION = "version", "Dokument til behandling"
    REVIEW = "review", "Årlig gennemgang af dokumenter"
    POLICY_REVIEW = "policy_review", "Årlig revurdering af politikken"
    BREACHES = "breaches", "Brud og udvikling"
    DUTIES = "duties", "Opgaver over fristen"
    RISKS = "risks", "Risici over grænsen"
    SUPERVISION = "supervision", "Tilsyn og kontrol"
    PROCUREMENT = "procurement", "Indkøb"
    FOLLOW_UP = "follow_up", "Opfølgning på beslutninger"
    FREE = "free", "Andet"


class MeetingState(models.TextChoices):
    """Where a meeting stands. Only the steps of `workflow.py` lead from one to the next."""

    PLANNED = "planned", "Under forberedelse"
    CALLED = "called", "Indkaldt"  # the papers are out; in a written procedure: the members vote
    OPEN = "open", "I gang"
    MINUTES = "minutes", "Referat til godkendelse"
    CLOSED = "closed", "Afsluttet"
    CANCELLED = "cancelled", "Aflyst"


AHEAD = (MeetingState.PLANNED, MeetingState.CALLED)
ENDED = (MeetingState.CLOSED, MeetingState.CANCELLED)
MEETING_TONES = {
    MeetingState.PLANNED: "waiting",
    MeetingState.CALLED: "waiting",
    MeetingState.OPEN: "due",
    MeetingState.MINUTES: "due",
    MeetingState.CLOSED: "done",
    MeetingState.CANCELLED: "closed",
}


class ItemState(models.TextChoices):
    """What became of a point."""

    OPEN = "open", "Ikke behandlet"
    DECIDED = "decided", "Behandlet"
    POSTPONED = "postponed", "Udsat"  # comes by itself at the body's next meeting
    WITHDRAWN = "withdrawn", "Trukket"


ITEM_TONES = {
    ItemState.OPEN: "waiting",
    ItemState.DECIDED: "done",
    ItemState.POSTPONED: "due",
    ItemState.WITHDRAWN: "closed",
}


class Presence(models.TextChoices):
    PRESENT = "present", "Til stede"
    EXCUSED = "excused", "Afbud"
    ABSENT = "absent", "Udeblevet"


class Choice(models.TextChoices):
    """A vote in a written procedure."""

    FOR = "for", "For"
    AGAINST = "against", "Imod"
    ABSTAINS = "abstains", "Undlader at stemme"
