"""What the shapes say of each kind of thing, field by field: what JSON, tables and pictures need.

A kind is a class that shapes target. Kinds that are described with another thing, in its dossier,
are its parts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from rdflib import OWL, RDF, RDFS, SH, SKOS, XSD, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from .. import vocab
from ..validation import shapes
from . import terms

# How values are written where the shapes give no pattern (XML Schema 1.1, part 2).
_NUMBERS = {
    XSD.integer: r"^[+-]?[0-9]+$",
    XSD.decimal: r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$",
}
_WRITTEN = _NUMBERS | {XSD.boolean: "^(true|false|1|0)$"}
_BOUNDS = {
    SH.minInclusive: "minimum",
    SH.maxInclusive: "maximum",
    SH.minExclusive: "exclusiveMinimum",
    SH.maxExclusive: "exclusiveMaximum",
}


@dataclass(frozen=True)
class Field:
    """A property, as far as shapes tell: of one kind, or of all kinds together.

    `names` and `descriptions` go by language; `datatypes` stand in the order in which they are
    tried, each with the pattern of what it takes ("" for anything); `schemes` are prefixes.
    """

    name: str
    iri: URIRef
    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    required: bool
    single: bool
    one_a_language: bool
    datatypes: Mapping[URIRef, str]
    pattern: str
    bounds: Mapping[str, int | float]
    schemes: tuple[str, ...]
    classes: tuple[URIRef, ...]
    nested: bool

    @cached_property
    def has_languages(self) -> bool:
        return RDF.langString in self.datatypes

    @cached_property
    def is_concept(self) -> bool:
        return bool(self.schemes) or SKOS.Concept in self.classes

    @cached_property
    def is_link(self) -> bool:
        return not self.datatypes

    @cached_property
    def is_number(self) -> bool:
        return bool(self.datatypes) and self.datatypes.keys() <= _NUMBERS.keys()

    def literal(self, text: str) -> Literal | None:
        """The value that a text without language stands for; None when it cannot be one."""
        for datatype, pattern in self.datatypes.items():
            if datatype in (XSD.string, RDF.langString):
                return Literal(text)
            if not pattern or re.search(pattern, text):
                return Literal(text, datatype=datatype)
        return None


@cache
def roots() -> tuple[URIRef, ...]:
    """The kinds of which a dossier can be, by name: those that are no part of another."""
    parts = {klass for field in anywhere().values() if field.nested for klass in field.classes}
    return tuple(sorted(targets() - parts, key=terms.name_of))


@cache
def types(kind: URIRef) -> tuple[URIRef, ...]:
    """The classes that make a thing be of a kind: its own, and subclasses that are no kind."""
    direct = vocab.ontology().subjects(RDFS.subClassOf, kind)
    below = {URIRef(str(klass)) for klass in direct} - targets()
    return (kind, *(t for klass in sorted(below, key=terms.name_of) for t in types(klass)))


@cache
def of(kind: URIRef) -> tuple[Field, ...]:
    """The fields of a class, in the order of a form."""
    found: dict[URIRef, list[Node]] = {}
    for rule in _rules(kind):
        path = _graph().value(rule, SH.path)
        if isinstance(path, URIRef):
            found.setdefault(path, []).append(rule)
    ordered = sorted(found.items(), key=lambda item: min(map(_order, item[1])))
    return tuple(_field(path, rules) for path, rules in ordered)


@cache
def anywhere() -> Mapping[str, Field]:
    """Each property by short name, with what is said of it for whatever kind."""
    return {
        name: _field(iri, sorted(_graph().subjects(SH.path, iri), key=str))
        for name, iri in terms.properties().items()
    }


def narrowed(kind: URIRef, field: Field) -> Mapping[URIRef, tuple[str, ...]]:
    """The schemes that a kind asks of its parts under a field, by the part's property."""
    found = {}
    for rule in _rules(kind):
        match _steps(rule):
            case [first, URIRef() as second] if first == field.iri:
                found[second] = _Facets.of(rule).schemes
    return found


def one_of(kind: URIRef) -> list[list[str]]:
    """Names of fields of which a thing of the kind must have one at least."""
    found = []
    for rule in _rules(kind):
        path = _graph().value(rule, SH.path)
        choice = None if path is None else _graph().value(path, SH.alternativePath)
        if choice is not None and _demands(rule):
            names = [terms.name_of(URIRef(str(p))) for p in Collection(_graph(), choice)]
            found.append(names)
    return sorted(found)


