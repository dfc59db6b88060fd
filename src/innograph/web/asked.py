"""What the shapes ask of things, in the words of a reader."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from flask_babel import gettext
from markupsafe import Markup
from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.extras.shacl import parse_shacl_path
from rdflib.paths import MulPath
from rdflib.term import Node

from .. import vocab
from ..validation.shapes import of_the_product
from .reading import Asked, Reader, code

# A shape and those that its values must meet too: each of them, or one of them.
_NEAR = MulPath(SH.node | SH["or"] / MulPath(RDF.rest, "*") / RDF.first, "*")
_PLACEHOLDER = re.compile(r"\{[?$]\w+\}")
_RULE = MulPath(SH.property, "?") / SH.sparql
_ADDRESS = re.compile(r"<([^>]*)>")
_SIGNS = re.compile(r"([/|])")
_NOT_BLANK = r"\S"
PAGE = "/ont#"


def of_class(term: Node, lang: str) -> list[Asked]:
    """What is asked of the things of a class, whichever class above it asks for it."""
    above = set(vocab.ontology().transitive_objects(term, RDFS.subClassOf))
    rows: dict[Markup, Asked] = {}
    for asked in _all(lang):
        if asked.on in above:
            known = rows.get(asked.path, asked)
            rows[asked.path] = replace(known, rules=tuple(dict.fromkeys(known.rules + asked.rules)))
    return list(rows.values())


def of_property(term: Node, lang: str) -> list[Asked]:
    """What is asked of the values of a property, class by class."""
    return [asked for asked in _all(lang) if str(term) in asked.predicates]


def sentences(term: Node, lang: str) -> list[Markup]:
    """The rules that the things of a class must keep as a whole."""
    graph, reader = of_the_product().graph, Reader(lang)
    above = vocab.ontology().transitive_objects(term, RDFS.subClassOf)
    shapes = [shape for klass in above for shape in graph.subjects(SH.targetClass, klass)]
    rules = [rule for shape in shapes for rule in graph.objects(shape, _RULE)]
    said = [reader.said(rule, SH.message, graph=graph) for rule in (*rules, *shapes)]
    return [Markup(_PLACEHOLDER.sub("…", text)) for text in dict.fromkeys(said) if text]


@cache
def _all(lang: str) -> list[Asked]:
    graph = of_the_product().graph
    found = [
        (_order(graph, part), _asked(graph, part, klass, lang))
        for shape in dict.fromkeys(graph.subjects(SH.property))
        for klass in _targets(graph, shape)
        for part in graph.objects(shape, SH.property)
        if (part, SH.name, None) in graph
    ]
    return [asked for _, asked in sorted(found, key=lambda entry: entry[0])]


def _targets(graph: Graph, shape: Node) -> list[Node | None]:
    anything = (shape, SH.targetSubjectsOf, None) in graph
    return [*graph.objects(shape, SH.targetClass), *([None] if anything else [])]


def _order(graph: Graph, part: Node) -> list[float]:
    """As in a form: group by group, and in the order of each."""
    found = [graph.value(node, SH.order) for node in (graph.value(part, SH.group), part)]
    return [float(str(order or 0)) for order in found]


def _asked(graph: Graph, part: Node, klass: Node | None, lang: str) -> Asked:
    reader = Reader(lang, PAGE)
    found = graph.value(part, SH.path)
    assert found is not None
    # Between the addresses: the signs of a path.
    pieces = _ADDRESS.split(parse_shacl_path(graph, found).n3())
    path = Markup("").join(
        reader.link(URIRef(piece), code(URIRef(piece))) if place % 2 else _SIGNS.sub(r" \1 ", piece)
        for place, piece in enumerate(pieces)
    )
    on = Markup(gettext("whatever is told")) if klass is None else reader.link(klass)
    return Asked(
        on=klass,
        place=Markup("{}<br>{}").format(on, path) if "/" in pieces else on,
        path=path,
        predicates=frozenset(pieces[1::2]),
        name=reader.said(part, SH.name, graph=graph),
        help=reader.said(part, SH.description, graph=graph),
        rules=tuple(_rules(graph, part, reader)),
    )


def _rules(graph: Graph, part: Node, reader: Reader) -> Iterator[Markup]:
    """In words: how many values, of which kind, and in which form."""
    least, most = graph.value(part, SH.minCount), graph.value(part, SH.maxCount)
    if (part, SH.severity, SH.Warning) in graph:
        yield Markup(gettext("advised"))
    elif least is not None:
        yield Markup(gettext("required"))
    if most is not None:
        some = {"0": gettext("not told here"), "1": gettext("at most one")}
        yield Markup(some.get(str(most), f"≤ {most}"))
    near = list(graph.objects(part, _NEAR))
    lists = [v for n in near for v in graph.objects(n, SH.property / SH.hasValue)]
    kinds = [v for n in near for v in graph.objects(n, SH["class"])]
    types = [code(v) for n in near for v in graph.objects(n, SH.datatype)]
    either = Markup(" {} ").format(gettext("or"))
    if lists:
        yield Markup("{} {}").format(gettext("from the list:"), either.join(reader.links(lists)))
    if kinds:
        yield Markup("{} {}").format(gettext("a thing:"), either.join(reader.links(kinds)))
    if types:
        yield Markup("{} {}").format(gettext("a value:"), either.join(dict.fromkeys(types)))
    if (part, SH.nodeKind, SH.IRI) in graph and not lists:
        yield Markup(gettext("an address"))
    if (part, SH.uniqueLang, None) in graph:
        yield Markup(gettext("one in each language"))
    bounds = {
        SH.minExclusive: gettext("above"),
        SH.minInclusive: gettext("at least"),
        SH.maxExclusive: gettext("below"),
        SH.maxInclusive: gettext("up to"),
    }
    for bound, words in bounds.items():
        for value in graph.objects(part, bound):
            yield Markup("{} {}").format(words, str(value))
    for pattern in graph.objects(part, SH.pattern):
        if str(pattern) == _NOT_BLANK:
            yield Markup(gettext("not blank"))
        else:
            yield Markup("{} <code>{}</code>").format(gettext("in the form"), str(pattern))
    if apart := reader.links(graph.objects(part, SH.disjoint)):
        yield Markup("{} {}").format(gettext("none of the values of:"), either.join(apart))
