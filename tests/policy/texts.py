"""Texts for the tests of `policy.text`: generated ones, nasty ones, long ones, and a reader of what HTML comes out."""

import random
import re
from collections.abc import Callable
from html.parser import HTMLParser
from time import process_time

from hypothesis import strategies as st

WORD = re.compile(r"w\d+q")
VOID = {"br"}
# Everything that means something at the beginning of a line, and everything that means something inside it.
STARTS = [
    "", "", "", "- ", "* ", "+ ", "1. ", "1) ", "2. ", "7. ", "29. ", "# ", "## ", "### ", "##### ", "> ", ">", "|",
    "#", "-", "    ", "\t", "- - ", "> - ", "- > ", "- ## ", "1. 2. - ", "- " * 12, ">" * 12, " " * 60, "===\n",
    "---\n", "| --- | --- |\n", "|-|\n", "- | - |\n", "```\n", "~~~ ", "<div>", "[a]: ", "* * *\n", "=", "--- ",
    "***", "\\",
]  # fmt: skip
BETWEEN = [
    " ", " ", " ", " ", "*", "**", "_", "`", "``", "[", "]", "![", "](https://x.dk)", "<b>", "<!--", "-->", "&amp;",
    "&", "|", "\\|", "\\", "\\\\", "~~", "#", "  ", "\t", "\u00a0", "\x00", "\ud800", "…", "<", ">", "!", "/", ". ",
    ", ",
]  # fmt: skip
ENDS = ["\n", "\n", "\n\n", "\n\n", "\r\n", "\\\n", "  \n", "\\ \n", " |\n", " #\n", "\r", "\x0b", "\u2028", "`\n", ""]


@st.composite
def documents(draw: st.DrawFn, max_lines: int = 25) -> str:
    """A text in which every word ("w7q") stands once, in the order of its number."""
    count, lines = 0, []
    for _ in range(draw(st.integers(0, max_lines))):
        line = " " * draw(st.integers(0, 9)) + draw(st.sampled_from(STARTS))
        for between in draw(st.lists(st.sampled_from(BETWEEN), max_size=5)):
            line += f"w{count}q{between}"
            count += 1
        lines.append(line + draw(st.sampled_from(ENDS)))
    return "".join(lines)


def any_text() -> st.SearchStrategy[str]:
    """Signs in any order, most of them Markdown."""
    return st.text(st.sampled_from("abc 129.)(-+*#>|`~_[]<>!&;:/\\=\n\n\n  \t\r\x00\u2028\u202eæ'\"") | st.characters())


def sentence(words: int, chance: random.Random) -> str:
    common = ["og", "i", "at", "det", "en", "til", "som", "på", "de", "med", "der", "for", "skal", "ikke", "kan", "af"]
    rare = (
        f"{chance.choice('bdfghklmnprst')}{chance.choice('aeiouyæøå')}rd{chance.randrange(1000)}" for _ in range(words)
    )
    return " ".join(chance.choice(common) if chance.random() < 0.5 else word for word in rare).capitalize() + "."


def long_text(clauses: int, seed: int = 1, words: int = 20) -> str:
    """A policy of so many clauses, with sections, lists and tables; 800 clauses are about 40 pages."""
    chance, lines = random.Random(seed), []
    for index in range(clauses):
        if index % 12 == 0:
            lines.append(f"## {sentence(3, chance)}")
        text = sentence(words, chance)
        if index % 20 == 19:
            lines.append(f"| Hvad | Hvornår |\n|---|---|\n| {text} | {sentence(3, chance)} |")
        else:
            lines.append(("", "", "- ", "  - **Vigtigt** ")[index % 4] + text)
    return "\n\n".join(lines)


def seconds(do: Callable[..., object], *given: object) -> float:
    """Processor time of the fastest of three, so that a busy machine does not fail a test."""
    times = []
    for _ in range(3):
        began = process_time()
        do(*given)
        times.append(process_time() - began)
    return min(times)


class Page(HTMLParser):
    """What a browser would make of some HTML: the tags, the ids, the links, the text; it must be closed as opened."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.strays: list[str] = []
        self.feed(html)
        self.close()
        self.strays += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.strays.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.strays.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.strays.append(f"<!{decl}")

    unknown_decl = handle_pi = handle_decl

    def values(self, name: str) -> list[str]:
        return [value or "" for _, attrs in self.tags for key, value in attrs.items() if key == name]
