"""Rules for a dossier as a whole, which SHACL cannot see; worded in `shapes/dossier.core.ttl`."""

from collections.abc import Iterator

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node

from .. import vocab
from .report import Result
from .shapes import Shapes

_TYPE = RDF.type  # looked up once: this runs for each triple of an import
ONE_ROOT, KNOWN_KIND, PUBLISHED = (
    URIRef(vocab.SHAPES + rule) for rule in ("one-root", "known-kind", "published")
)


def root(graph: Graph) -> URIRef:
    """What a dossier is about, once it conforms; ValueError when it is not about one thing."""
    [only] = roots(graph)
    return URIRef(str(only))


def roots(graph: Graph) -> list[Node]:
    """Subjects with a type that no other subject points at."""
    pointed_at = {o for s, _, o in graph if s != o}
    return sorted(set(graph.subjects(_TYPE)) - pointed_at, key=str)


def targets(graph: Graph) -> set[URIRef]:
    """What a dossier points at and does not describe itself."""
    described = set(graph.subjects())
    objects = {o for _, p, o in graph if isinstance(o, URIRef) and p != _TYPE}
    return objects - described


def results(
    graph: Graph, surroundings: Graph, shapes: Shapes, base: str | None
) -> Iterator[Result]:
    """What breaks the rules for a whole dossier.

    It describes nothing of an unknown kind, is about one thing, and links to nothing that is named
    under `base` and not published.
    """
    known = {s for s, _, kind in graph.triples((None, _TYPE, None)) if kind in shapes.classes}
    for subject in set(graph.subjects()) - known:
        yield _violation(shapes, KNOWN_KIND, subject, subject)
    found = roots(graph)
    if len(found) != 1:
        # In a circle everything is pointed at; in an empty dossier there is nothing to name.
        for subject in found or [min(graph.subjects(_TYPE), key=str, default=ONE_ROOT)]:
            yield _violation(shapes, ONE_ROOT, subject, subject)
    if base is not None:
        for target in targets(graph):
            if target.startswith(f"{base}/id/") and (target, None, None) not in surroundings:
                for subject, predicate in graph.subject_predicates(target):
                    yield _violation(shapes, PUBLISHED, subject, target, URIRef(str(predicate)))


def _violation(
    shapes: Shapes, rule: URIRef, focus: Node, value: Node, path: URIRef | None = None
) -> Result:
    messages = shapes.messages(rule)
    return Result(focus, path, value, SH.Violation, component=rule, shape=rule, messages=messages)
