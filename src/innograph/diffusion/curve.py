"""How adoption grows over time: the curve, its rate, and the discrete hazard."""

from dataclasses import dataclass

import numpy as np

from ..errors import NotDefined, Sentence
from .events import Indices, Numbers


@dataclass(frozen=True)
class Curve:
    """One value a period; `members` exist then, `at_risk` of them had not adopted before."""

    period: Indices
    new: Indices
    cumulative: Indices
    members: Indices
    at_risk: Indices
    share: Numbers
    rate: Numbers
    hazard: Numbers


def adoption_curve(
    times: Numbers,
    entry: Numbers | None = None,
    exit: Numbers | None = None,
    first: float | None = None,
    last: float | None = None,
) -> Curve:
    """Adopters up to each period, their share of those who exist, growth rate and hazard.

    With q_t adopters up to period t and n members: share q_t/n; rate (q_t - q_{t-1})/q_{t-1};
    hazard (q_t - q_{t-1})/(n - q_{t-1}) for t > 1, the chance that one who has not adopted does so
    now (Allison 1984; netdiffuseR cumulative_adopt_count, hazard_rate). Rate and hazard are NaN in
    the first period, and where they would divide by nothing.

    `times` is one a member (NaN: no adoption known); a time belongs to the period floor(time).
    Members exist in the periods entry <= t < exit, always where none is given; then share and
    hazard count only those who exist, so that who was founded later is no laggard. Periods run
    from `first` to `last`, by default from the first to the last adoption; who adopted before
    `first` counts as an adopter from the start. Raises NotDefined when nobody adopted and no period
    is given.
    """
    period = np.floor(times)
    known = period[np.isfinite(period)]
    if not known.size and (first is None or last is None):
        raise NotDefined(
            measure=Sentence("The adoption curve"), reason=Sentence("no adoption is dated")
        )
    begin = int(known.min() if first is None else first)
    end = int(known.max() if last is None else last)
    if end < begin:
        raise NotDefined(
            measure=Sentence("The adoption curve"), reason=Sentence("it ends before it begins")
        )
    entry = np.full(len(times), -np.inf) if entry is None else entry
    exit = np.full(len(times), np.inf) if exit is None else exit
    axis = np.arange(begin, end + 1)
    # Members in rows, periods in columns.
    exists = (entry[:, None] <= axis) & (axis < exit[:, None])
    adopted = period[:, None] <= axis
    new = (period[:, None] == axis).sum(0)
    cumulative = adopted.sum(0)
    members = exists.sum(0)
    at_risk = (exists & ~(period[:, None] < axis)).sum(0)
    share = _ratio((exists & adopted).sum(0), members)
    before = np.concatenate(([0], cumulative[:-1]))
    rate = _ratio(cumulative - before, before)
    hazard = _ratio((exists & (period[:, None] == axis)).sum(0), at_risk)
    rate[:1] = hazard[:1] = np.nan
    return Curve(axis, new, cumulative, members, at_risk, share, rate, hazard)


def _ratio(part: Indices, whole: Indices) -> Numbers:
    ratio: Numbers = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return ratio
