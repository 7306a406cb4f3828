"""Markdown as people write it elsewhere, made into the portal's: no title in the text, two levels of headings, no HTML,
no pictures."""

import re

from markdown_it import MarkdownIt

from policy.importing.pages import quoted
from policy.importing.pieces import Draft, Piece, link, one_line
from policy.importing.plain_text import typed_number
from policy.text.blocks import HEADINGS, Block, clean, parse
from policy.text.blocks import plain as without_marks

_READER = MarkdownIt("commonmark").disable(["code", "html_block", "reference", "inline", "text_join"])  # headings only
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"(?im)^(?:title|titel):[ \t]*(\S.*)$")
_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\](?:\([^()\n]{0,2000}\)|\[[^\]\n]{0,500}\])")
_COMMENT = re.compile(r"<!--(?:(?!<!--|-->).)*-->", re.DOTALL)
_TAGS = (
    "a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|figure|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre"
    "|s|section|small|span|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|u|ul"
)
_TAG = re.compile(rf"(?i)</?(?:{_TAGS})(?:\s[^<>]*)?/?>")
_BREAK = re.compile(r"(?i)<br\s*/?>")
_DEFINITION = re.compile(r"(?m)^ {0,3}\[([^\]\n]+)\]:[ \t]*<?(\S+?)>?(?:[ \t]+[\"'(].*[\"')])?[ \t]*$\n?")
_REFERENCE = re.compile(r"(?<!!)\[([^\]\n]{1,500})\](?:\[([^\]\n]{0,500})\])?(?![(:\[])")


def read(text: str) -> Draft:
    """The title (of the front matter, or the only outermost heading when it comes first) and the pieces."""
    draft = Draft()
    text = clean(text)
    if front := _FRONT.match(text):
        text = text[front.end() :]
        if title := _FRONT_TITLE.search(front[1]):
            draft.title = title[1].strip().strip("\"'")
        draft.notes.append(f"Linjerne øverst mellem --- er udeladt: {quoted(front[1].splitlines())}.")
    text = _without_foreign(_with_addresses(text), draft.notes)
    text = _with_two_levels(text, draft)
    draft.pieces = [_piece(block) for block in parse(text)]
    return draft


def _piece(block: Block) -> Piece:
    typed = typed_number(block.text) if block.kind in HEADINGS else None
    if typed and (not typed[1] or typed[1][0].isupper()):
        return Piece("heading", typed[1], block.level, marker=typed[0])
    return Piece("heading" if block.kind in HEADINGS else block.kind, block.text, block.level, block.ordered)


def _with_addresses(text: str) -> str:
    """Links whose address stands elsewhere, as [this][1] with “[1]: https://…” below, get it in place."""
    addresses = {match[1].casefold(): match[2] for match in _DEFINITION.finditer(text) if match[1][0] != "^"}
    used: set[str] = set()

    def with_address(match: re.Match[str]) -> str:
        name = (match[2] or match[1]).casefold()
        if name not in addresses:
            return match[0]
        used.add(name)
        return link(match[1], addresses[name])

    text = _REFERENCE.sub(with_address, text)
    return _DEFINITION.sub(lambda match: "" if match[1].casefold() in used else match[0], text)


def _without_foreign(text: str, notes: list[str]) -> str:
    """Without pictures, HTML and comments; a tag that HTML does not have, such as <navn>, is text."""
    for pattern, instead, why in (
        (_COMMENT, " ", "Skjulte kommentarer er udeladt"),
        (_IMAGE, "", "Billeder er udeladt"),
        (_BREAK, " ", ""),
        (_TAG, "", "HTML-koder er udeladt, og teksten i dem er beholdt"),
    ):
        if found := [match[0] for match in pattern.finditer(text)]:
            text = pattern.sub(instead, text)
            if why:
                notes.append(f"{why}: {quoted(found)}.")
    return text


def _with_two_levels(text: str, draft: Draft) -> str:
    """The outermost headings as sections, all others as subsections; the title is taken out."""
    tokens = _READER.parse(text)
    found = [
        (token.map, int(token.tag[1]), one_line(content.content))
        for token, content in zip(tokens, tokens[1:], strict=False)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]
    levels = [level for _, level, _ in found]
    has_title = len(levels) > 1 and levels[0] < min(levels[1:]) or levels == [1]
    deep = sorted(set(levels[has_title:]))
    if len(deep) > 2:
        draft.notes.append("Dokumentet har overskrifter på mere end to niveauer. De dybeste er nu på samme niveau.")
    lines = text.split("\n")
    for at, (place, level, words) in enumerate(found):
        is_title = has_title and at == 0
        if is_title:
            draft.title = without_marks(words)
        mark = "" if is_title else f"{'##' if level == deep[0] else '###'} {words}"
        lines[place[0] : place[1]] = [mark] + [""] * (place[1] - place[0] - 1)
    return "\n".join(lines)
