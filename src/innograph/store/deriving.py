"""Answers in this process what an engine cannot, from the statements that matter for it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO

import pyoxigraph as ox
from rdflib import RDF

from .. import media
from . import Step

# The answer to a query in a format that is named by its media type.
Asking = Callable[[str, str], BinaryIO]

_NAME = re.compile(r"(?<![\w:?$<\"])([A-Za-z][\w-]*):([A-Za-z][\w-]*)")
_ADDRESS = re.compile(r"<([^<>\s]+)>")
_ABOUT = re.compile(r"VALUES\s*\?\w+\s*\{([^}]*<[^}]*)\}")
_REPEATED = re.compile(r"(?:\([^()]*\)|[\w:-]+)[*+]")
# Steps from a thing to what is derived of it: the longest chain in the queries has four.
_REACH = 5
_FEW, _AT_ONCE = 2_000, 300


class Scratch:
    """A part of the public graph in memory: all that some patterns can ask for.

    It is all about the things that each pattern names in VALUES, as far as its paths may lead; or,
    when they name none or many, all statements with the properties that the patterns name. With
    each pattern comes the template of what is derived by it, or none.
    """

    def __init__(
        self, derived: Iterable[tuple[str, str]], prefixes: Mapping[str, str], ask: Asking
    ) -> None:
        self._prefixes, self._ask = dict(prefixes), ask
        self._store = ox.Store()
        patterns, templates = zip(*derived, strict=True)
        self._named = self._names(" ".join(patterns))
        things = [set(_ADDRESS.findall(" ".join(_ABOUT.findall(text)))) for text in patterns]
        about = set().union(*things)
        if all(things) and len(about) <= _FEW:
            again = self._names(" ".join(_REPEATED.findall(" ".join(patterns))))
            self._gather(about, again)
        else:
            # All that is derived of all things is derived here. Asked for it while there is none,
            # an engine (Virtuoso) would remember that, and plan by it until it is started again.
            anew = set() if any(things) else self._names(" ".join(templates))
            self._take("?p", self._named - anew)
            self._take("?o", self._named, [str(RDF.type)])

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

    def _names(self, text: str) -> set[str]:
        """What prefixed names in a text stand for."""
        found = _NAME.findall(text)
        return {self._prefixes[p] + name for p, name in found if p in self._prefixes}

    def _gather(self, about: set[str], again: set[str]) -> None:
        """Take in what is around things, and by the properties of `again` to any distance."""
        # What the patterns name themselves is where some of their paths begin.
        reached = about | self._named
        near = reached
        for _ in range(_REACH):
            far = near = self._around(near, self._named) - reached
            reached |= near
            while far := self._around(far, again) - reached:
                reached |= far
                near |= far

    def _around(self, things: set[str], properties: set[str]) -> set[str]:
        """Take in statements of and about things; the other things that they are of and about."""
        ours = {thing for thing in things if not self._is_term(thing)}
        found = self._take("?s", things, properties | {str(RDF.type)})
        # Terms are pointed at by half the graph.
        return found | self._take("?o", ours, properties)

    def _is_term(self, iri: str) -> bool:
        return iri.startswith(tuple(self._prefixes.values()))

    def _take(self, place: str, chosen: Iterable[str], properties: Iterable[str] = ()) -> set[str]:
        """Take in statements with one of the chosen in a place; the IRIs at both their ends."""
        found: set[str] = set()
        rest = sorted(chosen)
        by = f"VALUES ?p {{ {_told(properties)} }}" if properties else ""
        for start in range(0, len(rest), _AT_ONCE):
            some = f"VALUES {place} {{ {_told(rest[start : start + _AT_ONCE])} }}"
            # The default graph is not all that the others say: of merged things it says one.
            both = f"{{ {some} {by} ?s ?p ?o }} UNION {{ {some} {by} GRAPH ?g {{ ?s ?p ?o }} }}"
            with self._ask(f"SELECT ?s ?p ?o ?g {{ {both} }}", media.JSON_ROWS) as rows:
                for quad in media.quads_of_rows(rows):
                    self._store.add(quad)
                    found.update(_iris(quad.subject, quad.object))
        return found


def _told(iris: Iterable[str]) -> str:
    return " ".join(f"<{iri}>" for iri in sorted(iris))


def _iris(*nodes: object) -> Iterator[str]:
    return (node.value for node in nodes if isinstance(node, ox.NamedNode))
