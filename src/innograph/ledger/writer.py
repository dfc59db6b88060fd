"""Appending to the ledger, inside one transaction."""

import zlib
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection, delete, insert, select

from ..media import content_hash
from .events import Entry, Event, chain_hash
from .reader import Reader, chunks
from .tables import events, payloads, things


class Writer(Reader):
    """The one who writes: sees its own appends, all of which become true together or not at all."""

    def __init__(self, connection: Connection, now: Callable[[], str]) -> None:
        super().__init__(self._reading_own)
        self._connection = connection
        # Rows go to the database many at a time: an import appends thousands.
        self._appended: list[dict[str, object]] = []
        self._contents: dict[tuple[str, str], bytes] = {}
        self._now = now
        head = select(events.c.seq, events.c.hash).order_by(events.c.seq.desc()).limit(1)
        last = connection.execute(head).first()
        self._seq: int = last.seq if last else 0
        self._hash: str | None = last.hash if last else None

    def append(self, entry: Entry) -> Event:
        """Number, date, chain and keep an entry; return the event it became."""
        told: dict[str, object] = {
            "seq": self._seq + 1,
            "kind": entry.kind,
            "dossier": entry.dossier,
            "thing": entry.thing,
            "receipt": entry.receipt,
            "payload": self._keep(entry.dossier, entry.content) or entry.payload,
            "notes": self._keep(entry.dossier, entry.notes_content) or entry.notes,
            "contributor": entry.contributor,
            "licence": entry.licence,
            "time": self._now(),
            "decider": entry.decider,
            "reason": entry.reason,
            "previous": self._hash,
        }
        told["hash"] = chain_hash(told)
        self._appended.append(told)
        event = Event(**told)  # type: ignore[arg-type]
        self._seq, self._hash = event.seq, event.hash
        return event

    def flush(self) -> None:
        """Hand what was appended to the database, which keeps it when the transaction ends."""
        if self._contents:
            known = self._known(self._contents)
            kept = [
                {"dossier": dossier, "hash": hash, "content": zlib.compress(content)}
                for (dossier, hash), content in self._contents.items()
                if (dossier, hash) not in known
            ]
            self._contents = {}
            if kept:
                self._connection.execute(insert(payloads), kept)
        if self._appended:
            rows, self._appended = self._appended, []
            self._connection.execute(insert(events), rows)

    def _known(self, wanted: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for chunk in chunks(dossier for dossier, _ in wanted):
            told = select(payloads.c.dossier, payloads.c.hash).where(payloads.c.dossier.in_(chunk))
            found |= {(row.dossier, row.hash) for row in self._connection.execute(told)}
        return found

    def _reading_own(self) -> AbstractContextManager[Connection]:
        self.flush()
        return nullcontext(self._connection)

    def mint(self, contributor: str, proposed: str, dossier: str) -> str:
        """The IRI of a thing for ever: as proposed, or numbered where somebody else's has it."""
        return self.mint_all(contributor, {proposed: dossier})[proposed]

    def mint_all(self, contributor: str, proposals: Mapping[str, str]) -> dict[str, str]:
        """`mint` for many: proposed IRI -> dossier in, proposed IRI -> given IRI out."""
        names = self.named(contributor, proposals)
        new = [proposed for proposed in proposals if proposed not in names]
        taken = set(self.minted(new))
        rows = []
        for proposed in new:
            iri, number = proposed, 1
            while iri in taken or (number > 1 and self.minted([iri])):
                number += 1
                iri = f"{proposed}-{number}"
            taken.add(iri)
            names[proposed] = iri
            told = {"iri": iri, "contributor": contributor, "proposed": proposed}
            rows.append(told | {"dossier": proposals[proposed]})
        if rows:
            self._connection.execute(insert(things), rows)
        return names

    def erase(self, latest: Event, reason: str, decider: str) -> bool:
        """Destroy what is kept of a dossier, given its latest event; False when that is done."""
        if latest.kind == "erased":
            return False
        self.flush()
        self._connection.execute(delete(payloads).where(payloads.c.dossier == latest.dossier))
        # The hash stays: the same content sent again is recognised, and not taken.
        self.append(Entry.after(latest, "erased", decider, reason))
        return True

    def _keep(self, dossier: str, content: bytes | None) -> str | None:
        if content is None:
            return None
        hash = content_hash(content)
        self._contents[dossier, hash] = content
        return hash
