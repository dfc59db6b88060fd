"""Ledger -> store: brings the public graph up to the ledger's revision.

Beside what the ledger says it keeps `graph/derived`: plain triples that spare users the hard joins,
made by the queries `derive-*`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from threading import Lock

from rdflib import URIRef

from . import media, queries, vocab
from .errors import StoreBusy
from .ledger import MERGES, Event, Ledger
from .merges import Merges
from .statements import Progress, Statements, loads, silent
from .store import Change, Changeable, Load, Step

_DERIVATIONS, _AFFECTED = "derive-", "affected"
_PIECE = 1_000  # events whose provenance is said at once
# Without the prefixes: the store knows the ontology's.
_CONSTRUCT = re.compile(r"CONSTRUCT\s*{(?P<template>[^{}]*)}\s*WHERE\s*{(?P<where>.*)}\s*\Z", re.S)


def derived_graph(base: str) -> str:
    """The name of the graph of what is derived."""
    return f"{base}/graph/derived"


class Projection:
    """Keeps one store at the revision of one ledger."""

    def __init__(self, ledger: Ledger, store: Changeable, waiting: float = 10.0) -> None:
        """`waiting`: seconds for which another process may be changing a shared store."""
        self._ledger = ledger
        self.store = store
        self._waiting = waiting
        self._applying = Lock()
        self._met = self._putting_off = False
        self._owed: int | None = None  # since which revision it was not said who said what
        self._said, self._derived = Statements(ledger), derived_graph(ledger.base)

    def follow(self, progress: Progress = silent) -> int:
        """Apply what the ledger has and the store has not; return the revision now served.

        Nobody notifies: each process calls this before it answers. Raises StoreBusy when another
        process has been changing a shared store for too long.
        """
        behind = not self._met or self._ledger.revision() != self.store.revision
        if behind or self._is_owing():
            with self._turn():
                self.store.refresh(self._ledger.id)
                self._met = True
                if self.store.revision < 0:
                    self._fill(progress)
                else:
                    self._apply(self.store.revision)
        return self.store.revision

    def rebuild(self, progress: Progress = silent) -> int:
        """Make all of the store anew, whatever it holds; return its revision."""
        with self._turn():
            self.store.refresh(self._ledger.id)
            self._fill(progress)
        return self.store.revision

    @contextmanager
    def putting_off(self) -> Iterator[None]:
        """Keep only what dossiers say within the block; the rest when somebody asks after it.

        For an import in a process of its own: no check looks at who said what, or at what is
        derived. A shared store is asked by others meanwhile, so there nothing is put off.
        """
        self._putting_off = not self.store.shared
        try:
            yield
        finally:
            self._putting_off = False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Only one thread at a time changes the store, and of a shared one only one process."""
        if not self._applying.acquire(timeout=self._waiting if self.store.shared else -1):
            raise StoreBusy(seconds=round(self._waiting))
        try:
            with self._ledger.following(self._waiting) if self.store.shared else nullcontext():
                yield
        finally:
            self._applying.release()

    def _is_owing(self) -> bool:
        return self.store.revision > 0 and not self.store.day and not self._putting_off

    def _fill(self, progress: Progress = silent) -> None:
        events = list(self._ledger.changes(0))
        day = "" if self._putting_off or not events else events[-1].time[:10]
        revision = events[-1].seq if events else 0
        merges = Merges.between(self._ledger, 0, revision)
        told = merges.told(self._derived, self._ledger.base)
        derived = [*self._derivations(None, day), *told] if day else []
        self.store.fill(
            self._said.all(events, progress),
            [*merges.done(), *derived],
            revision,
            day,
        )

    def _apply(self, after: int) -> None:
        events = list(self._ledger.changes(after))
        last = events[-1] if events else None
        merges = Merges.between(self._ledger, after, last.seq if last else after)
        # What is merged changes more than what is written: then nothing is put off any longer.
        if self._is_owing() or (self._owed is not None and merges.things):
            self._pay(after, derive=not events)
        if last is None:
            return
        events = [event for event in events if event.kind not in MERGES]
        lists = self._said.lists
        listed = [(lists[e.dossier], e) for e in events if e.dossier in lists]
        base = self._ledger.base
        brought = [
            Load(m.graph(base), m.statements(base)) for m, e in listed if e.kind == "accepted"
        ]
        gone = [Change(m.graph(base), None) for m, e in listed if e.kind != "accepted"]
        changes, kept = self._said.changes(events)
        if self._putting_off and not merges.things:
            self._owed = after if self._owed is None else self._owed
            gone += [change for change in changes if not change.triples]
            self.store.apply(gone, [], last.seq, "", chain(loads(changes), brought))
            return
        # What is current depends on the day: a new day derives all anew, as a rebuild does.
        day = last.time[:10]
        everything = bool(listed) or day != self.store.day
        # Then nothing is asked of a store that may be half changed.
        named = set[str]() if everything else self._named(changes) | merges.changed
        told_otherwise = bool(merges.things & named or (everything and merges.things))
        then = [*self._provenance(events, kept)] if events else []
        touched = None if everything else self._affected(merges.told_as(named), merges.changed)
        if told_otherwise:
            # What was derived goes first: else what a loser had by itself would be its survivor's.
            undone = [*merges.undone(self._derived), self._underived(touched)]
            then = [*undone, *then, *merges.done()]
        then += self._derivations(touched, day)
        if touched is None or told_otherwise or touched & merges.things:
            then += merges.told(self._derived, self._ledger.base)
        self.store.apply([*changes, *gone], then, last.seq, day, brought)

    def _pay(self, revision: int, derive: bool) -> None:
        """Say who said what, and derive, where that was put off."""
        owed = [] if self._owed is None else list(self._ledger.changes(self._owed))
        owed = [event for event in owed if event.kind not in MERGES]
        for start in range(0, len(owed), _PIECE):
            piece = owed[start : start + _PIECE]
            _, kept = self._said.changes(piece)
            self.store.apply([], [*self._provenance(piece, kept)], revision)
        self._owed = None
        if derive:
            names = self._derived, self._ledger.base
            [last] = self._ledger.changes(revision - 1)
            day = last.time[:10]
            told = Merges.between(self._ledger, 0, revision).told(*names)
            self.store.apply([], [*self._derivations(None, day), *told], revision, day)

    def _named(self, changes: Sequence[Change]) -> set[str]:
        """All that the old or new content of dossiers names."""
        statements = self.store.content(change.graph for change in changes)
        for change in changes:
            statements += media.read(change.triples or b"")
        nodes = set(statements.subjects()) | set(statements.objects())
        own = (vocab.NAMESPACE, vocab.VOCABULARIES)
        return {str(n) for n in nodes if isinstance(n, URIRef) and not str(n).startswith(own)}

    def _affected(self, named: set[str], moved: Collection[str]) -> set[str]:
        """Things whose shortcuts may change: what is named, and what hangs on that elsewhere.

        Of what is called something else now: all that was or will be beside it.
        """
        if moved:
            named = named | self.store.find(
                f"SELECT DISTINCT ?near {{ VALUES ?x {{ {' '.join(f'<{m}>' for m in moved)} }} "
                "{ ?x ?p ?near } UNION { ?near ?p ?x } FILTER(isIRI(?near)) }"
            )
        return named | self.store.find(queries.load(_AFFECTED).bind({"thing": sorted(named)}))

    def _provenance(
        self, events: Sequence[Event], kept: Mapping[tuple[str, str], bytes]
    ) -> Iterator[Step]:
        dossiers = " ".join(f"<{event.dossier}>" for event in events)
        parts = f"VALUES ?dossier {{ {dossiers} }} ?dossier dcterms:hasPart ?s . ?s ?p ?o"
        for told in (parts, f"VALUES ?s {{ {dossiers} }} ?s ?p ?o"):
            yield Step(
                self._said.meta, loses="?s ?p ?o", where=f"GRAPH <{self._said.meta}> {{ {told} }}"
            )
        yield Step(self._said.meta, gains=self._said.told(events, kept).decode())

    def _underived(self, things: Iterable[str] | None) -> Step:
        chosen = "" if things is None else f"VALUES ?s {{ {' '.join(f'<{t}>' for t in things)} }}"
        where = f"{chosen} GRAPH <{self._derived}> {{ ?s ?p ?o }}"
        return Step(self._derived, loses="?s ?p ?o", where=where)

    def _derivations(self, things: Iterable[str] | None, day: str) -> Iterator[Step]:
        yield self._underived(things)
        for name, query in sorted(queries.stored().items()):
            if name.startswith(_DERIVATIONS):
                values = {"thing": sorted(things or ()), "on": [day]}
                text = query.bind({p: values[p] for p in query.parameters})
                construct = _CONSTRUCT.search(text)
                assert construct is not None
                yield Step(self._derived, gains=construct["template"], where=construct["where"])
