"""What the endpoint is and can do, for programs (SPARQL 1.1 Service Description)."""

from collections.abc import Iterator

from rdflib import DCTERMS, RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from .. import media
from ..instance import Instance
from ..vocab import SD

# Named graphs that there always are; the dossiers, one graph each, are too many to be listed.
_GRAPHS = ("meta", "derived", "ontology", "vocabularies")


def describe(instance: Instance) -> Graph:
    """The description of this server's endpoint: language, formats, graphs, limits."""
    graph = Graph()
    for triple in _told(instance):
        graph.add(triple)
    return graph


def _told(instance: Instance) -> Iterator[tuple[Node, Node, Node]]:
    settings = instance.settings
    # Their names are steady, so that the same description is the same bytes.
    service, dataset, default = URIRef(f"{settings.url}/sparql"), BNode("dataset"), BNode("default")
    yield service, RDF.type, SD.Service
    yield service, SD.endpoint, service
    yield service, SD.supportedLanguage, SD.SPARQL11Query
    for form in (*media.RESULTS, *media.GRAPHS):
        yield service, SD.resultFormat, URIRef(media.W3C_FORMATS[form.name])
    limits = (
        f"A query may take {settings.query_seconds:g} seconds, {settings.query_memory} bytes of "
        f"memory and {settings.query_bytes} bytes of text, and give {settings.answer_bytes} bytes; "
        f"one client has {settings.client_queries} queries running. SERVICE and updates are "
        "refused; FROM selects graphs that are here."
    )
    yield service, RDFS.comment, Literal(limits, lang="en")
    yield service, SD.defaultDataset, dataset
    yield dataset, RDF.type, SD.Dataset
    yield dataset, SD.defaultGraph, default
    yield default, RDF.type, SD.Graph
    yield (
        default,
        DCTERMS.description,
        Literal("What all public dossiers say together, each statement once.", lang="en"),
    )
    for name in _GRAPHS:
        named, inner = BNode(f"named-{name}"), BNode(name)
        yield dataset, SD.namedGraph, named
        yield named, RDF.type, SD.NamedGraph
        yield named, SD.name, URIRef(f"{instance.base}/graph/{name}")
        yield named, SD.graph, inner
        yield inner, RDF.type, SD.Graph
