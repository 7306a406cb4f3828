"""What the municipality's information security policy says of each role, told shortly in our own words.

The numbers are the clauses of the policy, sentence by sentence (P-01 … P-85); the policy's own text is what counts.
"""

from collections.abc import Callable
from dataclasses import dataclass

from roles.enums import Role

R = Role


@dataclass(frozen=True)
class Clause:
    """One sentence of the policy, and the roles that it binds."""

    number: str
    sentence: str
    roles: tuple[Role, ...]

    @property
    def binds_all(self) -> bool:
        return self.roles == EVERYBODY


EVERYBODY = tuple(Role)
LEADERS = (R.LEADER, R.CENTRE_CHIEF, R.EXECUTIVE, R.DIRECTOR)
EXECUTIVES = (R.EXECUTIVE, R.DIRECTOR)
COUNCIL = (R.COUNCILLOR, R.MAYOR)
RESPONSIBLE_FOR_IT_SECURITY = (R.IT_COORDINATOR, R.IT_CHIEF)

CLAUSES = (
    Clause("P-25", "Følger Den Storkøbenhavnske Digitaliseringsforening og bruger dens råd som inspiration til "
           "vejledninger og arbejdsgange.", RESPONSIBLE_FOR_IT_SECURITY),
    Clause("P-26", "Bliver spurgt efter behov, blandt andet når kommunen køber it-systemer, skriver vejledninger "
           "og laver risiko- og konsekvensanalyser.", (R.DPO,)),
    Clause("P-27", "Spørger kommunens jurister, og i tvivl databeskyttelsesrådgiveren, om databeskyttelse.",
           RESPONSIBLE_FOR_IT_SECURITY),
    Clause("P-35", "Er omfattet af politikken, undtagen når data behandles som led i selve hvervet (styrelsesloven "
           "§ 8 b).",
           COUNCIL),
    Clause("P-37", "Er omfattet af politikken, når der udføres opgaver for kommunen, også som institution med "
           "driftsoverenskomst (P-36).", (R.EXTERNAL, R.CONTRACT_OWNER)),
    Clause("P-39", "Har medansvar for, at kommunens data og systemer er beskyttet.", EVERYBODY),
    Clause("P-40", "Uddannes løbende i informationssikkerhed.", (R.EMPLOYEE, *LEADERS)),
    Clause("P-41", "Har det overordnede ansvar for, at informationssikkerheden styres godt og trygt.", COUNCIL),
    Clause("P-42", "Har ansvaret for informationssikkerhedspolitikken.", COUNCIL),
    Clause("P-43", "Er øverst ansvarlig for den administrative styring af informationssikkerheden.", (R.DIRECTOR,)),
    Clause("P-44", "Sørger for, at det bliver kontrolleret, om politikken overholdes.", (R.DIRECTOR,)),
    Clause("P-45", "Godkender interne retningslinjer og vejledninger.", (R.DIRECTOR,)),
    Clause("P-46", "Er formand for Informationssikkerhedsudvalget.", (R.DIRECTOR,)),
    Clause("P-47", "Hjælper GDPR-enheden med at vurdere, om politikken eller måden, den bliver brugt på, skal ændres.",
           (R.COMMITTEE, R.LAWYER, R.DIRECTOR)),
    Clause("P-48", "Rådgiver på tværs af kommunen og anbefaler, når it-systemer skal købes.", (R.DPR,)),
    Clause("P-49", "Styrer, samordner og sikrer kvaliteten af indkøb: platform, samspil med det, vi har, og "
           "strategi.",
           (R.DPR,)),
    Clause("P-50", "Styrer kommunens portefølje af it-projekter, følger op på gevinster og står for værktøjskassen til "
           "projekter (P-51, P-52).", (R.DPR,)),
    Clause("P-53", "Sætter løft af digitale kompetencer i gang og gør gode ideer klar til at blive til noget (P-54).",
           (R.DPR,)),
    Clause("P-55", "Skriver og vedligeholder politik, sikkerhedsregler, retningslinjer, handlingsplaner og "
           "beredskabsplaner.", RESPONSIBLE_FOR_IT_SECURITY),
    Clause("P-56", "Godkender hvert år politikken, reglerne, retningslinjerne og planerne.", (R.COMMITTEE, R.DIRECTOR)),
    Clause("P-57", "Rådgiver om reglerne for databeskyttelse.", (R.LAWYER,)),
    Clause("P-58", "Udfører opgaverne i databeskyttelsesforordningens artikel 39, stk. 1: underretter og rådgiver, "
           "overvåger, at reglerne bliver fulgt, rådgiver om konsekvensanalyser, samarbejder med Datatilsynet og er "
           "kontaktpunkt.", (R.DPO,)),
    Clause("P-59", "Gennemfører og overholder loven og de interne retningslinjer i sit center.", (R.CENTRE_CHIEF,)),
    Clause("P-60", "Leder til daglig arbejdet med informationssikkerhed i sin egen enhed.", LEADERS),
    Clause("P-61", "Udarbejder fortegnelser over enhedens behandlinger af personoplysninger.", LEADERS),
    Clause("P-62", "Holder fortegnelserne ved lige.", LEADERS),
    Clause("P-63", "Laver de risikovurderinger, der hører til.", LEADERS),
    Clause("P-64", "Følger politikken inden for sit eget ansvarsområde.", EVERYBODY),
    Clause("P-65", "Godkender, at brugere får adgang, og at adgangen stopper igen.", (R.SYSTEM_OWNER,)),
    Clause("P-66", "Indgår databehandleraftaler, før behandlingen begynder.", (R.SYSTEM_OWNER,)),
    Clause("P-67", "Fører tilsyn med databehandleraftalerne.", (R.SYSTEM_OWNER,)),
    Clause("P-68", "Har det økonomiske ansvar for indkøb, licenser og drift.", (R.SYSTEM_OWNER,)),
    Clause("P-69", "Udfører intern kontrol med betryggende arbejdsgange.", (R.IT_OPERATIONS, R.IT_CHIEF)),
    Clause("P-70", "Kontrollerer kommunens it-systemer.", (R.IT_OPERATIONS, R.IT_CHIEF)),
    Clause("P-71", "Melder straks en trussel eller et brud til nærmeste leder og GDPR-enheden (P-72, P-73).",
           EVERYBODY),
    Clause("P-72", "Modtager meldinger om brud og trusler straks.", (R.GDPR_UNIT,)),
    Clause("P-74", "Følger den handlingsplan for brud, der gælder.", EVERYBODY),
    Clause("P-77", "Kan fastsætte retningslinjer, som udfylder politikken, når de stemmer med den (P-78).", EXECUTIVES),
    Clause("P-79", "Påser, at politikken bliver vurderet igen, når der er brug for det.", EXECUTIVES),
    Clause("P-80", "Vurderer politikken på ny hvert år på udvalgets møder.", (R.COMMITTEE, *EXECUTIVES)),
    Clause("P-81", "Godkender alene informationssikkerhedspolitikken.", COUNCIL),
)  # fmt: skip

