"""Step curves: how much has adopted by each period, with what dates leave open."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..events import Events, Indices, Numbers, When
from . import svg
from .axes import LEFT, RIGHT, TOP, Axes, Scale, frame, known
from .svg import Caption, Drawing

_FOOT = 250.0


@dataclass(frozen=True)
class Series:
    """A value that holds from each time on, with the band that dates leave open.

    `low` and `high` hold from `time` on as well. At `left`, so many (`left_count`) are only known
    to have begun by then; at `right`, so many are only known to begin after it.
    """

    name: str
    time: Numbers
    value: Numbers
    low: Numbers | None = None
    high: Numbers | None = None
    left: Numbers | None = None
    left_count: Indices | None = None
    right: Numbers | None = None
    right_count: Indices | None = None


def cumulative(
    name: str, events: Events, when: When = "latest", last: float | None = None
) -> Series:
    """The number of adoptions by each period, as `when` takes them, and within what bounds.

    Surely begun by t: those whose latest begin is not after t. Possibly: those whose earliest is
    not after t, so what is only known to have begun by some day is possible from the first period
    on. Periods; up to `last`, which is the last bound when not given.
    """
    lower, upper, chosen = np.floor(events.lower), np.floor(events.upper), events.times(when)
    bounds = np.unique(known(np.concatenate([lower, upper, np.floor(chosen)])))
    end = bounds[-1] if bounds.size and last is None else (last if last is not None else 0.0)
    time: Numbers = np.unique(np.append(bounds[bounds <= end], end)) if bounds.size else bounds
    if time.size and (np.isneginf(lower) & (upper == time[0])).any():
        time = np.append(time[0] - 1, time)  # to show that these may be older
    left = np.isneginf(lower) & np.isfinite(upper) & (upper <= end)
    right = np.isposinf(upper) & np.isfinite(lower) & (lower <= end)
    lefts, left_count = np.unique(upper[left], return_counts=True)
    rights, right_count = np.unique(lower[right], return_counts=True)
    return Series(
        name,
        time,
        _by(np.floor(chosen), time),
        _by(upper, time),
        _by(lower, time),
        lefts,
        left_count,
        rights,
        right_count,
    )


def _by(bounds: Numbers, time: Numbers) -> Numbers:
    """How many bounds are not after each time."""
    told = bounds[~np.isnan(bounds)]
    counted: Numbers = (told[:, None] <= time).sum(0).astype(float)
    return counted


def step_curve(
    caption: Caption,
    series: Sequence[Series],
    axes: Axes,
    whole: bool = True,
    band: str = "",
    beside: float = 0.5,
) -> Drawing:
    """Lines that hold a value until the next time, bands around them, marks where dates are open.

    Values are counts, or, where not `whole`, shares; `band` says what the bands are, if not what
    dates leave open; `beside` is as in `axes.frame`. A value that is not known (NaN) breaks no
    line: it is left out.
    """
    series = [_clean(one) for one in series]
    series = [one for one in series if one.time.size]
    if not series:
        return svg.nothing(caption)
    first = min(float(one.time[0]) for one in series)
    last = max(float(one.time[-1]) for one in series)
    tops = [v for one in series for v in (one.value, one.high) if v is not None and v.size]
    top = max(float(np.max(values)) for values in tops)
    across = Scale(first, max(last + 1, first + 1), LEFT, RIGHT)
    up = Scale(0.0, top or 1.0, _FOOT, TOP)
    parts = frame(axes, across, up, whole, beside)
    entries: list[tuple[str, str]] = []
    words, marked = caption.words, set[str]()
    for place, one in enumerate(series):
        kind = place % svg.KINDS
        if one.low is not None and one.high is not None and (one.low < one.high).any():
            low, high = (
                _steps(one.time, one.low, across, up),
                _steps(one.time, one.high, across, up),
            )
            parts.append(svg.path([*high, *reversed(low)], f"band c{kind}", closed=True))
            marked.add("band")
        parts.append(svg.path(_steps(one.time, one.value, across, up), f"line c{kind} d{kind}"))
        entries.append((svg.line(0, 6, 24, 6, f"line c{kind} d{kind}"), one.name))
        marked |= _marks(one, kind, across, up, axes, caption, parts)
    if "band" in marked:
        sample = svg.element("rect", width=24, height=12, class_="band c0")
        entries.append((sample, band or words.possible))
    if "left" in marked:
        entries.append((svg.triangle(16, 6, -1, "open c0", words.by_then), words.by_then))
    if "right" in marked:
        entries.append((svg.triangle(8, 6, 1, "open c0", words.after), words.after))
    shown, end = svg.legend(entries, _FOOT + 30)
    return Drawing(caption, end + 6, (*parts, *shown))


def _marks(
    one: Series,
    kind: int,
    across: Scale,
    up: Scale,
    axes: Axes,
    caption: Caption,
    parts: list[str],
) -> set[str]:
    """Triangles where dates are open to one side, with how many they stand for."""
    drawn = set()
    sides = (
        ("left", -1, one.left, one.left_count, caption.words.by_then),
        ("right", 1, one.right, one.right_count, caption.words.after),
    )
    for side, way, times, counts, words in sides:
        if times is None or counts is None:
            continue
        for time, count in zip(times.tolist(), counts.tolist(), strict=True):
            at = max(0, int(np.searchsorted(one.time, time, side="right")) - 1)
            x, y = across(time), up(float(one.value[at]))
            title = f"{axes.written(time)}: {count} {words}"
            parts.append(svg.triangle(x, y, way, f"open c{kind}", title))
            drawn.add(side)
    return drawn


def _clean(one: Series) -> Series:
    """The series without the times at which its value is not known."""
    kept = np.isfinite(one.time) & np.isfinite(one.value)
    bounds = [
        None if bound is None else np.where(np.isfinite(bound), bound, one.value)[kept]
        for bound in (one.low, one.high)
    ]
    return Series(
        one.name,
        one.time[kept],
        one.value[kept],
        bounds[0],
        bounds[1],
        one.left,
        one.left_count,
        one.right,
        one.right_count,
    )


def _steps(time: Numbers, value: Numbers, across: Scale, up: Scale) -> list[tuple[float, float]]:
    """The corners of a line that holds each value until the next time, and one period more."""
    points: list[tuple[float, float]] = []
    for begin, end, level in zip(time, [*time[1:], time[-1] + 1], value, strict=True):
        points += [(across(float(begin)), up(float(level))), (across(float(end)), up(float(level)))]
    return points
