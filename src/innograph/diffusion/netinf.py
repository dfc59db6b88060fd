"""Who seems to follow whom: NetInf infers a network from the order and delays of adoptions."""

from collections.abc import Callable
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Literal

import numpy as np

from ..errors import NotDefined
from .events import Indices, Numbers
from .pairs import Pairs

Model = Literal["exponential", "rayleigh", "log-normal"]
Progress = Callable[[int, int | None], None]

_BACKGROUND = 1e-10  # of an edge that is not in the network, against
_ALONG = 0.5  # of one that is
_ROUNDS = 10
_SETTLED = 1e-3


@dataclass(frozen=True)
class Inferred:
    """Edges in the order they were added; `gain` is in log-likelihood.

    `p_value` is Vuong's for the network with the edge against the one without; `cascades` in how
    many an edge explains an adoption better; `parameters` are those of the model of delays.
    """

    sender: Indices
    receiver: Indices
    gain: Numbers
    p_value: Numbers
    cascades: Indices
    parameters: Numbers


def log_density(delay: Numbers, model: Model, parameters: Numbers) -> Numbers:
    """Log of the density of a delay > 0, in periods.

    exponential: l e^-lx; rayleigh: (x/a^2) e^-(x^2 / 2a^2); log-normal: ln x ~ N(mu, sigma^2).
    """
    found: Numbers
    if model == "exponential":
        (rate,) = parameters
        found = np.log(rate) - rate * delay
    elif model == "rayleigh":
        (scale,) = parameters
        found = np.log(delay) - 2 * np.log(scale) - delay**2 / (2 * scale**2)
    else:
        mean, spread = parameters
        apart = (np.log(delay) - mean) / spread
        found = -np.log(delay * spread * np.sqrt(2 * np.pi)) - apart**2 / 2
    return found


def estimate(delays: Numbers, model: Model) -> Numbers:
    """The parameters of a model that make the delays most likely."""
    if model == "exponential":
        return np.array([1 / delays.mean()])
    if model == "rayleigh":
        return np.array([np.sqrt((delays**2).mean() / 2)])
    logs = np.log(delays)
    return np.array([logs.mean(), max(float(logs.std()), 1e-6)])


def netinf(
    times: Numbers | Pairs,
    model: Model = "exponential",
    parameters: Numbers | None = None,
    edges: int | None = None,
    cutoff: float | None = 0.05,
    progress: Progress | None = None,
    refined: bool = False,
) -> Inferred:
    """The network along which innovations travelled most likely (Gomez-Rodriguez et al. 2010).

    `times` is cascades by administrations (NaN: did not adopt), or the pairs of these. In each
    cascade an adoption follows one earlier one: with log(1/2 f(delay)) along an edge of the
    network, log(1e-10 f(delay)) beside it. The edge that gains most is added, greedily, until there
    are `edges` of them, or until Vuong's test for one more has p > `cutoff` (as in NetworkInference
    1.2.5, with its correction by 1/cascades). Adoptions in one period do not follow each other.

    Without `parameters` of the model of delays (`log_density`) they are the mean of the estimates
    for the longest delays of a cascade (behind its first adoption) and for the shortest (behind the
    adoption before; so the exponential rate is that of NetworkInference). With `refined` they are
    then estimated again from the delays along the inferred network, and it is inferred again, until
    they change by less than a thousandth, or ten times. What is inferred is a pattern of times: a
    common cause gives it too. Memory grows with the square of the adopters of an innovation. Raises
    NotDefined when nobody adopted after anybody, more edges are asked for than are possible, or the
    parameters are not those of the model.
    """
    pairs = times if isinstance(times, Pairs) else Pairs.of(times)
    if not pairs.possible:
        raise NotDefined(measure="NetInf", reason="nobody adopted after anybody else")
    if edges is not None and edges > pairs.possible:
        reason = f"{edges} edges are asked for, and {pairs.possible} are possible"
        raise NotDefined(measure="NetInf", reason=reason)
    if parameters is not None:
        given = np.asarray(parameters, float)
        if given.shape != (2 if model == "log-normal" else 1,) or not given[-1] > 0:
            reason = "exponential and rayleigh have one parameter > 0, log-normal mu and sigma > 0"
            raise NotDefined(measure="NetInf", reason=reason)
        return _greedy(pairs, model, given, edges, cutoff, progress)
    # No delay at all is a delay for the exponential model; the others leave it out.
    least = -1.0 if model == "exponential" else 0.0
    extremes = (pairs.behind_first, pairs.behind_last)
    guess = np.mean([estimate(one[one > least], model) for one in extremes], axis=0)
    found = _greedy(pairs, model, guess, edges, cutoff, progress)
    for _ in range(_ROUNDS if refined else 0):
        along = _delays_along(pairs, found, model)
        if not along.size or np.allclose(estimate(along, model), found.parameters, rtol=_SETTLED):
            break
        found = _greedy(pairs, model, estimate(along, model), edges, cutoff, progress)
    return found


