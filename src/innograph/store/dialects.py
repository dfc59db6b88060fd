"""How an engine is asked and changed that keeps to the standards (SPARQL 1.1, all parts)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from .. import media
from . import Change, Dataset, Step, updates
from .deriving import Asking
from .state import IS, STATE
from .syntax import hiding, prologue

Parameters = list[tuple[str, str]]


class Standard:
    """An engine with a default graph of its own, to which one update is one change (atomic)."""

    is_atomic = True
    is_exact = True  # its answers are in the form of the standards

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._hidden = [STATE]

    def question(self, query: str, dataset: Dataset | None = None) -> tuple[str, Parameters]:
        """A query as it is sent, and what is sent with it."""
        text = hiding(prologue(query, self._prefixes) + query, self._hidden)
        return text, [] if dataset is None else parameters(dataset.default, dataset.named)

    def between(self, form: media.Format) -> media.Format:
        """The format that the engine is asked for: the one wanted, or one it is better at."""
        return form

    def state(self, text: str) -> Iterator[str]:
        """Operations that put down what is true of the store now."""
        yield f"DELETE WHERE {{ GRAPH <{STATE}> {{ <{STATE}> <{IS}> ?state }} }}"
        yield f'INSERT DATA {{ GRAPH <{STATE}> {{ <{STATE}> <{IS}> "{text}" }} }}'

    def clearing(self, graphs: Callable[[], Iterable[str]]) -> Iterator[str]:
        """Operations that leave nothing in the store; `graphs` tells the names of all."""
        yield "DROP ALL"

    def replacement(self, change: Change) -> Iterator[str]:
        """Operations that replace a graph."""
        return updates.replacement(change)

    def steps(self, then: Iterable[Step], ask: Asking) -> Iterator[str]:
        """Operations of steps, each of which may hang on what the ones before did."""
        return map(updates.step, then)

    def insertion(self, said: Mapping[str, str]) -> Iterator[str]:
        """Operations that add statements to graphs and, alike, to the default graph."""
        named = (f"GRAPH <{graph}> {{ {some} }}" for graph, some in said.items())
        yield f"INSERT DATA {{ {' '.join(chain(said.values(), named))} }}"


def parameters(default: Iterable[str], named: Iterable[str]) -> Parameters:
    """A dataset as the SPARQL 1.1 Protocol tells it (2.1.4)."""
    told = {"default-graph-uri": default, "named-graph-uri": named}
    return [(name, graph) for name, graphs in told.items() for graph in graphs]
