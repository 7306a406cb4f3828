"""The documents of the demo municipality: invented, told in our own words, and each at another place on its way.

Pure data; the texts are in `documents/`. People are named as in `cases.py`: by user name, or as `leader:<unit>`.
A `Day` is a date, or how many days before the load it is; a negative number is days after the load.
References to cases and agendas are invented, and say so.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from policy.enums import Audience, Confidentiality, Kind, NeedsChange, RuleCategory, State
from roles.enums import Role

FOLDER = Path(__file__).parent / "documents"
Day = int | date


@dataclass(frozen=True)
class Remark:
    """A comment on a version. `clause` is its number in that version (»3.4«), or "" for the whole text; `reply` is what
    the writer answered, "" as long as it is open."""

    by: str
    clause: str
    text: str
    on: Day = 5
    reply: str = ""


@dataclass(frozen=True)
class Answer:
    """What somebody who was heard answered; `reply` is what the writer did about it."""

    by: str
    text: str
    on: Day
    reply: str = ""


@dataclass(frozen=True)
class Hearing:
    """Who was asked, when, and by which day they answer. Whoever is asked and not in `answers` has yet to answer."""

    sent_on: Day
    due_on: Day
    asked: tuple[str, ...]
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What a body or a person decided: `by` is the user name of who wrote it in or pressed the button, `reference` says
    where the decision is written down, `text` is the decision itself."""

    by: str
    on: Day
    reference: str
    text: str


@dataclass(frozen=True)
class Assessment:
    """What somebody who was asked said in the yearly review that is open; whoever is asked and not here has yet to."""

    by: str
    on: Day
    needs_change: NeedsChange
    text: str
    changes: str = ""  # in law, risks and findings; the owner says it


