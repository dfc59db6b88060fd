"""Columns of plain values as a data frame of pandas or polars, whichever is installed, and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Any, Literal

from .errors import MissingExtra

Kind = Literal["integer", "number", "boolean", "date", "instant", "text"]
Library = Literal["pandas", "polars"]
Cell = Any  # of a frame: whatever its library gives
LIBRARIES: tuple[Library, ...] = ("pandas", "polars")
# Seconds, so that the years 1 and 9999, which stand for what is not bounded, have a place.
_PANDAS = {
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[s]",
    "text": "str",
}


@dataclass(frozen=True)
class Column:
    """Values of one kind; None where there is none."""

    kind: Kind
    values: Sequence[int | float | bool | date | datetime | str | None]

    @property
    def is_zoned(self) -> bool:
        """Whether its instants tell how far they are from UTC."""
        first = next((value for value in self.values if isinstance(value, datetime)), None)
        return first is not None and first.tzinfo is not None


def made(
    columns: Mapping[str, Column],
    attributes: Mapping[str, object] | None = None,
    library: Library | None = None,
) -> Any:
    """A DataFrame of a library, by default of pandas if it is installed, else of polars.

    `attributes` stand in `attrs` of the frame; polars has no such place and leaves them out. Raises
    MissingExtra when the library, or both, are not installed.
    """
    chosen = (library,) if library else LIBRARIES
    for name in chosen:
        try:
            module = import_module(name)
        except ImportError:
            continue
        if name == "polars":
            return _polars(module, columns)
        frame = _pandas(module, columns)
        frame.attrs.update(attributes or {})
        return frame
    raise MissingExtra(package=" or ".join(chosen), extra=chosen[0])


def _pandas(pandas: Any, columns: Mapping[str, Column]) -> Any:
    made = {}
    for name, column in columns.items():
        kind = "datetime64[us]" if column.kind == "instant" else _PANDAS[column.kind]
        if column.kind == "instant" and column.is_zoned:
            kind = "datetime64[us, UTC]"
        made[name] = pandas.Series(list(column.values), dtype="object").astype(kind)
    return pandas.DataFrame(made)


def _polars(polars: Any, columns: Mapping[str, Column]) -> Any:
    kinds = {
        "integer": polars.Int64,
        "number": polars.Float64,
        "boolean": polars.Boolean,
        "date": polars.Date,
        "text": polars.String,
    }
    made = []
    for name, column in columns.items():
        kind = kinds.get(column.kind)
        if kind is None:
            kind = polars.Datetime("us", "UTC" if column.is_zoned else None)
        made.append(polars.Series(name, list(column.values), dtype=kind))
    return polars.DataFrame(made)


def rows(frame: Any) -> Iterator[dict[str, Any]]:
    """The rows of a frame of either library, as texts by column: what is missing is "".

    A day is 2021-05-03, a whole number has no decimals; lists stay lists.
    """
    names = [str(name) for name in frame.columns]
    cells = [_listed(frame[name]) for name in frame.columns]
    for row in zip(*cells, strict=True):
        yield {name: _text(cell) for name, cell in zip(names, row, strict=True)}


def _listed(series: Any) -> list[Cell]:
    found: list[Cell] = series.to_list()
    return found


def _text(cell: Cell) -> Any:
    if isinstance(cell, (list, tuple)):
        return [str(part) for part in cell]
    # NaN, NaT and NA of pandas are not equal to themselves, or will not say whether they are.
    if cell is None or type(cell).__name__ in ("NAType", "NaTType") or cell != cell:
        return ""
    if isinstance(cell, datetime):  # so is a Timestamp of pandas
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
