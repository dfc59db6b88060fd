"""What merged things make of the public graph.

Dossiers stay as they were sent. In the default graph alone a survivor stands wherever a dossier
names the thing that was merged into it; `graph/derived` says what it was called before.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rdflib import DCTERMS, PROV, RDF, RDFS, XSD, Literal, URIRef

from . import media
from .ledger import Event, Ledger, became
from .store import Step

T = TypeVar("T")
_AT_ONCE = 300  # things in one VALUES


@dataclass(frozen=True)
class Merges:
    """What each merged thing became in the end: before a change of the graph, and after it."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    was_made: Sequence[Event] = ()
    made: Sequence[Event] = ()

    @classmethod
    def between(cls, ledger: Ledger, before: int, after: int) -> "Merges":
        """What changes between two revisions; 0: all, for a graph made anew."""
        was_made, made = ledger.merges(before), ledger.merges(after)
        return cls(became(was_made), became(made), was_made, made)

    @property
    def things(self) -> set[str]:
        """All that is merged, or became something else."""
        return {iri for each in (self.before, self.after) for pair in each.items() for iri in pair}

    @property
    def changed(self) -> set[str]:
        """What became something else by the change, and the one or the other that it became."""
        pairs = self.before.items() ^ self.after.items()
        decided = set(self.was_made) ^ set(self.made)  # perhaps otherwise than before
        return {iri for pair in pairs for iri in pair} | {event.dossier for event in decided}

    def told_as(self, things: Collection[str]) -> set[str]:
        """Things, and what the graph had in their place before the change."""
        return {*things, *(self.before[iri] for iri in things if iri in self.before)}

    def undone(self, derived: str) -> Iterator[Step]:
        """Make the default graph say again of these things what the named graphs say."""
        both = f"?thing {DCTERMS.isReplacedBy.n3()} ?o", f"?s {PROV.alternateOf.n3()} ?thing"
        for some in _some(sorted(self.before)):
            for said in both:
                where = f"{_values(some)} GRAPH <{derived}> {{ {said} }}"
                yield Step(derived, loses=said, where=where)
        decided = f"?merge {PROV.invalidated.n3()} ?thing ; {PROV.wasAssociatedWith.n3()} ?by"
        for some in _some(sorted(self.before)):
            for said in ("?by ?p ?o", "?merge ?p ?o"):
                where = f"{_values(some)} GRAPH <{derived}> {{ {decided} . {said} }}"
                yield Step(derived, loses=said, where=where)
        for some in _some(sorted(self.things)):
            for said in ("?thing ?p ?o", "?s ?p ?thing"):
                yield Step("", loses=said, where=f"{_values(some)} {said}")
        for some in _some(sorted(self.things)):
            for said in ("?thing ?p ?o", "?s ?p ?thing"):
                yield Step("", gains=said, where=f"{_values(some)} GRAPH ?g {{ {said} }}")

    def done(self) -> Iterator[Step]:
        """Make the default graph say of survivors what dossiers say of what became them."""
        for some in _some(sorted(self.after.items())):
            pairs = " ".join(f"(<{loser}> <{survivor}>)" for loser, survivor in some)
            both = f"VALUES (?thing ?survivor) {{ {pairs} }}"
            yield Step("", gains="?survivor ?p ?o", where=f"{both} ?thing ?p ?o")
            yield Step("", loses="?thing ?p ?o", where=f"{both} ?thing ?p ?o")
            yield Step("", gains="?s ?p ?survivor", where=f"{both} ?s ?p ?thing")
            yield Step("", loses="?s ?p ?thing", where=f"{both} ?s ?p ?thing")

    def told(self, derived: str, base: str) -> Iterator[Step]:
        """Say what replaced what, and who decided it, when and why."""
        lines = (
            f"<{loser}> {DCTERMS.isReplacedBy.n3()} <{survivor}> .\n"
            f"<{survivor}> {PROV.alternateOf.n3()} <{loser}> .\n"
            for loser, survivor in sorted(self.after.items())
        )
        if said := "".join([*lines, *(_decision(event, base) for event in self.made)]):
            yield Step(derived, gains=said)


def _decision(event: Event, base: str) -> str:
    """A merge as an activity, in N-Triples. Who decided has an opaque name, as persons have."""
    key = hashlib.sha256(f"{base}\0{event.decider}".encode()).hexdigest()[:20]
    merge, by = URIRef(f"{base}/id/merge/{event.seq}"), URIRef(f"{base}/id/moderator/{key}")
    graph = media.bare()
    graph.add((merge, RDF.type, PROV.Activity))
    graph.add((merge, PROV.invalidated, URIRef(event.dossier)))
    graph.add((merge, PROV.used, URIRef(event.thing or "")))
    graph.add((merge, PROV.wasAssociatedWith, by))
    graph.add((merge, PROV.endedAtTime, Literal(event.time, datatype=XSD.dateTime)))
    graph.add((merge, RDFS.comment, Literal(event.reason or "-")))
    graph.add((by, RDF.type, PROV.Agent))
    return media.canonical(graph).decode()


def _some(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), _AT_ONCE):
        yield things[start : start + _AT_ONCE]


def _values(things: Sequence[str]) -> str:
    return f"VALUES ?thing {{ {' '.join(f'<{iri}>' for iri in things)} }}"
