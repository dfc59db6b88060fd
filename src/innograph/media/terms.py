"""Terms as rdflib has them and as the engine has them, there and back."""

from collections.abc import Iterator
from functools import lru_cache

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Identifier


def of_rdflib(node: object) -> Identifier:
    """A term of the engine as one of rdflib; language tags are lower-cased."""
    match node:
        case ox.NamedNode():
            return _address(node.value)
        case ox.BlankNode():
            return BNode(node.value)
        case ox.Literal(language=str(language)):
            return Literal(node.value, lang=language.lower())
        case ox.Literal(datatype=datatype):
            plain = datatype.value == "http://www.w3.org/2001/XMLSchema#string"
            return Literal(node.value, datatype=None if plain else _address(datatype.value))
    raise TypeError(f"no RDF 1.1 term: {node!r}")


@lru_cache(maxsize=10_000)
def _address(iri: str) -> URIRef:
    return URIRef(iri)


def of_engine(graph: Graph) -> Iterator[ox.Triple]:
    """The statements of a graph as the engine has them."""
    for subject, predicate, value in graph:
        yield ox.Triple(_engine(subject), ox.NamedNode(str(predicate)), _engine(value))  # type: ignore[arg-type]


def _engine(node: object) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    match node:
        case URIRef():
            return ox.NamedNode(str(node))
        case BNode():
            return ox.BlankNode(str(node))
        case Literal(language=str(language)):
            return ox.Literal(str(node), language=language)
        case Literal(datatype=None):
            return ox.Literal(str(node))
        case Literal(datatype=datatype):
            return ox.Literal(str(node), datatype=ox.NamedNode(str(datatype)))
    raise TypeError(f"no RDF 1.1 term: {node!r}")
