"""The short names by which JSON and tables call classes, properties and concepts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import urljoin

from rdflib import OWL, RDF, RDFS, SH, URIRef

from .. import vocab
from ..validation import shapes

# In JSON `type` says the class, so a property so named takes a synonym.
KEYWORDS = {"id": "@id", "type": "@type"}
_SYNONYMS = {"type": "kind"}
_COMPACT = re.compile(r"([A-Za-z][\w-]*):(?!//)(.+)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONCEPT = re.compile(r"[\w.-]+")


@cache
def classes() -> Mapping[str, URIRef]:
    """Class by short name: all that the ontology declares."""
    return _named(vocab.ontology().subjects(RDF.type, OWL.Class))


@cache
def properties() -> Mapping[str, URIRef]:
    """Property by short name: all that the ontology declares or a shape has a path to."""
    graph = vocab.ontology()
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property)
    declared = {term for kind in kinds for term in graph.subjects(RDF.type, kind)}
    return _named(declared | set(shapes.of_the_product().graph.objects(None, SH.path)))


@cache
def name_of(term: URIRef) -> str:
    """The short name of a class or property; the whole address of one that has none."""
    both = {iri: name for terms in (classes(), properties()) for name, iri in terms.items()}
    return both.get(term, str(term))


def compact(iri: str) -> str:
    """A concept as `scheme:notation`; any other address as it is."""
    scheme, slash, notation = iri.removeprefix(vocab.VOCABULARIES).rpartition("/")
    known = vocab.prefixes().get(scheme) == f"{vocab.VOCABULARIES}{scheme}/"
    return f"{scheme}:{notation}" if slash and known and _CONCEPT.fullmatch(notation) else iri


def expand(text: str, base: str) -> str:
    """The address that `prefix:name`, a whole address or one relative to `base` stands for."""
    if (match := _COMPACT.fullmatch(text)) and match[1] in vocab.prefixes():
        return vocab.prefixes()[match[1]] + match[2]
    return text if _SCHEME.match(text) else urljoin(base.rstrip("/") + "/", text)


def labels(term: URIRef) -> Mapping[str, str]:
    """What people call a term, by language; of a foreign one its English name is known only."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name_of(term)).lower()
    return shapes.texts(vocab.ontology(), term, (RDFS.label,)) or {"en": words}


def slug(kind: URIRef) -> str:
    """The name of a kind's files: `status-period`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name_of(kind)).lower()


def _named(terms: Iterable[object]) -> Mapping[str, URIRef]:
    """The local name of each; with its prefix where a foreign term would collide."""
    alike: dict[str, list[URIRef]] = defaultdict(list)
    for term in sorted({term for term in terms if isinstance(term, URIRef)}):
        local = re.split(r"[#/]", term)[-1]
        alike[_SYNONYMS.get(local, local)].append(term)
    named = {}
    for local, found in alike.items():
        for term in found:
            own = term.startswith(vocab.NAMESPACE)
            free = len(found) == 1 or own
            named[local if free else _prefix(term) + local[0].upper() + local[1:]] = term
    return dict(sorted(named.items()))


def _prefix(term: URIRef) -> str:
    spaces = sorted(vocab.prefixes().items(), key=lambda pair: -len(pair[1]))
    return next((prefix for prefix, space in spaces if term.startswith(space)), "other")