# Why the portal has a role that the policy does not name, or names only in passing.
BESIDES = {
    R.SECRETARIAT: "Skriver ind, hvad kommunalbestyrelsen har besluttet.",
    R.ADMINISTRATOR: "Passer portalens teknik: personer, enheder, roller og drift. Ser ingen sager.",
    R.CONTRACT_OWNER: "Er nærmeste leder for de eksterne samarbejdspartnere under en aftale.",
    R.GDPR_UNIT: "Behandler meldinger om brud, afgør, om de anmeldes til Datatilsynet, og får hjælp af udvalget, når "
    "politikken skal vurderes (P-47).",
    R.EXTERNAL: "Arbejder for kommunen under en aftale.",
    R.EMPLOYEE: "Er ansat i kommunen, fast eller midlertidigt, eller arbejder frivilligt (P-34).",
    R.MAYOR: "Er formand for kommunalbestyrelsen.",
}


def clauses_for(role: Role) -> tuple[list[Clause], list[Clause]]:
    """What the policy says of this role, and what it says of everybody."""
    mine = [clause for clause in CLAUSES if role in clause.roles]
    return [one for one in mine if not one.binds_all], [one for one in mine if one.binds_all]


@dataclass(frozen=True)
class Applied:
    """A clause of the policy that applies now, in its own words, and where to read it."""

    number: str
    text: str
    url: str


_sources: list[Callable[[Role], list[Applied]]] = []


def register(source: Callable[[Role], list[Applied]]) -> None:
    """The app that keeps the policy says which of its clauses bind a role."""
    _sources[:] = [source]


def applied_to(role: Role) -> list[Applied]:
    """What the policy in force asks of the role, clause by clause; nothing while none is in force."""
    return [clause for source in _sources for clause in source(role)]
