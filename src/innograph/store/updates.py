"""How changes are said in SPARQL 1.1 Update, for a store with a default graph of its own."""

from collections.abc import Iterable, Iterator

from . import Change, Load, Step


def replacement(change: Change, known: bool = True) -> Iterator[str]:
    """The operations that replace a graph; `known` tells that it may be there already."""
    name = f"<{change.graph}>"
    if known:
        # A triple leaves the default graph when no other public graph holds it.
        yield (
            f"DELETE {{ ?s ?p ?o }} WHERE {{ GRAPH {name} {{ ?s ?p ?o }} FILTER NOT EXISTS "
            f"{{ GRAPH ?other {{ ?s ?p ?o }} FILTER(?other != {name}) }} }}"
        )
        yield f"DROP SILENT GRAPH {name}"
    if change.triples:
        yield step(Step(change.graph, gains=change.triples.decode()))


def step(given: Step) -> str:
    """The operation of one step."""
    name = f"<{given.graph}>"
    gains, loses = (
        f"{text} GRAPH {name} {{ {text} }}" if text else "" for text in (given.gains, given.loses)
    )
    if not given.where:
        return f"INSERT DATA {{ {gains} }}"
    deletion = f"DELETE {{ {loses} }} " if loses else ""
    insertion = f"INSERT {{ {gains} }} " if gains else ""
    return f"{deletion}{insertion}WHERE {{ {given.where} }}"


def batches(loads: Iterable[Load], most: int) -> Iterator[dict[str, str]]:
    """What `loads` say, by graph, in pieces of at most so many statements."""
    batch: dict[str, str] = {}
    count = 0
    for load in loads:
        for part in load.parts:
            lines = part.decode().splitlines(keepends=True)
            while lines:
                some, lines = lines[: most - count], lines[most - count :]
                batch[load.graph] = batch.get(load.graph, "") + "".join(some)
                count += len(some)
                if count == most:
                    yield batch
                    batch, count = {}, 0
    if batch:
        yield batch
