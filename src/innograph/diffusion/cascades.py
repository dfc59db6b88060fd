"""What followed whose example: depth and breadth of cascades; fidelity and abandonment."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import NotDefined
from .events import Indices, Numbers, Truths

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Cascade:
    """Shape of a cascade: adoptions at each depth; `depths` is -1 where no root is reached."""

    depths: Indices
    breadths: Indices

    @property
    def depth(self) -> int:
        """The most steps from a root to an adoption."""
        return len(self.breadths) - 1

    @property
    def breadth(self) -> int:
        """The most adoptions at one depth."""
        return int(self.breadths.max()) if len(self.breadths) else 0


def cascade(size: int, models: Indices, followers: Indices) -> Cascade:
    """Depth of each of `size` adoptions in the graph of who was modelled on whom.

    Edge e says that adoption followers[e] followed models[e]. Depth is the fewest steps from an
    adoption without a model (a root, depth 0); of several models the shallowest counts. Adoptions
    in a circle that no root leads to have depth -1 and no breadth (Goel et al. 2016: size, depth,
    breadth of cascades).
    """
    depths = np.full(size, -1, np.int64)
    follows = np.zeros(size, bool)
    follows[followers] = True
    reached = ~follows
    depth = 0
    while reached.any():
        depths[reached] = depth
        depth += 1
        nearer = np.zeros(size, bool)
        nearer[followers[reached[models]]] = True
        reached = nearer & (depths < 0)
    return Cascade(depths, np.bincount(depths[depths >= 0]))


@dataclass(frozen=True)
class Share:
    """A share of `whole` with its 95 % bounds."""

    count: int
    whole: int
    share: float
    lower: float
    upper: float


def share(count: int, whole: int, level: float = _NORMAL_95) -> Share:
    """A share and Wilson's 95 % bounds for it (Wilson 1927); all NaN of nothing.

    Raises NotDefined when there are more than all.
    """
    if not 0 <= count <= whole:
        raise NotDefined(measure="A share", reason=f"{count} of {whole} are no share")
    if not whole:
        return Share(0, 0, math.nan, math.nan, math.nan)
    part, square = count / whole, level**2 / whole
    middle = (part + square / 2) / (1 + square)
    half = level * math.sqrt(part * (1 - part) / whole + square / (4 * whole)) / (1 + square)
    lower, upper = max(0.0, middle - half), min(1.0, middle + half)
    return Share(count, whole, part, lower if count else 0.0, upper if count < whole else 1.0)


def fidelity_shares(fidelity: Sequence[str]) -> dict[str, Share]:
    """The share of each fidelity among the adoptions that tell one (""): not told, left out.

    identical, adapted (transposed), combined, inspired; originals follow nothing and are left out.
    The shares are of what is told: adopters that say how they changed a model may be others.
    """
    told = [kind for kind in fidelity if kind not in ("", "original")]
    return {kind: share(told.count(kind), len(told)) for kind in sorted(set(told))}


def abandonment(start: Numbers, ended: Numbers, end: float) -> tuple[Numbers, Truths]:
    """Durations of use in periods, and which ended in abandonment; for `kaplan_meier`.

    `start` and `ended` are one an adoption (`ended` NaN: not known to have ended, so in use until
    `end`, the last period observed). What began after `end`, at no known time, or ended before it
    began, is left out. An end nobody tells looks like a use that lasts.
    """
    observed = ended <= end
    until = np.where(observed, ended, end)
    kept = np.isfinite(start) & (start <= until)
    return (until - start)[kept], observed[kept]
