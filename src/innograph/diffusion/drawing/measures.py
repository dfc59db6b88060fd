"""The drawing of each measure that has one: from a study and the table it gave."""

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from ...errors import BadParameter
from .. import models
from ..events import Event, Events, Numbers
from ..study import Study, Table
from . import svg
from .axes import Axes
from .bars import ranked, stacked
from .boxes import boxes
from .curves import Series, cumulative, step_curve
from .svg import Caption, Drawing
from .ties import network

BARS = 20  # ranks that are drawn


def draw(name: str, study: Study, table: Table, caption: Caption) -> Drawing:
    """The drawing of a measure's table. Raises BadParameter for a measure that has none."""
    if name not in DRAWN:
        reason = f"there is no drawing of {name}; there is one of {', '.join(DRAWN)}"
        raise BadParameter(parameter="--format", value="svg", reason=reason)
    return DRAWN[name](study, table, caption)


def columns(table: Table) -> dict[str, list[object]]:
    """The cells of a table by column."""
    return {name: [row[i] for row in table.rows] for i, name in enumerate(table.columns)}


def numbers(cells: list[object]) -> Numbers:
    """Cells as numbers; NaN for what is not known."""
    return np.array([np.nan if cell is None else cell for cell in cells], float)


def largest(study: Study) -> list[str]:
    """The innovations that are told apart on one drawing: those with most adoptions."""
    counted = Counter(event.innovation for event in study.events.told)
    return [name for name, _ in sorted(counted.items(), key=lambda p: (-p[1], p[0]))[: svg.KINDS]]


def _label(study: Study, name: str) -> str:
    return study.told.labels.get(name) or name


def curve(study: Study, table: Table, caption: Caption) -> Drawing:
    """Adopters by period, within what dates leave open; members too, where they are given."""
    chosen = largest(study)
    told = [
        cumulative(_label(study, name), _of(study, name), study.when, study.last) for name in chosen
    ]
    told = [_since(one, study.first) for one in told]
    if study.population is not None and len(chosen) == 1 and table.rows:
        cells = columns(table)
        periods = _periods(study, table)
        told.append(Series(caption.words.members, periods, numbers(cells["members"])))
    return step_curve(caption, told, Axes(caption.words.adopters, study.unit))


def uptake(study: Study, table: Table, caption: Caption) -> Drawing:
    """All adoptions of a study so far, whichever innovation, within what dates leave open."""
    told = cumulative(caption.words.adoptions, study.told, study.when, study.last)
    return step_curve(
        caption, [_since(told, study.first)], Axes(caption.words.adoptions, study.unit)
    )


def _of(study: Study, name: str) -> Events:
    """All that is told of an innovation, also what has no time as `when` takes it."""
    return study.told.only([name])


def _since(one: Series, first: float | None) -> Series:
    """A series from the first period observed on."""
    if first is None or not one.time.size or one.time[0] >= first:
        return one
    start = max(0, int(np.searchsorted(one.time, first, side="right")) - 1)
    time = np.maximum(one.time[start:], first)
    assert one.low is not None and one.high is not None
    low, high = one.low[start:], one.high[start:]
    kept = [times is not None and times >= first for times in (one.left, one.right)]
    return Series(
        one.name,
        time,
        one.value[start:],
        low,
        high,
        None if one.left is None else one.left[kept[0]],
        None if one.left_count is None else one.left_count[kept[0]],
        None if one.right is None else one.right[kept[1]],
        None if one.right_count is None else one.right_count[kept[1]],
    )


def _periods(study: Study, table: Table) -> Numbers:
    """The periods of the rows of a table of one innovation: one after the other."""
    first = study.first
    if first is None:
        first = float(np.floor(np.nanmin(study.times)))
    return np.arange(len(table.rows), dtype=float) + int(first)


def hazard(study: Study, table: Table, caption: Caption) -> Drawing:
    """The hazard by period with its 95 % bounds, of the innovation with most adoptions."""
    return _rows_of(study, table, caption, ("hazard", "lower", "upper"), None)


def survival(study: Study, table: Table, caption: Caption) -> Drawing:
    """The share that goes without, by time since the start, with its 95 % bounds."""
    return _rows_of(study, table, caption, ("survival", "lower", "upper"), "until")


def _rows_of(
    study: Study,
    table: Table,
    caption: Caption,
    names: tuple[str, str, str],
    time: str | None,
) -> Drawing:
    told = []
    for name in largest(study)[:1]:
        rows = [row for row in table.rows if row[0] == name]
        own = Table(table.columns, rows)
        if not rows:
            continue
        cells = columns(own)
        along = numbers(cells[time]) if time else _starting(study, name, len(rows))
        value, low, high = (numbers(cells[column]) for column in names)
        told.append(Series(_label(study, name), along, value, low, high))
    unit = study.unit if time is None else "year"  # a time since is a number of periods
    return step_curve(
        caption,
        told,
        Axes(getattr(caption.words, names[0]), unit),
        False,
        caption.words.bounds,
        0.0 if time else 0.5,
    )


