"""A graph of rdflib's that is made and gone through several times as fast.

rdflib enters each statement in three nested tables. A dossier has some tens of statements, is
mostly gone through from end to end, and is made by ten thousands.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Self

from rdflib import Graph
from rdflib.paths import Path
from rdflib.plugins.stores.memory import SimpleMemory
from rdflib.term import Node

Triple = tuple[Node, Node, Node]
_Pattern = tuple[Any, Any, Any]
_PLACES = (0, 2, 1)  # subject, object, predicate: what is in few statements is looked up first


class _Statements(SimpleMemory):
    """Each statement once, in the order in which they came. (SimpleMemory knows the prefixes.)"""

    def __init__(self, statements: Iterable[Triple]) -> None:
        super().__init__()
        self.all = dict.fromkeys(statements)
        # Place in a statement -> node -> statements; made when it is first asked for.
        self._tables: dict[int, dict[Node, list[Triple]]] = {}

    def add(self, triple: Triple, context: object = None, quoted: bool = False) -> None:
        if self._tables and triple not in self.all:
            for place, table in self._tables.items():
                table[triple[place]].append(triple)
        self.all[triple] = None

    def remove(self, triple_pattern: _Pattern, context: object = None) -> None:
        for triple in list(self.matching(triple_pattern)):
            del self.all[triple]
        self._tables.clear()

    def triples(
        self, triple_pattern: _Pattern, context: object = None
    ) -> Iterator[tuple[Triple, Iterator[Any]]]:
        return ((triple, iter(())) for triple in self.matching(triple_pattern))

    def __len__(self, context: object = None) -> int:
        return len(self.all)

    def matching(self, pattern: _Pattern) -> Iterable[Triple]:
        """The statements that have the nodes of a pattern in their places."""
        given = [place for place in _PLACES if pattern[place] is not None]
        if not given:
            return self.all
        if len(given) == len(pattern):
            return [pattern] if pattern in self.all else []
        found = self._table(given[0]).get(pattern[given[0]], [])
        if len(given) == 1:
            return found[:]  # to which more may be added meanwhile
        return [triple for triple in found if triple[given[1]] == pattern[given[1]]]

    def _table(self, place: int) -> dict[Node, list[Triple]]:
        table = self._tables.get(place)
        if table is None:
            table = defaultdict(list)
            for triple in self.all:
                table[triple[place]].append(triple)
            self._tables[place] = table  # when it is whole: other threads may be reading
        return table


class Bare(Graph):
    """Without rdflib's 29 prefixes, too: to bind them takes longer than most uses."""

    def __init__(self, statements: Iterable[Triple] = ()) -> None:
        self._statements = _Statements(statements)
        super().__init__(self._statements, bind_namespaces="none")

    def __iter__(self) -> Iterator[Triple]:  # type: ignore[override]
        return iter(self._statements.all)

    def __iadd__(self, other: Iterable[Triple]) -> Self:
        for triple in other:
            self._statements.add(triple)
        return self

    def add(self, triple: Triple) -> Self:
        self._statements.add(triple)
        return self

    def triples(self, triple: _Pattern) -> Iterator[Any]:  # type: ignore[override]
        if isinstance(triple[1], Path):
            return super().triples(triple)
        return iter(self._statements.matching(triple))
