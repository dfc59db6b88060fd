"""Who belongs to a list: the tables of `data/reference/`, said in RDF.

The communes of France are 35,000 bodies that nobody contributes one by one. Their list is one
dossier of its source; what the list stands for is in no dossier, but in a graph of the list's own,
`{base}/graph/{list}`, for as long as the dossier is public. `data/sources/<source>/members.json`
says, in the words of the source's context, what a row of a table means.
"""

import csv
import json
import re
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
        for pattern in _patterns(self.source)[self.name]:
            document = {"@context": {"@base": f"{base}/id/", **context}, "@graph": pattern["says"]}
            lines = media.statements(json.dumps(document), base).decode().splitlines(True)
            said = _Said(lines)
            rows = _rows(pattern)
            while part := "".join(map(said.of, islice(rows, _PART))):
                yield part.encode()


def lists(base: str) -> dict[str, List]:
    """All lists that are shipped, by the dossier that stands for each."""
    return {
        dossier_iri(base, f"source/{path.parent.name}", name): List(name, path.parent)
        for path in sorted((assets.data() / "sources").glob(f"*/{_FILE}"))
        for name in _patterns(path.parent)
    }


class _Said:
    """Statements with places such as `$code`, filled by the cells of rows.

    A statement whose place a row leaves empty is not made.
    """

    def __init__(self, lines: list[str]) -> None:
        self._lines = [(line, frozenset(Template(line).get_identifiers())) for line in lines]
        self._without: dict[frozenset[str], Template] = {}

    def of(self, row: Mapping[str, str]) -> str:
        empty = frozenset(name for name, cell in row.items() if not cell)
        if empty not in self._without:
            kept = (line for line, places in self._lines if not places & empty)
            self._without[empty] = Template("".join(kept))
        return self._without[empty].substitute(row)


def _rows(pattern: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The rows that a pattern is about, each cell also in small letters, as addresses want it.

    What names no table is said once.
    """
    if "table" not in pattern:
        yield {}
        return
    where = {name: re.compile(told) for name, told in pattern.get("where", {}).items()}
    path = assets.data() / "reference" / pattern["table"]
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if all(told.search(row[name]) for name, told in where.items()):
                cells = {name: cell.translate(_ESCAPES) for name, cell in row.items()}
                yield cells | {f"{name}_lower": cell.lower() for name, cell in cells.items()}


@cache
def _patterns(source: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads((source / _FILE).read_text("utf-8"))
    return found
