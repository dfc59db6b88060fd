"""Questions to the ledger, the same inside and outside a writer's transaction."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, select, true

from .events import MERGES, PUBLIC, Event
from .tables import events, payloads, things

_CHUNK = 1_000  # values in one IN list, events in one page

# Written out and asked in the order of the index: else SQLite reads all events instead.
_merging = events.c.kind.in_(bindparam("merging", MERGES, expanding=True, literal_execute=True))
_later = events.alias()
_followed = exists().where(_later.c.dossier == events.c.dossier, _later.c.seq > events.c.seq)


class Reader:
    """Reads events, content and names through the connections that `reading` lends."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading
        self._until: int | None = None  # what came later is not seen by followers

    def latest(self, dossiers: Iterable[str]) -> dict[str, Event]:
        """The latest event of any kind of each dossier that has one."""
        return self._last(dossiers, true())

    def public(self, dossiers: Iterable[str]) -> dict[str, Event]:
        """The accepted event of each dossier that is public now: not withdrawn, not erased."""
        found = self._last(dossiers, events.c.kind.in_(PUBLIC))
        return {dossier: event for dossier, event in found.items() if event.kind == "accepted"}

    def changes(self, after: int) -> Iterator[Event]:
        """What a follower at revision `after` must apply: of each dossier that changed since, its
        latest public event, in order.

        All as it stood when the first was asked for; between two events nothing is held open.
        """
        public = events.c.kind.in_(PUBLIC)
        with self._reading() as connection:
            until = last_public(connection, self._until)
        replaced = _followed.where(_later.c.seq <= until, _later.c.kind.in_(PUBLIC))
        while after < until:
            chosen = select(events).where(events.c.seq > after, events.c.seq <= until, public)
            page = self._events(chosen.where(~replaced).order_by(events.c.seq).limit(_CHUNK))
            yield from page
            after = page[-1].seq

    def history(self, dossier: str) -> list[Event]:
        """All events of a dossier, oldest first."""
        return self._events(
            select(events).where(events.c.dossier == dossier).order_by(events.c.seq)
        )

    def of_receipt(self, receipt: str) -> list[Event]:
        """All events of one submission, oldest first."""
        return self._events(
            select(events).where(events.c.receipt == receipt).order_by(events.c.seq)
        )

    def queue(self) -> list[Event]:
        """What waits for a decision: received events that are their dossier's latest, in order."""
        waiting = select(events).where(events.c.kind == "received", ~_followed)
        return self._events(waiting.order_by(events.c.seq))

    def by_content(self, contributor: str, payload: str) -> Event | None:
        """The latest event of a dossier of this contributor whose content, by its hash, is this."""
        said = (events.c.contributor == contributor) & (events.c.payload == payload)
        latest = select(events).where(said, ~_followed).order_by(events.c.seq.desc()).limit(1)
        return next(iter(self._events(latest)), None)

    def first(self, kinds: Iterable[str] = PUBLIC) -> Event | None:
        """The first event of these kinds."""
        chosen = select(events).where(events.c.kind.in_(kinds)).order_by(events.c.seq).limit(1)
        return next(iter(self._events(chosen)), None)

    def last_erased(self) -> int:
        """The number of the last event that destroyed content; 0 when there is none."""
        erased = select(func.max(events.c.seq)).where(events.c.kind == "erased")
        with self._reading() as connection:
            return connection.scalar(erased) or 0

    def dossiers_of(self, contributor: str) -> set[str]:
        """Every dossier of which this contributor ever said something."""
        said = select(events.c.dossier).where(events.c.contributor == contributor).distinct()
        with self._reading() as connection:
            return set(connection.scalars(said))

    def counts(self) -> dict[str, int]:
        """How many events there are of each kind."""
        kinds = select(events.c.kind, func.count()).group_by(events.c.kind).order_by(events.c.kind)
        with self._reading() as connection:
            return {kind: number for kind, number in connection.execute(kinds)}

    def payload(self, dossier: str, hash: str) -> bytes | None:
        """Content or notes of a dossier, by their hash; None when erased."""
        kept = select(payloads.c.content).where(
            payloads.c.dossier == dossier, payloads.c.hash == hash
        )
        with self._reading() as connection:
            content = connection.scalar(kept)
        return None if content is None else zlib.decompress(content)

    def payloads(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """What is kept under many (dossier, hash) at once; what was erased is absent."""
        chosen = set(wanted)
        kept = select(payloads.c.dossier, payloads.c.hash, payloads.c.content)
        found: dict[tuple[str, str], bytes] = {}
        for chunk in chunks(dossier for dossier, _ in chosen):
            with self._reading() as connection:
                for dossier, hash, content in connection.execute(
                    kept.where(payloads.c.dossier.in_(chunk))
                ):
                    if (dossier, hash) in chosen:
                        found[dossier, hash] = zlib.decompress(content)
        return found

    def minted(self, iris: Iterable[str]) -> dict[str, str]:
        """The IRIs among these that this ledger gave, each with the dossier it was for."""
        known = select(things.c.iri, things.c.dossier)
        return dict(self._in_chunks(known, things.c.iri, iris))

    def named(self, contributor: str, proposed: Iterable[str]) -> dict[str, str]:
        """The proposals among these that this contributor made before, each with the IRI given."""
        known = select(things.c.proposed, things.c.iri).where(things.c.contributor == contributor)
        return dict(self._in_chunks(known, things.c.proposed, proposed))

    def merged(self, until: int | None = None) -> dict[str, str]:
        """What each thing became in the end, after all merges; at a revision, or now."""
        return became(self.merges(until))

    def merges(self, until: int | None = None) -> list[Event]:
        """The merges that were made up to a revision, or now, and not taken back, in order."""
        last = self._until if until is None else until
        chosen = select(events).where(_merging, true() if last is None else events.c.seq <= last)
        found = self._events(chosen.order_by(events.c.dossier, events.c.seq))
        latest = {event.dossier: event for event in found}.values()
        made = (event for event in latest if event.kind == "merged")
        return sorted(made, key=lambda event: event.seq)

    def _events(self, chosen: Select[Any]) -> list[Event]:
        with self._reading() as connection:
            return [Event(*row) for row in connection.execute(chosen)]

    def _last(self, dossiers: Iterable[str], condition: ColumnElement[bool]) -> dict[str, Event]:
        last = select(func.max(events.c.seq)).where(condition).group_by(events.c.dossier)
        found: dict[str, Event] = {}
        for chunk in chunks(dossiers):
            numbers = last.where(events.c.dossier.in_(chunk))
            for event in self._events(select(events).where(events.c.seq.in_(numbers))):
                found[event.dossier] = event
        return found

    def _in_chunks(
        self, chosen: Select[Any], column: ColumnElement[str], values: Iterable[str]
    ) -> Iterator[tuple[str, str]]:
        for chunk in chunks(values):
            with self._reading() as connection:
                found = connection.execute(chosen.where(column.in_(chunk))).all()
            yield from ((key, value) for key, value in found)


def last_public(connection: Connection, until: int | None = None) -> int:
    """The number of the last public event, up to a number if one is told; 0 when there is none."""
    public = select(events.c.seq).where(events.c.kind.in_(PUBLIC))
    if until is not None:
        public = public.where(events.c.seq <= until)
    return connection.scalar(public.order_by(events.c.seq.desc()).limit(1)) or 0


def became(merges: Iterable[Event]) -> dict[str, str]:
    """What each thing became in the end, after all of these merges."""
    merged = {event.dossier: event.thing or "" for event in merges}
    return {loser: _end(loser, merged) for loser in merged}


def _end(iri: str, merged: Mapping[str, str]) -> str:
    """What a thing became, after all merges. (A cycle of merges cannot be.)"""
    while iri in merged:
        iri = merged[iri]
    return iri


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Distinct values, in lists that an IN can hold."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
