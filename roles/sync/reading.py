"""From a file to rows. Whatever the file is, the answer is an Organisation or a sentence, never a traceback.

The size is asked for before anything is read. JSON comes as UTF-8 or UTF-16, CSV also as Windows-1252.
"""

import codecs
import json
import re
import stat
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings

from glostrup_isms.kit.templatetags.danish import da_number
from roles.enums import SyncShape
from roles.sync import csv_shape, os2sync, rollekatalog
from roles.sync.rows import Findings, Organisation, Refused, is_personal_number

MEGABYTE = 1024 * 1024
_DOUBLE_ENCODED = re.compile("Ã[¦¸¥†˜…]")  # æøåÆØÅ in UTF-8, read as Windows-1252


class Record(dict[str, Any]):
    """A JSON object: keys in lower case, those for CPR numbers gone. `names` are the keys as written, `twice` one that
    stands there two times."""

    __slots__ = ("names", "twice")
    names: dict[str, str]
    twice: str


def read_file(path: Path) -> bytes:
    """The bytes of a file on this machine. Raises Refused."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Refused(f"{path.name} er ikke en fil.")
        check_size(about.st_size, settings.SYNC_MAX_BYTES)
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"Filen kan ikke læses: {error.strerror}.") from error


def check_size(size: int, most: int) -> None:
    """Raises Refused for a file that is empty or too large. Bytes."""
    if size == 0:
        raise Refused("Filen er tom.")
    if size > most:
        raise Refused(
            f"Filen fylder {da_number(round(size / MEGABYTE, 1))} MB. Den må højst fylde {most // MEGABYTE} MB."
        )


def read(data: bytes, shape: str, findings: Findings) -> Organisation:
    """The rows of a file in the shape, or in the one that it looks like when `shape` is empty. Raises Refused."""
    if not data.strip():
        raise Refused("Filen er tom.")
    if shape == SyncShape.CSV or (not shape and not _looks_like_json(data)):
        return csv_shape.read(decode_csv(data), findings)
    record = parse_json(data, findings)
    if shape == SyncShape.OS2SYNC or (not shape and os2sync.is_like(record)):
        return os2sync.read(record, findings)
    return rollekatalog.read(record, findings)


def _looks_like_json(data: bytes) -> bool:
    start = data[:200].replace(b"\0", b"")  # UTF-16
    for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        start = start.removeprefix(mark)
    return start.lstrip()[:1] in (b"{", b"[")


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def parse_json(data: bytes, findings: Findings) -> Record:
    """The object that the file is. Values of keys for CPR numbers are let go as soon as they are met."""

    def take(pairs: list[tuple[str, Any]]) -> Record:
        record = Record()
        record.names, record.twice = {}, ""
        for name, value in pairs:
            if is_personal_number(name):
                findings.personal_number(name)
                continue
            key = name.lower()
            if key in record:
                record.twice = name
            record[key], record.names[key] = value, name
        return record

    try:
        text = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        raise Refused(
            "Filen er ikke gemt som UTF-8 eller UTF-16, så æ, ø og å kan ikke læses. Gem den igen."
        ) from error
    try:
        found = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=take, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Refused(
            f"Filen kan ikke læses som JSON: Det går galt i linje {error.lineno}, tegn {error.colno}. "
            "Måske er den klippet over. Hent den igen, hvor den kommer fra."
        ) from error
    except RecursionError as error:
        raise Refused("Filen har lister inden i lister i alt for mange lag. Det er ikke en organisation.") from error
    except ValueError as error:  # NaN, or a number with thousands of digits
        raise Refused("Filen har et tal, der ikke kan læses. Hent den igen, hvor den kommer fra.") from error
    if not isinstance(found, Record):
        raise Refused("Filen skal være et JSON-objekt med enheder og personer, så den skal begynde med {.")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def decode_csv(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else Windows-1252, as Excel saves by itself in Denmark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decode(data, "utf-16")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            text = _decode(data, "cp1252")
            if _DOUBLE_ENCODED.search(text) and error.reason == "unexpected end of data":
                raise Refused("Filen er klippet over midt i et bogstav. Hent den igen, hvor den kommer fra.") from error
            if _DOUBLE_ENCODED.search(text):
                raise Refused("Filen blander to tegnsæt, så æ, ø og å bliver forkerte. Gem den som UTF-8.") from error
    if "\0" in text:
        raise Refused("Filen har nul-tegn og er ikke en tekstfil, vi kan læse. Gem den som »CSV UTF-8«.")
    return text


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("Tegnene i filen kan ikke læses. Gem den som »CSV UTF-8«, og prøv igen.") from error
