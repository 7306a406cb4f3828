"""Markdown from elsewhere becomes the portal's, and what it may not hold is told of."""

import pytest

from policy.importing import Imported, read
from policy.text.blocks import parse


def brought_in(text: str) -> Imported:
    return read("regler.md", text.encode())


def test_the_only_outermost_heading_is_the_title_and_the_rest_have_two_levels() -> None:
    imported = brought_in("# Regler\n\nForord.\n\nFormål\n---\nTekst.\n\n### Mere\n\nOg.\n\n#### Dybt ####\n\nSlut.\n")
    assert imported.title == "Regler"
    assert imported.text == "Forord.\n\n## Formål\n\nTekst.\n\n### Mere\n\nOg.\n\n### Dybt\n\nSlut.\n"
    assert any("mere end to niveauer" in note for note in imported.notes)


def test_several_outermost_headings_are_sections_and_their_numbers_go_when_they_agree() -> None:
    imported = read("Regler for is.md", b"# 1. Is\n\nKold.\n\n# 2. Vand\n\nVaad.\n")
    assert imported.title == "Regler for is"
    assert imported.text == "## Is\n\nKold.\n\n## Vand\n\nVaad.\n"


def test_the_title_of_the_front_matter_is_used_and_its_other_lines_told_of() -> None:
    imported = brought_in('---\ntitle: "Regler for is"\nauthor: Vi\n---\n## Formål\n\nTekst.\n')
    assert (imported.title, imported.text) == ("Regler for is", "## Formål\n\nTekst.\n")
    assert any("»author: Vi«" in note for note in imported.notes)


def test_pictures_html_and_comments_are_left_out_and_told_of_but_not_what_only_looks_like_html() -> None:
    imported = brought_in(
        "Se ![kort over byen](kort.png)her.<br>Ring til <navn på leder>, <b>straks</b>. <!-- husk -->\n\n"
        "<div>\nRamme.\n</div>\n"
    )
    shown = [block.plain for block in parse(imported.text)]
    assert shown == ["Se her. Ring til <navn på leder>, straks.", "Ramme."]
    for words in ("Billeder er udeladt: »![kort over byen]", "HTML-koder", "»<!-- husk -->«"):
        assert any(words in note for note in imported.notes)


def test_links_get_their_address_in_place() -> None:
    imported = brought_in(
        'Se [siden][1], [Andet] og [^1].\n\n[1]: https://example.org/a "T"\n[andet]: <https://example.org/b>\n'
    )
    assert "[siden](https://example.org/a), [Andet](https://example.org/b) og" in imported.text
    assert "[1]:" not in imported.text


def test_lists_tables_and_marks_stay() -> None:
    text = "- **fed** og *kursiv*\n  - under\n1. et\n2. to\n\n| a | b |\n| --- | --- |\n| c | d |\n"
    assert brought_in(text).text == text


@pytest.mark.parametrize("name", ["regler", "regler.MD", "regler.markdown"])
def test_markdown_is_known_by_its_name_or_its_headings(name: str) -> None:
    assert read(name, b"# Regler\n\n## Is\n\nKold.\n").text == "## Is\n\nKold.\n"
    assert "\\#" in read("regler.txt", b"Regler.\n\n# Is, som er kold.\n").text
