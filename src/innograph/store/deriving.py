"""Answers in this process what an engine cannot, from the statements that matter for it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO

import pyoxigraph as ox
from rdflib import RDF

from .. import media
from . import Step

_NAME = re.compile(r"(?<![\w:?$<\"])([A-Za-z][\w-]*):([A-Za-z][\w-]*)")


# The answer to a query in a format that is named by its media type.
Asking = Callable[[str, str], BinaryIO]


class Scratch:
    """A part of the public graph in memory: all that some patterns can ask for."""

    def __init__(self, patterns: Iterable[str], prefixes: Mapping[str, str], ask: Asking) -> None:
        self._prefixes = dict(prefixes)
        self._store = ox.Store()
        for query in self._needs(patterns):
            with ask(query, media.JSON_ROWS) as rows:
                for quad in media.quads_of_rows(rows):
                    plain = ox.Quad(quad.subject, quad.predicate, quad.object)
                    self._store.extend([quad, plain])

    def _needs(self, patterns: Iterable[str]) -> Iterator[str]:
        """Queries for statements with the properties or of the classes that patterns name."""
        names = {name for pattern in patterns for name in _NAME.findall(pattern)}
        known = sorted(self._prefixes[p] + n for p, n in names if p in self._prefixes)
        named = " ".join(f"<{iri}>" for iri in known)
        for chosen in (f"?p {{ {named} }}", f"?o {{ {named} }} VALUES ?p {{ <{RDF.type}> }}"):
            yield f"SELECT ?s ?p ?o ?g {{ VALUES {chosen} GRAPH ?g {{ ?s ?p ?o }} }}"

    def derive(self, step: Step) -> str:
        """What a step adds, as N-Triples; the next one finds it there."""
        query = f"CONSTRUCT {{ {step.gains} }} WHERE {{ {step.where} }}"
        found = self._store.query(query, prefixes=self._prefixes)
        assert isinstance(found, ox.QueryTriples)
        triples = sorted(set(found), key=str)
        graph = ox.NamedNode(step.graph)
        for triple in triples:
            parts = triple.subject, triple.predicate, triple.object
            self._store.extend([ox.Quad(*parts), ox.Quad(*parts, graph)])
        return "".join(f"{triple} .\n" for triple in triples)

    def find(self, query: str) -> set[str]:
        """The IRIs that a SELECT of one variable finds."""
        return media.iris(self._store.query(query, prefixes=self._prefixes))
