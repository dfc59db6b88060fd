"""Whether two servers say the same: rows in any order, numbers as numbers."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import pyoxigraph

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS = {_XSD + kind for kind in ("integer", "decimal", "double", "float", "int", "long")}
RESULTS, GRAPH = "application/sparql-results+json", "application/n-triples"


@dataclass(frozen=True)
class Said:
    """An answer: how many rows, and a digest of all of them."""

    rows: int
    digest: str


def form(query: str) -> str:
    """The media type to ask for."""
    asks_for_graph = any(line.startswith(("CONSTRUCT", "DESCRIBE")) for line in query.splitlines())
    return GRAPH if asks_for_graph else RESULTS


def read(kind: str, body: bytes) -> Said:
    """What an answer of that media type says. Raises ValueError when it cannot be read."""
    if kind.endswith("json"):
        return _digest(_rows(body))
    known = pyoxigraph.RdfFormat.from_media_type(kind)
    if known is None:
        raise ValueError(f"{kind} is neither a table nor a graph")
    try:
        return _digest({str(quad.triple) for quad in pyoxigraph.parse(body, known)})
    except SyntaxError as error:
        raise ValueError(str(error)) from None


def _rows(body: bytes) -> list[str]:
    told = json.loads(body)
    names = told["head"]["vars"]
    rows = told["results"]["bindings"]
    return [" ".join(_cell(row.get(name)) for name in names) for row in rows]


def _cell(cell: dict[str, str] | None) -> str:
    """A value in a form that is the same however a server writes it."""
    if cell is None:
        return "-"
    value, kind = cell["value"], cell.get("datatype", "")
    if kind in _NUMBERS:
        try:
            return str(Decimal(f"{Decimal(value):.9g}").normalize())
        except InvalidOperation:
            pass
    if kind in ("", _XSD + "string") and cell["type"] != "uri":
        return f'"{value}"@{cell.get("xml:lang", "").lower()}'
    return f"{cell['type'].replace('typed-literal', 'literal')} {value} {kind}"


def _digest(rows: Iterable[str]) -> Said:
    ordered = sorted(rows)
    digest = hashlib.sha256("\n".join(ordered).encode())
    return Said(len(ordered), digest.hexdigest())
