"""A text becomes numbered clauses, and no word of it is lost or doubled on the way in or back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.text.blocks import Block, clean, escape, parse, plain, table_text, write
from tests.policy.texts import WORD, any_text, documents, long_text, seconds


def shape(text: str) -> list[tuple[str, str, str]]:
    return [(block.number, block.kind, block.text) for block in parse(text)]


def test_sections_and_clauses_are_numbered() -> None:
    text = "Før.\n\n## Formål\nEt.\n\n### Hvem\nTo.\n\n- tre\n  1. fire\n  2. fem\n- seks\n\n"
    text += "## Roller\n| a |\n|---|\n| b |"
    assert shape(text) == [
        ("0.1", "paragraph", "Før."),
        ("1", "section", "Formål"),
        ("1.1", "paragraph", "Et."),
        ("", "subsection", "Hvem"),
        ("1.2", "paragraph", "To."),
        ("1.3", "item", "tre"),
        ("1.3.1", "item", "fire"),
        ("1.3.2", "item", "fem"),
        ("1.4", "item", "seks"),
        ("2", "section", "Roller"),
        ("2.1", "table", "| a |\n| --- |\n| b |"),
    ]


def test_anchors_and_levels() -> None:
    section, clause, item, nested, subsection = parse("## A\nb\n\n- c\n  1. d\n\n### E")
    assert [section.anchor, clause.anchor, nested.anchor, subsection.anchor] == [
        "afsnit-1",
        "punkt-1-1",
        "punkt-1-2-1",
        "",
    ]
    assert [section.level, subsection.level, clause.level, item.level, nested.level] == [2, 3, 0, 1, 2]
    assert [section.is_clause, clause.is_clause, item.ordered, nested.ordered] == [False, True, False, True]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("# A", "section"),
        ("A\n===", "section"),
        ("A\n---", "section"),
        ("#### A", "subsection"),
        ("###### A #", "subsection"),
    ],
)
def test_every_heading_is_a_section_or_a_subsection(text: str, kind: str) -> None:
    assert [(block.kind, block.text) for block in parse(text)] == [(kind, "A")]


@settings(max_examples=600, deadline=None)
@given(documents())
def test_every_word_comes_out_once_and_in_order(text: str) -> None:
    assert WORD.findall(" ".join(block.plain for block in parse(text))) == WORD.findall(text)


@settings(max_examples=600, deadline=None)
@given(documents() | any_text())
def test_what_is_written_back_reads_the_same(text: str) -> None:
    blocks = parse(text)
    assert parse(write(blocks)) == blocks
    assert write(parse(write(blocks))) == write(blocks)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["section", "subsection", "paragraph", "item"]), st.integers(0, 6), documents(3))
    )
)
def test_blocks_from_elsewhere_keep_their_words(made: list[tuple[str, int, str]]) -> None:
    """An import puts blocks together itself, with lines and levels that `parse` would not have made."""
    blocks = [Block(kind, level, "", text) for kind, level, text in made]
    read = parse(write(blocks))
    assert parse(write(read)) == read
    assert WORD.findall(" ".join(block.plain for block in read)) == WORD.findall(
        " ".join(block.text for block in blocks)
    )


@settings(max_examples=300, deadline=None)
@given(any_text())
def test_plain_text_can_be_made_markdown(text: str) -> None:
    line = " ".join(clean(text).split())
    shown = parse(write([Block("paragraph", 0, "", escape(line))]))
    assert [block.plain for block in shown] == ([line] if line else [])


@pytest.mark.parametrize(
    "text",
    [
        "29. marts 2026 træder den i kraft.",
        "- punkt",
        "# nej",
        "> nej",
        "+ 1",
        "* a",
        "1) a",
        "~~~",
        "===",
        "| - | - |",
        "***",
        "&amp; <b> *c* \\",
    ],
)
def test_a_paragraph_never_becomes_another_block(text: str) -> None:
    assert shape(write([Block("paragraph", 0, "", escape(text))]))[0][:2] == ("0.1", "paragraph")
    assert parse(write([Block("item", 1, "", escape(text))]))[0].plain == text


def test_a_date_at_the_beginning_is_no_list() -> None:
    text = "29. marts træder den i kraft.\n30. marts også.\n\n- 1. maj holder vi fri\n- 4. juni ikke"
    assert [block.plain for block in parse(text)] == [
        "29. marts træder den i kraft.", "30. marts også.", "maj holder vi fri", "4. juni ikke",
    ]  # fmt: skip
    assert [block.plain for block in parse("2.\n\n7. - a\n8. # b\n9. | c |\n   |---|")] == [
        "2.",
        "7. a",
        "8.",
        "b",
        "9.",
        "c",
    ]


def test_a_numbered_list_goes_on_after_a_paragraph() -> None:
    assert [(block.kind, block.text) for block in parse("1. et\n2. to\n\nImellem.\n\n3. tre")] == [
        ("item", "et"), ("item", "to"), ("paragraph", "Imellem."), ("item", "tre"),
    ]  # fmt: skip


def test_written_lists_count_themselves() -> None:
    assert (
        write(parse("1. a\n1. b\n   - c\n1. d\n- e\n- f\n\ng\n\n1. h"))
        == "1. a\n2. b\n   - c\n3. d\n- e\n- f\n\ng\n\n1. h\n"
    )


def test_more_paragraphs_and_tables_in_an_item_are_clauses_of_its_level() -> None:
    text = "- a\n  - b\n\n    c\n\n  d\n\n  | e |\n  |---|\n\n  - f"
    assert [(block.number, block.kind, block.level) for block in parse(text)] == [
        ("0.1", "item", 1), ("0.1.1", "item", 2), ("0.1.2", "paragraph", 2), ("0.2", "paragraph", 1),
        ("0.3", "table", 1), ("0.3.1", "item", 2),
    ]  # fmt: skip


def test_lists_are_four_deep_at_most() -> None:
    text = "".join(f"{' ' * 2 * depth}- n{depth}\n" for depth in range(9))
    assert [block.level for block in parse(text)] == [1, 2, 3, 4, 4, 4, 4, 4, 4]


def test_quotations_and_code_are_paragraphs_and_rulers_disappear() -> None:
    text = "> Citat\n> i to linjer\n\n```\n# *a*\n\n<b>\n```\n\n***\n\nSlut"
    assert shape(text) == [
        ("0.1", "paragraph", "Citat i to linjer"),
        ("0.2", "paragraph", "\\# \\*a\\*\\\n\\<b\\>"),
        ("0.3", "paragraph", "Slut"),
    ]
    assert parse(text)[1].plain == "# *a* <b>"


def test_only_wished_line_breaks_stay() -> None:
    assert [block.text for block in parse("a\nb\\\nc  \nd \ne\\")] == ["a b\\\nc\\\nd e\\"]
    assert [block.text for block in parse("a\\\nb\n===")] == ["a b"]


def test_how_much_room_stands_between_words_does_not_matter() -> None:
    apart = parse("## A    b\n\nc     d   \\\ne\n\n|  f   g  |\n|--|")
    assert [block.text for block in apart] == ["A b", "c d \\\ne", "| f g |\n| --- |"]


def test_plain_has_no_marks() -> None:
    text = "**a** _b_ `c*` [d](https://x.dk) ![e](f.png) &amp; \\* <i>"
    assert plain(text) == "a b c* d e & * <i>"
    assert parse("## **A** `b`")[0].plain == "A b"


def test_a_table_keeps_every_cell() -> None:
    table = parse("Her:\n| a | b\n|:-|-:|\n| 1 | 2 | 3 \\| 4 |\n| **5**\n6")
    assert [block.kind for block in table] == ["paragraph", "table"]
    assert table[1].rows == [["a", "b", ""], ["1", "2", "3 | 4"], ["**5**", "", ""], ["6", "", ""]]
    assert table[1].plain == "a | b | \n1 | 2 | 3 | 4\n5 |  | \n6 |  | "


def test_a_table_can_be_made_of_cells() -> None:
    (table,) = parse(write([Block("table", 0, "", table_text([["a|b", "c\nd"], ["1"], ["2", "3", "4\\|5"]]))]))
    assert table.rows == [["a|b", "c d", ""], ["1", "", ""], ["2", "3", "4|5"]]


def test_what_cannot_be_printed_is_removed() -> None:
    assert [block.text for block in parse("a\x00b\ud800c\u202ed\ufeffe\x1bf")] == ["abcdef"]
    assert parse("## A\r\nb\r\rc\u2028\u2028d") == parse("## A\nb\n\nc\n\nd")
    assert parse("A\u030a")[0].text == "Å"  # one spelling of a letter


@pytest.mark.parametrize("text", ["", " \n\t\n", "##", "- \n- ", "***", "| |\n|-|\n| |", "\x00", "```\n```"])
def test_nothing_is_nothing(text: str) -> None:
    assert parse(text) == []
    assert write(parse(text)) == ""


@pytest.mark.parametrize(
    "text",
    [
        ">" * 100_000 + " w1q",
        "- " * 100_000 + "w1q",
        "1. " * 100_000 + "w1q",
        "".join(f"{'  ' * depth}- w{depth}q\n" for depth in range(2_000)),
        "".join(f"{'> ' * depth}w{depth}q\n" for depth in range(1_000)),
        "".join(f"{'> - ' * depth}w{depth}q\n\n" for depth in range(300)),
        "".join(f"{' ' * 40 * (depth % 9)}>- w{depth}q\n" for depth in range(500)),
        "[" * 20_000 + "w1q" + "](https://x.dk)" * 2_000,
        "*w1q" + "*" * 20_000,
    ],
    ids=["quotes", "bullets", "numbers", "steps", "quoted steps", "quotes and bullets", "wide", "brackets", "stars"],
)
def test_deep_nesting_loses_nothing_and_breaks_nothing(text: str) -> None:
    blocks = parse(text)
    assert WORD.findall(" ".join(block.plain for block in blocks)) == WORD.findall(text)
    assert parse(write(blocks)) == blocks


def test_a_line_of_ten_megabytes_is_read() -> None:
    (block,) = parse("**ord** " * 1_250_000)
    assert len(block.plain) == len("**ord** ") * 1_250_000 - 1  # too long for marks: shown as it stands


def test_forty_pages_are_read_at_once_and_three_hundred_in_seconds() -> None:
    forty, three_hundred = long_text(800), long_text(6000)
    assert seconds(lambda: write(parse(forty))) < 0.3
    assert seconds(parse, three_hundred) < 3
    assert sum(block.is_clause for block in parse(forty)) == 800
