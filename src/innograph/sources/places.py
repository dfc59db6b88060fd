"""Countries and the statistical regions of Europe (NUTS 2021), and the tables they are kept in.

The tables are `data/reference/countries.csv` and `nuts-2021.csv`; `write_countries` and
`write_regions` make them from the published lists.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TextIO

from rdflib import SKOS, Graph, Literal

from .. import assets
from .mapping import slug, tidy

# The Union writes the codes of two countries otherwise than ISO 3166-1.
_OF_THE_UNION = {"GR": "EL", "GB": "UK"}
_LONGEST = 5


@dataclass(frozen=True)
class Country:
    """A country: ISO 3166-1 codes, names, code as the Union writes it, item of Wikidata.

    Codes of its regions begin as the Union writes its own.
    """

    alpha2: str
    alpha3: str
    en: str
    fr: str
    eu: str
    wikidata: str


@dataclass(frozen=True)
class Region:
    """A region of NUTS 2021; that of two letters is a whole country and has no parent."""

    code: str
    name: str
    parent: str


@cache
def countries() -> dict[str, Country]:
    """All countries of ISO 3166-1, by the name they have in English, spelt as by `slug`."""
    return {slug(row["en"]): Country(**row) for row in _rows("countries.csv")}


@cache
def regions() -> dict[str, Region]:
    """All regions of NUTS 2021, by code."""
    return {row["code"]: Region(**row) for row in _rows("nuts-2021.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    path = assets.data() / "reference" / name
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write_countries(folder: Path, file: TextIO) -> int:
    """Make the table of countries from the lists in `folder`; return its rows.

    Codes are those of `world/country-codes.csv`, names those of `eu/countries-skos.rdf`.
    """
    graph = Graph().parse(folder / "eu" / "countries-skos.rdf", format="xml")
    names = {
        (str(concept).rsplit("/", 1)[1], label.language): str(label)
        for concept, label in graph.subject_objects(SKOS.prefLabel)
        if isinstance(label, Literal)
    }
    with (folder / "world" / "country-codes.csv").open(encoding="utf-8", newline="") as lines:
        told = list(csv.DictReader(lines))
    rows = []
    for row in sorted(told, key=lambda row: row["ISO3166-1-Alpha-2"]):
        two, three = row["ISO3166-1-Alpha-2"], row["ISO3166-1-Alpha-3"]
        item = row["wikidata_id"].rsplit("/", 1)[-1]
        english, french = names[three, "en"], names[three, "fr"]
        rows.append((two, three, english, french, _OF_THE_UNION.get(two, two), item))
    return _write(("alpha2", "alpha3", "en", "fr", "eu", "wikidata"), rows, file)


def write_regions(folder: Path, file: TextIO) -> int:
    """Make the table of regions from `nuts/nuts-2021.rdf` in `folder`; return its rows."""
    graph = Graph().parse(folder / "nuts" / "nuts-2021.rdf", format="xml")
    rows = []
    for concept, notation in graph.subject_objects(SKOS.notation):
        code, above = str(notation), str(graph.value(concept, SKOS.broader) or "")
        if len(code) <= _LONGEST:
            name = tidy(str(graph.value(concept, SKOS.prefLabel)))
            rows.append((code, name, above.rsplit("/", 1)[-1]))
    return _write(("code", "name", "parent"), sorted(rows), file)


def _write(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], file: TextIO) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return len(rows)
