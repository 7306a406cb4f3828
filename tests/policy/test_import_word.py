"""A Word document comes in as its reader sees it, and what is left out is told of."""

import io
import time
import zipfile
from collections import Counter

import pytest
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from policy.importing import Imported, ImportRefused, read
from policy.text.blocks import parse
from tests.policy.import_files import add, add_block, element, field, new, run, saved

HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


def brought_in(document: Document) -> Imported:
    return read("regler.docx", saved(document))


def told(imported: Imported, words: str) -> bool:
    return any(words in note for note in imported.notes)


def with_heading() -> Document:
    document = new()
    document.add_heading("Regler for nøgler", 0)
    document.add_heading("Formål", 1)
    return document


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


# ── Inside a paragraph ───────────────────────────────────────────────────────────────────────────
def test_tracked_insertions_are_in_and_deletions_out() -> None:
    document = with_heading()
    add(
        document.add_paragraph("Nøglen "),
        f'<w:ins w:id="1" w:author="A">{run("skal")}</w:ins>',
        '<w:del w:id="2" w:author="A"><w:r><w:delText>kan</w:delText></w:r></w:del>',
        f'<w:moveFrom w:id="3" w:author="A">{run(" ikke")}</w:moveFrom>',
        f'<w:moveTo w:id="4" w:author="A">{run(" altid")}</w:moveTo>',
        run(" med"),
    )
    gone = add(document.add_paragraph(), '<w:del w:id="5" w:author="A"><w:r><w:delText>Væk</w:delText></w:r></w:del>')
    joined = document.add_paragraph("Hele ")
    for paragraph in (gone, joined):  # the paragraphs' ends are deleted
        paragraph._p.get_or_add_pPr().append(element('<w:rPr><w:del w:id="6" w:author="A"/></w:rPr>'))
    document.add_paragraph("sætningen.")
    imported = brought_in(document)
    assert imported.text.endswith("Nøglen skal altid med\n\nHele sætningen.\n")
    assert told(imported, "Det slettede er udeladt")
    assert told(imported, "Det indsatte er med")


def test_bold_words_and_lists_that_go_on_later_are_told_of() -> None:
    document = with_heading()
    document.add_paragraph("find", style="List Number").add_run(" nøglen").bold = True
    document.add_paragraph("Vent lidt.")
    document.add_paragraph("lås", style="List Number")
    imported = brought_in(document)
    assert imported.text.endswith("1. find nøglen\n\nVent lidt.\n\n1. lås\n")
    assert told(imported, "fed skrift")
    assert told(imported, "begynder nu forfra")


def test_the_title_among_the_properties_is_used_when_the_text_shows_none() -> None:
    document = new()
    document.add_paragraph("Nøgler skal passes godt.")
    document.core_properties.title = "Regler for nøgler"
    imported = brought_in(document)
    assert imported.title == "Regler for nøgler"
    assert told(imported, "egenskaber")


def test_spaces_hyphens_and_breaks_become_ordinary() -> None:
    document = with_heading()
    add(
        document.add_paragraph(),
        "<w:r><w:t>en</w:t><w:br/><w:t>to</w:t><w:tab/><w:t>tre\u00a0fire</w:t></w:r>",
        '<w:r><w:t xml:space="preserve"> it</w:t><w:noBreakHyphen/><w:t>dr</w:t></w:r>',
        "<w:r><w:softHyphen/><w:t>ift\u00ad\u200b</w:t></w:r>",
        '<w:r><w:sym w:font="Wingdings" w:char="F0E0"/><w:sym w:font="Wingdings" w:char="F041"/></w:r>',
    )
    imported = brought_in(document)
    assert imported.text.endswith("en to tre fire it-drift→\n")
    assert told(imported, "symbolskrifter")


def test_links_keep_text_and_address_but_only_of_safe_kinds() -> None:
    document = with_heading()
    paragraph = document.add_paragraph("Se ")
    for address, text in (
        ("https://example.org/a_(b)", "siden "),
        ("javascript:alert(1)", "fælden "),
        ("file:///c:/x", "x"),
    ):
        identity = paragraph.part.relate_to(address, HYPERLINK, is_external=True)
        add(paragraph, f'<w:hyperlink r:id="{identity}">{run(text)}</w:hyperlink>')
    add(paragraph, '<w:hyperlink w:anchor="_Ref1">' + run(" ovenfor ") + "</w:hyperlink>")
    add(paragraph, *field('HYPERLINK "mailto:noegler@example.org"', "skriv"))
    text = brought_in(document).text
    assert "Se [siden](<https://example.org/a_(b)>) fælden x ovenfor [skriv](mailto:noegler@example.org)" in text
    assert "javascript" not in text
    assert "file:" not in text


