"""Follows another innograph by its mirror API: dossiers keep its names, and go when they go there.

Only what came from there is changed or taken away by it.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from rdflib import Graph

from ... import contributions, decisions, exchange, media, naming
from ...client import Client
from ...errors import InnographError, NotFetched, Unmergeable
from ...instance import Instance
from .. import Item, Refusal, Source
from .description import Harvest
from .sparql import item

_JSON, _LD = "application/json", "application/ld+json"
Change = dict[str, Any]


def pages(client: Client, harvest: Harvest, after: str) -> Iterator[tuple[list[Change], str]]:
    """Changes after a cursor, page by page, and the cursor behind each.

    Raises AddressRefused and NotFetched.
    """
    following: str | None = f"{harvest.address.rstrip('/')}/api/changes?limit={harvest.page}"
    address = following
    if after:
        address = following = f"{following}&cursor={quote(after)}"
    while following:
        body, _ = client.get(address or "", _JSON)
        try:
            page = json.loads(body)
            changes, following = list(page["changes"]), page["next"]
            # Only the cursor: who answers may call itself by another name than it was asked by.
            after = parse_qs(urlsplit(page["follow"]).query)["cursor"][0]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            detail = f"it is no page of changes: {error!r}"
            raise NotFetched(address=harvest.address, detail=detail) from None
        address = f"{harvest.address.rstrip('/')}/api/changes?limit={harvest.page}"
        address += f"&cursor={quote(after)}"
        yield changes, after


def accepted(
    instance: Instance, source: Source, changes: Iterable[Change]
) -> Iterator[Item | Refusal]:
    """The dossiers that a page tells of, each with the name that it has there."""
    told = [change for change in changes if change.get("kind") == "accepted"]
    theirs = _theirs(instance, source, (str(change.get("dossier")) for change in told))
    for change in told:
        dossier = str(change.get("dossier"))
        if dossier not in theirs:
            yield Refusal("not theirs", dossier, "somebody else has told it here before")
            continue
        try:
            graph = naming.own_names(_graph(change, instance.base), instance.ledger)
        except InnographError as error:
            yield Refusal("not readable", dossier, str(error))
            continue
        made = item(dossier, graph)
        yield Item(made.kind, dossier, made.data, licence=str(change.get("licence")) or None)


def _graph(change: Change, base: str) -> Graph:
    """What a dossier says; raises InnographError when it is not what its hash is of."""
    content = json.dumps(change.get("content")).encode()
    if "@graph" in (change.get("content") or ()):
        graph = media.parse(content, _LD, base)
    else:
        [graph] = exchange.read_all(content, _JSON, base)
    if media.content_hash(media.canonical(graph)) != change.get("sha256"):
        raise NotFetched(address=change.get("dossier"), detail="its content has another hash")
    return graph


def taken_away(instance: Instance, source: Source, changes: Iterable[Change]) -> list[str]:
    """Take away here what was withdrawn or erased there; return what is no longer public."""
    told = {str(c.get("dossier")): c for c in changes if c.get("kind") in ("withdrawn", "erased")}
    public = instance.ledger.latest(told)
    gone = []
    for dossier, event in public.items():
        reason = str(told[dossier].get("reason") or "it is gone where it came from")
        if event.contributor != source.contributor or event.kind == "erased":
            continue
        if told[dossier]["kind"] == "erased":
            decider = source.contributor
            instance.ledger.erase(dossier=dossier, reason=reason, decider=decider)
        elif event.kind != "accepted":
            continue
        else:
            contributions.withdraw(instance, dossier, source.contributor, reason)
        gone.append(dossier)
    instance.follow()
    return gone


def merged(instance: Instance, source: Source, changes: Iterable[Change]) -> list[Refusal]:
    """Merge and take apart here as there, where both things came from there alone."""
    refused = []
    for change in changes:
        thing, kind = str(change.get("thing")), change.get("kind")
        if kind not in ("merged", "unmerged"):
            continue
        told = source.contributor, str(change.get("reason") or "as where it came from")
        try:
            if kind == "unmerged":
                # What somebody here has merged is not for others to take apart.
                latest = instance.ledger.latest([thing]).get(thing)
                if latest is not None and (latest.kind, latest.decider) == ("merged", told[0]):
                    decisions.unmerge(instance, thing, *told)
                continue
            survivor = str(change.get("movedTo"))
            events = instance.ledger.about([thing, survivor])
            if strangers := {e.contributor for e in events if e.contributor} - {told[0]}:
                raise Unmergeable(
                    thing=thing, other=survivor, reason=f"{min(strangers)} tells of them too"
                )
            decisions.merge(instance, thing, survivor, *told)
        except InnographError as error:
            refused.append(Refusal("merge", thing, str(error)))
    return refused


def _theirs(instance: Instance, source: Source, dossiers: Iterable[str]) -> set[str]:
    """Those of some dossiers that the source may tell: new ones not named by us, and its own."""
    wanted = set(dossiers)
    known = instance.ledger.latest(wanted)
    own = f"{instance.base}/"
    return {
        dossier
        for dossier in wanted
        if not dossier.startswith(own)
        and (dossier not in known or known[dossier].contributor == source.contributor)
    }