@dataclass(frozen=True)
class DemoVersion:
    """One version of a document, with all that has happened to it."""

    file: str  # in FOLDER
    state: State
    changes: str  # what is new, told to those who must follow it
    begun_on: Day
    written_by: str = "itsikkerhed"
    remarks: tuple[Remark, ...] = ()
    hearing: Hearing | None = None
    recommended: Decision | None = None  # by the committee (P-47, P-56)
    decided: Decision | None = None  # by the director (P-45), or the council for the policy (P-81)
    consistency: str = ""  # how it agrees with the policy (P-78); said when it is decided
    in_force_on: Day | None = None  # planned, when the state is DECIDED
    reapproved: tuple[Decision, ...] = ()  # unchanged, by the committee, oldest first (P-56)

    @property
    def text(self) -> str:
        return (FOLDER / self.file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class DemoDocument:
    """A governed document. `owner` is the role that answers for the text, `audience` whom it binds, `review_months` how
    often it is approved anew, `category` only of a security rule, `journal` the number in the municipality's own
    archive system, `fills_out` the clauses of the policy (version 1) that it carries out (P-07)."""

    key: str
    kind: Kind
    title: str
    owner: Role
    audience: Audience
    confidentiality: Confidentiality
    review_months: int
    versions: tuple[DemoVersion, ...]  # oldest first
    category: RuleCategory | None = None
    journal: str = ""
    fills_out: tuple[str, ...] = ()
    assessed: tuple[Assessment, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(version.file for version in self.versions)

    @property
    def state(self) -> State:
        """Of the newest version."""
        return self.versions[-1].state


def _committee(on: Day, number: str, text: str) -> Decision:
    return Decision("udvalg", on, f"Demo: Informationssikkerhedsudvalget, dagsordenspunkt {number}", text)


def _director(on: Day, case: str, text: str = "Godkendt.") -> Decision:
    return Decision("direktoer", on, f"Demo: sag {case}", text)


def _again(on: Day, number: str) -> Decision:
    return _committee(on, number, "Gennemgået og godkendt uden ændringer.")


RECOMMENDED = "Udvalget anbefaler, at kommunaldirektøren godkender."

DOCUMENTS = (
    DemoDocument(
        "politik", Kind.POLICY, "Informationssikkerhedspolitik", Role.COUNCILLOR, Audience.EVERYBODY,
        Confidentiality.PUBLIC, 12, journal="Demo 2023-0147",
        assessed=(
            Assessment("gdpr", 44, NeedsChange.YES, "Ansvaret ved brud er svært at finde. Vi skriver et udkast."),
            Assessment("jurist", 41, NeedsChange.UNDECIDED, "Det er ikke afklaret, hvad NIS 2-loven kræver af os."),
        ),
        versions=(
            # In force since the real policy's day and never looked at again: the yearly reassessment is missing (P-80).
            DemoVersion(
                "informationssikkerhedspolitik-1.md", State.IN_FORCE, "Afløser den tidligere politik.",
                date(2022, 11, 14), in_force_on=date(2023, 3, 29),
                decided=Decision("sekretariat", date(2023, 3, 29), "Demo: sag 2023-0147, dagsordenspunkt 7",
                                 "Kommunalbestyrelsen godkendte politikken."),
            ),
            DemoVersion(
                "informationssikkerhedspolitik-2.md", State.DRAFT,
                "Ansvaret ved brud er skrevet tydeligere, læring har fået mere plads, og NIS 2 er nævnt. Afsnittet om "
                "viden og bevidsthed er flyttet efter ansvar.",
                30,
                remarks=(
                    Remark("jurist", "3.3", "Det er ikke afklaret, hvilke krav i NIS 2-loven der gælder for kommunen. "
                           "Jeg skriver et notat, før vi sender udkastet ud.", 21,
                           "Tak. Punktet bliver stående som uafklaret så længe."),
                    Remark("dpo", "7.6", "Godt, at det står, hvem der afgør. Databeskyttelsesrådgiveren skal kunne "
                           "rådgive i tide, så vi bør have besked om alle brud, der kan blive anmeldt.", 18),
                    Remark("udvalg", "6.2", "30 dage er kort tid for vikarer. Kan de få et kortere kursus?", 12),
                    Remark("itchef", "", "Sætningen om, at niveauet følger af loven, er væk. Er det med vilje?", 11,
                           "Ja. Den siger det samme som punkt 3.2, men lad os høre, om nogen savner den."),
                    Remark("direktoer", "5.7", "Godt. Lad det være skriftligt og på samme møde hvert år.", 4),
                ),
            ),
        ),
    ),
    DemoDocument(
        "brud", Kind.ACTION_PLAN, "Handlingsplan for brud på informationssikkerheden", Role.GDPR_UNIT,
        Audience.EVERYBODY, Confidentiality.INTERNAL, 12, journal="Demo 2024-0212",
        fills_out=("1.3", "2.11", "7.1", "7.2", "7.3", "7.4"),
        versions=(
            DemoVersion(
                "handlingsplan-for-brud-1.md", State.SUPERSEDED, "Den første handlingsplan i portalen.", 900,
                recommended=_committee(872, "3", RECOMMENDED), decided=_director(866, "2024-0212"), in_force_on=860,
                consistency="Planen udfylder politikkens afsnit 7 om trusler og brud.",
            ),
            DemoVersion(
                "handlingsplan-for-brud-2.md", State.IN_FORCE,
                "Du kan melde anonymt og uden at logge ind. Det står nu, hvad lederen gør, og hvor hurtigt. Fristen på "
                "72 timer er forklaret, og de berørtes besked er beskrevet trin for trin.",
                470,
                remarks=(
                    Remark("leder", "3.1", "To timer er svært på en nattevagt. Får min stedfortræder besked?", 455,
                           "Ja, når du har meldt fravær. Ellers får du en påmindelse, før sagen går videre."),
                    Remark("leder2", "3.4", "Skolen har også tablets, som eleverne låner. Gælder det dem?", 452,
                           "Ja. It kan spærre alt udstyr, som kommunen har udleveret."),
                ),
                hearing=Hearing(
                    460, 446, ("dpo", "jurist", "gdpr", "centerchef", "leder", "leder2"),
                    (
                        Answer("dpo", "Ingen indvendinger. Det er vigtigt, at vurderingen ser på de berørte og ikke på "
                               "kommunens omdømme, og det står der nu.", 451),
                        Answer("jurist", "Skriv »så vidt muligt« foran de 72 timer, som artikel 33 gør.", 450,
                               "Rettet i punkt 5.1."),
                        Answer("gdpr", "Vi kan arbejde efter planen. Den følger de trin, portalen viser.", 449),
                        Answer("centerchef", "Centrene kan tage beskeden til borgerne. Giv os gerne en skabelon.", 447),
                    ),
                ),
                recommended=_committee(425, "4", RECOMMENDED), decided=_director(417, "2025-0198"), in_force_on=410,
                consistency="Planen fastholder, at alle straks melder til nærmeste leder og GDPR-enheden (politikkens "
                "punkt 7.1 og 7.2), og ændrer ikke nogens ansvar.",
                reapproved=(_again(35, "5"),),
            ),
        ),
    ),
    DemoDocument(
        "adgange", Kind.RULE, "Adgange og autorisationer", Role.IT_COORDINATOR, Audience.EMPLOYEES,
        Confidentiality.INTERNAL, 12, category=RuleCategory.ORGANISATIONAL, journal="Demo 2024-0305",
        fills_out=("3.1", "6.27", "6.31", "6.32", "8.1"),
        versions=(
            DemoVersion(
                "adgange-og-autorisationer-1.md", State.IN_FORCE,
                "Samler det, der stod i tre vejledninger. Nyt: Adgange bliver gennemgået efter en fast plan.", 720,
                remarks=(
                    Remark("systemejer", "5.2", "Må jeg lade lederne svare for deres egne folk?", 705,
                           "Ja, du kan spørge dem, men svaret er dit."),
                ),
                hearing=Hearing(
                    715, 701, ("dpo", "systemejer", "systemejer2", "itdrift"),
                    (
                        Answer("dpo", "Stikprøver er god kontrol. Fortæl medarbejderne om dem på forhånd.", 706,
                               "Det gør vi, når reglen bliver sendt ud."),
                        Answer("systemejer", "Kan lade sig gøre, hvis listen over brugere kommer fra It.", 704),
                        Answer("systemejer2", "Ingen bemærkninger.", 703),
                        Answer("itdrift", "Vi kan trække listerne. Vi mangler kun nødkonti i ét system.", 702),
                    ),
                ),
                recommended=_committee(668, "3", RECOMMENDED), decided=_director(655, "2024-0305"), in_force_on=640,
                consistency="Reglen udfylder systemejernes ansvar i politikkens punkt 6.27 og lægger ikke ansvaret hos "
                "andre.",
                reapproved=(_again(370, "6"), _again(35, "6")),
            ),
        ),
    ),
    DemoDocument(
        "fysisk", Kind.RULE, "Skærm, nøgler, papir og print", Role.IT_COORDINATOR, Audience.EMPLOYEES,
        Confidentiality.PUBLIC, 12, category=RuleCategory.PHYSICAL, journal="Demo 2025-0031",
        fills_out=("1.2", "2.9", "4.1", "8.1"),
        versions=(
            # Its yearly approval is 65 days late.
            DemoVersion(
                "skaerm-noegler-og-papir-1.md", State.IN_FORCE,
                "Nyt: Print kræver kort eller kode, og hjemmeplejens nøgler har deres egne regler.", 510,
                remarks=(
                    Remark("leder", "3.6", "Vi bruger farver og ikke numre på nøglerne. Er det godt nok?", 490,
                           "Ja, når farven ikke kan føres tilbage til borgeren uden jeres liste."),
                ),
                hearing=Hearing(
                    505, 484, ("dpo", "leder", "leder2", "centerchef2"),
                    (
                        Answer("dpo", "Ingen indvendinger.", 500),
                        Answer("leder2", "Vi har kun ét aflåst skab på skolen. Resten kan vi følge.", 488,
                               "Lederen aftaler flere skabe med ejendomsdriften."),
                    ),
                ),
                recommended=_committee(455, "2", RECOMMENDED), decided=_director(441, "2025-0031"), in_force_on=430,
                consistency="Reglen er den fysiske del af det, politikkens punkt 8.1 kræver, og stemmer med resten.",
            ),
        ),
    ),
    DemoDocument(
        "teknisk", Kind.RULE, "Adgangskoder, flerfaktor og opdatering", Role.IT_CHIEF, Audience.EMPLOYEES,
        Confidentiality.MAY_BE_EXEMPT, 12, category=RuleCategory.TECHNICAL, journal="Demo 2026-0018",
        fills_out=("2.8", "3.15", "8.1"),
        versions=(
            DemoVersion(
                "adgangskoder-og-opdatering-1.md", State.RECOMMENDED,
                "Nyt: Længere adgangskoder, som kun skal skiftes ved mistanke. Faste frister for opdateringer.",
                70, "itchef",
                remarks=(
                    Remark("itdrift", "4.2", "48 timer kan vi kun nå i weekenden, hvis it-vagten må genstarte.",
                           52, "Det må den. Systemejerne har sagt ja til lukkevinduer."),
                    Remark("systemejer", "2.1", "Fire ord er nemmere at huske. Tak!", 50),
                ),
                hearing=Hearing(
                    58, 37, ("dpo", "gdpr", "itdrift", "systemejer"),
                    (
                        Answer("dpo", "Fristerne passer til risikoen. Hvem hører om dem, der ikke holder?", 47,
                               "Skrevet ind i punkt 7.2."),
                        Answer("gdpr", "Ingen bemærkninger.", 45),
                        Answer("itdrift", "Vi er med, når lukkevinduerne er aftalt.", 44),
                        Answer("systemejer", "Mit system kan først bruge flerfaktor til sommer.", 39,
                               "Søg en undtagelse efter punkt 7.1."),
                    ),
                ),
                recommended=_committee(6, "8", RECOMMENDED),
            ),
        ),
    ),
    DemoDocument(
        "mail", Kind.GUIDELINE, "Mail og beskeder", Role.GDPR_UNIT, Audience.EMPLOYEES, Confidentiality.PUBLIC, 12,
        journal="Demo 2026-0009", fills_out=("1.7", "2.9", "2.10"),
        versions=(
            DemoVersion(
                "mail-og-beskeder-1.md", State.DECIDED,
                "Nyt: En tabel viser, hvad du må sende hvordan. Fire ting, du ser efter, før du sender.", 120,
                remarks=(
                    Remark("leder", "2.2", "Tabellen er det, mine medarbejdere har savnet.", 95),
                    Remark("leder2", "5.2", "Forældrene skriver i skolens app. Er den »kommunens egen chat«?", 92,
                           "Nej. Den får sin egen retningslinje, for dér skriver vi også med forældre."),
                ),
                hearing=Hearing(
                    100, 79, ("dpo", "jurist", "centerchef", "leder"),
                    (
                        Answer("dpo", "God og klar. Emnefelter uden navne er det vigtigste.", 90),
                        Answer("jurist", "Pårørende: Der skal være samtykke eller fuldmagt.", 86, "Rettet i tabellen."),
                        Answer("centerchef2", "Giv skolerne tid til at øve sig, før den gælder.", 80, "Det får de."),
                    ),
                ),
                recommended=_committee(35, "7", RECOMMENDED),
                decided=_director(4, "2026-0009", "Godkendt. Gælder fra en dato, så skolerne når at øve sig."),
                consistency="Retningslinjen siger, hvordan politikkens punkt 2.9 følges i hverdagen.",
                in_force_on=-10,
            ),
        ),
    ),
    DemoDocument(
        "hjemmearbejde", Kind.GUIDELINE, "Hjemmearbejde og mobile enheder", Role.IT_COORDINATOR, Audience.EMPLOYEES,
        Confidentiality.INTERNAL, 12, journal="Demo 2026-0044", fills_out=("1.2", "1.7", "2.10"),
        versions=(
            DemoVersion(
                "hjemmearbejde-og-mobile-enheder-1.md", State.HEARING,
                "Ny retningslinje. Den samler det, vi indtil nu har aftalt fra enhed til enhed.", 25,
                remarks=(
                    Remark("leder", "5.6", "Nogle ruter skifter hele dagen. Må der ligge to dages adresser?", 5),
                    Remark("leder2", "3.1", "Lærere bruger deres egen telefon på ture. Hvad gør vi der?", 3),
                ),
                hearing=Hearing(
                    8, -6, ("dpo", "jurist", "gdpr", "itdrift", "centerchef", "leder"),
                    (
                        Answer("dpo", "Skriv, hvad It kan se, når en telefon bliver slettet på afstand. Det skal "
                               "medarbejderne vide på forhånd.", 4),
                        Answer("itdrift", "Vpn kan være slået til hele tiden fra næste måned. Resten er på plads.", 2),
                    ),
                ),
            ),
        ),
    ),
    DemoDocument(
        "nedbrud", Kind.CONTINGENCY_PLAN, "Beredskabsplan for it-nedbrud", Role.IT_CHIEF, Audience.IT,
        Confidentiality.CONFIDENTIAL, 12, journal="Demo 2025-0063", fills_out=("3.15", "3.15.1", "3.15.2"),
        assessed=(
            Assessment("itchef", 38, NeedsChange.NO, "Planen blev brugt i foråret, og rækkefølgen holdt.",
                       "Lov: intet nyt. Risici: en ny leverandør til vagtplanen. Fund: ingen."),
        ),
        versions=(
            # Its yearly approval is due in about a month.
            DemoVersion(
                "beredskabsplan-for-it-nedbrud-1.md", State.IN_FORCE,
                "Ny rækkefølge: Nødkald kommer før hjemmepleje. Hver opgave har en aftalt nøddrift.", 400, "itchef",
                remarks=(
                    Remark("centerchef", "4.2", "Fire timer uden journal går, når listerne er printet.", 372,
                           "Tak. Så bliver tallet stående."),
                    Remark("systemejer", "4.2", "Medicinen tåler kun én times tab. Er backup sat op til det?", 368,
                           "Ja, der tages kopi hver halve time."),
                ),
                hearing=Hearing(
                    385, 364, ("dpo", "gdpr", "centerchef", "centerchef2", "systemejer"),
                    (
                        Answer("dpo", "Godt, at utilgængelige oplysninger er nævnt som et muligt brud.", 375),
                        Answer("gdpr", "Vi skal have besked, når planen tages i brug, ikke bagefter.", 374,
                               "Enig. Det står nu i punkt 3.8."),
                        Answer("centerchef", "Nødmapperne er klar i hele centret.", 372),
                        Answer("centerchef2", "Skolerne kan klare tre dage. Dagtilbud skal have telefonlister.", 370),
                        Answer("systemejer", "Ingen bemærkninger ud over min kommentar til tabellen.", 368),
                    ),
                ),
                recommended=_committee(350, "2", RECOMMENDED), decided=_director(338, "2025-0063"), in_force_on=330,
                consistency="Planen er den formelle beredskabsplan, som politikkens punkt 3.15.1 kræver.",
            ),
        ),
    ),
    DemoDocument(
        "databehandlere", Kind.TEMPLATE, "Skabelon for tilsyn med databehandlere", Role.GDPR_UNIT,
        Audience.SYSTEM_OWNERS, Confidentiality.INTERNAL, 12, fills_out=("6.29",),
        versions=(
            DemoVersion(
                "tilsyn-med-databehandlere-1.md", State.DRAFT, "Ny skabelon, så alle systemejere spørger om det samme.",
                14,
                remarks=(
                    Remark("gdpr", "3.2", "Vi mangler at skrive, hvad »mange« er. Skal vi sætte tal på?", 9,
                           "Lad os spørge juristerne først."),
                    Remark("dpo", "4.6", "Leverandører svarer sjældent på det. Skal vi bede om datoer?", 2),
                ),
            ),
        ),
    ),
)  # fmt: skip
