"""Dossiers as people and programs write them: plain JSON, JSON-LD, tables.

All of it is read from the ontology, the shapes and the vocabularies; `artefacts` writes it down for
others as a context, schemas, templates and a picture.
"""

from rdflib import URIRef

from ..validation.shapes import in_language
from . import fields, terms
from .cells import guarded
from .csv_reading import from_csv, one_from_csv
from .csv_writing import header_of, kind_of, to_csv, to_rows
from .json_reading import from_json, read_json
from .json_writing import to_json, to_jsonld
from .reading import read, read_all
from .template import metadata
from .terms import slug

__all__ = [
    "from_csv",
    "from_json",
    "guarded",
    "header_of",
    "kind_of",
    "kind_of_class",
    "kinds",
    "metadata",
    "one_from_csv",
    "read",
    "read_all",
    "read_json",
    "slug",
    "to_csv",
    "to_json",
    "to_jsonld",
    "to_rows",
]


def kind_of_class(klass: str) -> URIRef | None:
    """The kind of dossier that tells of things of a class."""
    return next((kind for kind in fields.roots() if URIRef(klass) in fields.types(kind)), None)


def kinds(lang: str) -> list[tuple[str, str]]:
    """The name of the files and the name for people of each kind of dossier, by the latter."""
    named = [(terms.slug(k), in_language(terms.labels(k), lang)) for k in fields.roots()]
    return sorted(named, key=lambda pair: pair[1])
