"""French territories and their numbers: a compact table made from the official lists."""

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TextIO

from .. import assets

_COLUMNS = ("kind", "code", "siren", "name", "parent", "population")


@dataclass(frozen=True)
class Territory:
    """A territory by its code in the list of its kind; `parent` is the code one level up."""

    kind: str
    code: str
    siren: str
    name: str
    parent: str
    population: str


@cache
def table() -> dict[tuple[str, str], Territory]:
    """All territories of the shipped table, by kind and code."""
    path = assets.data() / "reference" / "fr-territories.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [Territory(**row) for row in csv.DictReader(lines)]
    return {(row.kind, row.code): row for row in rows}


def write(folder: Path, file: TextIO) -> int:
    """Make the table from the JSON lists of INSEE and Banatic in `folder`; return its rows."""

    def read(name: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads((folder / name).read_text("utf-8"))
        return found

    rows = [("region", r["code"], "", r["nom"], "", "") for r in read("regions.json")]
    rows += [
        ("departement", d["code"], "", d["nom"], d["region"], "") for d in read("departements.json")
    ]
    rows += [
        ("epci", e["code"], e["code"], e["nom"], "", e.get("populationMunicipale", ""))
        for e in read("epci.json")
    ]
    rows += [
        (
            "commune",
            c["code"],
            c.get("siren", ""),
            c["nom"],
            c["departement"],
            c.get("population", ""),
        )
        for c in read("communes.json")
        if c["type"] == "commune-actuelle" and "departement" in c
    ]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(sorted(rows, key=lambda row: (row[0], str(row[1]))))
    return len(rows)
