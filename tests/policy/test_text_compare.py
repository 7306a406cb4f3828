"""What has changed between two versions, said in words; what only has a new number has not changed."""

import random
import re

import pytest
from hypothesis import given, settings

from policy.text.blocks import Block, parse
from policy.text.compare import Comparison, compare, diff_words
from policy.text.html import compare_html
from tests.policy.texts import Page, any_text, documents, long_text, seconds, sentence


def compared(old: str, new: str) -> Comparison:
    return compare(parse(old), parse(new))


def changes(old: str, new: str) -> list[tuple[str, str]]:
    return [(row.change, row.block.plain) for row in compared(old, new).rows]


LETTERS = "abcdefghijklm"
RULES = {letter: f"Regel {' '.join(letter * size for size in range(2, 7))} om papir." for letter in LETTERS}


def text(outline: str) -> str:
    """ "AbcDe": capitals are sections and the small letters their rules; "+" begins a subsection."""
    names = {"+": "### Under"}
    return "\n\n".join(
        names.get(sign) or (f"## Afsnit {sign * 3}" if sign.isupper() else RULES[sign]) for sign in outline
    )


def outline(old: str, new: str) -> str:
    """The rows that are not the same: "m" moved, "+" added, "-" removed, each before its sign."""
    marks = {"same": "", "added": "+", "removed": "-", "moved": "m"}
    signs = {rule: letter for letter, rule in RULES.items()} | {"Under": "/"}
    rows = compared(text(old), text(new)).rows
    return " ".join(
        marks[row.change] + signs.get(row.block.plain, row.block.plain[-1]) for row in rows if marks[row.change]
    )


# ── What counts as moved ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("AbcDe", "AbcDe", ""),
        ("AbcDe", "AfbcDe", "+f"),  # the numbers below have changed, the clauses have not
        ("AbcDe", "GfAbcDe", "+G +f"),
        ("AbcDe", "AcDe", "-b"),
        ("AbcDefg", "DefgAbc", "mA"),  # the section moves, its clauses go along
        ("AbcDefg", "DefgAcb", "mA mc"),  # and one of them has changed places in it
        ("AbcDefg", "DefAbgc", "mD mg"),  # into the section that moved
        ("AbcDefg", "DebfgAc", "mb mA"),  # out of the section that moved
        ("AbDcdEfghi", "AbcEfghiDd", "mc mD"),  # though it stands where it would have stood
        ("AbcDefg", "AbDcefg", "mc"),  # across a heading: the clause moves, not the heading
        ("AbcDefg", "AbcDefgH", "+H"),
        ("Abcdef", "Acdefb", "mb"),
        ("Abdcef", "Acefb", "-d mb"),  # what is gone does not go along with what moved
        ("AbcdDef", "AbDcdef", "mc md"),
        ("AbcDef", "Abcef", "-D"),  # two sections become one
        ("Abcef", "AbcDef", "+D"),
        ("AbcDefGhi", "GhiDefAbc", "mG mD"),
        ("Ab+cdefg", "A+cdefgb", "mb"),
        ("Ab+cdDefg", "AbDefg+cd", "m/"),  # a subsection takes its clauses along
        ("bcAde", "Adebc", "mb mc"),
    ],
)
def test_only_what_has_changed_its_place_is_moved(old: str, new: str, expected: str) -> None:
    found = outline(old, new)
    if old == "AbcDefGhi":  # any one of the three may be the one that stayed
        assert len(found.split()) == 2
        assert found.count("m") == 2
    else:
        assert found == expected


def test_a_moved_section_says_so_once() -> None:
    rows = compared(text("AbcDefg"), text("DefgAbc")).rows
    assert [row.label for row in rows if row.label] == ["Afsnittet stod før som afsnit 1"]
    assert [(row.new.number, row.moved_from) for row in rows if row.new and row.change == "moved"] == [("2", "1")]


def test_a_moved_clause_tells_where_it_stood() -> None:
    rows = compared(text("AbcdDefg"), text("AbdDefgc")).rows
    assert [(row.label, row.moved_from, row.block.number) for row in rows if row.label] == [
        ("Flyttet fra punkt 1.2", "1.2", "2.4")
    ]
    edited = compared(text("AbcdDefg"), text("AbdDefg") + "\n\n" + RULES["c"].replace("om papir", "og mere")).rows[-1]
    assert (edited.change, edited.label) == ("moved_changed", "Flyttet fra punkt 1.2 og ændret")


def test_a_section_with_a_new_name_is_known_by_its_clauses() -> None:
    rows = compared(text("AbcDef"), text("AbcDef").replace("Afsnit DDD", "Noget helt andet")).rows
    assert [(row.change, row.label) for row in rows if row.change != "same"] == [("changed", "Ændret")]


