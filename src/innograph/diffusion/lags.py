"""How long an innovation takes from its origin to each adopter."""

from dataclasses import dataclass

import numpy as np

from .events import Indices, Numbers, Truths


@dataclass(frozen=True)
class Lags:
    """The fewest and the most periods from the origin to each event, as bounds allow."""

    fewest: Numbers
    most: Numbers


def lags(innovation: Indices, lower: Numbers, upper: Numbers, origin: Truths) -> Lags:
    """Lag of each event behind the origin of its innovation, in periods.

    Event e began in [lower, upper]; `origin` marks the first use of each innovation (of several,
    the earliest bounds hold). fewest = max(0, lower - the origin's upper), most = upper - the
    origin's lower; NaN for origins, where an innovation has no origin, and for `most` where a
    bound is infinite; `fewest` is 0 when nothing shows that time passed (as the query `lags`).
    """
    size = int(innovation.max()) + 1 if len(innovation) else 0
    soonest, latest = np.full(size, np.inf), np.full(size, np.inf)
    np.minimum.at(soonest, innovation[origin], lower[origin])
    np.minimum.at(latest, innovation[origin], upper[origin])
    known = np.zeros(size, bool)
    known[innovation[origin]] = True
    counted = known[innovation] & ~origin
    with np.errstate(invalid="ignore"):
        fewest = lower - latest[innovation]
        most = upper - soonest[innovation]
    fewest = np.where(np.isfinite(fewest) & (fewest > 0), fewest, 0.0)
    most = np.where(np.isfinite(most), most, np.nan)
    return Lags(np.where(counted, fewest, np.nan), np.where(counted, most, np.nan))


def first_events(innovation: Indices, times: Numbers) -> Truths:
    """The earliest event of each innovation (all of them where several share the time)."""
    size = int(innovation.max()) + 1 if len(innovation) else 0
    first = np.full(size, np.inf)
    known = np.isfinite(times)
    np.minimum.at(first, innovation[known], times[known])
    return np.asarray(known & (times == first[innovation]), bool)


def quartiles(values: Numbers) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of what is known, interpolated; NaN of nothing."""
    known = values[np.isfinite(values)]
    if not known.size:
        return (float("nan"),) * 3
    low, middle, high = np.quantile(known, (0.25, 0.5, 0.75)).tolist()
    return low, middle, high
