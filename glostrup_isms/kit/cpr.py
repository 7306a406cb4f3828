"""CPR numbers (civil registration numbers): find them, mask them, keep them out of the logs.

The portal needs none. Modulus 11 says nothing: numbers without it are issued since October 2007 (domain rule of
the CPR office), so every six digits that can be a date followed by four digits count.
"""

import logging
import re
from typing import NamedTuple

_DAY_AND_MONTH = r"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])"
# As written by people, and as it looks inside URLs, JSON, HTML and Python's repr.
_ESCAPE = r"(?:%(?:25)*[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4})"
_GAP = (
    r"(?:[ \t\u00a0\u2007\u2009\u202f\u00ad\u2010-\u2015\u2212+-]|&nbsp;|&\#160;|&[nm]dash;|&shy;"
    rf"|{_ESCAPE}{{1,3}}){{0,3}}"
)
# Not inside a word or a longer number, but right after an escape, which ends in letters or digits of its own.
_START = (
    r"(?:(?<![^\W_])|(?<=cpr)|(?<=nr)|(?<=nummer)"
    r"|(?<=%[0-9a-f]{2})|(?<=%25[0-9a-f]{2})|(?<=\\[nrt])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
)
CPR = re.compile(rf"{_START}({_DAY_AND_MONTH}[0-9]{{2}}){_GAP}[0-9]{{4}}(?![^\W_])", re.IGNORECASE)


class Found(NamedTuple):
    """Where a number stands in the text, and how it would look masked."""

    start: int
    end: int
    masked: str


def find(text: str) -> list[Found]:
    return [Found(match.start(), match.end(), _masked(match)) for match in CPR.finditer(text)]


def contains(text: str) -> bool:
    return CPR.search(text) is not None


def mask(text: str) -> str:
    """010190-xxxx in place of each number."""
    return CPR.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    return f"{match[1]}-xxxx"


# 256 random bits in an address, as `secrets.token_urlsafe(32)` writes them: whoever reads a log gets no key.
_SECRET = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def mask_line(text: str) -> str:
    """What a log may hold: no CPR number, no secret of an address."""
    return _SECRET.sub("(skjult)", mask(text))


class MaskingFilter(logging.Filter):
    """Masks the message before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a wrong format string must not take the request down
            message = f"{record.msg} {record.args}"
        record.msg, record.args = mask_line(message), ()
        return True


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 0x7F, *range(0x80, 0xA0))}
_CONTROLS |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t", 0x2028: "\\u2028", 0x2029: "\\u2029"}


_ROW = re.compile(r"DETAIL:.*")  # PostgreSQL repeats the failing row there, with all that people wrote


class MaskingFormatter(logging.Formatter):
    """One line per record, whatever the message contains; tracebacks follow it, indented. All of it masked."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another formatter may have kept an unmasked text here
        try:
            return mask_line(super().format(record))
        finally:
            record.exc_text = None

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return super().formatMessage(record).translate(_CONTROLS)

    def formatException(self, ei) -> str:  # type: ignore[no-untyped-def]  # noqa: N802
        text = _ROW.sub("DETAIL: (skjult)", super().formatException(ei))
        return _indented(text)

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return _indented(stack_info)


def _indented(text: str) -> str:
    # So that no line of an exception's text can pass for a log line.
    return "\n".join("    " + line.translate(_CONTROLS) for line in text.splitlines())
