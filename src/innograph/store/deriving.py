"""Derives in this process what a remote engine cannot: from the statements that matter for it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

import pyoxigraph as ox
from rdflib import RDF

from .. import media
from . import Step

_NAME = re.compile(r"(?<![\w:?$<\"])([A-Za-z][\w-]*):([A-Za-z][\w-]*)")


class Scratch:
    """A part of the public graph in memory: all that the steps to be derived ask for."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = dict(prefixes)
        self._store = ox.Store()

    def needs(self, patterns: Iterable[str]) -> Iterator[str]:
        """Queries for statements with the properties or of the classes that patterns name."""
        names = {name for pattern in patterns for name in _NAME.findall(pattern)}
        known = sorted(self._prefixes[p] + n for p, n in names if p in self._prefixes)
        named = " ".join(f"<{iri}>" for iri in known)
        for chosen in (f"?p {{ {named} }}", f"?o {{ {named} }} VALUES ?p {{ <{RDF.type}> }}"):
            yield f"SELECT ?s ?p ?o ?g {{ VALUES {chosen} GRAPH ?g {{ ?s ?p ?o }} }}"

    def load(self, rows: BinaryIO) -> None:
        """Take in the answer to such a query."""
        quads = list(media.quads_of_rows(rows))
        self._store.bulk_extend(quads)
        self._store.bulk_extend(
            ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads
        )

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
