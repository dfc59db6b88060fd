"""Appending: one transaction that holds the writers' lock."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from . import tables
from .reading import Reading
from .tables import Entry, Event


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def chained(event: dict[str, Any]) -> str:
    told = {key: value for key, value in event.items() if key != "hash"}
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return digest(text.encode())


class Writer(Reading):
    """One transaction that holds the writers' lock; see `Ledger.writing`."""

    def __init__(self, connection: sa.Connection, now: str) -> None:
        self._connection = connection
        self._now = now
        last = (
            sa.select(tables.events.c.seq, tables.events.c.hash)
            .order_by(tables.events.c.seq.desc())
            .limit(1)
        )
        row = connection.execute(last).first()
        self._seq: int = row.seq if row else 0
        self._hash: str = row.hash if row else ""

    def _rows(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        return self._connection.execute(query).all()

    def append(self, entry: Entry) -> Event:
        """Add an event, with its content, at the end of the chain."""
        told = asdict(entry)
        kept = {"payload": told.pop("content"), "notes": told.pop("notes_content")}
        for column, content in kept.items():
            if content is not None:
                told[column] = digest(content)
                row = {
                    "dossier": entry.dossier,
                    "hash": told[column],
                    "content": zlib.compress(content),
                }
                self._connection.execute(sa.insert(tables.payloads).prefix_with("OR IGNORE"), row)
        told |= {"seq": self._seq + 1, "time": self._now, "previous": self._hash}
        event = Event(**told, hash=chained(told))
        self._connection.execute(sa.insert(tables.events), asdict(event))
        self._seq, self._hash = event.seq, event.hash
        return event

    def mint(self, contributor: str, proposed: str, dossier: str) -> str:
        """Register an IRI for ever; a number is put behind one that somebody else has taken."""
        if known := self.named(contributor, [proposed]).get(proposed):
            return known
        iri, number = proposed, 1
        while self.minted([iri]):
            number += 1
            iri = f"{proposed}-{number}"
        row = {"iri": iri, "contributor": contributor, "proposed": proposed, "dossier": dossier}
        self._connection.execute(sa.insert(tables.names), row)
        return iri

    def erase(self, dossier: str, reason: str, decider: str) -> Event | None:
        """Destroy all payloads of a dossier and say so; None when nothing was left to destroy."""
        gone = self._connection.execute(
            sa.delete(tables.payloads).where(tables.payloads.c.dossier == dossier)
        )
        latest = self.latest([dossier]).get(dossier)
        if latest is None or (not gone.rowcount and latest.kind == "erased"):
            return None
        return self.append(
            Entry(
                kind="erased",
                dossier=dossier,
                contributor=latest.contributor,
                thing=latest.thing,
                payload=latest.payload,
                licence=latest.licence,
                decider=decider,
                reason=reason,
            )
        )
