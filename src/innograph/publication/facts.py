"""What is counted of the graph at one revision, by stored queries, for the catalogue and VoID."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import exchange, media, queries
from ..errors import StoreBusy
from ..instance import Instance
from .description import Part

Row = Mapping[str, str]
_STATISTICS = ("statistics-classes", "statistics-properties", "statistics-links")


@dataclass(frozen=True)
class Coverage:
    """From which day to which, and in which countries, by (kind of dossier, contributor)."""

    days: Mapping[tuple[str, str], tuple[str, str]]
    countries: Mapping[tuple[str, str], frozenset[str]]

    def of(self, part: Part) -> dict[str, Any]:
        """Start and end day (empty if none is told) and countries of a dataset."""
        days = [d for key, d in self.days.items() if part.holds(*key)]
        found = [c for key, c in self.countries.items() if part.holds(*key)]
        return {
            "start": min((first for first, _ in days), default=""),
            "end": max((last for _, last in days), default=""),
            "countries": sorted(frozenset().union(*found)),
        }


class Counting:
    """Asks stored queries, all at one revision. Raises StoreBusy when the graph has moved on."""

    def __init__(self, instance: Instance, revision: int) -> None:
        self._instance, self._revision = instance, revision

    def rows(self, name: str) -> list[Row]:
        """The rows of a stored query that takes no value."""
        answer = self._instance.ask(queries.load(name).bind({}), media.JSON_ROWS)
        if answer.revision != self._revision:
            raise StoreBusy(seconds=0)
        found = json.loads(b"".join(answer.body))["results"]["bindings"]
        return [{name: cell["value"] for name, cell in row.items()} for row in found]

    def statistics(self) -> dict[str, list[Row]]:
        """Classes, properties and links of the default graph with their numbers."""
        return {name.partition("-")[2]: self.rows(name) for name in _STATISTICS}

    def coverage(self) -> Coverage:
        """What the dossiers are about, in time and space."""
        days: dict[tuple[str, str], tuple[str, str]] = {}
        countries: dict[tuple[str, str], frozenset[str]] = {}
        for row in self.rows("coverage-dates"):
            key = self._key(row)
            first, last = days.get(key, (row["first"], row["last"]))
            days[key] = min(first, row["first"]), max(last, row["last"])
        for row in self.rows("coverage-places"):
            key = self._key(row)
            countries[key] = countries.get(key, frozenset()) | {row["country"]}
        return Coverage(days, countries)

    def _key(self, row: Row) -> tuple[str, str]:
        kind = exchange.kind_of_class(row["class"])
        contributor = row["contributor"].removeprefix(f"{self._instance.base}/id/")
        return exchange.slug(kind) if kind else "", contributor
