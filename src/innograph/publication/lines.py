"""The whole public graph at a revision as sorted N-Quads, without the memory that a graph takes.

What the ledger says is read from there a piece at a time; only what is derived of it is asked for.
(Whoever reads all of a graph that was forked copies all of its memory.)
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby

from ..errors import StoreBusy
from ..instance import Instance
from ..ledger import Event
from ..projection import derived_graph
from ..statements import Progress, Statements
from ..store import Dump, Load
from ..store.sorting import ordered


def derived_at(instance: Instance, revision: int) -> Dump:
    """What is derived, to be read once. Raises StoreBusy when the store has moved on."""
    derived = instance.store.lines(derived_graph(instance.base))
    if derived.revision != revision:
        raise StoreBusy(seconds=0)
    return derived


def lines(
    instance: Instance, derived: Dump, events: list[Event], progress: Progress
) -> Iterator[bytes]:
    """The lines; `events` are those of the ledger at the revision of what is derived."""
    said = Statements(instance.ledger).all(events, progress)
    became = {
        f"<{loser}>".encode(): f"<{survivor}>".encode()
        for loser, survivor in instance.ledger.merged(derived.revision).items()
    }
    known = chain(_told(said, became), _both(derived, derived_graph(instance.base)))
    yield from (line for line, _ in groupby(ordered(known)))  # in the default graph once


def _told(said: Iterable[Load], became: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """What graphs say, and what the default graph says then: of survivors, not of losers."""
    for load in said:
        name = f" <{load.graph}> .\n".encode()
        for part in load.parts:
            for line in part.splitlines(keepends=True):
                yield line.removesuffix(b" .\n") + name
                yield _renamed(line, became) if became else line


def _renamed(line: bytes, became: Mapping[bytes, bytes]) -> bytes:
    subject, predicate, rest = line.split(b" ", 2)
    value = rest.removesuffix(b" .\n")
    told = became.get(subject, subject), predicate, became.get(value, value)
    return b" ".join(told) + b" .\n"


def _both(derived: Iterable[bytes], graph: str) -> Iterator[bytes]:
    name = f" <{graph}> .\n".encode()
    for line in derived:
        yield line
        yield line.removesuffix(name) + b" .\n"
