"""What a check found: as sentences for people, and as a W3C validation report for machines."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.compare import to_canonical_graph
from rdflib.extras.shacl import build_shacl_path, parse_shacl_path
from rdflib.paths import Path
from rdflib.term import Node

from .. import vocab
from .shapes import LABELS, Shapes, in_language, texts

_SEVERITIES: list[Node] = [SH.Violation, SH.Warning, SH.Info]


@dataclass(frozen=True)
class Result:
    """One thing found at one node.

    `path` is a predicate, or an rdflib Path where the shape's sh:path is complex (its `n3()` is a
    SPARQL property path). `messages` are the shape's, by language ("" for none).
    """

    focus: Node
    path: URIRef | Path | None
    value: Node | None
    severity: Node
    component: Node
    shape: Node
    messages: dict[str, str]

    @property
    def field(self) -> str:
        """The path as text: what a form's field is known by ("" for the thing as a whole)."""
        return self.path.n3() if isinstance(self.path, Path) else str(self.path or "")


@dataclass(frozen=True)
class Report:
    """What the shapes say of one dossier; the worst comes first, equal input gives equal order."""

    results: tuple[Result, ...]
    shapes: Shapes = field(repr=False, compare=False)
    seen: tuple[Graph, ...] = field(repr=False, compare=False)

    @property
    def conforms(self) -> bool:
        """Whether it can be taken: warnings and advice do not stand in the way."""
        return not self.violations

    @property
    def violations(self) -> list[Result]:
        return [result for result in self.results if result.severity == SH.Violation]

    @property
    def warnings(self) -> list[Result]:
        return [result for result in self.results if result.severity != SH.Violation]

    def sentences(self, lang: str) -> list[str]:
        """What is wrong and what to do, for a person: "Field – what is wrong. What to do."."""
        found = []
        for result in self._distinct():
            name = self.shapes.field(result.shape, result.path, lang)
            sentence = self._sentence(result, lang)
            found.append(f"{name[:1].upper()}{name[1:]} – {sentence}" if name else sentence)
        return list(dict.fromkeys(found))

    def by_field(self, lang: str) -> dict[str, list[str]]:
        """The same beside the fields of a form: `Result.field` -> sentences without its name."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for result in self._distinct():
            found[result.field][self._sentence(result, lang)] = None
        return {key: list(sentences) for key, sentences in found.items()}

    def _distinct(self) -> Iterable[Result]:
        """One result for each value that a shape refuses: the first fault says enough."""
        first: dict[tuple[object, ...], Result] = {}
        for result in self.results:
            fault = result.component if result.value is None else result.value
            first.setdefault((result.focus, result.shape, result.path, fault), result)
        return first.values()

    def _sentence(self, result: Result, lang: str) -> str:
        told = (self.shapes.fault(result.component), result.messages)
        text = " ".join(filter(None, (in_language(messages, lang) for messages in told)))
        return text.replace("{value}", self._name(result.value, lang))

    def _name(self, node: Node | None, lang: str) -> str:
        """What a person calls a value: its label, that of its kind, or as it is written."""
        if isinstance(node, URIRef):
            for graph in (*self.seen, vocab.model()):
                if labels := texts(graph, node, LABELS):
                    return in_language(labels, lang)
            kinds = {kind for graph in self.seen for kind in graph.objects(node, RDF.type)}
            for kind in sorted(kinds, key=str):
                if labels := texts(vocab.model(), kind, (RDFS.label,)):
                    return in_language(labels, lang)
        return "" if node is None else str(node)

    def graph(self) -> Graph:
        """The W3C validation report (SHACL, section 3); sh:conforms is false on mere warnings too.

        Its blank nodes have steady names, so equal reports are equal texts.
        """
        graph = Graph()
        graph.bind("sh", SH)
        report = BNode("report")
        graph.add((report, RDF.type, SH.ValidationReport))
        graph.add((report, SH.conforms, Literal(not self.results)))
        for number, result in enumerate(self.results, 1):
            node = BNode(f"result{number}")
            graph.add((report, SH.result, node))
            for predicate, value in _statements(result):
                graph.add((node, predicate, value))
            if result.path is not None:
                path, sketch = _drawn(result.path)
                graph.add((node, SH.resultPath, path))
                graph += sketch
        return graph


@cache
def _drawn(path: URIRef | Path) -> tuple[Node, Graph]:
    """A property path as SHACL writes it: its node, and the triples that describe the node."""
    sketch = Graph()
    sketch.add((SH.path, SH.path, build_shacl_path(path, sketch)[0]))
    steady = Graph()
    steady += to_canonical_graph(sketch)
    [node] = steady.objects(SH.path, SH.path)
    steady.remove((SH.path, SH.path, node))
    return node, steady


def _statements(result: Result) -> Iterator[tuple[URIRef, Node]]:
    yield RDF.type, SH.ValidationResult
    yield SH.focusNode, result.focus
    yield SH.resultSeverity, result.severity
    yield SH.sourceConstraintComponent, result.component
    if result.value is not None:
        yield SH.value, result.value
    if isinstance(result.shape, URIRef):  # a blank node would mean nothing outside the shapes
        yield SH.sourceShape, result.shape
    for lang, text in result.messages.items():
        told = text.replace("{value}", "" if result.value is None else str(result.value))
        yield SH.resultMessage, Literal(told, lang=lang or None)


def read(report: Graph, shapes: Shapes, about: Container[Node] | None = None) -> list[Result]:
    """The results of an engine's W3C report; with `about`, those at these nodes only."""
    nodes = report.objects(None, SH.result)
    if about is not None:
        nodes = (node for node in nodes if report.value(node, SH.focusNode) in about)
    return [_result(report, node, shapes) for node in nodes]


def _result(report: Graph, node: Node, shapes: Shapes) -> Result:
    told = dict(report.predicate_objects(node))
    path, shape = told.get(SH.resultPath), told[SH.sourceShape]
    messages = [
        text for text in report.objects(node, SH.resultMessage) if isinstance(text, Literal)
    ]
    return Result(
        focus=told[SH.focusNode],
        path=None if path is None else parse_shacl_path(report, path),
        value=told.get(SH.value),
        severity=told[SH.resultSeverity],
        component=told[SH.sourceConstraintComponent],
        shape=shape,
        messages={
            text.language or shapes.language(shape, text): str(text) for text in sorted(messages)
        },
    )


def ordered(results: Iterable[Result]) -> tuple[Result, ...]:
    """Results in an order that does not depend on the engine or the run."""
    return tuple(sorted(results, key=_order))


def _order(result: Result) -> tuple[object, ...]:
    severity = result.severity
    rank = _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
    value = "" if result.value is None else result.value.n3()
    shape = str(result.shape) if isinstance(result.shape, URIRef) else ""
    rest = (str(result.component), value, shape, sorted(result.messages.items()))
    return rank, str(result.focus), result.field, *rest
