"""Who a Danish sentence says must do something. Rules of thumb for the language of municipal policies."""

import re

from roles.clauses import COUNCIL, EXECUTIVES, LEADERS, RESPONSIBLE_FOR_IT_SECURITY
from roles.enums import Role

SENTENCE_MAX = 2_000  # characters that are looked at; who must do something stands at the beginning
PHRASE_MAX = 200

# The words for each role, the longest first: what one has taken, the next does not see. No ending stands here.
_NAMES: tuple[tuple[str, tuple[Role, ...]], ...] = (
    (r"medlem(?:mer(?:ne)?|met)? af (?:kommunalbestyrelsen|byrådet)", COUNCIL),
    (r"(?:kommunalbestyrelses|byråds)medlem(?:mer(?:ne)?|met)?|(?:kommunal)?politiker", COUNCIL),
    (r"kommunalbestyrelse|byråd", COUNCIL),
    (r"borgmester", (Role.MAYOR,)),
    (r"kommunaldirektør", (Role.DIRECTOR,)),
    (r"medlem(?:mer(?:ne)?|met)? af direktionen|direktion|direktør", EXECUTIVES),
    (r"(?:medlem(?:mer(?:ne)?|met)? af )?(?:(?:informations|it-)?sikkerhedsudvalg|udvalg(?=et))", (Role.COMMITTEE,)),
    (r"(?:digitaliserings- og )?porteføljeråd|\bDPR", (Role.DPR,)),
    (r"it-?sikkerhedskoordinator|informationssikkerhedskoordinator", (Role.IT_COORDINATOR,)),
    (r"it-?sikkerhedsansvarlig(?:e)?", RESPONSIBLE_FOR_IT_SECURITY),
    (r"it-?chef", (Role.IT_CHIEF,)),
    (r"it-?afdeling|it-?driftsafdeling", (Role.IT_OPERATIONS, Role.IT_CHIEF)),
    (r"it-?drift", (Role.IT_OPERATIONS,)),
    (r"GDPR-?enhed|GDPR-?team", (Role.GDPR_UNIT,)),
    (r"databeskyttelsesrådgiver|\bDPO", (Role.DPO,)),
    (r"jurist", (Role.LAWYER,)),
    (r"centerchef", (Role.CENTRE_CHIEF,)),
    (r"(?:ansatte|medarbejdere?|personer) med (?:leder|ledelses|personale)ansvar|leder(?!e?ansvar)|afdelingsleder"
     r"|institutionsleder|chef", LEADERS),
    (r"systemejer", (Role.SYSTEM_OWNER,)),
    (r"sekretariat", (Role.SECRETARIAT,)),
    (r"(?:aftale|kontrakt)ansvarlig(?:e)?|(?:aftale|kontrakt)ejer", (Role.CONTRACT_OWNER,)),
    (r"teknisk(?:e)? administrator|portaladministrator", (Role.ADMINISTRATOR,)),
    (r"(?:eksterne? )?samarbejdspartnere?|leverandør|eksterne konsulent|databehandler"
     r"|institutioner med driftsoverenskomst|(?:personer og )?virksomheder,? (?:der|som) udfører opgaver"
     r"|nævn(?=et|ene|\W|$)", (Role.EXTERNAL,)),
    (r"medarbejder|(?:fast|midlertidigt )?ansatt?e?|personale|frivillige", (Role.EMPLOYEE,)),
)  # fmt: skip
_ENDING = r"(?:e?ne|erne|eren|en|et|er|e|n|t|'en|’en|'ere|rne)?"
_TAIL = r"(?P<genitive>['’]?s)?(?!\w)(?: \([^()]{1,40}\))?"
_ROLES = [(re.compile(rf"(?i)(?<![\w-])(?:{name}){_ENDING}{_TAIL}"), roles) for name, roles in _NAMES]
_OWN = re.compile(r"(?:\s+\w+){0,2}\s+(?:ansvar|opgave|pligt|rolle|kompetence)")  # "lederens ansvar" is the leader's

