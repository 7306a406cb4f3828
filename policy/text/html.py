"""Blocks as safe HTML: the text itself, its contents, and the comparison of two texts.

Two walls. The HTML is put together here, of our own tags and escaped text; what stands inside a clause then goes
through nh3, which knows the few tags and the kinds of link that a clause may hold.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Literal

import nh3
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

from policy.text import compare
from policy.text.blocks import ITEM, SECTION, SUBSECTION, TABLE, Block, tokens, words

# Web, mail, a clause of the same text, or a page of this portal: never `//elsewhere`, never what a browser would clean.
_SAFE_LINK = re.compile(
    r"(?:https?://[\w\[]|mailto:\w|#(?:punkt|afsnit)-(?=\d)|/(?![/\\]))[^\x00-\x20\x7f\\]*", re.IGNORECASE
)
_EXTERNAL = re.compile(r"https?:", re.IGNORECASE)
WALL = nh3.Cleaner(
    tags={"strong", "em", "code", "br", "a"},
    attributes={"a": {"href", "rel"}},
    attribute_filter=lambda tag, name, value: value if name == "rel" or is_safe_link(value) else None,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
Numbers = bool | Literal["plain"]


def is_safe_link(address: str) -> bool:
    return bool(_SAFE_LINK.fullmatch(address))


def inline(text: str) -> SafeString:
    """The Markdown of one clause, heading or cell as HTML. A link that is not safe is only its text."""
    drawn, is_linked = [], False
    for token in tokens(text):
        match token.type:
            case "strong_open" | "strong_close" | "em_open" | "em_close":
                drawn.append(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
            case "code_inline":
                drawn.append(f"<code>{escape(token.content)}</code>")
            case "hardbreak":
                drawn.append("<br>")
            case "link_open":
                address = str(token.attrs.get("href", ""))
                if is_linked := is_safe_link(address):
                    rel = ' rel="noopener noreferrer"' if _EXTERNAL.match(address) else ""
                    drawn.append(f'<a href="{escape(address)}"{rel}>')
            case "link_close":
                drawn.append("</a>" if is_linked else "")
            case _:
                drawn.append(escape(words(token)))
    return mark_safe(WALL.clean("".join(drawn)))  # nosec: through both walls


def anchors(blocks: Sequence[Block]) -> list[str]:
    """The id of each block; subsections are counted within their section ("afsnit-3-2")."""
    found, section, count = [], "0", 0
    for block in blocks:
        if block.kind == SECTION:
            section, count = block.number, 0
        count += block.kind == SUBSECTION
        found.append(block.anchor or f"afsnit-{section}-{count}")
    return found


def contents(blocks: Sequence[Block]) -> list[tuple[str, str, str]]:
    """The sections for a menu: id, number, title without marks."""
    return [(block.anchor, block.number, block.plain) for block in blocks if block.kind == SECTION]


def render(
    blocks: Sequence[Block],
    *,
    heading_level: int = 2,
    numbers: Numbers = True,
    after: Callable[[Block, int], str] | None = None,
) -> SafeString:
    """The whole text. `heading_level` is that of sections; a subsection is one deeper.

    `numbers`: True draws each number as a link to its clause, "plain" as text (for the PDF), False not at all.
    `after(block, index)` gives what is to stand after a clause; text that is not safe is escaped.
    """
    drawn: list[str] = []
    lists: list[str] = []  # the open <ul> and <ol>, each with an open <li>
    for index, (block, anchor) in enumerate(zip(blocks, anchors(blocks), strict=True)):
        depth = block.level if block.is_clause else 0
        while len(lists) > depth:
            drawn.append(f"</li></{lists.pop()}>")
        more = conditional_escape(after(block, index)) if after and block.is_clause else ""
        number = _number(block, numbers)
        if block.kind == ITEM:
            drawn += _into_list(lists, "ol" if block.ordered else "ul", depth)
            drawn.append(f'<li id="{anchor}" class="clause">{number}{inline(block.text)}{more}')
        elif block.kind == TABLE:
            name = f"Tabel {block.number}" if numbers else "Tabel"
            region = f'class="clause table-scroll" tabindex="0" role="region" aria-label="{escape(name)}"'
            drawn.append(f'<div id="{anchor}" {region}>{_table(block, number)}</div>{more}')
        elif block.is_clause:
            drawn.append(f'<p id="{anchor}" class="clause">{number}{inline(block.text)}</p>{more}')
        else:
            tag = f"h{min(heading_level + (block.kind == SUBSECTION), 6)}"
            drawn.append(f'<{tag} id="{anchor}">{number}{inline(block.text)}</{tag}>')
    drawn += [f"</li></{tag}>" for tag in reversed(lists)]
    return mark_safe("\n".join(drawn))  # nosec: our own tags, escaped text


def _into_list(lists: list[str], tag: str, depth: int) -> Iterator[str]:
    """The tags up to a new item of this list at this depth."""
    if len(lists) == depth and lists[-1] == tag:
        yield "</li>"
        return
    if len(lists) == depth:
        yield f"</li></{lists.pop()}>"
    while len(lists) < depth:
        lists.append(tag)
        yield f'<{tag} class="clauses">' + ("<li>" if len(lists) < depth else "")


def _number(block: Block, numbers: Numbers) -> str:
    if not numbers or not block.number:
        return ""
    number = escape(block.number)
    if block.kind == SECTION:
        return f'<span class="section-number">{number}</span> '
    if numbers == "plain":
        return f'<span class="clause-number">{number}</span> '
    return f'<a class="clause-number" href="#{block.anchor}" aria-label="Punkt {number}">{number}</a> '


def _table(block: Block, number: str = "") -> str:
    head, *body = block.rows
    caption = f"<caption>{number.strip()}</caption>" if number else ""
    columns = "".join(f'<th scope="col">{inline(cell)}</th>' for cell in head)
    rows = "".join(f"<tr>{''.join(f'<td>{inline(cell)}</td>' for cell in row)}</tr>" for row in body)
    return f"<table>{caption}<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"


# ── Comparison ───────────────────────────────────────────────────────────────────────────────────

_FOLDED_FROM = 4  # so many unchanged clauses in a row are folded away
_TONES = {
    compare.ADDED: "done",
    compare.REMOVED: "late",
    compare.CHANGED: "due",
    compare.MOVED: "waiting",
    compare.MOVED_CHANGED: "due",
}
_MARKS = {
    compare.ADDED: ("ins", "Tilføjet: ", " Tilføjelse slut. "),
    compare.REMOVED: ("del", "Slettet: ", " Sletning slut. "),
}


def compare_html(comparison: compare.Comparison, *, heading_level: int = 3) -> SafeString:
    """The new text with what has changed marked in words, not in colour alone; long unchanged runs are folded."""
    drawn: list[str] = []
    runs = [
        (is_same, list(run)) for is_same, run in groupby(comparison.rows, key=lambda row: row.change == compare.SAME)
    ]
    for at, (is_same, run) in enumerate(runs):
        if not is_same:
            drawn += [_compared(row, heading_level) for row in run]
            continue
        # The heading of the section that the next change stands in stays in view.
        sections = [index for index, row in enumerate(run) if row.block.kind == SECTION]
        cut = sections[-1] if sections and at < len(runs) - 1 else len(run)
        drawn += _unchanged(run[:cut], heading_level)
        drawn += [_compared(row, heading_level) for row in run[cut : cut + 1]]
        drawn += _unchanged(run[cut + 1 :], heading_level)
    return mark_safe("\n".join(drawn))  # nosec: our own tags, escaped text


def _unchanged(rows: Sequence[compare.Row], heading_level: int) -> Iterator[str]:
    count = sum(row.block.is_clause for row in rows)
    if count >= _FOLDED_FROM:
        yield f'<details class="diff-folded"><summary>{count} punkter uden ændringer</summary>'
    yield from (_compared(row, heading_level) for row in rows)
    if count >= _FOLDED_FROM:
        yield "</details>"


def _compared(row: compare.Row, heading_level: int) -> str:
    block = row.block
    body = _words(row.words) if row.words else _table(block) if block.kind == TABLE else inline(block.text)
    if row.change in _MARKS:
        tag, *_ = _MARKS[row.change]
        body = f"<{tag}>{body}</{tag}>"
    if number := _number(block, "plain"):
        before = row.old.number if row.old and row.new and not row.moved_from and block.is_clause else block.number
        earlier = "" if before == block.number else f'<span class="diff-before">(før {escape(before)})</span> '
        body = number + earlier + body
    tag = "div"
    if not block.is_clause:
        tag = f"h{min(heading_level + (block.kind == SUBSECTION), 6)}"
    label = f'<p class="diff-label tone-{_TONES[row.change]}">{escape(row.label)}</p>' if row.label else ""
    classes = f"diff-row diff-{row.change.replace('_', ' diff-')}"
    return f'<div class="{classes}">{label}<{tag} class="diff-text">{body}</{tag}></div>'


def _words(words: compare.Words) -> str:
    drawn = []
    for op, text in words:
        shown = escape(text).replace("\n", "<br>")
        if op in _MARKS:
            tag, begins, ends = _MARKS[op]
            shown = f"<{tag}>{_hidden(begins)}{shown}{_hidden(ends)}</{tag}>"
        drawn.append(shown)
    return "".join(drawn)


def _hidden(text: str) -> str:
    return f'<span class="visually-hidden">{text}</span>'
