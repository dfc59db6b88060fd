"""Terms and prefixes, read from the ontology and its vocabularies."""

from functools import cache

from rdflib import RDF, RDFS, SH, Graph, Namespace, URIRef
from rdflib.namespace import ClosedNamespace

from . import assets
from .media import bare, read_file, read_files

NAMESPACE = "https://w3id.org/innograph/ont#"
VOCABULARIES = "https://w3id.org/innograph/voc/"
SHAPES = "https://w3id.org/innograph/shapes/"
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
DASH = Namespace("http://datashapes.org/dash#")
SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
PROBLEMS = "https://w3id.org/innograph/problems/"


@cache
def ontology() -> Graph:
    """The ontology alone."""
    return read_file(assets.ontology_files()[0])


@cache
def vocabularies() -> Graph:
    """All concept schemes together."""
    return read_files(assets.ontology_files()[1:])


@cache
def reused() -> Graph:
    """Concepts that others publish, under their own addresses, which dossiers point at."""
    return read_files(assets.reused_files())


@cache
def model() -> Graph:
    """Ontology and vocabularies together."""
    graph = bare()
    graph += ontology()
    graph += vocabularies()
    return graph


@cache
def prefixes() -> dict[str, str]:
    """Prefix -> namespace, as the ontology declares them (SHACL 1.0, 5.2.1)."""
    graph = ontology()
    return {
        str(graph.value(declaration, SH.prefix)): str(graph.value(declaration, SH.namespace))
        for declaration in graph.objects(None, SH.declare)
    }


@cache
def subclass_axioms() -> Graph:
    """The class hierarchy, which validation needs beside each dossier."""
    axioms = bare()
    axioms += ontology().triples((None, RDFS.subClassOf, None))
    return axioms


@cache
def _own_terms() -> list[str]:
    return [
        str(term).removeprefix(NAMESPACE)
        for term in set(ontology().subjects(RDF.type))
        if isinstance(term, URIRef) and term.startswith(NAMESPACE)
    ]


@cache
def own() -> ClosedNamespace:
    """The ontology's own terms; naming one that does not exist raises AttributeError."""
    return ClosedNamespace(NAMESPACE, _own_terms())
