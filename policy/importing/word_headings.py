"""What in a Word document is the title, and what is a heading although nobody said so."""

from dataclasses import dataclass, replace

from policy.importing.pages import quoted
from policy.importing.pieces import Piece
from policy.importing.plain_text import looks_like_heading, typed_number
from policy.text.blocks import escape


@dataclass
class Found:
    """A piece, and what decides later whether it is a title or a heading."""

    piece: Piece
    words: str = ""
    is_title: bool = False
    is_bold: bool = False


def with_bold_headings(found: list[Found], notes: list[str]) -> list[Found]:
    """Short bold paragraphs as headings, when the writer has used no heading styles at all.

    One with nothing of its own under it stays a paragraph; only the first may be followed by another: it is a title.
    """
    if any(one.piece.kind == "heading" for one in found):
        return found
    guessed = [_as_heading(one) for one in found]
    settled = guessed[:1]
    for one, plain, following in zip(guessed[1:], found[1:], [*guessed[2:], None], strict=False):
        is_bare = following is None or (following.piece.kind == "heading" and not one.piece.marker)
        settled.append(plain if is_bare else one)
    if lines := [one.words for one in settled if one.piece.kind == "heading"]:
        notes.append(
            "Dokumentet bruger ikke Words overskrifter. Korte linjer med fed skrift er læst som overskrifter: "
            f"{quoted(lines, most=30)}. Se efter, om det passer."
        )
    return settled


def _as_heading(one: Found) -> Found:
    marker, rest = typed_number(one.words) or ("", one.words)
    is_short = looks_like_heading(rest.removesuffix(":")) if rest else bool(marker)
    if not one.is_bold or one.is_title or one.piece.kind == "table" or not is_short:
        return one
    text = escape(rest) if marker else one.piece.text
    return replace(one, piece=Piece("heading", text, marker.rstrip(".)").count(".") + 1, marker=marker))


def take_title(found: list[Found]) -> tuple[str, list[Found]]:
    """The title and what is left: the Title style, an only outermost heading, or a first line that looks like one."""
    at = next((at for at, one in enumerate(found) if one.is_title), -1)
    if at >= 0:
        end = next((place for place in range(at, len(found)) if not found[place].is_title), len(found))
        return " ".join(one.words for one in found[at:end]), [*found[:at], *map(_no_title, found[end:])]
    headings = [at for at, one in enumerate(found) if one.piece.kind == "heading"]
    levels = [found[at].piece.level for at in headings]
    if len(levels) > 1 and levels[0] < min(levels[1:]):
        return found[headings[0]].words, found[: headings[0]] + found[headings[0] + 1 :]
    if len(found) > 1 and _is_first_line_title(found[0], found[1]):
        return found[0].words, found[1:]
    return "", found


def _no_title(one: Found) -> Found:
    return replace(one, piece=replace(one.piece, kind="heading", level=1)) if one.is_title else one


def _is_first_line_title(first: Found, second: Found) -> bool:
    if first.piece.marker or not looks_like_heading(first.words, is_first=True):
        return False
    over = second.piece.kind == "heading" and second.piece.level == first.piece.level
    return first.piece.kind == "paragraph" or (first.piece.kind == "heading" and over)
