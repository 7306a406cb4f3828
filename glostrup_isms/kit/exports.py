"""Lists as files. No cell is a formula or a link, whatever was typed into it, and memory does not grow with the rows.

Text that a spreadsheet could take for a formula gets an apostrophe in front (CWE-1236, OWASP CSV injection).
"""

import csv
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from glostrup_isms.kit import dates

CELL_MAX = 32_767  # characters; the limit of the xlsx format
FORMULA_STARTS = frozenset("=+-@\u2212")  # U+2212 is the typographic minus
# Control characters but LF, lone surrogates, direction marks and what is no character at all
UNWANTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
INVISIBLE_START = re.compile(
    "[\\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0]+"
)
ENCODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # xlsx reads _x003D_ as an equals sign
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def safe_text(text: str) -> str:
    """Text that stays text in a spreadsheet. Line breaks become LF; control characters, lone surrogates and direction
    marks go; nothing invisible stands first."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = UNWANTED.sub("", lines)
    start = INVISIBLE_START.match(kept)
    kept = kept[start.end() :] if start else kept
    if not kept:
        return ""
    looks_like = unicodedata.normalize("NFKC", kept[0])[:1]  # full-width and small forms count as the plain sign
    return f"'{kept}" if looks_like in FORMULA_STARTS else kept


def plain_value(value: Any) -> Any:
    """What a cell may hold: number, date, naive Copenhagen time, or safe text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Ja" if value else "Nej"
    if isinstance(value, datetime):
        return dates.local(value).replace(tzinfo=None, microsecond=0)
    if isinstance(value, int) and abs(value) >= 10**15:  # a spreadsheet would round it
        return safe_text(str(value))
    if isinstance(value, float | Decimal) and not Decimal(value).is_finite():
        return ""
    if type(value) in (int, float, Decimal, date):
        return value
    if isinstance(value, list | tuple | set):
        return safe_text(", ".join(str(part) for part in value))
    return safe_text(str(value))


def write_csv(file: IO[bytes], header: list[str], rows: Iterable[list[Any]]) -> None:
    """UTF-8 with BOM and semicolons, as Danish Excel opens it. Every cell is quoted; a row is one line."""
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow([_csv_cell(label) for label in header])
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    text.flush()
    text.detach()


def _csv_cell(value: Any) -> str:
    plain = plain_value(value)
    if isinstance(plain, datetime):
        return plain.strftime("%d-%m-%Y %H:%M")
    if isinstance(plain, date):
        return plain.strftime("%d-%m-%Y")
    if isinstance(plain, float | Decimal):
        return str(plain).replace(".", ",")
    return " ".join(str(plain).splitlines())


def write_xlsx(file: IO[bytes], header: list[str], rows: Iterable[list[Any]]) -> None:
    """One sheet, its rows written as they come."""
    book = Workbook(write_only=True)
    book.properties.creator = "Informationssikkerhed"
    sheet = book.create_sheet("Udtræk")
    sheet.freeze_panes = "A2"
    for number, label in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(number)].width = max(18, min(60, len(label) + 4))
    sheet.append([_xlsx_cell(sheet, label, font=Font(bold=True)) for label in header])
    for row in rows:
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    book.save(file)


def _xlsx_cell(sheet: Any, value: Any, font: Font | None = None) -> Any:
    plain = plain_value(value)
    if isinstance(plain, str):
        cell = WriteOnlyCell(sheet)
        cell.value = ENCODED.sub("_x005F_", plain[:CELL_MAX])[:CELL_MAX]
        cell.data_type = "s"  # never the formula or the error that openpyxl would see in it
    else:
        cell = WriteOnlyCell(sheet, value=plain)
        if isinstance(plain, date):
            cell.number_format = "dd-mm-yyyy hh:mm" if isinstance(plain, datetime) else "dd-mm-yyyy"
    if font:
        cell.font = font
    return cell


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


def file_response(kind: str, name: str, header: list[str], rows: Iterator[list[Any]]) -> FileResponse:
    """The finished file as a download: a failure half-way is an error, never half a file. `kind`: csv or xlsx."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    WRITERS[kind](file, header, rows)
    file.seek(0)
    filename = f"{name}-{dates.today().isoformat()}.{kind}"
    return FileResponse(file, as_attachment=True, filename=filename, content_type=CONTENT_TYPES[kind])
