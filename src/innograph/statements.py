"""What the ledger says, as named graphs of N-Triples: each dossier, who said it, public lists.

`graph/meta` says who told what, when, under which licence. What is derived of all that is made in a
store (`projection`) and not here.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from tempfile import TemporaryFile

from rdflib import BNode, Graph

from . import assets, media, members, vocab
from .ledger import MERGES, Event, Ledger
from .store import Change, Load

_PIECE = 1_000  # events whose dossiers are held at once
# Told how many of how many dossiers are done.
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Progress that nobody looks at."""


class Statements:
    """Puts the events of one ledger into statements."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.meta = f"{ledger.base}/graph/meta"
        self.lists = members.lists(ledger.base)
        context = (assets.root() / "ontology" / "dossier.context.jsonld").read_text("utf-8")
        self._context = json.loads(context)["@context"]

    def all(self, events: Sequence[Event], progress: Progress) -> Iterator[Load]:
        """All graphs that are not derived, a piece of the ledger at a time.

        `events` are those of the ledger that `changes(0)` gives.
        """
        yield from _model(self._ledger.base)
        with TemporaryFile() as told:  # it comes last, and is too much to hold meanwhile
            sizes, total = [], len(events)
            for start in range(0, total, _PIECE):
                progress(start, total)
                piece = [e for e in events[start : start + _PIECE] if e.kind not in MERGES]
                changes, kept = self.changes(piece)
                sizes.append(told.write(self.told(piece, kept)))
                yield from loads(changes)
            progress(total, total)
            told.seek(0)
            yield Load(self.meta, (told.read(size) for size in sizes))
        base = self._ledger.base
        listed = (self.lists[e.dossier] for e in events if e.dossier in self.lists)
        yield from (Load(m.graph(base), m.statements(base)) for m in listed)

    def changes(self, events: Sequence[Event]) -> tuple[list[Change], dict[tuple[str, str], bytes]]:
        """What becomes of the graphs of dossiers, and what the ledger keeps of these."""
        public = [event for event in events if event.kind == "accepted"]
        wanted = ((e.dossier, hash) for e in public for hash in (e.payload, e.notes) if hash)
        kept = self._ledger.payloads(wanted)
        contents = {e.dossier: kept.get((e.dossier, e.payload or "")) for e in public}
        return [Change(event.dossier, contents.get(event.dossier)) for event in events], kept

    def told(self, events: Sequence[Event], kept: Mapping[tuple[str, str], bytes]) -> bytes:
        """What graph/meta says of accepted dossiers, as N-Triples."""
        told = [
            self._about(event, kept.get((event.dossier, event.notes or "")))
            for event in events
            if event.kind == "accepted"
        ]
        document = json.dumps({"@context": self._context, "@graph": told})
        return media.statements(document, self._ledger.base)

    def _about(self, event: Event, notes: bytes | None) -> dict[str, object]:
        """What graph/meta says of a dossier, in the words of ontology/dossier.context.jsonld."""
        told: dict[str, object] = json.loads(notes) if notes else {}
        if event.dossier in self.lists:
            told["members"] = self.lists[event.dossier].graph(self._ledger.base)
        normalisations = told.pop("normalisations", [])
        assert isinstance(normalisations, list)
        return {
            **told,
            "id": event.dossier,
            "type": "Dossier",
            "about": event.thing,
            "contributor": f"{self._ledger.base}/id/{event.contributor}",
            "licence": event.licence,
            "accepted": event.time,
            "revision": str(event.seq),
            "normalisations": [
                {**note, "id": f"{event.dossier}-normalisation-{number}", "type": "Normalisation"}
                for number, note in enumerate(normalisations, 1)
            ],
        }


def loads(changes: Iterable[Change]) -> Iterator[Load]:
    """The graphs that changes bring."""
    return (Load(change.graph, [change.triples]) for change in changes if change.triples)


@cache
def _model(base: str) -> list[Load]:
    """The graphs of the ontology and of the vocabularies, which are the same for every ledger."""
    told = {
        "ontology": [vocab.ontology()],
        "vocabularies": [vocab.vocabularies(), vocab.reused()],
    }
    return [
        Load(f"{base}/graph/{name}", [_named(graph, base) for graph in graphs])
        for name, graphs in told.items()
    ]


def _named(graph: Graph, base: str) -> bytes:
    """The graph as N-Triples, its blank nodes named: nothing that is stored is blank."""
    told = media.canonical(graph)
    if not any(isinstance(node, BNode) for s, _, o in graph for node in (s, o)):
        return told
    return media.canonical(media.parse(told, "application/n-triples", base))
