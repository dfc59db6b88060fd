"""Where the public graph is served from: inside this process, or behind a SPARQL 1.1 engine.

A store holds one named graph a dossier, and a default graph with each distinct public triple once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rdflib import Graph

from ..settings import Settings
from .syntax import graph_name


@dataclass(frozen=True)
class Answer:
    """What a query gives: so many bytes of one media type, true of one revision."""

    media_type: str
    body: Iterable[bytes]
    length: int
    revision: int

    def rows(self) -> list[dict[str, str]]:
        """The rows of an answer in SPARQL's JSON, each cell as its text; to be asked for once."""
        found = json.loads(b"".join(self.body))["results"]["bindings"]
        return [{name: cell["value"] for name, cell in row.items()} for row in found]


@dataclass(frozen=True)
class Dataset:
    """The graphs that a request asks a query to be put to (SPARQL 1.1 Protocol, 2.1.4).

    Raises BadParameter for what is no address of a graph.
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for graph in (*self.default, *self.named):
            graph_name(graph, "graph-uri")


@dataclass(frozen=True)
class Dump:
    """Statements at one revision as N-Quads, a line at a time; to be read once."""

    revision: int
    lines: Iterable[bytes]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.lines)


@dataclass(frozen=True)
class Change:
    """A named graph and its new content, as N-Triples; None takes the graph away."""

    graph: str
    triples: bytes | None


@dataclass(frozen=True)
class Load:
    """A named graph that is to hold what parts of N-Triples say, and nothing else."""

    graph: str
    parts: Iterable[bytes]


@dataclass(frozen=True)
class Step:
    """What a named graph and, alike, the default graph lose and gain, wherever `where` matches.

    Without `where`, `gains` are statements; with it, a template, as `loses` is. Without a name it
    is the default graph alone.
    """

    graph: str
    gains: str = ""
    loses: str = ""
    where: str = ""


class Store(Protocol):
    """Answers SPARQL queries at one revision."""

    @property
    def revision(self) -> int:
        """The last public event of the ledger that it shows."""
        ...

    def answer(self, query: str, accept: str | None, dataset: Dataset | None = None) -> Answer:
        """Evaluate `query`; raise QuerySyntax, UnknownPrefix, ServiceRefused or NotAcceptable."""
        ...

    def find(self, query: str) -> set[str]:
        """The IRIs that a SELECT of one variable finds, one of our own, which is not looked at."""
        ...

    def describe(self, iris: Iterable[str], predicates: Iterable[str]) -> Graph:
        """What the public graph says of `iris` by `predicates`."""
        ...

    def content(self, graphs: Iterable[str]) -> Graph:
        """All that the named graphs say."""
        ...

    def lines(self, graph: str) -> Dump:
        """All that one graph says, in no order."""
        ...


class Changeable(Store, Protocol):
    """A store that takes changes all at once or not at all.

    It keeps with them the revision that they lead to (less than 0: it was never filled), and the
    day for which what is current was derived (empty: something is still to be derived).
    `shared` tells that other processes ask and change it too.
    """

    shared: bool

    @property
    def day(self) -> str: ...

    def dump(self) -> Dump:
        """All that it holds."""
        ...

    def refresh(self, ledger: str) -> None:
        """Look what other processes have made of revision and day.

        Raises BadSetting when the store holds what is of another ledger, or of nobody known.
        """
        ...

    def fill(
        self, loads: Iterable[Load], then: Sequence[Step], revision: int, day: str = ""
    ) -> None:
        """Hold `loads` and nothing else, take the steps of `then`, be at `revision`."""
        ...

    def apply(
        self,
        changes: Sequence[Change],
        then: Sequence[Step],
        revision: int,
        day: str = "",
        loads: Iterable[Load] = (),
    ) -> None:
        """Replace graphs, take the steps of `then`, be at `revision`: all or nothing.

        `loads` come first. What they brought stays when the rest fails, and the same is to be
        loaded again: they are for graphs too large to be part of one update.
        """
        ...


def open_store(
    settings: Settings, prefixes: Mapping[str, str], base: str | None = None
) -> Changeable:
    """The store that the settings name: the one inside this process, or a SPARQL 1.1 engine.

    Queries may use `prefixes` undeclared, and addresses relative to `base`.
    """
    from .embedded import Embedded

    if settings.store == "memory:":
        return Embedded(prefixes, base)
    from .remote import Remote

    return Remote(settings, prefixes, base)
