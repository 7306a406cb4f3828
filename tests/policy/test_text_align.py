"""A clause keeps its identity through edits: the same text wherever it goes, else the most similar one, each once."""

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from policy.text.align import align, heaviest_rise
from policy.text.blocks import parse
from tests.policy.texts import long_text, seconds, sentence


def test_what_stands_unchanged_is_itself() -> None:
    assert align(["a b", "c d", "e f"], ["a b", "c d", "e f"]) == [0, 1, 2]
    assert align([], ["a"]) == [None]
    assert align(["a"], []) == []


def test_what_has_moved_is_still_itself() -> None:
    assert align(["en regel", "to regler", "tre"], ["tre", "en regel", "ny", "to regler"]) == [2, 0, None, 1]


def test_what_was_edited_is_the_most_similar() -> None:
    old = ["Lederen skal sikre, at alle har læst reglen.", "Koder deles aldrig med andre.", "Et system har en ejer."]
    new = [
        "Hvert system har altid en ejer.",
        "Lederen skal sikre, at alle nye har læst reglen.",
        "Brug det rigtige papir.",
    ]
    assert align(old, new) == [2, 0, None]


def test_less_than_half_in_common_is_another_text() -> None:
    assert align(["et to tre fire"], ["et to fem seks"]) == [0]
    assert align(["et to tre fire"], ["et otte fem seks"]) == [None]


def test_an_equal_text_goes_before_a_similar_one() -> None:
    assert align(["et to tre", "et to tre fire"], ["et to tre fire", "et to tre fire fem"]) == [1, 0]


def test_equal_texts_stay_with_their_neighbours() -> None:
    assert align(["før", "samme", "midt", "samme", "efter"], ["midt", "samme", "efter", "før", "samme"]) == [
        2,
        3,
        4,
        0,
        1,
    ]
    assert align(["samme", "et", "samme", "midt"], ["nyt", "samme", "midt"]) == [None, 2, 3]
    assert align(["samme"] * 3, ["samme"] * 4) == [0, 1, 2, None]


def test_an_edit_is_found_though_the_text_before_it_is_gone() -> None:
    old = [f"Regel nummer {word} om papir." for word in ("et", "to", "tre", "fire")]
    assert align(old, [old[0], "Regel nummer fire om alt papir."]) == [0, 3]


TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6).map(" ".join), max_size=12)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_each_old_text_goes_on_once_and_no_equal_one_is_left(old: list[str], new: list[str]) -> None:
    links = align(old, new)
    assert len(links) == len(new)
    used = [link for link in links if link is not None]
    assert len(used) == len(set(used))
    left = {text for i, text in enumerate(old) if i not in used}
    assert left.isdisjoint(text for text, link in zip(new, links, strict=True) if link is None)


@settings(max_examples=300, deadline=None)
@given(
    st.permutations(range(8)).flatmap(
        lambda row: st.tuples(st.just(row), st.lists(st.integers(1, 5), min_size=8, max_size=8))
    )
)
def test_the_heaviest_rise_is_the_heaviest(given_: tuple[list[int], list[int]]) -> None:
    values, weights = given_
    kept = sorted(heaviest_rise(values, weights))
    assert [values[at] for at in kept] == sorted(values[at] for at in kept)
    rising = (
        some
        for size in range(9)
        for some in combinations(range(8), size)
        if all(values[a] < values[b] for a, b in zip(some, some[1:], strict=False))
    )
    assert sum(weights[at] for at in kept) == max(sum(weights[at] for at in some) for some in rising)
    assert heaviest_rise([], []) == set()


def test_eight_hundred_clauses_are_aligned_at_once() -> None:
    old = [block.text for block in parse(long_text(800))]
    new = [text.replace("e", "", 1) if at % 5 == 0 else text for at, text in enumerate(old)]
    new[100:100] = new[700:720]
    del new[720:740]
    assert None not in align(old, new)
    assert seconds(align, old, new) < 0.2


def test_hostile_texts_are_aligned_in_time() -> None:
    chance = random.Random(3)
    other = [sentence(20, chance) for _ in range(800)]
    same_words = [" ".join(chance.sample("abcdefghij", 10)) for _ in range(800)]
    for old, new in (
        (other, [sentence(20, chance) for _ in range(800)]),
        (["samme"] * 800, ["samme"] * 400 + ["ny"] + ["samme"] * 400),
        (same_words, same_words[::-1]),
        ([text + " x" for text in same_words], [text + " y" for text in same_words[::-1]]),
        ([f"Punkt {at} er som de andre." for at in range(800)], [f"Punkt {at} er som andre." for at in range(800)]),
        (["ord " * 100_000], ["ord " * 100_001]),
    ):
        assert seconds(align, old, new) < 0.5
