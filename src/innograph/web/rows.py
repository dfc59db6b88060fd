"""The rows of an answer, in the forms that the API gives them."""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from rdflib import XSD

from ..errors import BadParameter
from ..exchange import guarded
from ..media import RESULTS, content_type, negotiate
from ..media import Format as Media
from ..queries import Query

# Rows that are given unasked, and at most; the largest number of rows that can be skipped.
LIMIT, MOST, FURTHEST = 1_000, 100_000, 999_999_999
_NUMBERS = {"integer": int, "int": int, "long": int, "decimal": float, "double": float}
_SPARQL_JSON, _XML, _CSV, _TSV = (f.media_type for f in RESULTS)


@dataclass(frozen=True)
class Form:
    """A form of rows: its name in `format=`, what it is called on the web, what the store gives."""

    name: str
    media_type: str
    asked: str

    @property
    def content_type(self) -> str:
        return content_type(self.media_type)


JSON = Form("json", "application/json", _SPARQL_JSON)
FORMS = (
    JSON,
    Form("sparql", _SPARQL_JSON, _SPARQL_JSON),
    Form("csv", _CSV, _CSV),
    Form("tsv", _TSV, _TSV),
    Form("xml", _XML, _XML),
    Form("excel", _CSV, _CSV),
)
_NEGOTIATED = tuple(Media(f.name, f.media_type, f.name, RESULTS[0].engine) for f in FORMS[:5])


def form(name: str | None, accept: str | None) -> Form:
    """The form asked for by name, else by Accept. Raises BadParameter or NotAcceptable."""
    wanted = name or negotiate(accept, _NEGOTIATED).name
    for each in FORMS:
        if wanted in (each.name, each.media_type):
            return each
    reason = ", ".join(each.name for each in FORMS)
    raise BadParameter(parameter="format", value=wanted, reason=reason)


def is_table(query: Query) -> bool:
    """Whether a query gives rows, rather than a graph."""
    return re.search(r"^SELECT\b", query.text, re.M) is not None


class Rows:
    """The rows that the store gave, as the bytes of one of its formats."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self._body, self._media_type = body, media_type

    @property
    def number(self) -> int:
        """How many rows there are."""
        match self._media_type:
            case kind if kind == _SPARQL_JSON:
                return len(json.loads(self._body)["results"]["bindings"])
            case kind if kind == _XML:
                return sum(1 for e in ElementTree.fromstring(self._body).iter() if _is_row(e))
            case kind if kind == _CSV:
                return len(self._table()) - 1
        return self._body.count(b"\n") - 1

    @property
    def columns(self) -> list[str]:
        """The names of the columns, where the rows are SPARQL JSON."""
        found: list[str] = json.loads(self._body)["head"]["vars"]
        return found

    def plain(self) -> list[dict[str, Any]]:
        """Each row as an object of plain values; what is not told is left out."""
        bindings = json.loads(self._body)["results"]["bindings"]
        return [{name: _value(cell) for name, cell in row.items()} for row in bindings]

    def written(self, form: Form, query: Query, lang: str, following: str | None) -> bytes:
        """The bytes of a form; plain JSON says what the columns are called and what follows."""
        if form is JSON:
            titles = query.columns_in(lang)
            told = {
                "query": query.name,
                "columns": [{"name": c, "title": titles.get(c, c)} for c in self.columns],
                "rows": self.plain(),
                "next": following,
            }
            return json.dumps(told, ensure_ascii=False).encode()
        return self._for_excel(query.columns_in(lang)) if form.name == "excel" else self._body

    def _for_excel(self, titles: Mapping[str, str]) -> bytes:
        """Marked as UTF-8, cells apart by semicolons, titles for people, no cell a formula."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        header, *found = self._table()
        writer.writerow(titles.get(name, name) for name in header)
        writer.writerows([guarded(cell) for cell in row] for row in found)
        return out.getvalue().encode("utf-8-sig")

    def _table(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self._body.decode(), newline="")))


def _is_row(element: ElementTree.Element) -> bool:
    return element.tag.endswith("}result")


def _value(cell: Mapping[str, str]) -> Any:
    kind = cell.get("datatype", "").removeprefix(str(XSD))
    if kind in _NUMBERS:
        return _NUMBERS[kind](cell["value"])
    return cell["value"] == "true" if kind == "boolean" else cell["value"]
