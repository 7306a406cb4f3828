"""Choice lists of the organisation. Source: the municipality's information security policy (P-34 … P-70)."""

from django.db import models


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


# Who leads a unit, nearest first where a unit has several.
LEADING_ROLES = (Role.LEADER, Role.CENTRE_CHIEF, Role.DIRECTOR)