def _graph() -> Graph:
    return shapes.of_the_product().graph


@cache
def targets() -> frozenset[URIRef]:
    """All kinds: the classes that shapes target."""
    return frozenset(URIRef(str(target)) for target in _graph().objects(None, SH.targetClass))


def _rules(kind: URIRef) -> Iterator[Node]:
    """The property shapes for a class; what is said of itself comes before what it inherits."""
    for klass in vocab.ontology().transitive_objects(kind, RDFS.subClassOf):
        for shape in sorted(_graph().subjects(SH.targetClass, klass), key=str):
            yield from sorted(_graph().objects(shape, SH.property), key=_order)


def _steps(rule: Node) -> list[Node]:
    path = _graph().value(rule, SH.path)
    listed = path is not None and (path, RDF.first, None) in _graph()
    return list(Collection(_graph(), path)) if path is not None and listed else []


def _order(rule: Node) -> tuple[float, str]:
    return float(str(_graph().value(rule, SH.order) or 0)), str(rule)


def _demands(rule: Node) -> bool:
    """Whether a shape demands a value, rather than advise it."""
    severity = _graph().value(rule, SH.severity) or SH.Violation
    least = int(str(_graph().value(rule, SH.minCount) or 0))
    return severity == SH.Violation and least > 0


@dataclass
class _Facets:
    datatypes: dict[URIRef, str]
    schemes: tuple[str, ...]
    classes: tuple[URIRef, ...]

    @classmethod
    def of(cls, shape: Node) -> "_Facets":
        """What a shape asks of a value, by itself, by the shapes it names and by its choices."""
        graph = _graph()
        pattern = str(graph.value(shape, SH.pattern) or "")
        choices = graph.value(shape, SH["or"])
        scheme = next((str(v) for v in graph.objects(shape, SH.property / SH.hasValue)), "")
        found = cls(
            {URIRef(str(d)): pattern for d in graph.objects(shape, SH.datatype)},
            (scheme.removeprefix(vocab.VOCABULARIES),) if scheme else (),
            tuple(URIRef(str(klass)) for klass in graph.objects(shape, SH["class"])),
        )
        deeper = list(graph.objects(shape, SH.node))
        for other in deeper + (list(Collection(graph, choices)) if choices else []):
            found.add(cls.of(other))
        return found

    def add(self, other: "_Facets") -> None:
        self.datatypes |= {d: p for d, p in other.datatypes.items() if d not in self.datatypes}
        self.schemes = tuple(sorted({*self.schemes, *other.schemes}))
        self.classes = tuple(sorted({*self.classes, *other.classes}))


def _field(path: URIRef, rules: list[Node]) -> Field:
    graph, ontology = _graph(), vocab.ontology()
    facets = _Facets({}, (), ())
    for rule in rules:
        facets.add(_Facets.of(rule))
    if not rules and (path, RDF.type, OWL.DatatypeProperty) in ontology:
        facets.datatypes = {URIRef(str(ontology.value(path, RDFS.range) or XSD.string)): ""}
    elif not rules:
        facets.classes = tuple(URIRef(str(klass)) for klass in ontology.objects(path, RDFS.range))
    several = len(facets.datatypes) > 1

    def told(of_shapes: URIRef, of_ontology: URIRef) -> Mapping[str, str]:
        found = (shapes.texts(graph, rule, (of_shapes,)) for rule in rules)
        return next(filter(None, found), shapes.texts(ontology, path, (of_ontology,)))

    return Field(
        name=terms.name_of(path),
        iri=path,
        names=told(SH.name, RDFS.label),
        descriptions=told(SH.description, SKOS.definition),
        required=any(map(_demands, rules)),
        single=any(str(graph.value(rule, SH.maxCount)) == "1" for rule in rules),
        one_a_language=any((rule, SH.uniqueLang, Literal(True)) in graph for rule in rules),
        datatypes={
            datatype: pattern if pattern and several else _WRITTEN.get(datatype, "")
            for datatype, pattern in facets.datatypes.items()
        },
        pattern=next((str(p) for rule in rules for p in graph.objects(rule, SH.pattern)), ""),
        bounds={
            name: _number(str(value))
            for bound, name in _BOUNDS.items()
            for rule in rules
            for value in graph.objects(rule, bound)
        },
        schemes=facets.schemes,
        classes=facets.classes,
        nested=any(
            (rule, vocab.DASH.editor, vocab.DASH.DetailsEditor) in graph
            for rule in graph.subjects(SH.path, path)
        ),
    )


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