_ACTIVE = (
    "skal|kan|må|bør|vil|har|er|bliver|får|gør|står|træffer|tager|giver|holder|følger|sikrer|sørger|fører|udfører|udgør|"
    "udøver|bistår|hjælper|rådgiver|rådfører|godkender|beslutter|vedtager|fastsætter|fastlægger|udarbejder|"
    "vedligeholder|gennemfører|behandler|indgår|modtager|melder|meddeler|orienterer|rapporterer|kontrollerer|overvåger|"
    "påser|vurderer|udpeger|koordinerer|varetager|deltager|bruger|anvender|efterlever|overholder|inddrager|anbefaler|"
    "indstiller|offentliggør|formidler|uddanner|underviser|registrerer|anmelder|underretter|evaluerer|ajourfører|"
    "administrerer|ejer|driver|understøtter|arbejder|tilrettelægger|iværksætter|implementerer|kender|opdager|forpligter|"
    "samarbejder|styrer|passer|bidrager|skriver|laver|spørger|opretter|lukker|tildeler|bestiller|køber|betaler|svarer|"
    "omfatter|(?<=en )leder|(?<=[^dm]et )leder|(?<=ne )leder"  # “direktøren leder”, but not “nærmeste leder”
)
_PASSIVE = r"\w{3,}[eå]s(?<!deres)(?<!vores)(?<!jeres)(?<!kommunes)(?<!alles)"  # “godkendes”, “påses”
_VERB = re.compile(rf"(?i)(?<![\w-])(?:{_ACTIVE}|{_PASSIVE})(?![\w-])")
_STARTS_OTHERWISE = re.compile(
    r"(?i)(?:for at|såfremt|hvis|når|da|inden|før|efter|ved|i|som|med|på|til|under|uanset|derudover|desuden|endvidere|"
    r"samtidig|herudover|dog|årligt|hvert|mindst|løbende|derfor|endelig|idet|hvor|så|straks|af|om|gennem|"
    r"[ée]n gang)\b"
)
_SUBORDINATE = re.compile(r"(?i)(?:for at|såfremt|hvis|når|da|inden|før|efter at|uanset|idet|hvor|så længe|ved at)\b")
_MAIN_CLAUSE = re.compile(r"(?i), (?=\w)|(?=\bskal\b)")
_CLEFT = re.compile(r"(?i)det er (.+?),? (?:der|som)\b")
_IMPERSONAL = re.compile(r"(?i)det \w+ (?:\w+ )?\w+,? at ")
_RELATIVE = re.compile(r"(?i),?\s(?:som|der|hvor|hvis|at)\b.*")
_PREPOSITION = re.compile(r"(?i)(?<![\w-])(?:for|til|af|i|hos|fra|om|ved|mellem|mod|med|på|over|efter|under|uden)\s.*")
_INSERTED = re.compile(r"(?i), (?:med|herunder|dog|efter|eventuelt|evt\.|bortset fra|inklusive|inkl\.|via) [^,]*,")
_DETERMINERS = (
    r"(?:(?:alle|samtlige|enhver|hver|hvert|den|det|de|en|et|disse|vedkommende|enkelte|nærmeste|relevante|pågældende|"
    r"berørte|ansvarlige|daglige|egne|både|såvel|også|selv|kommunens|glostrup|kommunes|centrets|afdelingens|systemets|"
    r"nye|øvrige|eksterne|ny|som)\s+)*"
)
_JOINED = re.compile(r"(?i)\s*(?:,|og|eller|samt|såvel som|og/eller|/)\s*")
_START = re.compile(rf"(?i)\s*{_DETERMINERS}")
_TOGETHER = re.compile(r"(?i)\bi samarbejde med (.{1,80})")
_DONE_BY = re.compile(
    rf"(?i)(?<![\w-])(?:{_PASSIVE}|(?:bliver|er|blive|være) \w+t)(?![\w-])[^.;]{{0,60}}?\b(?:af|hos) (.{{1,80}})"
    r"|\b(?:påhviler|ligger hos|ligger ved|placeret hos|ansvarlige? (?:for [^,.]{1,60} )?er) (.{1,80})"
)
_DECIDED_IN = re.compile(
    r"(?i)\b(?:godkendes|behandles|drøftes|besluttes|vedtages|revurderes|forelægges|møder)\b[^.;]{0,40}?\bi (.{1,60})"
)
_SENTENCE_END = re.compile(
    r"(?<!\bbl\.a)(?<!\bf\.eks)(?<!\bmv)(?<!\bjf)(?<!\bstk)(?<!\bnr)(?<!\bart)(?<!\bca)(?<!\bpkt)[.;!?]\s+(?=[A-ZÆØÅ”»])"
)


