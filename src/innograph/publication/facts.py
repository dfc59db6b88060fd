"""What is counted of the graph at one revision, for the catalogue and VoID."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rdflib import OWL, RDF, SKOS

from .. import exchange, media, queries
from ..errors import StoreBusy
from ..instance import Instance
from .description import Part

Row = Mapping[str, str]
_TYPE = RDF.type.n3().encode()
_LINKS = [OWL.sameAs, SKOS.exactMatch, SKOS.closeMatch]
_LINKS += [SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch]
_SITE = re.compile(rb"<([a-z]+://[^/>]+/?)")


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


class Statistics:
    """Classes, properties and links of the default graph, counted line by line.

    By a query it would be counted too, but whoever puts it touches all of the graph.
    """

    def __init__(self) -> None:
        self._properties, self._classes = Counter[bytes](), Counter[bytes]()
        self._links = Counter[tuple[bytes, bytes]]()
        self._linking = {name.n3().encode() for name in _LINKS}

    def add(self, line: bytes) -> None:
        """Count a statement, as a line of N-Triples."""
        thing, name, rest = line.split(b" ", 2)
        self._properties[name] += 1
        if name == _TYPE:
            self._classes[rest.removesuffix(b" .\n")] += 1
        elif name in self._linking and (there := _SITE.match(rest)):
            here = _SITE.match(thing)
            if here is None or here[1] != there[1]:
                self._links[name, there[1]] += 1

    def told(self) -> dict[str, list[Row]]:
        """The rows of each, in order."""
        return {
            "classes": [
                {"class": _iri(name), "things": str(number)}
                for name, number in sorted(self._classes.items())
            ],
            "properties": [
                {"property": _iri(name), "statements": str(number)}
                for name, number in sorted(self._properties.items())
            ],
            "links": [
                {"property": _iri(name), "site": site.decode(), "links": str(number)}
                for (name, site), number in sorted(self._links.items())
            ],
        }


def _iri(name: bytes) -> str:
    return name.decode()[1:-1]


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
