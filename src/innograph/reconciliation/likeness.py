"""Which names are most alike: the only place that measures likeness."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process


def most_alike(
    name: str, names: Sequence[str], least: int, most: int, *, any_order: bool = False
) -> list[tuple[str, float]]:
    """At most `most` of the names that are at least `least` per cent like one, with how much, of 1.

    `any_order` compares the words whatever their order.
    """
    scorer = fuzz.token_sort_ratio if any_order else fuzz.ratio
    found = process.extract(name, names, scorer=scorer, score_cutoff=least, limit=most)
    return [(like, score / 100) for like, score, _ in found]
