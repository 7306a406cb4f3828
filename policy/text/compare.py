"""Two versions of a text side by side: what is new, gone, changed word by word, and moved.

A clause counts as moved when it has changed its place among the others, not when only its number has changed because
something was put in before it. Where a whole section has moved, that is said once, at its heading.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from policy.text.align import Links, align, heaviest_rise
from policy.text.blocks import HEADINGS, PARAGRAPH, SECTION, SUBSECTION, TABLE, Block

SAME, CHANGED, ADDED, REMOVED, MOVED, MOVED_CHANGED = "same", "changed", "added", "removed", "moved", "moved_changed"

# "3.4", "e-mail" and "og/eller" are one word; the space before a word belongs to it.
_WORD = re.compile(r"\s*(?:\w+(?:[-.,:/@'’]\w+)*|[^\w\s])")
_SMALL = 10_000  # equal pairs that difflib may look at: its time grows with the square
_STEPS = 60  # how often on average a word may be looked at before the rest is shown as replaced

Words = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Row:
    """One heading or clause of the comparison.

    `change`: SAME, CHANGED, ADDED, REMOVED, MOVED or MOVED_CHANGED. `moved_from`: the number it had ("" if not moved).
    `words`: of a changed one its text as (SAME | ADDED | REMOVED, text); what is not REMOVED is the new text.
    """

    change: str
    old: Block | None
    new: Block | None
    words: Words = ()
    moved_from: str = ""

    @property
    def block(self) -> Block:
        """The new block, of a removed one the old."""
        return self.new or self.old  # type: ignore[return-value]  # one of them is always there

    @property
    def label(self) -> str:
        """What has happened to it, in Danish; "" if nothing has."""
        kind = self.block.kind
        if self.change in (ADDED, REMOVED):
            word = {SECTION: ("Nyt afsnit", "Slettet afsnit"), SUBSECTION: ("Ny overskrift", "Slettet overskrift")}
            return word.get(kind, ("Nyt punkt", "Slettet punkt"))[self.change == REMOVED]
        moved = {
            SECTION: f"Afsnittet stod før som afsnit {self.moved_from}",
            SUBSECTION: "Flyttet overskrift",
        }.get(kind, f"Flyttet fra punkt {self.moved_from}")
        only_place = all(op == SAME for op, _ in self.words)
        return {
            SAME: "",
            CHANGED: "Ændret opstilling" if only_place else "Ændret",
            MOVED: moved,
            MOVED_CHANGED: f"{moved}{', og overskriften er ændret' if kind == SECTION else ' og ændret'}",
        }[self.change]


@dataclass(frozen=True)
class Comparison:
    """`rows` in the order of the new text; what was removed stands where it stood. The counts are of clauses."""

    rows: tuple[Row, ...]

    def count(self, change: str) -> int:
        return sum(row.change == change and row.block.is_clause for row in self.rows)

    @property
    def added(self) -> int:
        return self.count(ADDED)

    @property
    def removed(self) -> int:
        return self.count(REMOVED)

    @property
    def changed(self) -> int:
        return self.count(CHANGED)

    @property
    def moved(self) -> int:
        return self.count(MOVED)

    @property
    def moved_changed(self) -> int:
        return self.count(MOVED_CHANGED)

    @property
    def is_same(self) -> bool:
        return all(row.change == SAME for row in self.rows)

    @property
    def summary(self) -> str:
        """ "3 punkter er nye, 2 er ændret. 1 overskrift er ændret. 1 afsnit er flyttet." """
        clauses = [row for row in self.rows if row.block.is_clause]
        sections = [row for row in self.rows if row.block.kind == SECTION and row.moved_from]
        headings = [row for row in self.rows if not row.block.is_clause and row not in sections]
        sentences = (
            _sentence(clauses, "punkt", "punkter", "nyt"),
            _sentence(headings, "overskrift", "overskrifter", "ny"),
            _sentence(sections, "afsnit", "afsnit", "nyt"),
        )
        return " ".join(filter(None, sentences)) or "Der er ingen forskelle."


def _sentence(rows: Sequence[Row], one: str, many: str, new: str) -> str:
    counts = Counter(row.change for row in rows)
    states = {
        ADDED: new if counts[ADDED] == 1 else "nye",
        CHANGED: "ændret",
        REMOVED: "slettet",
        MOVED: "flyttet",
        MOVED_CHANGED: "flyttet og ændret",
    }
    parts = [f"{counts[change]} er {word}" for change, word in states.items() if counts[change]]
    if not parts:
        return ""
    count, rest = ", ".join(parts).split(" ", 1)
    return f"{count} {one if count == '1' else many} {rest}."


def compare(old: Sequence[Block], new: Sequence[Block]) -> Comparison:
    links = _links(old, new)
    moved = _moved(old, new, links)
    gone: dict[int, list[Row]] = defaultdict(list)  # by the new block they stand after
    place = {i: j for j, i in enumerate(links) if i is not None}
    after = -1
    for i, block in enumerate(old):
        if i not in place:
            gone[after].append(Row(REMOVED, block, None))
        elif place[i] not in moved:
            after = place[i]
    rows = gone[-1]
    for j, (block, link) in enumerate(zip(new, links, strict=True)):
        rows.append(Row(ADDED, None, block) if link is None else _row(old[link], block, j in moved))
        rows += gone[j]
    return Comparison(tuple(rows))


def _row(old: Block, new: Block, is_moved: bool) -> Row:
    is_changed = old.text != new.text or (new.is_clause and max(old.level, 1) != max(new.level, 1))
    change = {(0, 0): SAME, (0, 1): CHANGED, (1, 0): MOVED, (1, 1): MOVED_CHANGED}[is_moved, is_changed]
    words: Words = ()
    if is_changed:
        # Where only bold or the address of a link differs, the Markdown itself is shown: the reader shall see it.
        is_seen = old.plain != new.plain
        words = diff_words(old.plain, new.plain) if is_seen else diff_words(old.text, new.text)
    return Row(change, old, new, words, old.number if is_moved else "")


# ── Which block continues which, and which have moved ────────────────────────────────────────────


def _links(old: Sequence[Block], new: Sequence[Block]) -> Links:
    """For each new block the old one of its kind that it continues; a paragraph may become a list item."""
    links: Links = [None] * len(new)
    for kind in (SECTION, SUBSECTION, TABLE, PARAGRAPH):
        before, after = ([i for i, block in enumerate(side) if _kind(block) == kind] for side in (old, new))
        for j, link in zip(after, align([old[i].text for i in before], [new[j].text for j in after]), strict=True):
            links[j] = None if link is None else before[link]
    old_homes, new_homes = _homes(old, SECTION), _homes(new, SECTION)
    come_from = defaultdict[int, Counter[int]](Counter)
    for j, link in enumerate(links):
        if link is not None and new_homes[j] >= 0:
            come_from[new_homes[j]][old_homes[link]] += 1
    taken = set(links)
    for j, homes in come_from.items():  # a section with a new name is known by its clauses
        home = homes.most_common(1)[0][0]
        if links[j] is None and home >= 0 and home not in taken:
            links[j] = home
            taken.add(home)
    return links


def _kind(block: Block) -> str:
    return block.kind if block.kind in (*HEADINGS, TABLE) else PARAGRAPH


def _homes(blocks: Sequence[Block], kind: str) -> list[int]:
    """Under which section or subsection each block stands, -1 for none; a heading stands under itself."""
    homes, home = [], -1
    for index, block in enumerate(blocks):
        if block.kind == kind:
            home = index
        elif block.kind == SECTION:
            home = -1
        homes.append(home)
    return homes


def _moved(old: Sequence[Block], new: Sequence[Block], links: Links) -> set[int]:
    """The new blocks that have another place among the others than before."""
    old_homes, new_homes = _homes(old, SECTION), _homes(new, SECTION)
    sizes = _sizes(old, new, links, SECTION) + _sizes(old, new, links, SUBSECTION)
    sections = [j for j, link in enumerate(links) if link is not None and new[j].kind == SECTION]
    moved = _out_of_order(sections, links, sizes)
    left = {links[j] for j in moved}
    groups = defaultdict[int, list[int]](list)  # the clauses of each moved section, and under -1 all others
    for j, link in enumerate(links):
        if link is None or j in moved:
            continue
        home, came_from = new_homes[j], old_homes[link]
        if home in moved and links[home] == came_from:
            groups[home].append(j)
        elif home not in moved and came_from not in left:
            groups[-1].append(j)
        else:
            moved.add(j)
    for j in sections:
        sizes[j] = len(new) + 1  # a section that has not moved is what clauses move past, never the other way round
    for group in groups.values():
        moved |= _out_of_order(group, links, sizes)
    return moved - _along_with_subsection(old, new, links, moved)


def _sizes(old: Sequence[Block], new: Sequence[Block], links: Links, kind: str) -> Counter[int]:
    """How much of each section or subsection was there before, itself included."""
    old_homes, new_homes = _homes(old, kind), _homes(new, kind)
    stayed = ((home, link) for home, link in zip(new_homes, links, strict=True) if home >= 0 and link is not None)
    return Counter(home for home, link in stayed if old_homes[link] == links[home])


def _out_of_order(places: Sequence[int], links: Links, sizes: Counter[int]) -> set[int]:
    kept = heaviest_rise([links[j] or 0 for j in places], [sizes[j] or 1 for j in places])
    return {j for position, j in enumerate(places) if position not in kept}


def _along_with_subsection(old: Sequence[Block], new: Sequence[Block], links: Links, moved: set[int]) -> set[int]:
    """The clauses that have only gone with their subsection."""
    old_homes, new_homes = _homes(old, SUBSECTION), _homes(new, SUBSECTION)
    found = set()
    for j in moved:
        home, link = new_homes[j], links[j]
        if home in moved and home != j and link is not None and links[home] == old_homes[link]:
            found.add(j)
    return found


# ── Words ────────────────────────────────────────────────────────────────────────────────────────


def diff_words(old: str, new: str) -> Words:
    """(SAME | REMOVED | ADDED, text) in reading order; what is not REMOVED is the new text, letter by letter."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    parts: list[list[str]] = []  # [op, old text, new text]
    i = j = 0
    for same_i, same_j in [
        *_common([w.strip() for w in before], [w.strip() for w in after]),
        (len(before), len(after)),
    ]:
        _put(parts, CHANGED, before[i:same_i], after[j:same_j])
        _put(parts, SAME, before[same_i : same_i + 1], after[same_j : same_j + 1])
        i, j = same_i + 1, same_j + 1
    joined: list[list[str]] = []
    for at, (op, was, now) in enumerate(parts):
        is_island = 0 < at < len(parts) - 1 and not re.search(r"\w", now)  # only a comma between two changes
        _put(joined, CHANGED if is_island else op, [was], [now])
    words = []
    for op, was, now in joined:
        words += [(SAME, now)] if op == SAME else [(REMOVED, was), (ADDED, now)]
    return tuple((op, text) for op, text in words if text)


