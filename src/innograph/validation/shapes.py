"""What shapes say beyond passing or failing: names of fields, sentences, how far they look."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property

from rdflib import DCTERMS, RDF, RDFS, SH, SKOS, Graph, Literal, URIRef
from rdflib.extras.shacl import parse_shacl_path
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.term import Node

from .. import assets, media, vocab

LABELS = (SKOS.prefLabel, DCTERMS.title)
_PAIRS = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
# From a shape to the shapes that its value nodes must meet.
_LISTED = (SH["and"] | SH["or"] | SH.xone) / MulPath(RDF.rest, "*") / RDF.first
_DEEPER = SH.property | SH.node | SH["not"] | SH.qualifiedValueShape | _LISTED
_VARIABLE = re.compile(r"{[?$]\w+}")
# Held against the ontology by the tests, never against a dossier.
_OF_THE_ONTOLOGY = "ontology-style"


def product() -> Graph:
    """The shapes that dossiers are held against."""
    graph = Graph()
    for path in assets.shape_files():
        if path.stem != _OF_THE_ONTOLOGY:
            graph += media.read_file(path)
    return graph


class Shapes:
    """A shapes graph, read once, with the class hierarchy that it presumes."""

    def __init__(self, graph: Graph, hierarchy: Graph) -> None:
        self.graph = graph
        self._hierarchy = hierarchy

    @cached_property
    def classes(self) -> set[Node]:
        """Classes whose instances some shape looks at."""
        implicit = set(self.graph.subjects(RDF.type, RDFS.Class))
        targets = set(self.graph.objects(None, SH.targetClass)) | implicit
        below = MulPath(RDFS.subClassOf, "*")
        return {klass for target in targets for klass in self._hierarchy.subjects(below, target)}

    @cached_property
    def axioms(self) -> dict[Node, list[tuple[Node, Node, Node]]]:
        """For each class: the subclass statements from it upwards."""
        return {
            klass: [
                axiom
                for above in self._hierarchy.transitive_objects(klass, RDFS.subClassOf)
                for axiom in self._hierarchy.triples((above, RDFS.subClassOf, None))
            ]
            for klass in set(self._hierarchy.subjects(RDFS.subClassOf))
        }

    @cached_property
    def paths(self) -> frozenset[URIRef]:
        """Predicates by which the shapes look beyond the node that they are about.

        Found below nested shapes and in complex paths; a SPARQL constraint names its own by
        ish:along.
        """
        found: set[Node] = {RDF.type, *self.graph.objects(None, URIRef(vocab.SHAPES + "along"))}
        for shape, path in self.graph.subject_objects(SH.path):
            found |= after_the_first_step(parse_shacl_path(self.graph, path))
            for nested in set(self.graph.objects(shape, MulPath(_DEEPER, "+"))):
                found |= {pair for p in _PAIRS for pair in self.graph.objects(nested, p)}
                for deeper in self.graph.objects(nested, SH.path):
                    found |= predicates(parse_shacl_path(self.graph, deeper))
        return frozenset(node for node in found if isinstance(node, URIRef))

    def field(self, shape: Node, path: URIRef | Path | None, lang: str) -> str:
        """What a person calls the field; nothing for a rule about the thing as a whole."""
        if path is None:
            return ""
        if isinstance(path, URIRef):
            alike = sorted(self.graph.subjects(SH.path, path), key=str)
            property_label = texts(vocab.ontology(), path, (RDFS.label,))
        else:
            alike = [s for s, p in self.graph.subject_objects(SH.path) if self._same(p, path)]
            property_label = {}
        for named in (shape, *alike):
            if names := texts(self.graph, named, (SH.name,)):
                return in_language(names, lang)
        return in_language(property_label, lang) or re.split(r"[#/]", str(path))[-1]

    def _same(self, node: Node, path: Path) -> bool:
        return not isinstance(node, URIRef) and parse_shacl_path(self.graph, node) == path

    def messages(self, node: Node) -> dict[str, str]:
        """The sh:message of a shape or rule, by language."""
        return texts(self.graph, node, (SH.message,))

    def language(self, shape: Node, text: str) -> str:
        """The language of a SPARQL constraint's message, which engines drop as they fill it in."""
        for message in self.graph.objects(shape, SH.sparql / SH.message):
            pattern = ".*".join(map(re.escape, _VARIABLE.split(str(message))))
            if isinstance(message, Literal) and re.fullmatch(pattern, text, re.DOTALL):
                return message.language or ""
        return ""

    def fault(self, component: Node) -> dict[str, str]:
        """What this kind of fault is called, by language; said before the shape's message."""
        return self._faults.get(component, {})

    @cached_property
    def _faults(self) -> dict[Node, dict[str, str]]:
        component = URIRef(vocab.SHAPES + "component")
        named = self.graph.subject_objects(component)
        return {component: self.messages(fault) for fault, component in named}


def predicates(path: URIRef | Path) -> set[URIRef]:
    """All predicates that a property path steps along."""
    if isinstance(path, URIRef):
        return {path}
    return {predicate for operand in _operands(path) for predicate in predicates(operand)}


def after_the_first_step(path: URIRef | Path) -> set[URIRef]:
    """The predicates of a property path that start from another node than its first."""
    match path:
        case URIRef():
            return set()
        case SequencePath(args=[first, *rest]):
            return after_the_first_step(first).union(*map(predicates, rest))
        case AlternativePath(args=alternatives):
            return set().union(*map(after_the_first_step, alternatives))
        case MulPath(mod="?", path=once):
            return after_the_first_step(once)
    return predicates(path)


def _operands(path: Path) -> Sequence[URIRef | Path]:
    match path:
        case SequencePath() | AlternativePath():
            return path.args
        case InvPath():
            return [path.arg]
        case MulPath():
            return [path.path]
    raise TypeError(f"no SHACL path: {path!r}")


def texts(graph: Graph, node: Node, predicates: Iterable[URIRef]) -> dict[str, str]:
    """What the first predicate that says something says, by language ("" for none)."""
    for predicate in predicates:
        found = [text for text in graph.objects(node, predicate) if isinstance(text, Literal)]
        if found:
            return {text.language or "": str(text) for text in sorted(found)}
    return {}


def in_language(found: Mapping[str, str], lang: str) -> str:
    """The text for a reader of `lang`, else in English, else in any language."""
    chosen = next((code for code in (lang, "en", "") if code in found), None)
    return found[chosen] if chosen is not None else next(iter(found.values()), "")


@cache
def of_the_product() -> Shapes:
    """The product's own shapes, with the ontology's class hierarchy."""
    return Shapes(product(), vocab.subclass_axioms())
