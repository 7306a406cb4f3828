"""Who a clause binds and what would show that it is kept, proposed from its words. A person says yes or no afterwards.

Only whom the sentence is about is proposed: the subject before the verb ("Systemejeren godkender …"), after it ("I
tvivl skal lederen …"), or who a passive is done by ("… godkendes af direktionen"). Who is merely mentioned is not, and
"Kommunen skal …" binds nobody in particular: no proposal is better than a wrong one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policy.enums import Evidence
from policy.importing.subjects import bound_by
from policy.text.blocks import Block
from roles.enums import Role


@dataclass(frozen=True)
class Proposal:
    """In the order of the enums, each once. Empty for headings and where nothing is sure."""

    roles: tuple[Role, ...] = ()
    evidence: tuple[Evidence, ...] = ()


# Words that a clause uses when it is about something that leaves traces of this kind.
EVIDENCE = {
    Evidence.DOCUMENT: r"retningslinje|vejledning|sikkerhedsregler|procedure|handlingsplan|instruks|forretningsgang",
    Evidence.DECISION: r"\b(?:godkend|beslut|vedtag)\w*(?!.{0,60}(?:autorisation|brugeradgang|adgang for))|\breferat",
    Evidence.RISK: r"risikovurder|risikoanalyse|\brisiko- og|risikobillede",
    Evidence.DPIA: r"konsekvensanalyse|\bkonsekvensvurdering",
    Evidence.REGISTER: r"fortegnelse",
    Evidence.SYSTEM: r"systemoversigt|systemportefølje|oversigt over \S*systemer|it-infrastruktur|klassifi",
    Evidence.ACCESS: r"\bautoris|brugeradgang|adgangsrettighed|brugerrettighed|rettigheder til systemer",
    Evidence.AGREEMENT: r"databehandleraftale|(?:tilsyn|aftaler) med (?:\S+ )?(?:databehandler|leverandør)",
    Evidence.PROCUREMENT: r"indkøb|anskaff|\budbud|licens",
    Evidence.CONTROL: r"intern\w* kontrol|\bkontrol(?:l\w+)?\b|kontrolforanstaltning|egenkontrol|stikprøve",
    Evidence.CONTINGENCY: r"beredskab|krisehåndtering|krisestyring|nødplan",
    Evidence.BREACH: r"\bbrud\b|\bbruddet\b|sikkerhedsbrud|sikkerhedshændelse|hændelser kan|trussel mod",
    Evidence.LEARNING: r"\buddann|undervis|awareness|kompetenceløft|\bkurs(?:us|er)|træning|bevidsthedsniveau",
    Evidence.RECEIPT: r"formidl\w*|læsekvittering|gør\w* bekendt med|gjort bekendt|kvittere",
    Evidence.ADVICE: (
        r"\brådgiv(?:e|er|es|ning)\b|\brådfør|\bbistår|databeskyttelsesrådgiver\S*(?: \(DPO\))? (?:inddrages|høres)"
    ),
    Evidence.LAW: r"lovgivning|lovkrav|datatilsynet|\bKL\b|gældende ret\b|databeskyttelses(?:forordning|lov)|arkivlov",
    Evidence.APPOINTMENT: r"\budpeg|\budnævn|\bformand",
    Evidence.REPORT: r"rapport|årsberetning|orienterer? (?:direktion|kommunalbestyrelse|kommunaldirektør)",
    Evidence.PUBLICATION: r"offentliggøres|offentliggøre\b|hjemmeside",
}
_EVIDENCE = {evidence: re.compile(pattern, re.IGNORECASE) for evidence, pattern in EVIDENCE.items()}


def propose(blocks: Sequence[Block]) -> list[Proposal]:
    """One proposal for each block, in their order."""
    return [_proposal(block.plain) if block.is_clause else Proposal() for block in blocks]


def _proposal(text: str) -> Proposal:
    roles = bound_by(text)
    return Proposal(
        tuple(role for role in Role if role in roles),
        tuple(evidence for evidence in Evidence if evidence in _EVIDENCE and _EVIDENCE[evidence].search(text)),
    )