def _put(parts: list[list[str]], op: str, was: Iterable[str], now: Iterable[str]) -> None:
    """Add to the last part if that is of the same sort."""
    texts = ["".join(was), "".join(now)]
    if not any(texts):
        return
    if parts and parts[-1][0] == op:
        parts[-1][1:] = [parts[-1][1] + texts[0], parts[-1][2] + texts[1]]
    else:
        parts.append([op, *texts])


def _common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of the words that are the same, in order.

    Words that stand once in both are what everything else is held against ("patience diff"); difflib reads the small
    rest. When a text has cost too many steps, what is left of it counts as different.
    """
    pairs: list[tuple[int, int]] = []
    todo, steps = [(0, len(old), 0, len(new))], _STEPS * (len(old) + len(new))
    while todo:
        i, i_end, j, j_end = todo.pop()
        while i < i_end and j < j_end and old[i] == new[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        while i < i_end and j < j_end and old[i_end - 1] == new[j_end - 1]:
            i_end, j_end = i_end - 1, j_end - 1
            pairs.append((i_end, j_end))
        steps -= i_end - i + j_end - j
        if i == i_end or j == j_end or steps < 0:
            continue
        in_old, in_new = Counter(old[i:i_end]), Counter(new[j:j_end])
        where = {word: place for place, word in enumerate(old[i:i_end], i)}
        once = [(where[new[at]], at) for at in range(j, j_end) if in_old[new[at]] == in_new[new[at]] == 1]
        equal = sum(count * in_old[word] for word, count in in_new.items())
        if once:
            kept = heaviest_rise([place for place, _ in once], [len(new[at]) for _, at in once])
            for position in sorted(kept):
                todo.append((i, once[position][0], j, once[position][1]))
                i, j = once[position]
            todo.append((i, i_end, j, j_end))
        elif equal <= _SMALL:
            steps -= equal
            matches = SequenceMatcher(None, old[i:i_end], new[j:j_end], autojunk=False).get_matching_blocks()
            pairs += [(i + a + n, j + b + n) for a, b, size in matches for n in range(size)]
    return sorted(pairs)
