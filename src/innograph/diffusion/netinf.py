"""Who seems to follow whom: NetInf infers a network from the order and delays of adoptions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from ..errors import NotDefined
from .events import Indices, Numbers

Model = Literal["exponential", "rayleigh", "log-normal"]
Progress = Callable[[int, int | None], None]

_BACKGROUND = 1e-10  # of an edge that is not in the network, against
_ALONG = 0.5  # of one that is
_ROUNDS = 10
_SETTLED = 1e-3


@dataclass(frozen=True)
class Inferred:
    """Edges in the order they were added; `gain` is in log-likelihood.

    `p_value` is Vuong's for the network with the edge against the one without; `parameters` are
    those of the model of delays.
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
    times: Numbers,
    model: Model = "exponential",
    parameters: Numbers | None = None,
    edges: int | None = None,
    cutoff: float | None = 0.05,
    progress: Progress | None = None,
    refined: bool = False,
) -> Inferred:
    """The network along which innovations travelled most likely (Gomez-Rodriguez et al. 2010).

    `times` is cascades by administrations (NaN: did not adopt). In each cascade an adoption follows
    one earlier one: with log(1/2 f(delay)) along an edge of the network, log(1e-10 f(delay)) beside
    it. The edge that gains most is added, greedily, until there are `edges` of them, or until
    Vuong's test for one more has p > `cutoff` (as in NetworkInference 1.2.5, with its correction by
    1/cascades). Adoptions in one period do not follow each other.

    Without `parameters` of the model of delays (`log_density`) they are the mean of the estimates
    for the longest delays of a cascade (behind its first adoption) and for the shortest (behind the
    adoption before; so the exponential rate is that of NetworkInference). With `refined` they are
    then estimated again from the delays along the inferred network, and it is inferred again, until
    they change by less than a thousandth, or ten times. What is inferred is a pattern of times: a
    common cause gives it too. Memory grows with the square of the adopters of an innovation. Raises
    NotDefined when nobody adopted after anybody, more edges are asked for than are possible, or the
    parameters are not those of the model.
    """
    pairs = _Pairs(times)
    if edges is not None and edges > pairs.possible:
        reason = f"{edges} edges are asked for, and {pairs.possible} are possible"
        raise NotDefined(measure="NetInf", reason=reason)
    if parameters is not None:
        given = np.asarray(parameters, float)
        if given.shape != (2 if model == "log-normal" else 1,) or not given[-1] > 0:
            reason = "exponential and rayleigh have one parameter > 0, log-normal mu and sigma > 0"
            raise NotDefined(measure="NetInf", reason=reason)
        return pairs.infer(model, given, edges, cutoff, progress)
    guess = np.mean([estimate(delays, model) for delays in _extremes(times, model)], axis=0)
    found = pairs.infer(model, guess, edges, cutoff, progress)
    for _ in range(_ROUNDS if refined else 0):
        along = pairs.delays_along(found, model)
        if not along.size or np.allclose(estimate(along, model), found.parameters, rtol=_SETTLED):
            break
        found = pairs.infer(model, estimate(along, model), edges, cutoff, progress)
    return found


def _extremes(times: Numbers, model: Model) -> tuple[Numbers, Numbers]:
    """Delays behind the first of a cascade, and behind the one before.

    No delay at all is a delay for the exponential model; the others leave it out.
    """
    longest: list[Numbers] = []
    shortest: list[Numbers] = []
    for row in times:
        ordered = np.sort(row[np.isfinite(row)])
        longest.append(ordered[1:] - ordered[:1])
        shortest.append(np.diff(ordered))
    least = -1.0 if model == "exponential" else 0.0
    far, near = np.concatenate(longest), np.concatenate(shortest)
    return far[far > least], near[near > least]


def possible_edges(times: Numbers) -> int:
    """How many ordered pairs have the first adopt before the second in some cascade."""
    try:
        return _Pairs(times).possible
    except NotDefined:
        return 0


