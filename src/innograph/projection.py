"""Ledger -> store: brings the public graph up to the ledger's revision.

Beside the dossiers it keeps two graphs: `graph/meta` (who said what, when, under which licence) and
`graph/derived` (plain triples that spare users the hard joins), made by the queries `derive-*`;
and a graph for the members of each public list.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from threading import Lock

from rdflib import Graph, URIRef

from . import assets, media, members, queries, vocab
from .ledger import Event, Ledger
from .store import Change, Changeable, Load

_DERIVATIONS, _AFFECTED = "derive-", "affected"
_PIECE = 1_000  # events whose dossiers are held at once
# The engine takes prefixes before the first operation only; the store knows the ontology's.
_PROLOGUE = re.compile(r"^(PREFIX|#).*\n", re.M)
_CONSTRUCT = re.compile(r"CONSTRUCT\s*{(?P<template>[^{}]*)}\s*WHERE")


class Projection:
    """Keeps one store at the revision of one ledger."""

    def __init__(self, ledger: Ledger, store: Changeable) -> None:
        self._ledger = ledger
        self._store = store
        self._applying = Lock()
        self._day = ""
        self._putting_off = False
        self._owed: int | None = None  # the revision up to which all is told and derived
        graphs = f"{ledger.base}/graph"
        self._meta, self._derived = f"{graphs}/meta", f"<{graphs}/derived>"
        self._lists = members.lists(ledger.base)
        context = (assets.root() / "ontology" / "dossier.context.jsonld").read_text("utf-8")
        self._context = json.loads(context)["@context"]
        store.apply(_model(ledger.base), [], 0)

    def follow(self) -> int:
        """Apply what the ledger has and the store has not; return the revision now served.

        Nobody notifies: each process calls this before it answers.
        """
        if self._ledger.revision() != self._store.revision:
            with self._applying:
                self._apply(self._store.revision)
        if self._owed is not None and not self._putting_off:
            with self._applying:
                self._pay(self._owed)
        return self._store.revision

    @contextmanager
    def putting_off(self) -> Iterator[None]:
        """Keep only what dossiers say within the block; the rest when somebody asks after it.

        For an import in a process of its own: no check looks at who said what, or at what is
        derived, and nobody else reads meanwhile.
        """
        self._putting_off = True
        try:
            yield
        finally:
            self._putting_off = False

    def _apply(self, after: int) -> None:
        events = list(self._ledger.changes(after))
        if not events:
            return
        last = events[-1]
        base = self._ledger.base
        listed = [(self._lists[e.dossier], e) for e in events if e.dossier in self._lists]
        loads = [Load(m.graph(base), m.statements(base)) for m, e in listed if e.kind == "accepted"]
        # What is current depends on the day: a new day derives all anew, as a rebuild does.
        day = last.time[:10]
        everything = after == 0 or bool(listed) or day != self._day
        if after == 0 and not self._putting_off:
            told = chain(self._filling(events), loads)
            self._store.apply([], [*self._derivations(None, day)], last.seq, told)
            self._day = day
            return
        changes, kept = self._changes(events)
        gone = [Change(m.graph(base), None) for m, e in listed if e.kind != "accepted"]
        if self._putting_off:
            self._owed = after if self._owed is None else self._owed
            gone += [change for change in changes if not change.triples]
            self._store.apply(gone, [], last.seq, chain(_loads(changes), loads))
        else:
            touched = None if everything else self._touched(changes)
            then = chain(self._provenance(events, kept), self._derivations(touched, day))
            self._store.apply([*changes, *gone], [*then], last.seq, loads)
        self._day = day

    def _pay(self, after: int) -> None:
        """Tell and derive what was put off since revision `after`."""
        events, revision = list(self._ledger.changes(after)), self._store.revision
        for start in range(0, len(events), _PIECE):
            piece = events[start : start + _PIECE]
            _, kept = self._changes(piece)
            self._store.apply([], [*self._provenance(piece, kept)], revision)
        self._store.apply([], [*self._derivations(None, self._day)], revision)
        self._owed = None

    def _filling(self, events: Sequence[Event]) -> Iterator[Load]:
        """All of an empty store, a piece of the ledger at a time."""
        told = []
        for start in range(0, len(events), _PIECE):
            piece = events[start : start + _PIECE]
            changes, kept = self._changes(piece)
            told.append(self._told(piece, kept))
            yield from _loads(changes)
        yield Load(self._meta, told)

    def _changes(
        self, events: Sequence[Event]
    ) -> tuple[list[Change], dict[tuple[str, str], bytes]]:
        """What becomes of the graphs of dossiers, and what the ledger keeps of these."""
        public = [event for event in events if event.kind == "accepted"]
        wanted = ((e.dossier, hash) for e in public for hash in (e.payload, e.notes) if hash)
        kept = self._ledger.payloads(wanted)
        contents = {e.dossier: kept.get((e.dossier, e.payload or "")) for e in public}
        return [Change(event.dossier, contents.get(event.dossier)) for event in events], kept

    def _touched(self, changes: Sequence[Change]) -> set[str]:
        """Things whose shortcuts may change.

        All that the old or new content of a dossier names, and what hangs on that elsewhere.
        """
        statements = self._store.content(change.graph for change in changes)
        for change in changes:
            statements += media.read(change.triples or b"")
        nodes = set(statements.subjects()) | set(statements.objects())
        own = (vocab.NAMESPACE, vocab.VOCABULARIES)
        named = {str(n) for n in nodes if isinstance(n, URIRef) and not str(n).startswith(own)}
        return named | self._store.find(queries.load(_AFFECTED).bind({"thing": sorted(named)}))

    def _provenance(
        self, events: Sequence[Event], kept: Mapping[tuple[str, str], bytes]
    ) -> Iterator[str]:
        dossiers = " ".join(f"<{event.dossier}>" for event in events)
        meta = f"<{self._meta}>"
        yield (
            f"DELETE {{ ?s ?p ?o . GRAPH {meta} {{ ?s ?p ?o }} }} WHERE {{ VALUES ?dossier "
            f"{{ {dossiers} }} GRAPH {meta} {{ ?dossier dcterms:hasPart? ?s . ?s ?p ?o }} }}"
        )
        text = self._told(events, kept).decode()
        yield f"INSERT DATA {{ {text} GRAPH {meta} {{ {text} }} }}"

    def _told(self, events: Sequence[Event], kept: Mapping[tuple[str, str], bytes]) -> bytes:
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
        if event.dossier in self._lists:
            told["members"] = self._lists[event.dossier].graph(self._ledger.base)
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

    def _derivations(self, things: Iterable[str] | None, day: str) -> Iterator[str]:
        chosen = "" if things is None else f"VALUES ?s {{ {' '.join(f'<{t}>' for t in things)} }}"
        yield (
            f"DELETE {{ ?s ?p ?o . GRAPH {self._derived} {{ ?s ?p ?o }} }} "
            f"WHERE {{ {chosen} GRAPH {self._derived} {{ ?s ?p ?o }} }}"
        )
        for name, query in sorted(queries.stored().items()):
            if name.startswith(_DERIVATIONS):
                values = {"thing": sorted(things or ()), "on": [day]}
                text = _PROLOGUE.sub("", query.bind({p: values[p] for p in query.parameters}))
                yield _CONSTRUCT.sub(self._insertion, text, count=1)

    def _insertion(self, match: re.Match[str]) -> str:
        template = match["template"]
        return f"INSERT {{ {template} GRAPH {self._derived} {{ {template} }} }} WHERE"


def _loads(changes: Iterable[Change]) -> Iterator[Load]:
    return (Load(change.graph, [change.triples]) for change in changes if change.triples)


@cache
def _model(base: str) -> list[Change]:
    """The graphs of the ontology and of the vocabularies, which are the same for every ledger."""
    concepts = vocab.vocabularies() + vocab.reused()
    told = {"ontology": vocab.ontology(), "vocabularies": concepts}
    return [
        Change(f"{base}/graph/{name}", media.canonical(_named(graph, base)))
        for name, graph in told.items()
    ]


def _named(graph: Graph, base: str) -> Graph:
    """The graph with its blank nodes named: nothing that is stored is blank."""
    return media.parse(media.canonical(graph), "application/n-triples", base)
