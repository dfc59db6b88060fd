"""Graph in, Report out: holds a dossier against the shapes, seen among what it points at.

What the shapes can see is the dossier, what `surroundings` says of its `targets`, and the class
hierarchy. So a shape may look one step beyond what a dossier points at, along `paths()`, and never
back along a link that another dossier made.
"""

from collections.abc import Iterable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from rdflib import RDF, Graph, URIRef

from .. import media
from . import dossier, engines, report, strangers
from .dossier import root, roots, targets
from .engines import Engine, best
from .report import Report, Result
from .shapes import LABELS, Shapes, of_the_product

__all__ = [
    "Engine",
    "Report",
    "Result",
    "Shapes",
    "Validator",
    "best",
    "check",
    "check_many",
    "default",
    "paths",
    "root",
    "roots",
    "targets",
]


_TYPE = RDF.type  # looked up once: this runs for each triple of an import
_THREADS = 2
_TOGETHER = 100  # dossiers seen in one run of the engine, at most


class Validator:
    """An engine that has compiled one set of shapes; safe to share between threads."""

    def __init__(self, shapes: Shapes, engine: Engine) -> None:
        self.shapes = shapes
        self._run = engines.run(engine, shapes.graph)

    def validate(self, data: Graph) -> tuple[Result, ...]:
        """Plain SHACL: all results on one data graph, whatever node they are about."""
        return report.ordered(report.read(self._run(data, ()), self.shapes))

    def check(self, graph: Graph, surroundings: Graph, base: str | None = None) -> Report:
        """Hold one dossier against the shapes and the rules for whole dossiers."""
        return self.check_together([(graph, surroundings)], base)[0]

    def check_together(
        self, pairs: Sequence[tuple[Graph, Graph]], base: str | None = None
    ) -> list[Report]:
        """`check` for dossiers that are strangers to each other, in one run of the engine."""
        view = media.bare()
        for graph, surroundings in pairs:
            self._show(graph, surroundings, view)
        owners = {s: number for number, (graph, _) in enumerate(pairs) for s in graph.subjects()}
        found: list[list[Result]] = [[] for _ in pairs]
        # Of what a dossier points at only a part is in sight: that is not judged.
        for result in report.read(self._run(view, owners), self.shapes, owners):
            found[owners[result.focus]].append(result)
        return [
            self._report(results, graph, surroundings, base)
            for results, (graph, surroundings) in zip(found, pairs, strict=True)
        ]

    def _report(
        self, results: list[Result], graph: Graph, surroundings: Graph, base: str | None
    ) -> Report:
        refused = {(r.focus, r.value) for r in results}
        whole = dossier.results(graph, surroundings, self.shapes, base)
        results += [r for r in whole if (r.focus, r.value) not in refused]
        return Report(report.ordered(results), self.shapes, (graph, surroundings))

    def _show(self, graph: Graph, surroundings: Graph, view: Graph) -> None:
        """Add to a view all that the shapes may see of one dossier.

        The verdict must not depend on how much more a store happens to tell. And what others say
        about a property that the dossier gives itself is left out: sh:maxCount judges one dossier.
        """
        told, kinds = set(), set()
        for triple in graph:
            told.add(triple[:2])
            view.add(triple)
            if triple[1] == _TYPE:
                kinds.add(triple[2])
        for triple in surroundings:
            if triple[1] in self.shapes.paths and triple[:2] not in told:
                view.add(triple)
                if triple[1] == _TYPE:
                    kinds.add(triple[2])
        for klass in kinds:
            for axiom in self.shapes.axioms.get(klass, ()):
                view.add(axiom)


@cache
def default(engine: Engine | None = None) -> Validator:
    """The validator of the product's own shapes."""
    return Validator(of_the_product(), engine) if engine else default(best())


def check(
    graph: Graph, surroundings: Graph, *, engine: Engine | None = None, base: str | None = None
) -> Report:
    """Hold a dossier against the shapes.

    `surroundings` is what is published about `targets(graph)`, by `paths()`. `engine` None takes
    the fastest installed. With `base`, a link to a thing of this instance that is not published is
    a violation too, whatever property makes it.
    """
    return default(engine).check(graph, surroundings, base)


def check_many(
    pairs: Iterable[tuple[Graph, Graph]],
    *,
    engine: Engine | None = None,
    base: str | None = None,
    apart: Set[int] = frozenset(),
) -> list[Report]:
    """`check` for many dossiers, each in its own surroundings: none sees another.

    `apart` are the numbers of those that a rule looks at along links that others made.
    """
    validator = default(engine)
    known = list(pairs)
    groups = strangers.groups(known, apart, _TOGETHER)

    def check_group(numbers: Sequence[int]) -> list[Report]:
        return validator.check_together([known[number] for number in numbers], base)

    if len(groups) < 2:
        found = list(map(check_group, groups))
    else:
        # The engine works outside Python's lock: a second thread makes it half as fast again.
        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(check_group, groups))
    reports: dict[int, Report] = {}
    for numbers, told in zip(groups, found, strict=True):
        reports |= zip(numbers, told, strict=True)
    return [reports[number] for number in range(len(known))]


@cache
def paths() -> frozenset[URIRef]:
    """The predicates by which the shapes look at what a dossier points at, and those of labels."""
    return of_the_product().paths.union(LABELS)
