"""What merged things make of the public graph.

Dossiers stay as they were sent. In the default graph alone a survivor stands wherever a dossier
names the thing that was merged into it; `graph/derived` says what it was called before.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rdflib import DCTERMS, PROV

from .store import Step

T = TypeVar("T")
_AT_ONCE = 300  # things in one VALUES


@dataclass(frozen=True)
class Merges:
    """What each merged thing became in the end: before a change of the graph, and after it."""

    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def things(self) -> set[str]:
        """All that is merged, or became something else."""
        return {iri for each in (self.before, self.after) for pair in each.items() for iri in pair}

    @property
    def changed(self) -> set[str]:
        """What became something else by the change, and the one or the other that it became."""
        pairs = self.before.items() ^ self.after.items()
        return {iri for pair in pairs for iri in pair}

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

    def told(self, derived: str) -> Iterator[Step]:
        """Say what replaced what."""
        lines = (
            f"<{loser}> {DCTERMS.isReplacedBy.n3()} <{survivor}> .\n"
            f"<{survivor}> {PROV.alternateOf.n3()} <{loser}> .\n"
            for loser, survivor in sorted(self.after.items())
        )
        if said := "".join(lines):
            yield Step(derived, gains=said)


def _some(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), _AT_ONCE):
        yield things[start : start + _AT_ONCE]


def _values(things: Sequence[str]) -> str:
    return f"VALUES ?thing {{ {' '.join(f'<{iri}>' for iri in things)} }}"