def test_page_numbers_and_contents_fields_are_left_out_and_other_fields_show_their_text() -> None:
    document = with_heading()
    begin, code, separate, _, end = field('TOC \\o "1-3"', "")
    add(document.add_paragraph(), begin, code, separate, run("Formål 2"))
    add(document.add_paragraph(), run("Ansvar 3"))
    add(document.add_paragraph(), end)
    add(
        document.add_paragraph("Se afsnit "),
        *field("REF _Ref1 \\h", "4"),
        run(", side "),
        *field("PAGE", "7"),
        run("slut."),
    )
    add(document.add_paragraph(), f'<w:fldSimple w:instr=" DATE ">{run("1. maj")}</w:fldSimple>')
    imported = brought_in(document)
    assert imported.text == "## Formål\n\nSe afsnit 4, side slut.\n\n1\\. maj\n"
    assert told(imported, "Indholdsfortegnelsen")


def test_a_field_that_never_ends_takes_nothing_with_it() -> None:
    document = with_heading()
    add(document.add_paragraph(), *field("TOC", "Formål 2")[:-1])
    document.add_paragraph("Nøgler skal passes.")
    assert "Nøgler skal passes." in brought_in(document).text


def test_a_table_of_contents_in_its_own_box_is_left_out() -> None:
    document = with_heading()
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    inside = f"<w:sdtContent><w:p>{run('Formål 2')}</w:p></w:sdtContent>"
    add_block(document, f"<w:sdt><w:sdtPr>{gallery}</w:sdtPr>{inside}</w:sdt>")
    add_block(document, f"<w:sdt><w:sdtContent><w:p>{run('Udfyldt.')}</w:p></w:sdtContent></w:sdt>")
    imported = brought_in(document)
    assert imported.text == "## Formål\n\nUdfyldt.\n"
    assert told(imported, "Indholdsfortegnelsen")


def text_box(words: str) -> str:
    box = f"<w:txbxContent><w:p>{run(words)}</w:p></w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps">'
        f"<w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def test_text_boxes_come_once_after_their_paragraph_and_pictures_are_told_of() -> None:
    document = with_heading()
    add(document.add_paragraph("Før "), text_box("I boksen."), run("og efter."), "<w:r><w:drawing/></w:r>")
    document.add_paragraph("Næste.")
    imported = brought_in(document)
    assert imported.text == "## Formål\n\nFør og efter.\n\nI boksen.\n\nNæste.\n"
    assert told(imported, "tekstbokse")
    assert told(imported, "(1). Beskriv i teksten")


def test_footnotes_stand_in_parentheses_where_they_belong() -> None:
    document = with_heading()
    add(document.add_paragraph("Loven"), '<w:r><w:footnoteReference w:id="2"/></w:r>', run(" gælder."))
    add(document.paragraphs[1], '<w:r><w:footnoteReference w:id="3"/></w:r>')
    notes = "".join(
        f'<w:footnote w:id="{at}"><w:p>{run(text)}</w:p></w:footnote>' for at, text in ((2, " Nr. 5. "), (3, "Om mål"))
    )
    imported = read("a.docx", with_part(saved(document), "word/footnotes.xml", f"<w:footnotes>{notes}</w:footnotes>"))
    assert imported.text == "## Formål\n\n(Om mål)\n\nLoven (Nr. 5.) gælder.\n"
    assert told(imported, "Fodnoter")


def test_comments_hidden_text_prompts_headers_and_footers_are_left_out_and_told_of() -> None:
    document = with_heading()
    add(document.add_paragraph("Synlig"), run(" skjult", "<w:vanish/>"), '<w:r><w:commentReference w:id="0"/></w:r>')
    add(
        document.paragraphs[-1],
        f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Klik')}</w:sdtContent></w:sdt>",
    )
    document.sections[0].header.paragraphs[0].text = "Nøglekommunen"
    imported = brought_in(document)
    assert imported.text == "## Formål\n\nSynlig\n"
    for words in ("Kommentarer", "Skjult tekst", "ikke er udfyldt", "»Nøglekommunen«"):
        assert told(imported, words)


def test_marks_of_markdown_come_out_as_typed() -> None:
    document = with_heading()
    for typed in ("# ingen", "> ingen", "1) *fed* [x](y) <b> &amp;", "---", "C:\\nøgler\\_alle_"):
        document.add_paragraph(typed)
    assert [block.plain for block in parse(brought_in(document).text)][1:] == [
        "# ingen", "> ingen", "1) *fed* [x](y) <b> &amp;", "---", "C:\\nøgler\\_alle_",
    ]  # fmt: skip


def test_the_date_of_approval_is_found() -> None:
    document = with_heading()
    document.add_paragraph("Vedtaget af Byrådet den 29. marts 2023.")
    assert str(brought_in(document).decided_on) == "2023-03-29"


# ── Every word, and in time ──────────────────────────────────────────────────────────────────────
def with_part(content: bytes, name: str, xml: str) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(name, etree.tostring(element(xml)))
    return out.getvalue()


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
