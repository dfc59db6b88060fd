"""How long administrations go without: Kaplan-Meier, and Turnbull where dates are intervals."""

from dataclasses import dataclass

import numpy as np

from ..errors import NotDefined, Sentence
from .events import Indices, Numbers, Truths

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Survival:
    """One value a time at which somebody adopted; `median` is NaN where half never adopted."""

    time: Numbers
    at_risk: Indices
    events: Indices
    survival: Numbers
    error: Numbers
    lower: Numbers
    upper: Numbers
    median: float


@dataclass(frozen=True)
class Waiting:
    """Times to adoption from a start: `observed` says which ended in one, others are censored."""

    duration: Numbers
    observed: Truths
    entry: Numbers


def waiting(
    times: Numbers,
    start: float,
    end: float,
    entry: Numbers | None = None,
    exit: Numbers | None = None,
) -> Waiting:
    """Times from `start` to adoption; who has not adopted is censored at `end`, or at its exit.

    In periods. `start` is the first adoption anywhere (time since), or 0 for calendar time. Who
    came to exist later is at risk from its entry; adoptions after `end` are not seen; who had
    ceased before `start`, came after `end`, or adopted before `start` is left out.
    """
    entry = np.full(len(times), -np.inf) if entry is None else entry
    exit = np.full(len(times), np.inf) if exit is None else exit
    # The last period in which a member exists is the one before its exit.
    until = np.minimum(exit - 1, end)
    observed = times <= until
    kept = (until >= start) & (entry <= until) & ~(times < np.maximum(start, entry))
    duration = np.where(observed, times, until) - start
    return Waiting(duration[kept], observed[kept], np.maximum(entry - start, 0.0)[kept])


def kaplan_meier(
    duration: Numbers, observed: Truths, entry: Numbers | None = None, level: float = _NORMAL_95
) -> Survival:
    """The share that has not adopted after each duration, where some are only known not to yet.

    S(t) = product over t_i <= t of (1 - d_i/n_i), with d_i adoptions among n_i at risk (Kaplan and
    Meier 1958). At risk at t: entry <= t <= duration. Error: Greenwood. Bounds: 95 % on the
    log(-log) scale, NaN where S is 0 or 1. Median: the first time with S <= 1/2. Durations in
    periods. Raises NotDefined without durations. When all are censored there is no row and S is 1
    throughout.
    """
    if not len(duration):
        raise NotDefined(measure=Sentence("Survival"), reason=Sentence("nobody was at risk"))
    entry = np.full(len(duration), -np.inf) if entry is None else entry
    time = np.unique(duration[observed])
    at_risk = np.array([((entry <= t) & (t <= duration)).sum() for t in time], np.int64)
    events = np.array([(observed & (duration == t)).sum() for t in time], np.int64)
    survival: Numbers = np.cumprod(1 - events / at_risk).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        summed = np.cumsum(events / (at_risk * (at_risk - events)))
        error = np.where(survival > 0, survival * np.sqrt(summed), 0.0)
        spread = level * np.sqrt(summed) / np.log(survival)
        lower, upper = survival ** np.exp(-spread), survival ** np.exp(spread)
    inside = (survival > 0) & (survival < 1)
    lower, upper = np.where(inside, lower, np.nan), np.where(inside, upper, np.nan)
    half = time[survival <= 0.5 + 1e-12]
    median = float(half[0]) if half.size else float("nan")
    return Survival(time, at_risk, events, survival, error, lower, upper, median)


def turnbull(
    lower: Numbers, upper: Numbers, tolerance: float = 1e-7, steps: int = 5_000
) -> tuple[Numbers, Numbers, Numbers]:
    """Where the adoptions lie in time when each is only known to lie in [lower, upper].

    The nonparametric maximum of likelihood (Turnbull 1976) by its self-consistent iteration.
    Returns the innermost intervals, as their lower and upper ends, and the probability of each;
    within one nothing can be told. Never adopted: upper = inf. Raises NotDefined without events.
    """
    if not len(lower):
        raise NotDefined(measure=Sentence("Survival"), reason=Sentence("there is no event"))
    # A lower end that is followed by an upper end before another lower end bounds an interval.
    ends = sorted([(x, 0) for x in set(lower.tolist())] + [(x, 1) for x in set(upper.tolist())])
    pairs = [
        (a, b)
        for (a, one), (b, other) in zip(ends, ends[1:], strict=False)
        if (one, other) == (0, 1)
    ]
    left, right = np.array(pairs).T
    covers = (lower[:, None] <= left) & (right <= upper[:, None])
    mass = np.full(len(left), 1 / len(left))
    for _ in range(steps):
        weighed = covers * mass
        new = (weighed / weighed.sum(1, keepdims=True)).mean(0)
        moved, mass = np.abs(new - mass).max(), new
        if moved < tolerance:
            break
    return left, right, mass
