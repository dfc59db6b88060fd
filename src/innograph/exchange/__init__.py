"""Dossiers as people and programs write them: plain JSON, JSON-LD, tables.

All of it is read from the ontology, the shapes and the vocabularies; `artefacts` writes it down for
others as a context, schemas, templates and a picture.
"""

from .csv_reading import from_csv, one_from_csv
from .csv_writing import to_csv
from .json_reading import from_json, read_json
from .json_writing import to_json, to_jsonld

__all__ = [
    "from_csv",
    "from_json",
    "one_from_csv",
    "read_json",
    "to_csv",
    "to_json",
    "to_jsonld",
]
