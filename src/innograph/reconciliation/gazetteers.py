"""The lists that names are held against: former communes, provinces, bodies of the French State.

Those of today's French territories are in `sources.territories`.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TextIO

from rdflib import SKOS

from .. import assets, media
from ..sources.mapping import slug
from ..sources.territories import Territory, table

_FORMER = ("code", "name", "commune")
_PROVINCES = ("code", "name")
# A province has five signs in NUTS; ZZZ stands for what lies in none.
_PROVINCE = 5


@dataclass(frozen=True)
class StateBody:
    """A ministry or another body of the French State, by its key at beta.gouv.fr."""

    key: str
    name: str
    acronym: str
    other_names: str

    @property
    def names(self) -> list[str]:
        """The name, and those that it had or is known by, which stand between semicolons."""
        return [self.name, *(name.strip() for name in self.other_names.split(";") if name.strip())]


def _rows(name: str) -> Iterator[dict[str, str]]:
    path = assets.data() / "reference" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


@cache
def former_communes() -> dict[str, tuple[Territory, ...]]:
    """The communes that those of a former name, as a slug, are part of today."""
    found: dict[str, set[Territory]] = defaultdict(set)
    for row in _rows("fr-former-communes"):
        found[slug(row["name"])].add(table()["commune", row["commune"]])
    return {name: tuple(sorted(places, key=lambda p: p.code)) for name, places in found.items()}


@cache
def provinces() -> dict[str, str]:
    """NUTS code -> name, of the Italian provinces and metropolitan cities."""
    return {row["code"]: row["name"] for row in _rows("it-provinces")}


@cache
def italian_homonyms() -> frozenset[str]:
    """Names, as slugs, that more than one Italian municipality bears."""
    return frozenset(slug(row["name"]) for row in _rows("it-homonyms"))


@cache
def state_bodies() -> tuple[StateBody, ...]:
    """The ministries and other bodies of the French State that are known by name."""
    return tuple(StateBody(**row) for row in _rows("fr-state-bodies"))


def write_former_communes(folder: Path, file: TextIO) -> int:
    """Write the communes that are part of another today, from the list of INSEE in `folder`.

    One that bears the name of what it became part of is left out. Returns the number of rows.
    """
    told = json.loads((folder / "communes.json").read_text("utf-8"))
    today = {c["code"]: c["nom"] for c in told if c["type"] == "commune-actuelle"}
    rows = [
        (c["code"], c["nom"], c["chefLieu"])
        for c in told
        if c.get("chefLieu") in today and c["type"] != "commune-actuelle"
        if slug(c["nom"]) != slug(today[c["chefLieu"]])
    ]
    return _write(file, _FORMER, rows)


def write_provinces(path: Path, country: str, file: TextIO) -> int:
    """Write the smallest statistical regions of a country, from an RDF/XML file of NUTS.

    Returns the number of rows.
    """
    graph = media.parse(path.read_bytes(), "application/rdf+xml", path.as_uri())
    rows = [
        (str(code), str(graph.value(region, SKOS.prefLabel)).replace("’", "'"))
        for region, code in graph.subject_objects(SKOS.notation)
        if str(code).startswith(country)
        and len(str(code)) == _PROVINCE
        and not str(code).endswith("ZZZ")
    ]
    return _write(file, _PROVINCES, rows)


def _write(file: TextIO, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(sorted(set(rows)))
    return len(set(rows))
