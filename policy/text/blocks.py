"""Markdown in, numbered blocks out, and back again.

Sections are `## `, subsections `### `; every paragraph, list item and table below them is a clause and gets a number.
markdown-it reads the Markdown (CommonMark without raw HTML, reference links and indented code); tables are found here,
because it drops cells that stand beyond the head. No word is lost: a list that begins at "29." is read as sentences
("29. marts …"), a deep list is made shallower, a quotation becomes paragraphs. Only rulers (`---`) disappear.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

SECTION, SUBSECTION, PARAGRAPH, ITEM, TABLE = "section", "subsection", "paragraph", "item", "table"
HEADINGS = (SECTION, SUBSECTION)
MAX_DEPTH = 4  # lists inside lists: "3.4.1.2.1" is as far as anybody can follow
MAX_INLINE = 20_000  # characters; the marks in a longer clause are shown, not read: that could take seconds

# `_shallow` bounds how deep a text is, so the nesting beyond which markdown-it drops text is never met.
_READER = MarkdownIt("commonmark", {"html": False, "maxNesting": 1000}).disable(
    ["code", "html_block", "reference", "inline", "text_join"]
)
_INLINE = MarkdownIt("commonmark", {"html": False}).disable("html_inline")
_INLINE.validateLink = lambda url: True  # type: ignore[method-assign]  # html.py decides when it draws the link

_LINE_END = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
# Control characters, surrogates, byte order marks, and marks that make text read otherwise than it is written.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_MARKER = r"(?:>|[-+*](?= |$)|\d{1,9}[.)](?= |$))"
_MANY_MARKERS = re.compile(rf"^((?: *{_MARKER}){{8}} *)(?={_MARKER})(\d*)", re.MULTILINE)
_WIDE_MARGIN, _WIDE_GAP = re.compile(r"^ {41,}", re.MULTILINE), re.compile(r"(?<=[^ \n]) {9,}")

_NUMBER_START = re.compile(r"(\d{1,9})[.)](?=\s|$)")
_BLOCK_START = re.compile(
    r"#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|~{3}|`{3}[^`]*$|([-_*])(?:\s*\1){2,}\s*$|=+\s*$|(?=[|:-])[\s|:]*-[\s|:-]*$"
)
_SPACES = re.compile(r"[ \n]+")
_CLOSING_MARKS = re.compile(r"(^|\s)(#+)$")
_MARKS = re.compile(r"[\\`*_\[\]<>&]")
_HEAD_LINE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Block:
    """One heading or clause.

    `level`: of a section 2, of a subsection 3; of anything else how many lists it stands in (an item: 1 to MAX_DEPTH).
    `number`: "3" of a section, "3.4" of a clause, "3.4.1" of one inside a list item, "" of a subsection.
    `text`: the Markdown of its content on one line; only a table, and a wished line break (`\\` before it), has more.
    """

    kind: str
    level: int
    number: str
    text: str
    ordered: bool = False

    @property
    def is_clause(self) -> bool:
        return self.kind not in HEADINGS

    @property
    def anchor(self) -> str:
        """ "afsnit-3" or "punkt-3-4"; "" of a subsection, which `html.anchors` counts within its section."""
        if self.kind == SUBSECTION:
            return ""
        return f"{'afsnit' if self.kind == SECTION else 'punkt'}-{self.number.replace('.', '-')}"

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table as Markdown, the head first."""
        head, _, *body = self.text.split("\n")
        return [[cell.replace("\\|", "|") for cell in _cells(line)] for line in (head, *body)]

    @cached_property
    def plain(self) -> str:
        """The words without marks; of a table a line for each row."""
        if self.kind == TABLE:
            return "\n".join(" | ".join(plain(cell) for cell in row) for row in self.rows)
        return plain(self.text)


def parse(text: str) -> list[Block]:
    """The numbered blocks of a text."""
    return numbered(_Reading().of(_READER.parse(_shallow(clean(text)))))