def test_removed_clauses_stand_where_they_stood() -> None:
    rows = changes(text("AbcDef"), text("AbkDe"))
    assert rows[2] == ("removed", RULES["c"])
    assert rows[3] == ("added", RULES["k"])
    assert rows[-1] == ("removed", RULES["f"])
    assert changes(text("bc"), text("c"))[0] == ("removed", RULES["b"])


# ── Words ────────────────────────────────────────────────────────────────────────────────────────


def test_words_are_marked_one_by_one() -> None:
    assert diff_words("Lederen skal, hver dag, se efter.", "Lederen kan, hver uge, se alt efter.") == (
        ("same", "Lederen"), ("removed", " skal"), ("added", " kan"), ("same", ", hver"), ("removed", " dag"),
        ("added", " uge"), ("same", ", se"), ("added", " alt"), ("same", " efter."),
    )  # fmt: skip


def test_a_comma_between_two_changes_is_part_of_them() -> None:
    assert diff_words("a, b c", "x, y c") == (("removed", "a, b"), ("added", "x, y"), ("same", " c"))


def test_numbers_and_joined_words_are_whole() -> None:
    assert diff_words("efter punkt 3.4 i e-mail", "efter punkt 3.5 i mail")[1:3] == (
        ("removed", " 3.4"),
        ("added", " 3.5"),
    )


def test_a_change_of_marks_alone_is_shown_as_it_is_written() -> None:
    (row,) = compared("Se [siden](https://a.dk).", "Se [siden](https://b.dk).").rows
    assert row.change == "changed"
    assert ("removed", "a.dk") in row.words
    assert ("added", "b.dk") in row.words
    (row,) = compared("Et **vigtigt** ord.", "Et vigtigt ord.").rows
    assert row.change == "changed"


def test_a_clause_that_is_moved_in_or_out_of_a_list_item_is_changed() -> None:
    rows = compared("- a b\n- c d", "- a b\n  - c d").rows
    assert [(row.change, row.label) for row in rows] == [("same", ""), ("changed", "Ændret opstilling")]


def test_a_changed_table_is_compared_cell_by_cell() -> None:
    table = "| Hvad | Hvornår |\n|---|---|\n| Adgang | {} |\n| Log | ugentligt |"
    (row,) = compared(table.format("hvert år"), table.format("hvert halve år")).rows
    assert [word for word in row.words if word[0] != "same"] == [("added", " halve")]


@settings(max_examples=300, deadline=None)
@given(any_text() | documents(4), any_text() | documents(4))
def test_the_words_are_both_texts(old: str, new: str) -> None:
    old, new = old.strip(), new.strip()
    words = diff_words(old, new)
    assert "".join(text for op, text in words if op != "removed") == new
    assert "".join("".join(text for op, text in words if op != "added").split()) == "".join(old.split())


# ── The whole ────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=150, deadline=None)
@given(documents(), documents())
def test_every_block_of_both_texts_is_there_once(before: str, after: str) -> None:
    old, new = parse(before), parse(after)
    rows = compare(old, new).rows
    assert [row.new for row in rows if row.new] == new
    assert sorted((row.old for row in rows if row.old), key=old.index) == old
    assert all((row.old is None) == (row.change == "added") for row in rows)
    assert all((row.new is None) == (row.change == "removed") for row in rows)
    assert Page(compare_html(compare(old, new))).strays == []


@settings(max_examples=150, deadline=None)
@given(documents())
def test_a_text_is_the_same_as_itself(source: str) -> None:
    comparison = compare(parse(source), parse(source))
    assert comparison.is_same
    assert comparison.summary == "Der er ingen forskelle."


@pytest.mark.parametrize(
    ("old", "new", "summary"),
    [
        ("Abc", "Abcdef", "3 punkter er nye."),
        ("Abc", "Abcd", "1 punkt er nyt."),
        ("Abc", "Ab", "1 punkt er slettet."),
        ("Abcdef", "Abefkl", "2 punkter er nye, 2 er slettet."),
        ("Abcdef", "Acdefb", "1 punkt er flyttet."),
        ("Abc", "AbcG", "1 overskrift er ny."),
        ("AbcG", "Abc", "1 overskrift er slettet."),
        ("Abc", "HAbcGd", "1 punkt er nyt. 2 overskrifter er nye."),
        ("AbcDefg", "DefgAbc", "1 afsnit er flyttet."),
        ("", "", "Der er ingen forskelle."),
    ],
)
def test_the_summary_is_a_danish_sentence(old: str, new: str, summary: str) -> None:
    assert compared(text(old), text(new)).summary == summary


