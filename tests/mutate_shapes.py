"""Removes each constraint from each shape, one at a time: at least one case must then fail.

`python tests/mutate_shapes.py` prints the constraints that no case misses, and fails if there are
any. A target, an alternative in a list and the severity of a warning count as constraints too.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node
from shape_cases import Case, cases, named, told

from innograph import media, vocab
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
        mutated = media.bare()
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
    words = {SH.name, SH.description, SH.message, SH.order, SH.group}
    bare = media.bare()
    for triple in graph:
        if triple[1] not in words:
            bare.add(triple)
    return bare


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


class Trial:
    """Tries mutants of one shapes graph on cases.

    Node shapes judge apart from each other, so a mutant is tried among those alone that lead to its
    shape, and held against what they say unmutated; that all shapes together say what each case
    expects is tested elsewhere (test_shapes.py).
    """

    def __init__(self, graph: Graph, tried: Sequence[Case]) -> None:
        self._graph = _without_words(graph)
        self._tried = tried
        self._parts: dict[URIRef, Graph] = {}
        self._alike: dict[frozenset[Node], Graph] = {}
        self._validators: dict[int, Validator] = {}
        self._unmutated: dict[tuple[int, str], Counter[str]] = {}
        whole = Validator(Shapes(self._graph, vocab.subclass_axioms()), "turbo")
        self._refusing = {
            case.name: {r.shape for r in whole.check(case.graph, case.surroundings).results}
            for case in tried
        }
        self._naming = {case.name: set(case.graph.objects()) for case in tried}

    def survives(self, mutant: Mutant) -> bool:
        """Whether all cases still give the results that they gave."""
        part = self._part(mutant.shape)
        validator = Validator(mutant.shapes(part), "turbo")
        return all(
            _results(validator, case) == self._before(part, case) for case in self._near(mutant)
        )

    def _part(self, shape: URIRef) -> Graph:
        """The node shapes that lead to a shape, and all that they lead to; one graph for equals."""
        if shape not in self._parts:
            above = _reached({shape}, lambda node: self._graph.subjects(None, node))
            nodes = _reached(above, lambda node: self._graph.objects(node, None))
            part = media.bare()
            for node in nodes:
                part += self._graph.triples((node, None, None))
            self._parts[shape] = self._alike.setdefault(frozenset(nodes), part)
        return self._parts[shape]

    def _before(self, part: Graph, case: Case) -> Counter[str]:
        key = (id(part), case.name)
        if key not in self._unmutated:
            if id(part) not in self._validators:
                shapes = Shapes(part, vocab.subclass_axioms())
                self._validators[id(part)] = Validator(shapes, "turbo")
            self._unmutated[key] = _results(self._validators[id(part)], case)
        return self._unmutated[key]

    def _near(self, mutant: Mutant) -> list[Case]:
        """All cases, those first that find it soonest.

        They are refused by what is left out, else by the mutated shape, else by one that leads to
        it or that it leads to; and they are of the same class and field.
        """
        shape = mutant.shape
        about = {value for _, _, value in mutant.gone}
        above = _reached({shape}, lambda node: self._graph.subjects(None, node))
        below = _reached({shape}, lambda node: self._graph.objects(node, None))
        near: Sequence[set[Node]] = (about, {shape}, above, below)
        word, _, field = named(shape).removeprefix("ish:").partition("-")
        word = word.lower()

        def distance(case: Case) -> tuple[int, bool, bool, bool]:
            refusing = self._refusing[case.name]
            kind, what = case.name.split("/")
            return (
                next((n for n, some in enumerate(near) if not refusing.isdisjoint(some)), 4),
                about.isdisjoint(self._naming[case.name]),
                kind.replace("-", "") != word,
                field not in what,
            )

        return sorted(self._tried, key=distance)


def _reached(start: set[URIRef] | set[Node], step: Callable[[Node], Iterable[Node]]) -> set[Node]:
    found: set[Node] = set()
    waiting: list[Node] = list(start)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += step(node)
    return found


def _results(validator: Validator, case: Case) -> Counter[str]:
    return told(validator.check(case.graph, case.surroundings).results)


def survivors(part: int = 0, parts: int = 1) -> list[Mutant]:
    """Constraints that no case misses, in one of so many parts of all constraints."""
    graph, trial = _trial()
    return [mutant for mutant in mutants(graph)[part::parts] if trial.survives(mutant)]


@cache
def _trial() -> tuple[Graph, Trial]:
    graph = shapes.product()
    return graph, Trial(graph, cases())


if __name__ == "__main__":
    found = survivors()
    print(*found, sep="\n")
    print(f"{len(found)} of {len(mutants(shapes.product()))} constraints can go unnoticed")
    sys.exit(bool(found))
