"""What belongs to the paper and not to the text: page numbers, headers and footers, and tables of contents.

A line is only let go when it looks like it in more than one way, and the notes show every one that went.
"""

import re
from collections import Counter
from collections.abc import Iterable

PAGE_BREAK = "\f"
SHOWN_MAX = 5  # lines that a note quotes
LINE_MAX = 300  # characters; nothing of the paper is longer
EDGE = 2  # lines at the top and at the bottom of a page where headers and footers stand

_PAGE_MARK = re.compile(
    r"(?i)\W*(?:(?:side|page)\s*\d{1,4}(?:\s*(?:af|of|/)\s*\d{1,4})?|\d{1,4}\s+(?:af|of)\s+\d{1,4})\W*"
)
_WITH_PAGES = re.compile(r"(?i)\b(?:side|page)\s*\d{1,4}\s*(?:af|of|/)\s*\d{1,4}\b")
_WITH_PAGE = re.compile(r"(?i)\b(?:side|page)\s*\d{1,4}\W*$|^\W*(?:side|page)\s*\d{1,4}\b")
_LONE_NUMBER = re.compile(r"[-–—\s]*(\d{1,4})[-–—\s]*")
_LEADER = re.compile(r"(?:(?:\.\s?){4}[.\s]*|…\s*)\d{1,4}\s*\Z")  # from a word to its page
_CONTENTS_HEAD = re.compile(r"(?i)\s*indhold(?:sfortegnelse)?:?\s*")


def without_paper(lines: list[str], notes: list[str]) -> list[str]:
    """The lines with a blank one for each that belongs to the paper. A line of its own with \\f is a page break."""
    lines = _without(lines, _contents(lines), "Indholdsfortegnelsen er udeladt, fordi portalen laver sin egen", notes)
    short = [(at, line) for at, line in enumerate(lines) if len(line) <= LINE_MAX]
    marks = {at for at, line in short if _PAGE_MARK.fullmatch(line)}
    for pattern, least in ((_WITH_PAGES, 2), (_WITH_PAGE, 3)):
        marks |= _repeated([(at, _shape(line)) for at, line in short if pattern.search(line)], least)
    marks |= _counting(lines)
    lines = _without(lines, marks, "Sidetal er udeladt", notes, mark=PAGE_BREAK)
    return _without(lines, _headers(lines), "Sidehoved eller sidefod, som står på flere sider, er udeladt", notes)


def quoted(lines: Iterable[str], most: int = SHOWN_MAX) -> str:
    """»Side 1«, »Side 2« og 3 mere: each line once, cut to what fits in a sentence."""
    different = list(dict.fromkeys(" ".join(line.split()) for line in lines))
    shown = ", ".join(f"»{line[:80]}{'…' if len(line) > 80 else ''}«" for line in different[:most])
    return shown + (f" og {len(different) - most} mere" if len(different) > most else "")


def _without(lines: list[str], gone: set[int], why: str, notes: list[str], mark: str = "") -> list[str]:
    if not gone:
        return lines
    notes.append(f"{why}: {quoted(lines[at] for at in sorted(gone))}.")
    return [mark if at in gone else line for at, line in enumerate(lines)]


def _shape(line: str) -> str:
    """Equal for lines that differ in their numbers and spaces only."""
    return " ".join(re.sub(r"\d+", "#", line).split())


def _repeated(found: list[tuple[int, str]], least: int) -> set[int]:
    """The places of what is found so many times."""
    often = Counter(what for _, what in found)
    return {at for at, what in found if often[what] >= least}


def _leads_to_a_page(line: str) -> bool:
    """Words, dots and a number: a line of a table of contents."""
    found = _LEADER.search(line)
    return found is not None and re.search(r"\w", line[: found.start()]) is not None


def _counting(lines: list[str]) -> set[int]:
    """Numbers alone between blank lines that count 1, 2, 3 … or on from another number, at least three."""
    found: list[tuple[int, int]] = []
    for at, line in enumerate(lines):
        match = _LONE_NUMBER.fullmatch(line) if len(line) <= LINE_MAX else None
        beside = [lines[place] for place in (at - 1, at + 1) if 0 <= place < len(lines)]
        if match and (PAGE_BREAK in beside or not any(other.strip() for other in beside)):
            found.append((at, int(match[1])))
    numbers = [number for _, number in found]
    counts = len(numbers) > 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return {at for at, _ in found} if counts else set()


def _headers(lines: list[str]) -> set[int]:
    """Lines at the top or bottom of pages that stand on three pages or more, and on half of them.

    The first line of all stays: it is the title, also when every page repeats it.
    """
    pages: list[list[int]] = [[]]
    for at, line in enumerate(lines):
        if line == PAGE_BREAK:
            pages.append([])
        elif line.strip():
            pages[-1].append(at)
    pages = [page for page in pages if page]
    edges = {at for page in pages for at in (*page[:EDGE], *page[-EDGE:]) if len(page) > EDGE}
    gone = _repeated([(at, " ".join(lines[at].split())) for at in edges], least=max(3, len(pages) // 2))
    gone = {at for at in gone if len(lines[at].split()) < 15 and not lines[at].rstrip().endswith((".", ":", ";"))}
    return gone - set(pages[0][:1] if pages else [])


def _contents(lines: list[str]) -> set[int]:
    """Lines with leaders and a page number, and the heading above them."""
    found = {at for at, line in enumerate(lines) if len(line) <= LINE_MAX and _leads_to_a_page(line)}
    if len(found) < 2:
        return set()
    first = min(found)
    above = [at for at in range(max(0, first - 4), first) if lines[at].strip()]
    return found | {at for at in above if _CONTENTS_HEAD.fullmatch(lines[at])}
