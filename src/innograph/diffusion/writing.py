"""Tables in the formats that others read: CSV, JSON, Parquet, and networks as GraphML and GEXF."""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

from ..errors import BadParameter, MissingExtra
from .study import Cell, Table

# Columns that hold a thing; where things have names, the name stands beside.
_THINGS = ("innovation", "adopter", "from", "to")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = "<?xml version='1.0' encoding='utf-8'?>"


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


def _network(table: Table, form: str) -> Any:
    """The table as a graph of networkx; with parallel edges where a pair stands in it twice."""
    if not {"from", "to"} <= set(table.columns):
        reason = "only a network can be written so: use network, infer or pathways"
        raise BadParameter(parameter="--format", value=form, reason=reason)
    try:
        import networkx
    except ImportError:
        raise MissingExtra(package="networkx", extra="research") from None
    rows = [dict(zip(table.columns, map(_clean, row), strict=True)) for row in table.rows]
    pairs = {(row["from"], row["to"]) for row in rows}
    graph = networkx.DiGraph() if len(pairs) == len(rows) else networkx.MultiDiGraph()
    for told in rows:
        for end in ("from", "to"):
            graph.add_node(told[end], label=told.pop(f"{end}_name", "") or told[end])
        ends = told.pop("from"), told.pop("to")
        graph.add_edge(*ends, **{name: cell for name, cell in told.items() if cell is not None})
    return graph


def _clean(cell: Cell) -> Cell:
    """What XML can hold; of control characters that it cannot, one sign stands for each."""
    plain = _plain(cell)
    return _NOT_XML.sub("\ufffd", plain) if isinstance(plain, str) else plain


def to_graphml(table: Table) -> bytes:
    """GraphML 1.0, with the notes as data of the graph. Raises MissingExtra without networkx."""
    graph = _network(table, "graphml")
    graph.graph["notes"] = _clean("\n".join(table.notes))
    sink = io.BytesIO()
    _networkx().write_graphml(graph, sink)
    return sink.getvalue()


def to_gexf(table: Table) -> bytes:
    """GEXF 1.2, with the notes as its description. Raises MissingExtra without networkx.

    Names of a graph and the day of writing, which networkx adds, are left out: the one has no place
    in the schema, and by the other no two files would be the same.
    """
    network = _network(table, "gexf")
    root = ElementTree.fromstring("\n".join(_networkx().generate_gexf(network)))
    space = root.tag.partition("}")[0] + "}"
    meta, graph = root.find(f"{space}meta"), root.find(f"{space}graph")
    assert meta is not None and graph is not None
    meta.attrib.clear()
    graph.attrib.pop("name", None)
    if table.notes:
        ElementTree.SubElement(meta, f"{space}description").text = str(
            _clean(" ".join(table.notes))
        )
    ElementTree.register_namespace("", space[1:-1])
    return f"{_DECLARATION}\n{ElementTree.tostring(root, 'unicode')}\n".encode()


def _networkx() -> Any:
    return import_module("networkx")


FORMATS: Mapping[str, Callable[[Table], bytes]] = {
    "csv": to_csv,
    "json": to_json,
    "md": to_markdown,
    "parquet": to_parquet,
    "graphml": to_graphml,
    "gexf": to_gexf,
}
