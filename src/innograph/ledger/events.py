"""What the ledger is made of: events, each chained to the one before, and entries to append."""

import hashlib
import json
from dataclasses import dataclass, fields

PUBLIC = ("accepted", "withdrawn", "erased", "merged", "unmerged")
"""Kinds of event that change what the public sees; the last one's number is the revision."""

MERGES = ("merged", "unmerged")
"""Kinds that stand for one thing in another: `dossier` names it, `thing` what it became."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the ledger.

    `kind` is received, accepted, refused, withdrawn or erased; `payload` and `notes` are hashes of
    content that is kept apart; `time` is UTC; `previous` is the hash of the event before.
    """

    seq: int
    kind: str
    dossier: str
    thing: str | None
    receipt: str | None
    payload: str | None
    notes: str | None
    contributor: str | None
    licence: str | None
    time: str
    decider: str | None
    reason: str | None
    previous: str | None
    hash: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a caller wants appended; the ledger adds number, time and hashes.

    New content comes as bytes (`content`, `notes_content`), content kept already as its hash
    (`payload`, `notes`).
    """

    kind: str
    dossier: str
    thing: str | None = None
    receipt: str | None = None
    payload: str | None = None
    notes: str | None = None
    content: bytes | None = None
    notes_content: bytes | None = None
    contributor: str | None = None
    licence: str | None = None
    decider: str | None = None
    reason: str | None = None

    @classmethod
    def after(cls, event: Event, kind: str, decider: str | None, reason: str) -> "Entry":
        """What becomes of the dossier of an event: the same content, decided on by somebody."""
        return cls(
            kind=kind,
            dossier=event.dossier,
            thing=event.thing,
            receipt=event.receipt,
            payload=event.payload,
            # Notes stand beside what is public only.
            notes=event.notes if kind in ("accepted", "refused") else None,
            contributor=event.contributor,
            licence=event.licence,
            decider=decider,
            reason=reason,
        )


def chain_hash(told: dict[str, object]) -> str:
    """SHA-256 over the canonical JSON of an event's fields other than its hash."""
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def told(event: Event) -> dict[str, object]:
    """All that an event's hash covers: its fields other than the hash."""
    return {f.name: getattr(event, f.name) for f in fields(event) if f.name != "hash"}
