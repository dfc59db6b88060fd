"""Boxes: how numbers of several groups are spread, where each lies between two bounds."""

from collections.abc import Sequence

import numpy as np

from ..events import Numbers
from ..lags import quartiles
from . import svg
from .axes import Scale, fractions, known
from .svg import Caption, Drawing

_ROW, _LEFT = 62.0, 14.0


def boxes(
    caption: Caption,
    names: Sequence[str],
    fewest: Sequence[Numbers],
    most: Sequence[Numbers],
    counted: str,
) -> Drawing:
    """For each group a box of the least values, and one of the most, where these are others.

    A box goes from the lower to the upper quartile with a bar at the median, its line from the
    least to the largest value. What is not known (NaN) is left out; a group without any value has
    no box. `counted` says what the numbers are.
    """
    told = [*map(known, fewest), *map(known, most)]
    if not names or not any(values.size for values in told):
        return svg.nothing(caption)
    top = max(float(values.max()) for values in told if values.size)
    least = min(0.0, *(float(values.min()) for values in told if values.size))
    across = Scale(least, top if top > least else least + 1, _LEFT, svg.WIDTH - 18)
    foot = 12 + len(names) * _ROW
    parts = []
    for level in fractions(across.high, 6):
        x = across(level)
        parts.append(svg.line(x, 6, x, foot, "grid"))
        parts.append(svg.text(x, foot + 16, f"{level:g}", "quiet small", "middle"))
    parts.append(svg.line(_LEFT, foot, svg.WIDTH - 18, foot, "axis"))
    parts.append(svg.text(_LEFT, foot + 34, counted, "quiet small"))
    apart = False
    for place, name in enumerate(names):
        y, low, high = 10 + place * _ROW, known(fewest[place]), known(most[place])
        parts.append(svg.text(_LEFT, y + 12, svg.cut(name, svg.WIDTH - 30), "halo"))
        same = np.array_equal(low, high)
        apart = apart or not same
        if not same:
            parts += _box(low, y + 19, across, "open c0")
        parts += _box(high if high.size else low, y + 37 if not same else y + 26, across, "full c0")
    if not apart:
        return Drawing(caption, foot + 42, tuple(parts))
    entries = [
        (svg.element("rect", width=24, height=12, class_="open c0"), caption.words.at_least),
        (svg.element("rect", width=24, height=12, class_="full c0"), caption.words.at_most),
    ]
    shown, end = svg.legend(entries, foot + 42)
    return Drawing(caption, end + 6, (*parts, *shown))


def _box(values: Numbers, top: float, across: Scale, look: str) -> list[str]:
    if not values.size:
        return []
    low, middle, high = map(across, quartiles(values))
    ends, centre = (across(float(values.min())), across(float(values.max()))), top + 7
    shape = {"x": low, "y": top, "width": max(high - low, 2.0), "height": 14.0}
    return [
        svg.line(ends[0], centre, ends[1], centre, "axis"),
        svg.element("rect", class_=look, **shape),
        svg.line(middle, top - 2, middle, top + 16, "ink"),
    ]
