"""A Word document comes in as its reader sees it, and what is left out is told of."""

import time
from collections import Counter

import pytest
from docx.enum.style import WD_STYLE_TYPE
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.importing import ImportRefused, read
from policy.text.blocks import parse
from tests.policy.import_files import add, add_block, brought_in, element, new, run, saved, told, with_heading

HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


# ── Headings and titles ──────────────────────────────────────────────────────────────────────────
def test_headings_are_known_by_their_styles_and_deep_ones_become_subsections() -> None:
    document = new()
    document.add_heading("Regler for nøgler", 0)
    document.add_paragraph("De gælder fra i dag.")
    for level, text in ((1, "Formål"), (2, "Baggrund"), (3, "Historie"), (1, "Ansvar")):
        document.add_heading(text, level)
        document.add_paragraph(f"Om {text.lower()}.")
    imported = brought_in(document)
    assert imported.title == "Regler for nøgler"
    assert imported.text == (
        "De gælder fra i dag.\n\n## Formål\n\nOm formål.\n\n### Baggrund\n\nOm baggrund.\n\n### Historie\n\n"
        "Om historie.\n\n## Ansvar\n\nOm ansvar.\n"
    )
    assert told(imported, "mere end to niveauer")


def test_danish_styles_and_styles_based_on_headings_are_headings() -> None:
    document = new()
    for name, base in (("Overskrift 1", None), ("Vores overskrift", "Overskrift 1"), ("Titel", None)):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles[base or "Normal"]
    document.add_paragraph("Regler", style="Titel")
    document.add_paragraph("Et", style="Overskrift 1")
    document.add_paragraph("Tekst.")
    document.add_paragraph("To", style="Vores overskrift")
    document.add_paragraph("Mere.")
    imported = brought_in(document)
    assert (imported.title, imported.text) == ("Regler", "## Et\n\nTekst.\n\n## To\n\nMere.\n")


def test_an_only_outermost_heading_is_the_title() -> None:
    document = new()
    for level, text in ((1, "Regler for nøgler"), (2, "Formål"), (2, "Ansvar")):
        document.add_heading(text, level)
        document.add_paragraph("Tekst.")
    imported = brought_in(document)
    assert imported.title == "Regler for nøgler"
    assert imported.text.startswith("Tekst.\n\n## Formål\n\nTekst.\n\n## Ansvar")


def test_short_bold_lines_are_headings_when_no_styles_are_used() -> None:
    document = new()
    for text, bold in (
        ("Regler for nøgler", True), ("Formål", True), ("Nøgler skal passes.", False), ("2. Ansvar:", True),
        ("Pedellen har ansvar.", False), ("Vigtigt: Hele denne sætning er fed, men ingen overskrift.", True),
    ):  # fmt: skip
        document.add_paragraph().add_run(text).bold = bold
    imported = brought_in(document)
    assert imported.title == "Regler for nøgler"
    assert [line for line in imported.text.split("\n") if line.startswith("#")] == ["## Formål", "## Ansvar:"]
    assert told(imported, "fed skrift")


def test_typed_numbers_are_let_go_when_the_portal_counts_the_same() -> None:
    document = with_heading()
    document.add_paragraph("Tekst.")
    assert "## Formål" in brought_in(document).text
    document.add_heading("3. Ansvar", 1)
    document.add_paragraph("Tekst.")
    imported = brought_in(document)
    assert "## 3. Ansvar" in imported.text
    assert told(imported, "egne numre")


def test_without_any_title_the_file_name_is_one() -> None:
    document = new()
    document.add_paragraph("Nøgler skal passes godt.")
    document.core_properties.title = ""
    imported = read("Regler_for_nøgler.docx", saved(document))
    assert imported.title == "Regler for nøgler"
    assert told(imported, "filens navn")


# ── Lists and tables ─────────────────────────────────────────────────────────────────────────────
def test_lists_keep_their_levels_and_kinds() -> None:
    document = with_heading()
    for text, style in (
        ("nøgler", "List Bullet"), ("til huse", "List Bullet 2"), ("kort", "List Bullet"),
        ("Sådan gør du:", "Normal"), ("find", "List Number"), ("lås", "List Number"),
    ):  # fmt: skip
        document.add_paragraph(text, style=style)
    assert brought_in(document).text == (
        "## Formål\n\n- nøgler\n  - til huse\n- kort\n\nSådan gør du:\n\n1. find\n2. lås\n"
    )


