"""Which piece of a new text continues which piece of the old: the same text wherever it stands now, else a similar one.

Paul Heckel's way ("A technique for isolating differences between files", CACM 21, 1978): texts that stand once in both
belong together, then their equal neighbours, in one pass. Similar ones are looked for where one would expect them and
among those that share rare words, so the time grows with the length of the texts, not with its square.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence

SIMILAR = 0.5  # the part of the words of both that they share; with less it is another text
_NEAR = 3  # how far from the expected place a similar text is looked for
_RARE = 10  # a rare word stands in no more texts than this
_TRIED = 5  # so many of the texts that share most rare words are looked at
_WORD = re.compile(r"\w+")

Links = list[int | None]


def align(old: Sequence[str], new: Sequence[str]) -> Links:
    """For each new text the index of the old one it continues, or None. An old text is continued once at most."""
    links = _equal(old, new)
    taken = set(links)
    for _, _, i, j in sorted(_similar(old, new, links)):
        if i not in taken and links[j] is None:
            links[j] = i
            taken.add(i)
    return links


def _equal(old: Sequence[str], new: Sequence[str]) -> Links:
    in_old, in_new, where = Counter(old), Counter(new), {text: i for i, text in enumerate(old)}
    links: Links = [where[text] if in_old[text] == in_new[text] == 1 else None for text in new]
    taken = set(links)
    for step, before in ((1, -1), (-1, len(old))):  # the neighbour below, then the one above
        last: int | None = before
        for j in range(len(new))[::step]:
            i = -1 if last is None else last + step
            if links[j] is None and 0 <= i < len(old) and i not in taken and old[i] == new[j]:
                links[j] = i
                taken.add(i)
            last = links[j]
    left = defaultdict[str, deque[int]](deque)
    for i, text in enumerate(old):
        if i not in taken:
            left[text].append(i)
    return [
        left[text].popleft() if link is None and left.get(text) else link for text, link in zip(new, links, strict=True)
    ]


def _similar(old: Sequence[str], new: Sequence[str], links: Links) -> Iterator[tuple[float, int, int, int]]:
    """(how unlike, how far from its place, i, j) of texts that have no link yet: the best pairs sort first."""
    bags = {i: Counter(_WORD.findall(old[i].casefold())) for i in set(range(len(old))).difference(links)}
    holders = defaultdict[str, list[int]](list)
    for i, bag in bags.items():
        for word in bag:
            holders[word].append(i)
    expected = 0
    for j, link in enumerate(links):
        if link is None:
            bag = Counter(_WORD.findall(new[j].casefold()))
            rare = Counter(i for word in bag if len(holders.get(word, ())) <= _RARE for i in holders.get(word, ()))
            near = (i for i in range(expected - _NEAR, expected + _NEAR + 1) if i in bags)
            for i in {*near, *(i for i, _ in rare.most_common(_TRIED))}:
                likeness = _likeness(bag, bags[i])
                if likeness >= SIMILAR:
                    yield -likeness, abs(i - expected), i, j
        expected = (expected if link is None else link) + 1


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """The part of their words that two texts share, 0 to 1 (Dice)."""
    shared = sum(min(count, other[word]) for word, count in one.items() if word in other)
    return 2 * shared / ((one.total() + other.total()) or 1)


def heaviest_rise(values: Sequence[int], weights: Sequence[int]) -> set[int]:
    """The positions of the heaviest rising part of `values` (each occurs once): what kept its order. O(n log n)."""
    ranks = {value: rank for rank, value in enumerate(sorted(values), 1)}
    best = [(0, -1)] * (len(values) + 1)  # a Fenwick tree: (weight, last position) over the lowest ranks
    before = []
    for position, value in enumerate(values):
        rank = ranks[value] - 1
        most = (0, -1)
        while rank:
            most = max(most, best[rank])
            rank &= rank - 1
        before.append(most[1])
        reached, rank = (most[0] + weights[position], position), ranks[value]
        while rank <= len(values):
            best[rank] = max(best[rank], reached)
            rank += rank & -rank
    kept, position = set(), max(best)[1]
    while position >= 0:
        kept.add(position)
        position = before[position]
    return kept
