"""One table a kind of dossier: CSV that no spreadsheet computes, with what its columns mean."""

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import IO, Any

from rdflib import Graph, URIRef

from .. import exchange
from ..errors import Untellable
from .packing import resource


class Tables:
    """Gathers the rows of dossiers in a folder; which columns are needed is known at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: dict[URIRef, IO[str]] = {}
        self._used: dict[URIRef, set[str]] = defaultdict(set)
        self.left_out = 0  # dossiers that are no tree under one thing: in the RDF files only

    def __enter__(self) -> "Tables":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._rows.values():
            file.close()

    def add(self, graph: Graph, kind: URIRef) -> None:
        """Take the rows of a dossier of a kind."""
        try:
            rows = exchange.to_rows(graph)
        except Untellable:
            self.left_out += 1
            return
        file = self._rows.get(kind)
        if file is None:
            file = self._rows[kind] = self._waiting(kind).open("w+", encoding="utf-8")
        for row in rows:
            self._used[kind] |= row.keys()
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def finish(self, target: Path) -> list[dict[str, Any]]:
        """Write the tables and their descriptions; what `datapackage.json` says of each table."""
        told = []
        for kind, rows in sorted(self._rows.items()):
            slug = exchange.slug(kind)
            header = exchange.header_of(kind, self._used[kind])
            rows.seek(0)
            with rows, (target / f"{slug}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, header, restval="", lineterminator="\r\n")
                writer.writeheader()
                writer.writerows(json.loads(line) for line in rows)
            self._waiting(kind).unlink()
            meaning = exchange.metadata(kind, header)
            text = json.dumps(meaning, ensure_ascii=False, indent=1) + "\n"
            (target / f"{slug}.csv-metadata.json").write_text(text, "utf-8")
            columns = {"fields": [{"name": name, "type": "string"} for name in header]}
            described = {"profile": "tabular-data-resource", "kind": slug, "schema": columns}
            told.append(resource(target, f"{slug}.csv", "text/csv", encoding="utf-8", **described))
        return told

    def _waiting(self, kind: URIRef) -> Path:
        return self._folder / f"{exchange.slug(kind)}.rows"
