"""Which dossiers may be held against the shapes together, since none sees anything of another.

A run of the engine costs more than what it looks at. Dossiers may share a run when what each
describes is neither described nor pointed at by another, nor in the surroundings of another: from
its own things a shape then comes to nothing that it would not come to if the dossier were alone.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from rdflib import Graph
from rdflib.term import Node


@dataclass
class _Group:
    """Dossiers by number; what they describe, and all else that is named about them."""

    numbers: list[int] = field(default_factory=list)
    own: set[Node] = field(default_factory=set)
    others: set[Node] = field(default_factory=set)

    def takes(self, own: Set[Node], others: Set[Node]) -> bool:
        known = own.isdisjoint(self.own) and own.isdisjoint(self.others)
        return known and others.isdisjoint(self.own)


def groups(pairs: Sequence[tuple[Graph, Graph]], apart: Set[int], largest: int) -> list[list[int]]:
    """The numbers of dossiers (with their surroundings) that are strangers; `apart` stay alone."""
    found: list[_Group] = []
    full: list[_Group] = []
    for number, (graph, surroundings) in enumerate(pairs):
        own: set[Node] = set(graph.subjects())
        others = {node for told in (graph, surroundings) for s, _, o in told for node in (s, o)}
        others -= own
        if number in apart:
            full.append(_Group([number]))
            continue
        group = next((group for group in found if group.takes(own, others)), None)
        if group is None:
            group = _Group()
            found.append(group)
        group.numbers.append(number)
        group.own |= own
        group.others |= others
        if len(group.numbers) == largest:
            found.remove(group)
            full.append(group)
    return [group.numbers for group in full + found]
