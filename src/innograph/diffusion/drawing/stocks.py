"""How many are in each state over time: areas on each other, or curves where dates are open."""

from collections.abc import Sequence

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


def stocks(table: Table, group: str, unit: Unit, counted: str, caption: Caption) -> Drawing:
    """The counts of one group by period, of a table that `stock.stocks` made.

    Where all that is possible is certain, states lie on top of each other (a holder in two states
    at once counts in both); else each has a curve with its band. Of more states than can be told
    apart, those that are fewest all in all are drawn as one, as `caption.words.left_out` calls it.
    """
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows if row[0] == group]
    if not rows:
        return svg.nothing(caption)
    names = list(dict.fromkeys(str(row["state"]) for row in rows))
    labels = {str(row["state"]): str(row["state_name"] or row["state"]) for row in rows}
    along = [str(row["period"]) for row in rows if row["state"] == names[0]]
    time = np.array([periods.of_text(period, unit)[0] for period in along])
    certain, possible = (
        _counts(rows, names, len(time), column) for column in ("certain", "possible")
    )
    order = np.argsort(-certain.sum(1) - possible.sum(1), kind="stable")
    shown, rest = order, order[:0]
    if len(order) > svg.KINDS:
        shown, rest = order[: svg.KINDS - 1], order[svg.KINDS - 1 :]
    told = [labels[names[i]] for i in shown]
    sure, maybe = certain[shown], possible[shown]
    if rest.size:
        told.append(f"{caption.words.left_out} {', '.join(labels[names[i]] for i in rest)}")
        sure = np.vstack([sure, certain[rest].sum(0)])
        maybe = np.vstack([maybe, possible[rest].sum(0)])
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
