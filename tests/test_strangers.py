"""Dossiers that are checked together get the reports that each would get alone."""

from itertools import islice

import pytest
from rdflib import Graph

from innograph import assets, media, sources, validation
from innograph.sources import Item
from innograph.sources.mapping import graph_of
from innograph.validation import strangers

BASE = "https://example.org"


def dossiers(name: str, number: int) -> list[Graph]:
    source = sources.load(name)
    found = sources.read(source, assets.data() / "facts" / f"{name}.jsonl")
    items = (item for item in found if isinstance(item, Item))
    return [graph_of(item, source, BASE) for item in islice(items, number)]


def surroundings(graphs: list[Graph]) -> list[Graph]:
    """For each dossier: what the others say of what it points at."""
    known = media.bare()
    for graph in graphs:
        known += graph
    around = []
    for graph in graphs:
        told = media.bare()
        for target in validation.targets(graph):
            told += known.triples((target, None, None))
        around.append(told)
    return around


@pytest.mark.parametrize("name", ["aidesvelo", "betagouv", "spid"])
def test_together_as_alone(name: str) -> None:
    graphs = dossiers(name, 300)
    pairs = list(zip(graphs, surroundings(graphs), strict=True))
    alone = [validation.check(graph, around, base=BASE) for graph, around in pairs]
    together = validation.check_many(pairs, base=BASE)
    assert [report.results for report in together] == [report.results for report in alone]


def test_no_two_of_a_group_have_to_do_with_each_other() -> None:
    graphs = dossiers("spid", 200)
    pairs = list(zip(graphs, surroundings(graphs), strict=True))
    groups = strangers.groups(pairs, {3}, 50)
    assert sorted(number for group in groups for number in group) == list(range(200))
    assert [3] in groups and max(map(len, groups)) == 50
    for group in groups:
        for number in group:
            own = set(graphs[number].subjects())
            for other in group:
                if other != number:
                    named = {n for s, _, o in graphs[other] + pairs[other][1] for n in (s, o)}
                    assert not own & named
