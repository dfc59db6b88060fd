"""What can be asked of the ledger, inside a transaction or outside."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from . import tables
from .tables import PUBLIC, Event

_CHUNK = 500


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    rows = list(values)
    yield from (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


class Reading:
    """Questions; a subclass gives the connection."""

    def _rows(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        raise TypeError("a subclass gives the connection")

    def _select(self, *conditions: sa.ColumnElement[bool]) -> list[Event]:
        query = sa.select(tables.events).where(*conditions).order_by(tables.events.c.seq)
        return [Event(**row._mapping) for row in self._rows(query)]

    def _last(self, dossiers: Iterable[str], kinds: Sequence[str] | None) -> dict[str, Event]:
        found = {}
        for chunk in _chunks(dossiers):
            last = sa.select(sa.func.max(tables.events.c.seq)).where(
                tables.events.c.dossier.in_(chunk)
            )
            if kinds:
                last = last.where(tables.events.c.kind.in_(kinds))
            for event in self._select(
                tables.events.c.seq.in_(last.group_by(tables.events.c.dossier))
            ):
                found[event.dossier] = event
        return found

    def latest(self, dossiers: Iterable[str]) -> dict[str, Event]:
        """The latest event of each dossier, of any kind."""
        return self._last(dossiers, None)

    def public(self, dossiers: Iterable[str]) -> dict[str, Event]:
        """The acceptance by which each dossier is public now; absent when it is not."""
        found = self._last(dossiers, PUBLIC)
        return {dossier: event for dossier, event in found.items() if event.kind == "accepted"}

    def by_content(self, contributor: str, payload: str) -> Event | None:
        """The latest event of the contributor's dossier that holds just this content, if any."""
        same = self._select(
            tables.events.c.contributor == contributor, tables.events.c.payload == payload
        )
        latest = self.latest({event.dossier for event in same})
        return next((e for e in reversed(same) if latest[e.dossier].payload == payload), None)

    def named(self, contributor: str, proposed: Iterable[str]) -> dict[str, str]:
        """The registered names of those IRIs that the contributor has proposed before."""
        found: dict[str, str] = {}
        for chunk in _chunks(proposed):
            query = sa.select(tables.names.c.proposed, tables.names.c.iri).where(
                tables.names.c.contributor == contributor, tables.names.c.proposed.in_(chunk)
            )
            found.update((row.proposed, row.iri) for row in self._rows(query))
        return found

    def minted(self, iris: Iterable[str]) -> dict[str, str]:
        """Which of the IRIs are registered here -> the dossier for which they were."""
        found: dict[str, str] = {}
        for chunk in _chunks(iris):
            query = sa.select(tables.names.c.iri, tables.names.c.dossier).where(
                tables.names.c.iri.in_(chunk)
            )
            found.update((row.iri, row.dossier) for row in self._rows(query))
        return found
