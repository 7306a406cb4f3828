"""The cases of the demo municipality: invented, and told in the words of those who might have met them.

People are named by user name, or as `leader:<unit>`, `staff:<unit>` (the first invented employee there), `gdpr:2`.
`ago` is hours from the report to the load; the first number of each act is hours from the report to the act.
"""

from dataclasses import dataclass, field
from typing import Any

Act = tuple[Any, ...]  # (hours after the report, verb, who, …)


@dataclass(frozen=True)
class Case:
    """One report, with what has been done in it since."""

    by: str  # "" for a guest
    ago: float
    text: str
    acts: tuple[Act, ...] = ()
    noticed: float = 0.5  # hours from noticed to reported
    data: str = "yes"
    kind: str = "happened"
    unit: str = ""
    files: tuple[tuple[str, str], ...] = ()  # (name, text in it)
    answers: dict[str, Any] = field(default_factory=dict)  # the optional questions of the form


def _received(leader: str, after: float = 0.6, gdpr: str = "gdpr") -> tuple[Act, ...]:
    """The leader and the GDPR unit press »Modtaget«."""
    return ((after, "acknowledge", leader), (after + 0.3, "acknowledge", gdpr))


CASES = (
    Case(
        "medarbejder", 1920,
        "Jeg sendte ugens køreplan til en forkert mailadresse.\n"
        "Adressen lignede afløserens, men hørte til en privat person. Der stod fornavne og adresser på elleve borgere.",
        (*_received("leder"), (1.5, "step", "gdpr", "triage"),
         (2, "ask", "gdpr", "Tak, fordi du skrev så hurtigt. Har modtageren svaret, at mailen er slettet?"),
         (5, "answer", "medarbejder", "Ja. Hun ringede og sagde, at hun havde slettet den uden at åbne planen."),
         (6, "step", "gdpr", "contain"),
         (22, "verdict", "gdpr", "yes", "Navne og adresser kom uden for kommunen."),
         (23, "step", "gdpr", "decide", "Anmeldes. De berørte får besked: planen viser, hvornår de er alene."),
         (26, "step", "gdpr", "notify", "Anmeldt på virk.dk, reference DEMO-1."),
         (50, "step", "gdpr", "inform", "Alle elleve er ringet op af hjemmeplejen."),
         (240, "step", "gdpr", "close", "Adressebogen er ryddet op, og køreplaner sendes nu kun gennem systemet.")),
        answers={"where_text": "Kontoret i Hjemmeplejen Nord", "system_text": "Outlook", "persons_count_text": "11",
                 "ongoing": "no", "measures_text": "Jeg skrev til modtageren og bad om, at mailen blev slettet."},
        files=(("den sendte mail.png", ""),),
    ),
    Case(
        "staff:job", 1580,
        "Jeg fik en mail om, at jeg skulle bekræfte min adgangskode.\nJeg klikkede ikke, men jeg vil gerne sige det.",
        (*_received("deputy:job"), (2, "step", "gdpr", "triage"),
         (4, "note", "gdpr", "Talt med It-sikkerhed: Mailen var en øvelse."),
         (5, "step", "gdpr", "reject", "Mailen var en øvelse. Det var helt rigtigt at sige det, og tak for det.")),
        data="no", kind="near_miss",
    ),
    Case(
        "medarbejder2", 1330,
        "Jeg var lige ved at sende klasselisten med beskyttede adresser til alle forældre.\n"
        "Jeg så det, før jeg trykkede på send.",
        (*_received("leder2"), (3, "step", "gdpr", "triage"),
         (24, "verdict", "gdpr", "no", "Intet blev sendt."),
         (25, "step", "gdpr", "decide", "Ingen anmeldelse: intet er sket. Skolen får en ny skabelon uden adresser."),
         (200, "step", "gdpr", "close", "Skabelonen er skiftet på begge skoler.")),
        kind="near_miss", answers={"system_text": "Skolens regneark"},
    ),
    Case(
        "staff:syd", 1130,
        "Min arbejdstelefon er væk.\nJeg tror, den ligger i bussen. Den har kode på, men måske er den ikke krypteret.",
        (*_received("leader:syd"), (1, "step", "gdpr", "triage"),
         (1.2, "ask", "gdpr", "Hvornår havde du den sidst?"),
         (2, "answer", "staff:syd", "Klokken lidt over syv ved stoppestedet på Hovedvejen."),
         (3, "note", "gdpr", "It har slettet telefonen på afstand kl. 10."),
         (3.2, "step", "gdpr", "contain"),
         (30, "verdict", "gdpr", "yes", "Vi kan ikke udelukke, at noget er set, før telefonen blev slettet."),
         (31, "step", "gdpr", "decide", "Anmeldes for en sikkerheds skyld. Risikoen for de berørte er lav."),
         (33, "step", "gdpr", "notify", "Anmeldt på virk.dk, reference DEMO-2."),
         (300, "step", "gdpr", "close", "Alle telefoner i hjemmeplejen er nu krypteret og låser efter ét minut.")),
        answers={"where_text": "Bussen", "persons_count_text": "Måske 40", "ongoing": "unknown"},
    ),
    Case(
        "staff:sekretariat", 960,
        "Et bilag til dagsordenen lå åbent på hjemmesiden i tre timer.\nDer stod navnet på en ansøger i bilaget.",
        (*_received("leader:sekretariat"), (1, "step", "gdpr", "triage"),
         (1.1, "note", "gdpr:2", "Bilaget er taget ned, og søgemaskinen er bedt om at glemme det."),
         (1.2, "step", "gdpr:2", "contain"),
         (20, "verdict", "gdpr", "yes", "Navnet har været offentligt."),
         (21, "step", "gdpr", "decide", "Anmeldes, og ansøgeren underrettes."),
         (22, "step", "gdpr", "notify", "Anmeldt på virk.dk, reference DEMO-3."),
         (40, "step", "gdpr", "inform", "Brev i Digital Post til ansøgeren."),
         (60, "step", "gdpr", "follow_up", "Sekretariatet prøver en ny arbejdsgang med to par øjne.")),
        answers={"where_text": "Kommunens hjemmeside", "persons_count_text": "1", "ongoing": "no"},
        files=(("bilag uden navn.pdf", "Bilag 4. Navnet er fjernet i denne udgave."),),
    ),
    Case(
        "", 790,
        "Jeg fik et opkald fra en, der sagde, at han var fra kommunen, og som kendte mit navn.",
        ((1, "acknowledge", "leader:borgerservice"), (1.2, "acknowledge", "gdpr:2"), (3, "step", "gdpr:2", "triage"),
         (20, "note", "gdpr:2", "Borgerservice har ringet. Navnet stod i telefonbogen."),
         (21, "step", "gdpr:2", "reject", "Opkaldet kom ikke fra kommunen. Borgeren er vejledt.")),
        data="unknown", unit="borgerservice", answers={"reporter_name": "Vivi", "reporter_contact": "Ring efter 16"},
    ),
    Case(
        "medarbejder2", 650,
        "En mappe med elevsamtaler lå i et fælles drev, som alle lærere kunne åbne.",
        (*_received("leder2", 0.4), (1, "step", "gdpr", "triage"),
         (1.5, "note", "leder2", "Jeg har bedt It lukke mappen. Det skete kl. 13."), (2, "step", "gdpr", "contain"),
         (25, "verdict", "gdpr", "yes", "Flere end de rette har haft adgang."),
         (26, "step", "gdpr", "decide", "Anmeldes. Forældrene får besked, for samtalerne er personlige."),
         (27, "step", "gdpr", "notify", "Anmeldt på virk.dk, reference DEMO-4."),
         (70, "step", "gdpr", "inform", "Skolelederen har skrevet til forældrene til 24 elever.")),
        answers={"where_text": "Skovskolen", "system_text": "Fællesdrevet", "persons_count_text": "24 elever"},
        files=(("mappens rettigheder.png", ""), ("liste over filer.txt", "Samtaler 3.a\nSamtaler 3.b\nSamtaler 4.a\n")),
    ),
    Case(
        "staff:ydelse", 530,
        "Et brev om boligstøtte blev lagt i en forkert kuvert.\nModtageren kom selv med det. Tak til hende.",
        (*_received("leader:ydelse"), (2, "step", "gdpr:2", "triage"), (2.1, "step", "gdpr:2", "contain"),
         (28, "verdict", "gdpr:2", "yes", "Oplysninger om økonomi er læst af en anden."),
         (29, "step", "gdpr:2", "decide", "Anmeldes. Borgeren, som brevet handler om, er ringet op."),
         (30, "step", "gdpr:2", "notify", "Anmeldt på virk.dk, reference DEMO-5.")),
        answers={"persons_count_text": "1", "ongoing": "no", "system_text": "Papir"},
    ),
    Case(
        "staff:byg", 430,
        "En tegning i en byggesag blev sendt til den forkerte nabo.\nDer er ingen navne på den, kun mål.",
        (*_received("leader:byg"), (3, "step", "gdpr", "triage"),
         (26, "verdict", "gdpr", "no", "Tegningen er offentlig i byggesagsarkivet."),
         (27, "step", "gdpr", "decide", "Ingen anmeldelse. Afdelingen retter adressen i sagen.")),
        data="unknown", answers={"system_text": "Byggesagssystemet"}, files=(("tegning.pdf", "Facade mod vest"),),
    ),
    Case(
        "itdrift", 360,
        "Et gammelt system bruger stadig leverandørens standardkode.\nIngen har brugt hullet, siger loggen.",
        (*_received("itchef"), (4, "step", "gdpr", "triage"),
         (6, "note", "gdpr", "It-sikkerhedskoordinatoren kigger på det sammen med leverandøren."),
         (48, "add", "itdrift", "Koden er skiftet. Vi går de seks andre systemer fra samme leverandør igennem.")),
        data="unknown", kind="threat", noticed=20, answers={"system_text": "Låsesystemet i Ejendomsdrift"},
        files=(("uddrag af log.txt", "08.14 login fra driftens pc\n08.15 login afsluttet\n"),),
    ),
    Case(
        "staff:linde", 290,
        "Vagtplanen hang synligt i vinduet på første sal, så den kunne læses fra parkeringspladsen.",
        (*_received("leader:linde"), (2, "step", "gdpr", "triage"),
         (20, "verdict", "gdpr", "no", "Der stod kun fornavne på medarbejdere, og det kunne knap læses."),
         (21, "step", "gdpr", "decide", "Ingen anmeldelse."),
         (90, "step", "gdpr", "close", "Planen hænger nu på kontoret."),
         (230, "add", "staff:linde", "I dag hang den der igen."),
         (232, "step", "gdpr:2", "reopen", "Det er sket igen, så vi ser på, hvorfor.")),
        answers={"where_text": "Plejecenter Lindehaven", "ongoing": "no"},
    ),
    Case(
        "staff:raadgivning", 216,
        "To vikarer kunne se alle sager i fagsystemet, ikke kun egne.\nVi ved ikke, hvor længe det har været sådan.",
        ((5, "acknowledge", "leader:raadgivning"), (5.5, "acknowledge", "gdpr:2"), (6, "step", "gdpr:2", "triage"),
         (7, "note", "leader:raadgivning", "Rettighederne er sat ned. De siger, at de kun har åbnet egne sager."),
         (8, "step", "gdpr:2", "contain"),
         (30, "ask", "gdpr:2", "Kan du finde ud af, hvornår de to vikarer begyndte?"),
         (100, "note", "gdpr:2", "Venter på log fra leverandøren. Rykket i dag.")),
        answers={"system_text": "Fagsystemet til børn og unge", "persons_count_text": "Ved ikke, måske 600",
                 "ongoing": "no"},
    ),
    Case(
        "staff:job", 170,
        "Et cv med helbredsoplysninger blev sendt til en virksomhed, som ikke skulle have det.",
        (*_received("deputy:job", 1.5), (3, "step", "gdpr", "triage"), (5, "step", "gdpr", "contain"),
         (90, "verdict", "gdpr", "yes", "Virksomheden havde læst cv'et."),
         (91, "step", "gdpr", "decide", "Anmeldes for sent, fordi virksomheden først svarede efter fire dage."),
         (92, "step", "gdpr", "notify", "Anmeldt på virk.dk, reference DEMO-6. Sent: ventede på svar."),
         (96, "step", "gdpr", "inform", "Borgeren er ringet op og har fået et brev."),
         (120, "step", "gdpr", "follow_up", "Jobcentret prøver en besked, før cv'er sendes.")),
        answers={"persons_count_text": "1", "system_text": "Jobcentrets fagsystem"},
        files=(("svar fra virksomheden.pdf", "Vi har slettet mailen. Venlig hilsen, en opdigtet virksomhed"),),
    ),
    Case(
        "ekstern", 150,
        "Vores nøgleskab stod ulåst natten over.\nIntet mangler, men der ligger også en liste med koder til dørene.",
        (*_received("contract"), (3, "step", "gdpr:2", "triage"), (4, "step", "gdpr:2", "contain"),
         (24, "verdict", "gdpr:2", "no", "Listen har ingen navne."),
         (25, "step", "gdpr:2", "decide", "Ingen anmeldelse. Koderne er skiftet."),
         (60, "step", "gdpr:2", "close", "Nøgleskabet låser nu selv.")),
        data="no", kind="threat", noticed=7, answers={"where_text": "Plejehjemmet Egebo"},
    ),
    Case(
        "", 124,
        "Jeg har fået en andens afgørelse i min e-Boks.\nDen er til min bror, som hedder næsten det samme som jeg.",
        ((1.9, "acknowledge", "gdpr"), (2.5, "acknowledge", "centerchef"), (3, "step", "gdpr", "triage"),
         (4, "ask", "gdpr", "Tak, fordi du siger det. Vil du lade brevet ligge uden at åbne det igen?"),
         (9, "answer", "", "Ja, det skal jeg nok."),
         (20, "verdict", "gdpr", "yes", "Afgørelsen er læst af en anden end borgeren."),
         (50, "note", "gdpr", "Afventer, om flere breve er gået forkert i samme kørsel.")),
        unit="visitation", answers={"reporter_name": "Kim", "reporter_contact": "kim@demo.invalid"},
    ),
    Case(
        "kommunalbestyrelse", 100,
        "Jeg glemte min tablet i toget.\nDen er låst med fingeraftryk, og jeg har selv ringet til hittegods.",
        ((1, "acknowledge", "mayor"), (1.1, "acknowledge", "gdpr"), (2, "step", "gdpr", "triage"),
         (3, "note", "gdpr", "It har spærret tabletten."), (3.1, "step", "gdpr", "contain"),
         (22, "verdict", "gdpr", "yes", "Den indeholder mails fra borgere."),
         (23, "step", "gdpr", "decide", "Anmeldes. Tabletten er krypteret, så de berørte underrettes ikke."),
         (24, "step", "gdpr", "notify", "Anmeldt på virk.dk, reference DEMO-7."),
         (50, "ask", "gdpr", "Har hittegods fundet tabletten?")),
        answers={"where_text": "Toget", "ongoing": "unknown"},
    ),
    Case(
        "staff:syd", 66,
        "En liste over borgernes nøglebokse blev taget med hjem i en taske, og tasken er stjålet fra bilen.",
        (*_received("leader:syd", 0.3), (0.8, "step", "gdpr", "triage"),
         (2, "note", "leader:syd", "Alle koder bliver skiftet i dag og i morgen."),
         (18, "verdict", "gdpr", "yes", "Adresser og koder er i fremmede hænder."),
         (40, "add", "staff:syd", "Politiet har fundet tasken, men listen var ikke i den."),
         (41, "note", "gdpr", "Anmeldelsen er skrevet. Vi venter på tallet fra hjemmeplejen.")),
        noticed=1.5, answers={"persons_count_text": "17", "ongoing": "yes", "where_text": "Parkeringspladsen",
                              "measures_text": "Koderne skiftes. Borgerne bliver ringet op."},
        files=(("den knuste rude.png", ""),),
    ),
    Case(
        "staff:eng", 52,
        "Et elevskema med en note om en elevs helbred blev delt med hele klassen i skolens app.",
        (*_received("leader:eng"), (1.5, "step", "gdpr:2", "triage"), (2, "step", "gdpr:2", "contain"),
         (3, "ask", "gdpr:2", "Hvor mange nåede at åbne det?"),
         (20, "answer", "staff:eng", "Appen viser ni visninger.")),
        noticed=1, answers={"system_text": "Skolens app", "persons_count_text": "1 elev", "ongoing": "no"},
        files=(("skaermbillede fra appen.png", ""),),
    ),
    Case(
        "staff:hjaelpemidler", 40,
        "En kørestol blev hentet med borgerens papirer liggende i lommen bagpå.",
        (*_received("leader:hjaelpemidler"), (2, "step", "gdpr", "triage"), (3, "step", "gdpr", "contain"),
         (18, "verdict", "gdpr", "yes", "Papirerne lå to dage hos leverandøren."),
         (19, "step", "gdpr", "decide", "Anmeldes. Borgeren har fået papirerne igen.")),
        noticed=1, answers={"persons_count_text": "1", "system_text": "Papir"},
    ),
    Case(
        "staff:aabrink", 29,
        "Min leder har slået op i en nabos journal uden grund.\nJeg er ked af at skrive det, men det er ikke i orden.",
        ((1, "acknowledge", "gdpr"), (1.3, "acknowledge", "leader:handicap"), (1.5, "step", "gdpr", "triage"),
         (2, "note", "gdpr", "Loggen er bestilt hos leverandøren. Centerchefen taler med HR, når vi har den.")),
        noticed=4, answers={"leader_choice": "about_leader", "system_text": "Journalsystemet"},
    ),
    Case(
        "staff:borgerservice", 20,
        "Et pas blev udleveret til den forkerte af to søskende.\nDe kom selv tilbage en time efter.",
        ((0.7, "acknowledge", "gdpr"), (1, "step", "gdpr", "triage"),
         (2, "note", "gdpr", "Medarbejderen er flyttet for nylig. Vi finder den nye leder.")),
        noticed=2, answers={"leader_choice": "wrong", "leader_text": "Hende, der begyndte i sidste uge",
                            "where_text": "Skranken", "persons_count_text": "2", "ongoing": "no"},
    ),
    Case(
        "anonymous", 9,
        "Der ligger ulåste papirer med navne i skuret ved cyklerne.\nDe har ligget der i flere uger.",
        ((0.9, "acknowledge", "gdpr:2"),
         (1.2, "ask", "gdpr:2", "Tak. Ligger de der stadig, og er det det grønne skur?")),
        data="unknown", unit="linde", noticed=30, answers={"is_anonymous": True, "ongoing": "yes"},
    ),
    Case(
        "staff:bibliotek", 5,
        "Alle skærme i biblioteket har været sorte siden i morges.\nVi kan ikke se, hvem der har reserveret hvad.",
        ((0.5, "acknowledge", "gdpr"),),
        data="no", answers={"ongoing": "yes", "system_text": "Bibliotekssystemet"},
    ),
    Case(
        "medarbejder", 1.4,
        "Jeg kom til at sende en borgers plejeplan til den forkerte datter.\n"
        "Der er to døtre, og kun den ene må få den. Jeg har ringet og bedt hende slette den.",
        noticed=0.4, answers={"persons_count_text": "1", "ongoing": "no", "system_text": "Sikker mail",
                              "measures_text": "Jeg har ringet til hende. Hun sletter mailen."},
        files=(("kvittering for sendt mail.png", ""),),
    ),
    Case(
        "staff:nord", 0.4,
        "Jeg var ved at læse en borgers navn højt i telefonen i bussen.\nJeg stoppede i tide, men vi bør tale om det.",
        kind="near_miss", noticed=1,
    ),
)  # fmt: skip
