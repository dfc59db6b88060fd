"""Asks a SPARQL endpoint for things, some at a time in the order of their addresses.

A page begins after the last address of the one before, so a harvest that was broken off goes on
where it stood, whatever came or went meanwhile.
"""

import json
import re
from collections.abc import Collection, Iterator

from rdflib import BNode, Graph, URIRef
from rdflib.term import Node

from ... import media, naming
from ...client import Client
from ...errors import NotFetched, NotMinted, Unparsable
from ...instance import Instance
from .. import Item, Refusal
from .description import SLOT, Harvest

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")


def pages(
    instance: Instance, client: Client, harvest: Harvest, after: str
) -> Iterator[tuple[list[Item | Refusal], str]]:
    """What is told of things after an address, page by page, and the last address of each.

    Raises AddressRefused and NotFetched.
    """
    while things := _things(client, harvest, after):
        after = things[-1]
        yield items(instance, client, harvest, things), after


def items(
    instance: Instance, client: Client, harvest: Harvest, things: Collection[str]
) -> list[Item | Refusal]:
    """What is told of some things; raises as `pages`."""
    fit = [thing for thing in things if _IRI.fullmatch(thing)]
    found: list[Item | Refusal] = [
        Refusal("not an address", thing, "it cannot be asked for")
        for thing in things
        if thing not in fit
    ]
    values = f"VALUES ?thing {{ {' '.join(f'<{thing}>' for thing in fit)} }}"
    query = f"{harvest.prefixes}\n{SLOT.sub(lambda _: values, harvest.query)}"
    answer = client.construct(harvest.address, query)
    try:
        graph = media.read(answer)
    except (SyntaxError, ValueError) as error:
        raise NotFetched(address=harvest.address, detail=f"no N-Triples: {error}") from None
    nodes = {URIRef(thing) for thing in fit}
    found += (_item(instance, thing, _about(graph, URIRef(thing), nodes)) for thing in fit)
    return found


def _things(client: Client, harvest: Harvest, after: str) -> list[str]:
    beyond = f"FILTER(STR(?thing) > {json.dumps(after)})" if after else ""
    query = (
        f"{harvest.prefixes}\nSELECT DISTINCT ?thing WHERE {{ {harvest.things}\n"
        f"FILTER(isIRI(?thing)) {beyond} }} ORDER BY STR(?thing) LIMIT {harvest.page}"
    )
    things = [row["thing"] for row in client.select(harvest.address, query) if "thing" in row]
    if things and after and min(things) <= after:
        detail = "it does not give things in the order of their addresses"
        raise NotFetched(address=harvest.address, detail=detail)
    return sorted(things)


def _about(graph: Graph, thing: Node, others: Collection[Node]) -> Graph:
    """What is said of a thing, and of what hangs on it, as far as the next thing."""
    found, waiting, seen = media.bare(), [thing], {thing}
    while waiting:
        for triple in graph.triples((waiting.pop(), None, None)):
            found.add(triple)
            node = triple[2]
            if isinstance(node, URIRef | BNode) and node not in others and node not in seen:
                seen.add(node)
                waiting.append(node)
    return found


def _item(instance: Instance, thing: str, graph: Graph) -> Item | Refusal:
    """A dossier as an item: read as one that somebody sends, under no name that is ours."""
    if not graph:
        return Refusal("nothing", thing, "the query tells nothing of it")
    try:
        text = media.serialize(graph, media.by_media_type(media.N_TRIPLES), {})
        named = media.parse(text, media.N_TRIPLES, instance.base)
        return item(thing, naming.own_names(named, instance.ledger))
    except (NotMinted, Unparsable) as error:
        return Refusal("not readable", thing, str(error))


def item(local: str, graph: Graph) -> Item:
    """A graph in which all has a name as an item, which the mapping reads back as it is."""
    told = json.loads(media.serialize(graph, media.GRAPHS[1], {}))
    return Item("thing", local, {"@graph": told})
