"""Text as it is copied out of a PDF: hard line breaks, pages that split sentences, bullets of many kinds.

No word is lost or doubled: what is let go stands in the notes (`pages`), and only a line's end may change, where a
hyphen joins it to the next. What is a heading is a guess, so the guessed headings stand in a note too.
"""

import re
from dataclasses import dataclass, field

from glostrup_isms.kit.dates import MONTHS
from policy.importing.pages import PAGE_BREAK, quoted, without_paper
from policy.importing.pieces import Draft, Piece, one_line, plain
from policy.text.blocks import MAX_DEPTH, escape

HEADING_MAX = 100  # characters
HEADING_WORDS_MAX = 14
TITLE_MAX = 150
ADDRESS_MAX = 300
NARROWEST = 60  # characters a line holds at least, when it is judged whether a break was meant
ROOM = 0.85  # letters differ in width: a break was meant when the next word would have fitted within so much of a line

NO_GAP, BLANK, PAGE = 0, 1, 2  # what stands between a line and the one before it

_BULLET = re.compile(r"([•●○◦▪■□►▶➢➤✓✔‣∙·\uf000-\uf0ff]|[-–—*o](?=\s|$))\s*(.*)")
_MONTHS = "|".join(MONTHS)
_NUMBERED = re.compile(
    rf"((?:§|Kapitel|Afsnit|Artikel|Bilag)\s*\d{{1,3}}(?:\s?[a-z]\b)?[.:]?|\d{{1,2}}(?:\.\d{{1,2}}){{1,4}}\.?|\d{{1,2}}[.)]?|[a-z]\))"
    rf"(?:\s+(?!(?:{_MONTHS})\b)(.*)|$)"
)
_ITEM_NUMBER = re.compile(r"\d{1,2}[.)]|[a-z]\)")
_ENDED = re.compile(r"[.:;!?”]$")
_ABBREVIATED = re.compile(
    r"(?i)(?:^|[\s(/])(?:mv|m\.v|m\.m|mm|bl\.a|f\.eks|fx|jf|stk|nr|art|pkt|kap|ca|evt|ifm|ift|iht|ifølge|hhv|inkl|ekskl"
    r"|pr|kl|tlf|vedr|dvs|d\.v\.s|s|d|nævnt i|osv)\.$"
)
_GOES_ON = re.compile(
    r"(?i)(?:^|\s)(?:og|eller|samt|hhv\.?|at|som|der|den|de|en|et|skal|kan|må|bør|har|jf\.|stk\.|nr\.|§)$|\w-$"
)
_MAY_GO_ON = re.compile(r"(?i)(?:^|\s)(?:af|i|på|til|fra|med|for|om|ved|mod|efter|under|det|ikke|kommunens)$")
_KEEPS_SPACE = re.compile(r"(?:og|eller|samt|hhv\.?|og/eller|men|til)(?=\W|$)")
_ADDRESS = re.compile(r"(?i)(?:https?://|www\.)\S+|\S+@\S+\.\w+")
_BEFORE_WORDS = "(\"'»“”„–—- "
_RULE = re.compile(r"[-_=*~.#\s]{3,}")
_DATED = re.compile(r"(?i)\b(?:godkendt|vedtaget|revideret|gældende fra|version|dato|journal\w*|sags\w*)\b.*\d")


@dataclass(frozen=True)
class Line:
    text: str
    indent: int
    gap: int

    @property
    def is_ended(self) -> bool:
        """Whether a sentence ends with it: “mv.” may stand in the middle of one."""
        return bool(_ENDED.search(self.text)) and not _ABBREVIATED.search(self.text)

    @property
    def starts_lower(self) -> bool:
        return self.text.lstrip(_BEFORE_WORDS)[:1].islower()

    @property
    def starts_upper(self) -> bool:
        return self.text.lstrip(_BEFORE_WORDS)[:1].isupper()


