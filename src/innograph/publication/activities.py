"""Public events as activities: something was created, updated or deleted (ActivityStreams 2.0).

An activity is named for ever after its number, and by the page of the feed that tells it. Its words
are those of `data/feed/context.jsonld`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rdflib import DCTERMS, URIRef

from .. import assets, media, vocab
from ..ledger import MERGES, Event, Ledger

# How many numbers of events a page of the feed covers. The names of activities hang on it.
PAGE = 250
_TYPES = {
    "accepted": "Update",
    "withdrawn": "Delete",
    "erased": "Delete",
    "merged": "Delete",
    "unmerged": "Create",
}
# Events of one second are told apart by their numbers, in the place of parts of the second.
_PARTS = 1_000_000


@dataclass(frozen=True)
class Activity:
    """A public event, what its dossier says since then (N-Triples), and whether it is new.

    `content` is None of what was taken away, and of what was erased later.
    """

    event: Event
    content: bytes | None
    is_new: bool


def activities(ledger: Ledger, events: Sequence[Event]) -> list[Activity]:
    """Events with the content that is kept of them."""
    public = [event for event in events if event.kind == "accepted"]
    kept = ledger.payloads((event.dossier, event.payload or "") for event in public)
    before = ledger.before(event.seq for event in public)
    return [
        Activity(
            event,
            kept.get((event.dossier, event.payload or "")) if event.kind == "accepted" else None,
            event.kind == "accepted" and before.get(event.seq) != "accepted",
        )
        for event in events
    ]


def name(event: Event, base: str) -> str:
    """The IRI of the activity that an event is."""
    return f"{base}/feed/{page_of(event.seq)}#{event.seq}"


def page_of(seq: int) -> int:
    """The number of the page of the feed that tells an event."""
    return (seq - 1) // PAGE


def published(time: str, seq: int) -> str:
    """When an event became public, as a time that is later than that of the event before.

    The ledger counts seconds. What stands behind the second only keeps the order.
    """
    return f"{time.removesuffix('Z')}.{(seq - 1) % _PARTS:06}Z"


def told(activity: Activity, base: str) -> dict[str, Any]:
    """An activity in the words of the context, without content."""
    event = activity.event
    said: dict[str, Any] = {
        "id": name(event, base),
        "type": "Create" if activity.is_new else _TYPES[event.kind],
        "object": event.dossier,
        "published": published(event.time, event.seq),
        "revision": str(event.seq),
    }
    if event.kind not in MERGES:
        said["about"] = event.thing
    if event.kind == "accepted":
        said |= {"contributor": f"{base}/id/{event.contributor}", "licence": event.licence}
    elif event.reason:
        said["reason"] = event.reason
    return said


def payload(activity: Activity) -> bytes | None:
    """What an activity is about, as N-Triples; of a merge, by what the thing was replaced."""
    event = activity.event
    if event.kind == "merged":
        loser, survivor = URIRef(event.dossier), URIRef(event.thing or "")
        return f"{loser.n3()} {DCTERMS.isReplacedBy.n3()} {survivor.n3()} .\n".encode()
    return activity.content


def tombstone(event: Event, iri: str, base: str) -> bytes:
    """What is left of a thing or a dossier that an event took away, as N-Triples."""
    said = {"id": iri, "type": "Tombstone", "deleted": event.time, "modified": event.time}
    if event.reason:
        said["reason"] = event.reason
    return statements([said, told(Activity(event, None, is_new=False), base)], base)


def statements(said: Iterable[object], base: str) -> bytes:
    """N-Triples of what is said in the words of the context."""
    return media.statements(json.dumps({"@context": _context(), "@graph": [*said]}), base)


@cache
def prefixes() -> dict[str, str]:
    """The ontology's prefixes, and those of the words of the context."""
    known = {p: name for p, name in _context().items() if str(name).endswith(("#", "/"))}
    return vocab.prefixes() | known


@cache
def _context() -> Any:
    return json.loads((assets.data() / "feed" / "context.jsonld").read_text("utf-8"))["@context"]
