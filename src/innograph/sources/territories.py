"""French territories and their numbers: a compact table made from the official lists."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from .. import assets
from .mapping import slug

_COLUMNS = ("kind", "code", "siren", "name", "parent", "population")
_PARENTS = {"commune": "departement", "epci": "departement", "departement": "region"}
# What a grouping is called besides its own name: its legal form, anywhere or at the beginning.
_FORM = re.compile(
    r"^(cc|ca|cu|communaute (de|des) communes|communaute d agglomeration|communaute urbaine"
    r"|communes)\b|\b(communaute|agglomeration|agglo|metropole)\b"
)
_SMALL_WORDS = re.compile(r"\b(le|la|les|l|de|du|des|d|et|en)\b")


@dataclass(frozen=True)
class Territory:
    """A territory by its code in the list of its kind; `parent` is the code one level up.

    A grouping (epci) has as parent the département that it lies in, if it lies in one only.
    """

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


def around(territory: Territory) -> Territory | None:
    """The territory one level up, if it is known."""
    return table().get((_PARENTS.get(territory.kind, ""), territory.parent))


def named(kind: str, name: str) -> list[Territory]:
    """Those of this very name, but for accents, capitals and punctuation."""
    return _index(kind, slug).get(slug(name), [])


def alike(kind: str, name: str) -> list[Territory]:
    """Those of this name, but for legal form, small words and what is in brackets."""
    return _index(kind, core).get(core(name), [])


def beginning(kind: str, name: str) -> list[Territory]:
    """Those whose name begins so."""
    begin = slug(name)
    return [t for key, same in _index(kind, slug).items() if key.startswith(begin) for t in same]


def core(name: str) -> str:
    """What is left of a name without legal form, small words and brackets, to compare."""
    plain = slug(re.sub(r"\(.*?\)", "", name)).replace("-", " ")
    return " ".join(_SMALL_WORDS.sub("", _FORM.sub("", plain)).split())


@cache
def _index(kind: str, key: Callable[[str], str]) -> dict[str, list[Territory]]:
    found: dict[str, list[Territory]] = defaultdict(list)
    for territory in table().values():
        if territory.kind == kind:
            found[key(territory.name)].append(territory)
    return dict(found)


def write(folder: Path, file: TextIO) -> int:
    """Make the table from the JSON lists of INSEE and Banatic in `folder`; return its rows."""

    def read(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((folder / name).read_text("utf-8"))
        return found

    communes = {
        c["code"]: c
        for c in read("communes.json")
        if c["type"] == "commune-actuelle" and "departement" in c
    }

    def only_departement(members: Iterable[dict[str, Any]]) -> str:
        found = {communes[m["code"]]["departement"] for m in members if m["code"] in communes}
        return found.pop() if len(found) == 1 else ""

    rows: list[tuple[Any, ...]] = [
        ("region", r["code"], "", r["nom"], "", "") for r in read("regions.json")
    ]
    rows += [
        ("departement", d["code"], "", d["nom"], d["region"], "") for d in read("departements.json")
    ]
    rows += [
        (
            "epci",
            e["code"],
            e["code"],
            e["nom"],
            only_departement(e["membres"]),
            e.get("populationMunicipale", ""),
        )
        for e in read("epci.json")
    ]
    rows += [
        (
            "commune",
            code,
            c.get("siren", ""),
            c["nom"],
            c["departement"],
            c.get("population", ""),
        )
        for code, c in communes.items()
    ]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    rows.sort(key=lambda row: row[:2])
    writer.writerows(rows)
    return len(rows)
