"""A clause's proposed roles are those it is about, and its evidence what its words would leave behind."""

import pytest

from policy.enums import Evidence
from policy.importing import Proposal, propose
from policy.text.blocks import Block, parse
from roles.clauses import COUNCIL, EXECUTIVES, LEADERS, RESPONSIBLE_FOR_IT_SECURITY
from roles.enums import Role

R, E = Role, Evidence


def proposed(sentence: str) -> Proposal:
    [proposal] = propose(parse(sentence))
    return proposal


BY_ROLE = {
    R.EMPLOYEE: ("Medarbejderne låser skærmen.", "Alle ansatte skal låse skærmen.", "Frivillige skal låse skærmen."),
    R.LEADER: (
        "Den nærmeste leder skal følge op.",
        "Ledere med budget har opgaven.",
        "Ansatte med lederansvar følger op.",
    ),
    R.CENTRE_CHIEF: ("Centercheferne følger op i deres centre.", "En centerchef skal svare."),
    R.EXECUTIVE: ("Direktionen drøfter planen og beslutter den.", "Medlemmerne af direktionen følger op."),
    R.DIRECTOR: ("Kommunaldirektøren er formand.", "Kommunaldirektørens ansvar er at følge op."),
    R.COUNCILLOR: ("Kommunalbestyrelsen godkender planen.", "Kommunalpolitikere skal låse skærmen."),
    R.MAYOR: ("Borgmesteren leder møderne.",),
    R.COMMITTEE: ("Informationssikkerhedsudvalget mødes hvert kvartal.", "Udvalget skal mødes."),
    R.DPR: (
        "Porteføljerådet anbefaler køb.",
        "DPR skal anbefale køb.",
        "Digitaliserings- og Porteføljerådet (DPR) råder.",
    ),
    R.IT_COORDINATOR: ("It-sikkerhedskoordinatoren skriver reglerne.",),
    R.IT_CHIEF: ("It-chefen skriver reglerne.", "IT-chefen har ansvaret."),
    R.IT_OPERATIONS: ("It-afdelingen fører kontrol.", "It-driften skal tage kopier."),
    R.GDPR_UNIT: ("GDPR-enheden modtager meldinger.", "Kommunens GDPR-enhed skal svare."),
    R.LAWYER: ("Kommunens jurister bistår.", "En jurist skal se på aftalen."),
    R.DPO: ("Databeskyttelsesrådgiveren (DPO) skal høres.", "DPO'en fører tilsyn."),
    R.SYSTEM_OWNER: ("Systemejerne fører tilsyn.", "Den enkelte systemejer skal føre tilsyn."),
    R.SECRETARIAT: ("Sekretariatet skriver referat.",),
    R.CONTRACT_OWNER: ("Den aftaleansvarlige skal tale med leverandøren.", "Kontraktejeren følger op."),
    R.EXTERNAL: (
        "Eksterne samarbejdspartnere skal følge reglerne.",
        "Leverandører skal svare.",
        "Institutioner med driftsoverenskomst.",
    ),
    R.ADMINISTRATOR: ("Den tekniske administrator passer driften.",),
}


def test_every_role_has_its_sentences() -> None:
    assert set(BY_ROLE) == set(Role)


@pytest.mark.parametrize(("role", "sentence"), [(role, one) for role, many in BY_ROLE.items() for one in many])
def test_the_subject_of_a_sentence_is_bound(role: Role, sentence: str) -> None:
    assert role in proposed(sentence).roles


