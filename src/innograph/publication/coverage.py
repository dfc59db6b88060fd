"""From when to when, and where, is what dossiers are about: told to harvesters of each dataset.

It is gathered a few dossiers at a time: a query over the whole graph would answer too, in all the
memory that the graph takes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .. import exchange, media, queries, vocab
from ..instance import Instance
from ..ledger import Event
from ..projection import derived_graph
from ..statements import Progress, Statements, loads
from ..store import Load
from ..store.embedded import Embedded
from .description import Part
from .facts import Counting, Row

_AT_ONCE, _PLACES = 100, 500  # dossiers, and places, that are looked at together
_PARTS = 2  # of a list, which is of one country: what it is, and some members
_BOUNDS = "derive-1-bounds"
_Key = tuple[str, str]  # kind of dossier, contributor


@dataclass(frozen=True)
class Coverage:
    """From which day to which, and in which countries, by kind of dossier and contributor."""

    days: Mapping[_Key, tuple[str, str]]
    countries: Mapping[_Key, frozenset[str]]

    def of(self, part: Part) -> dict[str, Any]:
        """Start and end day (empty if none is told) and countries of a dataset."""
        days = [d for key, d in self.days.items() if part.holds(*key)]
        found = [c for key, c in self.countries.items() if part.holds(*key)]
        return {
            "start": min((first for first, _ in days), default=""),
            "end": max((last for _, last in days), default=""),
            "countries": sorted(frozenset().union(*found)),
        }


def coverage(
    instance: Instance, counting: Counting, events: Sequence[Event], progress: Progress
) -> Coverage:
    """What the dossiers are about, in time and space; `events` are those of one revision.

    Raises StoreBusy when the graph has moved on.
    """
    said = Statements(instance.ledger)
    days: dict[_Key, tuple[str, str]] = {}
    places: dict[str, set[_Key]] = defaultdict(set)
    for start in range(0, len(events), _AT_ONCE):
        progress(start, len(events))
        few = _graph_of(instance.base, said, events[start : start + _AT_ONCE])
        for row in _asked(few, "coverage-dates"):
            key = _key(row, instance.base)
            first, last = days.get(key, (row["first"], row["last"]))
            days[key] = min(first, row["first"]), max(last, row["last"])
        for row in _asked(few, "coverage-places"):
            places[row["place"]].add(_key(row, instance.base))
    countries: dict[_Key, set[str]] = defaultdict(set)
    asked = sorted(places)
    for start in range(0, len(asked), _PLACES):
        some = asked[start : start + _PLACES]
        for row in counting.rows("countries-of", {"place": some}):
            for key in places[row["place"]]:
                countries[key].add(row["country"])
    return Coverage(days, {key: frozenset(found) for key, found in countries.items()})


def _graph_of(base: str, said: Statements, events: Sequence[Event]) -> Embedded:
    """A graph of what a few dossiers say, with the bounds of their dates."""
    changes, kept = said.changes([event for event in events if event.kind == "accepted"])
    few = Embedded(vocab.prefixes(), f"{base}/")
    listed = [said.lists[event.dossier] for event in events if event.dossier in said.lists]
    told = [
        *loads(changes),
        Load(said.meta, [said.told(events, kept)]),
        *(Load(m.graph(base), islice(m.statements(base), _PARTS)) for m in listed),
    ]
    few.fill(told, [], 0)
    bounds = few.answer(queries.load(_BOUNDS).bind({}), media.N_TRIPLES)
    few.apply([], [], 0, loads=[Load(derived_graph(base), bounds.body)])
    return few


def _asked(few: Embedded, name: str) -> Sequence[Row]:
    return few.answer(queries.load(name).bind({}), media.JSON_ROWS).rows()


def _key(row: Row, base: str) -> _Key:
    kind = exchange.kind_of_class(row["class"])
    return exchange.slug(kind) if kind else "", row["contributor"].removeprefix(f"{base}/id/")
