"""The names of what a dossier describes: who may give them, and how nameless nodes get theirs."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from rdflib import RDF, Graph, URIRef

from . import media
from .errors import NotMinted
from .ledger import Ledger

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def dossier_iri(base: str, contributor: str, local: str) -> str:
    """The IRI of a dossier, fixed for ever by who speaks and their own id of the item."""
    key = hashlib.sha256(f"{contributor}\0{local}".encode()).hexdigest()[:20]
    return f"{base}/id/dossier/{key}"


def own_names(graph: Graph, ledger: Ledger) -> Graph:
    """The graph, its nameless nodes called after what they are; raises NotMinted.

    Nobody but this instance makes names under its base.
    """
    base = ledger.base
    own = {str(s) for s in graph.subjects() if str(s).startswith((f"{base}/", f"{base}#"))}
    given = ledger.minted(own).keys()
    for name in sorted(own - given - _made(graph, base)):
        raise NotMinted(iri=name)
    return _with_typed_names(graph, base)


def _made(graph: Graph, base: str) -> set[str]:
    """Names that `media.parse` made for nameless nodes: without them it makes the same again."""
    text = media.canonical(graph)
    pattern = re.compile(rf"<({re.escape(base)}/id/node/[0-9a-f]{{16}}-([0-9]+))>".encode())
    nameless = pattern.sub(rb"_:b\2", text)
    again = media.canonical(media.parse(nameless, "application/n-triples", base))
    return {match[1].decode() for match in pattern.finditer(text)} if again == text else set()


def _with_typed_names(graph: Graph, base: str) -> Graph:
    """Names made for nameless nodes say what they name: .../id/node/x -> .../id/adoption/x."""
    names = {}
    for node in set(graph.subjects()):
        kind = min(graph.objects(node, RDF.type), key=str, default=None)
        if kind is not None and str(node).startswith(f"{base}/id/node/"):
            word = re.split(r"[#/]", str(kind))[-1]
            slug = _WORDS.sub("-", word).lower()
            names[str(node)] = str(node).replace("/id/node/", f"/id/{slug}/")
    return renamed(graph, names)


def things_of(graph: Graph, base: str) -> set[str]:
    """What a dossier describes under this instance's names."""
    return {str(s) for s in graph.subjects() if str(s).startswith(f"{base}/id/")}


def nodes_of(graphs: Iterable[Graph]) -> set[str]:
    """All that has an address in some dossiers, described or pointed at."""
    nodes = {node for graph in graphs for s, _, o in graph for node in (s, o)}
    return {str(node) for node in nodes if isinstance(node, URIRef)}


def renamed(graph: Graph, names: Mapping[str, str]) -> Graph:
    nodes = {node for s, _, o in graph for node in (s, o)}
    changed = {n: URIRef(names[str(n)]) for n in nodes if names.get(str(n), str(n)) != str(n)}
    if not changed:
        return graph
    result = media.bare()
    for s, p, o in graph:
        result.add((changed.get(s, s), p, changed.get(o, o)))
    return result
