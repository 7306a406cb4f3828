"""The demo accounts, and the invented names of everyone else. None of them is a real person."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from roles.enums import PersonKind, Role

PASSWORD = "demo"  # nosec B105 - of invented people, on a portal that refuses to run in production with them


@dataclass(frozen=True)
class Account:
    """One person to sign in as. `places` are (role, key of the unit); the first is the primary employment."""

    username: str
    name: str
    role_text: str
    places: tuple[tuple[Role, str], ...]
    unit_text: str = ""
    kind: PersonKind = PersonKind.EMPLOYEE


R = Role
ACCOUNTS = (
    Account("medarbejder", "Mette Engmose", "Medarbejder i hjemmeplejen", ((R.EMPLOYEE, "nord"),),
            "Hjemmeplejen Nord, Center for Sundhed og Velfærd"),
    Account("leder", "Lone Birkeager", "Nærmeste leder i hjemmeplejen", ((R.LEADER, "nord"),),
            "Hjemmeplejen Nord, Center for Sundhed og Velfærd"),
    Account("centerchef", "Carsten Højlyng", "Centerchef", ((R.CENTRE_CHIEF, "sundhed"),),
            "Center for Sundhed og Velfærd"),
    Account("medarbejder2", "Malik Rosenlund", "Lærer", ((R.EMPLOYEE, "skov"),),
            "Skovskolen, Center for Børn, Unge og Familier"),
    Account("leder2", "Liselotte Granager", "Skoleleder", ((R.LEADER, "skov"),),
            "Skovskolen, Center for Børn, Unge og Familier"),
    Account("centerchef2", "Cecilie Tornhave", "Centerchef", ((R.CENTRE_CHIEF, "boern"),),
            "Center for Børn, Unge og Familier"),
    Account("stedfortraeder", "Steen Lindehøj", "Stedfortræder for lederen i hjemmeplejen", ((R.EMPLOYEE, "nord"),),
            "Hjemmeplejen Nord, Center for Sundhed og Velfærd"),
    Account("gdpr", "Gitte Klintemark", "GDPR-enheden", ((R.GDPR_UNIT, "gdpr"),),
            "GDPR-enheden, Center for Organisation og Styring"),
    Account("dpo", "Dorthea Enghave", "Databeskyttelsesrådgiver (DPO)", ((R.DPO, "organisation"),),
            "Center for Organisation og Styring"),
    Account("jurist", "Jonas Bækmark", "Kommunens jurist", ((R.LAWYER, "organisation"),),
            "Center for Organisation og Styring"),
    Account("itsikkerhed", "Ida Stenager", "It-sikkerhedskoordinator",
            ((R.IT_COORDINATOR, "it"), (R.COMMITTEE, "kommune")), "It"),
    Account("itchef", "Ivan Kærholt", "It-chef",
            ((R.LEADER, "it"), (R.IT_CHIEF, "it"), (R.COMMITTEE, "kommune"), (R.DPR, "kommune")), "It"),
    Account("itdrift", "Inger Mosevang", "It-drift og intern kontrol", ((R.IT_OPERATIONS, "it"),), "It"),
    Account("systemejer", "Sanne Vestergård-Lund", "Systemejer af to systemer",
            ((R.EMPLOYEE, "visitation"), (R.SYSTEM_OWNER, "sundhed")), "Center for Sundhed og Velfærd"),
    Account("systemejer2", "Søren Hasselbo", "Systemejer af to systemer",
            ((R.EMPLOYEE, "raadgivning"), (R.SYSTEM_OWNER, "boern")), "Center for Børn, Unge og Familier"),
    Account("udvalg", "Ulla Bøgeskov", "Medlem af Informationssikkerhedsudvalget",
            ((R.EMPLOYEE, "organisation"), (R.COMMITTEE, "kommune"))),
    Account("direktoer", "Dagmar Egelund", "Kommunaldirektør og formand for udvalget",
            ((R.DIRECTOR, "kommune"), (R.EXECUTIVE, "direktion"), (R.COMMITTEE, "kommune"))),
    Account("dpr", "David Lyngholt", "Medlem af Digitaliserings- og Porteføljerådet",
            ((R.EMPLOYEE, "oekonomi"), (R.DPR, "kommune"))),
    Account("sekretariat", "Signe Pilegård-Holm", "Sekretariat: skriver kommunalbestyrelsens beslutninger ind",
            ((R.SECRETARIAT, "sekretariat"),)),
    Account("kommunalbestyrelse", "Karen Marie Dalsø", "Medlem af kommunalbestyrelsen",
            ((R.COUNCILLOR, "raad"),), kind=PersonKind.COUNCILLOR),
    Account("ekstern", "Erik Sølager", "Ekstern partner med driftsoverenskomst", ((R.EXTERNAL, "egebo"),),
            kind=PersonKind.EXTERNAL),
    Account("administrator", "Asger Nymark", "Teknisk administrator: ser ingen sager",
            ((R.ADMINISTRATOR, "it"),), "It"),
)  # fmt: skip

# (user name, name, role) of the accounts, for the sign-in page.
PEOPLE: list[tuple[str, str, str]] = [(account.username, account.name, account.role_text) for account in ACCOUNTS]

FIRST = (
    "Agnes Aksel Alma Anders Anja Anton Arne Asta Bente Birger Birthe Bjarke Bodil Camilla Christian Dagny Ditte Ebbe "
    "Einar Elin Ellen Emil Erna Esther Fatima Finn Frida Gerda Gunnar Hanne Hassan Helga Henning Ingrid Irma Iver "
    "Jesper Johanne Jytte Kaj Karl Kirsten Knud Lærke Lasse Lilli Magnus Maja Mehmet Mie Naja Niels Nikoline Oda Ole "
    "Pernille Poul Ragnhild Rasmus Rikke Samira Sigrid Sten Svend Thea Tove Troels Vera Vibeke Viggo Yrsa Zahra"
)
# Put together from two halves, so that hardly anybody is called so.
LAST_BEGINS = "Ahorn Birke Bøge Elle Eng Gran Hassel Hede Klint Kær Linde Lyng Mose Pile Rugs Skov Sten Torn Å Æble"
LAST_ENDS = "ager bo bæk dal holt høj lund mark skær toft vad vang"


def invented_names(seed: int = 1) -> Iterator[tuple[str, str]]:
    """(user name, name) without end or repetition, the same for the same seed."""
    dice = Random(seed)  # nosec B311 - names, not secrets
    first, begins, ends = FIRST.split(), LAST_BEGINS.split(), LAST_ENDS.split()
    used: set[str] = set()
    for number in range(1, 10_000_000):
        name = f"{dice.choice(first)} {dice.choice(begins)}{dice.choice(ends)}"
        username = plain(name)
        if username in used:
            username = f"{username}{number}"
        used.add(username)
        yield username, name


def plain(name: str) -> str:
    """A user name of ASCII letters: »Åse Kærlund« is `aase.kaerlund`."""
    text = name.lower()
    for letter, letters in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), (" ", ".")):
        text = text.replace(letter, letters)
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