@pytest.mark.parametrize(
    ("sentence", "roles"),
    [
        ("Kommunen skal passe på medarbejdernes data.", ()),
        ("Glostrup Kommune sikrer, at systemejerne og lederne kender reglerne.", ()),
        ("Reglerne skal formidles til alle medarbejdere.", ()),
        ("Skærmen skal låses, når medarbejderen går.", ()),
        ("Medarbejdernes adgang skal lukkes samme dag.", ()),
        ("Systemer, som medarbejdere bruger hver dag, skal være sikre.", ()),
        ("Adgang for leverandører skal have en slutdato.", ()),
        ("Økonomiudvalget skal høres.", ()),
        ("Interne og eksterne trusler skal vurderes.", ()),
        ("Trusler nævnes i rapporten.", ()),
        ("Kommunaldirektøren skal sikre, at lederne følger op.", (R.DIRECTOR,)),
        ("Medarbejdere og ledere skal låse skærmen.", (R.EMPLOYEE, *LEADERS)),
        ("Alle medarbejdere, politikere og leverandører skal låse skærmen.", (R.EMPLOYEE, *COUNCIL, R.EXTERNAL)),
        ("De it-sikkerhedsansvarlige taler med juristerne.", RESPONSIBLE_FOR_IT_SECURITY),
        ("It-chefen skal i samarbejde med GDPR-enheden skrive reglerne.", (R.IT_CHIEF, R.GDPR_UNIT)),
        ("Udvalget, med kommunaldirektøren som formand, skal mødes.", (R.COMMITTEE,)),
        ("Det er borgmesteren, der leder mødet for udvalget.", (R.MAYOR,)),
        ("Det er vigtigt, at medarbejderne låser skærmen.", (R.EMPLOYEE,)),
        ("Ved brud skal lederen straks ringe til GDPR-enheden.", LEADERS),
        ("Hvis en medarbejder mister en nøgle, skal systemejeren spærre den.", (R.SYSTEM_OWNER,)),
        ("For at lære af fejl skal medarbejderne undervises.", (R.EMPLOYEE,)),
        ("Som led i styringen påser direktionen, at reglerne er nye.", EXECUTIVES),
        ("Adgang godkendes af systemejeren.", (R.SYSTEM_OWNER,)),
        (
            "Adgangen skal hvert år gennemgås og godkendes af den enkelte systemejer og it-chefen.",
            (R.SYSTEM_OWNER, R.IT_CHIEF),
        ),
        ("Ansvaret for nøgler ligger hos centercheferne.", (R.CENTRE_CHIEF,)),
        ("Opgaven påhviler it-afdelingen.", (R.IT_OPERATIONS, R.IT_CHIEF)),
        ("It-chefen skriver reglerne. De godkendes årligt i udvalget.", (R.IT_CHIEF, R.COMMITTEE)),
        ("Medarbejdere – både faste og midlertidige", (R.EMPLOYEE,)),
        ("Medlemmer af kommunalbestyrelsen, når de er på besøg", COUNCIL),
        ("", ()),
    ],
)
def test_only_whom_the_sentence_is_about_is_bound(sentence: str, roles: tuple[Role, ...]) -> None:
    [proposal] = propose([Block("paragraph", 0, "1.1", sentence)])
    assert set(proposal.roles) == set(roles)
    assert list(proposal.roles) == [role for role in Role if role in proposal.roles]


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("Reglerne bliver til retningslinjer og en handlingsplan.", {E.DOCUMENT}),
        ("Udvalget beslutter det på et møde.", {E.DECISION}),
        ("Der laves en risikovurdering.", {E.RISK}),
        ("Risiko- og konsekvensanalyser opdateres.", {E.RISK, E.DPIA}),
        ("Enheden holder sin fortegnelse ved lige.", {E.REGISTER}),
        ("Systemerne står i en systemoversigt.", {E.SYSTEM}),
        ("Systemejeren godkender autorisation af brugere.", {E.ACCESS}),
        ("Der indgås en databehandleraftale, og der føres tilsyn med leverandøren.", {E.AGREEMENT}),
        ("Ved indkøb og anskaffelser spørges rådet.", {E.PROCUREMENT}),
        ("It-afdelingen har intern kontrol.", {E.CONTROL}),
        ("Der holdes beredskabsøvelser.", {E.CONTINGENCY}),
        ("Et sikkerhedsbrud meldes.", {E.BREACH}),
        ("Medarbejderne uddannes gennem awareness.", {E.LEARNING}),
        ("Politikken formidles til alle.", {E.RECEIPT}),
        ("Juristen rådgiver, og lederen rådfører sig.", {E.ADVICE}),
        ("Databeskyttelsesrådgiveren inddrages.", {E.ADVICE}),
        ("Kommunen følger Datatilsynet og KL.", {E.LAW}),
        ("Der udpeges en systemejer.", {E.APPOINTMENT}),
        ("Der skrives en rapport.", {E.REPORT}),
        ("Politikken offentliggøres.", {E.PUBLICATION}),
        ("Databeskyttelsesrådgiveren er ansat i kommunen, og uautoriseret brug er sjælden.", set()),
    ],
)
def test_words_tell_what_would_show_that_a_clause_is_kept(sentence: str, evidence: set[Evidence]) -> None:
    assert set(proposed(sentence).evidence) == evidence


def test_there_is_one_proposal_for_each_block_and_none_for_headings_or_from_the_paragraph_above() -> None:
    blocks = parse("## Ledere skal\n\nLedere skal have:\n\n- styr på nøgler\n- en plan\n")
    proposals = propose(blocks)
    assert len(proposals) == len(blocks)
    assert proposals[0] == Proposal()
    assert set(proposals[1].roles) == set(LEADERS)
    assert [one.roles for one in proposals[2:]] == [(), ()]


def test_a_clause_of_any_length_is_answered_in_time() -> None:
    sentences = [
        "Hvis medarbejder, skal leder, " * 5_000,
        "af leder es " * 10_000,
        ", med x" * 20_000,
        "a" * 100_000,
    ]
    assert len(propose([Block("paragraph", 0, "1.1", sentence) for sentence in sentences])) == 4
