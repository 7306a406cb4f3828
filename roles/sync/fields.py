"""One value of a file at a time: read, or refused with a sentence."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from glostrup_isms.kit import cpr, dates
from roles.sync.rows import Findings, quoted

LONGEST = {"name": 200, "title": 200, "user_id": 150, "email": 254}
TOO_LONG = "{} er for langt: {} tegn, og der er plads til {}."
_UUID = re.compile(r"\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?", re.IGNORECASE)
_USER_ID = re.compile(r"[\w.@+-]+")  # as User.username has it
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\ufffd]")
_DIGIT = re.compile(r"[0-9].*[0-9].*[0-9].*[0-9]", re.DOTALL)  # quicker than looking for a CPR number in every name
_DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d+)")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].+)?")
_EXCEL_ZERO = date(1899, 12, 30)  # day 0 of Excel, with its leap day of 1900 that never was
EARLIEST = date(1940, 1, 1)
LATEST_AHEAD = timedelta(days=365 * 20)
FOREVER = {(2999, 12, 31), (9999, 12, 31)}  # how some systems write "no end"


def clean(text: str) -> str:
    """One line, composed letters, no invisible ones."""
    text = unicodedata.normalize("NFC", text)
    if not text.isascii():
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(text.split())


def read_text(findings: Findings, at: str, label: str, value: Any, kind: str = "name", *, required: bool = True) -> str:
    """A text that fits, or "" with a problem told. `kind` is a key of LONGEST."""
    if value is None or value == "":
        text = ""
    elif not isinstance(value, str):
        findings.problem(at, f"{label} skal være tekst.")
        return ""
    elif _UNREADABLE.search(value):
        findings.problem(at, f"{label} har tegn, der ikke kan læses. Ret det, hvor filen kommer fra.")
        return ""
    else:
        text = clean(value)
    if not text:
        if required:
            findings.problem(at, f"{label} mangler.")
    elif len(text) > LONGEST[kind]:
        findings.problem(at, TOO_LONG.format(label, len(text), LONGEST[kind]))
    elif looks_personal(text):
        findings.problem(at, f"{label} ligner et CPR-nummer. Fjern det, hvor filen kommer fra.")
        return ""
    return text[: LONGEST[kind]]


def looks_personal(text: str) -> bool:
    """Whether a CPR number may stand in it, also in wide digits."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _DIGIT.search(plain) is not None and cpr.contains(plain)


def read_uuid(findings: Findings, at: str, label: str, value: Any, *, required: bool = True) -> UUID | None:
    """A key as 8-4-4-4-12, also in braces as Windows writes it; None when it is missing or no key."""
    if value is None or value == "":
        if required:
            findings.problem(at, f"{label} mangler.")
        return None
    match = _UUID.fullmatch(value.strip()) if isinstance(value, str) else None
    found = UUID(match[1]) if match else None
    if found is None or found.int == 0:
        findings.problem(at, f"{label} er ikke et gyldigt UUID (som 7b0e1d2c-…, 36 tegn).")
        return None
    return found


def read_user_id(findings: Findings, at: str, value: Any) -> str:
    text = read_text(findings, at, "Brugernavnet", value, "user_id")
    text = unicodedata.normalize("NFKC", text)  # as User.normalize_username does; one letter may become eighteen
    if len(text) > LONGEST["user_id"]:
        findings.problem(at, TOO_LONG.format("Brugernavnet", len(text), LONGEST["user_id"]))
        return ""
    if text and not _USER_ID.fullmatch(text):
        findings.problem(at, f"Brugernavnet {quoted(text)} må kun have bogstaver, tal og tegnene @ . + - _")
        return ""
    return text


def read_email(findings: Findings, at: str, value: Any) -> str | None:
    """An address that can be written to, "" for none; None, with a note, for one that cannot be used."""
    text = read_text(findings, at, "Mailadressen", value, "email", required=False)
    if text:
        try:
            validate_email(text)
        except ValidationError:
            findings.note(f"{at}: Mailadressen {quoted(text)} kan ikke bruges. Ret den, hvor filen kommer fra.")
            return None
    return text


class Unreadable(ValueError):
    """The date cannot be read. The text is a Danish sentence."""


def read_date(findings: Findings, at: str, label: str, value: Any) -> date | None:
    """A day, or None when there is none or a problem has been told. An end far away is no end."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Unreadable(f"{label} er ikke en dato.")
        day = parse_date(str(value), label)
        if day is not None and not EARLIEST <= day <= findings.today + LATEST_AHEAD:
            raise Unreadable(f"{label} ({dates.da_date(day)}) ligger for langt væk. Se efter, om året er rigtigt.")
    except Unreadable as error:
        findings.problem(at, str(error))
        return None
    return day


def parse_date(text: str, label: str = "Datoen") -> date | None:
    """2026-11-23, 23-11-2026, 23.11.2026, 23/11/2026, a moment in ISO 8601, or Excel's number of the day. The day
    stands before the month, as in Denmark. None for the day that means "no end". Raises Unreadable."""
    text = text.strip()
    if "##" in text:
        raise Unreadable(f"{label} er kommet ud som #####. Gør kolonnen bredere i regnearket, og gem filen igen.")
    if text.isascii() and text.isdecimal() and len(text) == 5:
        return _EXCEL_ZERO + timedelta(days=int(text))
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _DAY_FIRST.fullmatch(text):
        if len(match[3]) != 4:
            raise Unreadable(f"{label} {quoted(text)} skal have et årstal med fire cifre, for eksempel 23-11-2026.")
        day, month, year = (int(part) for part in match.groups())
    else:
        raise Unreadable(f"{label} {quoted(text)} kan ikke læses. Skriv den som 23-11-2026 eller 2026-11-23.")
    if (year, month, day) in FOREVER:
        return None
    if "T" in text or ":" in text:
        return _day_of_moment(text, label)
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(f"{label} {quoted(text)} findes ikke. Skriv dag, måned og år, som 23-11-2026.") from None


def _day_of_moment(text: str, label: str) -> date:
    """The day in Copenhagen: midnight of 1 May is 22.00 on 30 April in UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return dates.local_date(moment) if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        raise Unreadable(f"{label} {quoted(text)} kan ikke læses. Skriv den som 23-11-2026 eller 2026-11-23.") from None
