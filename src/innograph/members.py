"""Who belongs to a list: the tables of `data/reference/`, said in RDF.

The communes of France are 35,000 bodies that nobody contributes one by one. Their list is one
dossier of its source; what the list stands for is in no dossier, but in a graph of the list's own,
`{base}/graph/{list}`, for as long as the dossier is public. `data/sources/<source>/members.json`
says, in the words of the source's context, what a row of a table means.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from string import Template
from typing import Any

from . import assets, media
from .naming import dossier_iri

_FILE = "members.json"
_PART = 1_000  # rows whose statements are handed on together
# What stands between quotes in N-Triples; none of it is allowed in an address.
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class List:
    """The members that one dossier of a source stands for."""

    name: str
    source: Path

    def graph(self, base: str) -> str:
        """The graph that holds them."""
        return f"{base}/graph/{self.name}"

    def statements(self, base: str) -> Iterator[bytes]:
        """What is said of them as N-Triples, part by part: there are too many to hold at once."""
        context = json.loads((self.source / "context.jsonld").read_text("utf-8"))["@context"]
        context = {"@base": f"{base}/id/", **context}
        by_table: dict[str | None, list[_Pattern]] = defaultdict(list)
        for told in _patterns(self.source)[self.name]:
            by_table[told.get("table")].append(_Pattern(told, context, base))
        for table, patterns in by_table.items():
            rows = _rows(table)
            while some := list(islice(rows, _PART)):
                yield "".join(p.says(row) for row in some for p in patterns).encode()


def lists(base: str) -> dict[str, List]:
    """All lists that are shipped, by the dossier that stands for each."""
    return {
        dossier_iri(base, f"source/{path.parent.name}", name): List(name, path.parent)
        for path in sorted((assets.data() / "sources").glob(f"*/{_FILE}"))
        for name in _patterns(path.parent)
    }


class _Pattern:
    """What rows of a table say: statements with places such as `$code`, or `$code_lower` for the
    cell in small letters. A statement is not made of a row that leaves its place empty."""

    def __init__(self, told: Mapping[str, Any], context: Mapping[str, Any], base: str) -> None:
        document = json.dumps({"@context": context, "@graph": told["says"]})
        lines = [Template(t) for t in media.statements(document, base).decode().splitlines(True)]
        self._lines = [(line, frozenset(line.get_identifiers())) for line in lines]
        self._places = frozenset[str]().union(*(places for _, places in self._lines))
        self._where = [(name, re.compile(cell)) for name, cell in told.get("where", {}).items()]
        self._without: dict[frozenset[str], str] = {}

    def says(self, row: Mapping[str, str]) -> str:
        for name, cell in self._where:
            if not cell.search(row[name]):
                return ""
        cells = {place: _cell(row, place) for place in self._places}
        empty = frozenset(place for place, cell in cells.items() if not cell)
        if empty not in self._without:
            kept = (line.template for line, places in self._lines if not places & empty)
            self._without[empty] = self._format("".join(kept))
        return self._without[empty].format_map(cells)

    def _format(self, template: str) -> str:
        """A template in the form that is filled in ten times as fast."""
        # No line of N-Triples holds these two characters as they are.
        marked = Template(template).substitute({p: f"\0{p}\1" for p in self._places})
        braced = marked.replace("{", "{{").replace("}", "}}")
        return braced.replace("\0", "{").replace("\1", "}")


def _cell(row: Mapping[str, str], place: str) -> str:
    name = place.removesuffix("_lower")
    return row[name].lower() if name != place else row[name].translate(_ESCAPES)


def _rows(table: str | None) -> Iterator[dict[str, str]]:
    """The rows of a table; what is said of no table is said once."""
    if table is None:
        yield {}
        return
    with (assets.data() / "reference" / table).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


@cache
def _patterns(source: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads((source / _FILE).read_text("utf-8"))
    return found
