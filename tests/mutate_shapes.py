"""Removes each constraint from each shape, one at a time: at least one case must then fail.

`python tests/mutate_shapes.py` prints the constraints that no case misses, and fails if there are
any. A target, an alternative in a list and the severity of a warning count as constraints too.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node
from shape_cases import Case, cases, named, told

from innograph import vocab
from innograph.validation import Shapes, Validator, shapes

# What SHACL says of a shape without constraining anything by it; sh:path goes with its shape.
_MERE_WORDS = {
    *(SH.path, SH.name, SH.description, SH.message, SH.order, SH.group, SH.alternativePath),
    *(SH.declare, SH.prefix, SH.namespace, SH.prefixes, SH.select),
}
_LISTS = {SH["or"], SH["and"], SH.xone, SH["in"], SH.languageIn, SH.alternativePath}
_Triple = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Mutant:
    """One constraint of one shape, with the statements that make and unmake it."""

    shape: URIRef
    constraint: str
    gone: Sequence[_Triple]
    instead: Sequence[_Triple] = ()

    def __str__(self) -> str:
        return f"{named(self.shape)}: {self.constraint}"

    def shapes(self, graph: Graph) -> Shapes:
        """All shapes, without the constraint."""
        mutated = Graph()
        mutated += graph
        for triple in self.gone:
            mutated.remove(triple)
        for triple in self.instead:
            mutated.add(triple)
        return Shapes(mutated, vocab.subclass_axioms())


def mutants(graph: Graph) -> list[Mutant]:
    return sorted(_mutants(graph), key=str)


def _mutants(graph: Graph) -> Iterator[Mutant]:
    for triple in graph:
        shape, predicate, value = triple
        constraint = f"{named(predicate)} {_shown(graph, value)}"
        if str(predicate).startswith(str(SH)) and predicate not in _MERE_WORDS:
            yield Mutant(_owner(graph, shape), constraint, [triple])
        if predicate in _LISTS:
            cells = [c for c in graph.transitive_objects(value, RDF.rest) if c and c != RDF.nil]
            for cell, other in zip(cells, [*cells[1:], cells[0]], strict=True):
                yield _without_member(graph, _owner(graph, shape), predicate, cell, other)


def _without_member(
    graph: Graph, shape: URIRef, predicate: Node, cell: Node, other: Node
) -> Mutant:
    """Another member stands in its place: a path of one alternative would not be a path."""
    gone, instead = graph.value(cell, RDF.first), graph.value(other, RDF.first)
    assert gone is not None and instead is not None
    member = f"{named(predicate)} without {_shown(graph, gone)}"
    return Mutant(shape, member, [(cell, RDF.first, gone)], [(cell, RDF.first, instead)])


def _without_words(graph: Graph) -> Graph:
    """The shapes without what is said to people: no case tells it, and it takes time to read."""
    for words in (SH.name, SH.description, SH.message, SH.order, SH.group):
        graph.remove((None, words, None))
    return graph


def _owner(graph: Graph, node: Node) -> URIRef:
    """The named shape that a part of it belongs to."""
    while not isinstance(node, URIRef):
        node = next(graph.subjects(None, node))
    return node


def _shown(graph: Graph, node: Node | None) -> str:
    if node is None or isinstance(node, URIRef) or (node, None, None) not in graph:
        return named(node)
    parts = sorted(f"{named(p)} {_shown(graph, o)}" for p, o in graph.predicate_objects(node))
    return f"[ {' ; '.join(parts)} ]"


def survives(mutant: Mutant, graph: Graph, tried: Sequence[Case]) -> bool:
    """Whether all cases still give the results that they say."""
    validator = Validator(mutant.shapes(graph), "turbo")
    # Those of the same class find it soonest.
    word, _, field = named(mutant.shape).removeprefix("ish:").partition("-")
    near = sorted(
        tried,
        key=lambda case: (
            case.path.parent.name.replace("-", "") != word.lower(),
            not case.path.stem.startswith("fail-"),
            field not in case.path.stem,
        ),
    )
    return all(
        told(validator.check(case.graph, case.surroundings).results) == case.expected
        for case in near
    )


def survivors(part: int = 0, parts: int = 1) -> list[Mutant]:
    """Constraints that no case misses, in one of so many parts of all constraints."""
    graph, tried = _without_words(shapes.product()), cases()
    return [mutant for mutant in mutants(graph)[part::parts] if survives(mutant, graph, tried)]


if __name__ == "__main__":
    found = survivors()
    print(*found, sep="\n")
    print(f"{len(found)} of {len(mutants(shapes.product()))} constraints can go unnoticed")
    sys.exit(bool(found))
