"""Dossiers in any form that is understood: RDF, plain JSON, tables."""

from rdflib import Graph

from .. import media
from ..errors import UnsupportedMedia
from .csv_reading import from_csv, one_from_csv
from .json_reading import read_json

_JSON, _CSV = "application/json", "text/csv"


def read(data: bytes, media_type: str, base: str) -> Graph:
    """The one dossier that `data` holds, in canonical form.

    Raises UnsupportedMedia, or Unparsable with line and column; also for a table of several.
    """
    match media_type.partition(";")[0].strip().lower():
        case kind if kind == _JSON:
            return read_json(data, base)
        case kind if kind == _CSV:
            return one_from_csv(data, base)
    try:
        return media.parse(data, media_type, base)
    except UnsupportedMedia as error:
        offered = f"{error.params['offered']}, {_JSON}, {_CSV}"
        raise UnsupportedMedia(**error.params | {"offered": offered}) from None


def read_all(data: bytes, media_type: str, base: str) -> list[Graph]:
    """All dossiers that `data` holds, one or the things of a table; raises as `read` does."""
    if media_type == _CSV:
        return from_csv(data, base)
    return [read(data, media_type, base)]
