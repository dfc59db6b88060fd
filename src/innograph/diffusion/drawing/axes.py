"""Scales, ticks and the frame of a drawing over time."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import periods
from ..events import Numbers
from ..periods import Unit
from . import svg

LEFT, RIGHT, TOP = 48.0, svg.WIDTH - 14, 30.0
_STEPS = {"month": (1, 3, 6, 12), "year": (1, 2, 5, 10), "day": (1, 2, 5, 10)}


@dataclass(frozen=True)
class Scale:
    """Places numbers from `low` to `high` between `start` and `end` of a drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        width = self.high - self.low
        share = 0.5 if width == 0 else (value - self.low) / width
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


@dataclass(frozen=True)
class Axes:
    """What is counted up the drawing, and what periods count along it."""

    counted: str
    unit: Unit = "year"

    def written(self, period: float) -> str:
        """A period as people write it."""
        return periods.told(period, self.unit)


def ticks(low: float, high: float, most: int, unit: Unit = "year") -> list[float]:
    """At most so many round whole numbers from `low` to `high`; months by quarters and years."""
    steps = _STEPS[unit]
    places = (
        step * scale
        for scale in (10**k for k in range(12))
        for step in (
            steps if unit != "month" or scale == 1 else [12 * scale // 10 * s for s in (2, 5, 10)]
        )
    )
    for step in places:
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first + 1 <= most:
            return [float(step * i) for i in range(first, last + 1)] or [float(math.floor(low))]
    return [low]


def fractions(high: float, most: int = 5) -> list[float]:
    """Round numbers from 0 to `high`, which need not be whole."""
    if high <= 0 or not math.isfinite(high):
        return [0.0]
    power = 10.0 ** math.floor(math.log10(high))
    for step in (0.2 * power, 0.25 * power, 0.5 * power, power, 2 * power):
        if high / step <= most:
            return [step * i for i in range(int(high / step + 1e-9) + 1)]
    return [0.0, high]


def frame(
    axes: Axes, across: Scale, up: Scale, whole: bool = True, beside: float = 0.5
) -> list[str]:
    """Lines and labels of both axes; the one upwards is named above.

    Along, from `low` to before `high`, a period is named at its middle (`beside` its begin).
    """
    parts = [svg.text(LEFT - 36, TOP - 12, axes.counted, "quiet small")]
    levels = ticks(up.low, up.high, 6) if whole else fractions(up.high)
    for level in levels:
        y = up(level)
        parts.append(svg.line(LEFT, y, RIGHT, y, "grid"))
        parts.append(svg.text(LEFT - 6, y + 4, f"{level:g}", "quiet small", "end"))
    room = {"year": 8, "month": 6, "day": 4}[axes.unit]
    for tick in ticks(across.low, across.high - 2 * beside, room, axes.unit):
        x = across(tick + beside)
        parts.append(svg.line(x, up.start, x, up.start + 5, "axis"))
        parts.append(svg.text(x, up.start + 20, axes.written(tick), "quiet small", "middle"))
    parts.append(svg.line(LEFT, up.start, RIGHT, up.start, "axis"))
    return parts


def known(values: Numbers) -> Numbers:
    """Those values that are numbers."""
    found: Numbers = values[np.isfinite(values)]
    return found


Written = Callable[[float], str]