def write(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown that `parse` reads as the same blocks."""
    lines: list[str] = []
    indents = [0]  # where the text of the open item of each depth begins
    counts: list[int] = []  # the last number of the open list of each depth; 0 in a bulleted one
    before = ""
    for block in blocks:
        text = clean(block.text) if block.kind == TABLE else fold(clean(block.text), is_heading=not block.is_clause)
        if not text:
            continue
        if block.kind == ITEM:
            depth = min(max(block.level, 1), len(indents))
            last = counts[depth - 1] if len(counts) >= depth else 0
            count = last + 1 if block.ordered else 0
            mark = f"{count}. " if block.ordered else "- "
            counts[depth - 1 :] = [count]
            indents[depth:] = [indents[depth - 1] + len(mark)]
            margin = " " * indents[depth - 1]
        else:
            depth = min(block.level, len(counts)) if block.is_clause else 0
            mark = {SECTION: "## ", SUBSECTION: "### "}.get(block.kind, "")
            del counts[depth:], indents[depth + 1 :]
            margin = " " * indents[depth]
        if before and (before, block.kind) != (ITEM, ITEM):
            lines.append("")
        first, *rest = text.split("\n")
        lines += [f"{margin}{mark}{first}", *(f"{' ' * indents[-1]}{line}" for line in rest)]
        before = block.kind
    return "\n".join([*lines, ""]) if lines else ""


def numbered(blocks: Iterable[Block]) -> list[Block]:
    """The same blocks with the numbers of the order they stand in."""
    section, counts, done = 0, list[int](), []
    for block in blocks:
        number = ""
        if block.kind == SECTION:
            section, counts = section + 1, []
            number = str(section)
        elif block.is_clause:
            depth = max(block.level, 1)
            del counts[depth:]
            counts += [0] * (depth - len(counts))
            counts[-1] += 1
            number = ".".join(map(str, (section, *counts)))
        done.append(replace(block, number=number))
    return done


# ── Pieces of text ───────────────────────────────────────────────────────────────────────────────


def clean(text: str) -> str:
    """What a text may hold: printable characters in one spelling, and `\\n` between its lines."""
    return unicodedata.normalize("NFC", _UNWANTED.sub("", _LINE_END.sub("\n", text)).expandtabs(4))


def _shallow(text: str) -> str:
    """The text with so little room and so few markers before its lines that no list is deeper than Python can go."""
    return _MANY_MARKERS.sub(r"\1\2\\", _WIDE_GAP.sub(" " * 8, _WIDE_MARGIN.sub(" " * 40, text)))


def escape(text: str) -> str:
    """Plain text as Markdown that shows just that text. `write` sees to how its lines begin."""
    return _MARKS.sub(r"\\\g<0>", text)


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """The Markdown of a table of these cells (Markdown each), the head first. Short rows are filled up."""
    width = max(len(row) for row in rows)
    head, *body = [[_PIPE.sub(r"\\|", _SPACES.sub(" ", cell)).strip() for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in (head, ["---"] * width, *body))


def fold(text: str, *, is_heading: bool = False) -> str:
    """The lines of one paragraph as one, with nothing at its beginning that would make it another kind of block.

    Only a line break that was asked for (`\\` or two spaces at the end of the line) stays, and not in a heading.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    has_code = "`" in text
    runs: list[list[str]] = [[]]  # the lines between breaks that were asked for
    for line, below in pairwise([*lines, ""]):
        bare, is_wished = _ending(line, has_code) if below else (line.strip(), False)
        runs[-1].append(bare)
        if is_wished and not is_heading:
            runs.append([])
    kept = [_SPACES.sub(" ", " ".join(run)) for run in runs]
    if is_heading:
        return _CLOSING_MARKS.sub(r"\1\\\2", kept[0].strip())
    return "\\\n".join(map(_harmless, kept)).strip()


def tokens(text: str) -> list[Token]:
    """What a piece of Markdown is made of: text, bold, italic, code, links, line breaks and images."""
    if len(text) > MAX_INLINE:
        return [Token("text", "", 0, content=text)]
    return _INLINE.parseInline(text)[0].children or []


def words(token: Token) -> str:
    """What one of `tokens` says; an image is its description."""
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(map(words, token.children)) if token.children else token.content


def plain(text: str) -> str:
    """The words of a piece of Markdown without its marks."""
    return "".join(map(words, tokens(text))).strip()


def _ending(line: str, has_code: bool) -> tuple[str, bool]:
    """A line that others follow, and whether it asks for a break after it."""
    bare = line.strip()
    is_wished = line.endswith("  ") and not has_code
    if (len(bare) - len(bare.rstrip("\\"))) % 2 == 0:
        return bare, is_wished
    if line.endswith("\\"):
        return bare[:-1], True
    return bare + "\\", is_wished  # the backslash was text, because of the space behind it


def _harmless(line: str) -> str:
    if number := _NUMBER_START.match(line):
        return f"{number[1]}\\{line[number.end(1) :]}"
    return f"\\{line}" if _BLOCK_START.match(line) else line


def _cells(line: str) -> list[str]:
    cells = [cell.strip() for cell in _PIPE.split(line.strip())]
    starts, ends = cells[:1] == [""], cells[-1:] == [""]
    return cells[starts : len(cells) - (ends and len(cells) > 1 + starts)]


def _cut_table(paragraph: str) -> tuple[str, str]:
    """A paragraph as the text before the table in it, and the table ("" if there is none)."""
    lines = paragraph.split("\n")
    for at, (head, rule) in enumerate(pairwise(lines)):
        is_rule = "|" in rule and _HEAD_LINE.fullmatch(rule.strip())
        if is_rule and len(_cells(head)) == len(_cells(rule)):
            rows = [_cells(head), *map(_cells, lines[at + 2 :])]
            return "\n".join(lines[:at]), table_text(rows) if any(map(any, rows)) else ""
    return paragraph, ""


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _List:
    """A list being read. `is_list`: False where its number is a word of the text ("29. marts")."""

    ordered: bool
    is_list: bool
    waits: bool = False  # its open item has no text yet


class _Reading:
    """From the tokens of markdown-it to blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.lists: list[_List] = []
        self.open = 0  # the depth of the innermost item that more may be added to
        self.lead = ""  # a number that belongs to the text that comes
        self.counts: dict[int, int] = {}  # the last number of an ordered list at this depth

    def of(self, read: Sequence[Token]) -> list[Block]:
        heading = ""
        for token in read:
            match token.type:
                case "heading_open":
                    heading = SECTION if token.tag in ("h1", "h2") else SUBSECTION
                case "inline" if heading:
                    self.heading(heading, token.content)
                    heading = ""
                case "inline":
                    text, table = _cut_table(token.content)
                    self.text(text)
                    self.table(table)
                case "fence":
                    lines = [line for line in (token.info, *token.content.split("\n")) if line.strip()]
                    self.text("\\\n".join(map(escape, lines)))
                case "bullet_list_open":
                    self.lists.append(_List(ordered=False, is_list=True))
                case "ordered_list_open":
                    start = int(token.attrs.get("start", 1))
                    goes_on = start == self.counts.get(len(self.lists), 0) + 1
                    self.lists.append(_List(ordered=True, is_list=start <= 1 or goes_on))
                case "list_item_open":
                    self.item(token)
                case "list_item_close":
                    self.flush()
                case "bullet_list_close" | "ordered_list_close":
                    self.lists.pop()
        return self.blocks

    def item(self, token: Token) -> None:
        its = self.lists[-1]
        if its.is_list:
            its.waits = True
            if its.ordered:
                self.counts[len(self.lists) - 1] = int(token.info)
        else:
            self.lead += f"{token.info}\\{token.markup} "

    def heading(self, kind: str, text: str) -> None:
        self.flush()
        if text := fold(text, is_heading=True):
            self.open = 0
            self.blocks.append(Block(kind, 2 if kind == SECTION else 3, "", text))

    def text(self, text: str) -> None:
        text, self.lead = fold(self.lead + text), ""
        if not text:
            return
        lists = [one for one in self.lists if one.is_list]
        if lists and lists[-1].waits:
            lists[-1].waits = False
            self.open = min(len(lists), self.open + 1, MAX_DEPTH)
            self.blocks.append(Block(ITEM, self.open, "", text, lists[-1].ordered))
        else:
            self.open = min(len(lists), self.open)
            self.blocks.append(Block(PARAGRAPH, self.open, "", text))

    def table(self, text: str) -> None:
        if text:
            self.flush()
            self.open = min(sum(one.is_list for one in self.lists), self.open)
            self.blocks.append(Block(TABLE, self.open, "", text))

    def flush(self) -> None:
        """Write a number that turned out to have no text of its own."""
        if self.lead:
            self.text("")
