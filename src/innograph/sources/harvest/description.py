"""The table [harvest] of a source.toml: who is asked, and for what."""

import re
from dataclasses import dataclass

from ..description import Description, unknown

_KEYS = {
    "sparql": ("kind", "address", "things", "query", "prefixes", "page", "pause"),
    "innograph": ("kind", "address", "page", "pause"),
    "catalogue": ("kind", "address", "dataset", "format", "pause"),
}
SLOT = re.compile(r"VALUES\s+\?thing\s*{\s*UNDEF\s*}")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True)
class Harvest:
    """Who is asked: `kind` is sparql, innograph or catalogue.

    `things` is a pattern that finds ?thing, `query` a CONSTRUCT of what is said of some; `page` is
    how many are asked for at once, with `pause` seconds in between; `dataset` names one of a
    catalogue, `format` which of its files is taken.
    """

    kind: str
    address: str
    things: str = ""
    query: str = ""
    prefixes: str = ""
    page: int = 500
    pause: float = 0.5
    dataset: str = ""
    format: str = "csv"


def read(told: Description) -> Harvest | None:
    """What the table says, if there is one; what is wrong in it is told to `told`."""
    if "harvest" not in told.told:
        return None
    place = ("harvest",)
    table = told.get((), told.told, "harvest", dict, {})
    kind = told.get(place, table, "kind", str, "")
    if kind not in _KEYS:
        told.fault((*place, "kind"), f"say who is asked. {unknown(kind, _KEYS)}")
        return None
    told.keys(place, table, _KEYS[kind])
    texts = {
        key: told.get(place, table, key, str, "")
        for key in ("address", "things", "query", "prefixes", "dataset")
    }
    pause = table.get("pause", Harvest.pause)
    if isinstance(pause, bool) or not isinstance(pause, int | float) or pause < 0:
        told.fault((*place, "pause"), "a number of seconds is expected")
        pause = 0.0
    page = told.get(place, table, "page", int, Harvest.page)
    if not 1 <= page <= 10_000:
        told.fault((*place, "page"), "a whole number from 1 to 10,000 is expected")
    if not _ADDRESS.fullmatch(texts["address"]):
        told.fault((*place, "address"), "the address to ask is missing, http or https")
    needed = {"sparql": ("things", "query"), "catalogue": ("dataset",)}.get(kind, ())
    for key in needed:
        if not texts[key]:
            told.fault((*place, key), "it is missing")
    if texts["query"] and not SLOT.search(texts["query"]):
        told.fault((*place, "query"), "it needs a line VALUES ?thing { UNDEF }")
    form = told.get(place, table, "format", str, Harvest.format)
    return Harvest(kind, page=page, pause=float(pause), format=form, **texts)
