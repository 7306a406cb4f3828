"""What every reader of files hands over, and how it becomes blocks of the portal's Markdown. Pure functions."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from policy.text.blocks import MAX_DEPTH, SECTION, SUBSECTION, Block, escape

TEXT_MAX = 1_000_000  # characters; some 300 pages

LINES_MAX = 100_000  # lines of a text, or paragraphs of a document

TOO_LONG = "Teksten er på mere end 1 million tegn. Del dokumentet, og hent delene ind hver for sig."
TOO_MANY_LINES = "Teksten er på mere end 100.000 linjer. Del dokumentet, og hent delene ind hver for sig."


class ImportRefused(Exception):
    """The file cannot be brought in; the text is a Danish sentence that says what to do."""


@dataclass
class Imported:
    """A document as it came in. `notes` are sentences about what was left out, guessed or should be looked at."""

    title: str
    text: str
    notes: list[str] = field(default_factory=list)
    decided_on: date | None = None


@dataclass(frozen=True)
class Piece:
    """One heading, paragraph, list item or table; `text` is inline Markdown (for a table: the whole table).

    `level` of a heading counts from 1; of anything else it is how many lists it stands in. `marker` is a number that
    was typed in front ("2.1", "a)").
    """

    kind: str
    text: str
    level: int = 0
    ordered: bool = False
    marker: str = ""


@dataclass
class Draft:
    """What a reader has found."""

    title: str = ""
    pieces: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


# ── Characters ───────────────────────────────────────────────────────────────────────────────────
_SPACES = dict.fromkeys((*range(0x2000, 0x200B), 0x00A0, 0x202F, 0x205F, 0x3000), " ")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}
_HYPHENS = dict.fromkeys((0x2010, 0x2011), "-")
_UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF, *range(0x200C, 0x2010), *range(0x202A, 0x202F)))
_PLAIN = _SPACES | _LIGATURES | _HYPHENS | _UNSEEN


def plain(text: str) -> str:
    """The text with ordinary spaces and hyphens, composed letters, and without what nobody can see."""
    return unicodedata.normalize("NFC", text.translate(_PLAIN))


def one_line(text: str) -> str:
    """With single spaces."""
    return " ".join(text.split())


def link(text: str, address: str) -> str:
    """A Markdown link of inline Markdown, or just the text when the address is not one that a reader may follow."""
    if not text or not re.match(r"(?i)(https?://|mailto:)[^\s<>\\]+$", address):
        return text
    return f"[{text}](<{address}>)" if re.search(r"[()]", address) else f"[{text}]({address})"


# ── From pieces to blocks ────────────────────────────────────────────────────────────────────────
def to_blocks(pieces: Sequence[Piece], notes: list[str]) -> list[Block]:
    """The pieces as blocks; adds to `notes` what was changed on the way."""
    pieces = [piece for piece in pieces if piece.text or piece.marker]
    pieces = _with_typed_lists(_with_section_numbers(pieces, notes))
    levels = sorted({piece.level for piece in pieces if piece.kind == "heading"})
    if len(levels) > 2:
        notes.append("Dokumentet har overskrifter på mere end to niveauer. De dybeste er nu på samme niveau.")
    return [_block(piece, levels) for piece in pieces]


def _block(piece: Piece, levels: list[int]) -> Block:
    text = f"{escape(piece.marker)} {piece.text}".strip()
    if piece.kind == "heading":
        kind, level = (SECTION, 2) if piece.level == levels[0] else (SUBSECTION, 3)
        return Block(kind=kind, level=level, number="", text=text)
    return Block(kind=piece.kind, level=min(piece.level, MAX_DEPTH), number="", text=text, ordered=piece.ordered)


def _with_section_numbers(pieces: list[Piece], notes: list[str]) -> list[Piece]:
    """Typed section numbers are let go when the portal's own will be the same, so that “1. 1. Formål” is not read."""
    top = min((piece.level for piece in pieces if piece.kind == "heading"), default=0)
    sections = [piece for piece in pieces if piece.kind == "heading" and piece.level == top]
    typed = [(at, piece.marker.rstrip(".:)")) for at, piece in enumerate(sections, 1) if piece.marker]
    if not typed:
        return pieces
    if any(marker != str(at) for at, marker in typed) or not all(piece.text for piece in sections):
        notes.append("Overskrifterne har egne numre, som er beholdt. Portalen sætter også numre på: Ret dem, der ikke "
                     "passer sammen.")  # fmt: skip
        return pieces
    notes.append("Afsnittenes numre er taget af overskrifterne, fordi portalen sætter de samme numre på.")
    return [replace(p, marker="") if p.kind == "heading" and p.level == top else p for p in pieces]


def _with_typed_lists(pieces: list[Piece]) -> list[Piece]:
    """Items typed “1.”, “2.”, “3.” in a row become an ordered list; other typed numbers stay in the text."""
    done = list(pieces)
    open_runs: dict[int, list[int]] = {}  # level -> places of the run's items

    def close(above: int) -> None:
        for level in [level for level in open_runs if level >= above]:
            run = open_runs.pop(level)
            if len(run) > 1:
                for place in run:
                    done[place] = replace(done[place], ordered=True, marker="")

    for place, piece in enumerate(pieces):
        if piece.kind != "item":
            close(0)
            continue
        close(piece.level + 1)
        run = open_runs.get(piece.level, [])
        if run and piece.marker.rstrip(".)") == str(len(run) + 1):
            run.append(place)
        else:
            close(piece.level)
            if piece.marker.rstrip(".)") == "1" and not run:  # right after another list it would count on
                open_runs[piece.level] = [place]
    close(0)
    return [_as_paragraph(done, at) for at in range(len(done))]


def _as_paragraph(pieces: list[Piece], at: int) -> Piece:
    """A typed number with no list around it is a numbered paragraph."""
    piece = pieces[at]
    beside = [pieces[place].kind for place in (at - 1, at + 1) if 0 <= place < len(pieces)]
    lonely = piece.kind == "item" and piece.marker[:1].isdigit() and "item" not in beside
    return replace(piece, kind="paragraph", level=0) if lonely else piece
