"""What a researcher has as data frames of pandas or polars, and measures back as such."""

from typing import Any

from .. import frames
from ..frames import Column, Kind, Library
from . import reading
from .events import Events, Population
from .networks import Network
from .periods import Unit
from .study import Cell, Table

_NAME = "the data frame"


def events(frame: Any, unit: Unit = "year") -> Events:
    """Events from a frame with the columns of an events file, or of the query `adoption-events`.

    innovation, adopter, time; perhaps time_upper, model, group, date_kind, source, fidelity, ended
    (`innograph.diffusion.reading.events_file`). Days are days, whole numbers are years or what else
    is counted in; what is missing is not told. `model` may hold lists. Raises BadTable and BadRow
    (rows from 1) as for a file.
    """
    rows = list(frames.rows(frame))
    if "startLatest" in frame.columns:
        return reading.events_told((_told(row) for row in rows), unit)
    reading.check(list(frame.columns), _NAME, reading.EVENTS, reading.EVENTS_MORE)
    return Events.of(reading.event(row, _NAME, at, unit) for at, row in enumerate(rows, 1))


def population(frame: Any, unit: Unit = "year") -> Population:
    """A population from a frame with adopter, from, to, or of the query `population-lives`."""
    rows = list(frames.rows(frame))
    if "foundedLatest" in frame.columns:
        return reading.population_told((_told(row) for row in rows), unit)
    reading.check(list(frame.columns), _NAME, reading.POPULATION, ())
    return reading.population(enumerate(rows, 1), _NAME, unit)


def network(frame: Any, unit: Unit = "year") -> Network:
    """A network from a frame with the columns from, to, and perhaps weight, time."""
    reading.check(list(frame.columns), _NAME, reading.NETWORK, reading.NETWORK_MORE)
    return reading.network(enumerate(frames.rows(frame), 1), _NAME, unit)


def _told(row: dict[str, Any]) -> dict[str, str]:
    """A row of a query: what is not told is not there."""
    return {name: cell for name, cell in row.items() if cell != ""}


def framed(table: Table, library: Library | None = None) -> Any:
    """The table of a measure as a frame; in pandas its notes are `attrs["notes"]`.

    Raises MissingExtra when neither library is installed.
    """
    cells = list(zip(*table.rows, strict=True)) or [()] * len(table.columns)
    columns = {
        name: Column(_kind(values), list(values))
        for name, values in zip(table.columns, cells, strict=True)
    }
    return frames.made(columns, {"notes": table.notes}, library)


def _kind(values: tuple[Cell, ...]) -> Kind:
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        return "number" if float in kinds else "integer"
    return "text"
