"""The cells of a table of a measure, for people: names, links, numbers as they are written."""

import math
from collections.abc import Callable, Mapping

from flask_babel import format_decimal

from ..diffusion.study import Cell, Table

# (what it says, where it leads, if anywhere)
Said = tuple[str, str]
_THINGS = ("innovation", "adopter", "from", "to", "model", "source")
_WORDS = ("group", "known", "fidelity", "category", "date_kind")


def cells(
    table: Table,
    labels: Mapping[str, str],
    terms: Mapping[str, str],
    page: Callable[[str], str],
) -> list[list[list[Said]]]:
    """Rows of cells, each of what it says part by part; `page` gives where a thing has one."""
    return [
        [
            _said(column, cell, labels, terms, page)
            for column, cell in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]


def _said(
    column: str,
    cell: Cell,
    labels: Mapping[str, str],
    terms: Mapping[str, str],
    page: Callable[[str], str],
) -> list[Said]:
    if cell is None or cell == "" or (isinstance(cell, float) and not math.isfinite(cell)):
        return []
    if isinstance(cell, (int, float)):
        whole = isinstance(cell, int) or cell == int(cell)
        return [(format_decimal(int(cell) if whole else float(f"{cell:.4g}")), "")]
    parts = cell.split("; ")
    if column in _THINGS:
        return [(labels.get(part) or part.rsplit("/", 1)[-1], page(part)) for part in parts]
    return [(terms.get(part, part) if column in _WORDS else part, "") for part in parts]
