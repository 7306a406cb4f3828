"""Choice lists of bodies and decisions. Source: the information security policy (P-41 … P-56, P-77 … P-81)."""

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


CHAIRS = {BodyKind.COUNCIL: Role.MAYOR, BodyKind.EXECUTIVE: Role.DIRECTOR, BodyKind.COMMITTEE: Role.DIRECTOR}
MEMBERS = {
    BodyKind.COUNCIL: (Role.MAYOR, Role.COUNCILLOR),
    BodyKind.EXECUTIVE: (Role.DIRECTOR, Role.EXECUTIVE),
    BodyKind.DIRECTOR: (Role.DIRECTOR,),
    BodyKind.COMMITTEE: (Role.DIRECTOR, Role.COMMITTEE),
    BodyKind.DPR: (Role.DPR,),
}
RECORDERS = {**MEMBERS, BodyKind.COUNCIL: (Role.SECRETARIAT,)}


class Outcome(models.TextChoices):
    """What a body decided of the thing before it."""

    RECOMMENDED = "recommended", "Anbefalet"
    APPROVED = "approved", "Godkendt"
    REAPPROVED = "reapproved", "Godkendt igen uden ændringer"
    RETURNED = "returned", "Sendt tilbage"
    WITHDRAWN = "withdrawn", "Trukket tilbage"
