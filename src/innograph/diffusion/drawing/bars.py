"""Bars: numbers by rank, and counts of several kinds over time."""

from collections.abc import Sequence

import numpy as np

from ..events import Indices, Numbers
from . import svg
from .axes import LEFT, RIGHT, TOP, Axes, Scale, frame
from .svg import Caption, Drawing

_ROW, _FOOT = 40.0, 250.0
_MOST_BARS = 60


def ranked(
    caption: Caption, names: Sequence[str], values: Numbers, written: Sequence[str] = ()
) -> Drawing:
    """One bar a name, in the order given, from 0; a value that is not known (NaN) has no bar.

    `written` is what is said beside each bar: the value, when nothing is given. Values >= 0.
    """
    if not names:
        return svg.nothing(caption)
    told = list(written) or [f"{value:.4g}" if np.isfinite(value) else "–" for value in values]
    most = float(np.max(values[np.isfinite(values)], initial=0.0))
    length = Scale(0.0, most or 1.0, 0.0, svg.WIDTH - 110)
    parts = []
    for place, (name, value, words) in enumerate(zip(names, values.tolist(), told, strict=True)):
        top = 8 + place * _ROW
        parts.append(svg.text(12, top + 14, svg.cut(f"{place + 1}. {name}", svg.WIDTH - 24)))
        wide = length(value) if np.isfinite(value) else 0.0
        if wide > 0:
            shape = svg.element("rect", x=12, y=top + 19, width=wide, height=13, class_="full c0")
            parts.append(shape)
        parts.append(svg.text(18 + wide, top + 30, words, "small"))
    return Drawing(caption, 14 + len(names) * _ROW, tuple(parts))


def stacked(
    caption: Caption, period: Numbers, names: Sequence[str], counts: Indices | Numbers, axes: Axes
) -> Drawing:
    """Counts of several kinds on top of each other, by period; areas where periods are many.

    `counts` is kinds (rows, as `names`) by periods (columns); counts >= 0. Kinds differ by colour
    and by hatching.
    """
    if not len(period) or not len(names):
        return svg.nothing(caption)
    tops = np.cumsum(np.nan_to_num(np.asarray(counts, float)), axis=0)
    across = Scale(float(period.min()), float(period.max()) + 1, LEFT, RIGHT)
    up = Scale(0.0, float(tops[-1].max()) or 1.0, _FOOT, TOP)
    parts = frame(axes, across, up)
    gap = 0.0 if len(period) > _MOST_BARS else 0.12
    entries = []
    for kind, name in enumerate(names):
        below = tops[kind - 1] if kind else np.zeros(len(period))
        look = f"area c{kind % svg.KINDS}"
        over = svg.hatched(caption.key, kind)
        for begin, foot, head in zip(period.tolist(), below, tops[kind], strict=True):
            if head > foot:
                x, wide = across(begin + gap), across(begin + 1 - gap) - across(begin + gap)
                box = {"x": x, "y": up(head), "width": wide, "height": up(foot) - up(head)}
                said = f"{axes.written(begin)}, {name}: {head - foot:g}"
                title = svg.element("title", svg.said(said))
                parts.append(svg.element("rect", title, class_=look, **box))
                parts += [svg.element("rect", fill=over, **box)] if over else []
        sample = svg.element("rect", width=24, height=12, class_=look)
        sample += svg.element("rect", width=24, height=12, fill=over) if over else ""
        entries.append((sample, name))
    shown, end = svg.legend(entries, _FOOT + 30)
    return Drawing(caption, end + 6, (*parts, *shown))
