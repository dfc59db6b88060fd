"""Rows of JSON, JSON Lines and YAML: one object a row, its inner names joined by a slash.

`legal/license` is the field license of the object legal. A list of objects stays one value, of
which `each` or `contractors/name` make use.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from ..errors import BadTable
from . import Refusal, Remark
from .tables import Layout, Row, open_text

KEY, FILE = "@key", "@file"
FORMATS = ("json", "json-lines", "yaml")
_VALUES = 100_000


def rows(path: Path, layout: Layout) -> Iterator[Row | Refusal | Remark]:
    """The rows of a file: objects of a list, of an object of objects, or the one object there is.

    Raises BadTable where the file as a whole cannot be read.
    """
    if layout.format == "json-lines":
        yield from _lines(path, layout)
        return
    file, remark = open_text(path, layout)
    yield remark
    with file:
        try:
            if layout.format == "yaml":
                documents = [d for d in yaml.load_all(file, _Yaml) if d not in (None, "")]
            else:
                documents = [_json(file.read())]
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            raise BadTable(path=path, detail=" ".join(str(error).split())) from None
    for number, document in enumerate(documents, 1):
        place = f"{path.name}, document {number}" if len(documents) > 1 else path.name
        yield from _objects(path, place, document, layout)


def flat(told: Mapping[str, Any]) -> dict[str, Any]:
    """An object without objects in it, but for those in lists. Raises ValueError if too large."""
    found: dict[str, Any] = {}
    _flatten("", told, found, [0])
    return found


def _flatten(above: str, told: Any, found: dict[str, Any], count: list[int]) -> None:
    count[0] += 1
    if count[0] > _VALUES:
        raise ValueError(f"more than {_VALUES} values in one object")
    if isinstance(told, Mapping):
        for name, value in told.items():
            _flatten(f"{above}/{name}" if above else str(name), value, found, count)
    elif isinstance(told, list):
        found[above] = list(_listed(told, count))
    else:
        found[above] = told


def _listed(told: list[Any], count: list[int]) -> Iterator[Any]:
    for value in told:
        if isinstance(value, list):
            yield from _listed(value, count)
        else:
            inner: dict[str, Any] = {}
            _flatten("", value, inner, count)
            yield inner if isinstance(value, Mapping) else value


def _objects(
    path: Path, place: str, document: Any, layout: Layout
) -> Iterator[Row | Refusal | Remark]:
    steps = [step for step in layout.rows.split("/") if step]
    for step in steps:
        document = document.get(step) if isinstance(document, dict) else None
    if steps and document is None:
        detail = f"nothing stands at {layout.rows!r}, as rows = … in [table] says"
        raise BadTable(path=path, detail=detail)
    if isinstance(document, list):
        told = [(f"{place}, item {n}", "", value) for n, value in enumerate(document, 1)]
    elif not isinstance(document, dict):
        raise BadTable(path=path, detail="an object or a list of objects is expected")
    elif document and all(isinstance(value, dict) for value in document.values()):
        told = [(f"{place}, {key}", str(key), value) for key, value in document.items()]
    else:
        told = [(place, "", document)]
    if not told:
        raise BadTable(path=path, detail="no object is in it")
    for where, key, value in told:
        yield _row(where, value, {FILE: path.stem} | ({KEY: key} if key else {}))


def _row(place: str, value: Any, besides: dict[str, str]) -> Row | Refusal:
    if not isinstance(value, dict):
        return Refusal("not readable", place, "an object is expected, between braces: { }")
    try:
        return Row(place, flat(value) | besides)
    except (ValueError, RecursionError) as error:
        return Refusal("not readable", place, str(error))


def _lines(path: Path, layout: Layout) -> Iterator[Row | Refusal | Remark]:
    file, remark = open_text(path, layout)
    yield remark
    with file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            place = f"line {number}"
            try:
                yield _row(place, _json(line), {FILE: path.stem})
            except (ValueError, RecursionError) as error:
                yield Refusal("not readable", place, str(error))


def _json(text: str) -> Any:
    return json.loads(
        text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_without_twins
    )


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twins = {name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1}
        raise ValueError(f"the name {min(twins)!r} stands twice in one object")
    return found


class _Yaml(yaml.CBaseLoader):
    """Reads each value as it is written: the country NO is not "false", 010 is not 8."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            names = [key.value for key, _ in node.value]
            twins = {str(name) for name in names if names.count(name) > 1}
            line = node.start_mark.line + 1
            raise ValueError(f"{min(twins)!r} stands twice in the block of line {line}")
        return found

    def construct_scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = super().construct_scalar(node)
        # Without quotation marks these say that there is nothing.
        return None if not node.style and text in ("~", "null", "Null", "NULL") else text
