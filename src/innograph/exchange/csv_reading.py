"""From a table to the graphs of dossiers, with the line and column of what is not understood."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rdflib import XSD, Graph

from ..errors import Misread, Unparsable
from . import fields, terms
from .cells import LANGUAGES, unguarded
from .json_reading import Place, from_json

_Where = dict[Place, tuple[int, str]]


def from_csv(data: str | bytes, base: str) -> list[Graph]:
    """The dossiers of a table, one a thing, each in canonical form.

    Cells are separated by commas or semicolons. Raises Unparsable with line and column.
    """
    return [_graph(thing, base) for thing in _things(data)]


def one_from_csv(data: str | bytes, base: str) -> Graph:
    """The only dossier of a table. Raises Unparsable, also when there are several or none."""
    things = _things(data)
    if len(things) != 1:
        line = things[1].line if things else 2
        detail = "a second dossier begins here; send each by itself" if things else "no row follows"
        raise Unparsable(format="CSV", line=line, column="id", detail=detail)
    return _graph(things[0], base)


@dataclass
class _Thing:
    """A thing that a table tells of, and where: values, texts by language, and parts, by field."""

    line: int
    id: str = ""
    values: dict[str, dict[str, int]] = field(default_factory=dict)
    texts: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    parts: dict[str, dict[str, "_Thing"]] = field(default_factory=dict)

    def told(self, place: Place, above: str, where: _Where) -> dict[str, Any]:
        """As JSON; `where` learns the line and column of each place."""
        found: dict[str, Any] = {"id": self.id} if self.id else {}
        where[place] = where[(*place, "id")] = self.line, f"{above}id"
        where[(*place, "type")] = self.line, f"{above}type"
        for name, texts in self.texts.items():
            found[name] = [{lang: list(lines) for lang, lines in texts.items()}]
            for lang, lines in texts.items():
                where[(*place, name, 0, lang)] = self.line, f"{above}{name}@{lang}"
                for number, line in enumerate(lines.values()):
                    where[(*place, name, 0, lang, number)] = line, f"{above}{name}@{lang}"
        for name, values in self.values.items():
            listed = found.setdefault(name, [])
            for value, line in values.items():
                where[(*place, name, len(listed))] = line, above + name
                listed.append(_value(name, value))
        for name, parts in self.parts.items():
            listed = found.setdefault(name, [])
            for part in parts.values():
                listed.append(part.told((*place, name, len(listed)), f"{above}{name}.", where))
        if "type" in found:
            where[(*place, "type")] = next(iter(self.values["type"].values())), f"{above}type"
        return found


def _graph(thing: _Thing, base: str) -> Graph:
    where: _Where = {}
    told = thing.told((), "", where)
    try:
        return from_json(told, base)
    except Misread as error:
        near = (error.place[:end] for end in range(len(error.place), -1, -1))
        line, column = next(where[place] for place in near if place in where)
        raise Unparsable(format="CSV", line=line, column=column, detail=error.detail) from None


def _things(data: str | bytes) -> list[_Thing]:
    text = (_text(data) if isinstance(data, bytes) else data).removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    things: dict[str, _Thing] = {}
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        _check(header)
        line = reader.line_num + 1
        for row in reader:
            for name in row[len(header) :]:
                if name.strip():
                    raise _fault(line, header[-1], f"{name} stands right of the last column")
            cells = {name: cell for name, cell in zip(header, row, strict=False) if cell.strip()}
            if cells:
                _read(cells, line, "", things)
            line = reader.line_num + 1
    except csv.Error as error:
        raise _fault(line, "1", str(error)) from None
    return list(things.values())


def _read(cells: Mapping[str, str], line: int, above: str, things: dict[str, _Thing]) -> None:
    """Add what a row tells, below a path, to the thing that it tells of."""
    own = cells.get(f"{above}id", "").strip()
    # A thing without a name stands in one row: no other name is like this one.
    thing = things.setdefault(own or f"row {line}", _Thing(line, own))
    parts = set()
    for column, cell in cells.items():
        rest = column.removeprefix(above)
        if not column.startswith(above) or rest == "id":
            continue
        name, dot, _ = rest.partition(".")
        name, at, lang = name.partition("@")
        if dot:
            parts.add(name)
        elif at:
            thing.texts.setdefault(name, {}).setdefault(lang, {}).setdefault(unguarded(cell), line)
        else:
            thing.values.setdefault(name, {}).setdefault(cell, line)
    for name in sorted(parts):
        _read(cells, line, f"{above}{name}.", thing.parts.setdefault(name, {}))


def _check(header: list[str]) -> None:
    """Refuse a header that is not understood, before any row is read."""
    if "id" not in header and "type" not in header:
        raise _fault(1, header[0] if header else "1", "the columns id and type are missing")
    for number, column in enumerate(header):
        if not column or column in header[:number]:
            name = column or str(number + 1)
            detail = "it stands here twice" if column else "the column has no name"
            raise _fault(1, name, detail)
        *path, last = column.split(".")
        name, at, lang = last.partition("@")
        known = fields.anywhere()
        inner = all(step in known and known[step].is_link for step in path)
        if not inner or (name not in known and name not in terms.KEYWORDS):
            raise _fault(1, column, "no field has this name")
        takes = name in known and known[name].has_languages
        if bool(at) != takes and not (takes and XSD.string in known[name].datatypes):
            advice = f"; write {name}@{LANGUAGES[0]}" if takes else ""
            raise _fault(1, column, f"its texts have {'a' if takes else 'no'} language{advice}")
        if at and not lang:
            raise _fault(1, column, f"the language is missing; write {name}@{LANGUAGES[0]}")


def _value(name: str, cell: str) -> Any:
    known = fields.anywhere().get(name)
    if known is not None and XSD.string in known.datatypes:
        return unguarded(cell)
    text, typed, datatype = cell.strip().rpartition("^^")
    return {"@value": text, "@type": datatype} if typed else cell.strip()


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        detail = (
            "the text is not UTF-8: a spreadsheet may have written it as Windows-1252. Save it as "
            '"CSV UTF-8"'
        )
        raise _fault(line, str(column), detail) from None


def _fault(line: int, column: str, detail: str) -> Unparsable:
    return Unparsable(format="CSV", line=line, column=column, detail=detail)
