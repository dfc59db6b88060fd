"""Maps of an innovation: when, or how often, it was taken up in each territory."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..events import Numbers
from ..listing import Place, by_code, elsewhere
from ..study import Study
from . import svg
from .svg import Caption, Drawing
from .tiles import LEVELS, Tile, grids, tile_series, tiles

MOST_MAPS = 6


def state(study: Study, places: Sequence[Place], scheme: str, caption: Caption) -> Drawing:
    """A square for each territory: the earlier, the darker; where several adopted, the more.

    What is only known to have begun by a period says so: ≤.
    """
    grid, found = grids()[scheme], by_code(study, places, scheme)
    found = {code: times for code, times in found.items() if code in grid}
    if not found:
        return svg.nothing(caption)
    listed = _listed(study, places, scheme)
    several = max(len(times) for times in found.values()) > 1
    told = np.array([len(times) if several else -times[0] for times in found.values()], float)
    edges = _edges(told)
    shades = np.searchsorted(edges, told, side="left")
    step = LEVELS / max(1, len(edges) + 1)
    cells = {}
    for (code, times), shade in zip(found.items(), shades.tolist(), strict=True):
        sign = "≤" if code in listed else ""
        first = f"{sign}{study.written(float(np.floor(times[0])))}"
        words = f"{code}: {first}" + (f" ({len(times)})" if several else "")
        value = str(len(times)) if several else _short(first)
        cells[code] = Tile(value, int(shade * step), words)
    names = _named(study, told, edges, several)
    missing = elsewhere(study, places, grid, scheme)
    more = [f"{caption.words.left_out} {missing}"] if missing else []
    return tiles(caption, grid, cells, _spread(names, step), more)


def _spread(names: Sequence[str], step: float) -> list[tuple[int, str]]:
    return [(int(place * step), name) for place, name in enumerate(names)]


def _edges(values: Numbers) -> Numbers:
    """The upper ends of up to `LEVELS` classes of about equal size, without the last."""
    cuts = np.quantile(values, np.arange(1, LEVELS) / LEVELS, method="inverted_cdf")
    edges: Numbers = np.unique(cuts[cuts < values.max()])
    return edges


def _named(study: Study, values: Numbers, edges: Numbers, several: bool) -> list[str]:
    """What each class holds, from the lightest."""
    names = []
    bounds = [-np.inf, *edges.tolist(), np.inf]
    for low, high in zip(bounds, bounds[1:], strict=False):
        inside = values[(values > low) & (values <= high)]
        ends = sorted({float(inside.min()), float(inside.max())})
        if several:
            names.append("–".join(f"{end:g}" for end in ends))
        else:
            told = sorted({float(np.floor(-end)) for end in ends})
            names.append(" – ".join(study.written(end) for end in told))
    return names


def _listed(study: Study, places: Iterable[Place], scheme: str) -> set[str]:
    """The codes where the first adoption is only known to have begun by its time."""
    listed = {
        event.adopter
        for event, only in zip(study.events.told, study.events.only_listed(), strict=True)
        if only
    }
    codes: dict[str, set[bool]] = {}
    for place in places:
        if place.scheme == scheme:
            codes.setdefault(place.code, set()).add(place.adopter in listed)
    return {code for code, known in codes.items() if True in known}


def _short(written: str) -> str:
    """A year as a square has room for: 1998 as ’98; what is not one, as it is."""
    sign, year = ("≤", written[1:]) if written.startswith("≤") else ("", written)
    return f"{sign}’{year[2:4]}" if year[:4].isdigit() else written


def over_time(study: Study, places: Sequence[Place], scheme: str, caption: Caption) -> Drawing:
    """Small maps: who had adopted by each of up to six periods, evenly apart, up to the last."""
    grid, found = grids()[scheme], by_code(study, places, scheme)
    found = {code: times for code, times in found.items() if code in grid}
    if not found:
        return svg.nothing(caption)
    firsts = np.array([np.floor(times[0]) for times in found.values()])
    last = float(firsts.max()) if study.last is None else study.last
    periods = np.unique(np.round(np.linspace(firsts.min(), last, MOST_MAPS)))
    maps = []
    for period in periods.tolist():
        filled = {
            code: Tile("", 3, study.written(float(np.floor(times[0]))))
            for code, times in found.items()
            if np.floor(times[0]) <= period
        }
        maps.append((study.written(period), filled))
    return tile_series(caption, grid, maps)
