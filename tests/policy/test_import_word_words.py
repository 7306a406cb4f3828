"""The words inside the paragraphs of a Word document, and what is left out and told of."""

from policy.importing import read
from policy.text.blocks import parse
from tests.policy.import_files import (
    add,
    add_block,
    brought_in,
    element,
    field,
    new,
    run,
    saved,
    told,
    with_heading,
    with_part,
)

HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


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


def notes_of(*inside: str) -> str:
    notes = "".join(f'<w:footnote w:id="{at}"><w:p>{one}</w:p></w:footnote>' for at, one in enumerate(inside, 2))
    return f"<w:footnotes>{notes}</w:footnotes>"


def test_what_stands_inside_a_footnote_comes_once_and_nowhere_else() -> None:
    document = with_heading()
    add(document.add_paragraph("Loven"), '<w:r><w:footnoteReference w:id="2"/></w:r>', run(" gælder."))
    document.add_paragraph("Næste.")
    inside = [run("Se boksen. ") + text_box("I boksen.") + '<w:r><w:footnoteReference w:id="3"/></w:r>', run("Dybt.")]
    imported = read("a.docx", with_part(saved(document), "word/footnotes.xml", notes_of(*inside)))
    assert imported.text == "## Formål\n\nLoven (Se boksen. I boksen.) gælder.\n\nNæste.\n"


def test_list_in_a_box_in_a_footnote_is_read() -> None:
    document = with_heading()
    add(document.add_paragraph("Loven"), '<w:r><w:footnoteReference w:id="2"/></w:r>')
    item = f'<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>{run("Punkt.")}</w:p>'
    box = f"<w:r><w:drawing><wps:txbx><w:txbxContent>{item}</w:txbxContent></wps:txbx></w:drawing></w:r>"
    imported = read("a.docx", with_part(saved(document), "word/footnotes.xml", notes_of(run("Se ") + box)))
    assert imported.text.count("Punkt.") == 1


def test_box_of_a_last_paragraph_whose_end_is_deleted_is_not_lost() -> None:
    document = with_heading()
    deleted = '<w:pPr><w:rPr><w:del w:id="1" w:author="A"/></w:rPr></w:pPr>'
    add_block(document, f"<w:p>{deleted}{text_box('I boksen.')}</w:p>")
    assert "I boksen." in brought_in(document).text
