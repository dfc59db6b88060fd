"""How many are in each state over time: areas on each other, or curves where dates are open."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from .. import periods
from ..events import Numbers
from ..periods import Unit
from ..study import Cell, Table
from . import svg
from .axes import Axes
from .bars import stacked
from .curves import Series, step_curve
from .svg import Caption, Drawing


def order(table: Table) -> dict[str, str]:
    """The states of a table with their names, those with the largest counts all in all first."""
    found: Counter[str] = Counter()
    names = {}
    for told in table.rows:
        row = dict(zip(table.columns, told, strict=True))
        state = str(row["state"])
        names[state] = str(row["state_name"] or state)
        found[state] += int(str(row["certain"])) + int(str(row["possible"]))
    return {state: names[state] for state in sorted(found, key=lambda name: (-found[name], name))}


def stocks(
    table: Table, group: str, unit: Unit, states: Mapping[str, str], counted: str, caption: Caption
) -> Drawing:
    """The counts of one group by period, of a table that `stock.stocks` made.

    Where all that is possible is certain, states lie on top of each other (a holder in two states
    at once counts in both); else each has a curve with its band. Of more states than can be told
    apart, the last of `states` are drawn as one, as `caption.words.left_out` calls it; so a state
    looks the same on the drawings of several groups.
    """
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows if row[0] == group]
    if not rows:
        return svg.nothing(caption)
    names = list(dict.fromkeys(str(row["state"]) for row in rows))
    along = [str(row["period"]) for row in rows if row["state"] == names[0]]
    time = np.array([periods.of_text(period, unit)[0] for period in along])
    certain, possible = (
        _counts(rows, names, len(time), column) for column in ("certain", "possible")
    )
    place = {name: i for i, name in enumerate(names)}
    most = svg.KINDS if len(states) <= svg.KINDS else svg.KINDS - 1
    nothing = np.zeros(len(time))  # a state that the group never had keeps its look
    ranked = list(states)
    told = [states[name] for name in ranked[:most]]
    sure, maybe = (
        np.array([counts[place[n]] if n in place else nothing for n in ranked[:most]])
        for counts in (certain, possible)
    )
    if rest := [name for name in ranked[most:] if name in place]:
        told.append(f"{caption.words.left_out} {', '.join(states[name] for name in rest)}")
        others = [place[name] for name in rest]
        sure = np.vstack([sure, certain[others].sum(0)])
        maybe = np.vstack([maybe, possible[others].sum(0)])
    axes = Axes(counted, unit)
    if (sure == maybe).all():
        return stacked(caption, time, told, sure, axes)
    series = [
        Series(name, time, low, low, high)
        for name, low, high in zip(told, sure, maybe, strict=True)
    ]
    return step_curve(caption, series, axes)


def _counts(
    rows: Sequence[dict[str, Cell]], names: Sequence[str], size: int, column: str
) -> Numbers:
    """States (rows) by periods (columns), as the rows of the table give them."""
    found = [[float(str(row[column])) for row in rows if row["state"] == name] for name in names]
    counts: Numbers = np.array(found, float).reshape(len(names), size)
    return counts