def bound_by(text: str) -> set[Role]:
    """The roles that the sentences of a clause are about."""
    return {role for sentence in _SENTENCE_END.split(text) for role in _of_sentence(sentence.strip()[:SENTENCE_MAX])}


def _of_sentence(sentence: str) -> set[Role]:
    sentence = _INSERTED.sub(" ", sentence)
    if found := _subject(sentence):
        return found | {role for match in _TOGETHER.finditer(sentence) for role in _leading(match[1])}
    done = [*_DONE_BY.finditer(sentence), *_DECIDED_IN.finditer(sentence)]
    return {role for match in done for role in _leading(next(filter(None, match.groups())))}


def _subject(sentence: str) -> set[Role]:
    if cleft := _CLEFT.match(sentence):
        return _leading(cleft[1])
    if impersonal := _IMPERSONAL.match(sentence):
        return _leading(sentence[impersonal.end() :])
    if _SUBORDINATE.match(sentence):
        return _subject_of_main_clause(sentence)
    verb = _VERB.search(sentence)
    if verb is None:
        return _heads(sentence, re.split(r"\s[–-]\s|[:,]", sentence, maxsplit=1)[0])
    before = sentence[: verb.start()]
    if not before.strip() or _STARTS_OTHERWISE.match(before):
        return _leading(sentence[verb.end() :])
    return _heads(sentence, before)


def _subject_of_main_clause(sentence: str) -> set[Role]:
    """ "Hvis …, skal lederen …": who stands right after the verb that follows the clause."""
    for start in _MAIN_CLAUSE.finditer(sentence):
        verb = _VERB.match(sentence, start.end())
        if verb and (found := _leading(sentence[verb.end() :])):
            return found
    return set()


def _heads(sentence: str, subject: str) -> set[Role]:
    """The roles a subject at the start of the sentence is about: not those behind a preposition or a relative."""
    places, left = _named(sentence)
    ends = [match.start() for pattern in (_RELATIVE, _PREPOSITION) if (match := pattern.search(left))]
    end = min([len(subject), *ends])
    return {role for start, _, role in places if start < end}


def _leading(phrase: str) -> set[Role]:
    """The roles a phrase begins with: “den enkelte leder og centerchefen skal …”."""
    phrase = phrase[:PHRASE_MAX]
    places, _ = _named(phrase)
    roles: set[Role] = set()
    at = 0
    while start := _START.match(phrase, at):
        here = [(end, role) for begin, end, role in places if begin == start.end()]
        if not here:
            break
        roles |= {role for _, role in here}
        joined = _JOINED.match(phrase, here[0][0])
        if not joined:
            break
        at = joined.end()
    return roles


def _named(phrase: str) -> tuple[list[tuple[int, int, Role]], str]:
    """(start, end, role) of each role named, but not what only owns something (“medarbejdernes data”), and the phrase
    with their words blotted out, so that no preposition is found in “medlemmer af direktionen”."""
    left = phrase
    places: list[tuple[int, int, Role]] = []
    for pattern, roles in _ROLES:
        for match in pattern.finditer(left):
            if not match["genitive"] or _OWN.match(left, match.end()):
                places += [(match.start(), match.end(), role) for role in roles]
        left = pattern.sub(lambda match: "\0" * len(match[0]), left)
    return places, left
