"""The text as HTML: numbers, anchors, real lists and tables, and nothing in it but the tags the portal draws itself."""

import pytest
from django.utils.safestring import SafeString, mark_safe
from hypothesis import given, settings

from policy.text.blocks import MAX_INLINE, Block, parse
from policy.text.compare import compare
from policy.text.html import WALL, compare_html, contents, inline, is_safe_link, render
from tests.policy.payloads import PAYLOADS
from tests.policy.texts import WORD, Page, any_text, documents, long_text, seconds

OURS = {
    "a": {"href", "rel", "class", "aria-label"}, "strong": set(), "em": set(), "code": set(), "br": set(),
    "caption": set(), "h2": {"id"}, "h3": {"id", "class"}, "h4": {"class"}, "p": {"id", "class"}, "li": {"id", "class"},
    "ul": {"class"}, "ol": {"class"}, "div": {"id", "class", "tabindex", "role", "aria-label"}, "span": {"class"},
    "table": set(), "thead": set(), "tbody": set(), "tr": set(), "td": set(), "th": {"scope"}, "ins": set(),
    "del": set(), "details": {"class"}, "summary": set(),
}  # fmt: skip


def assert_ours(html: str) -> Page:
    page = Page(html)
    assert page.strays == []
    for tag, attributes in page.tags:
        assert attributes.keys() <= OURS[tag], (tag, attributes)
    for href in page.values("href"):
        assert is_safe_link(href)
        assert (
            href.split(":")[0] in ("http", "https", "mailto") or href.startswith("#") or href[:2] not in ("//", "/\\")
        )
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    return page


# ── How it is drawn ──────────────────────────────────────────────────────────────────────────────


def test_headings_and_clauses_carry_number_and_anchor() -> None:
    assert render(parse("## Formål\nAlle **skal** læse.\n\n### Hvem")) == (
        '<h2 id="afsnit-1"><span class="section-number">1</span> Formål</h2>\n'
        '<p id="punkt-1-1" class="clause"><a class="clause-number" href="#punkt-1-1" aria-label="Punkt 1.1">1.1</a> '
        "Alle <strong>skal</strong> læse.</p>\n"
        '<h3 id="afsnit-1-1">Hvem</h3>'
    )


def test_lists_are_real_lists() -> None:
    drawn = (
        render(parse("- a\n  1. b\n\n     c\n- d\n1. e\n\nf"), numbers=False)
        .replace("\n", "")
        .replace(' class="clause"', "")
    )
    assert drawn.replace(' class="clauses"', "") == (
        '<ul><li id="punkt-0-1">a<ol><li id="punkt-0-1-1">b<p id="punkt-0-1-2">c</p></li></ol></li>'
        '<li id="punkt-0-2">d</li></ul><ol><li id="punkt-0-3">e</li></ol><p id="punkt-0-4">f</p>'
    )


def test_a_table_has_a_head_and_can_be_scrolled_by_keyboard() -> None:
    drawn = render(parse("| A | *B* |\n|---|---|\n| 1 | 2 |"))
    assert '<div id="punkt-0-1" class="clause table-scroll" tabindex="0" role="region" aria-label="Tabel 0.1">' in drawn
    assert '<th scope="col">A</th><th scope="col"><em>B</em></th>' in drawn
    assert "<tbody><tr><td>1</td><td>2</td></tr></tbody>" in drawn


def test_numbers_can_be_plain_text_or_left_out() -> None:
    blocks = parse("## A\nb\n\n| c |\n|---|\n| d |")
    plain = render(blocks, numbers="plain")
    assert '<p id="punkt-1-1" class="clause"><span class="clause-number">1.1</span> b</p>' in plain
    assert '<caption><span class="clause-number">1.2</span></caption>' in plain
    assert "<a" not in plain
    assert "number" not in render(blocks, numbers=False)
    assert 'aria-label="Tabel"' in render(blocks, numbers=False)


def test_headings_begin_where_they_are_asked_to() -> None:
    assert [tag for tag, _ in Page(render(parse("## A\n### B"), heading_level=3)).tags if tag[0] == "h"] == ["h3", "h4"]
    assert [tag for tag, _ in Page(render(parse("## A\n### B"), heading_level=6)).tags if tag[0] == "h"] == ["h6", "h6"]


def test_something_can_follow_each_clause() -> None:
    def after(block: Block, index: int) -> str | SafeString:
        return mark_safe(f"<em>{index}</em>") if block.kind == "item" else "<b>"

    drawn = render(parse("## A\nb\n\n- c\n  - d"), after=after, numbers=False).replace("\n", "")
    assert "b</p>&lt;b&gt;<ul" in drawn
    assert "c<em>2</em><ul" in drawn
    assert "d<em>3</em></li></ul></li></ul>" in drawn
    assert drawn.count("<em>") == 2