class _Pairs:
    """All (earlier, later) pairs of all cascades as flat arrays, together by receiver.

    A slot is one adoption that may follow another, whose best score so far is kept.
    """

    def __init__(self, times: Numbers) -> None:
        count, members = times.shape
        parts = [self._of(cascade, times[cascade], members) for cascade in range(count)]
        stacked = np.concatenate([*parts, np.zeros((4, 0))], axis=1)
        if not stacked.shape[1]:
            raise NotDefined(measure="NetInf", reason="nobody adopted after anybody else")
        sender, receiver, cascade = stacked[:3].astype(np.int64)
        # By receiver, then sender: an edge is a run of entries, a receiver is a run of edges.
        order = np.lexsort((cascade, sender, receiver))
        self.times, self.cascades = times, count
        self.delay = stacked[3][order]
        self.cascade = cascade[order]
        key = receiver[order] * members + sender[order]
        self.keys, self.starts = np.unique(key, return_index=True)
        self.sender, self.receiver = self.keys % members, self.keys // members
        slots = receiver[order] * count + self.cascade
        self.slot_keys, self.slot = np.unique(slots, return_inverse=True)
        self.possible = len(self.keys)

    @staticmethod
    def _of(cascade: int, own: Numbers, members: int) -> Numbers:
        adopters = np.flatnonzero(np.isfinite(own))
        delay = own[adopters][None, :] - own[adopters][:, None]
        sender, receiver = np.nonzero(delay > 0)
        number = np.full(len(sender), cascade)
        found = [adopters[sender], adopters[receiver], number, delay[sender, receiver]]
        return np.array(found, float).reshape(4, -1)

    def infer(
        self,
        model: Model,
        parameters: Numbers,
        edges: int | None,
        cutoff: float | None,
        progress: Progress | None,
    ) -> Inferred:
        """The greedy network for given parameters."""
        log_f = log_density(self.delay, model, parameters)
        score = np.full(len(self.slot_keys), -np.inf)
        np.maximum.at(score, self.slot, log_f + np.log(_BACKGROUND))
        along = log_f + np.log(_ALONG)
        gains = np.add.reduceat(np.maximum(along - score[self.slot], 0), self.starts)
        bounds = np.append(self.starts, len(self.delay))
        chosen: list[tuple[int, float, float, int]] = []
        limit = self.possible if edges is None else edges
        while len(chosen) < limit:
            best = int(np.argmax(gains))
            if gains[best] <= 0:
                break
            run = slice(bounds[best], bounds[best + 1])
            gained = np.maximum(along[run] - score[self.slot[run]], 0)
            p_value = self._vuong(gained)
            if edges is None and cutoff is not None and not p_value <= cutoff:
                break
            better = gained > 0
            chosen.append((best, float(gains[best]), p_value, int(better.sum())))
            score[self.slot[run][better]] = along[run][better]
            # Only the edges to the same receiver can gain less now.
            low, high = np.searchsorted(self.receiver, self.receiver[best] + np.array([0, 1]))
            block = slice(bounds[low], bounds[high])
            left = np.maximum(along[block] - score[self.slot[block]], 0)
            gains[low:high] = np.add.reduceat(left, self.starts[low:high] - bounds[low])
            if progress:
                progress(len(chosen), edges)
        edge = np.array([one[0] for one in chosen], np.int64)
        told = np.array([one[1:3] for one in chosen], float).reshape(-1, 2)
        number = np.array([one[3] for one in chosen], np.int64)
        sender, receiver = self.sender[edge], self.receiver[edge]
        return Inferred(sender, receiver, told[:, 0], told[:, 1], number, parameters)

    def _vuong(self, gain: Numbers) -> float:
        """p of Vuong's test for one edge more, from what it gains in each cascade it touches."""
        count = self.cascades
        differences = np.zeros(count)
        differences[: len(gain)] = gain  # in which cascade each lies makes no difference
        differences -= 1 / count
        spread = differences.std(ddof=1) if count > 1 else 0.0
        if not spread > 0:
            return float("nan")
        return float(special.ndtr(-differences.sum() / (spread * np.sqrt(count))))

    def delays_along(self, found: Inferred, model: Model) -> Numbers:
        """For each adoption that follows along the network: its most likely delay."""
        members = self.times.shape[1]
        inside = np.isin(self.keys, found.receiver * members + found.sender)
        lengths = np.diff(np.append(self.starts, len(self.delay)))
        entries = np.repeat(inside, lengths)
        log_f = log_density(self.delay, model, found.parameters)
        best = np.full(len(self.slot_keys), -np.inf)
        np.maximum.at(best, self.slot[entries], log_f[entries])
        chosen = entries & (log_f == best[self.slot])
        # Of equally likely delays in one adoption one counts.
        _, first = np.unique(self.slot[chosen], return_index=True)
        delays: Numbers = self.delay[chosen][first]
        return delays


def moving(
    times: Numbers, periods: Numbers, width: float, edges: int, **options: object
) -> list[tuple[float, Inferred]]:
    """NetInf at each period over the adoptions of the `width` periods that end with it.

    Persistent pathways of diffusion (Desmarais, Harden and Boehmke 2015: 300 edges a network over
    35 years, 400 over 10). A period in which too little happened for `edges` edges has as many as
    are possible; one without any is left out. `options` are those of `netinf`.
    """
    found = []
    for period in periods.tolist():
        seen = np.where((times > period - width) & (times <= period), times, np.nan)
        possible = possible_edges(seen)
        if possible:
            inferred = netinf(seen, edges=min(edges, possible), **options)  # type: ignore[arg-type]
            found.append((period, inferred))
    return found
