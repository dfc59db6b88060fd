"""Maps of equal squares: one a territory, about where it lies, so that small ones are seen too."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ... import assets
from . import svg
from .svg import Caption, Drawing

Grid = Mapping[str, tuple[int, int]]
LEVELS = 5  # shades, from the lightest to the darkest


@dataclass(frozen=True)
class Tile:
    """What a square says below its code, in a shade from 0 to `LEVELS` - 1, or without any.

    `told` says the same in words.
    """

    value: str = ""
    shade: int | None = None
    told: str = ""


@cache
def grids() -> Mapping[str, Grid]:
    """The grids we have, by the kind of identifier that their codes are of: code -> column, row."""
    found = {}
    for path in sorted((assets.data() / "grids").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            places = {row["code"]: (int(row["column"]), int(row["row"])) for row in rows}
        found[path.stem] = places
    return found


def tiles(
    caption: Caption,
    grid: Grid,
    cells: Mapping[str, Tile],
    shades: Sequence[tuple[int, str]],
    elsewhere: Sequence[str] = (),
) -> Drawing:
    """A square for each code of the grid, in the shade of its cell; dashed where it has none.

    `shades` names those that are used; `elsewhere` is told below the map:
    what has no square here.
    """
    if not grid:
        return svg.nothing(caption)
    columns = 1 + max(column for column, _ in grid.values())
    lines = 1 + max(row for _, row in grid.values())
    side = min(48.0, (svg.WIDTH - 16) / columns)
    margin = (svg.WIDTH - side * columns) / 2
    prefix = _shared(list(grid))
    parts = []
    for code in sorted(grid, key=lambda code: (grid[code][1], grid[code][0])):
        column, row = grid[code]
        x, y = margin + column * side, 8 + row * side
        parts.append(_square(code.removeprefix(prefix), x, y, side, cells.get(code), code))
    entries = [
        (svg.element("rect", width=24, height=12, class_=f"q{shade}"), name)
        for shade, name in shades
    ]
    if any(code not in cells or cells[code].shade is None for code in grid):
        sample = svg.element("rect", width=24, height=12, class_="none")
        entries.append((sample, caption.words.not_adopted))
    shown, end = svg.legend(entries, 16 + lines * side)
    for said in elsewhere:
        parts.append(svg.text(12, end + 14, svg.cut(said, svg.WIDTH - 24, 12), "quiet small"))
        end += 18
    return Drawing(caption, end + 8, (*parts, *shown))


def tile_series(
    caption: Caption, grid: Grid, maps: Sequence[tuple[str, Mapping[str, Tile]]], across: int = 2
) -> Drawing:
    """Small maps of the same grid, each named by its time: who has adopted by then is filled.

    A square with a shade is filled and has a mark, one without is empty.
    """
    if not grid or not maps:
        return svg.nothing(caption)
    columns = 1 + max(column for column, _ in grid.values())
    lines = 1 + max(row for _, row in grid.values())
    width = svg.WIDTH / across
    side = (width - 24) / columns
    height = lines * side + 34
    parts = []
    for place, (name, cells) in enumerate(maps):
        left, top = 12 + place % across * width, 8 + place // across * height
        filled = [code for code in grid if (cell := cells.get(code)) and cell.shade is not None]
        parts.append(svg.text(left, top + 14, f"{name}: {len(filled)}"))
        for code, (column, row) in grid.items():
            x, y = left + column * side, top + 20 + row * side
            cell = cells.get(code)
            shade = cell.shade if cell else None
            look = "none" if shade is None else f"q{shade}"
            words = f"{name}, {code}" + (f": {cell.told}" if cell and cell.told else "")
            title = svg.element("title", svg.said(words))
            box = {"x": x, "y": y, "width": side - 1.5, "height": side - 1.5}
            parts.append(svg.element("rect", title, class_=look, **box))
    rows = -(-len(maps) // across)
    entries = [
        (svg.element("rect", width=24, height=12, class_="q3"), caption.words.adopted),
        (svg.element("rect", width=24, height=12, class_="none"), caption.words.not_adopted),
    ]
    shown, end = svg.legend(entries, 8 + rows * height)
    return Drawing(caption, end + 8, (*parts, *shown))


def _square(short: str, x: float, y: float, side: float, cell: Tile | None, code: str) -> str:
    shade = cell.shade if cell else None
    look = "none" if shade is None else f"q{shade}"
    box = {"x": x + 1, "y": y + 1, "width": side - 2, "height": side - 2}
    title = svg.element("title", svg.said(cell.told if cell and cell.told else code))
    inks = "small quiet" if shade is None else f"small q{shade}"
    told = [svg.element("rect", class_=look, **box)]
    value = cell.value if cell else ""
    told.append(svg.text(x + side / 2, y + side / 2 + (-1 if value else 4), short, inks, "middle"))
    if value:
        words = svg.cut(value, side, 12)
        told.append(svg.text(x + side / 2, y + side / 2 + 12, words, inks, "middle"))
    return svg.element("g", title + "".join(told))


def _shared(codes: Sequence[str]) -> str:
    """What all codes begin with, up to a hyphen: a square need not say it."""
    begin = codes[0].rpartition("-")[0]
    return f"{begin}-" if begin and all(code.startswith(f"{begin}-") for code in codes) else ""