@dataclass
class Open:
    """A piece that lines are still added to."""

    kind: str
    lines: list[str]
    last: Line
    level: int = 0
    marker: str = ""
    guessed: bool = False

    def add(self, line: Line, text: str | None = None) -> None:
        self.lines.append(line.text if text is None else text)
        self.last = line

    @property
    def text(self) -> str:
        return join(self.lines)


@dataclass
class Lists:
    """Which lists are open, outermost first: the bullet each uses, and how far in it stands."""

    open: list[tuple[str, int]] = field(default_factory=list)

    def level(self, marker: str, indent: int) -> int:
        """How deep an item stands. Its own bullet brings it back to its list; a new one begins a list within."""
        for at, (known, place) in enumerate(self.open):
            if known == marker and abs(indent - place) < 2:
                del self.open[at + 1 :]
                return at + 1
        while self.open and indent < self.open[-1][1] - 1:
            self.open.pop()
        if len(self.open) == MAX_DEPTH:
            self.open.pop()
        self.open.append((marker, indent))
        return len(self.open)


def read(text: str) -> Draft:
    """The title, if the first line looks like one, and the pieces of a text."""
    draft = Draft()
    lines = to_lines(text, draft.notes)
    found = Reader(lines).pieces()
    if found and found[0].kind == "heading" and found[0].level == 1 and not found[0].marker:
        draft.title = found.pop(0).text
    _settle_headings(found)
    guessed = [piece.text for piece in found if piece.kind == "heading" and piece.guessed]
    if guessed:
        draft.notes.append(f"Læst som overskrifter: {quoted(guessed, most=30)}. Se efter, om det passer.")
    draft.pieces = [Piece(p.kind, escape(p.text), p.level, marker=p.marker) for p in found]
    return draft


def to_lines(text: str, notes: list[str]) -> list[Line]:
    """The lines that hold text, each with what stood before it."""
    text = re.sub(r"\r\n?|[\v\x85\u2028\u2029]", "\n", text).replace(PAGE_BREAK, "\n\f\n")
    text = re.sub("\u00ad[ \\t]*\n[ \\t]*", "", text)
    raw = [PAGE_BREAK if line == PAGE_BREAK else plain(line).expandtabs(4).rstrip() for line in text.split("\n")]
    lines, gap = [], PAGE
    for line in without_paper(raw, notes):
        if line == PAGE_BREAK:
            gap = PAGE
        elif not line.strip() or _RULE.fullmatch(line):
            gap = min(PAGE, gap + 1)
        else:
            lines.append(Line(one_line(line), len(line) - len(line.lstrip()), gap))
            gap = NO_GAP
    return lines


def typed_number(text: str) -> tuple[str, str] | None:
    """The number typed in front of a heading or an item, and the rest: “2.1”, “§ 3.”, “a)”; no date and no quantity."""
    match = _NUMBERED.fullmatch(text)
    if not match or (match[1].isdigit() and not (match[2] or "")[:1].isupper()):
        return None
    return match[1], match[2] or ""


def typed_item(text: str) -> tuple[str, str] | None:
    """The number typed in front of an item, "" for a bullet, and the rest."""
    if bullet := _BULLET.fullmatch(text):
        return ("", bullet[2]) if bullet[2] else None
    found = typed_number(text)
    return found if found and found[1] and _ITEM_NUMBER.fullmatch(found[0]) else None


def join(lines: list[str]) -> str:
    """Lines as one, where a hyphen at a line's end joins: “it-” + “infrastruktur”, but “program-” + “og …”."""
    parts: list[str] = []
    for line in lines:
        if parts and not (re.search(r"\w-$", parts[-1]) and re.match(r"\w", line) and not _KEEPS_SPACE.match(line)):
            parts.append(" ")
        parts.append(line)
    return one_line("".join(parts))


