"""What a paragraph of a Word document is made of: stretches of text, and the fields they stand in."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from policy.importing.pieces import link, one_line, plain
from policy.text.blocks import escape

# What these fields show belongs to the paper and not to the text.
CONTENTS, PAPER = "contents", "paper"
FIELDS = {"TOC": CONTENTS, "INDEX": CONTENTS, "TOA": CONTENTS}
FIELDS |= dict.fromkeys(("PAGE", "NUMPAGES", "SECTIONPAGES", "TC", "XE", "TA", "RD"), PAPER)


@dataclass
class Run:
    """A stretch of text with one address and one weight."""

    text: str
    address: str = ""
    is_bold: bool = False


@dataclass
class Field:
    """A field that is open: its code is read first, then what it shows."""

    code: str = ""
    shows: bool = False

    @cached_property  # asked when it shows, and its code is read
    def name(self) -> str:
        return (self.code.split() or [""])[0].upper()

    @cached_property
    def address(self) -> str:
        found = re.search(r'HYPERLINK\s+"([^"]+)"', self.code)
        return found[1] if found else ""


def markdown(runs: list[Run]) -> str:
    """The runs as inline Markdown on one line, with links; spaces at a link's edge stand outside it."""
    parts: list[str] = []
    for address, group in groupby(runs, key=lambda run: run.address):
        text = plain("".join(run.text for run in group))
        words = link(escape(one_line(text)), address)
        parts.append(f"{' ' * text[:1].isspace()}{words}{' ' * text[-1:].isspace()}")
    return one_line("".join(parts))


def trimmed(runs: list[Run]) -> list[Run]:
    """Without space at either end, and nothing when there is no text."""
    runs = [run for run in runs if run.text]
    while runs and not runs[0].text.strip():
        del runs[0]
    while runs and not runs[-1].text.strip():
        del runs[-1]
    if runs:
        runs[0] = replace(runs[0], text=runs[0].text.lstrip())
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
    return runs
