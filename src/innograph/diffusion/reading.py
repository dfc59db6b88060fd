"""Adoption events, networks and populations from rows of text: of a file, or of a stored query."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

from ..errors import BadRow, BadTable
from . import periods
from .events import Event, Events, Population
from .networks import Edge, Network
from .periods import Unit

Row = Mapping[str, str]

EVENTS = ("innovation", "adopter", "time")
EVENTS_MORE = ("time_upper", "model", "group", "date_kind", "source", "fidelity", "ended")
NETWORK = ("from", "to")
NETWORK_MORE = ("weight", "time")
POPULATION = ("adopter", "from", "to")
_ENDED = "endedEarliest", "endedLatest"


def events_file(content: bytes, path: str, unit: Unit) -> Events:
    """Events from a CSV file with the columns innovation, adopter, time.

    And those of `EVENTS_MORE` that it has: `time_upper` ends an interval that `time` begins (no
    `time`: adopted by then; no `time_upper`: at `time`; "inf": at some time after it), `model`
    names adopters whose example was followed, apart by ";". Raises BadTable for a missing or
    unknown column, BadRow for a cell that cannot be read.
    """
    return Events.of(
        event(row, path, line, unit) for line, row in rows_of(content, path, EVENTS, EVENTS_MORE)
    )


def event(row: Mapping[str, Any], path: str, line: int, unit: Unit) -> Event:
    """The event that a row tells; its `model` may be a list. Raises BadRow."""
    for name in ("innovation", "adopter"):
        if not row[name]:
            raise BadRow(path=path, line=line, detail=f"the column {name} is empty")
    begun, until = row["time"], row.get("time_upper", "")
    if not begun and not until:
        raise BadRow(path=path, line=line, detail="the column time is empty")
    lower, upper = _period(begun, "time", path, line, unit) if begun else (-inf, inf)
    if until:
        upper = _period(until, "time_upper", path, line, unit)[1]
    if upper < lower or (lower, upper) == (inf, inf):
        raise BadRow(path=path, line=line, detail="time_upper is before time")
    ended = row.get("ended", "")
    return Event(
        row["innovation"],
        row["adopter"],
        lower,
        upper,
        row.get("date_kind", ""),
        row.get("source", ""),
        _models(row.get("model", "")),
        row.get("group", ""),
        row.get("fidelity", ""),
        _period(ended, "ended", path, line, unit) if ended else None,
    )


def _models(told: str | list[str]) -> tuple[str, ...]:
    parts = told.split(";") if isinstance(told, str) else told
    return tuple(part.strip() for part in parts if part.strip())


def network_file(content: bytes, path: str, unit: Unit) -> Network:
    """A network from a CSV file with the columns from, to, and perhaps weight (1), time (any).

    An innovation can travel from `from` to `to`: the exposure of `to` counts its `from`. Raises
    BadTable and BadRow as `events_file`.
    """
    return network(rows_of(content, path, NETWORK, NETWORK_MORE), path, unit)


def network(rows: Iterable[tuple[int, Row]], path: str, unit: Unit) -> Network:
    """The network that rows tell, each with its line; raises BadRow."""
    edges = []
    for line, row in rows:
        if not row["from"] or not row["to"]:
            raise BadRow(path=path, line=line, detail="an end of the edge is empty")
        try:
            weight = float(row.get("weight", "") or 1)
        except ValueError:
            raise BadRow(
                path=path, line=line, detail=f"the weight {row['weight']!r} is no number"
            ) from None
        if not 0 <= weight < inf:
            raise BadRow(path=path, line=line, detail="a weight is a number from 0")
        time = row.get("time", "")
        when = _period(time, "time", path, line, unit)[0] if time else None
        edges.append(Edge(row["from"], row["to"], weight, when))
    return Network.of(edges)


def population_file(content: bytes, path: str, unit: Unit) -> Population:
    """A population from a CSV file with the columns adopter, from, to (empty: always).

    Each exists from the period `from` until before `to`. Raises BadTable and BadRow as
    `events_file`, also when a member stands in it twice.
    """
    return population(rows_of(content, path, POPULATION, ()), path, unit)


def population(rows: Iterable[tuple[int, Row]], path: str, unit: Unit) -> Population:
    """The population that rows tell, each with its line; raises BadRow."""
    lives: dict[str, tuple[float, float]] = {}
    for line, row in rows:
        if not row["adopter"] or row["adopter"] in lives:
            raise BadRow(path=path, line=line, detail="a member is missing, or stands here twice")
        entry = _period(row["from"], "from", path, line, unit)[0] if row["from"] else -inf
        exit = _period(row["to"], "to", path, line, unit)[0] if row["to"] else inf
        if exit < entry:
            raise BadRow(path=path, line=line, detail="to is before from")
        lives[row["adopter"]] = entry, exit
    return Population.of(lives)


def _period(text: str, column: str, path: str, line: int, unit: Unit) -> tuple[float, float]:
    try:
        return periods.of_text(text, unit)
    except ValueError as error:
        raise BadRow(path=path, line=line, detail=f"{column}: {error}") from None


def check(named: Sequence[str], path: str, needed: Sequence[str], more: Sequence[str]) -> None:
    """Raises BadTable when a needed column is missing, or one has no known meaning."""
    if missing := [name for name in needed if name not in named]:
        detail = f"it has no column {', '.join(missing)}; needed: {', '.join(needed)}"
        raise BadTable(path=path, detail=detail)
    if unknown := [str(name) for name in named if name not in (*needed, *more)]:
        known = ", ".join((*needed, *more))
        detail = f"it has columns of no known meaning: {', '.join(unknown)}; known: {known}"
        raise BadTable(path=path, detail=detail)


def rows_of(
    content: bytes, path: str, needed: Sequence[str], more: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with the lines they end on, cells stripped; the delimiter is the first line's."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadRow(path=path, line=line, detail="it is not written in UTF-8") from None
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    named = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = named
    check(named, path, needed, more)
    try:
        for row in reader:
            if None in row or None in row.values():
                detail = f"it has not as many cells as the first line, {len(named)}"
                raise BadRow(path=path, line=reader.line_num, detail=detail)
            yield reader.line_num, {name: value.strip() for name, value in row.items()}
    except csv.Error as error:
        raise BadRow(path=path, line=reader.reader.line_num, detail=str(error)) from None


def events_told(rows: Iterable[Row], unit: Unit) -> Events:
    """Events from the rows of the stored query `adoption-events`."""
    events, labels = [], {}
    for row in rows:
        labels[row["innovation"]] = row["title"]
        labels[row["adopter"]] = row.get("name", "")
        lower, upper = _bounds(row, "startEarliest", "startLatest", unit)
        model = row.get("model")
        events.append(
            Event(
                row["innovation"],
                row["adopter"],
                lower,
                upper,
                row.get("dateKind", ""),
                row.get("source", ""),
                (model,) if model else (),
                row.get("level", ""),
                row.get("fidelity", ""),
                _bounds(row, *_ENDED, unit) if "endedLatest" in row else None,
            )
        )
    return Events.of(events, labels)


def _bounds(row: Row, earliest: str, latest: str, unit: Unit) -> tuple[float, float]:
    lower = periods.of_bound(row[earliest], unit) if earliest in row else -inf
    upper = periods.of_bound(row[latest], unit) if latest in row else inf
    return lower, upper


def population_told(rows: Iterable[Row], unit: Unit) -> Population:
    """A population from the rows of the stored query `population-lives`.

    A member surely exists from the latest that it can have been founded, and until the earliest
    that it can have been dissolved; without a founding always, without an end still.
    """
    lives = {}
    for row in rows:
        founded, over = row.get("foundedLatest"), row.get("dissolvedEarliest")
        entry = periods.of_bound(founded, unit) if founded else -inf
        lives[row["member"]] = entry, periods.of_bound(over, unit) if over else inf
    return Population.of(lives)
