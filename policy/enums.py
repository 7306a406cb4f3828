"""Choice lists of governed documents. Source: the municipality's information security policy (P-75 … P-85)."""

from django.db import models

from roles.enums import LEADING_ROLES, Role


class Kind(models.TextChoices):
    """What the policy is turned into (P-55, P-75, P-76)."""

    POLICY = "policy", "Informationssikkerhedspolitik"
    RULE = "rule", "Sikkerhedsregel"
    GUIDELINE = "guideline", "Retningslinje"
    PROCEDURE = "procedure", "Procedure"
    ACTION_PLAN = "action_plan", "Handlingsplan"
    CONTINGENCY_PLAN = "contingency_plan", "Beredskabsplan"
    TEMPLATE = "template", "Skabelon"

    @property
    def prefix(self) -> str:
        """What a document's number begins with."""
        return PREFIXES[self]


PREFIXES = {
    Kind.POLICY: "POL",
    Kind.RULE: "REG",
    Kind.GUIDELINE: "RET",
    Kind.PROCEDURE: "PRO",
    Kind.ACTION_PLAN: "HAN",
    Kind.CONTINGENCY_PLAN: "BER",
    Kind.TEMPLATE: "SKA",
}


class RuleCategory(models.TextChoices):
    """The three kinds of safeguards that security rules cover (P-75)."""

    ORGANISATIONAL = "organisational", "Organisatorisk"
    PHYSICAL = "physical", "Fysisk"
    TECHNICAL = "technical", "Teknisk"


class Confidentiality(models.TextChoices):
    """Who may read a document in force. What may be exempt from access to files is decided by a person, each time."""

    PUBLIC = "public", "Offentlig"
    INTERNAL = "internal", "Intern"
    CONFIDENTIAL = "confidential", "Fortrolig"
    MAY_BE_EXEMPT = "may_be_exempt", "Kan undtages fra aktindsigt"


class Audience(models.TextChoices):
    """Whom a document binds."""

    EVERYBODY = "everybody", "Alle, som politikken gælder for"
    EMPLOYEES = "employees", "Alle medarbejdere og ledere"
    LEADERS = "leaders", "Ledere"
    SYSTEM_OWNERS = "system_owners", "Systemejere"
    IT = "it", "It-afdelingen"
    COMMITTEE = "committee", "Informationssikkerhedsudvalget og GDPR-enheden"

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles whose holders are bound."""
        return AUDIENCE_ROLES[self]


_EMPLOYED = tuple(role for role in Role if role not in (Role.EXTERNAL, Role.COUNCILLOR, Role.MAYOR))
AUDIENCE_ROLES = {
    Audience.EVERYBODY: tuple(Role),
    Audience.EMPLOYEES: _EMPLOYED,
    Audience.LEADERS: (*LEADING_ROLES, Role.EXECUTIVE),
    Audience.SYSTEM_OWNERS: (Role.SYSTEM_OWNER,),
    Audience.IT: (Role.IT_CHIEF, Role.IT_COORDINATOR, Role.IT_OPERATIONS),
    Audience.COMMITTEE: (Role.COMMITTEE, Role.DIRECTOR, Role.GDPR_UNIT),
}


class Evidence(models.TextChoices):
    """What shows that a clause is kept: where in the portal, or beside it, somebody would look."""

    DOCUMENT = "document", "Regler og retningslinjer"
    DECISION = "decision", "Beslutning eller referat"
    RISK = "risk", "Risikovurdering"
    DPIA = "dpia", "Konsekvensanalyse"
    REGISTER = "register", "Fortegnelse over behandlinger"
    SYSTEM = "system", "Systemoversigt"
    ACCESS = "access", "Godkendte autorisationer"
    AGREEMENT = "agreement", "Databehandleraftale og tilsyn"
    PROCUREMENT = "procurement", "Sag om indkøb"
    CONTROL = "control", "Intern kontrol"
    CONTINGENCY = "contingency", "Beredskabsplan og øvelse"
    BREACH = "breach", "Sager om brud"
    LEARNING = "learning", "Læring"
    RECEIPT = "receipt", "Læsekvittering"
    ADVICE = "advice", "Rådgivning fra jurist eller DPO"
    LAW = "law", "Lovovervågning"
    APPOINTMENT = "appointment", "Udpegning i organisationen"
    REPORT = "report", "Rapport til ledelsen"
    PUBLICATION = "publication", "Offentliggørelse"


class State(models.TextChoices):
    """Where a version stands. Only the steps of `workflow.py` lead from one to the next."""

    DRAFT = "draft", "Kladde"
    HEARING = "hearing", "I høring"
    HEARD = "heard", "Hørt"
    SUBMITTED = "submitted", "Til behandling"
    RECOMMENDED = "recommended", "Anbefalet"
    DECIDED = "decided", "Besluttet"
    IN_FORCE = "in_force", "Gældende"
    SUPERSEDED = "superseded", "Afløst"
    WITHDRAWN = "withdrawn", "Trukket tilbage"
    DISCARDED = "discarded", "Slettet kladde"


OPEN = (State.DRAFT, State.HEARING, State.HEARD, State.SUBMITTED, State.RECOMMENDED, State.DECIDED)  # on its way
BEFORE_A_BODY = (State.SUBMITTED, State.RECOMMENDED, State.DECIDED)
PUBLISHED = (State.IN_FORCE, State.SUPERSEDED, State.WITHDRAWN)  # applied at some time
FROZEN = (State.DECIDED, *PUBLISHED)  # the text never changes again
TONES = {
    State.DRAFT: "waiting",
    State.HEARING: "waiting",
    State.HEARD: "waiting",
    State.SUBMITTED: "due",
    State.RECOMMENDED: "due",
    State.DECIDED: "done",
    State.IN_FORCE: "done",
    State.SUPERSEDED: "closed",
    State.WITHDRAWN: "closed",
    State.DISCARDED: "closed",
}


class ReviewState(models.TextChoices):
    """Where a yearly review stands (P-56, P-80). Only the steps of `workflow.py` lead from one to the next."""

    OPENED = "opened", "Åbnet"
    ASSESSED = "assessed", "Vurderet"
    CLOSED = "closed", "Afsluttet"
    VOID = "void", "Bortfaldet"


UNDER_REVIEW = (ReviewState.OPENED, ReviewState.ASSESSED)
REVIEW_TONES = {
    ReviewState.OPENED: "waiting",
    ReviewState.ASSESSED: "due",
    ReviewState.CLOSED: "done",
    ReviewState.VOID: "closed",
}


class NeedsChange(models.TextChoices):
    """What somebody who was asked says of the text in a review (P-47)."""

    NO = "no", "Nej, teksten kan blive, som den er"
    YES = "yes", "Ja, noget skal ændres"
    UNDECIDED = "undecided", "Jeg er i tvivl"


class FactKind(models.TextChoices):
    """What may have changed since a document was approved last."""

    POLICY = "policy", "Politikken"
    TEXT = "text", "Teksten"  # drafts, hearings, comments: for those who follow the work
    BREACHES = "breaches", "Brud og trusler"
    LAW = "law", "Lov"
    RISKS = "risks", "Risici"
    FINDINGS = "findings", "Fund"