def _starting(study: Study, name: str, size: int) -> Numbers:
    first = study.first
    if first is None:
        times = study.times[study.events.innovations.index(name)]
        first = float(np.floor(np.nanmin(times)))
    return np.arange(size, dtype=float) + int(first)


def categories(study: Study, table: Table, caption: Caption) -> Drawing:
    """How many adopters of each category there are in each period."""
    cells = columns(table)
    place = {e.adopter: float(np.floor(t)) for e, t in _timed(study)}
    names = [str(name) for name in dict.fromkeys(cells["category"])]
    times = numbers([place[str(adopter)] for adopter in cells["adopter"]])
    if not times.size:
        return svg.nothing(caption)
    names.sort(
        key=lambda name: float(
            min(t for t, c in zip(times, cells["category"], strict=True) if c == name)
        )
    )
    axis = np.arange(times.min(), times.max() + 1)
    of = np.array([str(category) for category in cells["category"]])
    counts = np.array([[((times == t) & (of == name)).sum() for t in axis] for name in names])
    said = [caption.words.terms.get(name, name) for name in names]
    return stacked(caption, axis, said, counts, Axes(caption.words.adopters, study.unit))


def _timed(study: Study) -> list[tuple[Event, float]]:
    return list(zip(study.events.told, study.events.times(study.when).tolist(), strict=True))


def bass(study: Study, table: Table, caption: Caption) -> Drawing:
    """The curve that fits and what it was fitted to, of the innovation with most adoptions."""
    for name in largest(study)[:1]:
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows if row[0] == name]
        if not rows:
            break
        found = {str(row["parameter"]): float(str(row["value"])) for row in rows}
        size = int(str(rows[0]["periods"]))
        along = _starting(study, name, size)
        t = np.arange(1, size + 1, dtype=float)
        people = len(study.people.members)
        if "r" in found:
            fitted = models.logistic(t, found["K"], found["r"], found["m"])
        else:
            fitted = models.bass_cumulative(t, found["p"], found["q"]) * found.get("M", people)
        own = cumulative(_label(study, name), study.events.only([name]), study.when)
        told = [Series(own.name, own.time, own.value), Series(caption.words.fitted, along, fitted)]
        return step_curve(caption, told, Axes(caption.words.adopters, study.unit))
    return svg.nothing(caption)


def scores(study: Study, table: Table, caption: Caption) -> Drawing:
    """The rate scores of those that rank first."""
    cells = columns(table)
    ranks = numbers(cells["rank"])
    order = np.lexsort((np.arange(len(ranks)), ranks))[: min(BARS, int(np.isfinite(ranks).sum()))]
    names = [_label(study, str(cells["adopter"][i])) for i in order]
    return ranked(caption, names, numbers(cells["rate_score"])[order])


def lags(study: Study, table: Table, caption: Caption) -> Drawing:
    """How lags are spread, at least and at most, by group; of a summary, its quartiles."""
    cells = columns(table)
    groups = sorted({str(group) for group in cells["group"]})
    of = np.array([str(group) for group in cells["group"]])
    if "fewest" in cells:
        fewest, most = numbers(cells["fewest"]), numbers(cells["most"])
        bounds = [[values[of == group] for group in groups] for values in (fewest, most)]
    else:
        bounds = [
            [
                np.concatenate([numbers(cells[f"{q}_{side}"])[of == g] for q in QUARTILES])
                for g in groups
            ]
            for side in ("fewest", "most")
        ]
    names = [caption.words.terms.get(group, group) or "–" for group in groups]
    if "fewest" in cells:
        sizes = [int((of == group).sum()) for group in groups]
        names = [f"{name} ({size})" for name, size in zip(names, sizes, strict=True)]
    return boxes(caption, names, bounds[0], bounds[1], getattr(caption.words, study.unit))


QUARTILES = ("q1", "median", "q3")


def ties(study: Study, table: Table, caption: Caption) -> Drawing:
    """Who followed whom, as told or as inferred."""
    cells = columns(table)
    names = sorted({str(name) for end in ("from", "to") for name in cells[end]})
    place = {name: i for i, name in enumerate(names)}
    ends = [np.array([place[str(n)] for n in cells[end]], np.int64) for end in ("from", "to")]
    weight = numbers(cells.get("weight") or cells["cascades"])
    return network(caption, [_label(study, name) for name in names], ends[0], ends[1], weight)


DRAWN: Mapping[str, Callable[[Study, Table, Caption], Drawing]] = {
    "curve": curve,
    "hazard": hazard,
    "survival": survival,
    "categories": categories,
    "bass": bass,
    "scores": scores,
    "lags": lags,
    "network": ties,
    "infer": ties,
}
