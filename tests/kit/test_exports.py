"""Files hold what the reader sees and nothing that runs: no formula, no link, whatever was typed."""

import csv
import io
import tempfile
import tracemalloc
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from glostrup_isms.kit import exports

BODIES = (
    "=1+1", "=HYPERLINK(\"http://a.invalid\",\"x\")", "=cmd|' /C calc'!A0", "=WEBSERVICE(\"http://a.invalid\")",
    "=IMPORTXML(\"http://a.invalid\",\"//a\")", "+1+1", "+cmd|' /C calc'!A0", "-1+1", "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)", "@import", "=DDE(\"cmd\";\"/C calc\";\"x\")",
)  # fmt: skip
STARTS = ("", "\t", "\r", "\n", "\r\n", " ", "\xa0", "\u200b", "\ufeff", "\x00", "\x0b", "\u202e", "\u3000", "\u2060")
FULL_WIDTH = ("\uff1d1+1", "\uff0b1+1", "\uff0d1+1", "\uff20SUM(1)", "\ufe661+1", "\ufe621+1", "\ufe631", "\ufe6bA1")
OTHERS = (
    "\u22121+1", "\"=1+1", "';=1+1", "a\n=1+1", "a\r\n=cmd", "a;=1+1;b", "a,=1+1", "\";=1+1;\"", "http://a.invalid/",
    "mailto:a@a.invalid", "\\\\a.invalid\\c$", "_x003D_1+1", "\x1f=1+1", "\ud800=1+1", "\uffff=1+1",
    "=" * 40_000, "\t\t\t", "",
)  # fmt: skip
PAYLOADS = [start + body for start in STARTS for body in BODIES] + [*FULL_WIDTH, *OTHERS]
SIGNS = set("=+-@\t\r\n\u2212")


def is_harmless(cell: str) -> bool:
    first = cell[:1]
    return first not in SIGNS and unicodedata.normalize("NFKC", first) not in SIGNS


def workbook(rows: list[list[object]]) -> io.BytesIO:
    file = io.BytesIO()
    exports.write_xlsx(file, ["Tekst"] * len(rows[0]), iter(rows))
    file.seek(0)
    return file


def table(rows: list[list[object]]) -> list[list[str]]:
    file = io.BytesIO()
    exports.write_csv(file, ["Tekst"] * len(rows[0]), iter(rows))
    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig")), delimiter=";"))


def test_there_are_at_least_sixty_payloads():
    assert len(set(PAYLOADS)) >= 60


def test_no_payload_becomes_a_formula_or_a_link_in_a_workbook():
    file = workbook([[payload, f"  {payload}"] for payload in PAYLOADS])
    sheet = load_workbook(file).active
    cells = [cell for row in sheet.iter_rows(min_row=2, max_row=1 + len(PAYLOADS)) for cell in row]
    assert len(cells) == 2 * len(PAYLOADS)
    for cell in cells:
        assert cell.data_type in ("s", "inlineStr", "n"), cell.value
        assert cell.value is None or (isinstance(cell.value, str) and is_harmless(cell.value)), repr(cell.value)
        assert cell.hyperlink is None
    with zipfile.ZipFile(file) as parts:
        xml = parts.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in xml
        assert b"<f " not in xml
        assert b"hyperlink" not in xml
        assert not [name for name in parts.namelist() if "externalLink" in name or "sheet1.xml.rels" in name]


def test_no_payload_starts_a_formula_in_a_csv_cell():
    rows = table([[payload, f"  {payload}"] for payload in PAYLOADS])
    assert len(rows) == 1 + len(PAYLOADS)
    for row in rows:
        assert len(row) == 2
        assert all(is_harmless(cell) for cell in row), row


def test_a_csv_row_is_one_quoted_line():
    file = io.BytesIO()
    exports.write_csv(file, ["A", "B"], iter([["en\nto\u2028tre", 'si"; =1']]))
    assert file.getvalue().decode("utf-8-sig") == '"A";"B"\r\n"en to tre";"si""; =1"\r\n'


def test_header_labels_are_as_harmless_as_cells():
    file = io.BytesIO()
    exports.write_xlsx(file, ["=1+1"], iter([]))
    assert load_workbook(file).active["A1"].value == "'=1+1"


def test_text_is_otherwise_left_alone():
    for text in ("Blåbærgrød på Ærø", "a = b", "5-6 borgere", "👩‍👩‍👧 familie", "to\nlinjer"):
        assert exports.safe_text(text) == text


def test_an_encoded_sign_stays_as_typed_in_a_workbook():
    assert load_workbook(workbook([["_x003D_1+1"]])).active["A2"].value in ("_x005F_x003D_1+1", "_x003D_1+1")


def test_values_keep_their_kind_in_a_workbook():
    moment = datetime(2026, 11, 3, 13, 30, 5, 6, tzinfo=UTC)
    row = [7, Decimal("1.5"), True, None, moment, date(2026, 11, 3), ["a", "=b"], 10**18, float("nan"), -3]
    values = [cell.value for cell in load_workbook(workbook([row])).active[2]]
    assert values == [
        7, 1.5, "Ja", None, datetime(2026, 11, 3, 14, 30, 5), datetime(2026, 11, 3), "a, =b", str(10**18), None, -3,
    ]  # fmt: skip


def test_values_are_danish_in_csv():
    moment = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
    rows = table([[7, 1.5, False, None, moment, date(2026, 11, 3)]])
    assert rows[1] == ["7", "1,5", "Nej", "", "03-11-2026 14:30", "03-11-2026"]


def test_long_text_is_cut_to_what_a_workbook_can_hold():
    assert len(load_workbook(workbook([["x" * 100_000]])).active["A2"].value) == exports.CELL_MAX


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(kind):
    def peak(number: int) -> int:
        tracemalloc.start()
        with tempfile.TemporaryFile() as file:
            exports.WRITERS[kind](file, ["A", "B"], (["tekst" * 20, index] for index in range(number)))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(10)
    assert peak(4000) < peak(400) + 1_000_000


@pytest.mark.parametrize(("kind", "start"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")])
def test_the_file_is_a_download_with_a_plain_name(kind, start):
    response = exports.file_response(kind, "brud", ["A"], iter([["x"]]))
    assert response["Content-Disposition"].startswith('attachment; filename="brud-20')
    assert response["Content-Type"] == exports.CONTENT_TYPES[kind]
    assert b"".join(response.streaming_content).startswith(start)


def test_a_failure_half_way_gives_no_half_file():
    def rows():
        yield ["x"]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        exports.file_response("csv", "brud", ["A"], rows())
