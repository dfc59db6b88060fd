"""How changes are said in SPARQL 1.1 Update, for a store with a default graph of its own."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from . import Change, Load, Step

# In one update: the parser of Virtuoso 7 has no more memory at some 4,990, in all graphs.
STATEMENTS = 1_500


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
    gains, loses = (
        f"{text} GRAPH <{given.graph}> {{ {text} }}" if text and given.graph else text
        for text in (given.gains, given.loses)
    )
    if not given.where:
        return f"INSERT DATA {{ {gains} }}"
    deletion = f"DELETE {{ {loses} }} " if loses else ""
    insertion = f"INSERT {{ {gains} }} " if gains else ""
    return f"{deletion}{insertion}WHERE {{ {given.where} }}"


def batches(loads: Iterable[Load]) -> Iterator[dict[str, str]]:
    """What `loads` say, by graph, in pieces for one update each."""
    lines = (
        (load.graph, line)
        for load in loads
        for part in load.parts
        for line in part.decode().split("\n")
        if line
    )
    while some := list(islice(lines, STATEMENTS)):
        batch = defaultdict(list)
        for graph, line in some:
            batch[graph].append(line)
        yield {graph: "\n".join(told) for graph, told in batch.items()}
