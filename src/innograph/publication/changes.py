"""What changed since a revision, for mirrors: of each dossier what holds now, tombstones included.

Each dossier that changed stands once, where its last change is. One that changes while a mirror
reads page after page moves to a later page, so that whoever reached the end has all.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from .. import exchange, media
from ..errors import Untellable
from ..ledger import MERGES, Event, Ledger
from .activities import Activity, activities, name, payload, statements, told
from .position import Page


def changes(ledger: Ledger, after: int, limit: int) -> Page[Activity]:
    """At most `limit` changes after a revision."""
    events = list(islice(ledger.changes(after), limit + 1))
    page = events[:limit]
    found = [
        activity
        for activity in activities(ledger, page)
        # What was erased meanwhile comes again later, as erased.
        if activity.content is not None or activity.event.kind != "accepted"
    ]
    return Page(found, page[-1].seq if page else after, len(events) <= limit)


def as_json(page: Page[Activity], base: str) -> Iterator[dict[str, Any]]:
    """Each change as plain JSON, dossiers as the JSON Schemas describe them."""
    for activity in page.found:
        event = activity.event
        said: dict[str, Any] = {"revision": event.seq, "kind": event.kind, "time": event.time}
        if event.kind in MERGES:
            said |= {"thing": event.dossier}
        else:
            said |= {"dossier": event.dossier, "thing": event.thing}
        if event.kind == "merged":
            said["movedTo"] = event.thing
        if activity.content is None:
            yield said | {"reason": event.reason}
        else:
            yield said | origin(event, base) | {"content": plain(activity.content)}


def as_dataset(
    page: Page[Activity], address: str, following: str, base: str
) -> Iterator[tuple[str, bytes]]:
    """The page as named graphs: each dossier is its own, the default one tells what happened."""
    said: dict[str, Any] = {"id": address, "type": "CollectionPage", "revision": str(page.revision)}
    said["items"] = [name(activity.event, base) for activity in page.found]
    if not page.is_last:
        said["next"] = following
    yield "", statements([said, *(told(activity, base) for activity in page.found)], base)
    for activity in page.found:
        if content := payload(activity):
            yield activity.event.dossier if activity.content else "", content


def origin(event: Event, base: str) -> dict[str, Any]:
    """Who said something, under which licence, and the SHA-256 of its canonical N-Triples."""
    contributor = f"{base}/id/{event.contributor}"
    return {"contributor": contributor, "licence": event.licence, "sha256": event.payload}


def plain(content: bytes) -> Any:
    """A dossier as plain JSON; as JSON-LD where the schemas have no room for it."""
    graph = media.read(content)
    try:
        return exchange.to_json(graph)
    except Untellable:
        return {"@graph": json.loads(media.serialize(graph, media.GRAPHS[1], {}))}