def looks_like_heading(text: str, is_first: bool = False) -> bool:
    """Short, with a capital first and nothing that ends or goes on a sentence; a question may be one."""
    asks = text.endswith("?") and text.startswith("Hv")
    return (
        len(text) <= (TITLE_MAX if is_first else HEADING_MAX)
        and len(text.split()) <= HEADING_WORDS_MAX
        and text[:1].isupper()
        and (asks or not re.search(r"[.:;!?,]$", text))
        and not _GOES_ON.search(text)
        and not _ADDRESS.search(text)
        and not (_DATED.match(text) if is_first else _DATED.search(text))
    )


class Reader:
    """Goes through the lines once, and says of each whether it begins something or goes on."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        lengths = sorted(line.indent + len(line.text) for line in lines)
        self.width = max(NARROWEST, lengths[len(lengths) * 9 // 10]) if lengths else NARROWEST
        self.found: list[Open] = []
        self.lists = Lists()
        self.numbers: dict[str, str] = {}  # the last number of each family since the items began
        self.section = 0  # the last typed number of a section

    def pieces(self) -> list[Open]:
        for at, line in enumerate(self.lines):
            self._numbered(at, line) or self._bullet(line) or self._heading(at, line) or self._text(line)
        return [piece for piece in self.found if piece.text or piece.marker]

    @property
    def current(self) -> Open | None:
        return self.found[-1] if self.found else None

    def _begin(self, kind: str, line: Line, text: str, level: int = 0, marker: str = "", guessed: bool = False) -> bool:
        self.found.append(Open(kind, [text] if text else [], line, level, marker, guessed))
        if kind != "item":
            self.lists.open.clear()
            self.numbers.clear()
        elif marker:
            self.numbers[_family(marker)] = marker
        return True

    # ── Bullets ──────────────────────────────────────────────────────────────────────────────────
    def _bullet(self, line: Line) -> bool:
        match = _BULLET.fullmatch(line.text)
        if not match or (match[1] in "-–—" and not self._is_list_dash(line, match[1])):
            return False
        level = self.lists.level(match[1], line.indent)
        return self._begin("item", line, match[2], level)

    def _is_list_dash(self, line: Line, dash: str) -> bool:
        """A dash at the start of a line may also be one that the line was broken at."""
        current = self.current
        if current is None or current.kind == "heading" or current.last.is_ended:
            return True
        return any(known == dash for known, _ in self.lists.open) or self._break_was_meant(current.last, line)

    def _break_was_meant(self, line: Line, following: Line) -> bool:
        """Whether the next word would have fitted on the line."""
        first = following.text.split(" ", 1)[0]
        return line.indent + len(line.text) + 1 + len(first) <= ROOM * self.width

    # ── Numbers ──────────────────────────────────────────────────────────────────────────────────
    def _numbered(self, at: int, line: Line) -> bool:
        match = _NUMBERED.fullmatch(line.text)
        if not match or not self._may_begin(line, match[1]):
            return False
        marker, rest = match[1], match[2] or ""
        if self._follows_item(marker):
            return self._item(line, marker, rest)
        if self._is_numbered_heading(at, line, marker, rest):
            self.section = int(re.sub(r"\D.*", "", marker) or 0) if marker[0].isdigit() else self.section
            level = marker.rstrip(".)").count(".") + 1 if marker[0].isdigit() else 1
            return self._begin("heading", line, rest, level, marker)
        if _ITEM_NUMBER.fullmatch(marker) and rest:
            return self._item(line, marker, rest)
        if rest[:1].isupper() and (line.gap or "." in marker[:-1]):
            return self._begin("paragraph", line, line.text)
        return False

    def _may_begin(self, line: Line, marker: str) -> bool:
        current = self.current
        return (
            current is None
            or current.kind == "heading"
            or current.last.is_ended
            or (line.gap != NO_GAP and not _GOES_ON.search(current.last.text))
            or self._follows_item(marker)
        )

    def _follows_item(self, marker: str) -> bool:
        """Whether the number is the next one of a list that is open."""
        if not _ITEM_NUMBER.fullmatch(marker):
            return False
        known = self.numbers.get(_family(marker))
        return known is not None and _next(known) == marker

    def _item(self, line: Line, marker: str, rest: str) -> bool:
        return self._begin("item", line, rest, self.lists.level(_family(marker), line.indent), marker)

    def _is_numbered_heading(self, at: int, line: Line, marker: str, rest: str) -> bool:
        if marker.endswith(")") or (rest and not looks_like_heading(rest)) or at + 1 == len(self.lines):
            return False
        if marker[0].isdigit():
            number = int(re.sub(r"\D.*", "", marker))
            if not rest or number not in (
                (self.section, self.section + 1) if "." in marker[:-1] else (self.section + 1,)
            ):
                return False
        following = self.lines[at + 1]
        sibling = _NUMBERED.fullmatch(following.text)
        if sibling and _ITEM_NUMBER.fullmatch(marker) and sibling[1] == _next(marker):
            return False
        return bool(sibling) or self._stands_out(line, following)

    def _stands_out(self, line: Line, following: Line) -> bool:
        """Whether what follows begins something new."""
        if _BULLET.fullmatch(following.text):
            return True
        return not following.starts_lower and (following.gap > 0 or self._break_was_meant(line, following))

    # ── Headings ─────────────────────────────────────────────────────────────────────────────────
    def _heading(self, at: int, line: Line) -> bool:
        if not line.gap or at + 1 == len(self.lines) or not line.starts_upper:
            return False
        if self.current and _GOES_ON.search(self.current.last.text):
            return False
        if not looks_like_heading(line.text, is_first=at == 0) or not self._stands_out(line, self.lines[at + 1]):
            return False
        return self._begin("heading", line, line.text, 2 if self.section else 1, guessed=True)

    # ── All other lines ──────────────────────────────────────────────────────────────────────────
    def _text(self, line: Line) -> bool:
        if self.current and self._goes_on(self.current, line):
            self.current.add(line)
            return True
        return self._begin("paragraph", line, line.text)

    def _goes_on(self, current: Open, line: Line) -> bool:
        """Whether a line that begins nothing of its own belongs to what is open."""
        last = current.last
        if current.kind == "heading":
            return False
        if not current.lines:  # a bullet alone on its line
            return True
        if len(line.text) <= ADDRESS_MAX and _ADDRESS.fullmatch(line.text):
            return line.gap == NO_GAP and not last.is_ended
        if line.gap == NO_GAP:
            return not (last.is_ended and line.starts_upper and self._break_was_meant(last, line))
        if line.starts_lower:
            return not last.is_ended
        if _GOES_ON.search(last.text):
            return True
        if last.text.endswith(",") or _MAY_GO_ON.search(last.text):  # at a page's end, or at the end of a full line
            return line.gap == PAGE or not (last.text.endswith(",") or self._break_was_meant(last, line))
        return False


def _family(marker: str) -> str:
    """Numbers of one list look alike: 1. 2. 3., a) b) c)."""
    return ("1" if marker[0].isdigit() else "a") + marker[-1]


def _next(marker: str) -> str:
    """The number after a typed one: “1.” gives “2.”, and “a)” gives “b)”."""
    name, sign = marker[:-1], marker[-1]
    if sign not in ".)":
        return ""
    return f"{int(name) + 1}{sign}" if name.isdigit() else f"{chr(ord(name) + 1)}{sign}"


def _settle_headings(found: list[Open]) -> None:
    """A guessed heading with another right under it, or nothing, is a line of text, as on a cover."""
    for piece, following in zip(found, [*found[1:], None], strict=False):
        if piece.kind == "heading" and piece.guessed and (following is None or following.kind == "heading"):
            piece.kind, piece.level = "paragraph", 0
