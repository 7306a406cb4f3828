"""The day a document says it was decided on."""

import re
from datetime import date

from glostrup_isms.kit.dates import MONTHS

EARLIEST = 1990  # what looks like a date before that is something else
REACH = 120  # characters after the word in which the date stands
NEAR = 40  # and before it

_MONTH = rf"\s*[-/.]\s*(?P<number>[01]?\d)\s*[-/.]\s*|\s+(?P<name>{'|'.join(MONTHS)})\s+"
_DAY = rf"(?P<day>[0-3]?\d)\.?(?:{_MONTH})(?P<year>\d{{4}}|\d\d)(?!\d)"
_ISO = r"(?P<iso>\d{4}-\d\d-\d\d)(?!\d)"
_DATE = re.compile(rf"(?i)(?<![\d/.-])(?:{_ISO}|{_DAY})")
_WORD = re.compile(r"(?i)\b(?:godkend(?:t|es|else)|vedtag(?:et|es|else)|(?:godkend|vedtag)elsesdato|tiltrådt)\b")
_BEFORE = re.compile(r"\s*(?:er |blev )?\Z")


def decided_on(text: str) -> date | None:
    """The latest date that follows “godkendt” or “vedtaget” within a line or so, or stands right before it."""
    found = []
    for word in _WORD.finditer(text):
        line = text[max(0, word.start() - NEAR) : word.start()]
        before = [
            day for match in _DATE.finditer(line) if _BEFORE.match(line[match.end() :]) and (day := _as_date(match))
        ]
        after = [day for match in _DATE.finditer(text, word.end(), word.end() + REACH) if (day := _as_date(match))]
        found += before or after[:1]
    return max(found, default=None)


def _as_date(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            day = date.fromisoformat(match["iso"])
        else:
            year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
            month = int(match["number"]) if match["number"] else MONTHS.index(match["name"].lower()) + 1
            day = date(year, month, int(match["day"]))
    except ValueError:
        return None
    return day if day.year >= EARLIEST else None