def test_lists_by_number_properties_follow_the_documents_own_lists() -> None:
    document = with_heading()
    numbering = document.part.numbering_part.element
    numbering.insert(0, element(
        '<w:abstractNum w:abstractNumId="90"><w:styleLink w:val="Vores"/>'
        '<w:lvl w:ilvl="0"><w:numFmt w:val="lowerLetter"/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'))  # fmt: skip
    numbering.insert(0, element('<w:abstractNum w:abstractNumId="92"><w:numStyleLink w:val="Vores"/></w:abstractNum>'))
    numbering.append(element('<w:num w:numId="91"><w:abstractNumId w:val="92"/></w:num>'))
    for text, level in (("nøgler", 0), ("runde", 1), ("kort", 0)):
        paragraph = document.add_paragraph(text)
        properties = paragraph._p.get_or_add_pPr()
        properties.append(element(f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="91"/></w:numPr>'))
    document.add_paragraph("Ikke i listen.", style="List Bullet")._p.get_or_add_pPr().append(
        element('<w:numPr><w:ilvl w:val="0"/><w:numId w:val="0"/></w:numPr>')
    )
    imported = brought_in(document)
    assert imported.text.endswith("1. nøgler\n   - runde\n2. kort\n\nIkke i listen.\n")
    assert told(imported, "bogstaver")


def test_bullets_that_were_typed_are_items() -> None:
    document = with_heading()
    for text in ("•\tnøgler", "- kort", "a) koder"):
        document.add_paragraph(text)
    assert brought_in(document).text.endswith("- nøgler\n- kort\n- a) koder\n")


def test_tables_come_in_with_merged_cells_once() -> None:
    document = with_heading()
    table = document.add_table(3, 3)
    for row, texts in enumerate((("Rum", "Nøgle", "Hvem"), ("A|1", "rund", "Pedel"), ("", "flad", "Leder\nog chef"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    assert brought_in(document).text == (
        "## Formål\n\n"
        "| Rum | Nøgle Hvem |  |\n| --- | --- | --- |\n| A\\|1 | rund | Pedel |\n|  | flad | Leder og chef |\n"
    )


def test_a_table_in_a_table_is_written_out_and_told_of() -> None:
    document = with_heading()
    table = document.add_table(1, 2)
    table.cell(0, 0).text = "Rum"
    inner = table.cell(0, 1).add_table(2, 2)
    for at, text in enumerate(("a", "b", "c", "d")):
        inner.cell(at // 2, at % 2).text = text
    imported = brought_in(document)
    assert "| Rum | a / b; c / d |" in imported.text
    assert told(imported, "Tabeller inden i tabeller")


def test_a_row_wider_than_the_table_keeps_its_cells_and_a_huge_grid_is_refused() -> None:
    document = with_heading()
    cells = "".join(f"<w:tc><w:p>{run(f'c{at}')}</w:p></w:tc>" for at in range(70))
    add_block(document, f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")
    assert "| c68 | c69 |" in brought_in(document).text
    grid = f"<w:tr>{cells * 30}</w:tr>" + f"<w:tr><w:tc><w:p>{run('x')}</w:p></w:tc></w:tr>" * 1_000
    add_block(document, f"<w:tbl>{grid}</w:tbl>")
    with pytest.raises(ImportRefused, match="1 million tegn"):
        brought_in(document)


def test_a_frame_of_one_column_is_text() -> None:
    document = with_heading()
    document.add_table(1, 1).cell(0, 0).text = "Husk nøglen."
    imported = brought_in(document)
    assert imported.text == "## Formål\n\nHusk nøglen.\n"
    assert told(imported, "én kolonne")


# ── Every word, and in time ──────────────────────────────────────────────────────────────────────
STYLES = ["Normal", "Heading 1", "Heading 2", "List Bullet", "List Number", "table"]
WORDS = [
    "nøgle",
    "*lås*",
    "[dør]",
    "#rum",
    "7.",
    "it-drift",
    "EU’s",
    "_kode_",
    "a|b",
    "3)",
    "–",
    "”port”",
    "<t>",
    "&lt;",
]
PARTS = st.lists(
    st.tuples(st.sampled_from(STYLES), st.lists(st.sampled_from(WORDS), min_size=1, max_size=8)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(PARTS)
def test_words_in_are_words_out(parts: list[tuple[str, list[str]]]) -> None:
    document = new()
    document.add_heading("Regler", 0)
    written = []
    for style, words in parts:
        text = " ".join(["Ord", *words])
        written.append(text)
        if style == "table":
            document.add_table(2, 2).cell(0, 0).text = text
        else:
            document.add_paragraph(text, style=style)
    shown = [block.plain.replace(" | ", " ") for block in parse(brought_in(document).text)]
    assert Counter(" ".join(shown).split()) == Counter(" ".join(written).split())


def test_three_hundred_pages_are_read_in_time() -> None:
    document = with_heading()
    for _ in range(300 * 12):
        add(document.add_paragraph(), *[run(f"ord {at} i en sætning, som har noget at sige. ") for at in range(6)])
    content = saved(document)
    begun = time.monotonic()
    imported = read("stor.docx", content)
    assert time.monotonic() - begun < 15
    assert len(parse(imported.text)) == 300 * 12 + 1