def possible_edges(times: Numbers) -> int:
    """How many ordered pairs have the first adopt before the second in some cascade."""
    return Pairs.of(times).possible


def moving(
    times: Numbers,
    periods: Numbers,
    width: float,
    edges: int,
    progress: Progress | None = None,
    **options: object,
) -> list[tuple[float, Inferred]]:
    """NetInf at each period over the adoptions of the `width` periods that end with it.

    Persistent pathways of diffusion (Desmarais, Harden and Boehmke 2015: 300 edges a network over
    35 years, 400 over 10). Cascades without an adoption in a window are none of it. A period in
    which too little happened for `edges` edges has as many as are possible; one without any is left
    out. `options` are those of `netinf`; `progress` is told of each window.
    """
    found, whole = [], Pairs.of(times)
    for place, period in enumerate(periods.tolist(), 1):
        pairs = whole.within(period - width, period)
        if pairs.possible:
            most = min(edges, pairs.possible)
            found.append((period, netinf(pairs, edges=most, **options)))  # type: ignore[arg-type]
        if progress:
            progress(place, len(periods))
    return found


def _greedy(
    pairs: Pairs,
    model: Model,
    parameters: Numbers,
    edges: int | None,
    cutoff: float | None,
    progress: Progress | None,
) -> Inferred:
    """The network for given parameters.

    Each adoption (slot) has the score of its best explanation so far. An edge gains, in each of its
    pairs, what it explains the adoption better by; so one more edge to a receiver lessens only what
    other edges to the same receiver gain.
    """
    log_f, slot, starts = log_density(pairs.delay, model, parameters), pairs.slot, pairs.starts
    score = np.full(pairs.slots, -np.inf)
    np.maximum.at(score, slot, log_f + np.log(_BACKGROUND))
    along = log_f + np.log(_ALONG)
    gains = np.add.reduceat(np.maximum(along - score[slot], 0), starts)
    sender, receiver = pairs.sender[starts], pairs.receiver[starts]
    bounds = [*starts.tolist(), len(along)]
    low = np.searchsorted(receiver, receiver, "left").tolist()
    high = np.searchsorted(receiver, receiver, "right").tolist()
    chosen: list[int] = []
    told: list[tuple[float, float, int]] = []
    limit = pairs.possible if edges is None else edges
    while len(chosen) < limit:
        best = int(gains.argmax())
        gain = float(gains[best])
        if gain <= 0:
            break
        run = slice(bounds[best], bounds[best + 1])
        mine, before = slot[run], score[slot[run]]
        better = np.maximum(along[run], before)
        gained = (better - before)[better > before]
        p_value = _vuong(gained, len(pairs.times))
        if edges is None and cutoff is not None and not p_value <= cutoff:
            break
        score[mine] = better  # a run has each slot once
        first, end = low[best], high[best]
        block = slice(bounds[first], bounds[end])
        left = np.maximum(along[block] - score[slot[block]], 0)
        gains[first:end] = np.add.reduceat(left, starts[first:end] - bounds[first])
        chosen.append(best)
        told.append((gain, p_value, len(gained)))
        if progress:
            progress(len(chosen), edges)
    edge, figures = np.array(chosen, np.int64), np.array(told, float).reshape(-1, 3)
    gain_of, p_of, number = figures.T
    return Inferred(
        sender[edge], receiver[edge], gain_of, p_of, number.astype(np.int64), parameters
    )


def _vuong(gained: Numbers, cascades: int) -> float:
    """p of Vuong's test for one edge more, from what it gains in each cascade it touches.

    z = sum d / (s sqrt(n)) with d = gain - 1/n in each of the n cascades, most of which gain 0, and
    s the deviation of d, which a constant leaves as it is. NaN where all gain the same.
    """
    total, squares = float(gained.sum()), float(gained @ gained)
    if cascades < 2:
        return float("nan")
    variance = (squares - total**2 / cascades) / (cascades - 1)
    if not variance > 1e-12 * squares / cascades:
        return float("nan")
    return 0.5 * erfc((total - 1) / sqrt(2 * cascades * variance))


def _delays_along(pairs: Pairs, found: Inferred, model: Model) -> Numbers:
    """For each adoption that follows along the network: its most likely delay."""
    members = pairs.times.shape[1]
    edges = found.receiver * members + found.sender
    entries = np.isin(pairs.receiver * members + pairs.sender, edges)
    log_f = log_density(pairs.delay, model, found.parameters)
    best = np.full(pairs.slots, -np.inf)
    np.maximum.at(best, pairs.slot[entries], log_f[entries])
    chosen = entries & (log_f == best[pairs.slot])
    # Of equally likely delays in one adoption one counts.
    _, first = np.unique(pairs.slot[chosen], return_index=True)
    delays: Numbers = pairs.delay[chosen][first]
    return delays
