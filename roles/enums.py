"""Choice lists of the organisation. Source: the municipality's information security policy (P-34 … P-70)."""

from django.db import models

from glostrup_isms.kit.filters import danish_slug


class PersonKind(models.TextChoices):
    """Who is bound by the policy (P-34 … P-38), and the portal's own technical account."""

    EMPLOYEE = "employee", "Medarbejder"
    COUNCILLOR = "councillor", "Kommunalbestyrelsesmedlem"
    EXTERNAL = "external", "Ekstern samarbejdspartner"
    SYSTEM = "system", "System"


class UnitKind(models.TextChoices):
    """What a unit is in the municipality's line."""

    MUNICIPALITY = "municipality", "Kommune"
    CENTRE = "centre", "Center"
    DEPARTMENT = "department", "Afdeling"
    INSTITUTION = "institution", "Institution"


class Role(models.TextChoices):
    """The roles the policy names. One person may hold several."""

    EMPLOYEE = "employee", "Medarbejder"
    LEADER = "leader", "Leder"
    CENTRE_CHIEF = "centre_chief", "Centerchef"
    EXECUTIVE = "executive", "Medlem af direktionen"
    DIRECTOR = "director", "Kommunaldirektør"
    COUNCILLOR = "councillor", "Kommunalbestyrelsesmedlem"
    MAYOR = "mayor", "Borgmester"
    COMMITTEE = "committee", "Medlem af Informationssikkerhedsudvalget"
    DPR = "dpr", "Medlem af Digitaliserings- og Porteføljerådet"
    IT_COORDINATOR = "it_coordinator", "It-sikkerhedskoordinator"
    IT_CHIEF = "it_chief", "It-chef"
    IT_OPERATIONS = "it_operations", "It-drift"
    GDPR_UNIT = "gdpr_unit", "GDPR-enheden"
    LAWYER = "lawyer", "Jurist"
    DPO = "dpo", "Databeskyttelsesrådgiver (DPO)"
    SYSTEM_OWNER = "system_owner", "Systemejer"
    SECRETARIAT = "secretariat", "Sekretariat"
    CONTRACT_OWNER = "contract_owner", "Aftaleansvarlig"
    EXTERNAL = "external", "Ekstern samarbejdspartner"
    ADMINISTRATOR = "administrator", "Teknisk administrator"

    @property
    def slug(self) -> str:
        """The role in an address: »It-chef« is `it-chef`."""
        return danish_slug(str(self.label))


# Who leads a unit, nearest first where a unit has several.
LEADING_ROLES = (Role.LEADER, Role.CENTRE_CHIEF, Role.DIRECTOR)

# A workplace, that is left and not handed over.
EMPLOYMENTS = (Role.EMPLOYEE, Role.EXTERNAL)

# Roles in which a person answers for something: every colleague may know who holds them.
PUBLIC_ROLES = tuple(role for role in Role if role not in EMPLOYMENTS)

# Who answers for a system or an agreement may be employed anywhere: these put nobody under the unit's leader.
OWNER_ROLES = (Role.SYSTEM_OWNER, Role.CONTRACT_OWNER)


class Source(models.TextChoices):
    """Where a row comes from: a sync touches only what a sync has made."""

    HAND = "hand", "Skrevet ind her"
    SYNC = "sync", "Organisationssystemet"
    SCIM = "scim", "Log ind-systemet (SCIM)"


class SyncShape(models.TextChoices):
    """The shapes of file that the organisation comes in (domain: organisation systems of Danish municipalities)."""

    ROLLEKATALOG = "rollekatalog", "OS2rollekatalog"
    OS2SYNC = "os2sync", "OS2sync / FK Organisation"
    CSV = "csv", "CSV"


class SyncState(models.TextChoices):
    LOOKED_AT = "looked_at", "Set igennem"
    REFUSED = "refused", "Afvist"
    APPLIED = "applied", "Hentet ind"


class ChangeKind(models.TextChoices):
    """What a sync does to one unit, person or appointment."""

    UNIT_NEW = "unit_new", "Ny enhed"
    UNIT_CHANGED = "unit_changed", "Enhed ændret"
    UNIT_MOVED = "unit_moved", "Enhed flyttet"
    UNIT_CLOSED = "unit_closed", "Enhed lukket"
    UNIT_REOPENED = "unit_reopened", "Enhed genåbnet"
    PERSON_NEW = "person_new", "Ny person"
    PERSON_LINKED = "person_linked", "Person koblet til organisationssystemet"
    PERSON_CHANGED = "person_changed", "Person ændret"
    PERSON_LEFT = "person_left", "Person lukket"
    PERSON_BACK = "person_back", "Person genåbnet"
    PLACE_NEW = "place_new", "Udpegning begynder"
    PLACE_CHANGED = "place_changed", "Udpegning ændret"
    PLACE_ENDED = "place_ended", "Udpegning slutter"
