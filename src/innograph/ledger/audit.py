"""Whether a ledger is what was written: chain unbroken, content as it was received."""

import zlib
from collections.abc import Iterator

from sqlalchemy import Connection, exists, select

from ..media import content_hash
from .events import Event, chain_hash, told
from .tables import events, payloads


def faults(connection: Connection) -> Iterator[str]:
    """A sentence for each fault.

    Events cut off at the end leave no trace here: compare the revision with a dump or a backup.
    """
    yield from _broken_links(connection)
    yield from _missing_content(connection)
    yield from _changed_content(connection)


def _broken_links(connection: Connection) -> Iterator[str]:
    before: tuple[int, str | None] = (0, None)
    for row in connection.execute(select(events).order_by(events.c.seq)):
        event = Event(*row)
        number, hash = before
        if event.seq != number + 1:
            yield f"Event {event.seq} stands after event {number}: numbers must have no gap."
        if event.previous != hash:
            yield f"Event {event.seq} does not follow event {number} as it is now."
        if event.hash != chain_hash(told(event)):
            yield f"Event {event.seq} was changed after it was written."
        before = (event.seq, event.hash)


def _missing_content(connection: Connection) -> Iterator[str]:
    later = events.alias()
    erased = exists().where(
        later.c.dossier == events.c.dossier,
        later.c.seq >= events.c.seq,
        later.c.kind == "erased",
    )
    for column in (events.c.payload, events.c.notes):
        kept = exists().where(payloads.c.dossier == events.c.dossier, payloads.c.hash == column)
        lost = select(events.c.seq, events.c.dossier).where(column.is_not(None), ~kept, ~erased)
        for seq, dossier in connection.execute(lost.order_by(events.c.seq)):
            yield f"The {column.name} of event {seq} ({dossier}) is missing and was not erased."


def _changed_content(connection: Connection) -> Iterator[str]:
    for dossier, hash, content in connection.execute(select(payloads)):
        try:
            same = content_hash(zlib.decompress(content)) == hash
        except zlib.error:
            same = False
        if not same:
            yield f"Content {hash} of {dossier} was changed after it was written."
