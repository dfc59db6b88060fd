"""Reference: the ontology and its vocabularies answer, as pages and as RDF."""

import re
from functools import cache

from flask import Blueprint, Response
from rdflib import OWL, RDF, Graph, URIRef
from rdflib.compare import to_canonical_graph

from .. import assets, media, vocab
from ..errors import NotFound
from . import concepts, terms
from .reading import ONTOLOGY
from .representation import represent

blueprint = Blueprint("reference", __name__)
_NAME = re.compile(r"[a-z0-9-]+")
_RELEASE = re.compile(r"([0-9]+(?:\.[0-9]+)*)(?:\.([a-z]+))?")


@blueprint.get("/ont")
@blueprint.get("/ont.<extension>")
def ontology(extension: str | None = None) -> Response:
    """The ontology."""
    return represent(_ontology(), ONTOLOGY, terms.page, extension)


@blueprint.get("/ont/<release>")
def released(release: str) -> Response:
    """A release of the ontology, as it was frozen."""
    told = _RELEASE.fullmatch(release)
    path = assets.root() / "ontology" / "releases" / (told[1] if told else "-") / "innograph.ttl"
    if told is None or not path.is_file():
        raise NotFound(iri=f"{ONTOLOGY}/{release}")
    iri = f"{ONTOLOGY}/{told[1]}"
    current = (URIRef(ONTOLOGY), OWL.versionIRI, URIRef(iri)) in vocab.ontology()
    graph = to_canonical_graph(media.read_file(path))
    return represent(graph, iri, terms.page if current else None, told[2])


@blueprint.get("/voc")
@blueprint.get("/voc.<extension>")
def vocabularies(extension: str | None = None) -> Response:
    """All vocabularies: as a page, their list; as data, all that they say."""
    iri = vocab.VOCABULARIES.rstrip("/")
    return represent(vocab.vocabularies(), iri, concepts.index, extension)


@blueprint.get("/voc/<scheme>")
@blueprint.get("/voc/<scheme>.<extension>")
@blueprint.get("/voc/<scheme>/<concept>")
@blueprint.get("/voc/<scheme>/<concept>.<extension>")
def vocabulary(scheme: str, concept: str | None = None, extension: str | None = None) -> Response:
    """A vocabulary, or one of its concepts."""
    names = [name for name in (scheme, concept) if name is not None]
    iri = vocab.VOCABULARIES + "/".join(names)
    if (
        not all(map(_NAME.fullmatch, names))
        or (URIRef(iri), None, None) not in vocab.vocabularies()
    ):
        raise NotFound(iri=iri)
    graph = media.bare()
    graph += vocab.vocabularies().triples((URIRef(iri), None, None))
    for part in vocab.vocabularies().subjects(RDF.type, unique=True) if concept is None else ():
        if str(part).startswith(f"{iri}/"):
            graph += vocab.vocabularies().triples((part, None, None))
    page = concepts.page if concept else concepts.scheme_page
    return represent(graph, iri, lambda: page(URIRef(iri)), extension)


@cache
def _ontology() -> Graph:
    """The ontology, with names for its blank nodes that are the same in every process."""
    return to_canonical_graph(vocab.ontology())
