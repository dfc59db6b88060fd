"""What the graph holds, in numbers, for crawlers of linked data (VoID, W3C Interest Group Note)."""

import re

from rdflib import RDF, VOID, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF

from .. import media, vocab
from .catalogue import Catalogue


def graph(catalogue: Catalogue) -> Graph:
    """The description of the whole graph: classes, properties and links with their numbers."""
    told, facts = media.bare(), catalogue.dump.facts
    document = URIRef(f"{catalogue.url}/.well-known/void")
    whole = next(part for part in catalogue.parts if part.everything)
    dataset = URIRef(catalogue.iri(whole))
    told.add((document, RDF.type, VOID.DatasetDescription))
    told.add((document, FOAF.primaryTopic, dataset))
    told.add((dataset, RDF.type, VOID.Dataset))
    for lang, text in whole.title.items():
        told.add((dataset, DCTERMS.title, Literal(text, lang=lang)))
    modified = Literal(facts["time"], datatype=XSD.dateTime)
    told.add((dataset, DCTERMS.modified, modified))
    told.add((dataset, DCTERMS.license, URIRef(catalogue.licence(whole))))
    told.add((dataset, VOID.sparqlEndpoint, URIRef(f"{catalogue.url}/sparql")))
    told.add((dataset, VOID.uriSpace, Literal(f"{catalogue.base}/id/")))
    for file in catalogue.files(whole):
        told.add((dataset, VOID.dataDump, URIRef(file["url"])))
    _count(told, dataset, VOID.triples, facts["triples"])
    statistics = facts["statistics"]
    _count(told, dataset, VOID.classes, len(statistics["classes"]))
    _count(told, dataset, VOID.properties, len(statistics["properties"]))
    for number, row in enumerate(statistics["classes"], 1):
        part = URIRef(f"{dataset}#class-{number}")
        told.add((dataset, VOID.classPartition, part))
        told.add((part, VOID["class"], URIRef(row["class"])))
        _count(told, part, VOID.entities, int(row["things"]))
    spaces = set()
    for number, row in enumerate(statistics["properties"], 1):
        part = URIRef(f"{dataset}#property-{number}")
        told.add((dataset, VOID.propertyPartition, part))
        told.add((part, VOID.property, URIRef(row["property"])))
        _count(told, part, VOID.triples, int(row["statements"]))
        spaces.add(re.sub(r"[^#/]*$", "", row["property"]))
    for space in spaces & set(vocab.prefixes().values()):
        told.add((dataset, VOID.vocabulary, URIRef(space)))
    for number, row in enumerate(statistics["links"], 1):
        links = URIRef(f"{dataset}#links-{number}")
        told.add((links, RDF.type, VOID.Linkset))
        told.add((dataset, VOID.subset, links))
        told.add((links, VOID.subjectsTarget, dataset))
        told.add((links, VOID.objectsTarget, URIRef(row["site"])))
        told.add((links, VOID.linkPredicate, URIRef(row["property"])))
        _count(told, links, VOID.triples, int(row["links"]))
    return told


def _count(told: Graph, node: URIRef, of: URIRef, number: int) -> None:
    told.add((node, of, Literal(number)))
