"""Where the public graph is served from: inside this process, or behind a SPARQL 1.1 engine.

A store holds one named graph a dossier, and a default graph with each distinct public triple once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rdflib import Graph

from ..errors import BadSetting


@dataclass(frozen=True)
class Answer:
    """What a query gives: so many bytes of one media type, true of one revision."""

    media_type: str
    body: Iterable[bytes]
    length: int
    revision: int


@dataclass(frozen=True)
class Dataset:
    """The graphs that a request asks a query to be put to (SPARQL 1.1 Protocol, 2.1.4)."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


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

    def dump(self) -> Iterable[bytes]:
        """The whole store as sorted N-Quads, a line at a time."""
        ...


class Changeable(Store, Protocol):
    """A store of this process, which takes changes all at once or not at all."""

    def apply(
        self,
        changes: Sequence[Change],
        then: Sequence[str],
        revision: int,
        loads: Iterable[Load] = (),
    ) -> None:
        """Replace graphs, run the updates of `then`, be at `revision`: all or nothing.

        `loads` come first. What they brought stays when the rest fails, and the same is to be
        loaded again: they are for graphs too large to be part of one update.
        """
        ...


def open_store(url: str, prefixes: dict[str, str], base: str | None = None) -> Changeable:
    """The store that `url` names; `memory:` is the one inside this process.

    Queries may use `prefixes` undeclared, and addresses relative to `base`.
    """
    from .embedded import Embedded

    if url == "memory:":
        return Embedded(prefixes, base)
    reason = "this release serves the graph from memory only; use memory:"
    raise BadSetting(setting="INNOGRAPH_STORE", value=url, reason=reason)
