"""What a Word document's styles and lists say of a paragraph. Names are matched without regard to namespace prefix, so
that both the transitional and the strict form of the format are read (ECMA-376 parts 1 and 4)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

Node: TypeAlias = Any  # lxml comes without types

_HEADING = re.compile(r"(?i)(?:heading|overskrift) ?([1-9])(?: tegn)?")
_TITLE = re.compile(r"(?i)title|titel")
_CONTENTS = re.compile(r"(?i)(?:toc|indholdsfortegnelse) ?[1-9]|toc heading|overskrift til indholdsfortegnelse")
_LIST = re.compile(r"(?i)(?:list (bullet|number)|opstilling ?[-–] ?(punkttegn|talopstilling|talliste))(?: ([2-9]))?")
_BASES_MAX = 20  # a style based on itself would never end


def tag(node: Node) -> str:
    """The element's name without its namespace; "" for comments and processing instructions."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def value(node: Node | None, name: str = "val") -> str:
    """An attribute by its name without namespace."""
    if node is None:
        return ""
    return next((text for key, text in node.attrib.items() if key.rpartition("}")[2] == name), "")


def child(node: Node | None, *path: str) -> Node | None:
    """The first element along the path of names."""
    for name in path:
        node = next((one for one in node if tag(one) == name), None) if node is not None else None
    return node


def children(node: Node | None, name: str) -> Iterator[Node]:
    return (one for one in node if tag(one) == name) if node is not None else iter(())


def is_on(node: Node | None) -> bool | None:
    """A switch such as <w:b/>: None when it is not there."""
    return None if node is None else value(node) not in ("0", "false", "off")


def number(text: str, most: int, default: int = 0) -> int:
    return min(int(text), most) if re.fullmatch(r"\d{1,9}", text) else default


def _outline(level: Node) -> int:
    """1 for the outermost heading; 0 for body text, which the format calls level 9."""
    return int(value(level)) + 1 if re.fullmatch(r"[0-8]", value(level)) else 0


@dataclass(frozen=True)
class Shape:
    """What a paragraph is. `heading` counts from 1; `listed` is (list, level from 1)."""

    heading: int = 0
    is_title: bool = False
    is_contents: bool = False
    is_bold: bool = False
    listed: tuple[str, int] | None = None
    ordered: bool | None = None


class Styles:
    """The document's styles and lists, looked up with their bases."""

    def __init__(self, styles: Node | None, numbering: Node | None) -> None:
        self.styles = {value(style, "styleId"): style for style in children(styles, "style")}
        self.default = next(
            (
                value(style, "styleId")
                for style in children(styles, "style")
                if value(style, "type") == "paragraph" and value(style, "default") in ("1", "true", "on")
            ),
            "",
        )
        abstract = {value(one, "abstractNumId"): one for one in children(numbering, "abstractNum")}
        by_style = {value(child(one, "styleLink")): one for one in abstract.values()}
        for list_id, one in abstract.items():  # a list may only say which list style it follows
            abstract[list_id] = by_style.get(value(child(one, "numStyleLink")) or "-", one)
        self.lists = {
            value(one, "numId"): abstract.get(value(child(one, "abstractNumId"))) for one in children(numbering, "num")
        }
        self._shape_of = cache(self._look_up)

    def shape(self, properties: Node | None) -> Shape:
        """Of a paragraph with these properties (w:pPr)."""
        base = self._shape_of(value(child(properties, "pStyle")) or self.default)
        level = child(properties, "outlineLvl")
        heading = base.heading
        if level is not None and not base.is_title:
            heading = _outline(level)
        listed = self._listed(child(properties, "numPr"), base.listed)
        return Shape(heading, base.is_title, base.is_contents, base.is_bold, listed, base.ordered)

    def is_bold(self, run_properties: Node | None, paragraph: Shape) -> bool:
        own = is_on(child(run_properties, "b"))
        if own is None and (style := value(child(run_properties, "rStyle"))):
            own = self._shape_of(style).is_bold or None
        return paragraph.is_bold if own is None else own

    def format(self, listed: tuple[str, int]) -> str:
        """How a list's level is marked: "bullet", "decimal", "lowerLetter", "none" …"""
        levels = children(self.lists.get(listed[0]), "lvl")
        level = next((one for one in levels if value(one, "ilvl") == str(listed[1] - 1)), None)
        return value(child(level, "numFmt")) or "bullet"

    def _chain(self, style_id: str) -> list[Node]:
        """The style and what it is based on, nearest first."""
        chain: list[Node] = []
        while len(chain) < _BASES_MAX and (style := self.styles.get(style_id)) is not None:
            chain.append(style)
            style_id = value(child(style, "basedOn"))
        return chain

    def _look_up(self, style_id: str) -> Shape:
        chain = self._chain(style_id)
        names = [value(child(style, "name")) for style in chain] or [style_id]
        ids = [value(style, "styleId") for style in chain] or [style_id]
        heading, listed, ordered = 0, None, None
        for name in [name for pair in zip(names, ids, strict=True) for name in pair]:
            if match := _HEADING.fullmatch(name):
                heading = heading or int(match[1])
            if (match := _LIST.fullmatch(name)) and listed is None:
                listed = (name, int(match[3] or 1))
                ordered = (match[1] or match[2]).lower() not in ("bullet", "punkttegn")
        for style in chain:
            level = child(style, "pPr", "outlineLvl")
            if not heading and level is not None:
                heading = _outline(level)
                break
        for style in reversed(chain):
            found = self._listed(child(style, "pPr", "numPr"), listed)
            listed, ordered = found, ordered if found == listed else None
        bold = [is_on(child(style, "rPr", "b")) for style in chain]
        return Shape(
            heading=heading,
            is_title=any(_TITLE.fullmatch(name) for name in names + ids),
            is_contents=any(_CONTENTS.fullmatch(name) for name in names + ids),
            is_bold=next((one for one in bold if one is not None), False),
            listed=listed,
            ordered=ordered,
        )

    @staticmethod
    def _listed(own: Node | None, inherited: tuple[str, int] | None) -> tuple[str, int] | None:
        if own is None:
            return inherited
        list_id = value(child(own, "numId")) or (inherited[0] if inherited else "")
        level = child(own, "ilvl")
        deep = number(value(level), 8) + 1 if level is not None else inherited[1] if inherited else 1
        return None if list_id in ("", "0") else (list_id, deep)