def test_the_menu_lists_the_sections() -> None:
    assert contents(parse("Før.\n\n## **A** `b`\nc\n\n### D\n\n## E")) == [
        ("afsnit-1", "1", "A b"),
        ("afsnit-2", "2", "E"),
    ]


def test_subsections_have_ids_of_their_own() -> None:
    page = Page(render(parse("### A\n### A\n## A\n### A\n### A\n## A\n### A")))
    assert page.values("id") == [
        "afsnit-0-1", "afsnit-0-2", "afsnit-1", "afsnit-1-1", "afsnit-1-2", "afsnit-2", "afsnit-2-1",
    ]  # fmt: skip


def test_links_elsewhere_tell_nothing_of_where_the_reader_came_from() -> None:
    assert inline("[x](https://x.dk/?a=1&b)") == '<a href="https://x.dk/?a=1&amp;b" rel="noopener noreferrer">x</a>'
    assert inline("<it@x.dk> [y](/side/) [z](#punkt-3-4)") == (
        '<a href="mailto:it@x.dk">it@x.dk</a> <a href="/side/">y</a> <a href="#punkt-3-4">z</a>'
    )


def test_an_image_is_its_description_and_a_break_is_a_break() -> None:
    assert inline("![Et *billede*](https://x.dk/spor.png) a\\\nb") == "Et billede a<br>b"


# ── What never comes out ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_attack_becomes_a_tag_an_attribute_or_an_address(payload: str) -> None:
    line = payload.replace("\n", " ")
    text = f"# {line}\n\n## {line}\n\n{payload}\n\n- {payload}\n  - {line}\n\n| {line} | x |\n|---|---|\n| x | {line} |"
    text += f"\n\n```{line}\n{payload}\n```\n\n> {payload}\n\nord {line} ord"
    blocks = parse(text)
    for numbers in (True, "plain", False):
        assert_ours(render(blocks, numbers=numbers))  # type: ignore[arg-type]
    changed = parse(text.replace("ord", "andet ord").replace("klik", "tryk"))
    for old, new in ((blocks, changed), (blocks, []), ([], blocks), (blocks, blocks), (blocks, blocks[::-1])):
        assert_ours(compare_html(compare(old, new)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_second_wall_holds_alone(payload: str) -> None:
    """What would come through if the Markdown were drawn as raw HTML."""
    for html in (payload, f'<a href="{payload}">x</a>', f"<a href={payload}>x</a>", f"<strong {payload}>x</strong>"):
        page = Page(WALL.clean(html))
        assert {tag for tag, _ in page.tags} <= {"a", "strong", "em", "code", "br"}
        assert {name for _, attributes in page.tags for name in attributes} <= {"href", "rel"}
        assert all(is_safe_link(href) for href in page.values("href"))


def test_only_known_addresses_are_links() -> None:
    for good in (
        "https://x.dk",
        "HTTP://x.dk/a?b#c",
        "mailto:a@x.dk",
        "#punkt-3-4",
        "#afsnit-2",
        "/",
        "/side/#punkt-1-1",
    ):
        assert is_safe_link(good), good
    for bad in (
        "",
        "//x",
        "javascript:x",
        "data:x",
        "#top",
        "side.html",
        "https://",
        "http:x",
        " //x",
        "/\\x",
        "/a\tb",
    ):
        assert not is_safe_link(bad), bad
    for bad in ("", "//x", "javascript:x", "data:x", "#top", "side.html", "https://", "http:x", " //x"):
        assert inline(f"[tekst](<{bad}>)") == "tekst"
    assert inline("[a](/\\x) [b](</x\ty>)") == '<a href="/%5Cx">a</a> <a href="/x%09y">b</a>'  # both of this portal


@settings(max_examples=300, deadline=None)
@given(any_text())
def test_no_text_at_all_opens_a_tag_that_is_not_ours(text: str) -> None:
    assert_ours(render(parse(text)))


@settings(max_examples=200, deadline=None)
@given(documents())
def test_every_word_is_shown_once(text: str) -> None:
    assert WORD.findall(Page(render(parse(text))).text) == WORD.findall(text)


def test_forty_pages_are_drawn_at_once_and_three_hundred_in_seconds() -> None:
    assert seconds(render, parse(long_text(800))) < 0.3
    assert seconds(render, parse(long_text(6000))) < 3


@pytest.mark.parametrize("costly", ["[", "![", "*a ", "**a*", "[a](", "<a", "&a", "`a``", "_a_b", '[a](b "'])
def test_marks_that_are_costly_to_read_are_drawn_in_time(costly: str) -> None:
    blocks = parse(costly * (MAX_INLINE // len(costly)))
    assert seconds(render, blocks) < 1
    assert Page(inline(costly * MAX_INLINE)).text == costly * MAX_INLINE  # longer ones are shown as they stand
