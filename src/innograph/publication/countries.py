"""Countries by their codes of two letters, as `data/reference/countries.csv` lists them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .. import assets


@dataclass(frozen=True)
class Country:
    alpha3: str
    en: str
    fr: str


@cache
def countries() -> Mapping[str, Country]:
    """Country by code of ISO 3166-1."""
    with (assets.data() / "reference" / "countries.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["alpha2"]: Country(row["alpha3"], row["en"], row["fr"]) for row in rows}
