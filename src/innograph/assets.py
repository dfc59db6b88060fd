"""Finds ontology/, shapes/, queries/ and data/, in a checkout or in the installed wheel."""

from functools import cache
from pathlib import Path


@cache
def root() -> Path:
    """The folder that holds `ontology`, `shapes`, `queries` and `data`."""
    here = Path(__file__).resolve().parent
    packed = here / "assets"
    return packed if packed.is_dir() else here.parents[1]


def ontology_files() -> list[Path]:
    return [
        root() / "ontology" / "innograph.ttl",
        *sorted((root() / "ontology" / "vocabularies").glob("*.ttl")),
    ]


def reused_files() -> list[Path]:
    """Lists of concepts that others publish, under their own addresses."""
    return sorted((root() / "ontology" / "reused").glob("*.ttl"))


def shape_files() -> list[Path]:
    return sorted((root() / "shapes").glob("*.ttl"))


def query_files() -> list[Path]:
    return sorted((root() / "queries").glob("*.rq"))


def data() -> Path:
    return root() / "data"
