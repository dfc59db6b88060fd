"""Rows that an innograph answered, with their types, and of which revision they are."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rdflib import XSD

from .. import frames
from ..errors import NotFetched
from ..frames import Column, Kind, Library

_WHOLE = (
    *("integer", "long", "int", "short", "byte", "gYear", "nonNegativeInteger", "positiveInteger"),
    *("nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort"),
    "unsignedByte",
)
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(_WHOLE, "integer"),
    **dict.fromkeys(("decimal", "double", "float"), "number"),
    "boolean": "boolean",
    "date": "date",
    "dateTime": "instant",
}
_LARGEST = 2**63


@dataclass(frozen=True)
class Answer:
    """Columns of values: whole numbers, numbers, truths, days, instants, or texts.

    A column whose cells are of several types, or of one that has no place here, is of texts.
    """

    columns: Mapping[str, Column]
    address: str
    revision: int | None

    def __len__(self) -> int:
        return max((len(column.values) for column in self.columns.values()), default=0)

    def frame(self, library: Library | None = None) -> Any:
        """A DataFrame of pandas if it is installed, else of polars; or of the one that is named.

        That of pandas has `address` and `revision` in its `attrs`. Raises MissingExtra.
        """
        attributes = {"address": self.address, "revision": self.revision}
        return frames.made(self.columns, attributes, library)


Cells = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Page:
    """Names of the columns, rows as the W3C's JSON tells them, and of which revision they are."""

    names: list[str]
    rows: list[Cells]
    revision: int | None

    @classmethod
    def read(cls, body: bytes, revision: int | None, address: str) -> "Page":
        """Raises NotFetched for what is no SPARQL result in JSON."""
        try:
            told = json.loads(body)
            if "boolean" in told:
                cell = {"value": str(told["boolean"]).lower(), "datatype": str(XSD.boolean)}
                return cls(["answer"], [{"answer": cell}], revision)
            return cls(told["head"]["vars"], told["results"]["bindings"], revision)
        except (ValueError, KeyError, TypeError) as error:
            detail = f"it gives no SPARQL results in JSON: {error!r}"
            raise NotFetched(address=address, detail=detail) from None


def answer(pages: list[Page], address: str) -> Answer:
    """One answer of all pages, which are of one revision."""
    columns = {
        name: _column([row.get(name) for page in pages for row in page.rows])
        for name in pages[0].names
    }
    return Answer(columns, address, pages[0].revision)


def _column(cells: list[Mapping[str, str] | None]) -> Column:
    told = {_KINDS.get(cell.get("datatype", "").removeprefix(str(XSD))) for cell in cells if cell}
    kind = told.pop() if len(told) == 1 else "number" if told == {"integer", "number"} else None
    if kind is not None:
        try:
            read = _READ[kind]
            values = [read(cell["value"]) if cell else None for cell in cells]
            found = [value for value in values if isinstance(value, datetime)]
            if len({value.tzinfo is None for value in found}) < 2:
                return Column(kind, values)
        except ValueError:  # a year of five digits, a day with a zone: as it is told, then
            pass
    return Column("text", [cell["value"] if cell else None for cell in cells])


def _whole(text: str) -> int:
    number = int(text)
    if not -_LARGEST <= number < _LARGEST:
        raise ValueError("it has no place in 64 bits")
    return number


def _truth(text: str) -> bool:
    if text not in ("true", "1", "false", "0"):
        raise ValueError("it is neither true nor false")
    return text in ("true", "1")


_READ: Mapping[Kind, Callable[[str], Any]] = {
    "integer": _whole,
    "number": float,
    "boolean": _truth,
    "date": date.fromisoformat,
    "instant": datetime.fromisoformat,
}
