"""What changed of innovations, for those who keep a list of them: each as all its dossiers tell it.

Each stands once, where its last change is; one that is gone stands there with the reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..ledger import MERGES, Event, Ledger
from .activities import Activity, activities, statements
from .changes import origin, plain
from .position import Page

_PLACE = "/id/innovation/"


@dataclass(frozen=True)
class Innovation:
    """An innovation, and the last event that touched it.

    `dossiers` say what is public of it and of what was merged into it. `state` is public,
    withdrawn, erased or merged; `moved_to` is what a merged one is now.
    """

    iri: str
    state: str
    last: Event
    moved_to: str | None = None
    dossiers: list[Activity] = field(default_factory=list)


def innovations(ledger: Ledger, after: int, limit: int) -> Page[Innovation]:
    """At most `limit` innovations that changed after a revision, in order of their last change.

    Those that this ledger has named.
    """
    touched = ledger.touched(f"{ledger.base}{_PLACE}", after, limit + 1)
    page = dict(touched[:limit])
    merged = ledger.merged()
    inside = {loser for loser, end in merged.items() if end in page}
    events = ledger.about({*page, *inside})
    merges = {event.dossier: event for event in events if event.kind in MERGES}
    replaced = {iri: event for iri, event in merges.items() if event.kind == "merged"}
    public = ledger.public({event.dossier for event in events if event.kind not in MERGES})
    dossiers = activities(ledger, sorted(public.values(), key=lambda event: event.seq))
    told: dict[str, list[Activity]] = {iri: [] for iri in page}
    for dossier in dossiers:
        thing = dossier.event.thing or ""
        if (iri := merged.get(thing, thing)) in told and dossier.content is not None:
            told[iri].append(dossier)
    by_number = {event.seq: event for event in events}
    found = [
        _innovation(iri, by_number[last], replaced.get(iri), told[iri])
        for iri, last in page.items()
    ]
    return Page(found, max(page.values(), default=after), len(touched) <= limit)


def as_json(page: Page[Innovation], base: str) -> Iterator[dict[str, Any]]:
    """Each innovation as plain JSON, with its dossiers as the JSON Schemas describe them."""
    for innovation in page.found:
        event = innovation.last
        said: dict[str, Any] = {"id": innovation.iri, "state": innovation.state}
        said |= {"modified": event.time, "revision": event.seq}
        if innovation.moved_to:
            said["movedTo"] = innovation.moved_to
        if innovation.state == "public":
            said["dossiers"] = [
                {
                    "dossier": dossier.event.dossier,
                    "thing": dossier.event.thing,
                    "accepted": dossier.event.time,
                    **origin(dossier.event, base),
                    "content": plain(dossier.content or b""),
                }
                for dossier in innovation.dossiers
            ]
        else:
            said["reason"] = event.reason
        yield said


def as_dataset(
    page: Page[Innovation], address: str, following: str, base: str
) -> Iterator[tuple[str, bytes]]:
    """The page as named graphs, one a dossier; the default one tells what is gone, and when."""
    said: dict[str, Any] = {"id": address, "type": "CollectionPage", "revision": str(page.revision)}
    said["items"] = [innovation.iri for innovation in page.found]
    if not page.is_last:
        said["next"] = following
    yield "", statements([said, *map(_headline, page.found), *_origins(page, base)], base)
    for innovation in page.found:
        for dossier in innovation.dossiers:
            yield dossier.event.dossier, dossier.content or b""


def _headline(innovation: Innovation) -> dict[str, Any]:
    """When an innovation changed last; and, of one that is gone, why and what it is now."""
    event = innovation.last
    said: dict[str, Any] = {"id": innovation.iri, "modified": event.time}
    if innovation.state != "public":
        said |= {"type": "Tombstone", "deleted": event.time}
        if event.reason:
            said["reason"] = event.reason
    if innovation.moved_to:
        said["replacedBy"] = innovation.moved_to
    return said


def _origins(page: Page[Innovation], base: str) -> Iterator[dict[str, Any]]:
    for innovation in page.found:
        for dossier in innovation.dossiers:
            event = dossier.event
            yield {
                "id": event.dossier,
                "about": event.thing,
                "contributor": f"{base}/id/{event.contributor}",
                "licence": event.licence,
                "accepted": event.time,
            }


def _innovation(
    iri: str, last: Event, replaced: Event | None, dossiers: list[Activity]
) -> Innovation:
    if replaced is not None:
        return Innovation(iri, "merged", last, replaced.thing)
    if dossiers:
        return Innovation(iri, "public", last, dossiers=dossiers)
    return Innovation(iri, "erased" if last.kind == "erased" else "withdrawn", last)
