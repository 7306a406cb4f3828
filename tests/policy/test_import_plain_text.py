"""Text copied out of a PDF comes in with every word, once, and in the right kind of block."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.importing import Imported, read
from policy.text.blocks import Block, parse


def brought_in(text: str) -> Imported:
    return read("regler.txt", text.encode())


def blocks_of(text: str) -> list[Block]:
    return parse(brought_in(text).text)


def shown(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.plain) for block in blocks_of(text)]


WRAPPED = (
    "Regler for cykelskure \n"
    " \n"
    "\n"
    "Hvad skurene er til \n"
    "Kommunens skure er til medarbejdernes cykler, og de står åbne hver dag hele året rundt, også når \n"
    "det regner. Regnen kommer tit fra vest. \n"
    "\n"
    "Følgende gælder: \n"
    "\n"
    "• Skurene skal være tørre, så cyklerne ikke ruster. Det ses efter om foråret og igen om efteråret, \n"
    "når bladene er faldet. \n"
    "• Cykler, som ingen savner, flyttes af det personale, der også passer kommunens it-\n"
    "udstyr, program- \n"
    "og projektkasser. \n"
    "\n"
    "• En lås, som er rusten, skal \n"
    "\n"
    "\f\n"
    " \n"
    "\n"
    "smøres. \n"
    "• Skure findes ved: \n"
    "\n"
    "o Skoler. \n"
    "o Plejehjem, hvor der \n"
    "er plads. \n"
    "\n"
    "Hvem der gør rent \n"
    "• Pedellerne fejer ”skurenes gulve” og IT- rummets. \n"
    "\n"
    "Vedtaget d. 4/9-2022. \n"
    "\n"
    "http://www.example.org/ \n"
)


def test_hard_line_breaks_pages_and_bullets_become_paragraphs_and_lists() -> None:
    imported = brought_in(WRAPPED)
    assert imported.title == "Regler for cykelskure"
    assert imported.text == (
        "## Hvad skurene er til\n\n"
        "Kommunens skure er til medarbejdernes cykler, og de står åbne hver dag hele året rundt, også når det regner. "
        "Regnen kommer tit fra vest.\n\n"
        "Følgende gælder:\n\n"
        "- Skurene skal være tørre, så cyklerne ikke ruster. Det ses efter om foråret og igen om efteråret, når "
        "bladene er faldet.\n"
        "- Cykler, som ingen savner, flyttes af det personale, der også passer kommunens it-udstyr, program- og "
        "projektkasser.\n"
        "- En lås, som er rusten, skal smøres.\n"
        "- Skure findes ved:\n"
        "  - Skoler.\n"
        "  - Plejehjem, hvor der er plads.\n\n"
        "## Hvem der gør rent\n\n"
        "- Pedellerne fejer ”skurenes gulve” og IT- rummets.\n\n"
        "Vedtaget d. 4/9-2022.\n\n"
        "http://www.example.org/\n"
    )
    assert str(imported.decided_on) == "2022-09-04"
    assert any("»Hvem der gør rent«" in note for note in imported.notes)


@pytest.mark.parametrize("bullet", ["•", "-", "–", "*", "o", "\uf0b7", "\uf0a7", "▪", "●"])
def test_every_kind_of_bullet_is_an_item(bullet: str) -> None:
    text = f"Titel på det\n\nVi skal have:\n\n{bullet} Sand og grus,\n  også om vinteren\n{bullet} Salt\n"
    assert shown(text) == [
        ("paragraph", "Vi skal have:"),
        ("item", "Sand og grus, også om vinteren"),
        ("item", "Salt"),
    ]


def test_a_bullet_alone_on_its_line_takes_the_next_line() -> None:
    assert shown("Vi har:\n•\nsand\n•\n\nsalt\n") == [("paragraph", "Vi har:"), ("item", "sand"), ("item", "salt")]


def test_indented_bullets_stand_within_the_one_above() -> None:
    text = "Vi har:\n- træer\n    - bøg\n    - eg,\n      gammel\n- buske\n"
    assert [(block.level, block.plain) for block in blocks_of(text)] == [
        (0, "Vi har:"),
        (1, "træer"),
        (2, "bøg"),
        (2, "eg, gammel"),
        (1, "buske"),
    ]


def test_a_dash_that_a_line_was_broken_at_is_no_bullet() -> None:
    line = "Reglerne gælder for alle slags køretøjer, som har hjul nok til at stå selv, og uanset hvad de hedder"
    assert shown(f"{line}\n– også ladcykler.\n") == [("paragraph", f"{line} – også ladcykler.")]


def test_a_sentence_goes_on_over_a_blank_line_only_when_it_has_not_ended() -> None:
    assert shown("Vi fejer\n\nhver dag.\n\nsmåt og stort.") == [
        ("paragraph", "Vi fejer hver dag."),
        ("paragraph", "småt og stort."),
    ]
    assert shown("Vi følger KL, naboer mv.\n\nfra andre byer.") == [
        ("paragraph", "Vi følger KL, naboer mv. fra andre byer.")
    ]
    long = "Vi fejer alle gulve, alle trapper og alle gange hver eneste morgen, alt sammen i overensstemmelse med"
    assert shown(f"{long}\n\f\nFejeloven fra 1912.") == [("paragraph", f"{long} Fejeloven fra 1912.")]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("kommunens it-", "infrastruktur", "kommunens it-infrastruktur"),
        ("program-", "og projektarbejde", "program- og projektarbejde"),
        ("by-", "samt havnerum", "by- samt havnerum"),
        ("sand –", "og salt", "sand – og salt"),
        ("infor\u00ad", "mation", "information"),
        ("2020-", "2024", "2020-2024"),
    ],
)
def test_a_hyphen_at_a_lines_end_joins(first: str, second: str, joined: str) -> None:
    assert shown(f"Vi har {first}\n{second}, tak.") == [("paragraph", f"Vi har {joined}, tak.")]


def test_numbered_headings_give_their_numbers_to_the_portal_when_they_agree() -> None:
    imported = brought_in(
        "Sandpolitik\n\n1. Formål\nSand er godt.\n\n2. Roller\n\n2.1 Pedeller\nDe strør.\n\n"
        "3. Datoer\nStrøs om morgenen.\n"
    )
    assert [line for line in imported.text.split("\n") if line.startswith("#")] == [
        "## Formål",
        "## Roller",
        "### 2.1 Pedeller",
        "## Datoer",
    ]
    assert any("samme numre" in note for note in imported.notes)


def test_numbers_that_the_portal_would_count_otherwise_stay_in_the_text() -> None:
    imported = brought_in("Sandpolitik\n\n§ 3 Sand\nSand er godt.\n\n§ 4\nSalt er bedre, siger nogle.\n")
    assert [line for line in imported.text.split("\n") if line.startswith("#")] == ["## § 3 Sand", "## § 4"]
    assert any("egne numre" in note for note in imported.notes)


def test_numbered_points_are_a_list_and_no_headings() -> None:
    imported = brought_in(
        "Vi gør sådan:\n\n1. Fej gulvet\n2. Strø sand,\nogså i hjørnerne\n3. Sluk lyset\n\nSå er det godt."
    )
    assert imported.text == (
        "Vi gør sådan:\n\n1. Fej gulvet\n2. Strø sand, også i hjørnerne\n3. Sluk lyset\n\nSå er det godt.\n"
    )
    assert "a) sand" in brought_in("Vi har:\na) sand\nb) salt").text
    assert "7. Strø" in [block.plain[:8].strip() for block in blocks_of("Se her.\n\n7. Strø igen.\n\nFærdig.")]


def test_a_date_at_the_start_of_a_line_is_no_list() -> None:
    assert shown("Reglerne træder i kraft den\n1. januar 2024 i hele byen.") == [
        ("paragraph", "Reglerne træder i kraft den 1. januar 2024 i hele byen.")
    ]


def test_lines_of_a_cover_are_no_sections() -> None:
    imported = brought_in("Sandpolitik\n\nBy og Land\n\nVinteren\n\nFormål\n\nSand er godt.")
    assert imported.title == "Sandpolitik"
    assert imported.text == "By og Land\n\nVinteren\n\n## Formål\n\nSand er godt.\n"


PAGES = "".join(
    f"Sand og Salt Kommune\n\nDette handler om sand og {letter}.\n\nMere om {letter} i morgen.\n\nSide {at} af 3\n\f"
    for at, letter in enumerate("abc", 1)
)


def test_page_numbers_and_repeated_headers_are_left_out_and_told_of() -> None:
    imported = brought_in("Sandpolitik\n\n" + PAGES)
    assert "Side" not in imported.text
    assert "Kommune" not in imported.text
    assert any("»Side 1 af 3«, »Side 2 af 3«, »Side 3 af 3«" in note for note in imported.notes)
    assert any("»Sand og Salt Kommune«" in note for note in imported.notes)


def test_lone_page_numbers_are_left_out_only_when_they_count() -> None:
    assert "2" not in brought_in("En.\n\n1\n\f\nTo.\n\n2\n\f\nTre.\n\n3\n").text
    assert "7" in brought_in("Antal skure:\n\n7\n\nMere tekst.").text


def test_what_every_page_repeats_in_its_text_stays() -> None:
    text = "Om sand\n\n" + "".join(
        f"Formål\n\nVi har {word}.\n\nAnsvar\n\nPedellen.\n\n" for word in ("sand", "salt", "is")
    )
    assert brought_in(text).text.count("Formål") == 3


def test_a_table_of_contents_is_left_out_and_told_of() -> None:
    imported = brought_in("Om sand\n\nIndhold\nFormål ........ 2\nRoller . . . . . 3\n\nFormål\nSand er godt at have.")
    assert imported.text == "## Formål\n\nSand er godt at have.\n"
    assert any("»Formål ........ 2«" in note for note in imported.notes)


def test_marks_of_markdown_come_out_as_typed() -> None:
    for typed in (
        "# ingen overskrift her",
        "> ingen",
        "a *b* _c_ `d` [e](f) <g> &amp; \\h",
        "| a | b |",
        "2024. var et år",
        "+ 5",
    ):
        assert [plain for _, plain in shown(f"Se her.\n\n{typed}")] == ["Se her.", typed]


def letters(text: str) -> str:
    """All that is read aloud, in order."""
    return "".join(character for character in text if character.isalnum())


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abAB cdÆ.,:;-–•*\n\n\f\t#>|_[]()&<\\`~=+!?”’§'\"", max_size=400))
def test_no_letter_is_lost_doubled_or_moved(text: str) -> None:
    if not letters(text):
        return
    imported = brought_in(text)
    title = "" if any("filens navn" in note for note in imported.notes) else imported.title
    assert letters(title + "".join(block.plain for block in parse(imported.text))) == letters(text)


WORDS = st.sampled_from(
    ["kommunen", "skal", "altid", "beskytte", "data", "it-systemer", "personoplysninger", "medarbejdere", "bl.a.",
     "jf.", "program- og projekter", "hacker- eller virusangreb", "EU’s", "”regler”", "(DPO)", "mv.", "løbende", "39"]
)  # fmt: skip
SENTENCES = st.lists(WORDS, min_size=3, max_size=40).map(lambda words: " ".join(["Dette", *words, "sted."]))
SECTIONS = st.lists(
    st.tuples(
        st.sampled_from(["Formål med det hele", "Roller", "Når noget sker", "Opfølgning og kontrol"]),
        st.lists(SENTENCES, min_size=1, max_size=3),
        st.lists(st.tuples(st.integers(0, 1), SENTENCES), max_size=5),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda section: section[0],  # what stands at the top of half the pages is a header
)


def typeset(sections: list, width: int, page: int, indent: bool) -> str:
    """As a PDF gives it: wrapped at the width, a page break after so many lines, wherever that is."""
    lines = ["Politik for alt muligt ", " ", ""]
    for heading, paragraphs, items in sections:
        lines += [heading, *sum(([*wrapped(text, width), ""] for text in paragraphs), [])]
        for level, text in items:
            first, *rest = wrapped(text, width - 2)
            lines += [f"{'  ' * (level and indent)}{'o' if level else '•'} {first}"]
            lines += ["    " * indent + line for line in rest]
        lines.append("")
    paged = []
    for at, line in enumerate(lines, 1):
        paged.append(line)
        if at % page == 0 and not line.endswith((".", ". ")) and at > 4:
            paged += ["", "\f", " ", ""] if at % 2 else ["", "", ""]
    return "\n".join(paged)


def wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        for part in re.findall(r"[^-]+-?", word):
            new = part if not lines[-1] or lines[-1].endswith("-") and not word.startswith(part) else " " + part
            if len(lines[-1]) + len(new) > width:
                lines.append(part)
            else:
                lines[-1] += new
    return [line + " " for line in lines]


@settings(max_examples=100, deadline=None)
@given(SECTIONS, st.integers(50, 110), st.integers(7, 40), st.booleans())
def test_words_in_are_words_out_whatever_the_lines_and_pages(
    sections: list, width: int, page: int, indent: bool
) -> None:
    blocks = blocks_of(typeset(sections, width, page, indent))
    written = [
        text for heading, paragraphs, items in sections for text in (heading, *paragraphs, *(text for _, text in items))
    ]
    assert Counter(" ".join(written).split()) == Counter(" ".join(block.plain for block in blocks).split())
    assert " ".join(block.plain for block in blocks) == " ".join(written)


def test_a_long_text_with_lists_in_lists_keeps_every_point() -> None:
    nested = "".join(f"{' ' * (at % 40)}{'•o*'[at % 3]} punkt {at}\n" for at in range(10_000))
    assert brought_in(nested).text.count("\n") == 10_000
