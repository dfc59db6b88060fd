"""From the graph of a dossier to a table that a spreadsheet opens."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from rdflib import RDF, XSD, Graph, URIRef

from .. import validation
from ..errors import Untellable
from . import cells, fields, terms
from .fields import Field
from .json_writing import listed, to_json

Row = dict[str, str]


def to_csv(graph: Graph) -> str:
    """A dossier as a table of the columns that it needs (see `cells`). Raises Untellable."""
    rows = to_rows(graph)
    header = header_of(kind_of(graph), {name for row in rows for name in row})
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def to_rows(graph: Graph) -> list[Row]:
    """A dossier as the rows of such a table: cells by the headers of their columns."""
    return _Rows().of(to_json(graph), "", None)


def kind_of(graph: Graph) -> URIRef | None:
    """The kind of dossier that a graph is, by the types of the thing that it is about."""
    types = {URIRef(str(kind)) for kind in graph.objects(validation.root(graph), RDF.type)}
    return next((kind for kind in fields.roots() if types & set(fields.types(kind))), None)


def header_of(kind: URIRef | None, used: Iterable[str]) -> list[str]:
    """The headers of columns that are used, in the order of a kind's form; others come last."""
    known = {} if kind is None else {c.header: n for n, c in enumerate(cells.columns(kind))}
    return sorted(used, key=lambda name: (known.get(name, len(known)), name))


class _Rows:
    def __init__(self) -> None:
        self._nameless = count(1)

    def of(self, told: Mapping[str, Any], above: str, within: Field | None) -> list[Row]:
        """The rows that tell of a thing; each repeats its id."""
        stacks: dict[str, list[Row]] = {}
        for name, value in told.items():
            if name == "type":
                stacks[name] = [{f"{above}type": kind} for kind in _kinds(told, within)]
            elif name != "id":
                for stack, row in self._under(name, value, above):
                    stacks.setdefault(stack, []).append(row)
        own = told.get("id") or f"_:n{next(self._nameless)}"
        height = max(1, *map(len, stacks.values()))
        rows: list[Row] = [{f"{above}id": own} for _ in range(height)]
        for stacked in stacks.values():
            for row, more in zip(rows, stacked, strict=False):
                row |= more
        return rows

    def _under(self, name: str, value: Any, above: str) -> Iterator[tuple[str, Row]]:
        """What stands under a field, row by row, with the stack that the row belongs to."""
        known = fields.anywhere().get(name)
        if known is None:
            raise Untellable(format="CSV", detail=f"no column can be named {name}.")
        for item in listed(value):
            if isinstance(item, dict) and known.has_languages and "@value" not in item:
                for lang, texts in item.items():
                    for text in listed(texts):
                        yield f"{name}@{lang}", {f"{above}{name}@{lang}": _text(text, lang)}
            elif isinstance(item, dict) and "@value" not in item and known.is_link:
                for row in self.of(item, f"{above}{name}.", known):
                    yield f"{name}.", row
            else:
                yield name, {above + name: _cell(known, item)}


def _kinds(told: Mapping[str, Any], within: Field | None) -> list[str]:
    """The types to be written: none for a part that is what its field leads to."""
    kinds = listed(told["type"])
    if not kinds:
        raise Untellable(format="CSV", detail="something has no type.")
    implied = within is not None and [terms.name_of(c) for c in within.classes] == kinds
    return [] if implied and told.keys() - {"id", "type"} else kinds


def _cell(known: Field, item: Any) -> str:
    if isinstance(item, dict):
        text, datatype = item.get("@value"), item.get("@type")
        if text is None or datatype is None or known.is_link or XSD.string in known.datatypes:
            raise Untellable(format="CSV", detail=f"{known.name} holds what a cell cannot say.")
        return f"{text}^^{datatype}"
    if XSD.string in known.datatypes:
        return _text(item, "")
    return str(item).lower() if isinstance(item, bool) else str(item)


def _text(text: str, lang: str) -> str:
    if not text.strip() or lang == "@none":
        raise Untellable(format="CSV", detail="a text is empty or without language.")
    return cells.guarded(text)
