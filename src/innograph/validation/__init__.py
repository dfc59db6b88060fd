"""Graph in, Report out: holds a dossier against the shapes, seen among what it points at.

What the shapes can see is the dossier, what `surroundings` says of its `targets`, and the class
hierarchy. So a shape may look one step beyond what a dossier points at, along `paths()`, and never
back along a link that another dossier made.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from rdflib import RDF, Graph, URIRef

from .. import media
from . import dossier, engines, report
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


_THREADS = 2


class Validator:
    """An engine that has compiled one set of shapes; safe to share between threads."""

    def __init__(self, shapes: Shapes, engine: Engine) -> None:
        self.shapes = shapes
        self._run = engines.run(engine, shapes.graph)

    def validate(self, data: Graph) -> tuple[Result, ...]:
        """Plain SHACL: all results on one data graph, whatever node they are about."""
        return report.ordered(report.read(self._run(data), self.shapes))

    def check(self, graph: Graph, surroundings: Graph, base: str | None = None) -> Report:
        """Hold one dossier against the shapes and the rules for whole dossiers."""
        own = set(graph.subjects())
        found = report.read(self._run(self._view(graph, surroundings)), self.shapes)
        results = [result for result in found if result.focus in own]
        refused = {(r.focus, r.value) for r in results}
        whole = dossier.results(graph, surroundings, self.shapes, base)
        results += [r for r in whole if (r.focus, r.value) not in refused]
        return Report(report.ordered(results), self.shapes, (graph, surroundings))

    def _view(self, graph: Graph, surroundings: Graph) -> Graph:
        """All that the shapes may see of one dossier.

        The verdict must not depend on how much more a store happens to tell. And what others say
        about a property that the dossier gives itself is left out: sh:maxCount judges one dossier.
        """
        view = media.bare()
        told = set()
        for triple in graph:
            told.add(triple[:2])
            view.add(triple)
        for triple in surroundings:
            if triple[1] in self.shapes.paths and triple[:2] not in told:
                view.add(triple)
        for klass in set(view.objects(None, RDF.type)):
            for axiom in self.shapes.axioms.get(klass, ()):
                view.add(axiom)
        return view


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
    pairs: Iterable[tuple[Graph, Graph]], *, engine: Engine | None = None, base: str | None = None
) -> list[Report]:
    """`check` for many dossiers, each in its own surroundings: none sees another."""
    validator = default(engine)
    # The engine works outside Python's lock, so a second thread makes it half as fast again.
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda pair: validator.check(pair[0], pair[1], base), pairs))


def paths() -> frozenset[URIRef]:
    """The predicates by which the shapes look at what a dossier points at, and those of labels."""
    return of_the_product().paths.union(LABELS)