def test_the_counts_are_of_clauses() -> None:
    comparison = compared(text("Abcdefg"), text("GAckfgb").replace("ggg om", "ggg mod").replace("ccc om", "ccc mod"))
    counts = (comparison.added, comparison.removed, comparison.changed, comparison.moved, comparison.moved_changed)
    assert counts == (1, 2, 2, 1, 0)
    assert comparison.summary == "1 punkt er nyt, 2 er ændret, 2 er slettet, 1 er flyttet. 1 overskrift er ny."


# ── How it is shown ──────────────────────────────────────────────────────────────────────────────


def test_changes_are_said_in_words_and_not_in_colour_alone() -> None:
    html = compare_html(compared(text("Abc"), text("Ab").replace("om papir", "om nyt papir") + "\n\nHelt nyt."))
    assert '<p class="diff-label tone-due">Ændret</p>' in html
    assert '<ins><span class="visually-hidden">Tilføjet: </span> nyt<span class="visually-hidden"> Tilføjelse' in html
    assert '<p class="diff-label tone-late">Slettet punkt</p>' in html
    assert "<del>Regel cc ccc cccc ccccc cccccc om papir.</del>" in html
    assert '<p class="diff-label tone-done">Nyt punkt</p>' in html
    assert "<ins>Helt nyt.</ins>" in html


def test_a_new_number_is_told() -> None:
    html = compare_html(compared(text("Abc"), text("Akbc")))
    assert '<span class="clause-number">1.2</span> <span class="diff-before">(før 1.1)</span> Regel bb' in html


def test_long_runs_without_changes_are_folded_and_the_heading_of_a_change_stays() -> None:
    html = compare_html(compared(text("AbcdeDfghiGj"), text("AbcdeDfghiGjk")))
    assert re.findall(r"<summary>(.*?)</summary>", html) == ["8 punkter uden ændringer"]
    assert "Afsnit GGG" in html.split("</details>")[1]
    assert "<details" not in compare_html(compared(text("Abcd"), text("Abcdk")))
    assert "<summary>5 punkter uden ændringer</summary>" in compare_html(
        compared(text("AbDcde" + "f"), text("AbDcdef"))
    )


def test_everything_in_a_comparison_is_escaped() -> None:
    evil = "<script>alert(1)</script> og {} & resten af <b>denne</b> lange sætning her"
    html = compare_html(compared(f"## {evil}\n\n{evil}".format("x", "x"), f"## {evil}\n\n{evil}".format("<i>", "<i>")))
    assert {tag for tag, _ in Page(html).tags} == {"div", "p", "h3", "span", "ins", "del"}


# ── In time ──────────────────────────────────────────────────────────────────────────────────────


def test_two_versions_of_forty_pages_are_compared_at_once() -> None:
    source = long_text(800)
    old = parse(source)
    lines = source.split("\n\n")
    edited = parse(
        "\n\n".join(line.replace("skal", "bør").replace(" og ", " samt ", 1) for line in lines[30:] + lines[:20])
    )
    assert seconds(compare, old, edited) < 0.5
    assert seconds(compare_html, compare(old, edited)) < 0.5


def test_hostile_pairs_are_compared_in_time() -> None:
    chance = random.Random(5)
    words = sentence(10_000, chance).split()
    common = [chance.choice("abcdefgh") for _ in range(10_000)]
    edited = ["RETTET" if at % 20 == 0 else word for at, word in enumerate(words)]
    shuffled, shuffled_common = chance.sample(words, 10_000), chance.sample(common, 10_000)
    rising = [f"x{at}" for at in range(5_000)]
    paragraphs = [(" ".join(one), " ".join(other)) for one, other in (
        (words, edited), (words, shuffled), (common, shuffled_common), (rising + rising[::-1], rising[::-1] + rising),
    )]  # fmt: skip
    same = ["Samme tekst her."] * 800
    texts = ["\n\n".join(same), "\n\n".join([*same[:400], "Andet.", *same[400:]])]
    for old, new in (*paragraphs, (texts[0], texts[1]), (long_text(800, seed=1), long_text(800, seed=2))):
        assert seconds(compare, parse(old), parse(new)) < 0.5
    three_hundred = parse(long_text(6000))
    assert seconds(compare, three_hundred, [*three_hundred[3000:], *three_hundred[:3000]]) < 3


def test_blocks_can_be_compared_without_numbers() -> None:
    row = compare([Block("paragraph", 0, "", "a b")], [Block("item", 1, "", "a b", True)]).rows[0]
    assert row.change == "same"
