"""Tables in the formats that others read: CSV, JSON, Parquet, and networks as GraphML and GEXF."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping

from ..errors import BadParameter, MissingExtra
from .study import Cell, Table

# Columns that hold a thing; where things have names, the name stands beside.
_THINGS = ("innovation", "adopter", "from", "to")


def named(table: Table, labels: Mapping[str, str]) -> Table:
    """The table with a column of names after each column of things; as it is without names."""
    if not labels:
        return table
    things = [i for i, column in enumerate(table.columns) if column in _THINGS]
    columns: list[str] = []
    for i, column in enumerate(table.columns):
        columns += [column, f"{column}_name"] if i in things else [column]
    rows = []
    for row in table.rows:
        cells: list[Cell] = []
        for i, cell in enumerate(row):
            cells += [cell, labels.get(str(cell), "")] if i in things else [cell]
        rows.append(tuple(cells))
    return Table(tuple(columns), rows, table.notes)


def _plain(cell: Cell) -> Cell:
    """What is not known is nothing, in every format."""
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def to_csv(table: Table) -> bytes:
    """RFC 4180, UTF-8, one line a row; what is not known is empty."""
    told = io.StringIO()
    writer = csv.writer(told)
    writer.writerow(table.columns)
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return told.getvalue().encode()


def to_json(table: Table) -> bytes:
    """{"notes": [...], "columns": [...], "rows": [{column: value}]}; not known is null."""
    rows = [dict(zip(table.columns, map(_plain, row), strict=True)) for row in table.rows]
    told = {"notes": table.notes, "columns": table.columns, "rows": rows}
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def to_markdown(table: Table, most: int = 20) -> bytes:
    """The first rows for people, and the notes."""
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    for row in table.rows[:most]:
        cells = ("" if _plain(cell) is None else _short(cell) for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    if len(table.rows) > most:
        lines.append(f"\n… and {len(table.rows) - most} more rows")
    lines += ["", *(f"- {note}" for note in table.notes)]
    return ("\n".join(lines) + "\n").encode()


def _short(cell: Cell) -> str:
    text = f"{cell:.4g}" if isinstance(cell, float) else str(cell)
    return text.replace("|", "\\|").replace("\n", " ")


def to_parquet(table: Table) -> bytes:
    """Apache Parquet, with the notes in its metadata. Raises MissingExtra without pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtra(package="pyarrow", extra="research") from None
    columns = zip(*(map(_plain, row) for row in table.rows), strict=True)
    values = list(columns) or [()] * len(table.columns)
    told = pyarrow.table(dict(zip(table.columns, map(list, values), strict=True)))
    told = told.replace_schema_metadata({"notes": json.dumps(table.notes)})
    sink = io.BytesIO()
    parquet.write_table(told, sink)
    return sink.getvalue()


def _graph(table: Table, form: str) -> bytes:
    if not {"from", "to"} <= set(table.columns):
        reason = "only a network can be written so: use network or infer"
        raise BadParameter(parameter="--format", value=form, reason=reason)
    try:
        import networkx
    except ImportError:
        raise MissingExtra(package="networkx", extra="research") from None
    graph = networkx.DiGraph(notes="\n".join(table.notes))
    for row in table.rows:
        told = dict(zip(table.columns, map(_plain, row), strict=True))
        for end in ("from", "to"):
            graph.add_node(told[end], label=told.pop(f"{end}_name", "") or told[end])
        ends = told.pop("from"), told.pop("to")
        graph.add_edge(*ends, **{name: cell for name, cell in told.items() if cell is not None})
    sink = io.BytesIO()
    (networkx.write_graphml if form == "graphml" else networkx.write_gexf)(graph, sink)
    return sink.getvalue()


FORMATS: Mapping[str, Callable[[Table], bytes]] = {
    "csv": to_csv,
    "json": to_json,
    "md": to_markdown,
    "parquet": to_parquet,
    "graphml": lambda table: _graph(table, "graphml"),
    "gexf": lambda table: _graph(table, "gexf"),
}
