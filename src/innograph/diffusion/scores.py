"""Who adopts early, over many innovations: Walker, Boushey, rate score, leaders.

`times` is innovations (rows) by administrations (columns), NaN where no adoption is known. An
innovation nobody adopted says nothing. Administrations exist in entry <= t < exit, always where
none is given.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import NotDefined, Sentence
from .events import Indices, Numbers, Truths


def _span(times: Numbers) -> tuple[Numbers, Numbers]:
    """First and last adoption of each innovation; NaN where there is none."""
    known = np.isfinite(times)
    some = known.any(1)
    first = np.where(known, times, np.inf).min(1, initial=np.inf)
    last = np.where(known, times, -np.inf).max(1, initial=-np.inf)
    return np.where(some, first, np.nan), np.where(some, last, np.nan)


def _there(
    times: Numbers, entry: Numbers | None, exit: Numbers | None, since: Numbers, until: Numbers
) -> Truths:
    """Who existed at some time between, by innovation; who adopted counts whatever is told."""
    there = np.ones(times.shape, bool)
    if entry is not None:
        there &= entry <= until[:, None]
    if exit is not None:
        there &= since[:, None] < exit
    return there | np.isfinite(times)


def _mean(values: Numbers, counted: Truths) -> Numbers:
    number = counted.sum(0)
    total = np.where(counted, values, 0).sum(0)
    nothing = np.full(values.shape[1], np.nan)
    mean: Numbers = np.divide(total, number, out=nothing, where=number > 0)
    return mean


def walker(times: Numbers, entry: Numbers | None = None, exit: Numbers | None = None) -> Numbers:
    """Walker's innovation score of each administration, 1 for who is always first, 0 never.

    s = (own - first) / (last - first) for each innovation, 1 for who did not adopt; the score is
    1 - mean(s) (Walker 1969, p. 883). An innovation counts for those that existed at some time
    between its first and last adoption, and for none when all adopted at once. NaN for who has
    none. Who never adopts and who has not yet look alike: it needs innovations that ran their
    course.
    """
    first, last = _span(times)
    spread = (last > first)[:, None]
    length = np.where(spread[:, 0], last - first, 1)[:, None]
    place = np.where(np.isfinite(times), (times - first[:, None]) / length, 1.0)
    return _mean(1 - place, spread & _there(times, entry, exit, first, last))


def boushey(times: Numbers, entry: Numbers | None = None, exit: Numbers | None = None) -> Numbers:
    """Boushey's receptivity: mean of ((L+1) - own) / ((L+1) - F), 0 for who did not adopt.

    F and L are the first and last adoption of an innovation, in periods (Boushey 2010, app. D): the
    last adopter still scores more than who never did. An innovation counts for those that existed
    at some time from F to L. NaN for who has none.
    """
    first, last = _span(times)
    score = (last[:, None] + 1 - times) / (last - first + 1)[:, None]
    counted = np.isfinite(first)[:, None] & _there(times, entry, exit, first, last)
    return _mean(np.where(np.isfinite(times), score, 0.0), counted)


@dataclass(frozen=True)
class RateScore:
    """Adoptions made and opportunities to adopt of each administration, and their ratio."""

    adoptions: Indices
    opportunities: Indices
    score: Numbers


def rate_score(
    times: Numbers,
    entry: Numbers | None = None,
    exit: Numbers | None = None,
    end: Numbers | float | None = None,
    window: tuple[float, float] = (-np.inf, np.inf),
) -> RateScore:
    """Adoptions made per opportunity, in periods (Boehmke and Skinner 2012, without smoothing).

    One opportunity is one innovation in one period in which one existed and could adopt it: from
    its first adoption anywhere until the own one, or until the innovation is no longer observed
    (`end`, for all or for each; the last adoption of the innovation by default). So what is not
    adopted yet weighs only for the time it could have been, and who was founded late is no laggard.
    An adoption before the own entry counts as made, with its one opportunity. `window` is
    (first, last) period. NaN without opportunities.
    """
    first, last = _span(times)
    until = last if end is None else np.broadcast_to(np.asarray(end, float), last.shape)
    there = np.isfinite(first)[:, None] & np.ones(times.shape, bool)
    own = np.floor(times)
    adopted = there & (own >= window[0]) & (own <= np.minimum(window[1], until[:, None]))
    begin = np.maximum(np.floor(first), window[0])[:, None]
    begin = np.broadcast_to(begin if entry is None else np.maximum(begin, entry), times.shape)
    close = np.minimum(until, window[1])[:, None]
    close = np.broadcast_to(close if exit is None else np.minimum(close, exit - 1), times.shape)
    close = np.where(np.isfinite(own), np.minimum(close, own), close)
    at_risk = np.where(there, np.floor(close) - np.ceil(begin) + 1, 0)
    at_risk = np.maximum(np.maximum(at_risk, 0), adopted)
    adoptions = adopted.sum(0)
    opportunities = at_risk.sum(0).astype(np.int64)
    score = np.divide(
        adoptions, opportunities, out=np.full(times.shape[1], np.nan), where=opportunities > 0
    )
    return RateScore(adoptions, opportunities, score)


def ranks(scores: Numbers) -> Numbers:
    """Places from 1 for the highest score; equal scores share the mean of theirs; NaN has none."""
    found = np.full(len(scores), np.nan)
    known = np.flatnonzero(np.isfinite(scores))
    ordered, places, counts = np.unique(-scores[known], return_inverse=True, return_counts=True)
    found[known] = (np.cumsum(counts) - (counts - 1) / 2)[places] if ordered.size else []
    return found


def firsts(times: Numbers) -> Indices:
    """How many innovations each was the first to adopt, alone or with others in the period."""
    first, _ = _span(times)
    return np.asarray((times == first[:, None]).sum(0), np.int64)


def within(times: Numbers, periods: float) -> Numbers:
    """The share of all innovations somebody adopted that each adopted within so many periods.

    Counted from the first adoption anywhere, which is period 0. Raises NotDefined without any.
    """
    first, _ = _span(times)
    some = np.isfinite(first)
    if not some.any():
        raise NotDefined(measure=Sentence("Leaders"), reason=Sentence("no adoption is dated"))
    return np.asarray((times[some] - first[some, None] <= periods).mean(0), float)
